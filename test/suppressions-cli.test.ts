import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommands } from './cli-in-process.js';
import { aProjectFolder, testDatabase, giveBack } from './support.js';

const uri = testDatabase();
let folder: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await aProjectFolder();
  const { SMTP_URL: _, ...own } = process.env;
  const SIGNING_SECRET = 'a secret that is long enough to sign with';
  environment = { ...own, MONGODB_URI: uri, PROJECT_DIR: folder, SIGNING_SECRET, DATA_DIR: folder, NO_COLOR: '1' };
});
afterAll(async () => {
  await giveBack(uri);
});

const run = (...commands: Parameters<typeof runCommands>[2]) =>
  runCommands(['suppress', 'suppressions', 'lead'], environment, commands);

test('an address and a domain are suppressed, listed, exported, lifted with a reason and taken in again', async () => {
  const list = join(folder, 'list.csv');
  await writeFile(list, 'address,because\nada@example.org,"asked, twice"\nnobody,\n');
  const [, suppressed, again, domain, listed, json, exported, lifted, twice, byDomain, imported] = await run(
    ['addLead', 'ada@example.org', {}],
    ['suppressOne', 'ADA@example.org', { because: 'asked "twice", by telephone' }],
    ['suppressOne', 'ada@example.org', {}],
    ['suppressOne', '@bücher.example', {}],
    ['listSuppressions', {}],
    ['listSuppressions', { json: true }],
    ['exportSuppressions', {}],
    ['liftOne', 'ada@example.org', { because: 'signed up again' }],
    ['liftOne', 'ada@example.org', { because: 'signed up again' }],
    ['liftOne', 'ada@bücher.example', { because: 'a friend' }],
    ['importList', list],
  );
  expect(suppressed?.output).toBe(
    '✔ ada@example.org gets no more mail. 1 lead with it: what was going on there has ended.\n',
  );
  expect(again?.output).toBe('✔ ada@example.org was suppressed by hand already, and still is.\n');
  expect(domain?.output).toBe('✔ Every address @xn--bcher-kva.example gets no more mail.\n');
  expect(listed?.output).toMatch(
    /ada@example\.org {2}manual since .* UTC {2}.*: asked "twice", by telephone\n2 in all\.\n$/,
  );
  expect(JSON.parse(json?.output ?? '')).toMatchObject([
    { address: '@xn--bcher-kva.example', reason: 'manual' },
    { address: 'ada@example.org', reason: 'manual', reasons: [{ because: 'asked "twice", by telephone' }] },
  ]);
  expect(exported?.output).toMatch(
    /^address,reason,at,because\n'@xn--bcher-kva\.example,manual,\S+Z,\nada@example\.org,manual,\S+Z,"asked ""twice"", by telephone"\n$/,
  );
  expect(lifted?.output).toBe('✔ ada@example.org was suppressed (manual). That is lifted: mail may go there again.\n');
  expect(twice).toMatchObject({ code: 1, errors: '✖ ada@example.org is not suppressed\n' });
  expect(byDomain).toMatchObject({
    code: 1,
    errors:
      '✖ ada@xn--bcher-kva.example is not suppressed. It still gets no mail, as nobody at @xn--bcher-kva.example does.\n',
  });
  expect(imported).toEqual({
    code: 1,
    output: '✔ 1 added, 0 known before, 1 lead among them; 1 row broken, listed above.\n',
    errors: `✖ ${list}:3: address: an e-mail address looks like name@example.com\n`,
  });
});

test('somebody is left in peace also while the files have mistakes', async () => {
  await writeFile(join(folder, 'sequences/hello.json'), '{');
  const [suppressed, json] = await run(['suppressOne', 'bea@example.org', {}], ['listSuppressions', { json: true }]);
  expect(suppressed).toMatchObject({
    code: 0,
    output: '✔ bea@example.org gets no more mail.\n',
    errors: expect.stringContaining('runs that this ends do so when they next come due'),
  });
  expect(json?.output).toContain('"address":"bea@example.org"');
});

test('what cannot be done is refused with its mend', async () => {
  const told = await run(
    ['suppressOne', 'nobody', {}],
    ['suppressOne', '@localhost', {}],
    ['liftOne', 'ada@example.org', { because: 'x', only: 'bored' }],
    ['importList', '/nowhere/list.csv'],
  );
  expect(told.map(({ code }) => code)).toEqual([1, 1, 1, 1]);
  expect(told.map(({ errors }) => errors.trim().split('\n').at(-1))).toEqual([
    expect.stringMatching(/an e-mail address looks like name@example\.com\. Write one address, or "@example\.com"/),
    expect.stringMatching(/no ending such as \.com/),
    expect.stringMatching(/--only: "bored" is no reason\. Use one of: soft-bounced, /),
    expect.stringMatching(/list\.csv: this file cannot be read/),
  ]);
});
