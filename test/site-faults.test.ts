import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readerPrograms } from '../src/demo/reader-programs.js';
import { visitorKey } from '../src/event/site-rules.js';
import { finishEvents } from '../src/lead/draw-all.js';
import { joinLeftBehind, joinVisitor } from '../src/lead/join-visitor.js';
import { isUnreachable } from '../src/store/database.js';
import { type DatabaseProxy, openDatabaseProxy, type WriteFault } from './database-proxy.js';
import { isLong } from './proof/length.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet, testDatabase } from './support.js';

// The database away, floods, and people who are erased or merged: what pages tell is told once, or not at all.

const site = 'https://example.com';
const { browser } = readerPrograms(0);

let folder: string;
let proxy: DatabaseProxy;
let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rvs-'));
  proxy = await openDatabaseProxy(testDatabase(), join(folder, 'proxy.sock'));
  rivulet = await startHttpRivulet({
    MONGODB_URI: proxy.uri,
    PROJECT_DIR: await aProjectFolder({
      'sequences/scoring.json': '{ "engagement": { "rules": [{ "on": "page.viewed", "points": 10 }] } }',
    }),
    TRUST_PROXY: 'loopback',
  });
});
afterAll(async () => {
  await rivulet.close();
  await proxy.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Far more than anything here writes. */
const never = 1_000_000;
/** The short version loses every third write in each way, another third in each. */
const step = isLong ? 1 : 3;
const faults: readonly [string, WriteFault, number][] = [
  ['whose answer never comes', { kind: 'unheard' }, 1],
  ['that never reaches the database', { kind: 'unsent' }, isLong ? 1 : 2],
  [
    'refused by a server that is no primary',
    { kind: 'refused', code: 10_107, codeName: 'NotWritablePrimary' },
    isLong ? 1 : 3,
  ],
];

const aVisitor = () => `visitor-${String((number += 1)).padStart(12, '0')}`;
const aView = (path: string) => ({
  id: `event-${(number += 1)}-of-it`,
  type: 'page.viewed',
  page: site + path,
  ago: 0,
});
const send = (body: object, from = `198.51.${number % 250}.7`) =>
  fetch(`${rivulet.url}/t`, {
    method: 'POST',
    headers: { Origin: site, 'User-Agent': browser['User-Agent'] ?? '', 'X-Forwarded-For': from },
    body: JSON.stringify(body),
  });
const tools = () => ({ store: rivulet.store, engine: rivulet.engine });
const visitsOf = async (lead: string) =>
  (await rivulet.store.events.ofLead(lead)).filter(({ source }) => source === 'site').map(({ about }) => about);
const pass = (ms: number) => {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
};

/** As the script does: what was not taken is sent again. */
async function sendUntilTaken(body: object): Promise<readonly number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 204) statuses.push((await send(body)).status);
  return statuses;
}

/** As whoever does it in Rivulet: a job that comes round, a form that is sent again. */
async function untilDone(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
    }
  }
}

/** What comes round, a while later. */
async function comeRound(): Promise<void> {
  pass(10 * 60_000);
  await untilDone(() => finishEvents(rivulet.clock.now, rivulet.store, rivulet.engine));
  await untilDone(() => joinLeftBehind(tools()));
}

