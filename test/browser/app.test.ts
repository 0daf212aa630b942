import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from '../support.js';
import { isTooWide, openBrowser, violationsOn } from './reading.js';

const password = 'harbour seventeen violet stairs';
const address = 'mara@tallybay.example.com';
const hourMs = 3_600_000;
const steps = [
  { id: 'first', send: 'hello', subject: 'Good to have you' },
  { wait: '2 hours' },
  { id: 'second', send: 'hello', subject: 'Two hours later' },
];
const dark =
  '<mj-head><mj-style>@media (prefers-color-scheme: dark) { body, div, td { background: #111 !important; color: #eee !important; } }</mj-style></mj-head>';

let folder: string;
let rivulet: HttpRivulet;
let stopWatching: () => Promise<void>;
let browser: Browser;
let context: BrowserContext;
let page: Page;
/** What the browser complained of, such as something the content security policy forbids. */
const complaints: string[] = [];

beforeAll(async () => {
  folder = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
    'templates/layout.mjml': `<mjml>${dark}<mj-body><mj-include path="content" /></mj-body></mjml>`,
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder, EDIT: '1' });
  const watch = await rivulet.watch();
  stopWatching = watch.stop;
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await listened(context);
});
afterAll(async () => {
  await browser.close();
  await stopWatching();
  await rivulet.close();
});
/** Nothing that the browser or Rivulet complained of passes in silence. */
afterEach(() => {
  const all = [...complaints.splice(0), ...rivulet.faults.splice(0)];
  if (all.length > 0) throw new Error(`complaints: ${all.map(String).join('; ')}`);
});

async function listened(of: BrowserContext): Promise<Page> {
  const opened = await of.newPage();
  opened.on('pageerror', ({ message }) => void complaints.push(message));
  opened.on('console', (message) => {
    // A 401 of somebody who is not signed in is a console line of the browser's own.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
  return opened;
}

/** Waits for something to be seen; pages look anew by themselves, some of them seldom. */
async function seen(locator: Locator): Promise<boolean> {
  await locator.first().waitFor({ timeout: 45_000 });
  return true;
}

async function open(path: string, on = page): Promise<void> {
  await on.goto(rivulet.url + path);
  await on.getByRole('main').first().waitFor();
  for (const waiting of ['[aria-busy="true"]', '.bone']) await on.locator(waiting).first().waitFor({ state: 'hidden' });
}

test('the first link opens the account of the first admin, once', async () => {
  const link = (await rivulet.firstLink()) ?? '';
  await page.goto(link);
  await page.getByLabel('E-mail address').fill(address);
  await page.getByLabel('Your name').fill('Mara Quay');
  await page
    .getByLabel(/^Password/)
    .first()
    .fill(password);
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();

  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await other.goto(link);
  expect(await seen(other.getByText(/opened before|opens nothing|no longer|not open/i))).toBe(true);
  await stranger.close();
});

test('who signs out gets in again with the password, and not with another', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail address').fill(address);
  await page.getByLabel('Password', { exact: true }).fill('not this one at all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  expect(await seen(page.getByRole('alert'))).toBe(true);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
});

test('a lead is seen to move through a sequence while the clock runs', async () => {
  const { id } = await rivulet.welcome('ann@example.com', { firstName: 'Ann' });
  await open(`/leads/${id}`);
  await page.getByText('Good to have you').first().waitFor();
  await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 3 * hourMs));
  // Nobody loads the page anew: it looks by itself.
  await page.getByText('Two hours later').first().waitFor({ timeout: 45_000 });
  expect(await rivulet.store.mailbox.page(10, undefined, 'ann@example.com')).toMatchObject({ items: [{}, {}] });
});

describe('a file that is broken on disk', () => {
  const path = (): string => join(folder, 'sequences/hello.json');
  let sound: string;

  test('is told on the overview with its line, and what ran goes on', async () => {
    sound = await readFile(path(), 'utf8');
    await writeFile(path(), sound.replace('"send":"hello"', '"send":"helo"'));
    await open('/');
    expect(await seen(page.getByText(/hello\.json:1:\d+/))).toBe(true);
  });

  test('is shown in the editor with what mends it', async () => {
    await open('/editor/sequences/hello.json');
    await page.getByText('broken: not in force').waitFor();
    await page.getByRole('tab', { name: /To mend/ }).click();
    expect(await seen(page.getByText(/there is no template "helo"/))).toBe(true);
  });

  test('is in force again once it is mended', async () => {
    await writeFile(path(), sound);
    expect(await seen(page.getByText('in force', { exact: true }))).toBe(true);
  });
});

