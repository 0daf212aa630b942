import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { visitorKey } from '../src/event/site-rules.js';
import { siteScript } from '../src/http/site-script.js';
import { joinLeftBehind, joinVisitor } from '../src/lead/join-visitor.js';
import { forgetVisits } from '../src/lead/site-events.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, jobsOf, readAnswer, startHttpRivulet } from './support.js';

const site = 'https://example.com';
const minute = 60_000;
const { browser } = readerPrograms(0);

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  const project = await aProjectFolder({
    'sequences/scoring.json': JSON.stringify({
      engagement: {
        rules: [
          { on: 'clicked', points: 1 },
          { on: 'page.viewed:/pricing', points: 10, cap: 30 },
          { on: 'converted', points: 60 },
        ],
      },
    }),
    'sequences/funnel.json': JSON.stringify({
      stages: [
        { name: 'lead', enter: { on: 'lead.created' } },
        { name: 'customer', enter: { on: 'converted' } },
      ],
    }),
    'sequences/prices.json': aSequenceFile(
      [{ send: 'hello', subject: 'Our prices' }, { wait: '3 days' }, { send: 'hello', id: 'later', subject: 'Still?' }],
      { enroll: { on: 'page.viewed:/pricing', again: 'always' } },
    ),
    'sequences/keen.json': aSequenceFile([{ send: 'hello', subject: 'Keen' }], {
      enroll: {
        on: 'page.viewed',
        if: { event: 'page.viewed', path: '/pricing', within: '7 days', atLeast: 2 },
      },
    }),
    'sequences/welcome-aboard.json': aSequenceFile([{ wait: '2 days' }, { send: 'hello', subject: 'Aboard' }], {
      enroll: { on: 'stage.entered' },
      stage: 'customer',
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(() => rivulet.close());

const aVisitor = () => `visitor-${String((number += 1)).padStart(12, '0')}`;
const anAddress = () => `lead-${(number += 1)}@example.org`;
const pass = (ms: number) => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
};
const aView = (page = '/pricing', more: object = {}) => ({
  id: `event-${(number += 1)}-of-it`,
  type: 'page.viewed',
  page: page.startsWith('/') ? site + page : page,
  ago: 0,
  ...more,
});

/** What the script sends, as a browser sends it. */
const send = async (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  readAnswer(
    await fetch(`${rivulet.url}/t`, {
      method: 'POST',
      headers: {
        'Content-Type': 'text/plain;charset=UTF-8',
        Origin: site,
        'User-Agent': browser['User-Agent'] ?? '',
        ...headers,
      },
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    }),
  );
const tools = () => ({ store: rivulet.store, engine: rivulet.engine });
const join = (visitor: string, lead: string) => joinVisitor(visitor, lead, tools());
const aLead = async (more: object = {}): Promise<string> =>
  (await rivulet.api('/api/leads', { email: anAddress(), ...more })).body.id;
const visitsOf = async (lead: string) =>
  (await rivulet.store.events.ofLead(lead)).filter(({ source }) => source === 'site');
const waitingOf = (visitor: string) => rivulet.store.visitors.waiting(visitorKey(visitor));
const sequencesOf = async (lead: string) =>
  (await rivulet.store.enrollments.ofLead(lead)).map(({ sequence }) => sequence).toSorted();
const report = async () => (await rivulet.api('/api/site')).body;
const refusedFor = async (because: string): Promise<number> =>
  (await report()).refused.find((one: { because: string }) => one.because === because)?.count ?? 0;

describe('the script', () => {
  test('is at most 2 kB when it is packed, and is what is sent', async () => {
    expect(gzipSync(siteScript, { level: 9 }).length).toBeLessThanOrEqual(2000);
    const answer = await fetch(`${rivulet.url}/site.js`);
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('content-encoding')]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'gzip',
    ]);
    expect(await answer.text()).toBe(siteScript);
  });

  test('is sent as it is to whom does not unpack', async () => {
    const answer = await fetch(`${rivulet.url}/site.js`, { headers: { 'Accept-Encoding': 'identity' } });
    expect([answer.headers.get('content-encoding'), await answer.text()]).toEqual([null, siteScript]);
  });

  test('asks for nothing that a strict policy forbids: no eval, no inline code, no styles, no pictures', () => {
    expect(siteScript).not.toMatch(/\beval\b|new Function|innerHTML|document\.write|createElement|\.src = |\.style/);
  });
});

describe('what a visitor of nobody does', () => {
  test('waits, with nothing of where it came from', async () => {
    const visitor = aVisitor();
    expect((await send({ visitor, events: [aView('/pricing'), aView('/docs/?q=secret#me')] })).status).toBe(204);
    expect((await waitingOf(visitor)).map(({ about }) => about)).toEqual(['/pricing', '/docs/']);
    const rows = JSON.stringify(await rivulet.store.db.collection('visitors').find().toArray());
    expect(rows).not.toContain('127.0.0.1');
    expect(rows).not.toContain(visitor);
  });

  test('told again, counts once', async () => {
    const visitor = aVisitor();
    const call = { visitor, events: [aView()] };
    for (let i = 0; i < 3; i += 1) await send(call);
    await Promise.all(Array.from({ length: 5 }, () => send(call)));
    expect(await waitingOf(visitor)).toHaveLength(1);
  });

  test('becomes the lead’s when it is known, with its own times, and scores', async () => {
    const visitor = aVisitor();
    await send({ visitor, events: [aView('/'), aView('/pricing', { ago: 5 })] });
    const viewedAt = rivulet.clock.now;
    pass(10 * minute);
    const lead = await aLead();
    expect(await join(visitor, lead)).toEqual({ kind: 'joined' });
    expect(await visitsOf(lead)).toMatchObject([
      { type: 'page.viewed', about: '/', at: viewedAt, machine: false },
      { type: 'page.viewed', about: '/pricing', at: viewedAt },
    ]);
    expect(await waitingOf(visitor)).toEqual([]);
    expect((await rivulet.api(`/api/leads/${lead}`)).body.score).toBe(10);
    expect(await sequencesOf(lead)).toEqual(['hello', 'prices']);
  });

  test('told again after that, counts once all the same', async () => {
    const visitor = aVisitor();
    const call = { visitor, events: [aView()] };
    await send(call);
    const lead = await aLead();
    await join(visitor, lead);
    await send(call);
    expect(await join(visitor, lead)).toEqual({ kind: 'known' });
    expect(await visitsOf(lead)).toHaveLength(1);
  });

  test('of a lead that is known is the lead’s at once', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await join(visitor, lead);
    await send({ visitor, events: [aView('/pricing')] });
    pass(minute);
    await send({ visitor, events: [aView('/pricing')] });
    expect(await sequencesOf(lead)).toEqual(['hello', 'keen', 'prices']);
    expect((await rivulet.api(`/api/leads/${lead}`)).body.score).toBe(20);
  });

  test('counts, and starts no series that is for the moment, when it becomes known an hour later', async () => {
    const visitor = aVisitor();
    await send({ visitor, events: [aView(), { ...aView('/thanks'), type: 'converted', data: { value: 40 } }] });
    pass(61 * minute);
    const lead = await aLead();
    await rivulet.dispatcher.wake();
    await join(visitor, lead);
    expect(await visitsOf(lead)).toMatchObject([{ late: true }, { late: true, data: { value: 40 }, about: '/thanks' }]);
    const story = (await rivulet.api(`/api/leads/${lead}`)).body;
    expect([story.score, story.stage]).toEqual([70, 'customer']);
    // Whoever became a customer is one now, and is welcomed from now on.
    const runs = await rivulet.store.enrollments.ofLead(lead);
    expect(runs.map(({ sequence, startedAt }) => [sequence, startedAt])).toEqual(
      expect.arrayContaining([['welcome-aboard', rivulet.clock.now]]),
    );
    expect(await sequencesOf(lead)).toEqual(['hello', 'welcome-aboard']);
  });

  test('is kept to the newest 200', async () => {
    const visitor = aVisitor();
    for (let i = 0; i < 8; i += 1) {
      pass(1000);
      await send({ visitor, events: Array.from({ length: 40 }, () => aView(`/page-${i}`)) });
    }
    const waiting = await waitingOf(visitor);
    expect(waiting.length).toBeLessThanOrEqual(250);
    expect(waiting.at(0)?.about).not.toBe('/page-0');
    expect(waiting.at(-1)?.about).toBe('/page-7');
  });

  test('is 500 events a day at most, and as many tomorrow', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await join(visitor, lead);
    const before = await refusedFor('too-many-events');
    const fifty = () => Array.from({ length: 50 }, () => aView('/busy', { type: 'scrolled' }));
    for (let i = 0; i < 11; i += 1) await send({ visitor, events: fifty() });
    expect(await visitsOf(lead)).toHaveLength(500);
    expect((await refusedFor('too-many-events')) - before).toBe(50);
    pass(24 * 60 * minute);
    await send({ visitor, events: [aView('/tomorrow')] });
    expect(await visitsOf(lead)).toHaveLength(501);
  });

  test('is forgotten after ninety days', async () => {
    const visitor = aVisitor();
    await send({ visitor, events: [aView()] });
    pass(89 * 24 * 60 * minute);
    await forgetVisits(tools());
    expect(await waitingOf(visitor)).toHaveLength(1);
    pass(2 * 24 * 60 * minute);
    await jobsOf(rivulet)
      .find(({ name }) => name === 'forget visits')
      ?.run();
    expect(await waitingOf(visitor)).toEqual([]);
    expect(await rivulet.store.visitors.byId(visitorKey(visitor))).toBeUndefined();
  });
});

