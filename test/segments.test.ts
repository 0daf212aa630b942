import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import * as fc from 'fast-check';
import { idFrom } from '../src/event/id.js';
import type { EventValue, LeadEvent } from '../src/event/lead-event.js';
import { judge } from '../src/journey/condition.js';
import type { Lead } from '../src/journey/facts.js';
import { countIn, leadsIn, type MemberTools, openSegmentCounts } from '../src/lead/members.js';
import { narrow } from '../src/lead/segments-filter.js';
import { type Condition, ConditionFile } from '../src/sequence/condition-file.js';
import { factsOf } from '../src/store/engine-store.js';
import { grouped } from '../src/grouping.js';
import { aQuestionOutside, vocabulary } from './arbitraries.js';
import { aLead, at } from './builders.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

let folder: string;
let rivulet: HttpRivulet;
let people: readonly Lead[];
let lives: ReadonlyMap<string, readonly LeadEvent[]>;

const now = at('2026-03-30T10:00Z');
const { tags, stages, plans, days, zones } = vocabulary;

/** Values that the database and JavaScript see with different eyes. */
const oddPlans: readonly EventValue[] = [
  'FREE',
  'gold\n',
  'Gol\u0064',
  'tea\u006d',
  '',
  ['free'],
  ['', 'gold'],
  [],
  5,
  true,
  'Stra\u00dfe',
  '\u212aind',
  'kind',
  'K;`',
  '\u212a\u037e\u1fef',
];

