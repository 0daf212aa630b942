import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { LeadEvent } from '../src/event/lead-event.js';
import { assess, pointsFor } from '../src/journey/assess.js';
import { bounded, mostOfRule } from '../src/scoring/counting.js';
import { entryKey, type Score, type ScoreEntry, scoreAt } from '../src/scoring/score.js';
import { cellOf } from '../src/sequence/grid-file.js';
import type { Scoring } from '../src/sequence/scoring-file.js';
import { aScoring, anEvent, at, facts } from './builders.js';

const now = at('2026-03-02T09:00Z');
const opened = { id: 'read', on: 'opened', points: 4, why: 'opened a mail' };
const clicked = { id: 'clicked', on: 'clicked', points: 10, why: 'clicked a link' };

function anEntry(changes: Partial<ScoreEntry> = {}): ScoreEntry {
  return { event: 'opened-1', rule: 'read', points: 4, at: now, why: 'opened a mail', ...changes };
}

function score(entries: readonly ScoreEntry[], scoring: Scoring): Score {
  return scoreAt(entries, scoring, now, () => true);
}

function sumOf({ lines }: Score, part: 'engagement' | 'fit'): number {
  const sum = lines.filter((line) => line.part === part).reduce((total, line) => total + line.points, 0);
  return Math.round(sum * 1e6) / 1e6;
}

test('an event gives the points of its rule, with the reason', () => {
  expect(pointsFor(anEvent('opened'), aScoring([opened, clicked]))).toEqual([
    { event: 'opened-1', rule: 'read', points: 4, at: at('2026-03-02T09:00Z'), why: 'opened a mail' },
  ]);
});

test('an event that several rules name gives the points of each', () => {
  const pricing = { id: 'pricing', on: ['clicked:https://tallybay.example.com/pricing'], points: 7 };
  const event = anEvent('clicked', { about: 'https://tallybay.example.com/pricing?from=mail' });
  expect(pointsFor(event, aScoring([clicked, pricing])).map((entry) => entry.rule)).toEqual(['clicked', 'pricing']);
});

test('an event that no rule names gives nothing', () => {
  expect(pointsFor(anEvent('delivered'), aScoring([opened]))).toEqual([]);
});

test.each(['opened', 'score.adjusted'])('"%s" by a machine gives nothing', (type) => {
  expect(pointsFor(anEvent(type, { machine: true, points: 5 }), aScoring([opened]))).toEqual([]);
});

test('points given by a sequence count without a rule', () => {
  const event = anEvent('score.adjusted', { points: 12, why: 'read the white paper' });
  expect(score(pointsFor(event, aScoring()), aScoring()).total).toBe(12);
});

test('points stand in full when nothing fades', () => {
  expect(score([anEntry({ at: at('2020-01-01T00:00Z') })], aScoring([opened])).total).toBe(4);
});

test.each([
  ['in full at once', '2026-03-02T09:00Z', 100],
  ['half after one half-life', '2026-01-31T09:00Z', 50],
  ['a quarter after two', '2026-01-01T09:00Z', 25],
  ['an eighth after three', '2025-12-02T09:00Z', 12.5],
])('points count %s', (_, earnedAt, points) => {
  const entry = anEntry({ points: 100, at: at(earnedAt) });
  expect(score([entry], aScoring([opened], { halfLife: '30 days' })).engagement).toBe(points);
});

test("a rule's own half-life goes before the general one", () => {
  const scoring = aScoring([{ ...opened, halfLife: '60 days' }], { halfLife: '30 days' });
  expect(score([anEntry({ points: 100, at: at('2026-01-01T09:00Z') })], scoring).engagement).toBe(50);
});

test('points given by a sequence fade by the general half-life', () => {
  const entry = anEntry({ rule: 'given', points: 100, at: at('2026-01-31T09:00Z') });
  expect(score([entry], aScoring([], { halfLife: '30 days' })).engagement).toBe(50);
});

test('points of a rule that is gone from the file still count', () => {
  expect(score([anEntry({ rule: 'gone' })], aScoring([opened])).engagement).toBe(4);
});

test('a line shows what it counts for now and what it first stood for', () => {
  const entry = anEntry({ points: 100, at: at('2026-01-31T09:00Z') });
  expect(score([entry], aScoring([opened], { halfLife: '30 days' })).lines).toEqual([
    { part: 'engagement', why: 'opened a mail', points: 50, of: 100, at: at('2026-01-31T09:00Z') },
  ]);
});

