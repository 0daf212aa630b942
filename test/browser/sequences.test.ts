import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { aProjectFolder, aSequenceFile, eventually, type HttpRivulet, startHttpRivulet } from '../support.js';
import { isTooWide, openBrowser, violationsOn } from './reading.js';

const day = 86_400_000;
const wide = { viewport: { width: 1280, height: 900 } };
const steps = [
  { id: 'hi', send: 'hello', subject: 'Good to have you' },
  { id: 'rest', wait: '2 days' },
  {
    if: { tag: 'vip' },
    then: [{ id: 'more', send: 'hello', subject: 'More for you' }],
    else: [{ exit: 'not for them' }],
  },
];
const text = (words: string): string => `<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>`;
const files = {
  'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' }, stage: 'lead' }),
  'templates/layout.mjml':
    '<mjml><mj-head><mj-include path="preview" /><mj-style>@media (prefers-color-scheme: dark) { body, div, td { background: #111 !important; color: #eee !important; } }</mj-style></mj-head><mj-body><mj-include path="content" /></mj-body></mjml>',
  'templates/hello.mjml': `<mj-preview>A word before</mj-preview>${text(
    'Hello {{lead.firstName "you"}}, <a href="https://example.com/more">read on</a> or <a href="{{unsubscribeUrl}}">unsubscribe</a>.',
  )}`,
};

let rivulet: HttpRivulet;
let browser: Browser;
let page: Page;
/** What the browser complained of, such as something that the content security policy forbids. */
const complaints: string[] = [];

beforeAll(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: await aProjectFolder(files) });
  browser = await openBrowser();
  const ada = await rivulet.welcome('ada@example.com', { firstName: 'Ada <i>', tags: ['vip'] });
  await rivulet.welcome('bert@example.com');
  await rivulet.reader.clicks(ada.mail.links[0]);
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
});
beforeEach(async () => {
  page = await aPage(wide);
});
afterEach(async () => {
  await page.context().close();
  for (const complaint of complaints.splice(0)) throw new Error(complaint);
});

async function aPage(options: BrowserContextOptions): Promise<Page> {
  const extraHTTPHeaders = { Authorization: `Bearer ${rivulet.apiKey}` };
  const opened = await (await browser.newContext({ ...options, extraHTTPHeaders })).newPage();
  opened.on('pageerror', ({ message }) => void complaints.push(message));
  opened.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return opened;
}

async function open(path: string, on = page): Promise<void> {
  await on.goto(rivulet.url + path);
  await on.locator('[aria-busy="true"]').first().waitFor({ state: 'hidden' });
}

test('the flow shows how many wait at each step, and follows them as time goes by', async () => {
  await open('/sequences/hello');
  const waiting = page.locator('.react-flow__node', { hasText: 'Wait 2 days' });
  await waiting.getByText('2 wait here').waitFor();
  await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 3 * day));
  await open('/sequences/hello');
  const exit = page.locator('.react-flow__node', { hasText: 'Leave the sequence: not for them' });
  await exit.getByText('1 left here').waitFor();
  expect(await waiting.getByText('wait here').count()).toBe(0);
  await page.getByRole('tab', { name: 'Left 2' }).click();
  await page.getByRole('row', { name: /not for them/ }).waitFor();
});

test('a sequence leads to a simulation of it', async () => {
  await open('/sequences/hello');
  await page.getByRole('link', { name: 'Simulate' }).click();
  await eventually(async () => (await page.getByLabel('Begins with').inputValue()) === 'hello');
  expect(new URL(page.url()).searchParams.get('journey')).toBe('{"sequence":"hello"}');
});

test('a step is opened by the keyboard, and leads to its mail', async () => {
  await open('/sequences/hello');
  const mail = page.locator('.react-flow__node', { hasText: 'Good to have you' });
  await mail.waitFor();
  await mail.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'See the mail' }).click();
  const heading = page.getByRole('heading', { level: 1, name: 'Good to have you' });
  await heading.waitFor();
  expect(new URL(page.url()).pathname).toBe('/sequences/hello/mails/hi');
});