beforeAll(async () => {
  folder = await aProjectFolder({
    'sequences/scoring.json': JSON.stringify({
      engagement: { cap: 60, halfLife: '30 days', rules: [{ on: 'clicked', points: 10 }] },
      fit: {
        cap: 30,
        rules: [
          { if: { 'lead.vip': true }, points: 20, why: 'vip' },
          { if: { 'lead.size': { gte: 10 } }, points: 15, why: 'big' },
        ],
      },
    }),
    'sequences/segments.json': JSON.stringify({
      segments: {
        vips: { if: { 'lead.vip': true }, description: 'They get a call.' },
        rest: { if: { not: { segment: 'vips' } } },
      },
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder }, '2026-03-30T10:00:00Z');

  people = fc
    .sample(somebody, { numRuns: 80, seed: 11 })
    .map((lead, i) => ({ ...lead, id: `lead-${String(i).padStart(3, '0')}`, email: `${i}@example.org` }));
  const { store } = rivulet;
  await store.leads.insert(
    people.map((lead) => ({ lead, emailKey: lead.email })),
    now,
  );
  const events = fc.sample(aLife, { numRuns: people.length, seed: 12 }).flatMap((life, i) =>
    life.map(
      (event, k): LeadEvent => ({
        ...event,
        id: idFrom('life', String(i), String(k)),
        lead: `lead-${String(i).padStart(3, '0')}`,
      }),
    ),
  );
  await store.events.keep(
    events.map((event) => ({ event, isSettled: true })),
    now,
  );
  lives = grouped(events, ({ lead }) => lead);
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});

const somebody: fc.Arbitrary<Lead> = fc
  .record({
    plan: fc.option(fc.constantFrom<EventValue>(...plans, ...oddPlans)),
    size: fc.option(fc.constantFrom<EventValue>(0, 5, 10, 12.5, 40, '5', -3)),
    vip: fc.option(fc.boolean()),
    seen: fc.option(fc.constantFrom<readonly string[]>([], ['a'], ['A', 'b'])),
    renewal: fc.option(fc.constantFrom(...days)),
    firstName: fc.option(fc.constantFrom('Ada', 'ADA', 'ada\u0301', 'Bo')),
    timezone: fc.option(fc.constantFrom(...zones)),
    stage: fc.option(fc.constantFrom(...stages)),
    tags: fc.subarray([...tags]),
    thresholds: fc.option(fc.subarray(['mql', 'sql'])),
    status: fc.constantFrom('granted' as const, 'pending' as const, 'denied' as const),
    purpose: fc.option(fc.constantFrom('granted' as const, 'denied' as const)),
    createdAt: fc.date({ min: at('2026-03-20T00:00Z'), max: now, noInvalidDate: true }),
    points: fc.array(fc.integer({ min: -20, max: 40 }), { maxLength: 4 }),
  })
  .map(
    ({
      plan,
      size,
      vip,
      seen,
      renewal,
      firstName,
      timezone,
      stage,
      thresholds,
      status,
      purpose,
      createdAt,
      points,
      ...rest
    }) => ({
      ...aLead(),
      ...rest,
      ...(firstName === null ? {} : { firstName }),
      ...(timezone === null ? {} : { timezone }),
      ...(stage === null ? {} : { stage }),
      ...(thresholds === null ? {} : { thresholds }),
      createdAt,
      attributes: Object.fromEntries(
        Object.entries({ plan, size, vip, seen, renewal }).flatMap(([key, value]) =>
          value === null ? [] : [[key, value]],
        ),
      ),
      consent: {
        status,
        source: 'form',
        at: createdAt,
        ...(purpose === null ? {} : { purposes: { news: { status: purpose, at: createdAt } } }),
      },
      entries: points.map((worth, i) => ({
        event: `e${i}`,
        rule: 'given',
        points: worth,
        at: createdAt,
        why: 'a test',
      })),
    }),
  );

const aLife = fc.array(
  fc.record({
    type: fc.constantFrom('demo.booked', 'converted', 'page.viewed', 'order.placed', 'lead.updated'),
    about: fc.constantFrom('/pricing', '/docs/start'),
    at: fc.date({ min: at('2026-03-01T00:00Z'), max: now, noInvalidDate: true }),
    source: fc.constant('api'),
    machine: fc.constant(false),
    data: fc.constantFrom<Readonly<Record<string, EventValue>>>({}, { amount: 60, gift: false }, { orderId: 'o1' }),
  }),
  { maxLength: 4 },
);

/** Questions of fields, beside those that all conditions are tried with. */
const aFieldQuestion = fc.oneof(
  fc
    .constantFrom<unknown>(...plans, 'kind', 'k;`', 'stra\u00dfe', 'gold', 5, true, '')
    .map((value) => ({ 'lead.plan': value })),
  fc.constantFrom<unknown>(...plans, 'kind', 5).map((not) => ({ 'lead.plan': { not } })),
  fc.subarray(['free', 'gold', 'K;`', 'team'], { minLength: 1 }).map((list) => ({ 'lead.plan': { in: list } })),
  fc.boolean().map((exists) => ({ 'lead.plan': { exists } })),
  fc.constantFrom('ada', 'ADA', 'ad\u00e1').map((name) => ({ 'lead.firstName': name })),
  fc.constantFrom('before', 'after', 'on').map((how) => ({ 'lead.createdAt': { [how]: '5 days ago' } })),
  fc.constantFrom(-30, 0, 5, 20, 60, 100).map((gte) => ({ score: { gte } })),
  fc.constantFrom('mql', 'sql', 'none').map((threshold) => ({ threshold })),
  fc.constantFrom('granted', 'denied').map((status) => ({ consent: { news: status } })),
);

const anyCondition: fc.Arbitrary<Condition> = fc
  .letrec<{ question: unknown; tree: unknown }>((tie) => ({
    question: fc.oneof({ weight: 2, arbitrary: aFieldQuestion }, { weight: 2, arbitrary: aQuestionOutside }),
    tree: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      tie('question'),
      tie('tree').map((not) => ({ not })),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any) => ({ any })),
    ),
  }))
  .tree.map((written) => ConditionFile.safeParse(written))
  .filter((result) => result.success)
  .map((result) => result.data ?? { kind: 'all', of: [] });

/** The tools of a project whose segment "it" is this. */
function toolsWith(condition: Condition): MemberTools {
  const segments = new Map([
    ['it', condition],
    ['big', ConditionFile.parse({ 'lead.size': { gte: 10 } })],
    ['keen', ConditionFile.parse({ event: 'demo.booked', within: '20 days' })],
  ]);
  const project = { ...rivulet.project(), segments };
  return { store: rivulet.store, now: () => now, project: () => project, defaultTimeZone: 'UTC' };
}

function judgedByHand(condition: Condition, tools: MemberTools): readonly string[] {
  return people.flatMap((lead) => {
    const facts = factsOf({ lead, events: lives.get(lead.id) ?? [] }, rivulet.store, tools);
    return judge(condition, facts, now).holds ? [lead.id] : [];
  });
}

async function idsIn(tools: MemberTools): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { lead } of leadsIn('it', tools)) ids.push(lead.id);
  return ids;
}

