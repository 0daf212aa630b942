import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { firstAdmin, somebody, type Browser as SignedIn } from '../signed-in.js';
import { aProjectFolder, aSequenceFile, eventually, type HttpRivulet, startHttpRivulet } from '../support.js';
import { openBrowser, violationsOn } from './reading.js';

// The editor in a real browser: its styles under the policy of the pages, what it offers, and whose text is saved.

const file = 'sequences/hello.json';
const mail = 'templates/hello.mjml';
const steps = (subject: string): string =>
  aSequenceFile([{ send: 'hello', subject }, { wait: '2 days' }], { enroll: { on: 'lead.created' } });
/** How long a cold compiler of mails may take on a busy machine. */
const patience = { timeout: 45_000 };

let folder: string;
let rivulet: HttpRivulet;
let browser: Browser;
let admin: SignedIn;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await aProjectFolder();
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder, EDIT: '1' });
  browser = await openBrowser();
  admin = await firstAdmin(rivulet);
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
});
beforeEach(async () => {
  await writeFile(join(folder, file), steps('Hello'));
  context = await contextOf(admin);
  page = await listened();
});
afterEach(async () => {
  await context.close();
  const said = [...complaints.splice(0), ...rivulet.faults.splice(0).map(String)];
  if (said.length > 0) throw new Error(said.join('\n'));
});

async function contextOf({ cookies }: SignedIn): Promise<BrowserContext> {
  const made = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  await made.addCookies([...cookies].map(([name, value]) => ({ name, value, url: rivulet.url })));
  return made;
}

async function listened(of = context): Promise<Page> {
  const opened = await of.newPage();
  opened.on('pageerror', ({ message }) => void complaints.push(message));
  opened.on('console', (message) => {
    // That somebody was faster is an answer with a status of its own, which the browser notes.
    if (message.type() === 'error' && !message.text().includes('412')) complaints.push(message.text());
  });
  // Leaving with a draft is asked about; here one means to.
  opened.on('dialog', (dialog) => void dialog.accept());
  return opened;
}

/** Opens a file and waits until the server has looked at it. */
async function open(path: string, on = page) {
  await on.goto(`${rivulet.url}/editor/${path}`);
  const text = on.getByRole('textbox', { name: `Text of ${path}` });
  await text.waitFor(patience);
  await on.getByText(/No mistakes|\d mistake|from lint/).waitFor(patience);
  return text;
}

/** Puts a text in the place of what stands there, as somebody would who selects all and pastes. */
async function write(text: Locator, written: string): Promise<void> {
  await text.press('Control+a');
  await text.press('Delete');
  await text.page().keyboard.insertText(written);
}

const onDisk = () => readFile(join(folder, file), 'utf8');

test('its styles come through the policy of the pages, and nobody is kept out by them', async () => {
  const text = await open(file);
  await text.focus();
  // Of its own sheets one sets this; without them it would be "normal".
  const space = 'getComputedStyle(document.querySelector(".editor-code").shadowRoot.activeElement).whiteSpace';
  expect(await page.evaluate(space)).toBe('break-spaces');
  expect(await violationsOn(page)).toEqual([]);
});

test('a link to a line opens the file there', async () => {
  await writeFile(join(folder, file), JSON.stringify(JSON.parse(steps('Hello')), undefined, 2));
  await page.goto(`${rivulet.url}/editor/${file}?line=3`);
  const line = page.locator('.cm-activeLine', { hasText: '"send"' });
  await line.waitFor(patience);
  expect(await line.textContent()).toContain('"send": {');
});

test('what may stand at a place is offered by the schema, with names of the project', async () => {
  const text = await open(file);
  await write(text, '{ "steps": [{ "send": "" }] }');
  await text.press('Control+Home');
  for (let i = 0; i < '{ "steps": [{ "send": "'.length; i += 1) await text.press('ArrowRight');
  await text.press('Control+Space');
  await page.getByRole('option', { name: /^hello/ }).waitFor(patience);
  await text.press('Escape');
  await write(text, '{ "ste');
  await text.press('Control+Space');
  const offered = page.getByRole('option', { name: /^steps/ });
  await offered.waitFor(patience);
  expect(await offered.count()).toBe(1);
});

test('merge fields are offered where one is begun, with the default that they take', async () => {
  const text = await open(mail);
  await write(text, '<mj-section><mj-column><mj-text>Hello </mj-text></mj-column></mj-section>');
  await text.press('Control+Home');
  for (let i = 0; i < '<mj-section><mj-column><mj-text>Hello '.length; i += 1) await text.press('ArrowRight');
  await page.keyboard.type('{{lead.fir', { delay: 30 });
  await page.getByRole('option', { name: /lead\.firstName/ }).click(patience);
  await page.getByText("{{lead.firstName 'there'}}").waitFor(patience);
  expect(await text.textContent()).toBe(
    "<mj-section><mj-column><mj-text>Hello {{lead.firstName 'there'}}</mj-text></mj-column></mj-section>",
  );
});