test('on a phone the flow is a list, whose steps open too', async () => {
  const phone = await aPage({ viewport: { width: 390, height: 844 } });
  await open('/sequences/hello', phone);
  await phone.getByRole('button', { name: 'Good to have you' }).click();
  const link = phone.getByRole('dialog').getByRole('link', { name: 'See the mail' });
  await link.waitFor();
  expect(await phone.locator('.react-flow').count()).toBe(0);
  await phone.context().close();
});

test('a mail is shown as a lead sees it, in dark, and with what was clicked in it; nothing in it can run', async () => {
  await open('/sequences/hello/mails/hi');
  await page.getByRole('button', { name: 'Choose a lead' }).click();
  await page.getByLabel('Name or address').fill('ada@');
  await page.getByRole('button', { name: /ada@example.com/ }).click();
  await page.frameLocator('iframe').getByText('Hello Ada <i>').waitFor();
  expect(await page.locator('iframe').first().getAttribute('sandbox')).toBe('');
  await page.getByRole('tab', { name: 'Dark' }).click();
  const body = page.frameLocator('iframe[title*="own style"]').locator('body');
  await body.waitFor();
  // As a function: in a frame without scripts a text is not run.
  const color = await body.evaluate((element) => Reflect.get(globalThis, 'getComputedStyle')(element).backgroundColor);
  expect(color).toBe('rgb(17, 17, 17)');
  await page.getByRole('tab', { name: 'Clicks' }).click();
  await page.frameLocator('iframe').getByText('1 · 100 %').waitFor();
  await page.getByRole('row', { name: /read on/ }).waitFor();
  await page.getByRole('tab', { name: 'Plain text' }).click();
  await page.getByText('Hello Ada <i>, read on').waitFor();
});

test('a sequence is paused with a reason that everybody reads, and resumed', async () => {
  await open('/sequences/hello');
  await page.getByRole('button', { name: 'Pause' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Why').fill('the price is wrong');
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('the price is wrong').waitFor();
  expect(rivulet.store.pauses.known().get('sequence:hello')).toMatchObject({ because: 'the price is wrong' });
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Pause' }).waitFor();
});

test('what an edit would do is told before it is saved; with mistakes, where they are', async () => {
  await rivulet.welcome('cleo@example.com');
  await open('/sequences/hello?show=edit');
  await page.getByRole('button', { name: 'Begin with what it says now' }).click();
  const area = page.getByLabel(/^What sequences\/hello.json would say/);
  await eventually(async () => (await area.inputValue()).includes('2 days'));
  const now = await area.inputValue();
  await area.fill(now.replace('2 days', '5 days'));
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByText('the wait “rest”: 2 days → 5 days').waitFor();
  await page.getByRole('row', { name: /the wait “rest”.*finish/ }).waitFor();
  await area.fill(now.replace('2 days', 'soon'));
  await page.getByRole('button', { name: 'What would it do?' }).click();
  await page.getByText('It would not come into force').waitFor();
  const place = page.getByRole('link', { name: /sequences\/hello.json:1:\d+/ });
  await place.waitFor();
  expect(rivulet.project().programs.get('hello')?.steps.get('rest')).toMatchObject({ for: { amount: 2 } });
});

const paths = ['/sequences', '/sequences/hello', '/sequences/hello?show=mails', '/sequences/hello/mails/hi'];
test.each(paths)('%s can be read by everybody, light and dark, on a desktop and on a phone', async (path) => {
  for (const options of [wide, { ...wide, colorScheme: 'dark' as const }, { viewport: { width: 360, height: 740 } }]) {
    const own = await aPage(options);
    await open(path, own);
    await own.getByRole('heading', { level: 1 }).waitFor();
    await own.waitForLoadState('networkidle');
    expect(await violationsOn(own)).toEqual([]);
    expect(await isTooWide(own)).toBe(false);
    await own.context().close();
  }
});
