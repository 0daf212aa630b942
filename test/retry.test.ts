import { describe, expect, test } from '@jest/globals';
import { chance, nextAttempt } from '../src/delivery/retry.js';
import { at } from './builders.js';

const now = at('2026-03-02T09:00Z');
const minutesUntil = (next: Date): number => (next.getTime() - now.getTime()) / 60_000;

describe('the next attempt', () => {
  test.each([
    // attempts before, random, minutes
    [0, 0, 1],
    [0, 0.1, 1],
    [0, 0.5, 2.5],
    [0, 1, 5],
    [1, 0, 1],
    [1, 1, 10],
    [2, 0.5, 10],
    [3, 1, 40],
    [5, 1, 160],
    [6, 1, 240],
    [7, 0.5, 120],
    [1000, 1, 240],
  ])('after %i attempts, with chance at %f, comes in %f minutes', (before, random, minutes) => {
    expect(minutesUntil(nextAttempt(now, before, false, random))).toBeCloseTo(minutes);
  });

  test.each([
    [0, 0, 5],
    [0, 0.5, 7.5],
    [0, 1, 10],
    // A server that greylists twice is treated like any other that says "later".
    [1, 0, 1],
    [1, 1, 10],
  ])('after greylisting and %i attempts, with chance at %f, comes in %f minutes', (before, random, minutes) => {
    expect(minutesUntil(nextAttempt(now, before, true, random))).toBeCloseTo(minutes);
  });
});

describe('chance', () => {
  test('is the same for the same parts', () => {
    expect(chance('message', 2)).toBe(chance('message', 2));
  });

  test('differs with the parts, and with where one ends and the next begins', () => {
    expect(new Set([chance('a', 1), chance('a', 2), chance('a', 'b'), chance('ab'), chance('a', '', 'b')]).size).toBe(
      5,
    );
  });

  test('lies in [0, 1) and is spread evenly', () => {
    const drawn = Array.from({ length: 2000 }, (_, i) => chance('message', i));
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...drawn)).toBeLessThan(1);
    const tenths = Array.from({ length: 10 }, (_, i) => drawn.filter((one) => Math.floor(one * 10) === i).length);
    expect(Math.min(...tenths)).toBeGreaterThan(150);
    expect(Math.max(...tenths)).toBeLessThan(250);
  });
});