test('a mail is shown as it is written, without scripts', async () => {
  const text = await open(mail);
  const shown = page.frameLocator('iframe[title="The mail hello"]');
  await shown.getByText('Hello Ada').first().waitFor(patience);
  const written =
    '<mj-section><mj-column><mj-text>Written <a href="{{unsubscribeUrl}}">just now</a><script>top.document.title = "mine"</script></mj-text></mj-column></mj-section>';
  await write(text, written);
  await page.frameLocator('iframe[title="The mail hello"]').getByText('just now').waitFor(patience);
  expect(await page.title()).toContain('Rivulet');
  expect(complaints.splice(0).every((one) => one.includes('Blocked script execution'))).toBe(true);
});

test('what is written and not saved is there again when the page is loaded anew', async () => {
  const text = await open(file);
  await write(text, steps('Not saved yet'));
  await page.getByText('unsaved').first().waitFor();
  await page.reload();
  await page.getByText('Not saved yet').first().waitFor(patience);
  expect(await onDisk()).toBe(steps('Hello'));
  await page.getByRole('button', { name: 'Throw away' }).click();
  await page.getByRole('button', { name: 'Throw them away' }).click();
  await page.getByText('unsaved').first().waitFor({ state: 'hidden' });
});

test('what somebody else has saved meanwhile is shown beside one’s own, and neither is lost', async () => {
  const text = await open(file);
  await write(text, steps('Mine'));
  await page.getByText('No mistakes').waitFor(patience);
  await text.press('Control+s');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What it changes').waitFor(patience);
  await writeFile(join(folder, file), steps('Theirs'));
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();

  await dialog.getByText(`${file} was changed meanwhile`).waitFor(patience);
  expect(await onDisk()).toBe(steps('Theirs'));
  const [theirs, mine] = [dialog.getByLabel('On disk now'), dialog.getByLabel('What will be saved')];
  expect([await theirs.textContent(), await mine.textContent()]).toEqual([
    expect.stringContaining('Theirs'),
    expect.stringContaining('Mine'),
  ]);
  expect(await violationsOn(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Save the right side' }).click();
  await page.getByText(/Saved and in force/).waitFor(patience);
  expect(await onDisk()).toBe(steps('Mine'));

  // Who writes on at once writes on what was saved.
  await write(text, steps('Mine again'));
  expect(await dialog.count()).toBe(0);
  await text.press('Control+s');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click(patience);
  await eventually(async () => (await onDisk()) === steps('Mine again'));
});

test('a file with mistakes says so before it is saved, and what ran goes on', async () => {
  const text = await open(file);
  await write(text, steps('Broken').replace('"send":"hello"', '"send":"helo"'));
  await page.getByRole('tab', { name: /To mend \(1\)/ }).click(patience);
  await page.getByText('Did you mean "hello"?').first().waitFor();
  await text.press('Control+s');
  const dialog = page.getByRole('dialog');
  await dialog.getByText('1 mistake in the project as it would be').waitFor(patience);
  await dialog.getByRole('button', { name: 'Save it all the same' }).click();
  await page.getByText('broken: not in force').waitFor(patience);
  const [step] = [...(rivulet.project().programs.get('hello')?.steps.values() ?? [])];
  expect(step).toMatchObject({ kind: 'send', template: 'hello' });
});

test('a new file begins with what files of its kind begin with, and is there once it is saved', async () => {
  await page.goto(`${rivulet.url}/editor`);
  await page.getByRole('button', { name: 'New file' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is').selectOption('mail');
  await dialog.getByLabel('Name').fill('spring/offer');
  await dialog.getByRole('button', { name: 'Begin' }).click();
  await page.getByRole('textbox', { name: 'Text of templates/spring/offer.mjml' }).waitFor(patience);
  await page.getByText('No mistakes').waitFor(patience);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click(patience);
  await page.getByText(/spring\/offer is a new template/).waitFor(patience);
  expect(rivulet.project().templates.has('spring/offer')).toBe(true);
});

test('who may not write sees why, tries changes all the same, and saves none', async () => {
  const { browser: viewer } = await somebody(rivulet, 'look@example.com', 'viewer');
  const own = await contextOf(viewer);
  const shown = await listened(own);
  const text = await open(file, shown);
  await shown.getByText('You can look at the files').waitFor();
  await write(text, steps('Mine').replace('"send":"hello"', '"send":"helo"'));
  await shown.getByText('1 mistake').first().waitFor(patience);
  await text.press('Control+s');
  await shown.getByText('Files cannot be saved here').waitFor();
  expect(await shown.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  expect(await onDisk()).toBe(steps('Hello'));
  await own.close();
});
