import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recordProviderEvents } from '../src/lead/attribute.js';
import { submitForm } from '../src/lead/submit-form.js';
import { addressKey } from '../src/message/address.js';
import { aConsentFolder, filledIn, formOf, newsText, paperText } from './consent-project.js';
import { type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';

const day = 86_400_000;

let folder: string;
let rivulet: HttpRivulet;
let count = 0;
let address: string;

beforeAll(async () => {
  folder = await aConsentFolder();
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  count += 1;
  address = `grace${count}@example.org`;
});

function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}

/** Fills in a form, and answers the pages that the mail about it leads to. */
async function asked(agreed: readonly string[] = ['paper', 'news'], form = 'paper') {
  await submitForm(filledIn(rivulet, { address, form, agreed }), formOf(rivulet, form), rivulet);
  return lastLink();
}

/** The mails that asked, the newest first. */
async function questions() {
  await rivulet.dispatcher.wake();
  const { items } = await rivulet.store.mailbox.page(50, undefined, address);
  const asking = items.filter(({ subject }) => subject === 'Was that you?');
  return Promise.all(asking.map(async ({ id }) => (await rivulet.api(`/api/mailbox/${id}`)).body));
}

async function lastLink(): Promise<string> {
  const [mail] = await questions();
  const [, link] = /href="([^"]+\/p\/[^"]+)"/.exec(mail?.html ?? '') ?? [];
  if (!link) throw new Error(`${address} was not asked: ${mail?.html}`);
  return link;
}

/** A page as a browser gets it, or a press of its button. */
async function page(link: string, choice?: string) {
  const headers = { 'User-Agent': 'Mozilla/5.0 Firefox/140.0' };
  const init = choice === undefined ? { headers } : { headers, method: 'POST' };
  return readAnswer(await fetch(choice === undefined ? link : `${link}?choice=${choice}`, init));
}

async function lead() {
  const found = await rivulet.store.leads.byEmail(addressKey(address));
  if (!found) throw new Error(`there is no lead ${address}`);
  return found;
}

const statusOf = async () => (await lead()).consent.status;