test('an entry in the future does not count', () => {
  expect(score([anEntry({ at: at('2026-03-02T09:00:00.001Z') })], aScoring([opened])).lines).toEqual([]);
});

test('an entry of this very instant counts', () => {
  expect(score([anEntry()], aScoring([opened])).total).toBe(4);
});

test('a rule counts no more than its cap, and a line takes off the rest', () => {
  const { engagement, lines } = score([anEntry(), anEntry(), anEntry()], aScoring([{ ...opened, cap: 10 }]));
  expect(engagement).toBe(10);
  expect(lines.at(-1)).toEqual({ part: 'engagement', why: 'most that "opened a mail" can count', points: -2, of: -2 });
});

test('the cap of one rule takes nothing from another', () => {
  const entries = [anEntry({ points: 30 }), anEntry({ rule: 'clicked', points: 10 })];
  expect(score(entries, aScoring([{ ...opened, cap: 5 }, clicked])).engagement).toBe(15);
});

test('engagement counts no more than its cap, and a line takes off the rest', () => {
  const entries = [anEntry({ points: 80 }), anEntry({ rule: 'clicked', points: 50 })];
  const { engagement, lines } = score(entries, aScoring([opened, clicked], { cap: 100 }));
  expect(engagement).toBe(100);
  expect(lines.at(-1)).toEqual({ part: 'engagement', why: 'most that engagement can count', points: -30, of: -30 });
});

test('points that reach the cap and do not exceed it need no line to take any off', () => {
  const entries = [13.1, 13.2, 13.7].map((points) => anEntry({ points }));
  expect(score(entries, aScoring([{ ...opened, cap: 40 }])).lines).toHaveLength(3);
});

test('points that add up to the cap only roughly need no line to take any off', () => {
  const entries = [0.1, 0.2].map((points) => anEntry({ points }));
  expect(score(entries, aScoring([{ ...opened, points: 0.1, cap: 0.3 }])).lines).toHaveLength(2);
});

test('negative points take off', () => {
  const left = anEntry({ rule: 'left', points: -40, why: 'unsubscribed' });
  expect(score([anEntry({ points: 30 }), left], aScoring([opened])).engagement).toBe(-10);
});

test('negative points are not capped', () => {
  expect(score([anEntry({ points: -40 })], aScoring([{ ...opened, cap: 10 }], { cap: 10 })).engagement).toBe(-40);
});

test('negative points fade too', () => {
  const entry = anEntry({ points: -40, at: at('2026-01-31T09:00Z') });
  expect(score([entry], aScoring([opened], { halfLife: '30 days' })).engagement).toBe(-20);
});

test('negative points count before engagement is capped', () => {
  const entries = [anEntry({ points: 120 }), anEntry({ rule: 'left', points: -40 })];
  expect(score(entries, aScoring([opened], { cap: 100 })).engagement).toBe(80);
});

test('fit counts no more than its cap, and a line takes off the rest', () => {
  const rules = [
    { if: { 'lead.country': 'FR' }, points: 20, why: 'in France' },
    { if: { tag: 'vip' }, points: 15, why: 'very important' },
  ];
  const { fit, lines } = score([], aScoring([], { fit: { cap: 30, rules } }));
  expect(fit).toBe(30);
  expect(lines.at(-1)).toEqual({ part: 'fit', why: 'most that fit can count', points: -5, of: -5 });
});

test('fit counts those rules whose condition holds for the lead', () => {
  const rules = [
    { if: { 'lead.country': 'FR' }, points: 20, why: 'in France' },
    { if: { 'lead.country': 'DE' }, points: 15, why: 'in Germany' },
  ];
  const known = facts({ lead: { attributes: { country: 'FR' } } });
  expect(assess(known, aScoring([], { fit: { rules } }), now)).toEqual({
    total: 20,
    engagement: 0,
    fit: 20,
    grid: 'A4',
    lines: [{ part: 'fit', why: 'in France', points: 20, of: 20 }],
  });
});

test('the score is engagement and fit together', () => {
  const scoring = aScoring([opened], { fit: { rules: [{ if: { tag: 'vip' }, points: 20, why: 'very important' }] } });
  expect(score([anEntry()], scoring)).toMatchObject({ total: 24, engagement: 4, fit: 20 });
});

test('a lead without entries and fit has no points and no lines', () => {
  expect(score([], aScoring([opened]))).toEqual({ total: 0, engagement: 0, fit: 0, grid: 'D4', lines: [] });
});

