import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

// The built program as a person starts it (npm test builds it first): a process of its own, with the embedded MongoDB, on
// a data directory of its own.

const running = new Set<ChildProcess>();
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rivulet-cli-'));
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

type Settings = Readonly<Record<string, string>>;

function start(args: readonly string[], settings: Settings = {}) {
  const { MONGODB_URI: _, SMTP_URL: __, API_KEY: ___, ...environment } = process.env;
  const child = spawn(process.execPath, [resolve('dist/cli/rivulet.js'), ...args], {
    env: { ...environment, DATA_DIR: join(dir, 'data'), PORT: '0', NO_COLOR: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'exit').then(([code]) => {
    running.delete(child);
    return { code, output };
  });
  /** Resolves once the output matches; the whole output so far when it never will. */
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found) return found;
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
      if (child.exitCode !== null && !pattern.test(output))
        throw new Error(`it ended without saying ${pattern}:\n${output}`);
    }
  };
  return { child, ended, says };
}

const run = (args: readonly string[], settings?: Settings) => start(args, settings).ended;

describe('start', () => {
  let url: string;
  let apiKey: string;
  let server: ReturnType<typeof start>;

  beforeAll(async () => {
    server = start(['start']);
    [, url = ''] = await server.says(/running: (http:\S+)/);
    [, apiKey = ''] = await server.says(/API key\s+(\S+)/);
  });

  test('says where its page is, that mails stay here, and what the embedded database is for', async () => {
    expect(url).toMatch(/^http:\/\/localhost:\d+$/);
    await server.says(/local mailbox: nothing leaves this machine/);
    await server.says(/production sets MONGODB_URI/);
    expect((await fetch(url)).status).toBe(200);
    expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: 'ok' });
  });

  test('keeps the API key it made for its owner alone', async () => {
    const file = join(dir, 'data', 'api-key');
    expect((await readFile(file, 'utf8')).trim()).toBe(apiKey);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('a second one on the same data directory is refused, with the mend', async () => {
    const { code, output } = await run(['start']);
    expect(code).toBe(1);
    expect(output).toMatch(
      /Data directory .*data: another process \(pid \d+\) is using it\. Stop it, .*DATA_DIR.*MONGODB_URI/,
    );
  });

  test('a command works beside it, and the running one sends', async () => {
    const { code, output } = await run([
      'lead',
      'add',
      'ada@example.org',
      '--first-name',
      'Ada',
      '--timezone',
      'Europe/Paris',
      '--attribute',
      'company=Byron & Co',
    ]);
    expect(output).toContain('ada@example.org is a new lead, in the stage welcome');
    expect(code).toBe(0);
    const mailbox = async (): Promise<{ items: { to: string }[] }> =>
      JSON.parse(await (await fetch(`${url}/api/mailbox`, { headers: { Authorization: `Bearer ${apiKey}` } })).text());
    for (let tries = 0; tries < 100 && (await mailbox()).items.length === 0; tries += 1)
      await new Promise((later) => setTimeout(later, 100));
    expect((await mailbox()).items).toMatchObject([{ to: 'ada@example.org' }]);

    const shown = await run(['lead', 'show', 'ADA@example.org']);
    expect(shown.output).toMatch(
      /What happened[\s\S]*mail "Your dock board is ready" accepted[\s\S]*What comes next[\s\S]*Your first truck/,
    );
  });

  test('SIGTERM finishes what is in hand and ends with 0', async () => {
    server.child.kill('SIGTERM');
    const { code, output } = await server.ended;
    expect(output).toContain('Stopped.');
    expect(code).toBe(0);
  });
});

test('a port in use is named, with the mend', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address ? String(address.port) : '';
  const { code, output } = await run(['start'], { PORT: port, DATA_DIR: join(dir, 'port') });
  other.close();
  expect(code).toBe(1);
  expect(output).toContain(
    `127.0.0.1:${port}: this port is in use by another program. Stop that program, or start with another port: PORT=${Number(port) + 1}`,
  );
});

test('a folder with mistakes refuses to start and names every one of them', async () => {
  const project = await brokenProject();
  const { code, output } = await run(['start'], { PROJECT_DIR: project, DATA_DIR: join(dir, 'broken-data') });
  expect(code).toBe(1);
  expect(output).toContain('sequences/welcome.json:');
  expect(output).toContain('there is no template "welcome/helo"');
  expect(output).toContain('Did you mean "welcome/hello"?');
  expect(output).toContain('"3 dyas" is not a length of time');
});

test('wrong settings are all named at once, without their values', async () => {
  const { code, output } = await run(['start'], {
    PORT: 'http',
    SMTP_URL: 'secret@nowhere',
    DEFAULT_TIMEZONE: 'Mars/Base',
  });
  expect(code).toBe(1);
  expect(output).toMatch(/PORT .*SMTP_URL .*DEFAULT_TIMEZONE /s);
  expect(output).not.toContain('secret');
});

