import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { rm } from 'node:fs/promises';
import { recordEvent } from '../src/engine.js';
import type { Consent, ConsentStatus } from '../src/journey/facts.js';
import { unite, uniteConsent } from '../src/journey/unite.js';
import { captureLead } from '../src/lead/capture.js';
import { finishEvents } from '../src/lead/draw-all.js';
import { eraseLead } from '../src/lead/erase.js';
import { recomputeScores } from '../src/lead/recompute.js';
import { findDuplicates, finishMerges, mergeLeads } from '../src/lead/merge.js';
import { personKey } from '../src/message/address.js';
import { auditLedger } from '../src/store/audit.js';
import { aLead, at } from './builders.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

let project: string;
let rivulet: HttpRivulet;
let ids = 0;

beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({
      fields: { company: { type: 'text' }, plan: { type: 'text' } },
      sameAddress: { plus: true, dots: ['gmail.com'] },
    }),
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'hi', send: 'hello', subject: 'Hello' },
        { wait: '2 days' },
        { id: 'again', send: 'hello', subject: 'Again' },
      ],
      { enroll: { on: 'lead.created' } },
    ),
    'sequences/demo.json': aSequenceFile([{ wait: '5 days' }, { id: 'demo', send: 'hello', subject: 'Demo' }], {
      enroll: { on: 'demo.booked' },
    }),
    'sequences/segments.json': JSON.stringify({ segments: { booked: { if: { event: 'demo.booked' } } } }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true });
});

const tools = () => ({ store: rivulet.store, engine: rivulet.engine, newId: rivulet.newId });

/** A lead with an address that is no other lead's. */
async function aPerson(more: object = {}, email = `person-${(ids += 1)}@example.org`) {
  const { store, engine, newId, dispatcher } = rivulet;
  const { lead } = await captureLead({ email, emailKey: email, ...more }, 'test', store, engine, newId);
  await dispatcher.wake();
  return lead;
}

async function happens(lead: string, type: string, more: object = {}) {
  const event = {
    id: `happening-${(ids += 1)}`,
    type,
    lead,
    at: rivulet.engine.now(),
    source: 'test',
    machine: false,
    ...more,
  };
  await recordEvent(event, rivulet.engine);
  return event;
}

async function now(id: string) {
  const lead = await rivulet.store.leads.byId(id);
  if (!lead) throw new Error(`no lead ${id}`);
  return lead;
}