describe.each(faults)('with any one write %s', (_, fault, first) => {
  test('what a page tells is told once, is the lead’s, and scores once', async () => {
    const seen: number[] = [];
    for (let nth = first; ; nth += step) {
      const visitor = aVisitor();
      const { id } = await rivulet.welcome(`${fault.kind}-${nth}@example.org`);
      proxy.arm(nth, fault);
      seen.push(...(await sendUntilTaken({ visitor, events: [aView('/a'), aView('/b')] })));
      await untilDone(() => joinVisitor(visitor, id, tools()));
      pass(1000);
      seen.push(...(await sendUntilTaken({ visitor, events: [aView('/c')] })));
      const wrote = proxy.writes.length;
      await comeRound();
      proxy.arm(never, fault);
      expect([nth, await visitsOf(id)]).toEqual([nth, ['/a', '/b', '/c']]);
      expect([nth, (await rivulet.api(`/api/leads/${id}`)).body.score]).toEqual([nth, 30]);
      expect(await rivulet.store.visitors.waiting(visitorKey(visitor))).toEqual([]);
      expect(await rivulet.store.visitors.leftBehind(rivulet.clock.now, 10)).toEqual([]);
      if (wrote < nth) break;
    }
    expect(new Set(seen)).toEqual(new Set([204, 503]));
  });

  test('a click joins its browser, and the browser of another is joined over to nobody', async () => {
    for (let nth = first; ; nth += step) {
      const visitor = aVisitor();
      const { id: other } = await rivulet.welcome(`other-${fault.kind}-${nth}@example.org`);
      const { id, mail } = await rivulet.welcome(`click-${fault.kind}-${nth}@example.org`);
      await joinVisitor(visitor, other, tools());
      await send({ visitor, events: [aView('/others')] });
      pass(120_000);
      const landing = (await rivulet.click(mail.links[0])).headers.get('location') ?? '';
      const [, ticket] = /rv=([\w-]+)/.exec(landing) ?? [];
      await rivulet.store.hits.written();
      proxy.arm(nth, fault);
      await sendUntilTaken({ visitor, ticket, events: [aView('/landing')] });
      pass(60_000);
      await untilDone(rivulet.judgeHits);
      await untilDone(rivulet.judgeHits);
      const wrote = proxy.writes.length;
      await comeRound();
      await untilDone(rivulet.judgeHits);
      proxy.arm(never, fault);
      expect([nth, await visitsOf(other), await visitsOf(id)]).toEqual([nth, ['/others'], ['/landing']]);
      if (wrote < nth) break;
    }
  });
});

describe('a flood', () => {
  test('of calls from one network is turned away, and of no other', async () => {
    const call = { visitor: aVisitor(), events: [] };
    pass(60_000);
    const statuses: number[] = [];
    for (let i = 0; i < 650; i += 1) statuses.push((await send(call, `203.0.113.${i % 250}`)).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
    expect((await send(call, '203.0.114.1')).status).toBe(204);
    pass(60_000);
    expect((await send(call, '203.0.113.1')).status).toBe(204);
  });

  test('of visitors from one network is not kept', async () => {
    pass(60_000);
    const [before] = await rivulet.store.visitors.count();
    for (let i = 0; i < 150; i += 1)
      await send({ visitor: aVisitor(), events: [aView('/made-up')] }, `203.0.115.${i % 250}`);
    const [after] = await rivulet.store.visitors.count();
    expect(after - before).toBe(120);
  });
});

describe('a lead that is', () => {
  test('erased takes its browsers along: what they tell is kept for nobody any more', async () => {
    const visitor = aVisitor();
    const email = 'erased@example.org';
    const { id } = await rivulet.welcome(email);
    await joinVisitor(visitor, id, tools());
    await send({ visitor, events: [aView('/before')] });
    for (const holding of rivulet.store.visitors.personal)
      await holding.erase(
        { leads: [id], addresses: [email], messages: [], enrollments: [], linkSets: [], words: [] },
        rivulet.clock.now,
      );
    await send({ visitor, events: [aView('/after')] });
    expect(await rivulet.store.visitors.waiting(visitorKey(visitor))).toEqual([]);
    expect(JSON.stringify(await rivulet.store.db.collection('visitors').find().toArray())).not.toContain(id);
  });

  test('merged with another gives its browsers to that one', async () => {
    const visitor = aVisitor();
    const [{ id: from }, { id: to }] = [
      await rivulet.welcome('from@example.org'),
      await rivulet.welcome('to@example.org'),
    ];
    await joinVisitor(visitor, from, tools());
    for (const holding of rivulet.store.visitors.personal) await holding.move?.(from, to);
    await send({ visitor, events: [aView('/after')] });
    expect(await visitsOf(to)).toEqual(['/after']);
    expect(await joinVisitor(visitor, to, tools())).toEqual({ kind: 'known' });
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults.filter((fault) => !isUnreachable(fault))).toEqual([]);
});
