import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { addressKey } from '../src/message/address.js';
import { aBounce, aReply } from './returning-mail.js';
import { aProjectFolder, startTestRivulet, testDatabase, type TestRivulet } from './support.js';

// The built program as a person starts it (npm test builds it first), beside a Rivulet on the same database.

let folder: string;
let uri: string;
let project: string;
let rivulet: TestRivulet;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rivulet-inbox-'));
  uri = testDatabase();
  project = await aProjectFolder();
  rivulet = await startTestRivulet({ MONGODB_URI: uri, PROJECT_DIR: project, REPLY_ADDRESS: 'replies@in.example.com' });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true, force: true });
});

async function run(...args: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const child = spawn(process.execPath, [resolve('dist/cli/rivulet.js'), 'inbox', ...args], {
    env: {
      PATH: process.env['PATH'],
      MONGODB_URI: uri,
      PROJECT_DIR: project,
      DATA_DIR: rivulet.dataDir,
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

test('import records what a file says, tells what it was, and again changes nothing', async () => {
  const email = 'ada@example.org';
  const capture = { email, emailKey: addressKey(email) };
  const { lead } = await captureLead(capture, 'test', rivulet.store, rivulet.engine, () => 'ada');
  await rivulet.dispatcher.wake();
  const [message] = await rivulet.store.messages.ofLead(lead.id);
  const mails = [aBounce({ envelopeId: message?.id ?? '' }), aReply({ from: 'stranger@example.net' })];
  const file = join(folder, 'all.mbox');
  await writeFile(file, mails.map((mail) => `From a@b Mon Mar  2 09:00:00 2026\r\n${mail}\r\n`).join(''));

  const dry = await run('import', file, '--dry-run');
  expect(dry.output).toContain('2 mails. Nothing is recorded: this was a dry run.');
  expect(await rivulet.store.suppressions.of(email)).toBeUndefined();

  const first = await run('import', file);
  expect(first).toMatchObject({ code: 0, errors: '' });
  expect(first.output).toMatch(/1 {2}hard-bounce\n +1 {2}reply\n/);
  expect(first.output).toContain('2 mails: 1 recorded, 0 known before, 1 about nobody here, 0 with nothing to record.');
  expect(await rivulet.store.suppressions.of(email)).toBe('hard-bounced');

  const again = await run('import', file, '--json');
  expect(JSON.parse(again.output)).toMatchObject({
    mails: 2,
    classes: { 'hard-bounce': 1, reply: 1, other: 0 },
    recorded: 0,
    known: 1,
    stray: 1,
    ignored: 0,
    unreadable: [],
  });
});

test('import names what it cannot read, takes the rest, and ends with 1', async () => {
  await writeFile(join(folder, 'empty.eml'), '');
  const some = await run('import', folder);
  expect(some.code).toBe(1);
  expect(some.errors).toContain(`${join(folder, 'empty.eml')}: it is empty`);
  expect(some.output).toContain('2 mails:');
  const none = await run('import', join(folder, 'nothing'));
  expect(none.code).toBe(1);
  expect(none.errors).toContain('nothing: this file or folder cannot be read. Check its name');
});

test('kept lists what people wrote to the mail server here, harmless to the terminal, and writes it out', async () => {
  expect((await run('kept')).output).toContain('No mail is kept');
  const raw = aReply({ from: 'Eve <eve@example.net>' }).replace(
    'Subject: Re: Hello',
    'Subject: =?utf-8?Q?Hello=1B[2J=E2=80=AEolleh?=',
  );
  await rivulet.reception.takeOnly({ raw: Buffer.from(raw), recipients: ['replies@in.example.com'] });
  const { output } = await run('kept');
  expect(output).toMatch(/^02 Mar 2026, 09:00 {2}reply {2}eve@example\.net {2}Hello/);
  expect(output.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u);

  const out = join(folder, 'out');
  expect((await run('kept', '--out', out)).output).toContain(`1 mail written to ${out}`);
  const [file = ''] = await readdir(out);
  expect(await readFile(join(out, file), 'utf8')).toBe(raw);
});