describe('times', () => {
  test.each([
    ['years ahead', -40 * 365 * 24 * 60 * minute],
    ['years behind', 40 * 365 * 24 * 60 * minute],
    ['without end', 1e308],
  ])('of a clock %s are never later than now, nor before the visitor’s first sight', async (_, ago) => {
    const visitor = aVisitor();
    const firstAt = rivulet.clock.now;
    await send({ visitor, events: [aView('/first')] });
    pass(minute);
    await send({ visitor, events: [aView('/second', { ago })] });
    const [, second] = (await waitingOf(visitor)).toSorted((a, b) => (a.about ?? '').localeCompare(b.about ?? ''));
    expect(second?.at.getTime()).toBeGreaterThanOrEqual(firstAt.getTime());
    expect(second?.at.getTime()).toBeLessThanOrEqual(rivulet.clock.now.getTime());
  });
});

describe('a browser that two people use', () => {
  test('is from then on the one’s who was seen last, and its past stays the first one’s', async () => {
    const visitor = aVisitor();
    const [ada, bob] = [await aLead(), await aLead()];
    await send({ visitor, events: [aView('/before')] });
    await join(visitor, ada);
    await send({ visitor, events: [aView('/as-ada')] });
    pass(minute);
    expect(await join(visitor, bob)).toEqual({ kind: 'begun' });
    await send({ visitor, events: [aView('/as-bob')] });
    expect((await visitsOf(ada)).map(({ about }) => about)).toEqual(['/before', '/as-ada']);
    expect((await visitsOf(bob)).map(({ about }) => about)).toEqual(['/as-bob']);
    expect(await join(visitor, ada)).toEqual({ kind: 'begun' });
    expect((await visitsOf(bob)).map(({ about }) => about)).toEqual(['/as-bob']);
  });

  test('that is joined ten times at once is one lead’s, and each event is there once', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await send({ visitor, events: [aView('/a'), aView('/b')] });
    const joined = await Promise.all(Array.from({ length: 10 }, () => join(visitor, lead)));
    expect(joined.filter(({ kind }) => kind === 'joined')).toHaveLength(1);
    expect((await visitsOf(lead)).map(({ about }) => about)).toEqual(['/a', '/b']);
  });

  test('that tells and is joined at the same instant loses nothing', async () => {
    for (let i = 0; i < 10; i += 1) {
      const visitor = aVisitor();
      const lead = await aLead();
      const calls = Array.from({ length: 5 }, (_, page) => send({ visitor, events: [aView(`/page-${page}`)] }));
      await Promise.all([...calls, join(visitor, lead)]);
      expect(await visitsOf(lead)).toHaveLength(5);
      expect(await waitingOf(visitor)).toEqual([]);
    }
  });
});