test('engagement is the sum of its lines, however faded and capped', () => {
  const days = [0, 1, 3, 7, 12, 19, 28, 45, 77];
  const entries = days.flatMap((day) => [
    anEntry({ points: 7, at: new Date(now.getTime() - day * 86_400_000) }),
    anEntry({ points: 3.37, rule: 'clicked', at: new Date(now.getTime() - day * 80_000_000) }),
  ]);
  const rules = [
    { ...opened, cap: 22.5 },
    { ...clicked, cap: 16 },
  ];
  const result = score(entries, aScoring(rules, { halfLife: '30 days', cap: 33.33 }));
  expect(result.engagement).toBe(33.33);
  expect(sumOf(result, 'engagement')).toBe(33.33);
});

test('fit is the sum of its lines, however fine its points', () => {
  const rules = [1, 2, 3].map((n) => ({ if: { tag: `t${n}` }, points: 3.333, why: `tag ${n}` }));
  const result = score([], aScoring([], { fit: { rules } }));
  expect(sumOf(result, 'fit')).toBe(result.fit);
});

describe('how often a rule counts', () => {
  const viewed = { id: 'viewed', on: 'page.viewed', points: 3, why: 'viewed a page' };
  const views = (...times: readonly string[]): readonly ScoreEntry[] =>
    times.map((time, i) =>
      anEntry({ event: `view-${i}`, rule: 'viewed', points: 3, at: at(time), why: 'viewed a page' }),
    );
  const week = views('2026-02-23T09:00Z', '2026-02-23T21:00Z', '2026-02-26T09:00Z', '2026-03-02T09:00Z');

  test.each<[string, object, number, string | undefined]>([
    ['each time', {}, 12, undefined],
    ['once', { once: true }, 3, '"viewed a page" counts once'],
    ['so many times a day', { perDay: 1 }, 9, '"viewed a page" counts at most once a day'],
    ['several times a day', { perDay: 2 }, 12, undefined],
    ['again after a while', { again: 'after 7 days' }, 6, '"viewed a page" counts again after 7 days'],
    [
      'again after a while and so many times a day',
      { again: '6 hours', perDay: 1 },
      9,
      '"viewed a page" counts again after 6 hours, at most once a day',
    ],
  ])('%s', (_, often, total, why) => {
    const result = score(week, aScoring([{ ...viewed, ...often }]));
    expect(result.total).toBe(total);
    expect(result.lines.filter((line) => line.at === undefined).map((line) => line.why)).toEqual(why ? [why] : []);
    expect(sumOf(result, 'engagement')).toBe(total);
  });

  test('is told by what happened first, in whichever order it was told', () => {
    const scoring = aScoring([{ ...viewed, once: true, halfLife: '7 days' }]);
    const first = score(week, scoring);
    expect(first.total).toBe(1.5);
    expect(score(week.toReversed(), scoring)).toEqual(first);
  });

  test('holds for points taken away too', () => {
    const left = [1, 2].map((n) => anEntry({ event: `left-${n}`, rule: 'left', points: -40, why: 'left' }));
    expect(
      score(left, aScoring([{ id: 'left', on: 'unsubscribed', points: -40, why: 'left', once: true }])).total,
    ).toBe(-40);
  });
});

describe('points that fade evenly', () => {
  const linear = aScoring([{ ...opened, points: 100, fade: { linear: '60 days' } }], { halfLife: '30 days' });

  test.each([
    ['count in full at once', '2026-03-02T09:00Z', 100],
    ['count half when half the time has passed', '2026-01-31T09:00Z', 50],
    ['count nothing when it is over', '2026-01-01T09:00Z', 0],
    ['count nothing long after', '2020-01-01T09:00Z', 0],
  ])('%s', (_, earnedAt, points) => {
    expect(score([anEntry({ points: 100, at: at(earnedAt) })], linear).total).toBe(points);
  });

  test('may do so for all rules but those that say otherwise', () => {
    const scoring = aScoring([opened, { ...clicked, fade: 'none' }], { fade: { linear: '60 days' } });
    const earlier = at('2026-01-31T09:00Z');
    const entries = [anEntry({ points: 40, at: earlier }), anEntry({ rule: 'clicked', points: 10, at: earlier })];
    expect(score(entries, scoring).lines.map(({ points }) => points)).toEqual([20, 10]);
  });
});

