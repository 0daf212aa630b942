import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from '../support.js';
import { focused, isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// The frame of all pages and those of leads, in a real browser. Run by `npm run test:browser`, which builds them.

let rivulet: HttpRivulet;
let browser: Browser;
let grace: string;

beforeAll(async () => {
  const folder = await aProjectFolder({
    'sequences/segments.json': '{ "segments": { "fair": { "if": { "tag": "fair" } } } }',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
  for (let i = 0; i < 60; i += 1)
    await rivulet.api('/api/leads', {
      email: `reader-${i}@example.com`,
      firstName: `Reader ${i}`,
      tags: i < 3 ? ['fair'] : [],
    });
  const { id } = await rivulet.welcome('grace@example.org', {
    firstName: 'Grace',
    lastName: 'Hopper',
    timezone: 'America/New_York',
  });
  grace = id;
  await rivulet.api('/api/events', { type: 'clicked', lead: grace });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
});

/** A page of the application for the operator; it may complain of nothing while it is looked at. */
async function inBrowser(work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const extraHTTPHeaders = { Authorization: `Bearer ${rivulet.apiKey}` };
  const size = { width: 1280, height: 900 };
  await onPage(browser, { viewport: size, timezoneId: 'Europe/Berlin', extraHTTPHeaders, ...options }, async (page) => {
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => void complaints.push(message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await work(page);
    expect(complaints).toEqual([]);
  });
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(rivulet.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('[aria-busy="true"], .bones, .bone.room').first().waitFor({ state: 'hidden' });
}

describe('the frame', () => {
  test('is gone through by keyboard: to a place, to the search, to what the keys are', () =>
    inBrowser(async (page) => {
      await open(page, '/forms');
      await page.keyboard.press('g');
      await page.keyboard.press('l');
      await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
      expect(await focused(page)).toBe('Leads');
      expect(await page.title()).toBe('Leads · Rivulet');
      await page.keyboard.press('/');
      expect(await focused(page)).toBe('Search leads');
      await page.keyboard.type('g');
      expect(new URL(page.url()).pathname).toBe('/leads');
      await page.getByRole('heading', { level: 1 }).focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }));

  test('lets the navigation be skipped with the first key', () =>
    inBrowser(async (page) => {
      await open(page, '/leads');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
    }));

  test('keeps the chosen theme, whatever the system prefers', () =>
    inBrowser(async (page) => {
      await open(page, '/leads');
      const canvas = (): Promise<unknown> => page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await canvas();
      await page.getByRole('button', { name: /^Theme: as the system/ }).click();
      await page.getByRole('button', { name: /^Theme: light/ }).click();
      const dark = await canvas();
      expect(dark).not.toBe(light);
      await open(page, '/leads');
      expect(await canvas()).toBe(dark);
    }));

  test('has all places on a phone, one press away', () =>
    inBrowser(
      async (page) => {
        await open(page, '/leads');
        await page.getByRole('button', { name: 'More', exact: true }).click();
        await page.getByRole('dialog').getByRole('link', { name: 'Settings' }).click();
        await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
        expect(await page.getByRole('dialog').count()).toBe(0);
      },
      { viewport: { width: 390, height: 844 } },
    ));

  test('says of an address without a page that there is none', () =>
    inBrowser(async (page) => {
      await open(page, '/leads/import/nowhere');
      expect(await page.getByText('There is no page at this address').count()).toBe(1);
    }));

  test('sends whoever is not signed in to the way in, and remembers where they wanted to go', () =>
    onPage(browser, {}, async (page) => {
      await page.goto(`${rivulet.url}/leads?tag=fair`);
      await page.waitForURL(/\/sign-in\?back=/);
      expect(new URL(page.url()).searchParams.get('back')).toBe('/leads?tag=fair');
    }));
});

describe('leads', () => {
  test('are found as one types, and the address says what was asked', () =>
    inBrowser(async (page) => {
      await open(page, '/leads');
      await page.getByRole('searchbox', { name: 'Search leads' }).fill('gra hop');
      await page.getByText('1 lead matches').waitFor();
      expect(new URL(page.url()).search).toBe('?text=gra+hop');
      await page.getByRole('link', { name: 'Grace Hopper' }).click();
      await page.getByRole('heading', { level: 1, name: 'Grace Hopper' }).waitFor();
      await page.goBack();
      await page.getByText('1 lead matches').waitFor();
      expect(await page.getByRole('searchbox').inputValue()).toBe('gra hop');
    }));

  test('go on as one scrolls, and the place is found again after a look at one', () =>
    inBrowser(async (page) => {
      await open(page, '/leads');
      await page.getByText('61 leads').waitFor();
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      const last = page.getByRole('link', { name: 'Reader 0', exact: true });
      await last.waitFor();
      await last.scrollIntoViewIfNeeded();
      const place = Number(await page.evaluate('scrollY'));
      await last.click();
      await page.getByRole('heading', { level: 1, name: 'Reader 0' }).waitFor();
      expect(await page.evaluate('scrollY')).toBe(0);
      await page.goBack();
      await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
      expect(await page.evaluate('scrollY')).toBe(place);
    }));

  test('are chosen and tagged, and nothing is done to the others', () =>
    inBrowser(async (page) => {
      await open(page, '/leads?tag=fair');
      await page.getByText('3 leads match').waitFor();
      await page.getByRole('checkbox', { name: 'Choose Reader 0' }).check();
      await page.getByRole('checkbox', { name: 'Choose Reader 2' }).check();
      await page.getByRole('button', { name: 'Do with these' }).click();
      await page.getByRole('menuitem', { name: 'Add a tag' }).click();
      await page.getByRole('dialog').getByLabel('Tag').fill('spring');
      await page.getByRole('button', { name: 'Add it' }).click();
      await page.getByText('2 of 2 looked at, 2 changed.').waitFor();
      const { body } = await rivulet.api('/api/leads/search?tag=spring');
      const tagged = body.items.map(({ email }: { email: string }) => email);
      expect(tagged.toSorted()).toEqual(['reader-0@example.com', 'reader-2@example.com']);
    }));

  test('that match are all given out as a file', () =>
    inBrowser(async (page) => {
      await open(page, '/leads?tag=fair');
      await page.getByText('3 leads match').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: /^Export all 3/ }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('leads.csv');
    }));

  test('come in as a list that is checked first, with a column that somebody says', () =>
    inBrowser(async (page) => {
      await open(page, '/leads/import');
      const text =
        'E-Mail,First name,Firm\nnew-1@example.net,One,Acme\nnew-2@example.net,Two,Acme\nnobody,Three,Acme\n';
      await page
        .getByLabel('CSV file')
        .setInputFiles({ name: 'fair.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
      await page.getByLabel('Tags for everybody').fill('spring-fair');
      await page.getByRole('button', { name: 'Check the list' }).click();
      await page.getByRole('button', { name: 'Import 2 leads' }).waitFor();
      await page.getByText('1 rows cannot be taken').waitFor();
      expect((await rivulet.api('/api/leads/count?tag=spring-fair')).body.count).toBe(0);
      await page.getByLabel('What "Firm" becomes').selectOption('lastName');
      await page.getByRole('button', { name: 'Import 2 leads' }).waitFor();
      await page.getByRole('button', { name: 'Import 2 leads' }).click();
      await page.getByText('The list is in').waitFor();
      const { body } = await rivulet.api('/api/leads/search?tag=spring-fair&text=new-1');
      expect(body.items[0]).toMatchObject({ firstName: 'One', lastName: 'Acme' });
    }));
});

describe('one lead', () => {
  test('is told with the clock of the lead beside that of whoever looks', () =>
    inBrowser(async (page) => {
      await open(page, `/leads/${grace}`);
      // The list of what happened begins at nine in the morning by UTC, in March.
      const there = page.getByText('04:00 in New York').first();
      await there.waitFor();
      expect(await there.isVisible()).toBe(true);
    }));

  test('has a score that is told line by line', () =>
    inBrowser(async (page) => {
      await open(page, `/leads/${grace}?show=score`);
      await page.getByRole('heading', { name: /^Score: / }).waitFor();
      expect(await page.locator('.score-line').count()).toBeGreaterThan(0);
    }));

  test('is paused, and goes on', () =>
    inBrowser(async (page) => {
      await open(page, `/leads/${grace}`);
      await page.getByRole('button', { name: 'Do' }).click();
      await page.getByRole('menuitem', { name: 'Pause mail' }).click();
      await page.getByRole('button', { name: /^Pause until/ }).click();
      await page.getByText('Its mail is paused until').waitFor();
      // The dialog has gone, and gave the focus back.
      expect(await focused(page)).toBe('Do');
      await page.getByRole('button', { name: 'Do' }).click();
      await page.getByRole('menuitem', { name: 'End the pause' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'End the pause' }).click();
      await page.getByText('Its mail is paused until').waitFor({ state: 'hidden' });
      const { body } = await rivulet.api(`/api/leads/${grace}`);
      expect(new Date(body.preferences.snoozedUntil) <= rivulet.clock.now).toBe(true);
    }));

  test('is erased only once its address was typed', () =>
    inBrowser(async (page) => {
      const { body } = await rivulet.api('/api/leads', { email: 'gone@example.org', firstName: 'Gone' });
      await open(page, `/leads/${body.id}`);
      await page.getByRole('button', { name: 'Do' }).click();
      await page.getByRole('menuitem', { name: 'Erase this person' }).click();
      const dialog = page.getByRole('dialog');
      const button = dialog.getByRole('button', { name: 'Erase for good' });
      expect(await button.isDisabled()).toBe(true);
      await dialog.getByLabel(/^Type/).fill('gone@example.com');
      expect(await button.isDisabled()).toBe(true);
      await dialog.getByLabel(/^Type/).fill('gone@example.org');
      await button.click();
      await page.getByRole('heading', { level: 1, name: 'Leads' }).waitFor();
      expect((await rivulet.api(`/api/leads/${body.id}`)).status).toBe(404);
    }));

  test('shows what stands in its name as text, whatever it is', () =>
    inBrowser(async (page) => {
      const firstName = '<img src=x onerror=alert(1)>{{constructor}}';
      const { body } = await rivulet.api('/api/leads', { email: 'odd@example.org', firstName });
      page.on('dialog', () => expect('a dialog').toBe('none'));
      await open(page, `/leads/${body.id}`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(firstName);
    }));
});

const looks: ReadonlyMap<string, BrowserContextOptions> = new Map([
  ['on a small phone', { viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ['on a desk at night', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
]);
const places = [
  '/leads',
  '/leads?tag=fair',
  '/leads/import',
  '/leads/*',
  '/leads/*?show=score',
  '/leads/*?show=sequences',
  '/leads/*?show=consent',
  '/leads/*?show=sales',
];

describe.each([...looks.keys()])('%s', (look) => {
  test.each(places)('%s is read by everybody, and never scrolls sideways', (place) =>
    // The policy of the pages lets no script in, not even that of the judge.
    inBrowser(
      async (page) => {
        await open(page, place.replace('*', grace));
        expect(await violationsOn(page)).toEqual([]);
        expect(await isTooWide(page)).toBe(false);
      },
      { ...looks.get(look), bypassCSP: true },
    ),
  );
});
