import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { keepEvents, recordEvent } from '../src/engine.js';
import type { LeadEvent } from '../src/event/lead-event.js';
import { pointsFor } from '../src/journey/assess.js';
import type { Lead } from '../src/journey/facts.js';
import { captureLead } from '../src/lead/capture.js';
import { drawAll } from '../src/lead/draw-all.js';
import { mergeLeads } from '../src/lead/merge.js';
import { isAny, type Recomputed, recomputeScores } from '../src/lead/recompute.js';
import { mostOfRule } from '../src/scoring/counting.js';
import { entryKey, type ScoreEntry } from '../src/scoring/score.js';
import { ScoringFile, toScoring } from '../src/sequence/scoring-file.js';
import type { Project } from '../src/sequence/project.js';
import { factsOf } from '../src/store/engine-store.js';
import { anEvent } from './builders.js';
import { aProjectFolder, startTestRivulet, type TestRivulet } from './support.js';

const rules = {
  engagement: {
    halfLife: '20 days',
    cap: 90,
    floor: -30,
    rules: [
      { id: 'read', on: 'opened', points: 4, cap: 16, perDay: 1, group: 'mails' },
      { id: 'clicked', on: 'clicked', points: 10, cap: 40, group: 'mails' },
      {
        id: 'pricing',
        on: ['clicked:https://example.com/pricing', 'page.viewed:/pricing*'],
        points: 6,
        again: 'after 2 days',
      },
      { id: 'first', on: 'form.submitted', points: 20, once: true },
      { id: 'big', on: 'converted', where: { value: { gte: 1000 } }, points: 40, fade: { linear: '60 days' } },
      { id: 'left', on: 'complained', points: -40, fade: 'none' },
      { id: 'stage', on: 'stage.entered:keen', points: 5 },
      { id: 'seen', on: 'page.viewed:/seen', points: 1 },
    ],
  },
  fit: { rules: [{ if: { tag: 'vip' }, points: 12, why: 'a person of weight' }] },
  groups: { mails: { cap: 45 } },
  thresholds: [{ name: 'mql', score: { gte: 50 }, falls: { lt: 35 } }],
};

let rivulet: TestRivulet;
let leads = 0;

beforeAll(async () => {
  const folder = await aProjectFolder({
    'sequences/scoring.json': JSON.stringify(rules),
    'sequences/funnel.json': JSON.stringify({
      stages: [
        { name: 'lead', enter: { on: 'lead.created' } },
        { name: 'keen', enter: { if: { score: { gte: 30 } } } },
      ],
    }),
  });
  rivulet = await startTestRivulet({ PROJECT_DIR: folder });
});
afterAll(() => rivulet.close());

async function aLead(): Promise<string> {
  leads += 1;
  const id = `lead-${leads}`;
  const email = `${id}@example.com`;
  return (await captureLead({ email, emailKey: email }, 'test', rivulet.store, rivulet.engine, () => id)).lead.id;
}

async function leadOf(id: string): Promise<Lead> {
  const lead = await rivulet.store.leads.byId(id);
  if (!lead) throw new Error(`the lead ${id} is gone`);
  return lead;
}

async function recomputed(id: string, { apply = false, project = rivulet.project() } = {}): Promise<Recomputed> {
  const { store, engine, defaultTimeZone } = rivulet;
  const setting = { store, engine, defaultTimeZone, project };
  for await (const one of recomputeScores({ leads: [await leadOf(id)], apply }, setting)) return one;
  throw new Error(`nothing is told of ${id}`);
}

function sorted(entries: readonly ScoreEntry[]): readonly ScoreEntry[] {
  return entries.toSorted((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1));
}

/** The entries that stand in the database, and those that its events come to, found without the code in question. */
async function bothOf(id: string) {
  const events = await rivulet.store.events.ofLead(id);
  const { scoring } = rivulet.project();
  return {
    kept: sorted((await leadOf(id)).entries),
    given: sorted(events.flatMap((event) => pointsFor(event, scoring))),
  };
}

function under(written: object): Project {
  return { ...rivulet.project(), scoring: toScoring(ScoringFile.parse(written)) };
}

