import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

let folder: string;
let rivulet: HttpRivulet;
let id: string;

beforeAll(async () => {
  folder = await aProjectFolder();
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
  await rivulet.welcome('ada@example.org', { firstName: 'Ada' });
  await rivulet.welcome('bea@example.org');
  id = (await rivulet.api('/api/mailbox?to=ada@example.org')).body.items[0].id;
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
  for (const fault of rivulet.faults) throw fault;
});

describe('the local mailbox', () => {
  test('lists mails page by page, and those to one address', async () => {
    const first = (await rivulet.api('/api/mailbox?limit=1')).body;
    const second = (await rivulet.api(`/api/mailbox?limit=1&after=${first.next}`)).body;
    const addresses = [first, second].flatMap(({ items }) => items.map(({ to }: { to: string }) => to));
    expect(new Set(addresses)).toEqual(new Set(['ada@example.org', 'bea@example.org']));
    expect(second.next).toBe(null);
    const own = (await rivulet.api('/api/mailbox?to=ada@example.org')).body.items;
    expect(own).toMatchObject([{ id, to: 'ada@example.org', subject: 'Hello Ada' }]);
  });

  test('tells a mail taken apart, and gives it whole', async () => {
    const { body } = await rivulet.api(`/api/mailbox/${id}`);
    expect(body).toMatchObject({ subject: 'Hello Ada', text: expect.stringContaining('Hello Ada') });
    const whole = await rivulet.api(`/api/mailbox/${id}.eml`);
    expect(whole.headers.get('content-type')).toContain('message/rfc822');
    expect(whole.headers.get('content-disposition')).toBe(`attachment; filename=${id}.eml`);
    expect(whole.text).toMatch(/^Subject: Hello Ada\r$/m);
  });

  test('shows its markup under a policy of its own, and without counting that as an open', async () => {
    const shown = await rivulet.api(`/api/mailbox/${id}.html`);
    expect(shown.headers.get('content-type')).toContain('text/html');
    expect(shown.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
    expect(shown.text).toContain('Hello Ada');
    expect(shown.text).not.toMatch(/\/o\/[\w-]+\.gif/);
    expect((await rivulet.api(`/api/mailbox/${id}.html?look=dark`)).text).toContain('Hello Ada');
  });

  test.each(['/none', '/none.eml', '/none.html'])('has nothing at %s', async (path) => {
    expect((await rivulet.api(`/api/mailbox${path}`)).status).toBe(404);
  });

  test.each(['?to[$ne]=x', '?after=garbage', '?limit=1000', '?from=x'])('refuses %s', async (query) => {
    expect((await rivulet.api(`/api/mailbox${query}`)).status).toBe(422);
  });
});