describe('a joining that was cut short', () => {
  test('is taken up by another process, and comes to the same', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await send({ visitor, events: [aView('/left-behind')] });
    await rivulet.store.visitors.take(visitorKey(visitor), lead, rivulet.clock.now);
    expect(await visitsOf(lead)).toEqual([]);
    pass(2 * minute);
    await joinLeftBehind(tools());
    await joinLeftBehind(tools());
    expect((await visitsOf(lead)).map(({ about }) => about)).toEqual(['/left-behind']);
    expect(await rivulet.store.visitors.leftBehind(rivulet.clock.now, 10)).toEqual([]);
  });
});

describe('consent', () => {
  const denied = { status: 'denied', source: 'form', at: '2026-03-01T09:00:00Z' };

  test('that was denied: nothing is joined, and nothing of the browser is kept any more', async () => {
    const visitor = aVisitor();
    await send({ visitor, events: [aView()] });
    const lead = await aLead({ consent: denied });
    expect(await join(visitor, lead)).toEqual({ kind: 'refused', because: 'no-consent' });
    await send({ visitor, events: [aView()] });
    expect([await visitsOf(lead), await waitingOf(visitor)]).toEqual([[], []]);
  });

  test('that is withdrawn later: nothing more is kept', async () => {
    const visitor = aVisitor();
    const email = anAddress();
    const lead = await aLead({ email });
    await join(visitor, lead);
    await send({ visitor, events: [aView('/before')] });
    await rivulet.api('/api/leads', { email, consent: denied });
    await send({ visitor, events: [aView('/after')] });
    expect((await visitsOf(lead)).map(({ about }) => about)).toEqual(['/before']);
  });

  test('whoever unsubscribed or complained is not watched, until they come back', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await join(visitor, lead);
    await rivulet.api('/api/events', { lead, type: 'unsubscribed' });
    await send({ visitor, events: [aView('/away')] });
    const { email } = (await rivulet.api(`/api/leads/${lead}`)).body;
    await rivulet.api(`/api/suppressions/${email}?because=back`, undefined, 'DELETE');
    await send({ visitor, events: [aView('/back')] });
    expect((await visitsOf(lead)).map(({ about }) => about)).toEqual(['/back']);
  });

  test('given again by another form: the browser is joined, from then on', async () => {
    const visitor = aVisitor();
    await send({ visitor, events: [aView('/before')] });
    await join(visitor, await aLead({ consent: denied }));
    const lead = await aLead();
    expect(await join(visitor, lead)).toEqual({ kind: 'joined' });
    await send({ visitor, events: [aView('/after')] });
    expect((await visitsOf(lead)).map(({ about }) => about)).toEqual(['/after']);
  });

  test('taken back in the browser: what waits goes, and the lead keeps what is its own', async () => {
    const [visitor, other] = [aVisitor(), aVisitor()];
    const lead = await aLead();
    await join(other, lead);
    for (const one of [visitor, other]) {
      await send({ visitor: one, events: [aView('/kept')] });
      expect((await send({ visitor: one, forget: true })).status).toBe(204);
    }
    expect(await waitingOf(visitor)).toEqual([]);
    expect(await visitsOf(lead)).toHaveLength(1);
    await send({ visitor: other, events: [aView('/nobodys')] });
    expect(await visitsOf(lead)).toHaveLength(1);
  });

  test.each([{ DNT: '1' }, { 'Sec-GPC': '1' }])('a browser that says %j is not watched', async (headers) => {
    const visitor = aVisitor();
    expect((await send({ visitor, events: [aView()] }, headers)).status).toBe(204);
    expect(await rivulet.store.visitors.byId(visitorKey(visitor))).toBeUndefined();
  });

  test('the visitor of a lead that is gone tells nobody', async () => {
    const visitor = aVisitor();
    expect(await join(visitor, 'nobody')).toEqual({ kind: 'refused', because: 'no-lead' });
    await rivulet.store.visitors.take(visitorKey(visitor), 'nobody', rivulet.clock.now);
    await send({ visitor, events: [aView()] });
    expect(await rivulet.store.events.count({ lead: 'nobody' })).toBe(0);
  });
});