describe('rules of a group', () => {
  const rules = [
    { ...opened, group: 'mails' },
    { ...clicked, group: 'mails' },
    { id: 'paper', on: 'form.submitted', points: 20, why: 'asked for the paper' },
  ];
  const groups = { mails: { title: 'Mails', cap: 12 }, site: {} };
  const entries = [
    anEntry({ rule: 'clicked', points: 10, why: 'clicked a link' }),
    anEntry(),
    anEntry({ rule: 'paper', points: 20, why: 'asked for the paper' }),
  ];

  test('count no more together than its cap, and a line of the group takes off the rest', () => {
    const { lines, total } = score(entries, aScoring(rules, { groups }));
    expect(total).toBe(32);
    expect(lines.map(({ why, points, group }) => [why, points, group])).toEqual([
      ['asked for the paper', 20, undefined],
      ['clicked a link', 10, 'mails'],
      ['opened a mail', 4, 'mails'],
      ['most that "Mails" can count', -2, 'mails'],
    ]);
  });

  test('are capped each by itself first', () => {
    const capped = rules.map((rule) => (rule.id === 'clicked' ? { ...rule, cap: 10 } : rule));
    const clicks = [anEntry({ rule: 'clicked', points: 10 }), anEntry({ rule: 'clicked', points: 10 })];
    expect(score(clicks, aScoring(capped, { groups })).total).toBe(10);
  });

  test('may be rules of fit', () => {
    const fit = { rules: [15, 20].map((points) => ({ if: { tag: 'a' }, points, why: `${points}`, group: 'job' })) };
    expect(score([], aScoring([], { fit, groups: { job: { cap: 25 } } }))).toMatchObject({ total: 25, fit: 25 });
  });
});

test('engagement counts no less than its floor, and a line gives back the rest', () => {
  const left = anEntry({ rule: 'left', points: -40, why: 'unsubscribed' });
  const { engagement, lines } = score([left, anEntry({ points: 10 })], aScoring([opened], { floor: -20 }));
  expect(engagement).toBe(-20);
  expect(lines.at(-1)).toEqual({ part: 'engagement', why: 'least that engagement can count', points: 10, of: 10 });
});

describe('an event with data', () => {
  const big = { id: 'big', on: 'converted', where: { value: { gte: 1000 } }, points: 40 };

  test.each<[string, LeadEvent['data'], number]>([
    ['that passes the tests gives the points', { value: 1000 }, 1],
    ['that does not gives none', { value: 999 }, 0],
    ['of another type gives none', { value: '1000' }, 0],
    ['that says nothing of it gives none', { other: 1 }, 0],
    ['of none at all gives none', undefined, 0],
  ])('%s', (_, data, entries) => {
    const event = anEvent('converted', data ? { data } : {});
    expect(pointsFor(event, aScoring([big]))).toHaveLength(entries);
  });

  test('has no fields but its own', () => {
    const scoring = aScoring([{ ...big, where: { constructor: { exists: true } } }]);
    expect(pointsFor(anEvent('converted', { data: { value: 1 } }), scoring)).toEqual([]);
  });

  test('is seen from its own day, whenever it is looked at', () => {
    const soon = aScoring([{ ...big, where: { due: { before: 'in 30 days' } } }]);
    const event = anEvent('converted', { data: { due: '2026-03-20' } });
    expect(pointsFor(event, soon)).toHaveLength(1);
    expect(pointsFor({ ...event, at: at('2026-01-01T00:00Z') }, soon)).toHaveLength(0);
  });
});

test.each<[string, string, number]>([
  ['a page', 'page.viewed:/pricing', 1],
  ['any rest', 'page.viewed:/pri*', 1],
  ['another page', 'page.viewed:/about', 0],
])('a rule asks for %s', (_, on, entries) => {
  const viewed = anEvent('page.viewed', { about: '/pricing?utm_source=mail' });
  expect(pointsFor(viewed, aScoring([{ on, points: 3 }]))).toHaveLength(entries);
});

describe('the grid', () => {
  test.each<[number, number, string]>([
    [20, 60, 'A1'],
    [19.99, 59.99, 'B2'],
    [12, 30, 'B2'],
    [5, 10, 'C3'],
    [4.99, 9.99, 'D4'],
    [-15, -40, 'D4'],
    [30, 0, 'A4'],
  ])('puts fit %s and engagement %s into %s', (fit, engagement, cell) => {
    expect(cellOf({ fit, engagement }, aScoring().grid)).toBe(cell);
  });

  test('has the bounds that scoring.json gives it', () => {
    const { grid } = aScoring([], { grid: { engagement: [3, 2, 1] } });
    expect(cellOf({ fit: 20, engagement: 3 }, grid)).toBe('A1');
  });
});

