import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { aProjectFolder, testDatabase, giveBack } from './support.js';

const uri = testDatabase();
let folder: string;

beforeAll(async () => {
  // A sequence with a mistake in it: the tag is none of its business.
  folder = await aProjectFolder({ 'sequences/broken.json': '{ "name": 7 }' });
});
afterAll(async () => {
  await giveBack(uri);
  await rm(folder, { recursive: true });
});

/** What a command prints, run as the program does. */
async function run(command: string, settings: Readonly<Record<string, string>> = {}) {
  const script = `
    import { siteShow, siteSnippet } from './src/cli/site.ts';
    import { failWith } from './src/cli/terminal.ts';
    let output = '';
    console.log = console.error = (line) => { output += line + '\\n'; };
    await (${command}).catch(failWith);
    process.stdout.write(JSON.stringify({ code: process.exitCode ?? 0, output }));
    process.exitCode = 0;`;
  const { SMTP_URL: _, PUBLIC_URL: __, ...own } = process.env;
  const SIGNING_SECRET = 'a secret that is long enough to sign with';
  const env = { ...own, MONGODB_URI: uri, SIGNING_SECRET, DATA_DIR: folder, NO_COLOR: '1', ...settings };
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const told: { readonly code: number; readonly output: string } = JSON.parse(stdout);
  return told;
}
const dir = () => JSON.stringify({ dir: folder });

describe('rivulet site snippet', () => {
  test('prints the tag for the pages of the website, what a policy must allow, and how to test it', async () => {
    const { code, output } = await run(`siteSnippet(${dir()})`, { PUBLIC_URL: 'https://mail.example.com/' });
    expect(code).toBe(0);
    for (const line of [
      'For the <head> of every page of https://example.com, https://www.example.com:',
      '  <script src="https://mail.example.com/site.js" async></script>',
      '  <script src="https://mail.example.com/site.js" async data-consent="required"></script>',
      'script-src https://mail.example.com; connect-src https://mail.example.com',
      "curl -i https://mail.example.com/t -H 'Origin: https://example.com'",
    ])
      expect(output).toContain(line);
    expect(output).not.toContain('set PUBLIC_URL');
  });

  test('names the sites of SITE_ORIGINS', async () => {
    const { output } = await run(`siteSnippet(${dir()})`, { SITE_ORIGINS: 'https://shop.example.com' });
    expect(output).toContain('every page of https://shop.example.com:');
  });

  test.each([
    [{}, 'set PUBLIC_URL to the address that they can reach'],
    [{ PUBLIC_URL: 'http://mail.example.com' }, 'set PUBLIC_URL to an address with https'],
  ])('says what keeps %j from working', async (settings, trouble) => {
    expect((await run(`siteSnippet(${dir()})`, settings)).output).toContain(trouble);
  });

  test('is refused while SITE_ORIGINS is "none", or the brand has a mistake', async () => {
    expect(await run(`siteSnippet(${dir()})`, { SITE_ORIGINS: 'none' })).toMatchObject({
      code: 1,
      output: expect.stringContaining('SITE_ORIGINS: it is "none", so no page may tell what is done on it.'),
    });
    const broken = await aProjectFolder({ 'templates/brand.json': '{ "name": "Tallybay", "website": "example" }' });
    const { code, output } = await run(`siteSnippet({ dir: ${JSON.stringify(broken)} })`);
    expect([code, output]).toEqual([1, expect.stringContaining('this is not the address of a website')]);
    await rm(broken, { recursive: true });
  });
});

describe('rivulet site show', () => {
  test('says that nothing has come, then what each site told and what was refused', async () => {
    expect((await run(`siteShow(${dir()})`)).output).toContain('Nothing has come yet.');
    const client = await new MongoClient(uri).connect();
    const lastAt = new Date();
    const hour = lastAt.toISOString().slice(0, 13);
    const rows = [
      { of: 'origin', name: 'https://example.com', events: 7, pageViews: 5, lastAt },
      { of: 'origin', name: 'https://old.example.com', events: 1, pageViews: 1, lastAt },
      { of: 'refused', name: 'foreign-origin', events: 2, pageViews: 0, lastAt, from: 'https://shop.example.com' },
    ];
    const counts = client.db().collection<{ _id: string }>('siteCounts');
    await counts.insertMany(rows.map((row) => ({ _id: `${hour} ${row.of} ${row.name}`, ...row })));
    await client.close();

    const { output } = await run(`siteShow(${dir()})`);
    expect(output).toMatch(/https:\/\/example\.com +│ .*│ +5 │ +7 │/);
    expect(output).toContain('not in SITE_ORIGINS any more');
    expect(output).not.toContain('www.example.com');
    expect(output).toContain(
      'Not taken: 2 times from a page that is not of your sites; add its origin to SITE_ORIGINS if it is (the last: https://shop.example.com)',
    );
    const { output: json } = await run(`siteShow({ dir: ${JSON.stringify(folder)}, json: true })`);
    expect(JSON.parse(json)).toMatchObject({ refused: [{ because: 'foreign-origin', count: 2 }] });
  });
});

test('a folder without a brand is told by its file', async () => {
  const { code, output } = await run(`siteSnippet({ dir: ${JSON.stringify(join(folder, 'nowhere'))} })`);
  expect([code, output]).toEqual([1, expect.stringMatching(/brand\.json|nowhere/)]);
});