test('a sequence is edited, played and saved, and is in force with the next lead', async () => {
  await open('/editor/sequences/hello.json');
  const text = page.getByRole('textbox', { name: /Text of/ });
  const edited = aSequenceFile([{ id: 'first', send: 'hello', subject: 'Changed in the browser' }, ...steps.slice(1)], {
    enroll: { on: 'lead.created' },
  });
  await text.fill(edited);
  await page.getByText('unsaved').first().waitFor();
  await page.getByRole('tab', { name: 'Simulate' }).click();
  await page.getByRole('button', { name: 'Play it' }).click();
  await page.getByText('Changed in the browser').last().waitFor({ timeout: 45_000 });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText(/Saved/).first().waitFor({ timeout: 45_000 });
  expect(await readFile(join(folder, 'sequences/hello.json'), 'utf8')).toBe(edited);
  await rivulet.welcome('bea@example.com');
  const [mail] = (await rivulet.store.mailbox.page(1, undefined, 'bea@example.com')).items;
  expect(mail).toMatchObject({ subject: 'Changed in the browser' });
});

test('a list is imported: looked at first, then taken in', async () => {
  await open('/leads/import');
  const csv = 'email,firstName\ncleo@example.com,Cleo\nnobody,None\n';
  await page.getByLabel('CSV file').setInputFiles({ name: 'fair.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.getByRole('button', { name: /check/i }).click();
  await page
    .getByRole('button', { name: 'Import 1 leads' })
    .or(page.getByRole('button', { name: /^Import 1/ }))
    .first()
    .click();
  await page.getByText('The list is in').waitFor({ timeout: 45_000 });
  expect(await rivulet.store.leads.byEmail('cleo@example.com')).toMatchObject({ firstName: 'Cleo' });
});

test('a mail is dark where its program is', async () => {
  await open('/sequences/hello/mails/first');
  await page.getByRole('tab', { name: 'Dark' }).click();
  const frame = page.frameLocator('iframe[title="The mail in dark, by its own style"]');
  const hello = frame.getByText(/Hello/).first();
  await hello.waitFor();
  // As a function: in a frame without scripts a text is not run.
  const color = await hello.evaluate((element) => Reflect.get(globalThis, 'getComputedStyle')(element).color);
  expect(color).toBe('rgb(238, 238, 238)');
});

test('who unsubscribes by the link of a mail gets no more, and the page of the lead says so', async () => {
  const { id, mail } = await rivulet.welcome('dan@example.com');
  const reader = await browser.newContext();
  const leaving = await reader.newPage();
  await leaving.goto(mail.unsubscribe ?? '');
  await leaving
    .getByRole('button', { name: /unsubscribe/i })
    .first()
    .click();
  await leaving
    .getByText(/unsubscribed/i)
    .first()
    .waitFor();
  await reader.close();
  await open(`/leads/${id}`);
  expect(await seen(page.getByText(/unsubscribed/i))).toBe(true);
});

const places = [
  '/',
  '/sequences',
  '/sequences/hello',
  '/sequences/hello/mails/first',
  '/simulator',
  '/forecast',
  '/leads',
  '/leads/import',
  '/deliverability',
  '/mailbox',
  '/forms',
  '/reports',
  '/activity',
  '/editor',
  '/editor/sequences/hello.json',
  '/settings',
  '/endpoints',
];
describe.each([
  { size: 'desktop', look: 'light', viewport: { width: 1280, height: 900 } },
  { size: 'phone', look: 'dark', viewport: { width: 360, height: 780 } },
] as const)('on a $size, $look', ({ look, viewport }) => {
  let own: BrowserContext;
  beforeAll(async () => {
    own = await browser.newContext({ viewport, colorScheme: look, storageState: await context.storageState() });
  });
  afterAll(() => own.close());

  test.each(places)('%s keeps nobody out and need not be moved sideways', async (place) => {
    const shown = await listened(own);
    await open(place, shown);
    expect(await violationsOn(shown)).toEqual([]);
    expect(await isTooWide(shown)).toBe(false);
    await shown.close();
  });
});

test('what is done with the keyboard alone is done: to the leads, and to the search', async () => {
  await open('/');
  await page.keyboard.press('g');
  await page.keyboard.press('l');
  await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('bea');
  expect(await seen(page.getByRole('link', { name: /bea@example.com/ }))).toBe(true);
});