describe('addresses of one person', () => {
  const rules = { plus: true, dots: ['gmail.com'] };

  test.each([
    ['ada+news@example.org', 'ada@example.org'],
    ['a.d.a+x+y@gmail.com', 'ada@gmail.com'],
    ['a.da@example.org', 'a.da@example.org'],
    ['+only@example.org', '+only@example.org'],
  ])('%s is that of %s', (written, key) => {
    expect(personKey(written, rules)).toBe(key);
  });

  test('at named domains alone a plus says nothing', () => {
    const some = { plus: ['gmail.com'], dots: [] };
    expect(personKey('ada+x@gmail.com', some)).toBe('ada@gmail.com');
    expect(personKey('ada+x@example.org', some)).toBe('ada+x@example.org');
  });

  test('a form that is sent with another spelling finds the lead, and mail goes to the address it had', async () => {
    const lead = await aPerson({}, 'grace.hopper@gmail.com');
    const { store, engine, newId } = rivulet;
    const again = await captureLead(
      { email: 'gracehopper+x@gmail.com', emailKey: 'gracehopper+x@gmail.com', firstName: 'Grace' },
      'form',
      store,
      engine,
      newId,
    );
    expect(again).toMatchObject({
      isNew: false,
      lead: { id: lead.id, email: 'grace.hopper@gmail.com', firstName: 'Grace' },
    });
  });

  test('of many that come at one instant one makes the lead', async () => {
    const { store, engine, newId } = rivulet;
    const spellings = [
      'a.lan@gmail.com',
      'alan+1@gmail.com',
      'al.an+2@gmail.com',
      'alan@gmail.com',
      'ALAN+3@gmail.com',
      'a.l.a.n@gmail.com',
    ];
    const made = await Promise.all(
      spellings.map((email) => captureLead({ email, emailKey: email.toLowerCase() }, 'form', store, engine, newId)),
    );
    expect(new Set(made.map(({ lead }) => lead.id)).size).toBe(1);
    expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('a suppression is that of the very address, and no other spelling of it', async () => {
    await rivulet.store.suppressions.add({
      of: 'kay+list@gmail.com',
      reason: 'manual',
      at: rivulet.engine.now(),
      by: 'test',
    });
    expect(await rivulet.store.suppressions.of('kay@gmail.com')).toBeUndefined();
  });
});

describe('the consent of two records', () => {
  const said = (status: ConsentStatus, day: number): Consent => ({
    status,
    source: 'x',
    at: at(`2026-03-0${day}T00:00Z`),
  });

  test.each([
    ['granted', 1, 'denied', 2, 'denied'],
    ['denied', 1, 'granted', 2, 'granted'],
    ['granted', 2, 'denied', 1, 'granted'],
    ['granted', 1, 'pending', 2, 'pending'],
    ['pending', 1, 'denied', 2, 'denied'],
    ['denied', 2, 'granted', 1, 'denied'],
    ['granted', 1, 'denied', 1, 'denied'],
    ['denied', 1, 'granted', 1, 'denied'],
  ] as const)('%s of day %d and %s of day %d is %s', (one, day, other, otherDay, expected) => {
    expect(uniteConsent(said(one, day), said(other, otherDay)).status).toBe(expected);
  });

  test('is told purpose by purpose', () => {
    const purposes = (status: ConsentStatus, day: number) => ({ news: { status, at: at(`2026-03-0${day}T00:00Z`) } });
    const united = uniteConsent(
      {
        ...said('granted', 1),
        purposes: { ...purposes('granted', 3), calls: { status: 'denied', at: at('2026-03-01T00:00Z') } },
      },
      { ...said('granted', 1), purposes: purposes('denied', 2) },
    );
    expect(united.purposes).toMatchObject({ news: { status: 'granted' }, calls: { status: 'denied' } });
  });
});

const someLead = fc
  .record({
    firstName: fc.option(fc.constantFrom('Ada', 'Bo')),
    tags: fc.subarray(['red', 'blue', 'hot']),
    stage: fc.option(fc.constantFrom('lead', 'gone')),
    plan: fc.option(fc.constantFrom('free', 'team')),
    status: fc.constantFrom('granted' as const, 'pending' as const, 'denied' as const),
    day: fc.integer({ min: 1, max: 5 }),
    points: fc.uniqueArray(fc.integer({ min: 1, max: 5 })),
    thresholds: fc.subarray(['mql', 'sql']),
  })
  .map(({ firstName, tags, stage, plan, status, day, points, thresholds }) =>
    aLead({
      ...(firstName ? { firstName } : {}),
      tags,
      ...(stage ? { stage } : {}),
      attributes: plan ? { plan } : {},
      consent: { status, source: 'x', at: at(`2026-03-0${day}T00:00Z`) },
      createdAt: at(`2026-02-0${day}T00:00Z`),
      thresholds,
      entries: points.map((n) => ({ event: `e${n}`, rule: 'r', points: n, at: at('2026-03-01T00:00Z'), why: 'x' })),
    }),
  );

test('uniting two leads twice is uniting them once, and loses no tag, point, field or refusal', () => {
  fc.assert(
    fc.property(someLead, someLead, (one, other) => {
      const united = unite(one, other, [{ name: 'lead', title: 'Lead', on: [] }]);
      expect(unite(united, other, [{ name: 'lead', title: 'Lead', on: [] }])).toEqual(united);
      expect([...united.tags].toSorted()).toEqual([...new Set([...one.tags, ...other.tags])].toSorted());
      expect(united.entries.map(({ event }) => event).toSorted()).toEqual(
        [...new Set([...one.entries, ...other.entries].map(({ event }) => event))].toSorted(),
      );
      expect(united.attributes).toEqual({ ...other.attributes, ...one.attributes });
      const [older, newer] = [one.consent, other.consent].toSorted((a, b) => a.at.getTime() - b.at.getTime());
      const isRefused = newer?.status !== 'granted' && [older?.status, newer?.status].includes('denied');
      expect(isRefused && united.consent.status !== 'denied').toBe(false);
    }),
  );
});

describe('a merged lead', () => {
  test('has what both had, and is found by the id and the address of either', async () => {
    const one = await aPerson({ firstName: 'Ada', tags: ['red'] });
    const other = await aPerson({
      firstName: 'A.',
      lastName: 'Byron',
      attributes: { company: 'Pell' },
      tags: ['blue'],
    });
    await happens(other.id, 'demo.booked');
    const merged = await mergeLeads(one.id, other.email, tools());
    expect(merged).toMatchObject({ kind: 'merged', from: other.id });
    const { store } = rivulet;
    const lead = await now(one.id);
    expect(lead).toMatchObject({
      firstName: 'Ada',
      lastName: 'Byron',
      attributes: { company: 'Pell' },
      email: one.email,
    });
    expect(lead.tags).toEqual(expect.arrayContaining(['red', 'blue']));
    expect((await store.leads.byId(other.id))?.id).toBe(one.id);
    expect((await store.leads.byEmail(other.email))?.id).toBe(one.id);
    expect((await store.leads.byIds([other.id, one.id])).get(other.id)?.id).toBe(one.id);
    const types = (await store.events.ofLead(one.id)).map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['demo.booked', 'lead.merged']));
    expect(await store.events.ofLead(other.id)).toEqual([]);
    expect(await store.messages.ofLead(other.id)).toEqual([]);
  });

  test('has the score that its events come to, when they are all gone through again', async () => {
    const one = await aPerson();
    const other = await aPerson();
    for (const { id } of [one, other, other]) await happens(id, 'clicked', { about: 'https://example.com/more' });
    await mergeLeads(one.id, other.id, tools());
    const setting = { ...rivulet, project: rivulet.project(), defaultTimeZone: 'UTC' };
    for await (const { difference, before } of recomputeScores({ leads: [await now(one.id)], apply: false }, setting)) {
      expect(difference).toEqual({ entries: [], surplus: [] });
      expect(before.total).toBe(30);
    }
    expect.assertions(2);
  });

  test('goes on with what only the other had begun, and gets no series twice', async () => {
    const one = await aPerson();
    const other = await aPerson();
    await happens(other.id, 'demo.booked');
    await mergeLeads(one.id, other.id, tools());
    const runs = await rivulet.store.enrollments.ofLead(one.id);
    const active = runs.filter(({ status }) => status === 'active').map(({ sequence }) => sequence);
    expect(active.toSorted()).toEqual(['demo', 'hello']);
    expect(
      runs.filter(({ sequence, endedBecause }) => sequence === 'hello' && endedBecause?.startsWith('merged')),
    ).toHaveLength(1);
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + 7 * 86_400_000));
    const mails = await rivulet.store.messages.ofLead(one.id);
    expect(mails.filter(({ step, state }) => step === 'again' && state === 'accepted')).toHaveLength(1);
    expect(mails.filter(({ step, state }) => step === 'demo' && state === 'accepted')).toHaveLength(1);
    expect(await rivulet.mailsTo(other.email)).toHaveLength(1);
    expect((await auditLedger(rivulet.store.db, { now: rivulet.clock.now, lateMs: 600_000 })).findings).toEqual([]);
  });

  test('gets no mail if the person behind either address had left', async () => {
    const one = await aPerson();
    const other = await aPerson();
    await happens(other.id, 'unsubscribed');
    await mergeLeads(one.id, other.id, tools());
    expect(await rivulet.store.suppressions.of(one.email)).toBe('unsubscribed');
    expect((await rivulet.store.enrollments.ofLead(one.id)).filter(({ status }) => status === 'active')).toEqual([]);
  });

  test('is not shut out because a mailbox of the other is dead', async () => {
    const one = await aPerson();
    const other = await aPerson();
    await happens(other.id, 'bounced', { hard: true });
    await mergeLeads(one.id, other.id, tools());
    expect(await rivulet.store.suppressions.of(one.email)).toBeUndefined();
    expect(await rivulet.store.suppressions.of(other.email)).toBe('hard-bounced');
  });

  test('is told of what still comes for the other, by its address, its id or a process that knew it before', async () => {
    const one = await aPerson();
    const other = await aPerson();
    await mergeLeads(one.id, other.id, tools());
    const { body } = await rivulet.api('/api/events', { type: 'demo.booked', email: other.email });
    expect(body.recorded).toBe(true);
    expect((await rivulet.api('/api/events', { type: 'page.viewed', lead: other.id })).status).toBe(201);
    const late = await happens(other.id, 'converted');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 3_600_000);
    await finishMerges(tools());
    await finishEvents(rivulet.clock.now, rivulet.store, rivulet.engine);
    const events = await rivulet.store.events.ofLead(one.id);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['demo.booked', 'page.viewed', 'converted']));
    expect((await rivulet.store.events.keptAmong([late.id], { applied: true })).has(late.id)).toBe(true);
  });

  test('can be merged again with the same, which changes nothing', async () => {
    const one = await aPerson();
    const other = await aPerson();
    await mergeLeads(one.id, other.id, tools());
    const before = await now(one.id);
    expect(await mergeLeads(one.id, other.id, tools())).toEqual({ kind: 'same' });
    expect(await now(one.id)).toEqual(before);
    expect(await mergeLeads(one.id, 'nobody@example.org', tools())).toEqual({
      kind: 'missing',
      who: 'nobody@example.org',
    });
  });

  test('is whole again after a crash at any write', async () => {
    const found: unknown[] = [];
    let survives = 0;
    for (let isWhole = false; !isWhole; survives += 1) {
      const one = await aPerson({ tags: ['red'] });
      const other = await aPerson({ lastName: 'Byron', tags: ['blue'] });
      await happens(other.id, 'demo.booked');
      isWhole = await mergeDyingAfter(survives, one.id, other.id);
      rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 3_600_000);
      await finishMerges(tools());
      await finishEvents(rivulet.clock.now, rivulet.store, rivulet.engine);
      const { store } = rivulet;
      const { lastName, tags } = await now(one.id);
      const types = (await store.events.ofLead(one.id)).map(({ type }) => type);
      found.push({
        lastName,
        tags,
        merged: types.filter((type) => type === 'lead.merged').length,
        booked: types.filter((type) => type === 'demo.booked').length,
        isOtherThere: (await store.leads.own(other.id)) !== undefined,
        eventsOfOther: (await store.events.ofLead(other.id)).length > 0,
      });
    }
    const whole = {
      lastName: 'Byron',
      tags: ['red', 'blue'],
      merged: 1,
      booked: 1,
      isOtherThere: false,
      eventsOfOther: false,
    };
    const untouched = {
      lastName: undefined,
      tags: ['red'],
      merged: 0,
      booked: 0,
      isOtherThere: true,
      eventsOfOther: true,
    };
    // Until it is noted nothing has begun: that is the third step.
    expect(found.slice(0, 3)).toEqual([untouched, untouched, untouched]);
    expect(found.slice(3)).toEqual(found.slice(3).map(() => whole));
    expect(survives).toBeGreaterThan(8);
  }, 120_000);
});

