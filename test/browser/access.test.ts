import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { goodPassword } from '../signed-in.js';
import { type HttpRivulet, startHttpRivulet } from '../support.js';
import { isTooWide, onPage, openBrowser, violationsOn } from './reading.js';

// The pages by which people come in, and those that say who may do what, in a real browser. Run by `npm run test:browser`.

let rivulet: HttpRivulet;
let browser: Browser;
const mara = 'mara@tallybay.example.com';

beforeAll(async () => {
  rivulet = await startHttpRivulet();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await rivulet.close();
});

/** Whoever opens the link of the first start. */
async function comeIn(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel('E-mail address').fill(mara);
  await page.getByLabel('Your name').fill('Mara Quay');
  await page.getByLabel('Password', { exact: true }).fill(goodPassword);
  await page.getByRole('button', { name: 'Open my account' }).click();
  await page.getByRole('navigation', { name: 'Main', exact: true }).waitFor();
}

async function signIn(page: Page, password = goodPassword): Promise<void> {
  await page.getByLabel('E-mail address').fill(mara);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

test('the link of the first start makes an account, refuses a weak password where it stands, and opens once', async () => {
  const link = (await rivulet.firstLink()) ?? '';
  await onPage(browser, {}, async (page) => {
    await page.goto(link);
    await page.getByLabel('E-mail address').fill(mara);
    await page.getByLabel('Password', { exact: true }).fill('Password2026!');
    await page.getByLabel('Your name').fill('Mara Quay');
    await page.getByText('one of those that are tried first').waitFor();
    await comeIn(page, link);
    expect(new URL(page.url()).pathname).toBe('/');
    await page.goto(`${rivulet.url}/settings`);
    await page.goto(link);
    await page.getByText('This link opens nothing any more').waitFor();
  });
});

test('whoever signs in comes to the page they wanted', async () => {
  await onPage(browser, {}, async (page) => {
    await page.goto(`${rivulet.url}/settings/log`);
    await page.waitForURL(/\/sign-in\?back=/);
    await signIn(page, 'not the password');
    await page.getByText('do not belong together').waitFor();
    await page.getByLabel('Password').fill(goodPassword);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/settings/log');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
  });
});

test.each(['https://evil.example.net/', '//evil.example.net', '/\\evil.example.net', 'javascript:alert(1)'])(
  'a link that would lead on to %s leads to the overview',
  async (back) => {
    await onPage(browser, {}, async (page) => {
      await page.goto(`${rivulet.url}/sign-in?back=${encodeURIComponent(back)}`);
      await signIn(page);
      await page.getByRole('navigation', { name: 'Main', exact: true }).waitFor();
      expect(page.url()).toBe(`${rivulet.url}/`);
    });
  },
);

test('an admin invites somebody, who comes in by the link in another browser and sees what the role may', async () => {
  await onPage(browser, {}, async (page) => {
    await page.goto(`${rivulet.url}/settings/people`);
    await signIn(page);
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    await page.getByLabel('E-mail address').fill('jon@tallybay.example.com');
    await page.getByLabel('Name').fill('Jon Tarn');
    await page.getByRole('radio', { name: 'sales' }).check();
    await page.getByRole('button', { name: 'Make the link' }).click();
    const link = await page.getByLabel('One-time link').inputValue();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('jon@tallybay.example.com').waitFor();

    await onPage(browser, {}, async (others) => {
      await others.goto(link);
      await others.getByLabel('Password', { exact: true }).fill(goodPassword);
      await others.getByRole('button', { name: 'Open my account' }).click();
      await others.getByRole('link', { name: 'Leads' }).first().waitFor();
      expect(await others.getByRole('link', { name: 'Sequences' }).count()).toBe(0);
      await others.goto(`${rivulet.url}/settings/people`);
      await others.getByRole('heading', { name: 'Your password' }).waitFor();
      expect(await others.getByText('Invite somebody').count()).toBe(0);
    });
  });
});

test('a key is made with the rights that are ticked, shown once, and revoked', async () => {
  await onPage(browser, {}, async (page) => {
    await page.goto(`${rivulet.url}/settings/keys`);
    await signIn(page);
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('What is it for?').fill('CRM');
    await page.getByLabel('leads:read').check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = await page.getByRole('textbox', { name: 'API key' }).inputValue();
    const ask = (path: string) => fetch(rivulet.url + path, { headers: { Authorization: `Bearer ${key}` } });
    expect([(await ask('/api/leads')).status, (await ask('/api/users')).status]).toEqual([200, 403]);
    await page.getByRole('button', { name: 'I have it' }).click();
    expect(await page.content()).not.toContain(key);
    await page.route('**/api/keys/*', (route) => route.fulfill({ status: 409, json: { detail: 'Not now.' } }), {
      times: 1,
    });
    await page.getByRole('button', { name: 'Revoke CRM' }).click();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByRole('dialog').getByText('Not now.').waitFor();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.getByText('revoked', { exact: true }).waitFor();
    expect((await ask('/api/leads')).status).toBe(401);
  });
});

const places = ['/settings', '/settings/people', '/settings/keys', '/settings/log'];
const looks = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  { name: 'on a phone', options: { viewport: { width: 360, height: 740 } } },
] as const;

describe.each(looks)('$name', ({ options }) => {
  test('nothing keeps anybody from coming in', async () => {
    await onPage(browser, options, async (page) => {
      await page.goto(`${rivulet.url}/sign-in`);
      await page.getByLabel('Password').waitFor();
      expect(await violationsOn(page)).toEqual([]);
      await page.goto(`${rivulet.url}/welcome#${'A'.repeat(43)}`);
      await page.getByText('This link opens nothing any more').waitFor();
      expect(await violationsOn(page)).toEqual([]);
    });
  });

  test.each(places)('nothing keeps anybody from using %s', async (path) => {
    await onPage(browser, options, async (page) => {
      await page.goto(rivulet.url + path);
      await signIn(page);
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.waitForLoadState('networkidle');
      expect(await violationsOn(page)).toEqual([]);
      expect(await isTooWide(page)).toBe(false);
    });
  });
});
