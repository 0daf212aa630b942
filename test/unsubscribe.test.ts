import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ReadMail } from '../src/demo/mail-reader.js';
import { recordEvent, runDueSteps } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import { captureLead } from '../src/lead/capture.js';
import { type Purpose, signToken } from '../src/message/token.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet();
});
afterAll(() => rivulet.close());

/** A lead of its own for each test, in the middle of the welcome series. */
const aReader = () => rivulet.welcome(`reader-${(number += 1)}@example.org`);
const post = (address: string, init: RequestInit = {}) =>
  fetch(address, { method: 'POST', redirect: 'manual', ...init });
const leadOf = async (id: string) => (await rivulet.api(`/api/leads/${id}`)).body;
const runsOf = async (id: string) =>
  (await rivulet.store.enrollments.ofLead(id)).map(({ sequence, status, endedBecause }) => [
    sequence,
    status,
    endedBecause,
  ]);
const countOf = (lead: string, type: string) => rivulet.store.events.count({ lead, type });
/** Presses a button of the preference centre; answers the page to which that leads. */
const preferences = (mail: ReadMail, choice: string) =>
  post(`${rivulet.url}/p/${tokenFor('preferences', mail)}?choice=${choice}`, { redirect: 'follow' });
const messageOf = (mail: ReadMail) => mail.messageId.split('@')[0] ?? '';
const tokenFor = (purpose: Purpose, mail: ReadMail) =>
  signToken(purpose, { message: messageOf(mail), link: 0 }, rivulet.keys);

describe('RFC 8058 §3.1: one POST with nothing but the token', () => {
  const multipart = () => {
    const form = new FormData();
    form.append('List-Unsubscribe', 'One-Click');
    return form;
  };
  const typed = (type: string) => () => ({ body: 'List-Unsubscribe=One-Click', headers: { 'Content-Type': type } });
  const oneClick = () => ({ body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });

  test('the mail says how, in two headers', async () => {
    const { mail } = await aReader();
    const { headers } = (await rivulet.api(`/api/mailbox/${mail.id}`)).body;
    expect(headers['List-Unsubscribe']).toMatch(/^<http:\/\/localhost:\d+\/u\/[\w-]{54}>$/);
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click');
  });

  test.each<[string, () => RequestInit]>([
    ['a form in the address way', oneClick],
    ['a form in parts', () => ({ body: multipart() })],
    ['no body', () => ({})],
    ['another body', () => ({ body: '{"$gt":""}', headers: { 'Content-Type': 'application/json' } })],
    ['JSON that ends too early', () => ({ body: '{"', headers: { 'Content-Type': 'application/json' } })],
    ['no content type', typed('')],
    ['a content type that is none', typed('one click')],
    ['a content type that names letters nobody knows', typed('application/x-www-form-urlencoded; charset=klingon')],
    ['parts without their boundary', typed('multipart/form-data')],
    ['a form whose field says something else', () => ({ body: new URLSearchParams({ 'List-Unsubscribe': 'No' }) })],
    ['the field twice', () => ({ body: 'List-Unsubscribe=One-Click&List-Unsubscribe=One-Click' })],
    ['a body of a megabyte', () => ({ body: 'x'.repeat(1_000_000) })],
    [
      'the cookies and the origin of somebody else',
      () => ({
        ...oneClick(),
        headers: {
          Cookie: 'session=0123456789; csrf=x',
          Origin: 'https://mail.example.net',
          Referer: 'https://mail.example.net/inbox',
          Authorization: 'Bearer none of ours',
          'Sec-Fetch-Site': 'cross-site',
        },
      }),
    ],
    ['the name of a link scanner', () => ({ ...oneClick(), headers: { 'User-Agent': 'BarracudaCentral/1.0' } })],
  ])('with %s takes effect at once', async (_, init) => {
    const { id, mail } = await aReader();
    const answer = await post(mail.unsubscribe, init());
    const { headers } = answer;
    expect([answer.status, headers.get('location'), headers.get('set-cookie')]).toEqual([200, null, null]);
    expect(await answer.text()).toContain('You are unsubscribed');
    expect(await leadOf(id)).toMatchObject({ suppressed: 'unsubscribed', next: null });
    expect(await runsOf(id)).toEqual([['welcome', 'ended', 'unsubscribed']]);
  });

  test('works by the link of a mail whose series is over', async () => {
    const { id, mail } = await aReader();
    await preferences(mail, 'series');
    expect((await post(mail.unsubscribe, oneClick())).status).toBe(200);
    expect(await leadOf(id)).toMatchObject({ suppressed: 'unsubscribed' });
  });

  test('works by the link of a mail of last year', async () => {
    const { id, mail } = await aReader();
    await preferences(mail, 'series');
    const clock = rivulet.clock.now;
    rivulet.clock.now = new Date(clock.getTime() + 400 * 86_400_000);
    expect((await post(mail.unsubscribe, oneClick())).status).toBe(200);
    rivulet.clock.now = clock;
    expect(await leadOf(id)).toMatchObject({ suppressed: 'unsubscribed' });
  });

  test('stops a mail that is in the outbox already', async () => {
    const { store, engine, newId, clock } = rivulet;
    // Until it has gone back to rest, the dispatcher would send the mail.
    await rivulet.dispatcher.wake();
    const input = { email: 'queued@example.org', emailKey: 'queued@example.org' };
    const { lead } = await captureLead(input, 'test', store, engine, newId);
    await runDueSteps(engine, { limit: 500 });
    const [queued] = await store.messages.ofLead(lead.id);
    expect(queued).toMatchObject({ state: 'queued', plannedAt: clock.now });

    const token = signToken('unsubscribe', { message: queued?.id ?? '', link: 0 }, rivulet.keys);
    expect((await post(`${rivulet.url}/u/${token}`)).status).toBe(200);
    await rivulet.dispatcher.wake();
    expect(await store.messages.ofLead(lead.id)).toMatchObject([{ state: 'skipped', because: 'unsubscribed' }]);
    expect(await rivulet.mailsTo('queued@example.org')).toEqual([]);
  });

  test('sent again, or by 20 at once, is answered alike and counted once', async () => {
    const { id, mail } = await aReader();
    const before = (await leadOf(id)).score;
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(mail.unsubscribe, oneClick())));
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 3_600_000);
    answers.push(await post(mail.unsubscribe));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await countOf(id, 'unsubscribed')).toBe(1);
    expect((await leadOf(id)).score - before).toBeCloseTo(-40, 0);
    const { scoreExplained } = await leadOf(id);
    expect(scoreExplained.lines.filter(({ why }: { why: string }) => why === 'unsubscribed')).toHaveLength(1);
  });
});

