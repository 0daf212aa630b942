import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestRivulet, type TestRivulet } from './support.js';

// A database of its own for this file, in a process that can be killed.

let dir: string;
let engine: ChildProcess;
let socket: string;
let rivulet: TestRivulet;
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rivulet-outage-'));
  socket = await startEngine();
  rivulet = await startTestRivulet({ MONGODB_URI: uriOf(socket) });
  const server = await rivulet.listen();
  const clock = await rivulet.run();
  url = server.url;
  stop = async () => {
    await server.stop();
    await clock.stop();
  };
});
afterAll(async () => {
  await stop();
  await rivulet.close();
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  await rm(dir, { recursive: true, force: true });
});

test('while the database is away, requests are told to come again, and it is said once', async () => {
  engine.kill('SIGKILL');
  await once(engine, 'exit');
  const refused = await addLead('ada@example.org');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({
    detail: 'The database does not answer now. Nothing was lost; try again.',
  });

  await until(() => rivulet.said.some((line) => line.startsWith('The database does not answer.')));
  await addLead('ada@example.org');
  expect(rivulet.said.filter((line) => line.startsWith('The database does not answer.'))).toHaveLength(1);
});

test('when it is back, everything goes on by itself', async () => {
  const back = await startEngine();
  // At the old address, as a restarted server would be.
  await rm(socket, { force: true });
  await symlink(back, socket);
  await until(() => rivulet.said.includes('The database answers again.'));

  expect((await addLead('ada@example.org')).status).toBe(201);
  await until(async () => (await rivulet.store.mailbox.count()) === 1);
  expect(rivulet.faults).toEqual([]);
});

async function startEngine(): Promise<string> {
  const program = [resolve('test/engine-process.ts'), join(dir, 'data'), resolve('node_modules/.cache/rivulet-native')];
  const child = spawn(process.execPath, ['--import', 'tsx', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
  engine = child;
  const [uri] = await once(child.stdout, 'data');
  return decodeURIComponent(/\/\/([^/]+)\//.exec(String(uri))?.[1] ?? '');
}

function uriOf(path: string): string {
  return `mongodb://${encodeURIComponent(path)}/outage?directConnection=true`;
}

function addLead(email: string): Promise<Response> {
  return fetch(`${url}/api/leads`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ email }),
  });
}

/** Polls; the test's own time limit ends what never comes true. */
async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((later) => setTimeout(later, 50));
}
