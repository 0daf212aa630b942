import { describe, expect, test } from '@jest/globals';
import { chooseWay, type WayCount, winnerOf } from '../src/journey/split.js';
import type { SplitWay, WinnerRule } from '../src/sequence/program.js';
import { at } from './builders.js';

const monday = at('2026-03-02T09:00Z');
const leads = Array.from({ length: 10_000 }, (_, i) => `welcome/lead-${i}/key`);

/** Ways with these weights. */
function waysOf(weights: Readonly<Record<string, number>>): readonly SplitWay[] {
  return Object.entries(weights).map(([name, weight]) => ({ name, weight, to: name, mails: [] }));
}

/** How many of 10,000 leads take each way. */
function taken(weights: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const names = leads.map((lead) => chooseWay(waysOf(weights), lead).name);
  return Object.fromEntries(Object.keys(weights).map((name) => [name, names.filter((one) => one === name).length]));
}

describe('the way of a lead', () => {
  test('is the same however often it is asked, and in whatever order the ways stand', () => {
    const there = leads.map((lead) => chooseWay(waysOf({ a: 1, b: 2, c: 3 }), lead).name);
    expect(leads.map((lead) => chooseWay(waysOf({ c: 3, a: 1, b: 2 }), lead).name)).toEqual(there);
  });

  test.each<[Readonly<Record<string, number>>, Readonly<Record<string, number>>]>([
    [
      { a: 1, b: 1 },
      { a: 5000, b: 5000 },
    ],
    [
      { a: 1, b: 3 },
      { a: 2500, b: 7500 },
    ],
    [
      { a: 1, b: 1, c: 8 },
      { a: 1000, b: 1000, c: 8000 },
    ],
    [
      { a: 0.5, b: 0.5 },
      { a: 5000, b: 5000 },
    ],
  ])('falls out by the weights (%j)', (weights, expected) => {
    const counts = taken(weights);
    for (const [name, count] of Object.entries(expected)) {
      // Four standard deviations of 10,000 throws are 200.
      expect(Math.abs((counts[name] ?? 0) - count)).toBeLessThan(200);
    }
  });

  test('is never one without weight', () => {
    expect(taken({ a: 0, b: 1 })).toEqual({ a: 0, b: 10_000 });
  });

  test('stays for all but those that a new weight moves', () => {
    const before = leads.map((lead) => chooseWay(waysOf({ a: 1, b: 1 }), lead).name);
    const after = leads.map((lead) => chooseWay(waysOf({ a: 1, b: 3 }), lead).name);
    const moved = before.filter((name, i) => name !== after[i]);
    expect(new Set(moved)).toEqual(new Set(['a']));
    expect(Math.abs(moved.length - 2500)).toBeLessThan(200);
  });

  test('does not follow from that at another split', () => {
    const both = leads.filter(
      (lead) => chooseWay(waysOf({ a: 1, b: 1 }), lead).name === chooseWay(waysOf({ a: 1, b: 1 }), `${lead}-2`).name,
    );
    expect(Math.abs(both.length - 5000)).toBeLessThan(200);
  });

  test('cannot be told where there is none', () => {
    expect(() => chooseWay([], 'ada')).toThrow('a split without ways was not refused when its file was read');
  });
});

describe('a split', () => {
  const rule: WinnerRule = { by: 'clicked', after: 200, tie: 'a' };
  const counts = (...ways: readonly (readonly [string, number, number])[]): readonly WayCount[] =>
    ways.map(([way, entered, succeeded]) => ({ way, entered, succeeded }));
  const decided = (found: readonly WayCount[], changes: Partial<WinnerRule> = {}, now = monday) =>
    winnerOf({ ...rule, ...changes }, found, at('2026-03-01T09:00Z'), now);

  test.each<[string, readonly WayCount[], string | undefined]>([
    ['goes on until enough have come through it', counts(['a', 100, 0], ['b', 99, 50]), undefined],
    ['is decided by then', counts(['a', 100, 10], ['b', 100, 11]), 'b'],
    ['counts all its ways together', counts(['a', 199, 10], ['b', 1, 1]), 'b'],
    ['is decided by rates, not by numbers', counts(['a', 150, 15], ['b', 50, 10]), 'b'],
    ['goes to the way named for ties', counts(['b', 100, 10], ['a', 100, 10]), 'a'],
    [
      'goes to the first of those that are equal and best, when the way for ties is not',
      counts(['a', 100, 1], ['c', 100, 10], ['b', 100, 10]),
      'c',
    ],
    ['is a tie when nobody did anything', counts(['b', 100, 0], ['a', 100, 0]), 'a'],
    ['cannot be won by a way that nobody took', counts(['a', 0, 0], ['b', 200, 0]), 'b'],
    ['that nobody has come to is not decided', [], undefined],
  ])('%s', (_, found, winner) => {
    expect(decided(found)).toBe(winner);
  });

  test('without a way for ties goes on while the best are equal', () => {
    const { tie: _, ...untied } = rule;
    const even = counts(['a', 500, 50], ['b', 500, 50]);
    expect(winnerOf(untied, even, monday, monday)).toBeUndefined();
    expect(winnerOf(untied, counts(['a', 500, 51], ['b', 500, 50]), monday, monday)).toBe('a');
  });

  test.each([
    ['2026-03-06T08:59Z', undefined],
    ['2026-03-06T09:00Z', 'b'],
  ])('with a deadline is decided so long after the first lead, with what is there (%s)', (now, winner) => {
    const few = counts(['a', 3, 0], ['b', 2, 1]);
    expect(decided(few, { deadline: { amount: 5, unit: 'days' } }, at(now))).toBe(winner);
  });

  test('with a deadline is not decided before anybody came', () => {
    const nobody = counts(['a', 0, 0], ['b', 0, 0]);
    const late = at('2027-01-01T00:00Z');
    expect(winnerOf({ ...rule, deadline: { amount: 5, unit: 'days' } }, nobody, undefined, late)).toBeUndefined();
  });
});