describe('threat 2: nobody makes a token, or uses one for something else', () => {
  /** The address with one bit of its token turned over. */
  const flipped = (address: string, bit: number): string => {
    const at = address.lastIndexOf('/') + 1;
    const token = Buffer.from(address.slice(at), 'base64url');
    token.writeUInt8((token[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
    return address.slice(0, at) + token.toString('base64url');
  };

  test('each of its bits counts, and every wrong one is answered by the same page', async () => {
    const { id, mail } = await aReader();
    const bits = Buffer.from(tokenFor('unsubscribe', mail), 'base64url').length * 8;
    const pages = new Set<string>();
    for (let bit = 0; bit < bits; bit += 1) {
      const answer = await post(flipped(mail.unsubscribe, bit));
      pages.add(`${answer.status} ${await answer.text()}`);
    }
    expect(bits).toBe(320);
    expect([...pages]).toEqual([expect.stringMatching(/^404 [^]*This link is not complete/)]);
    expect(await leadOf(id)).not.toHaveProperty('suppressed');
  });

  test('a token that is not ours, or that is for something else, is that page too, and changes nothing', async () => {
    const { id, mail } = await aReader();
    const others = (['open', 'click', 'preferences'] as const).map((purpose) => tokenFor(purpose, mail));
    const own = tokenFor('unsubscribe', mail);
    const wrong = [
      mail.unsubscribe.slice(0, -1),
      `${mail.unsubscribe}A`,
      `${mail.unsubscribe}%00`,
      ...others.map((token) => `${rivulet.url}/u/${token}`),
      ...[own, ...others.slice(0, 2)].map((token) => `${rivulet.url}/p/${token}?choice=all`),
      `${rivulet.url}/u/${signToken('unsubscribe', { message: 'a'.repeat(32), link: 0 }, rivulet.keys)}`,
      `${rivulet.url}/u/${id}`,
      `${rivulet.url}/u/${encodeURIComponent('ada@example.org')}`,
    ];
    const pages = new Set<string>();
    for (const address of wrong) {
      const answer = await post(address);
      expect([address, answer.status]).toEqual([address, 404]);
      pages.add(await answer.text());
    }
    expect(pages.size).toBe(1);
    expect(await leadOf(id)).not.toHaveProperty('suppressed');
  });
});

describe('RFC 8058 §1: what a link scanner does changes nothing', () => {
  const scanners = [
    {},
    { 'Sec-Purpose': 'prefetch;prerender' },
    { Purpose: 'prefetch', 'X-Moz': 'prefetch' },
    { 'User-Agent': 'Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0) SafeLinks' },
    { 'X-HTTP-Method-Override': 'POST', 'X-HTTP-Method': 'POST' },
    { Range: 'bytes=0-0', 'Sec-Fetch-User': '?1', 'Sec-Fetch-Mode': 'navigate' },
  ];

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'])('%s of any address in the mail', async (method) => {
    const { id, mail } = await aReader();
    const { score } = await leadOf(id);
    const preferencesUrl = `${rivulet.url}/p/${tokenFor('preferences', mail)}`;
    const choices = ['all', 'series', 'save', 'pause', 'wake', 'undo', 'back'];
    const addresses = [
      mail.unsubscribe,
      `${mail.unsubscribe}?List-Unsubscribe=One-Click&_method=POST`,
      ...choices.map((choice) => `${preferencesUrl}?choice=${choice}&length=one-year&frequency=monthly&shown=product`),
    ];
    for (const headers of scanners)
      await Promise.all(addresses.map((address) => fetch(address, { method, headers, redirect: 'manual' })));
    const after = await leadOf(id);
    expect(after).not.toHaveProperty('suppressed');
    expect(after.score).toBe(score);
    expect(await runsOf(id)).toEqual([['welcome', 'active', undefined]]);
    expect((await rivulet.store.events.ofLead(id)).map(({ type }) => type)).toEqual(['lead.created', 'stage.entered']);
  });
});

describe('threat 1: nobody is sent elsewhere', () => {
  const targets = [
    '//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\\evil.example',
    '%0d%0aX: y',
    '../u',
  ];

  test('one click is answered without a redirect, whatever the address asks for', async () => {
    const { mail } = await aReader();
    for (const target of targets) {
      const answer = await post(`${mail.unsubscribe}?done=${target}&next=${target}&redirect=${target}`);
      expect([target, answer.status, answer.headers.get('location')]).toEqual([target, 200, null]);
      expect(await answer.text()).not.toContain('evil.example');
    }
  });

  test('the preference centre leads back to itself alone', async () => {
    const { mail } = await aReader();
    const page = `/p/${tokenFor('preferences', mail)}`;
    for (const target of targets) {
      const answer = await post(`${rivulet.url}${page}?choice=all&done=${target}&next=${target}`, {
        headers: { 'X-Forwarded-Host': 'evil.example', Referer: 'https://evil.example' },
      });
      expect([target, answer.status]).toEqual([target, 303]);
      expect(answer.headers.get('location')).toMatch(new RegExp(`^${page}\\?done=[a-z2-7]{32}$`));
      expect(await (await fetch(`${rivulet.url}${page}?done=${target}`)).text()).not.toContain('evil.example');
    }
  });
});

test('the link in the mail opens a page that asks, and then one that says it is done; neither is kept', async () => {
  const { mail } = await aReader();
  const asks = await fetch(mail.unsubscribe);
  expect([asks.status, asks.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await asks.text()).toContain('Yes, unsubscribe me');
  await post(mail.unsubscribe);
  expect(await (await fetch(mail.unsubscribe)).text()).toContain('You are unsubscribed');
});

describe('whoever left', () => {
  test('gets no mail in the months to come, also when the API tells of them again', async () => {
    const { id, mail } = await aReader();
    await post(mail.unsubscribe);
    const again = await rivulet.api('/api/leads', {
      email: mail.to.toUpperCase(),
      firstName: 'Ada',
      consent: { status: 'granted', source: 'a second form', at: rivulet.clock.now },
    });
    expect(again).toMatchObject({ status: 200, body: { id, firstName: 'Ada', suppressed: 'unsubscribed' } });
    await rivulet.api('/api/events', { email: mail.to, type: 'form.submitted', about: 'white-paper' });
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 90 * 86_400_000));
    expect(await rivulet.mailsTo(mail.to)).toHaveLength(1);
    expect((await leadOf(id)).enrollments).toMatchObject([{ sequence: 'welcome', status: 'ended' }]);
  });

  test('can come back, and is told so', async () => {
    const { id, mail } = await aReader();
    await post(mail.unsubscribe);
    const answer = await preferences(mail, 'back');
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('Welcome back')]);
    expect(await leadOf(id)).not.toHaveProperty('suppressed');
    await rivulet.api('/api/events', { email: mail.to, type: 'form.submitted', about: 'white-paper' });
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 4 * 86_400_000));
    expect((await rivulet.mailsTo(mail.to)).map(({ sequence }) => sequence)).toContain('consideration-white-paper');
  });

  test('can leave, come back and leave again, as often as they like and within one minute', async () => {
    const { id, mail } = await aReader();
    for (const times of [1, 2, 3]) {
      await post(mail.unsubscribe);
      expect(await leadOf(id)).toMatchObject({ suppressed: 'unsubscribed' });
      await Promise.all([preferences(mail, 'back'), preferences(mail, 'back')]);
      expect(await leadOf(id)).not.toHaveProperty('suppressed');
      expect([await countOf(id, 'unsubscribed'), await countOf(id, 'resubscribed')]).toEqual([times, times]);
    }
    await preferences(mail, 'all');
    expect(await leadOf(id)).toMatchObject({ suppressed: 'unsubscribed' });
  });

  test.each([
    ['a complaint', 'complained', { type: 'complained' }],
    ['a hard bounce', 'hard-bounced', { type: 'bounced', hard: true }],
  ])('does not come back over %s, whichever came first', async (_, reason, what) => {
    for (const isFirst of [true, false]) {
      const { id, mail } = await aReader();
      const happen = () => tell(id, what);
      await (isFirst ? happen() : post(mail.unsubscribe));
      await (isFirst ? post(mail.unsubscribe) : happen());
      const answer = await preferences(mail, 'back');
      expect(await answer.text()).toContain('This address gets no mails any more');
      expect(await leadOf(id)).toMatchObject({ suppressed: reason });
    }
  });
});

