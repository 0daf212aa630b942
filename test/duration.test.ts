import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  addDuration,
  addToDay,
  before,
  durationInWords,
  durationMs,
  DurationText,
  isTimeZone,
  parseDuration,
  waitInWords,
  WaitText,
} from '../src/sequence/duration.js';
import { dayNumber, dayText } from '../src/sequence/wall-clock.js';
import { at } from './builders.js';
import { anInstantNear, aZone } from './time-arbitraries.js';

test.each([
  ['90 minutes', 90, 'minutes'],
  ['1 hour', 1, 'hours'],
  ['3 days', 3, 'days'],
  ['3days', 3, 'days'],
  [' 2 Weeks ', 2, 'weeks'],
  ['1 MONTH', 1, 'months'],
])('"%s" is a length of time', (written, amount, unit) => {
  expect(parseDuration(written)).toEqual({ amount, unit });
});

test.each(['', '3', 'days', '0 days', '-1 days', '1.5 days', '3 days ago', '3 fortnights', '100000 days', 'P3D'])(
  '"%s" is no length of time',
  (written) => {
    expect(parseDuration(written)).toBeUndefined();
  },
);

test.each([
  ['a day ends at the same time of day after a night of 23 hours', '1 day', '2026-03-28T09:00Z', '2026-03-29T08:00Z'],
  ['a day ends at the same time of day after a night of 25 hours', '1 day', '2026-10-24T08:00Z', '2026-10-25T09:00Z'],
  ['hours are counted by the clock over such a night', '24 hours', '2026-03-28T09:00Z', '2026-03-29T09:00Z'],
  ['minutes are counted by the clock over such a night', '120 minutes', '2026-03-29T00:30Z', '2026-03-29T02:30Z'],
  ['a week is the same weekday and time', '1 week', '2026-03-25T09:00Z', '2026-04-01T08:00Z'],
  ['a month is the same day of the next month', '1 month', '2026-01-15T09:00Z', '2026-02-15T09:00Z'],
  [
    'a month from the 31st ends on the last day of a shorter month',
    '1 month',
    '2026-01-31T09:00Z',
    '2026-02-28T09:00Z',
  ],
  ['a month from the 31st of January 2028 ends on the leap day', '1 month', '2028-01-31T09:00Z', '2028-02-29T09:00Z'],
  ['days go on over the end of a year', '3 days', '2026-12-30T09:00Z', '2027-01-02T09:00Z'],
  ['a day that would end in a skipped hour ends as much later', '1 day', '2026-03-28T01:30Z', '2026-03-29T01:30Z'],
])('in Paris, %s', (_, written, start, end) => {
  const duration = parseDuration(written) ?? { amount: 0, unit: 'days' };
  expect(addDuration(at(start), duration, 'Europe/Paris')).toEqual(at(end));
});

test.each([
  ['Australia/Lord_Howe', '2026-04-03T22:00Z', '2026-04-04T22:30Z'],
  ['America/Santiago', '2026-09-05T13:00Z', '2026-09-06T12:00Z'],
  ['Asia/Kathmandu', '2026-03-02T03:15Z', '2026-03-03T03:15Z'],
])('a day in %s is the same time of day there', (timeZone, start, end) => {
  expect(addDuration(at(start), { amount: 1, unit: 'days' }, timeZone)).toEqual(at(end));
});