describe('the mail that asks', () => {
  test('names the form and every sentence that was agreed to, in HTML and in plain text', async () => {
    await asked();
    const [mail] = await questions();
    for (const part of [mail.html, mail.text]) {
      const words = part.replaceAll(/\s+/g, ' ');
      for (const said of ['Where the Hours Go', paperText, newsText]) expect(words).toContain(said);
    }
  });

  test('goes to the lead alone, follows nobody, and is nobody’s way into the lead’s own pages', async () => {
    const link = await asked();
    const [mail] = await questions();
    expect(mail.to).toBe(address);
    expect(mail.html).not.toMatch(/\/[cou]\//);
    expect((await page(link)).text).not.toContain('Choose what you get');
    expect((await page(link, 'all')).status).toBe(404);
    expect(await rivulet.store.suppressions.of(addressKey(address))).toBeUndefined();
  });
});

describe('a mail that asks and comes back', () => {
  test('counts against the address, as any other', async () => {
    await asked();
    const [message] = await rivulet.store.messages.ofLead((await lead()).id);
    const bounce = {
      type: 'bounced',
      hard: true,
      machine: false,
      dedupeKey: `b-${message?.id}`,
      metadata: {},
    } as const;
    const event = { ...bounce, recipient: address, smtpId: `${message?.id}@mail.example.com` };
    await recordProviderEvents('test', [event], rivulet.store, rivulet.engine);
    expect(await rivulet.store.suppressions.of(addressKey(address))).toBe('hard-bounced');
  });
});

describe('the page', () => {
  test('shows what is agreed to and one button, and its being looked at confirms nobody', async () => {
    const link = await asked();
    const { status, text, headers } = await page(link);
    expect(status).toBe(200);
    expect(text).toContain(newsText);
    expect(text.match(/<button/g)).toHaveLength(1);
    expect(headers.get('x-robots-tag')).toBe('noindex');
    expect(headers.get('cache-control')).toBe('no-store');
    await fetch(link, { method: 'HEAD' });
    expect(await statusOf()).toBe('pending');
  });

  test('confirms by its button, keeps where it was pressed, and then leads to what was asked for', async () => {
    const link = await asked();
    const { status, text } = await page(link, 'confirm');
    expect(status).toBe(200);
    expect(text).toContain('Thank you');
    expect(text).toMatch(/href="[^"]+\/d\/[\w-]+"/);
    expect(text).toContain('https://example.com/on');
    expect(await lead()).toMatchObject({ firstName: 'Ada', consent: { status: 'granted' } });
    const [kept] = await rivulet.store.submissions.ofLead((await lead()).id);
    expect(kept?.confirmation).toMatchObject({ network: '127.0.0.0/24', userAgent: 'Mozilla/5.0 Firefox/140.0' });
  });

  test('may be pressed twice, also at the same instant', async () => {
    const link = await asked();
    const answers = await Promise.all([page(link, 'confirm'), page(link, 'confirm'), page(link, 'confirm')]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    pass(day);
    expect((await page(link, 'confirm')).text).toContain('Thank you');
    const events = await rivulet.store.events.ofLead((await lead()).id);
    expect(events.filter(({ type }) => type === 'form.submitted')).toHaveLength(1);
  });

  test('does nothing by a press that says nothing, or something else', async () => {
    const link = await asked();
    expect((await readAnswer(await fetch(link, { method: 'POST' }))).status).toBe(404);
    expect((await page(link, 'restore')).status).toBe(404);
    expect(await statusOf()).toBe('pending');
  });

  test('is too old after a week, says so, and asks again where somebody wants it', async () => {
    const link = await asked();
    pass(7 * day);
    const late = await page(link);
    expect(late.status).toBe(410);
    expect(late.text).toContain('Send me a new link');
    expect((await page(link, 'confirm')).text).toContain('Send me a new link');
    expect(await statusOf()).toBe('pending');

    expect((await page(link, 'again')).text).toContain('A new mail is on its way');
    expect((await page(link, 'again')).text).toContain('A new mail is on its way');
    const next = await lastLink();
    expect(next).not.toBe(link);
    expect(await questions()).toHaveLength(2);
    expect((await page(next, 'confirm')).text).toContain('Thank you');
    expect(await lead()).toMatchObject({ firstName: 'Ada', consent: { status: 'granted' } });
  });

  test('does nothing more once it is forgotten what was filled in', async () => {
    const link = await asked();
    await rivulet.store.submissions.forgetUnconfirmed(new Date(rivulet.clock.now.getTime() + 1));
    expect((await page(link)).status).toBe(410);
    expect((await page(link, 'confirm')).status).toBe(410);
    expect(await statusOf()).toBe('pending');
  });

  test('proves nothing of another address that the lead has by now', async () => {
    const link = await asked();
    const { id, email } = await lead();
    const to = `new-${email}`;
    await rivulet.store.leads.change(id, { kind: 'address', from: email, to }, rivulet.clock.now);
    expect((await page(link, 'confirm')).status).toBe(410);
    expect((await rivulet.store.leads.byId(id))?.consent.status).toBe('pending');
  });

  test('leads to what a form gives to those alone who agree, also whoever agreed to it before', async () => {
    await page(await asked(['news'], 'club'), 'confirm');
    pass(day);
    await submitForm(
      filledIn(rivulet, { address, form: 'club', id: 'press-2', agreed: ['news'] }),
      formOf(rivulet, 'club'),
      rivulet,
    );
    expect(await questions()).toHaveLength(2);
    expect((await page(await lastLink(), 'confirm')).text).toMatch(/href="[^"]+\/d\/[\w-]+"/);
  });
});

describe('the proof', () => {
  test('is told by the API, purpose by purpose, with all that came before', async () => {
    const link = await asked(['news']);
    pass(60_000);
    await page(link, 'confirm');
    pass(day);
    const { id } = await lead();
    await rivulet.api('/api/events', { type: 'converted', lead: id });
    const { status, body } = await rivulet.api(`/api/leads/${id}/consent`);
    expect(status).toBe(200);
    expect(body.purposes).toMatchObject([{ purpose: 'news', status: 'granted', form: 'paper' }]);
    expect(body.history).toMatchObject([
      { what: 'asked', purpose: 'news', text: newsText, network: '203.0.113.0/24', userAgent: 'Firefox' },
      { what: 'confirmed', purpose: 'news', text: newsText, network: '127.0.0.0/24' },
    ]);
    expect(body.history[0].version).toBe(body.purposes[0].version);
  });

  test('outlives that it is taken back, and given again', async () => {
    await page(await asked(['news']), 'confirm');
    pass(day);
    const { id } = await lead();
    const consent = { status: 'granted', source: 'telephone', at: rivulet.clock.now.toISOString() };
    await rivulet.api('/api/leads', { email: address, consent: { ...consent, purposes: { news: 'denied' } } });
    expect((await lead()).consent.purposes?.['news']?.status).toBe('denied');
    pass(day);
    await submitForm(
      filledIn(rivulet, { address, id: 'press-2', agreed: ['news'] }),
      formOf(rivulet, 'paper'),
      rivulet,
    );
    await page(await lastLink(), 'confirm');
    const { body } = await rivulet.api(`/api/leads/${id}/consent`);
    expect(body.history.map(({ what }: { what: string }) => what)).toEqual([
      'asked',
      'confirmed',
      'withdrawn',
      'asked',
      'confirmed',
    ]);
    expect((await lead()).consent.purposes?.['news']?.status).toBe('granted');
  });

  test('is nobody’s without the key', async () => {
    await asked();
    const { id } = await lead();
    expect((await fetch(`${rivulet.url}/api/leads/${id}/consent`)).status).toBe(401);
    expect((await rivulet.api('/api/leads/nobody/consent')).status).toBe(404);
  });
});

test('nothing of ours went wrong on the way', () => {
  expect(rivulet.faults).toEqual([]);
});