describe('leaving one series', () => {
  test('ends that run alone; the lead stays reachable', async () => {
    const { id, mail } = await aReader();
    await rivulet.api('/api/events', { email: mail.to, type: 'form.submitted', about: 'white-paper' });
    expect(await runsOf(id)).toHaveLength(2);
    const answer = await preferences(mail, 'series');
    expect([answer.status, await answer.text()]).toEqual([
      200,
      expect.stringContaining('You get no more mails of “Welcome to Tallybay”.'),
    ]);
    expect(await runsOf(id)).toEqual([
      ['welcome', 'ended', 'left by the lead'],
      ['consideration-white-paper', 'active', undefined],
    ]);
    expect(await leadOf(id)).not.toHaveProperty('suppressed');
  });

  test('twice is once', async () => {
    const { id, mail } = await aReader();
    await Promise.all([preferences(mail, 'series'), preferences(mail, 'series')]);
    await preferences(mail, 'series');
    expect(await countOf(id, 'series.left')).toBe(1);
  });
});

test('a choice that is none changes nothing', async () => {
  const { id, mail } = await aReader();
  const page = `${rivulet.url}/p/${tokenFor('preferences', mail)}`;
  for (const query of ['', '?choice=', '?choice=none', '?choice=all&choice=back', '?choice[$ne]=x'])
    expect([query, (await post(page + query)).status]).toEqual([query, 404]);
  expect(await runsOf(id)).toEqual([['welcome', 'active', undefined]]);
  expect(await leadOf(id)).not.toHaveProperty('suppressed');
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});

/** Something that a provider tells of a lead. */
async function tell(lead: string, what: { type: string; hard?: boolean }): Promise<void> {
  const at = rivulet.clock.now;
  const event = { id: idFrom('test', lead, what.type), lead, at, source: 'test', machine: false, ...what };
  await recordEvent(event, rivulet.engine);
}
