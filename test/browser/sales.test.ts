import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { focused, isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// The page on which sales answers, and the mail that leads there, in a real browser. Run by `npm run test:browser`.

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

/** A lead that was handed over, and the mail that its owner got. */
async function aLeadOfSales(more: object = {}): Promise<{ id: string; html: string; page: string }> {
  const owner = `owner-${(number += 1)}@tallybay.example.com`;
  const attributes = { owner, company: 'Pell & Rowan', jobTitle: 'Head of Logistics', phone: '+44 20 7946 0000' };
  const { body } = await rivulet.api('/api/leads', {
    email: `lead-${number}@example.org`,
    firstName: 'Ada',
    lastName: 'Quill',
    attributes,
    ...more,
  });
  await rivulet.api('/api/events', { type: 'page.viewed', about: '/pricing', lead: body.id });
  await rivulet.api('/api/sequences/hand-over/enroll', { lead: body.id });
  await rivulet.dispatcher.wake();
  const { items } = await rivulet.store.mailbox.page(1, undefined, owner);
  const { html = '' } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
  const [, link = ''] = /href="([^"]+\/s\/[\w-]{54})/.exec(html) ?? [];
  return { id: body.id, html, page: link };
}

const inBrowser = (options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> =>
  onPage(browser, options, work);

type Case = Awaited<ReturnType<typeof aLeadOfSales>>;
const ways = new Map<string, (page: Page, one: Case) => Promise<unknown>>([
  ['the question', (page, one) => page.goto(`${one.page}?answer=won`)],
  ['the question without an answer', (page, one) => page.goto(one.page)],
  [
    'a form with a mistake',
    async (page, one) => {
      await page.goto(`${one.page}?answer=won`);
      await page.getByLabel('What it is worth').fill('lots');
      await page.getByRole('button', { name: 'Note it' }).click();
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'the answer that was noted, with Undo and the form opened again',
    async (page, one) => {
      await page.goto(`${one.page}?answer=won`);
      await page
        .getByLabel('A note')
        .fill('Startsinmaywithaverylongwordthatnobodywouldeverwritebutsomebodypastes'.repeat(4));
      await page.getByRole('button', { name: 'Note it' }).click();
      await page.getByText('Say something else').click();
    },
  ],
  ['a link that is cut off', (page, one) => page.goto(one.page.slice(0, -3))],
]);
const looks: ReadonlyMap<string, BrowserContextOptions> = new Map([
  ['on a small phone', { viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ['on a phone at night', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['on a desk at night', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
]);

describe.each([...looks])('%s', (_, look) => {
  test.each([...ways])('%s is read by everybody, and never scrolls sideways', async (__, way) => {
    const one = await aLeadOfSales();
    await inBrowser({ ...look, bypassCSP: true }, async (page) => {
      await way(page, one);
      expect(await violationsOn(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });
  test('the mail to the owner is read by everybody, and never scrolls sideways', async () => {
    const { html } = await aLeadOfSales({ firstName: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(3) });
    await inBrowser({ ...look, bypassCSP: true }, async (page) => {
      await page.setContent(html);
      expect(await violationsOn(page, true)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });
});

describe('without script', () => {
  const plain: BrowserContextOptions = { javaScriptEnabled: false, viewport: { width: 360, height: 740 } };

  test('an answer is noted, changed and taken back, and nothing is fetched from elsewhere', async () => {
    const one = await aLeadOfSales();
    await inBrowser(plain, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(`${one.page}?answer=contacted`);
      expect(await page.getByLabel('Contacted').isChecked()).toBe(true);
      await page.getByRole('button', { name: 'Note it' }).click();
      expect(await page.getByRole('status').textContent()).toContain('Contacted');
      await page.getByText('Say something else').click();
      await page.getByLabel('Won').check();
      await page.getByLabel('What it is worth').fill('4,800');
      await page.getByLabel('A note').fill('Starts in May.');
      rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 1000);
      await page.getByRole('button', { name: 'Note it' }).click();
      expect(await page.getByRole('status').textContent()).toContain('Won, US$4,800');
      // Loaded again, it answers nothing twice.
      await page.reload();
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await page.getByRole('status').textContent()).toContain('counts no longer');
      expect(asked.filter((url) => !url.startsWith(rivulet.url) && !url.startsWith('data:'))).toEqual([]);
    });
    const { items } = (await rivulet.api(`/api/leads/${one.id}/sales-answers`)).body;
    expect(items).toMatchObject([
      { answer: 'won', isTakenBack: true, value: 4800 },
      { answer: 'contacted', counts: true },
    ]);
  });
});

test('by the keyboard alone an answer is chosen, explained and noted', async () => {
  const one = await aLeadOfSales();
  await inBrowser({ viewport: { width: 1280, height: 900 } }, async (page) => {
    await page.goto(`${one.page}?answer=contacted`);
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Contacted');
    await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toBe('Not reachable');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('What it is worth, in USD');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Voicemail only.');
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Note it');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('status').textContent()).toContain('Not reachable');
  });
});

test('the links of the mail lead to the answer that they name', async () => {
  const one = await aLeadOfSales();
  await inBrowser({ viewport: { width: 700, height: 900 } }, async (page) => {
    await page.setContent(one.html);
    const titles = ['Contacted', 'Still interested', 'Won', 'Not reachable', 'Not interested', 'Lost'];
    for (const title of titles) {
      const address = await page.getByRole('link', { name: title, exact: true }).getAttribute('href');
      const shown = await fetch(address ?? '');
      expect(await shown.text()).toMatch(new RegExp(`checked[^>]*>\\s*<label[^>]*>${title}<`));
    }
  });
});
