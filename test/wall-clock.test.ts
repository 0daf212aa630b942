import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { dayNumber, dayText, hasDay, instantOf, wallAt, weekdayOf } from '../src/sequence/wall-clock.js';
import { at } from './builders.js';
import { anInstantNear, aZone } from './time-arbitraries.js';

test.each([
  ['1970-01-01', 0, 4],
  ['1969-12-31', -1, 3],
  ['2026-03-02', 20_514, 1],
  ['2024-02-29', 19_782, 4],
  ['9999-12-31', 2_932_896, 5],
])('%s is day %d, weekday %d', (written, day, weekday) => {
  expect([dayNumber(written), dayText(day), weekdayOf(day)]).toEqual([day, written, weekday]);
});

test.each([
  '2026-02-29',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-01-00',
  '0001-01-01',
  '26-01-01',
  '2026-1-1',
  '',
])('"%s" is no day', (written) => {
  expect(dayNumber(written)).toBeUndefined();
});

describe('a wall-clock time that a night skips', () => {
  test.each([
    ['Europe/Paris', '2026-03-29T02:30', '2026-03-29T01:00Z', '2026-03-29T01:30Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:10', '2026-10-03T15:30Z', '2026-10-03T15:40Z'],
    ['Africa/Cairo', '2026-04-24T00:30', '2026-04-23T22:00Z', '2026-04-23T22:30Z'],
    ['Pacific/Apia', '2011-12-30T12:00', '2011-12-30T10:00Z', '2011-12-30T22:00Z'],
  ])('in %s, %s is the end of the gap, or as much later', (zone, shown, gapEnd, later) => {
    const wall = at(`${shown}Z`).getTime();
    expect(instantOf(wall, zone, 'gap-end')).toEqual(at(gapEnd));
    expect(instantOf(wall, zone, 'as-much-later')).toEqual(at(later));
  });
});

test.each([
  ['Europe/Paris', '2026-10-25T02:30', '2026-10-25T00:30Z'],
  ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45Z'],
  ['America/Santiago', '2026-04-04T23:30', '2026-04-05T02:30Z'],
])('a wall-clock time that a night repeats is the first: in %s, %s', (zone, shown, first) => {
  expect(instantOf(at(`${shown}Z`).getTime(), zone)).toEqual(at(first));
});

test.each([
  ['Pacific/Apia', '2011-12-30', false],
  ['Pacific/Apia', '2011-12-31', true],
  ['America/Santiago', '2026-09-06', true],
])('whether %s has the day %s: %s', (zone, written, has) => {
  expect(hasDay(dayNumber(written) ?? Number.NaN, zone)).toBe(has);
});

test('the clocks of 1900 went by the sun, to the second', () => {
  expect(wallAt(at('1900-01-01T12:00Z'), 'Europe/Paris')).toBe(at('1900-01-01T12:09:21Z').getTime());
});

const aMoment = aZone.chain((zone) => fc.tuple(fc.constant(zone), anInstantNear(zone)));

test('in any zone, the clocks show at any instant what Temporal says', () => {
  fc.assert(
    fc.property(aMoment, ([zone, now]) => {
      const shown = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDateTime();
      expect(wallAt(now, zone)).toBe(shown.toZonedDateTime('UTC').epochMilliseconds);
    }),
    { numRuns: 1000 },
  );
});

test('in any zone, a wall-clock time is the instant that Temporal says, skipped or repeated', () => {
  fc.assert(
    fc.property(aMoment, ([zone, shown]) => {
      const wanted = Temporal.PlainDateTime.from(shown.toISOString().slice(0, -1));
      const found = wanted.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds;
      expect(instantOf(shown.getTime(), zone, 'as-much-later').getTime()).toBe(found);
    }),
    { numRuns: 1000 },
  );
});
