import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aFormProject } from './form-projects.js';
import { testDatabase, giveBack } from './support.js';

const uri = testDatabase();
let folder: string;

beforeAll(async () => {
  folder = await aFormProject();
});
afterAll(async () => {
  await giveBack(uri);
});

type Told = { readonly output: string; readonly errors: string };

/** Runs commands of `rivulet form` one after the other, as the program does, in one process: starting one takes seconds. */
async function run(...commands: readonly (readonly [string, ...unknown[]])[]): Promise<readonly Told[]> {
  const script = `
    import * as forms from './src/cli/form.ts';
    import { failWith } from './src/cli/terminal.ts';
    const told = [];
    let [output, errors] = ['', ''];
    console.log = (line) => { output += line + '\\n'; };
    console.error = (line) => { errors += line + '\\n'; };
    for (const [command, ...given] of ${JSON.stringify(commands)}) {
      await forms[command](...given).catch(failWith);
      told.push({ output, errors });
      [output, errors, process.exitCode] = ['', '', 0];
    }
    process.stdout.write(JSON.stringify(told));`;
  const own = { MONGODB_URI: uri, DATA_DIR: folder, NO_COLOR: '1', PUBLIC_URL: 'https://mail.example.com' };
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...own } });
  const told: readonly Told[] = JSON.parse(stdout);
  return told;
}

test('forms are listed with their pages and what came of them, and printed as what shows them elsewhere', async () => {
  const dir = folder;
  const [listed, json, embedded, unknown] = await run(
    ['listForms', { dir }],
    ['listForms', { dir, json: true }],
    ['embedForm', 'every', { dir }],
    ['embedForm', 'papr', { dir }],
  );
  expect(listed?.output).toMatch(/form +│ taken │ asked │ confirmed │ refused/);
  expect(listed?.output).toMatch(/│ paper +│ +0 │ +0 │ +0 │/);
  expect(listed?.output).toContain('https://mail.example.com/f/paper');
  expect(listed?.output).toMatch(/│ short +│ +0 │ +│ +│/);
  expect(JSON.parse(json?.output ?? '')).toContainEqual({
    name: 'short',
    title: 'Just an address',
    page: 'https://mail.example.com/f/short',
    action: 'https://mail.example.com/forms/short',
    script: 'https://mail.example.com/f/short/embed.js',
    taken: 0,
    refused: {},
  });

  const html = embedded?.output ?? '';
  expect(html).toContain('<script src="https://mail.example.com/f/every/embed.js" async></script>');
  expect(html).toContain('<form method="post" action="https://mail.example.com/forms/every"');
  expect(html).not.toMatch(/_press|novalidate|class=/);
  // Nothing but HTML, to be saved and pasted as it is: what is said of it stands in comments.
  expect(html.replaceAll(/<!--.*?-->/g, '').trim()).toMatch(/^<[\s\S]*>$/);
  expect(unknown?.errors).toContain('papr: there is no form of this name. Did you mean "paper"?');
});
