import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { signToken } from '../../src/message/token.js';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { focused, isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// The pages of leads in a real browser: what no reading of HTML can tell. Run by `npm run test:browser`, and by CI, where
// there is one; not by `npm test`.

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

/** A lead of its own, with the two pages that its mail leads to. */
async function aReader() {
  const { id, mail } = await rivulet.welcome(`reader-${(number += 1)}@example.org`);
  const token = signToken('preferences', { message: mail.messageId.split('@')[0] ?? '', link: 0 }, rivulet.keys);
  return { id, preferences: `${rivulet.url}/p/${token}`, unsubscribe: mail.unsubscribe };
}

const inBrowser = (options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> =>
  onPage(browser, options, work);

/** The page that a mail to another address leads to. */
async function confirmation(preferences: string): Promise<string> {
  const email = `another-${(number += 1)}@example.org`;
  await fetch(`${preferences}?choice=address`, { method: 'POST', body: new URLSearchParams({ email }) });
  await rivulet.dispatcher.wake();
  const { items } = await rivulet.store.mailbox.page(1, undefined, email);
  const { html = '' } = (await rivulet.api(`/api/mailbox/${items[0]?.id}`)).body;
  return /href="(http:\/\/localhost:\d+\/p\/[\w-]{54})"/.exec(html)?.[1] ?? 'nowhere';
}

type Reader = Awaited<ReturnType<typeof aReader>>;

/** Every page that a lead can come to, by the way there. */
type Way = (page: Page, reader: Reader) => Promise<unknown>;
const ways: ReadonlyMap<string, Way> = new Map<string, Way>([
  ['the preference centre', (page, { preferences }) => page.goto(preferences)],
  [
    'the answer to a choice, with Undo',
    async (page, { preferences }) => {
      await page.goto(preferences);
      await page.getByLabel('Webinars').uncheck();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  ],
  [
    'a pause',
    async (page, { preferences }) => {
      await page.goto(preferences);
      await page.getByLabel('How long').selectOption('Three months');
      await page.getByRole('button', { name: 'Pause my mails' }).click();
      await page.getByRole('heading', { name: 'Your pause' }).waitFor();
    },
  ],
  [
    'a form with a mistake',
    async (page, { preferences }) => {
      await page.goto(preferences);
      await page.getByLabel('New e-mail address').fill('ada@');
      await page.getByRole('button', { name: 'Change the address' }).click();
      await page.getByRole('alert').waitFor();
    },
  ],
  ['the question before leaving', (page, { unsubscribe }) => page.goto(unsubscribe)],
  [
    'the answer to leaving',
    async (page, { unsubscribe }) => {
      await page.goto(unsubscribe);
      await page.getByRole('button', { name: 'Yes, unsubscribe me' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
  ],
  [
    'the preference centre of one who left',
    async (page, { unsubscribe, preferences }) => {
      await fetch(unsubscribe, { method: 'POST' });
      await page.goto(preferences);
    },
  ],
  ['the confirmation of another address', async (page, { preferences }) => page.goto(await confirmation(preferences))],
  ['a link that is cut off', (page, { preferences }) => page.goto(preferences.slice(0, -3))],
]);

const looks: ReadonlyMap<string, BrowserContextOptions> = new Map([
  ['on a small phone', { viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ['on a phone at night', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['on a desk at night', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
]);

test('the judge finds what it looks for: pale letters, a field without a name', async () => {
  await inBrowser({ bypassCSP: true }, async (page) => {
    await page.setContent(
      '<html lang="en"><title>x</title><main><h1>x</h1><p style="color:#bbb">pale</p><input></main>',
    );
    expect(await violationsOn(page)).toEqual([
      expect.stringMatching(/^color-contrast/),
      expect.stringMatching(/^label/),
    ]);
  });
});

describe.each([...looks.keys()])('%s', (look) => {
  test.each([...ways.keys()])('%s is read by everybody, and never scrolls sideways', async (name) => {
    const reader = await aReader();
    // The page's own policy lets no script in, not even that of the judge.
    await inBrowser({ ...looks.get(look), bypassCSP: true }, async (page) => {
      await ways.get(name)?.(page, reader);
      expect(await violationsOn(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });
});

describe('without script', () => {
  const plain: BrowserContextOptions = { javaScriptEnabled: false, viewport: { width: 360, height: 740 } };

  test('everything works, and nothing is fetched from elsewhere', async () => {
    const reader = await aReader();
    await inBrowser(plain, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(reader.preferences);
      await page.getByLabel('Dock Notes').uncheck();
      await page.getByLabel('At most one mail a week').check();
      await page.getByRole('button', { name: 'Save' }).click();
      expect(await page.getByRole('status').textContent()).toBe(
        'You get no more mails about “Dock Notes”. You get one mail a week at the most.',
      );
      expect(await page.getByLabel('Dock Notes').isChecked()).toBe(false);

      // Loaded again, it asks for nothing and does nothing twice.
      await page.reload();
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await page.getByLabel('Dock Notes').isChecked()).toBe(true);
      expect(await page.getByLabel('As they come').isChecked()).toBe(true);

      await page.getByLabel('How long').selectOption('One year');
      await page.getByRole('button', { name: 'Pause my mails' }).click();
      await page.getByRole('button', { name: 'Send me mails again now' }).click();
      await page.getByRole('button', { name: /^Stop the series/ }).click();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('button', { name: 'Stop all mails' }).click();
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await page.getByRole('status').textContent()).toContain('Welcome back');
      expect(asked.filter((url) => !url.startsWith(rivulet.url) && !url.startsWith('data:'))).toEqual([]);
    });
    expect((await rivulet.api(`/api/leads/${reader.id}`)).body).not.toHaveProperty('suppressed');
  });

  test('the way back of the browser shows what stands, and does not send a form again', async () => {
    const reader = await aReader();
    await inBrowser(plain, async (page) => {
      await page.goto(reader.preferences);
      await page.getByRole('button', { name: 'Stop all mails' }).click();
      await page.getByRole('button', { name: 'Send me mails again' }).waitFor();
      await page.goBack();
      expect(await page.getByRole('button', { name: 'Send me mails again' }).isVisible()).toBe(true);
    });
    expect(await rivulet.store.events.count({ lead: reader.id, type: 'unsubscribed' })).toBe(1);
  });
});

describe('by the keyboard alone', () => {
  const tabTo = async (page: Page, name: string): Promise<void> => {
    for (let i = 0; i < 30; i += 1) {
      await page.keyboard.press('Tab');
      if ((await focused(page)) === name) return;
    }
    throw new Error(`the keyboard does not come to "${name}"`);
  };

  test('the focus goes from top to bottom, through everything that can be pressed', async () => {
    const reader = await aReader();
    await inBrowser({}, async (page) => {
      await page.goto(reader.preferences);
      const way: string[] = [];
      for (let i = 0; i < 13; i += 1) {
        await page.keyboard.press('Tab');
        way.push(await focused(page));
      }
      expect(way).toEqual([
        'Getting more out of Tallybay',
        'Guides and case studies',
        'Dock Notes',
        'Webinars',
        'As they come',
        'Save',
        'How long',
        'Pause my mails',
        'New e-mail address',
        'Change the address',
        'Stop the series “Welcome to Tallybay”',
        'Stop all mails',
        'Tallybay',
      ]);
    });
  });

  test('a topic is turned off, a wish is chosen, and both are taken back', async () => {
    const reader = await aReader();
    await inBrowser({}, async (page) => {
      await page.goto(reader.preferences);
      await tabTo(page, 'Webinars');
      await page.keyboard.press('Space');
      await tabTo(page, 'As they come');
      await page.keyboard.press('ArrowDown');
      await tabTo(page, 'Save');
      await page.keyboard.press('Enter');
      await page.getByRole('status').waitFor();
      expect((await rivulet.store.leads.byId(reader.id))?.preferences).toMatchObject({
        topicsOff: ['events'],
        frequency: 'weekly',
      });
      await tabTo(page, 'Undo');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Undo' }).waitFor({ state: 'detached' });
      expect((await rivulet.store.leads.byId(reader.id))?.preferences).toMatchObject({ topicsOff: [] });
    });
  });

  test('whoever leaves presses one key', async () => {
    const reader = await aReader();
    await inBrowser({}, async (page) => {
      await page.goto(reader.unsubscribe);
      await tabTo(page, 'Yes, unsubscribe me');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    });
    expect((await rivulet.api(`/api/leads/${reader.id}`)).body).toMatchObject({ suppressed: 'unsubscribed' });
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