describe('the leads of a segment', () => {
  test('are those of whom its condition holds, whatever the condition', async () => {
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(anyCondition, async (condition) => {
        const tools = toolsWith(condition);
        const expected = judgedByHand(condition, tools);
        expect(await idsIn(tools)).toEqual(expected);
        expect(await countIn('it', tools)).toBe(expected.length);
        const { segments, scoring } = tools.project();
        if (narrow(condition, { segments, scoring, now }).isExact) exact += 1;
      }),
      { numRuns: 150, seed: 5 },
    );
    // Else the property would say little of what only the database was asked.
    expect(exact).toBeGreaterThan(20);
  });
});

describe('a segment', () => {
  const free = ConditionFile.parse({ 'lead.plan': 'free' });

  test('that there is not has no leads and no count', async () => {
    const tools = toolsWith(free);
    expect(await countIn('nobody', tools)).toBeUndefined();
    for await (const facts of leadsIn('nobody', tools)) expect(facts).toBeUndefined();
  });

  test('is counted at most once a minute, and anew when its condition is another one', async () => {
    let asked = 0;
    const clock = { now };
    const tools = toolsWith(free);
    const counting = {
      ...tools,
      now: () => clock.now,
      store: {
        ...tools.store,
        leads: {
          ...tools.store.leads,
          countMatching: (query: Readonly<Record<string, unknown>>) => {
            asked += 1;
            return tools.store.leads.countMatching(query);
          },
        },
      },
    };
    let condition = free;
    const counts = openSegmentCounts({ ...counting, project: () => toolsWith(condition).project() });
    const [first, second] = await Promise.all([counts.count('it'), counts.count('it')]);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ name: 'it', count: judgedByHand(free, tools).length, asOf: now });
    clock.now = new Date(now.getTime() + 59_000);
    expect((await counts.count('it'))?.asOf).toEqual(now);
    expect(asked).toBe(1);
    clock.now = new Date(now.getTime() + 61_000);
    expect((await counts.count('it'))?.asOf).toEqual(clock.now);
    condition = ConditionFile.parse({ tag: 'red' });
    expect((await counts.count('it'))?.count).toBe(judgedByHand(condition, tools).length);
    expect(asked).toBe(3);
  });

  test('is given page by page, each lead once', async () => {
    const tools = toolsWith(ConditionFile.parse({ consent: 'granted' }));
    const expected = await idsIn(tools);
    const pages: string[] = [];
    for (let after: string | undefined; ; ) {
      const page: string[] = [];
      for await (const { lead } of leadsIn('it', tools, { after, limit: 7 })) page.push(lead.id);
      pages.push(...page);
      if (page.length < 7) break;
      after = page.at(-1);
    }
    expect(pages).toEqual(expected);
  });
});

describe('GET /api/segments', () => {
  test('tells each with what it is for, how many are in it, and when they were counted', async () => {
    const { status, body } = await rivulet.api('/api/segments');
    expect(status).toBe(200);
    expect(body.items).toEqual([
      {
        name: 'vips',
        description: 'They get a call.',
        count: people.filter(({ attributes }) => attributes['vip'] === true).length,
        asOf: rivulet.clock.now.toISOString(),
      },
      {
        name: 'rest',
        count: people.filter(({ attributes }) => attributes['vip'] !== true).length,
        asOf: rivulet.clock.now.toISOString(),
      },
    ]);
    expect((await rivulet.api('/api/segments/vips')).body).toEqual(body.items[0]);
  });

  test('gives the leads of one by cursor, as the API shows leads', async () => {
    const first = await rivulet.api('/api/segments/vips/leads?limit=3');
    expect(first.body.items).toHaveLength(3);
    expect(first.body.items[0]).toMatchObject({ attributes: { vip: true }, score: expect.any(Number) });
    const second = await rivulet.api(`/api/segments/vips/leads?limit=200&after=${first.body.next}`);
    expect(second.body.next).toBeNull();
    const ids = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect(ids).toEqual(people.filter(({ attributes }) => attributes['vip'] === true).map(({ id }) => id));
  });

  test('is for those with the key, and of no segment is 404', async () => {
    expect((await fetch(`${rivulet.url}/api/segments`)).status).toBe(401);
    expect((await rivulet.api('/api/segments/none')).status).toBe(404);
    expect((await rivulet.api('/api/segments/none/leads')).status).toBe(404);
    expect((await rivulet.api('/api/segments/vips/leads?limit=0')).status).toBe(422);
    expect((await rivulet.api('/api/segments/vips/leads?after=%24ne')).status).toBe(422);
  });
});
