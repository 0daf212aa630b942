import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { plainSnippet, scriptSnippet } from '../../src/http/form-snippet.js';
import { aFormProject } from '../form-projects.js';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// Public forms in a real browser, on their own page and on another site's. Run as `preferences.test.ts` beside this is.

const arabic = {
  title: 'احصل على الورقة البيضاء',
  intro: '24 صفحة',
  fields: [
    { name: 'email', label: 'البريد الإلكتروني', type: 'email' },
    { name: 'firstName', label: 'الاسم', required: true },
  ],
  consent: [{ purpose: 'news', text: 'نعم، أرسلوا لي الأخبار.' }],
  submit: 'أرسل',
};

let rivulet: HttpRivulet;
let browser: Browser;
let site: Server;
/** What the other site's page holds. */
let siteBody = '';
let siteUrl = '';
let number = 0;

beforeAll(async () => {
  const PROJECT_DIR = await aFormProject({ 'sequences/forms/arabic.json': JSON.stringify(arabic) });
  rivulet = await startHttpRivulet({ PROJECT_DIR });
  browser = await openBrowser();
  // Another origin, with a style of its own and a policy that lets our script in and nothing else.
  site = createServer((_request, response) => {
    const policy = `default-src 'none'; script-src ${rivulet.url}; connect-src ${rivulet.url}; style-src 'unsafe-inline'; form-action ${rivulet.url}`;
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Our site</title>
<style>html { background: Canvas; color: CanvasText } body { font: 16px Georgia, serif } input { display: none !important } label { color: #ddd }</style></head>
<body><main><h1>Our site</h1>${siteBody}</main></body></html>`);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  const address = site.address();
  siteUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/paper`;
});
afterAll(async () => {
  await browser.close();
  await new Promise((resolve) => site.close(resolve));
  await rivulet.close();
});

const someone = (): string => `browser-${(number += 1)}@acme.example`;
const leadOf = (email: string) => rivulet.store.leads.byEmail(email);
/** The clock of this Rivulet stands still; a person takes a while. */
const read = (): void => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 20_000);
};

const inBrowser = (options: BrowserContextOptions, work: (page: Page) => Promise<void>): Promise<void> =>
  onPage(browser, options, work);

const snippetOf = (name: string) => {
  const form = rivulet.project().forms.get(name);
  if (!form) throw new Error(`there is no form ${name}`);
  const wording = { language: 'en-GB', timeZone: 'UTC' };
  return { name, form, declared: rivulet.project().fields, publicUrl: rivulet.url, wording };
};
const onSite = async (page: Page, body: string, query = ''): Promise<void> => {
  siteBody = body;
  await page.goto(siteUrl + query);
};

const press = async (page: Page): Promise<void> => {
  read();
  await page.getByRole('button').click();
};

type Way = (page: Page) => Promise<unknown>;
/** Every page of forms that somebody can come to, by the way there. */
const ways: ReadonlyMap<string, Way> = new Map<string, Way>([
  ['a form with a field of each kind', (page) => page.goto(`${rivulet.url}/f/every`)],
  [
    'a form with mistakes',
    async (page) => {
      await page.goto(`${rivulet.url}/f/every`);
      await page.getByLabel('Work email').fill('ada@gmial.com');
      await page.getByLabel('How many people?').fill('lots');
      await press(page);
      await page.getByRole('alert').waitFor();
    },
  ],
  [
    'a form from right to left, with mistakes',
    async (page) => {
      await page.goto(`${rivulet.url}/f/arabic`);
      await press(page);
      await page.getByRole('alert').waitFor();
    },
  ],
  ['what comes after a form', (page) => page.goto(`${rivulet.url}/f/short/thanks`)],
  ['the request to look into the mailbox', (page) => page.goto(`${rivulet.url}/f/paper/confirm`)],
  ['a form that there is not', (page) => page.goto(`${rivulet.url}/f/nothing`)],
  [
    'a form on another site',
    async (page) => {
      await onSite(page, scriptSnippet(snippetOf('every')));
      await page.getByLabel('Work email').waitFor();
    },
  ],
  [
    'a form with mistakes on another site',
    async (page) => {
      await onSite(page, scriptSnippet(snippetOf('every')));
      await page.getByLabel('Work email').fill('ada@');
      await press(page);
      await page.getByRole('alert').waitFor();
    },
  ],
]);

const looks: ReadonlyMap<string, BrowserContextOptions> = new Map([
  ['on a small phone', { viewport: { width: 320, height: 568 }, colorScheme: 'light' }],
  ['on a phone at night', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
  ['on a desk', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['on a desk at night', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
]);

describe.each([...looks.keys()])('%s', (look) => {
  test.each([...ways.keys()])('%s is read by everybody, and never scrolls sideways', async (name) => {
    // The page's own policy lets no script in but ours, not even that of the judge.
    await inBrowser({ ...looks.get(look), bypassCSP: true }, async (page) => {
      await ways.get(name)?.(page);
      expect(await violationsOn(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });
});

describe('the form’s own page', () => {
  test('is filled in, put right and sent without script, and fetches nothing from elsewhere', async () => {
    const email = someone();
    await inBrowser({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } }, async (page) => {
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      await page.goto(`${rivulet.url}/f/every?utm_source=fair`);
      await page.getByLabel('Work email').fill('ada@');
      await page.getByLabel('First name').fill('Ada');
      await page.getByLabel('What matters most?').fill('one\ntwo');
      await page.getByLabel('From when?').fill('2026-12-24');
      await page.getByRole('group', { name: 'The monthly letter?' }).getByLabel('No').check();
      await page.getByLabel('phone').check();
      await page.getByLabel('How likely?').selectOption('7');
      await press(page);

      expect(await page.getByRole('alert').textContent()).toContain('Work email – This cannot be used');
      // The way from the summary to the field.
      await page.getByRole('link', { name: /Work email/ }).click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(email);
      await page.getByLabel('Yes, keep what I wrote').check();
      for (const [label, value] of [
        ['First name', 'Ada'],
        ['What matters most?', 'one\ntwo'],
        ['From when?', '2026-12-24'],
        ['How likely?', '7'],
      ] as const)
        expect(await page.getByLabel(label).inputValue()).toBe(value);
      expect(await page.getByLabel('phone').isChecked()).toBe(true);
      await page.getByRole('button').click();

      expect(await page.getByRole('status').textContent()).toBe('What you sent has arrived.');
      const count = await rivulet.store.events.count({ type: 'form.submitted' });
      await page.reload();
      expect(await rivulet.store.events.count({ type: 'form.submitted' })).toBe(count);
      expect(asked.filter((url) => !url.startsWith(rivulet.url) && !url.startsWith('data:'))).toEqual([]);
    });
    expect(await leadOf(email)).toMatchObject({
      firstName: 'Ada',
      attributes: {
        goal: 'one / two',
        newsletter: false,
        interests: ['phone'],
        satisfaction: 7,
        startsOn: '2026-12-24',
      },
    });
  });

  test('is filled in by the keyboard alone, which never comes to what no person sees', async () => {
    const email = someone();
    await inBrowser({}, async (page) => {
      await page.goto(`${rivulet.url}/f/paper`);
      const names: string[] = [];
      for (let i = 0; i < 6; i += 1) {
        await page.keyboard.press('Tab');
        names.push(String(await page.evaluate('document.activeElement.name || document.activeElement.tagName')));
      }
      expect(names).toEqual(['email', 'firstName', 'consent', 'BUTTON', 'A', 'BODY']);
      await page.getByLabel('Work email').focus();
      await page.keyboard.type(email);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      read();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Please look into your mailbox' }).waitFor();
    });
    expect(await leadOf(email)).toMatchObject({ consent: { status: 'pending' } });
  });

  test('puts the focus on what is wrong', async () => {
    await inBrowser({}, async (page) => {
      await page.goto(`${rivulet.url}/f/short`);
      await press(page);
      await page.getByRole('alert').waitFor();
      expect(await page.evaluate('document.activeElement.getAttribute("role")')).toBe('alert');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.getByLabel('Work email').getAttribute('aria-invalid')).toBe('true');
    });
  });

  test('says where script runs on which clock its reader lives', async () => {
    const email = someone();
    await inBrowser({ timezoneId: 'America/Denver', locale: 'es-MX' }, async (page) => {
      await page.goto(`${rivulet.url}/f/short`);
      await page.getByLabel('Work email').fill(email);
      await press(page);
      await page.getByRole('status').waitFor();
    });
    expect(await leadOf(email)).toMatchObject({ timezone: 'America/Denver', locale: 'es-MX' });
  });

  test('goes on to the page that its file names, on another site', async () => {
    await inBrowser({}, async (page) => {
      await page.route('https://www.example.com/**', (route) => route.fulfill({ body: 'Thanks from the site' }));
      await page.goto(`${rivulet.url}/f/work`);
      await page.getByLabel('Work email').fill(someone());
      await press(page);
      await page.waitForURL('https://www.example.com/**');
      expect(page.url()).toBe('https://www.example.com/thanks?to=all');
    });
  });

  test('runs from right to left where its title does', async () => {
    await inBrowser({}, async (page) => {
      await page.goto(`${rivulet.url}/f/arabic`);
      const box = await page.getByRole('checkbox').boundingBox();
      const label = await page.getByText('نعم').boundingBox();
      expect((box?.x ?? 0) > (label?.x ?? 0)).toBe(true);
    });
  });
});

describe('a form on another site', () => {
  test('is sent from there, with the page, the campaign and the visitor, and says so in its place', async () => {
    const email = someone();
    await inBrowser({ timezoneId: 'Asia/Tokyo' }, async (page) => {
      const refused: string[] = [];
      page.on('console', (message) => refused.push(message.text()));
      await onSite(page, scriptSnippet(snippetOf('every')), '?utm_source=fair&utm_term=x&q=secret#top');
      await page.evaluate('document.cookie = "rivulet_visitor=0123456789abcdef0123456789abcdef"');
      await page.getByLabel('Work email').fill(email);
      await page.getByLabel('First name').fill('Ada');
      await page.getByLabel('phone').check();
      await page.getByLabel('waiting').check();
      await page.getByLabel('Yes, keep what I wrote').check();
      await press(page);
      expect(await page.getByRole('status').textContent()).toContain('What you sent has arrived.');
      expect(page.url()).toContain(siteUrl);
      // The site's policy had nothing to refuse.
      expect(refused).toEqual([]);
    });
    const lead = await leadOf(email);
    expect(lead).toMatchObject({ timezone: 'Asia/Tokyo', attributes: { interests: ['waiting', 'phone'] } });
    const [kept] = await rivulet.store.submissions.ofLead(lead?.id ?? '');
    expect(kept).toMatchObject({ page: siteUrl, utm: { source: 'fair', term: 'x' } });
  });

  test('tells mistakes there, keeps what was typed, and takes it when it is put right', async () => {
    const email = someone();
    await inBrowser({}, async (page) => {
      await onSite(page, scriptSnippet(snippetOf('every')));
      await page.getByLabel('Work email').fill('ada@');
      await page.getByLabel('First name').fill('<b>Ada</b>');
      await press(page);
      await page.getByRole('alert').waitFor();
      expect(await page.getByLabel('First name').inputValue()).toBe('<b>Ada</b>');
      await page.getByRole('link', { name: /Work email/ }).click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.type(email);
      await page.getByLabel('Yes, keep what I wrote').check();
      await page.getByRole('button').click();
      await page.getByRole('status').waitFor();
    });
    expect(await leadOf(email)).toMatchObject({ firstName: '<b>Ada</b>' });
  });

  test('loses nothing while we are away', async () => {
    const email = someone();
    await inBrowser({}, async (page) => {
      await onSite(page, scriptSnippet(snippetOf('short')));
      await page.getByLabel('Work email').fill(email);
      await page.route('**/forms/short', (route) => route.abort());
      await press(page);
      expect(await page.getByRole('alert').textContent()).toContain('Nothing you wrote is lost');
      await page.unroute('**/forms/short');
      await page.getByRole('button').click();
      await page.getByRole('status').waitFor();
    });
    expect(await leadOf(email)).toBeDefined();
  });

  test('is not reached by the site’s style, and a link stands in its place where there is no script', async () => {
    await inBrowser({}, async (page) => {
      await onSite(page, scriptSnippet(snippetOf('short')));
      await page.getByLabel('Work email').waitFor();
    });
    await inBrowser({ javaScriptEnabled: false }, async (page) => {
      await onSite(page, scriptSnippet(snippetOf('short')));
      await page.getByRole('link', { name: 'Just an address' }).click();
      expect(page.url()).toBe(`${rivulet.url}/f/short`);
    });
  });

  test('as plain HTML is sent without script, and told mistakes on a page of ours', async () => {
    const email = someone();
    await inBrowser({ javaScriptEnabled: false }, async (page) => {
      await onSite(
        page,
        plainSnippet(snippetOf('paper')).replaceAll('<input', '<input style="display:inline!important"'),
      );
      await page.getByLabel('Work email').fill('ada@gmial.com');
      await page.getByRole('button').click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Work email').fill(email);
      await page.getByRole('button').click();
      await page.getByRole('heading', { name: 'Thank you' }).waitFor();
    });
    expect(await leadOf(email)).toBeDefined();
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
