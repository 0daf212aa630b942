import { describe, expect, test } from '@jest/globals';
import { compareDates, readDate, resolveDate } from '../src/journey/lead-date.js';
import { RelativeDate } from '../src/sequence/moment-file.js';
import { at } from './builders.js';

const paris = 'Europe/Paris';
const newYork = 'America/New_York';

describe('a date of a lead', () => {
  test.each([
    ['a day begins at midnight where the lead is', '2026-11-30', paris, '2026-11-30', '2026-11-29T23:00Z', false],
    ['a day may begin at 01:00', '2026-09-06', 'America/Santiago', '2026-09-06', '2026-09-06T04:00Z', false],
    ['an instant', '2026-11-30T14:00:05.250Z', paris, '2026-11-30', '2026-11-30T14:00:05.250Z', true],
    ['an instant is of the day of the lead', '2026-12-01T03:00Z', newYork, '2026-11-30', '2026-12-01T03:00Z', true],
    ['a zone by its offset', '2026-11-30T14:00+05:45', paris, '2026-11-30', '2026-11-30T08:15Z', true],
    ['a zone by its offset, in short', '2026-11-30T14:00:00-0330', paris, '2026-11-30', '2026-11-30T17:30Z', true],
    ['without a zone, the clock of the lead', '2026-11-30T14:00:00', newYork, '2026-11-30', '2026-11-30T19:00Z', true],
    ['with a space, as tables have it', ' 2026-11-30 14:00 ', paris, '2026-11-30', '2026-11-30T13:00Z', true],
    ['a time that is skipped', '2026-03-29T02:30', paris, '2026-03-29', '2026-03-29T01:00Z', true],
    ['a time that comes twice', '2026-10-25T02:30', paris, '2026-10-25', '2026-10-25T00:30Z', true],
    ['a JavaScript date', at('2026-11-30T14:00Z'), paris, '2026-11-30', '2026-11-30T14:00Z', true],
  ])('%s', (_, value, zone, day, instant, hasTime) => {
    expect(readDate(value, zone)).toEqual({ day, at: at(instant), hasTime });
  });

  test.each([
    [undefined],
    [''],
    ['soon'],
    ['30.11.2026'],
    ['2026-02-30'],
    ['2026-02-30T10:00Z'],
    ['2026-11-30T25:00'],
    ['2026-11-30T14:60'],
    ['2026-11-30T14:00 CET'],
    ['0001-01-01'],
    ['9999-12-31T23:30Z'],
    [1_780_000_000_000],
    [true],
    [new Date(Number.NaN)],
  ])('is not %j', (value) => {
    expect(readDate(value, 'Pacific/Apia')).toBeUndefined();
  });
});

describe('a date of a condition', () => {
  test.each([
    ['now', paris, '2026-03-02T09:30Z', '2026-03-02', false],
    ['today', paris, '2026-03-01T23:00Z', '2026-03-02', true],
    ['tomorrow', newYork, '2026-03-03T05:00Z', '2026-03-03', true],
    ['yesterday', 'Asia/Kathmandu', '2026-02-28T18:15Z', '2026-03-01', true],
    ['in 7 days', paris, '2026-03-08T23:00Z', '2026-03-09', true],
    ['30 days ago', paris, '2026-01-30T23:00Z', '2026-01-31', true],
    ['1 month ago', paris, '2026-02-01T23:00Z', '2026-02-02', true],
    ['in 4 weeks', paris, '2026-03-29T22:00Z', '2026-03-30', true],
    ['2 hours ago', paris, '2026-03-02T07:30Z', '2026-03-02', false],
    ['in 20 hours', paris, '2026-03-03T05:30Z', '2026-03-03', false],
    ['2026-12-01', newYork, '2026-12-01T05:00Z', '2026-12-01', true],
    ['2026-12-01 14:00', newYork, '2026-12-01T19:00Z', '2026-12-01', false],
    ['2026-03-29 02:30', paris, '2026-03-29T01:00Z', '2026-03-29', false],
  ])('"%s" in %s begins at %s', (written, zone, instant, day, isDay) => {
    const resolved = resolveDate(RelativeDate.parse(written), zone, at('2026-03-02T09:30Z'));
    expect(resolved).toEqual({ at: at(instant), day, isDay });
  });
});

describe('of a date, on Monday, 2 March 2026, at 10:30 in Paris', () => {
  const tests = ['before', 'on', 'after'] as const;
  test.each([
    // Days against days.
    ['2026-03-02', 'today', ['on']],
    ['2026-03-01', 'today', ['before']],
    ['2026-03-03', 'today', ['after']],
    ['2026-03-09', 'in 7 days', ['on']],
    ['2026-01-31', '30 days ago', ['on']],
    ['2026-11-30', '2026-12-01', ['before']],
    // A day has not passed before it is over, nor does it come once it has begun.
    ['2026-03-02', 'now', ['on']],
    ['2026-03-01', 'now', ['before']],
    ['2026-03-02', '2 hours ago', ['on']],
    ['2026-12-01', '2026-12-01 14:00', ['on']],
    // Instants are of the day of the lead.
    ['2026-03-01T22:59Z', 'today', ['before']],
    ['2026-03-01T23:00Z', 'today', ['on']],
    ['2026-03-02T22:59Z', 'today', ['on']],
    ['2026-03-02T23:00Z', 'today', ['after']],
    ['2026-03-09T20:00Z', 'in 7 days', ['on']],
    ['2026-01-31T00:30', '30 days ago', ['on']],
    // Instants against instants.
    ['2026-03-02T09:29Z', 'now', ['before', 'on']],
    ['2026-03-02T09:30Z', 'now', ['on']],
    ['2026-03-02T09:31Z', 'now', ['on', 'after']],
    ['2026-03-01T09:30Z', 'now', ['before']],
    ['2026-03-02T08:00Z', '2 hours ago', ['on', 'after']],
    ['2026-12-01T13:00Z', '2026-12-01 14:00', ['on']],
    ['2026-12-01T12:59:59Z', '2026-12-01 14:00', ['before', 'on']],
    // What is no date is neither.
    ['', 'today', []],
    ['soon', 'now', []],
    [undefined, '2026-12-01', []],
  ])('%j is, to "%s": %j', (value, written, expected) => {
    const relative = RelativeDate.parse(written);
    const holding = tests.filter((side) => compareDates(value, side, relative, paris, at('2026-03-02T09:30Z')));
    expect(holding).toEqual(expected);
  });

  test.each([
    [paris, '2026-03-29T22:00Z', ['on']],
    [paris, '2026-03-28T23:00Z', ['before']],
    ['Pacific/Apia', '2026-03-28T23:00Z', ['before']],
    ['Pacific/Apia', '2026-03-29T11:00Z', ['on']],
  ])(
    'over a night that moves the clocks, days are days: in %s, %s is, to "in 28 days", %j',
    (zone, value, expected) => {
      const relative = RelativeDate.parse('in 28 days');
      const holding = tests.filter((side) => compareDates(value, side, relative, zone, at('2026-03-02T09:30Z')));
      expect(holding).toEqual(expected);
    },
  );
});
