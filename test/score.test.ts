import { expect, test } from '@jest/globals';
import { assess } from '../src/journey/assess.js';
import { entriesFor, type Score, type ScoreEntry, scoreAt } from '../src/scoring/score.js';
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
  expect(entriesFor(anEvent('opened'), aScoring([opened, clicked]))).toEqual([
    { event: 'opened-1', rule: 'read', points: 4, at: at('2026-03-02T09:00Z'), why: 'opened a mail' },
  ]);
});

test('an event that several rules name gives the points of each', () => {
  const pricing = { id: 'pricing', on: ['clicked:https://tallybay.example.com/pricing'], points: 7 };
  const event = anEvent('clicked', { about: 'https://tallybay.example.com/pricing?from=mail' });
  expect(entriesFor(event, aScoring([clicked, pricing])).map((entry) => entry.rule)).toEqual(['clicked', 'pricing']);
});

test('an event that no rule names gives nothing', () => {
  expect(entriesFor(anEvent('delivered'), aScoring([opened]))).toEqual([]);
});

test.each(['opened', 'score.adjusted'])('"%s" by a machine gives nothing', (type) => {
  expect(entriesFor(anEvent(type, { machine: true, points: 5 }), aScoring([opened]))).toEqual([]);
});

test('points given by a sequence count without a rule', () => {
  const event = anEvent('score.adjusted', { points: 12, why: 'read the white paper' });
  expect(score(entriesFor(event, aScoring()), aScoring()).total).toBe(12);
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
  expect(score(entries, aScoring([{ ...opened, cap: 0.3 }])).lines).toHaveLength(2);
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
    lines: [{ part: 'fit', why: 'in France', points: 20, of: 20 }],
  });
});

test('the score is engagement and fit together', () => {
  const scoring = aScoring([opened], { fit: { rules: [{ if: { tag: 'vip' }, points: 20, why: 'very important' }] } });
  expect(score([anEntry()], scoring)).toMatchObject({ total: 24, engagement: 4, fit: 20 });
});

test('a lead without entries and fit has no points and no lines', () => {
  expect(score([], aScoring([opened]))).toEqual({ total: 0, engagement: 0, fit: 0, lines: [] });
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
