import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startMailServer } from './mail-server.js';
import { aProjectFolder, testDatabase } from './support.js';

// The built program as a person starts it (npm test builds it first).

let dir: string;
let settings: Readonly<Record<string, string>>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rivulet-preview-'));
  settings = {
    DATA_DIR: join(dir, 'data'),
    MONGODB_URI: testDatabase(),
    PROJECT_DIR: await aProjectFolder(),
    NO_COLOR: '1',
  };
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function start(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const { SMTP_URL: _, PUBLIC_URL: __, ...environment } = process.env;
  const child = spawn(process.execPath, [resolve('dist/cli/rivulet.js'), ...args], {
    env: { ...environment, ...settings, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, ended, output: () => output };
}
const run = (args: readonly string[], more?: Readonly<Record<string, string>>) => start(args, more).ended;

describe('preview', () => {
  test('--out writes the three files, says so, and ends', async () => {
    const out = join(dir, 'out');
    const { code, output } = await run(['preview', 'hello:hello', '--out', out]);
    expect(output).toMatch(/✔ hello:hello {2}\S+hello-hello\.html {2}\S+hello-hello\.txt {2}\S+hello-hello\.eml\n/);
    expect(code).toBe(0);
    expect(await readFile(join(out, 'hello-hello.txt'), 'utf8')).toMatch(/^Hello Ada, read on/);
  });

  test('--out without a mail writes all of them', async () => {
    const { output } = await run(['preview', '--out', join(dir, 'all')]);
    expect(output).toContain('✔ hello:hello');
  });

  test('--lead shows a lead of the database, and refuses one that is not in it', async () => {
    await run(['lead', 'add', 'grace@example.org', '--first-name', 'Grace']);
    const out = join(dir, 'grace');
    expect((await run(['preview', 'hello', '--out', out, '--lead', 'GRACE@example.org'])).code).toBe(0);
    expect(await readFile(join(out, 'hello.txt'), 'utf8')).toMatch(/^Hello Grace,/);

    const refused = await run(['preview', 'hello', '--out', out, '--lead', 'nobody@example.org']);
    expect(refused.output).toContain('nobody@example.org: there is no such lead in the database, and no such file');
    expect(refused.code).toBe(1);
  });

  test.each([
    [['preview', 'helo', '--out', 'x'], 'helo: there is no such template, and no such step'],
    [['preview', 'helo', '--port', '0'], 'Did you mean "hello"?'],
    [['preview', '--port', 'http'], '--port: this is not the number of a port'],
  ])('%j is refused with the mend', async (args, refusal) => {
    const { code, output } = await run(args);
    expect(output).toContain(refusal);
    expect(code).toBe(1);
  });

  test('a folder with mistakes is not written, and each is named', async () => {
    const PROJECT_DIR = await aProjectFolder({ 'templates/hello.mjml': '<mj-section>Hello' });
    const { code, output } = await run(['preview', 'hello', '--out', join(dir, 'broken')], { PROJECT_DIR });
    expect(output).toMatch(/there is 1 mistake .* so nothing is written\. Mend it[\s\S]*templates\/hello\.mjml:1:/);
    expect(code).toBe(1);
  });

  test('Ctrl-C ends it, also while a page waits for news', async () => {
    const { child, ended, output } = start(['preview', 'hello', '--port', '0']);
    while (!output().includes('\n')) await once(child.stdout, 'data');
    const [, url = ''] = /Preview (http:\S+)\/mail\/hello/.exec(output()) ?? [];
    const news = await fetch(`${url}/changes`);
    const readToItsEnd = news.text().catch(() => '');
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    await readToItsEnd;
  });
});

describe('send-test', () => {
  test('without a mail server it goes to the local mailbox, and says where it is', async () => {
    const { code, output } = await run(['send-test', 'hello:hello', '--to', 'me@example.com']);
    expect(output).toMatch(/✔ "\[Test\] Hello Ada" to me@example\.com: kept in the local mailbox\n/);
    expect(output).toMatch(/Nothing has left this machine.*\/mailbox\/test[a-z2-7]{32}\n/);
    expect(code).toBe(0);
  });

  test('with one it is really sent, filled with the lead that is named', async () => {
    const server = await startMailServer();
    const args = ['send-test', 'hello:hello', '--to', 'me@example.com', '--lead', 'grace@example.org'];
    const { code, output } = await run(args, { SMTP_URL: server.url });
    await server.stop();
    expect(output).toContain('✔ "[Test] Hello Grace" to me@example.com: 250 2.0.0 taken (SMTP server 127.0.0.1:');
    expect(output).toContain('PUBLIC_URL changes that');
    expect(server.bodies[0]).toMatch(/^To: me@example\.com\r$/m);
    expect(code).toBe(0);
  });

  test('what the server refuses is told in its words, and the exit code is 1', async () => {
    const server = await startMailServer({ MAIL: '550 5.7.1 not from here' });
    const { code, output } = await run(['send-test', 'hello', '--to', 'me@example.com'], { SMTP_URL: server.url });
    await server.stop();
    expect(output).toContain('✖ "[Test] Hello Ada" to me@example.com was refused. SMTP server 127.0.0.1:');
    expect(output).toContain('says: 550 5.7.1 not from here');
    expect(code).toBe(1);
  });

  test.each([
    [['send-test', 'hello', '--to', 'me'], '--to: an e-mail address looks like name@example.com'],
    [['send-test', 'hello'], "required option '--to <address>' not specified"],
    [['send-test', 'helo', '--to', 'me@example.com'], 'Did you mean "hello"?'],
  ])('%j is refused', async (args, refusal) => {
    const { code, output } = await run(args);
    expect(output).toContain(refusal);
    expect(code).toBe(1);
  });
});