describe('machines', () => {
  const crawler = { 'User-Agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' };

  test('of a known lead are shown and count for nothing', async () => {
    const visitor = aVisitor();
    const lead = await aLead();
    await join(visitor, lead);
    await send({ visitor, events: [aView()] }, { 'User-Agent': 'curl/8.5.0' });
    expect(await visitsOf(lead)).toMatchObject([{ machine: true, evidence: [expect.stringContaining('curl')] }]);
    expect((await rivulet.api(`/api/leads/${lead}`)).body.score).toBe(0);
    expect(await sequencesOf(lead)).toEqual(['hello']);
  });

  test.each([crawler, { 'User-Agent': 'HeadlessChrome/140' }, { 'User-Agent': '' }])(
    '%j is not kept as a visitor of nobody',
    async (headers) => {
      const visitor = aVisitor();
      expect((await send({ visitor, events: [aView()] }, headers)).status).toBe(204);
      expect(await rivulet.store.visitors.byId(visitorKey(visitor))).toBeUndefined();
    },
  );
});

describe('what no page of ours sends', () => {
  /** The status of the answer, and whether anything of visitors changed. */
  const asked = async (body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const before = await rivulet.store.visitors.count();
    const { status } = await send(body, headers);
    return [status, String(await rivulet.store.visitors.count()) !== String(before)];
  };

  test.each([
    ['nothing', ''],
    ['no JSON', '{"visitor":'],
    ['a list', '[]'],
    ['null', 'null'],
    ['malformed UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['no visitor', { events: [aView()] }],
    ['a short visitor', { visitor: 'x', events: [aView()] }],
    ['a visitor that is a question to the database', { visitor: { $gt: '' }, events: [aView()] }],
    ['events that are none', { visitor: aVisitor(), events: 'page.viewed' }],
    ['51 events', { visitor: aVisitor(), events: Array.from({ length: 51 }, () => aView()) }],
    ['deep JSON', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['a ticket of another length', { visitor: aVisitor(), ticket: 'x', events: [aView()] }],
  ])('%s is answered with 400, and changes nothing', async (_, body) => {
    expect(await asked(body)).toEqual([400, false]);
  });

  test('10,000 events are not even read', async () => {
    const events = Array.from({ length: 10_000 }, () => aView());
    expect(await asked({ visitor: aVisitor(), events })).toEqual([413, false]);
  });

  test('what is packed is not unpacked', async () => {
    const body = gzipSync(JSON.stringify({ visitor: aVisitor(), events: [aView()] }));
    expect(await asked(body, { 'Content-Encoding': 'gzip' })).toEqual([400, false]);
  });

  test.each([
    'https://evil.example',
    'http://example.com',
    'https://example.com:8443',
    'https://sub.example.com',
    'null',
  ])('a page of %s is turned away, and told of', async (Origin) => {
    const before = await refusedFor('foreign-origin');
    expect(await asked({ visitor: aVisitor(), events: [aView()] }, { Origin })).toEqual([403, false]);
    expect((await report()).refused).toContainEqual(
      expect.objectContaining({ because: 'foreign-origin', count: before + 1, from: Origin }),
    );
  });

  test('a page without an origin is turned away', async () => {
    const answer = await fetch(`${rivulet.url}/t`, { method: 'POST', body: '{}' });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  test.each([
    ['a type of Rivulet’s own', { type: 'score.adjusted' }],
    ['a stage', { type: 'stage.entered', about: 'customer' }],
    ['a mail’s event', { type: 'unsubscribed' }],
    ['a reply', { type: 'replied' }],
    ['a form', { type: 'form.submitted', about: 'white-paper' }],
    ['what sales says', { type: 'sales.answered', about: 'won' }],
    ['a type with spaces', { type: 'page viewed' }],
    ['a huge type', { type: 'x'.repeat(101) }],
    ['a huge about', { about: 'x'.repeat(501) }],
    ['a line break', { about: 'a\nb' }],
    ['a page of another site', { page: 'https://evil.example/pricing' }],
    ['a page that is none', { page: 'javascript:alert(1)' }],
    ['a huge page', { page: `${site}/${'x'.repeat(3000)}` }],
    ['a page with a user in it', { page: 'https://example.com@evil.example/' }],
    ['data named __proto__', { data: JSON.parse('{"__proto__":{"polluted":true}}') }],
    ['data with a dollar', { data: { $set: 1 } }],
    ['data inside data', { data: { a: { b: 1 } } }],
    ['21 values', { data: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`v${i}`, i])) }],
    ['no id', { id: undefined }],
    ['an id that is a question', { id: { $ne: null } }],
    ['no time', { ago: 'yesterday' }],
    ['nothing in it', {}, null],
  ])(
    'an event with %s is left out, and the one beside it is not',
    async (_, wrong, whole: unknown = { ...aView('/bad'), ...wrong }) => {
      const visitor = aVisitor();
      const answer = await send({ visitor, events: [whole, aView('/good')] });
      expect(answer.status).toBe(204);
      expect((await waitingOf(visitor)).map(({ about }) => about)).toEqual(['/good']);
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test('a visitor made up by somebody else joins nobody and reads nothing', async () => {
    const answer = await send({ visitor: 'forged-forged-forged', events: [aView()] });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await joinVisitor('no', await aLead(), tools())).toEqual({ kind: 'refused', because: 'no-visitor' });
    expect(await joinVisitor(undefined, await aLead(), tools())).toEqual({ kind: 'refused', because: 'no-visitor' });
  });
});

describe('a preflight', () => {
  const ask = (Origin: string) => fetch(`${rivulet.url}/t`, { method: 'OPTIONS', headers: { Origin } });
  test('of a page of ours is allowed, with and without "www."', async () => {
    for (const origin of [site, 'https://www.example.com']) {
      const answer = await ask(origin);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, origin]);
    }
  });
  test('of any other is not', async () => {
    const answer = await ask('https://evil.example');
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