describe('validate', () => {
  test('a good folder is told in one line', async () => {
    const { code, output } = await run(['validate']);
    expect(output).toMatch(/^✔ \d+ sequences with \d+ mails, \d+ templates: no mistakes\.\n$/);
    expect(code).toBe(0);
  });

  test('lint, journey tests and schemas of the shipped project are in order', async () => {
    expect(await run(['lint'])).toMatchObject({ code: 0, output: expect.stringContaining('nothing found') });
    expect(await run(['schema', '--check'])).toMatchObject({ code: 0 });
  });

  test('a schema that is out of date is named, and written anew', async () => {
    const project = join(dir, 'schemas');
    await cp('sequences', join(project, 'sequences'), { recursive: true });
    await writeFile(join(project, 'sequences/schema/funnel.schema.json'), '{}');
    const outdated = await run(['schema', project, '--check']);
    expect(outdated).toMatchObject({ code: 1, output: expect.stringContaining('funnel.schema.json is out of date') });
    expect((await run(['schema', project])).code).toBe(0);
    expect((await run(['schema', project, '--check'])).code).toBe(0);
  });

  test('each mistake is shown with its line, a caret and the mend', async () => {
    const { code, output } = await run(['validate', await brokenProject()]);
    expect(code).toBe(1);
    expect(output).toMatch(
      /sequences\/welcome\.json:\d+:\d+ error there is no template "welcome\/helo" \[unknown-template\]\n +\d+ │ .*"welcome\/helo".*\n +│ +\^ Did you mean "welcome\/hello"\?/,
    );
    expect(output).toContain('✖ 2 mistakes.');
  });

  test('--json is an array that programs read', async () => {
    const { code, output } = await run(['validate', await brokenProject(), '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual([
      {
        file: 'sequences/welcome.json',
        line: expect.any(Number),
        column: expect.any(Number),
        code: 'unknown-template',
        message: 'there is no template "welcome/helo"',
        hint: 'Did you mean "welcome/hello"?',
        severity: 'error',
      },
      expect.objectContaining({ code: 'bad-duration' }),
    ]);
  });
});

describe('lead import', () => {
  test('broken rows are listed with line and reason, the others are kept, and the exit code is 1', async () => {
    const file = join(dir, 'leads.csv');
    await writeFile(
      file,
      [
        'email,firstName,timezone,company,tags',
        'grace@example.org,Grace,Europe/London,"Hopper, ""Flow"" & Sons",fair;trial',
        'not an address,X,Europe/London,,',
        'alan@example.org,Alan,Mars/Base,,',
        'too,few',
        'kurt@example.org,Kurt,Europe/Vienna,,',
      ].join('\r\n'),
    );
    const settings = { DATA_DIR: join(dir, 'import') };
    const first = await run(['lead', 'import', file], settings);
    expect(first.code).toBe(1);
    expect(first.output).toContain(`${file}:3: email: `);
    expect(first.output).toContain(`${file}:4: timezone: there is no such time zone`);
    expect(first.output).toContain(`${file}:5: it has more or fewer columns than the first line`);
    expect(first.output).toContain('2 new leads, 0 changed, 0 as they were; 3 rows were broken');
    expect(first.output).toContain(`They stand in ${file}.broken.csv with their reasons`);

    const again = await run(['lead', 'import', file], settings);
    expect(again.output).toContain('This file was imported already');
    const more = await run(['lead', 'import', file, '--again'], settings);
    expect(more.output).toContain('0 new leads, 0 changed, 2 as they were; 3 rows were broken');
    const shown = await run(['lead', 'show', 'grace@example.org', '--json'], settings);
    expect(JSON.parse(shown.output)).toMatchObject({
      attributes: { company: 'Hopper, "Flow" & Sons' },
      tags: ['fair', 'trial'],
    });
  });

  test('a file without addresses is refused with the columns it has', async () => {
    const file = join(dir, 'names.csv');
    await writeFile(file, 'name,town\nAda,London\n');
    const { code, output } = await run(['lead', 'import', file], { DATA_DIR: join(dir, 'import') });
    expect(code).toBe(1);
    expect(output).toContain('no column is called "email" (found: name, town)');
  });
});

test('demo: the same seed plays the same', async () => {
  const play = async () => {
    const { code, output } = await run([
      'demo',
      '--days',
      '1',
      '--leads',
      '40',
      '--seed',
      '7',
      '--data',
      join(dir, 'demo'),
      '--no-serve',
    ]);
    expect(code).toBe(0);
    // How long it took is the one thing that may differ.
    return output.replace(/ mails in \d+ s/, ' mails');
  };
  const first = await play();
  expect(first).toMatch(/1 day of 40 leads[\s\S]*welcome[\s\S]*hello[\s\S]*40[\s\S]*Leads per stage[\s\S]*Look at it/);
  expect(await play()).toBe(first);
}, 180_000);

test('demo: never empties a folder that holds other data', async () => {
  const data = join(dir, 'precious');
  expect((await run(['lead', 'add', 'ada@example.org'], { DATA_DIR: data })).code).toBe(0);
  const { code, output } = await run(['demo', '--days', '1', '--data', data, '--no-serve']);
  expect(code).toBe(1);
  expect(output).toContain('this folder holds data that no demo made');
  expect((await run(['lead', 'show', 'ada@example.org'], { DATA_DIR: data })).code).toBe(0);
});

/** A copy of the shipped project with a template misspelt and a length of time that is none. */
async function brokenProject(): Promise<string> {
  const project = await mkdtemp(join(dir, 'broken-'));
  await Promise.all(['sequences', 'templates'].map((folder) => cp(folder, join(project, folder), { recursive: true })));
  const file = join(project, 'sequences/welcome.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"welcome/hello"', '"welcome/helo"').replace('"4 days"', '"3 dyas"'));
  return project;
}