describe('whatever happened', () => {
  const day = fc.integer({ min: -900, max: 0 }).map((hours) => new Date(now.getTime() + hours * 3_600_000));
  const rules = fc.constantFrom('once', 'daily', 'weekly', 'free', 'minus', 'gone', 'given');
  const anyEntry = fc.record({
    event: fc.nat(60).map((n) => `e${n}`),
    rule: rules,
    points: fc.integer({ min: -300, max: 3000 }).map((n) => n / 100),
    at: day,
    why: fc.constant('something happened'),
  });
  const anyEntries = fc.uniqueArray(anyEntry, { selector: entryKey, maxLength: 40 });
  const scoring = aScoring(
    [
      { id: 'once', on: 'a', points: 5, once: true, group: 'site', why: 'once' },
      { id: 'daily', on: 'b', points: 2, perDay: 2, cap: 20, group: 'mails', fade: 'none', why: 'daily' },
      { id: 'weekly', on: 'c', points: 7, again: 'after 7 days', group: 'mails', why: 'weekly' },
      { id: 'free', on: 'd', points: 3.33, cap: 33.33, fade: { linear: '20 days' }, why: 'free' },
      { id: 'minus', on: 'e', points: -10, perDay: 1, why: 'minus' },
    ],
    { halfLife: '9 days', cap: 66.6, floor: -5, groups: { mails: { cap: 21 }, site: {} } },
  );

  test('the lines add up to the score', () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const result = score(entries, scoring);
        expect(sumOf(result, 'engagement')).toBe(result.engagement);
        expect(result.engagement).toBeLessThanOrEqual(66.6);
        expect(result.engagement).toBeGreaterThanOrEqual(-5);
      }),
    );
  });

  test('the score is the same in whichever order it was told', () => {
    fc.assert(
      fc.property(anyEntries, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), (entries, luck) => {
        const shuffled = entries
          .map((entry, i) => ({ entry, by: luck[i] ?? 0 }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ entry }) => entry);
        const [one, other] = [score(entries, scoring), score(shuffled, scoring)];
        expect(other.total).toBe(one.total);
        expect(other.lines.length).toBe(one.lines.length);
      }),
    );
  });

  test('what is left out of too many entries is left out in whichever order they come', () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(40), fc.integer({ min: 1, max: 6 }), (entries, cut, most) => {
        const keys = (some: readonly ScoreEntry[]) => some.map(entryKey).toSorted();
        const atOnce = bounded(entries, scoring, most);
        const inTwo = bounded([...bounded(entries.slice(0, cut), scoring, most), ...entries.slice(cut)], scoring, most);
        expect(keys(inTwo)).toEqual(keys(atOnce));
      }),
      { numRuns: 1000 },
    );
  });

  test('a rule keeps no more entries than fit a row: of one that counts once the first, of others the newest', () => {
    const many = (rule: string) =>
      Array.from({ length: mostOfRule + 30 }, (_, i) =>
        anEntry({ event: `${rule}-${String(i).padStart(4, '0')}`, rule, at: new Date(now.getTime() - i * 3_600_000) }),
      );
    const [once, free] = [many('once'), many('free')];
    const kept = bounded([...once, ...free], scoring);
    expect(kept).toHaveLength(2 * mostOfRule);
    expect(kept.includes(once.at(-1) ?? anEntry())).toBe(true);
    expect(kept.includes(free[0] ?? anEntry())).toBe(true);
    expect(kept.includes(free.at(-1) ?? anEntry())).toBe(false);
  });

  test('a busy day does not drive out the days that count', () => {
    const daily = aScoring([{ id: 'daily', on: 'b', points: 2, perDay: 1, why: 'daily' }]);
    const days = Array.from({ length: 20 }, (_, i) =>
      anEntry({ event: `day-${i}`, rule: 'daily', points: 2, at: new Date(now.getTime() - (i + 2) * 86_400_000) }),
    );
    const busy = Array.from({ length: 2000 }, (_, i) =>
      anEntry({ event: `busy-${i}`, rule: 'daily', points: 2, at: new Date(now.getTime() - i * 1000) }),
    );
    expect(score([...days, ...busy], daily).total).toBe(42);
    expect(score(bounded([...days, ...busy], daily), daily).total).toBe(42);
  });
});