test('in any zone, a length ends where Temporal says', () => {
  const aLength = fc.record({
    amount: fc.integer({ min: -400, max: 400 }).filter((amount) => amount !== 0),
    unit: fc.constantFrom('minutes', 'hours', 'days', 'weeks', 'months'),
  });
  const aCase = aZone.chain((zone) => fc.tuple(fc.constant(zone), anInstantNear(zone), aLength));
  fc.assert(
    fc.property(aCase, ([zone, start, length]) => {
      const zoned = Temporal.Instant.fromEpochMilliseconds(start.getTime()).toZonedDateTimeISO(zone);
      const end = zoned.add({ [length.unit]: length.amount });
      expect(addDuration(start, length, zone).getTime()).toBe(end.epochMilliseconds);
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['2026-03-31', -1, 'months', '2026-02-28'],
  ['2028-03-31', -1, 'months', '2028-02-29'],
  ['2026-12-31', 14, 'months', '2028-02-29'],
  ['2026-12-28', 1, 'weeks', '2027-01-04'],
  ['2026-03-01', -1, 'days', '2026-02-28'],
] as const)('from %s, %d %s lead to %s', (day, amount, unit, expected) => {
  expect(dayText(addToDay(dayNumber(day) ?? 0, { amount, unit }) ?? 0)).toBe(expected);
});

test.each(['minutes', 'hours'] as const)('%s lead to no day', (unit) => {
  expect(addToDay(0, { amount: 48, unit })).toBeUndefined();
});

test('looking back counts days of 24 hours', () => {
  expect(before(at('2026-03-30T09:00Z'), { amount: 7, unit: 'days' })).toEqual(at('2026-03-23T09:00Z'));
});

test('looking back counts months of 30 days', () => {
  expect(before(at('2026-03-31T09:00Z'), { amount: 1, unit: 'months' })).toEqual(at('2026-03-01T09:00Z'));
});

test.each([
  ['1 minute', 60_000],
  ['2 hours', 7_200_000],
  ['1 day', 86_400_000],
  ['1 week', 604_800_000],
  ['1 month', 2_592_000_000],
])('%s is %d milliseconds', (written, ms) => {
  expect(durationMs(parseDuration(written) ?? { amount: 0, unit: 'days' })).toBe(ms);
});

test.each([
  ['1 days', '1 day'],
  ['2 day', '2 days'],
  ['1 month', '1 month'],
])('"%s" is said as "%s"', (written, said) => {
  expect(durationInWords(parseDuration(written) ?? { amount: 0, unit: 'days' })).toBe(said);
});

test.each([
  ['3 days', { amount: 3, unit: 'days' }, '3 days'],
  ['2 business days', { businessDays: 2 }, '2 business days'],
  ['1 Business Day', { businessDays: 1 }, '1 business day'],
  [' 3 working  days ', { businessDays: 3 }, '3 business days'],
])('a wait may be "%s"', (written, expected, words) => {
  const wait = WaitText.parse(written);
  expect(wait).toEqual(expected);
  expect(waitInWords(wait)).toBe(words);
});

test.each([
  ['90 seconds', 'seconds are finer than mail can be timed\nWrite "2 minutes".'],
  ['1 second', 'seconds are finer than mail can be timed\nWrite "1 minute".'],
  ['30s', 'seconds are finer than mail can be timed\nWrite "1 minute".'],
])('a wait cannot be "%s": %s', (written, message) => {
  expect(WaitText.safeParse(written).error?.issues[0]?.message).toBe(message);
  expect(DurationText.safeParse(written).error?.issues[0]?.message).toBe(message);
});

test.each(['0 business days', '2 busines days', 'soon', 'business days'])('"%s" is no wait', (written) => {
  expect(WaitText.safeParse(written).error?.issues[0]?.message).toBe(
    `"${written}" is not a length of time\nWrite a number and minutes, hours, days, weeks, months or business days, for example "3 days".`,
  );
});

test('business days are for waits only', () => {
  expect(DurationText.safeParse('2 business days').error?.issues[0]?.message).toBe(
    '"2 business days" is not a length of time\nWrite a number and minutes, hours, days, weeks or months, for example "3 days".',
  );
});

test.each(['UTC', 'Europe/Paris', 'Australia/Lord_Howe', 'Asia/Kathmandu'])('%s is a time zone', (name) => {
  expect(isTimeZone(name)).toBe(true);
});

test.each(['', 'lead', 'Europe/Pariss', '+01:00', '-05:00'])('"%s" is no time zone', (name) => {
  expect(isTimeZone(name)).toBe(false);
});