/** Merges with a process that dies after so many of its steps. Answers whether it lived to the end. */
async function mergeDyingAfter(steps: number, into: string, from: string): Promise<boolean> {
  let left = steps;
  const { store, engine, newId } = tools();
  const dying = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, key, receiver) => {
        const value: unknown = Reflect.get(target, key, receiver);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (left <= 0) throw new Error('killed');
          left -= 1;
          return Reflect.apply(value, target, args);
        };
      },
    });
  const mortal = {
    ...store,
    leads: dying(store.leads),
    aliases: dying(store.aliases),
    enrollments: dying(store.enrollments),
    personal: store.personal.map((part) => dying(part)),
  };
  try {
    await mergeLeads(into, from, { store: mortal, engine, newId });
    return true;
  } catch (error) {
    if (error instanceof Error && error.message === 'killed') return false;
    throw error;
  }
}

describe('duplicates', () => {
  test('that were there before the rules are found, the oldest first', async () => {
    const { store } = rivulet;
    await store.sameness.use({ plus: false, dots: [] });
    await store.sameness.keyAgain();
    const one = await aPerson({}, 'mary.s@gmail.com');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 1000);
    const other = await aPerson({}, 'marys+x@gmail.com');
    expect(other.id).not.toBe(one.id);
    await store.sameness.use({ plus: true, dots: ['gmail.com'] });
    await store.sameness.keyAgain();
    const found = await findDuplicates(store, rivulet.project());
    expect(found.map((leads) => leads.map(({ id }) => id))).toEqual([[one.id, other.id]]);
    await mergeLeads(one.id, other.id, tools());
    expect(await findDuplicates(store, rivulet.project())).toEqual([]);
  });
});

test('an erased lead takes the address along under which it was known before', async () => {
  const one = await aPerson();
  const other = await aPerson();
  await mergeLeads(one.id, other.id, tools());
  const erased = await eraseLead(await now(one.id), { by: 'test' }, { store: rivulet.store, now: rivulet.engine.now });
  expect(erased).toMatchObject({ state: 'erased', remains: [] });
  expect(await rivulet.store.leads.byEmail(other.email)).toBeUndefined();
  expect(await rivulet.store.aliases.ofIds([other.id])).toEqual(new Map());
});
