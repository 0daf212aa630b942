import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recordEvent } from '../src/engine.js';
import type { LeadEvent } from '../src/event/lead-event.js';
import { idFrom } from '../src/event/id.js';
import { captureLead } from '../src/lead/capture.js';
import { turnsAt } from '../src/scoring/threshold.js';
import { simulate } from '../src/simulation/simulate.js';
import { factsOf } from '../src/store/engine-store.js';
import { anEvent, aProgram, aProject, aScoring, at, aWorld, changesOf, facts } from './builders.js';
import { aProjectFolder, aSequenceFile, jobsOf, startTestRivulet, type TestRivulet } from './support.js';

const mql = { name: 'mql', score: { gte: 60 }, falls: { lt: 45 } };
const clicked = { on: 'clicked', points: 30 };

describe('a threshold', () => {
  const { thresholds } = aScoring([], { thresholds: [mql] });
  const turns = (score: number, reached: readonly string[] = [], holds = true) =>
    turnsAt(score, thresholds, reached, () => holds).map(({ threshold, isReached }) => [threshold.name, isReached]);

  test.each<[string, number, readonly string[], readonly unknown[]]>([
    ['is reached with its points', 60, [], [['mql', true]]],
    ['is not reached with less', 59.99, [], []],
    ['is not reached again while it is', 90, ['mql'], []],
    ['is not left between the two', 45, ['mql'], []],
    ['is left below the other', 44.99, ['mql'], [['mql', false]]],
    ['is not left by whoever never reached it', 10, [], []],
  ])('%s', (_, score, reached, expected) => {
    expect(turns(score, reached)).toEqual(expected);
  });

  test('without another number is left below the one with which it is reached', () => {
    const plain = aScoring([], { thresholds: [{ name: 'mql', score: { gte: 60 } }] }).thresholds;
    expect(turnsAt(59.99, plain, ['mql'], () => true)).toHaveLength(1);
    expect(turnsAt(60, plain, ['mql'], () => true)).toHaveLength(0);
  });

  test('is reached only where its condition holds, and stays when that holds no more', () => {
    const asking = aScoring([], { thresholds: [{ ...mql, if: { grid: 'A1' } }] }).thresholds;
    expect(turnsAt(70, asking, [], () => false)).toEqual([]);
    expect(turnsAt(70, asking, [], () => true)).toHaveLength(1);
    expect(turnsAt(70, asking, ['mql'], () => false)).toEqual([]);
  });
});

describe('an event', () => {
  const project = aProject({ scoring: aScoring([{ ...clicked, points: 60 }], { thresholds: [mql] }) });
  const raised = (event: LeadEvent, world = aWorld()) =>
    changesOf(event, world, project).flatMap((change) => (change.kind === 'raise' ? [change.event] : []));

  test('that lifts the score over a threshold raises that it is reached, with the score and the reason', () => {
    expect(raised(anEvent('clicked'))).toEqual([
      {
        id: idFrom('threshold', 'ada', 'mql', '1'),
        type: 'threshold.reached',
        lead: 'ada',
        at: at('2026-03-02T09:00Z'),
        source: 'scoring',
        machine: false,
        about: 'mql',
        why: 'score is 60, reached with 60',
        data: { turn: 1, score: 60, grid: 'D1' },
      },
    ]);
  });

  test('by a machine raises nothing', () => {
    expect(raised(anEvent('clicked', { machine: true }))).toEqual([]);
  });

  test('that tells of a turn does so once', () => {
    const reached = anEvent('threshold.reached', { about: 'mql', data: { turn: 1 } });
    const after = aWorld({ facts: facts({ lead: { thresholds: ['mql'], thresholdTurns: { mql: 2 } } }) });
    const changes = changesOf(reached, after, project);
    expect(changes).toContainEqual({ kind: 'reach', threshold: 'mql', turn: 1 });
    // A later turn is known: this one is the past.
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: 'raise', event: expect.objectContaining({ type: 'threshold.left' }) }),
    );
  });

  test('of a threshold called like what every object knows counts its turns from one', () => {
    const odd = aProject({
      scoring: aScoring([{ ...clicked, points: 60 }], { thresholds: [{ ...mql, name: 'constructor' }] }),
    });
    const [change] = changesOf(anEvent('clicked'), aWorld(), odd).filter(({ kind }) => kind === 'raise');
    expect(change).toMatchObject({ event: { about: 'constructor', data: { turn: 1 } } });
  });
});

