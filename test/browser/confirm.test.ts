import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { submitForm } from '../../src/lead/submit-form.js';
import { filledIn, formOf } from '../consent-project.js';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// What a mail asks after a form was filled in, and the lead's own page on what it agreed to, in a real browser. Run by
// `npm run test:browser`.

const day = 86_400_000;

let rivulet: HttpRivulet;
let browser: Browser;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
});

/** Somebody who has filled in the form of the white paper; the mail that asks, and where it leads. */
async function asked(address = `reader-${(number += 1)}@example.org`) {
  const agreed = ['white-paper', 'newsletter'];
  const submission = filledIn(rivulet, { address, form: 'white-paper', id: `press-${number}`, agreed });
  await submitForm(submission, formOf(rivulet, 'white-paper'), rivulet);
  await rivulet.dispatcher.wake();
  const { items } = await rivulet.store.mailbox.page(1, undefined, address);
  const { html = '', text = '' } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
  const link = /href="(http:\/\/localhost:\d+\/p\/[\w-]{54})"/.exec(html)?.[1] ?? 'nowhere';
  return { address, html, text, link };
}

const inBrowser = (options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> =>
  onPage(browser, options, work);

function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name }).click();
}

function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}

/** Every page that the mail can lead to, and the mail itself. */
type Way = (page: Page, link: string, html: string) => Promise<unknown>;
const ways: ReadonlyMap<string, Way> = new Map<string, Way>([
  ['the mail', (page, _, html) => page.setContent(html)],
  ['the question', (page, link) => page.goto(link)],
  [
    'the thanks',
    async (page, link) => {
      await page.goto(link);
      await press(page, 'Yes, I agree to this');
      await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    },
  ],
  [
    'a question that came too late',
    async (page, link) => {
      pass(8 * day);
      await page.goto(link);
      await page.getByRole('button', { name: 'Send me a new link' }).waitFor();
    },
  ],
  [
    'a new mail',
    async (page, link) => {
      pass(8 * day);
      await page.goto(link);
      await press(page, 'Send me a new link');
      await page.getByRole('heading', { name: 'A new mail is on its way' }).waitFor();
    },
  ],
]);

const looks: ReadonlyMap<string, BrowserContextOptions> = new Map([
  ['on a small phone', { viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ['on a phone at night', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
]);

describe.each([...looks.keys()])('%s', (look) => {
  test.each([...ways.keys()])('%s is read by everybody, and never scrolls sideways', async (name) => {
    const { link, html } = await asked();
    // The page's own policy lets no script in, not even that of the judge.
    await inBrowser({ ...looks.get(look), bypassCSP: true }, async (page) => {
      await ways.get(name)?.(page, link, html);
      expect(await violationsOn(page, name === 'the mail')).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
      const shots = process.env['SHOTS'];
      if (shots) await page.screenshot({ path: `${shots}/${look}-${name}.png`.replaceAll(' ', '-'), fullPage: true });
    });
  });
});

test('without script, somebody says yes, gets the paper, and takes one thing back on their own page', async () => {
  const { link, address } = await asked();
  await inBrowser({ javaScriptEnabled: false, acceptDownloads: true }, async (page) => {
    await page.goto(link);
    await press(page, 'Yes, I agree to this');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Open what you asked for' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('where-the-dock-hours-go.pdf');

    // The series goes on working days only.
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 4 * day));
    const { items } = await rivulet.store.mailbox.page(1, undefined, address);
    const { html = '' } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
    const preferences = /href="(http:\/\/localhost:\d+\/p\/[\w-]{54})"/.exec(html)?.[1] ?? 'nowhere';
    await page.goto(preferences);
    const newsletter = page.locator('form', { hasText: 'Dock Notes, one e-mail a month' });
    await newsletter.getByRole('button', { name: 'Take this back' }).click();
    expect(await page.getByRole('status').textContent()).toBe('You have taken that back. It counts at once.');
    expect(await newsletter.count()).toBe(0);
    await press(page, 'Undo');
    expect(await newsletter.count()).toBe(1);
  });
});