const kinds: readonly Partial<LeadEvent>[] = [
  { type: 'opened' },
  { type: 'opened', machine: true },
  { type: 'clicked', about: 'https://example.com/pricing?from=mail' },
  { type: 'clicked', about: 'https://example.com/more' },
  { type: 'page.viewed', about: '/pricing/teams' },
  { type: 'page.viewed', about: '/about' },
  { type: 'form.submitted', about: 'white-paper' },
  { type: 'converted', data: { value: 1500 } },
  { type: 'converted', data: { value: 20 } },
  { type: 'complained' },
  { type: 'score.adjusted', points: 7, why: 'met at the fair' },
  { type: 'score.adjusted', points: -3, why: 'asked for nothing' },
  { type: 'tag.added', about: 'vip' },
  { type: 'stage.entered', about: 'keen', source: 'funnel' },
  { type: 'nobody.knows' },
];

/** Some events of one lead, in the order in which they are told: late ones, the same one twice, several at a time. */
const aHistory = fc.array(
  fc.record({
    kind: fc.nat(kinds.length - 1),
    hoursAgo: fc.nat(24 * 40),
    key: fc.nat(25),
    together: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

function told(
  lead: string,
  history: typeof aHistory extends fc.Arbitrary<infer T> ? T : never,
): readonly (readonly LeadEvent[])[] {
  const groups: LeadEvent[][] = [];
  for (const { kind, hoursAgo, key, together } of history) {
    const at = new Date(rivulet.clock.now.getTime() - hoursAgo * 3_600_000);
    // The id says all of it: told again, it is the same event.
    const event = anEvent('', { ...kinds[kind], id: `${lead}-${kind}-${key}`, lead, at });
    const last = groups.at(-1);
    if (together && last) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

describe('whatever happened, in whichever order it was told', () => {
  test('the entries recorded one by one are those that the events come to', async () => {
    await fc.assert(
      fc.asyncProperty(aHistory, async (history) => {
        const lead = await aLead();
        for (const group of told(lead, history))
          await Promise.all(group.map((event) => recordEvent(event, rivulet.engine)));
        const { kept, given } = await bothOf(lead);
        expect(kept).toEqual(given);
        const { difference, before, after } = await recomputed(lead);
        expect(difference).toEqual({ entries: [], surplus: [] });
        expect(after).toEqual(before);
      }),
      { numRuns: 25 },
    );
    expect(rivulet.faults).toEqual([]);
  }, 120_000);

  test('the same holds of events that are kept first and drawn by the hundred', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(aHistory, { minLength: 2, maxLength: 6 }), async (histories) => {
        const ids: string[] = [];
        const events: LeadEvent[] = [];
        for (const history of histories) {
          const lead = await aLead();
          ids.push(lead);
          events.push(...told(lead, history).flat());
        }
        const { open } = await keepEvents(events, rivulet.engine);
        await drawAll(open, rivulet.engine);
        for (const id of ids) {
          const { kept, given } = await bothOf(id);
          expect(kept).toEqual(given);
        }
      }),
      { numRuns: 6 },
    );
    expect(rivulet.faults).toEqual([]);
  }, 120_000);
});

test('the same holds of two leads that became one', async () => {
  await fc.assert(
    fc.asyncProperty(aHistory, aHistory, aHistory, async (one, other, later) => {
      const [lead, gone] = [await aLead(), await aLead()];
      for (const event of [...told(lead, one), ...told(gone, other)].flat()) await recordEvent(event, rivulet.engine);
      await mergeLeads(lead, gone, rivulet);
      for (const event of told(lead, later).flat()) await recordEvent(event, rivulet.engine);
      const { kept, given } = await bothOf(lead);
      expect(kept).toEqual(given);
      expect(isAny((await recomputed(lead)).difference)).toBe(false);
    }),
    { numRuns: 8 },
  );
  expect(rivulet.faults).toEqual([]);
}, 120_000);

describe('what is kept and is not what the events come to', () => {
  const clicks = async (lead: string, count: number, from = 0): Promise<void> => {
    for (let i = from; i < from + count; i += 1)
      await recordEvent(anEvent('clicked', { id: `${lead}-click-${i}`, lead, at: rivulet.clock.now }), rivulet.engine);
  };
  const other = { engagement: { rules: [{ id: 'clicked', on: 'clicked', points: 25 }] }, thresholds: rules.thresholds };

  test('is told, and written only when asked to', async () => {
    const lead = await aLead();
    await clicks(lead, 2);
    const project = under(other);
    const first = await recomputed(lead, { project });
    expect(first.before.total).toBe(20);
    expect(first.after.total).toBe(50);
    expect(first.turns).toMatchObject([{ threshold: { name: 'mql' }, isReached: true }]);
    expect((await leadOf(lead)).entries.map(({ points }) => points)).toEqual([10, 10]);

    await recomputed(lead, { project, apply: true });
    expect((await leadOf(lead)).entries.map(({ points }) => points)).toEqual([25, 25]);
    expect(isAny((await recomputed(lead, { project })).difference)).toBe(false);
    await recomputed(lead, { project, apply: true });
    expect((await leadOf(lead)).entries).toHaveLength(2);
  });

  test('may be points of a rule that is gone, or of one that is new', async () => {
    const lead = await aLead();
    await clicks(lead, 1);
    const project = under({ engagement: { rules: [{ id: 'renamed', on: ['clicked', 'opened'], points: 1 }] } });
    await recomputed(lead, { project, apply: true });
    expect((await leadOf(lead)).entries).toMatchObject([{ rule: 'renamed', points: 1 }]);
    // A rule that asks for other events: those that gave points before are found all the same.
    await recomputed(lead, { project: under({ engagement: { rules: [{ on: 'nothing', points: 1 }] } }), apply: true });
    expect((await leadOf(lead)).entries).toEqual([]);
  });

  test('stays where the event that gave the points is there no more', async () => {
    const lead = await aLead();
    const orphan = { event: 'long-gone', rule: 'clicked', points: 10, at: rivulet.clock.now, why: 'clicked' };
    await rivulet.store.leads.change(lead, { kind: 'score', entries: [orphan] }, rivulet.clock.now);
    await recomputed(lead, { apply: true });
    expect((await leadOf(lead)).entries).toEqual([orphan]);
  });

  test('is made up for while events arrive, and none of them is lost', async () => {
    const lead = await aLead();
    await clicks(lead, 5);
    const project = under({ ...rules, engagement: { ...rules.engagement, rules: rules.engagement.rules.slice(2) } });
    for (let round = 1; round <= 5; round += 1)
      await Promise.all([recomputed(lead, { project, apply: true }), clicks(lead, 4, round * 10)]);
    await recomputed(lead, { apply: true });
    const { kept, given } = await bothOf(lead);
    expect(kept.filter(({ rule }) => rule === 'clicked')).toHaveLength(25);
    expect(kept).toEqual(given);
  });
});

test('a lead to whom very much happens keeps as many entries as fit its row, and scores as its events do', async () => {
  const lead = await aLead();
  const start = rivulet.clock.now.getTime();
  const views = Array.from({ length: mostOfRule + 40 }, (_, i) =>
    // Told from both ends to the middle, so that what is left out is not only what came first.
    anEvent('page.viewed', {
      id: `${lead}-${i}`,
      about: '/seen',
      lead,
      at: new Date(start - (i % 2 === 0 ? i : 2 * mostOfRule - i) * 60_000),
    }),
  );
  const [earlier, last] = [views.slice(0, mostOfRule - 10), views.slice(mostOfRule - 10)];
  await rivulet.store.events.keepDone(earlier, rivulet.clock.now);
  const entries = earlier.flatMap((event) => pointsFor(event, rivulet.project().scoring));
  await rivulet.store.leads.change(lead, { kind: 'score', entries }, rivulet.clock.now);
  const { open } = await keepEvents(last, rivulet.engine);
  await drawAll(open, rivulet.engine);
  const kept = await leadOf(lead);
  const times = (some: readonly { readonly at: Date }[]) =>
    some.map(({ at }) => at.getTime()).toSorted((a, b) => b - a);
  expect(times(kept.entries.filter(({ rule }) => rule === 'seen'))).toEqual(times(views).slice(0, mostOfRule));
  const { difference, before, after } = await recomputed(lead);
  expect(isAny(difference)).toBe(false);
  expect(after).toEqual(before);
  const { store, engine, project, defaultTimeZone } = rivulet;
  expect(factsOf({ lead: kept }, store, { now: engine.now, project, defaultTimeZone }).score.total).toBe(after.total);
}, 120_000);