describe('conditions ask', () => {
  const scoring = aScoring([{ ...clicked, points: 35 }], {
    fit: { rules: [{ if: { tag: 'vip' }, points: 12, why: 'vip' }] },
  });
  const world = aWorld({ facts: facts({ lead: { tags: ['vip'], thresholds: ['mql'] } }) });
  const entersBy = (condition: object) => {
    const program = aProgram({ enroll: { on: 'clicked', if: condition } }, 'series');
    return changesOf(anEvent('clicked'), world, aProject({ programs: [program], scoring })).some(
      ({ kind }) => kind === 'enroll',
    );
  };

  test.each<[object, boolean]>([
    [{ threshold: 'mql' }, true],
    [{ threshold: 'sql' }, false],
    [{ not: { threshold: 'sql' } }, true],
    [{ grid: 'B2' }, true],
    [{ grid: ['A1', 'B2'] }, true],
    [{ grid: ['A1', 'A2'] }, false],
  ])('%j: %s', (condition, holds) => {
    expect(entersBy(condition)).toBe(holds);
  });
});

describe('on a real database', () => {
  let rivulet: TestRivulet;
  let lead: string;
  let made = 0;

  beforeAll(async () => {
    const folder = await aProjectFolder({
      'sequences/scoring.json': JSON.stringify({
        engagement: {
          rules: [
            { id: 'clicked', on: 'clicked', points: 30, halfLife: '30 days' },
            { id: 'unsubscribed', on: 'complained', points: -90 },
          ],
        },
        thresholds: [{ ...mql, title: 'Marketing-qualified' }],
      }),
      'sequences/funnel.json': JSON.stringify({
        stages: [
          { name: 'lead', enter: { on: 'lead.created' } },
          { name: 'qualified', enter: { on: 'threshold.reached:mql' } },
        ],
      }),
      'sequences/call.json': aSequenceFile([{ wait: '12 months' }, { send: 'hello', subject: 'Hello' }], {
        enroll: { on: 'threshold.reached:mql', again: 'always' },
        exit: { on: 'threshold.left:mql' },
      }),
    });
    rivulet = await startTestRivulet({ PROJECT_DIR: folder });
  });
  afterAll(() => rivulet.close());
  beforeEach(async () => {
    made += 1;
    const input = { email: `lead-${made}@example.com`, emailKey: `lead-${made}@example.com` };
    lead = (await captureLead(input, 'test', rivulet.store, rivulet.engine, () => `lead-${made}`)).lead.id;
  });

  const click = (id: string, when = rivulet.clock.now): LeadEvent =>
    anEvent('clicked', { id: `${lead}-${id}`, lead, at: when });
  const turnsTold = async (): Promise<readonly (string | undefined)[]> =>
    (await rivulet.store.events.ofLead(lead))
      .filter(({ type }) => type.startsWith('threshold.'))
      .map(({ type }) => type);
  const inDays = (days: number): Date => new Date(rivulet.clock.now.getTime() + days * 86_400_000);
  const look = async (): Promise<void> =>
    jobsOf(rivulet)
      .find(({ name }) => name === 'segments')
      ?.run();

  test('two events that lift a lead over a threshold only together tell of it once, however they come', async () => {
    for (const round of Array.from({ length: 8 }, (_, i) => i)) {
      made += 1;
      const input = { email: `two-${made}@example.com`, emailKey: `two-${made}@example.com` };
      lead = (await captureLead(input, 'test', rivulet.store, rivulet.engine, () => `two-${made}`)).lead.id;
      await Promise.all([
        recordEvent(click(`a${round}`), rivulet.engine),
        recordEvent(click(`b${round}`), rivulet.engine),
      ]);
      expect(await turnsTold()).toEqual(['threshold.reached']);
      expect(await rivulet.store.leads.byId(lead)).toMatchObject({
        stage: 'qualified',
        thresholds: ['mql'],
        thresholdTurns: { mql: 1 },
      });
      expect((await rivulet.store.enrollments.ofLead(lead)).filter(({ sequence }) => sequence === 'call')).toHaveLength(
        1,
      );
    }
  });

  test('a lead that falls by time alone is found by the daily look, once, and can come again', async () => {
    await recordEvent(click('a'), rivulet.engine);
    await recordEvent(click('b'), rivulet.engine);
    await look();
    expect(await turnsTold()).toEqual(['threshold.reached']);
    rivulet.clock.now = inDays(12);
    await look();
    // 60 points are 45.5 after twelve days of a half-life of thirty.
    expect(await turnsTold()).toEqual(['threshold.reached']);
    rivulet.clock.now = inDays(1);
    await look();
    await look();
    expect(await turnsTold()).toEqual(['threshold.reached', 'threshold.left']);
    expect(await rivulet.store.leads.byId(lead)).toMatchObject({ thresholds: [], thresholdTurns: { mql: 2 } });
    const runs = await rivulet.store.enrollments.ofLead(lead);
    expect(runs.filter(({ sequence }) => sequence === 'call')).toMatchObject([
      { status: 'ended', endedBecause: 'threshold.left' },
    ]);
    await recordEvent(click('c'), rivulet.engine);
    expect(await turnsTold()).toEqual(['threshold.reached', 'threshold.left', 'threshold.reached']);
  });

  test('an event that takes points away tells at once that it is left', async () => {
    await recordEvent(click('a'), rivulet.engine);
    await recordEvent(click('b'), rivulet.engine);
    await recordEvent(anEvent('complained', { id: `${lead}-c`, lead, at: rivulet.clock.now }), rivulet.engine);
    expect(await turnsTold()).toEqual(['threshold.reached', 'threshold.left']);
  });

  test('a turn that is told again, or too late, changes nothing', async () => {
    const { store, clock } = rivulet;
    const turn = (kind: 'reach' | 'fall', n: number) =>
      store.leads.change(lead, { kind, threshold: 'mql', turn: n }, clock.now);
    await turn('reach', 1);
    await turn('fall', 2);
    await turn('reach', 1);
    expect(await store.leads.byId(lead)).toMatchObject({ thresholds: [], thresholdTurns: { mql: 2 } });
    await turn('reach', 3);
    await turn('fall', 2);
    expect(await store.leads.byId(lead)).toMatchObject({ thresholds: ['mql'], thresholdTurns: { mql: 3 } });
  });

  test('the simulation tells the same turns as time brings', async () => {
    await recordEvent(click('a'), rivulet.engine);
    await recordEvent(click('b'), rivulet.engine);
    const world = await rivulet.engine.gatherWorld({ ...click(''), type: '' });
    if (!world) throw new Error('the lead is gone');
    const from = rivulet.clock.now;
    const moments = simulate(world, rivulet.project(), { from, until: inDays(40) });
    const told = moments.filter(({ kind, what }) => kind === 'event' && what.startsWith('threshold.'));
    const [left] = told;
    expect(told).toHaveLength(1);
    // The first look at six o'clock in the morning (UTC) that finds it below.
    expect(left).toMatchObject({ what: 'threshold.left mql' });
    expect(left?.at.toISOString().slice(11, 16)).toBe('06:00');
    for (let day = 0; day < 40; day += 1) {
      rivulet.clock.now = new Date(`${inDays(1).toISOString().slice(0, 10)}T06:00:00Z`);
      await look();
    }
    const [live] = (await rivulet.store.events.ofLead(lead)).filter(({ type }) => type === 'threshold.left');
    expect(live?.at).toEqual(left?.at);
  });

  test('a score that is asked for tells its cell of the grid', async () => {
    const known = await rivulet.store.leads.byId(lead);
    if (!known) throw new Error('the lead is gone');
    const setting = { now: rivulet.engine.now, project: rivulet.project, defaultTimeZone: 'UTC' };
    expect(factsOf({ lead: known }, rivulet.store, setting).score.grid).toBe('D4');
  });
});
