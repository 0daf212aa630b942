import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { addBusinessDays, momentOf, nextMoment, occurrencesOf } from '../src/journey/moment.js';
import type { Offset } from '../src/sequence/moment-file.js';
import { UntilText } from '../src/sequence/moment-file.js';
import { at } from './builders.js';
import { anInstantNear, aZone } from './time-arbitraries.js';

const paris = 'Europe/Paris';
const newYork = 'America/New_York';

describe('the next moment named', () => {
  const tuesdayAtTen = { weekday: 2, minutes: 600 };

  test.each([
    ['later this week', tuesdayAtTen, 'UTC', '2026-03-02T09:00Z', '2026-03-03T10:00Z'],
    ['later the same day', tuesdayAtTen, 'UTC', '2026-03-03T09:59Z', '2026-03-03T10:00Z'],
    ['not now, but a week from now', tuesdayAtTen, 'UTC', '2026-03-03T10:00Z', '2026-03-10T10:00Z'],
    ['over the end of a year', tuesdayAtTen, 'UTC', '2026-12-30T09:00Z', '2027-01-05T10:00Z'],
    ['by the clock of its zone', tuesdayAtTen, 'Asia/Kathmandu', '2026-03-02T09:00Z', '2026-03-03T04:15Z'],
    ['a time alone: today, if it is to come', { minutes: 600 }, 'UTC', '2026-03-02T09:00Z', '2026-03-02T10:00Z'],
    ['a time alone: tomorrow, if it is now', { minutes: 600 }, 'UTC', '2026-03-02T10:00Z', '2026-03-03T10:00Z'],
    ['a weekday alone: at the same time of day', { weekday: 2 }, 'UTC', '2026-03-02T09:30Z', '2026-03-03T09:30Z'],
    ['a weekday alone, on that day: in a week', { weekday: 1 }, 'UTC', '2026-03-02T09:30Z', '2026-03-09T09:30Z'],
    ['24:00 is the midnight after', { weekday: 2, minutes: 1440 }, 'UTC', '2026-03-03T12:00Z', '2026-03-04T00:00Z'],
    [
      'a time that is skipped: the end of the gap',
      { minutes: 150 },
      'Europe/Paris',
      '2026-03-28T12:00Z',
      '2026-03-29T01:00Z',
    ],
    ['a time that comes twice: once', { minutes: 150 }, 'Europe/Paris', '2026-10-25T00:30Z', '2026-10-26T01:30Z'],
    ['half an hour skipped', { minutes: 135 }, 'Australia/Lord_Howe', '2026-10-03T12:00Z', '2026-10-03T15:30Z'],
    [
      'a weekday that is left out: a week later',
      { weekday: 5, minutes: 600 },
      'Pacific/Apia',
      '2011-12-29T20:00Z',
      '2012-01-05T20:00Z',
    ],
    ['a day that is left out: the next', { minutes: 600 }, 'Pacific/Apia', '2011-12-29T20:00Z', '2011-12-30T20:00Z'],
  ])('%s', (_, moment, zone, now, expected) => {
    expect(nextMoment(moment, zone, at(now))).toEqual(at(expected));
  });
});

describe('a wait until a day', () => {
  test.each([
    ['without a time ends at 09:00', '2026-12-24', paris, '2026-12-24T08:00Z'],
    ['ends by the clock of its zone', '2026-12-24 10:30', newYork, '2026-12-24T15:30Z'],
    ['may have passed already', '2020-01-01', paris, '2020-01-01T08:00Z'],
    ['to its end is the midnight after', '2026-12-24 24:00', paris, '2026-12-24T23:00Z'],
    ['at a time that is skipped: the end of the gap', '2026-03-29 02:30', paris, '2026-03-29T01:00Z'],
    ['at a time that comes twice: the first', '2026-10-25 02:30', paris, '2026-10-25T00:30Z'],
    ['at a midnight that is skipped', '2026-09-06 00:00', 'America/Santiago', '2026-09-06T04:00Z'],
    ['in a gap of half an hour', '2026-10-04 02:15', 'Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['that is left out: the beginning of the next', '2011-12-30 10:00', 'Pacific/Apia', '2011-12-30T10:00Z'],
  ])('%s', (_, until, zone, expected) => {
    expect(momentOf(UntilText.parse(until), zone, at('2026-03-02T09:00Z'), () => undefined)).toEqual(at(expected));
  });
});

test('a wait until a weekday is over at the next one', () => {
  const until = UntilText.parse('tuesday 10:00');
  expect(momentOf(until, paris, at('2026-03-02T09:00Z'), () => undefined)).toEqual(at('2026-03-03T09:00Z'));
});

describe('a wait until the date in a field', () => {
  test.each([
    ['a day is 09:00', 'lead.due', '2026-11-30', paris, '2026-11-30T08:00Z'],
    ['a day at a time', 'lead.due 10:00', '2026-11-30', paris, '2026-11-30T09:00Z'],
    ['an instant is that instant', 'lead.due', '2026-11-30T14:00Z', paris, '2026-11-30T14:00Z'],
    ['a time without a zone is on the clock of the lead', 'lead.due', '2026-11-30T14:00', newYork, '2026-11-30T19:00Z'],
    ['an instant at another time of its day', 'lead.due 10:00', '2026-12-01T03:00Z', newYork, '2026-11-30T15:00Z'],
    ['days before a day', '3 days before lead.due', '2026-11-30', paris, '2026-11-27T08:00Z'],
    ['days before a day, at a time', '7 days before lead.due 10:00', '2026-11-30', paris, '2026-11-23T09:00Z'],
    ['a week after a day', '1 week after lead.due', '2026-12-28', paris, '2027-01-04T08:00Z'],
    ['a month before the 31st', '1 month before lead.due', '2026-03-31', paris, '2026-02-28T08:00Z'],
    ['hours before a day count from 09:00', '2 hours before lead.due', '2026-11-30', paris, '2026-11-30T06:00Z'],
    ['hours before a time named', '2 hours before lead.due 14:00', '2026-11-30', paris, '2026-11-30T11:00Z'],
    ['hours before an instant', '2 hours before lead.due', '2026-11-30T14:00Z', paris, '2026-11-30T12:00Z'],
    [
      'hours after an instant on a short night',
      '2 hours after lead.due',
      '2026-03-29T00:30Z',
      paris,
      '2026-03-29T02:30Z',
    ],
    [
      'days before an instant keep its time of day',
      '3 days before lead.due',
      '2026-03-30T09:00Z',
      paris,
      '2026-03-27T10:00Z',
    ],
    ['a time that is skipped that day', '1 day before lead.due', '2026-03-30T02:30', paris, '2026-03-29T01:00Z'],
    ['a time that comes twice that day', '1 day after lead.due', '2026-10-24T02:30', paris, '2026-10-25T00:30Z'],
    ['an instant in the second of two hours stays there', 'lead.due', '2026-10-25T01:30Z', paris, '2026-10-25T01:30Z'],
    ['a skipped half hour', '1 day before lead.due 02:15', '2026-10-05', 'Australia/Lord_Howe', '2026-10-03T15:30Z'],
    ['a day further in the east', 'lead.due 10:00', '2026-11-30T12:00Z', 'Pacific/Apia', '2026-11-30T21:00Z'],
  ])('%s', (_, until, value, zone, expected) => {
    const fields = (name: string): unknown => (name === 'due' ? value : undefined);
    expect(momentOf(UntilText.parse(until), zone, at('2026-03-02T09:00Z'), fields)).toEqual(at(expected));
  });

  test.each([[undefined], [null], [''], ['soon'], ['2026-02-30'], [20_261_130], [true], [['2026-11-30']]])(
    'is none when the field holds %j',
    (value) => {
      expect(momentOf(UntilText.parse('lead.due'), paris, at('2026-03-02T09:00Z'), () => value)).toBeUndefined();
    },
  );
});

describe('business days', () => {
  const holidays = ['2026-04-06', '2026-05-01'];
  test.each([
    ['one after Monday is Tuesday', 1, paris, '2026-03-02T09:00Z', '2026-03-03T09:00Z'],
    ['one after Friday is Monday', 1, paris, '2026-03-06T09:00Z', '2026-03-09T09:00Z'],
    ['one after Saturday is Monday', 1, paris, '2026-03-07T09:00Z', '2026-03-09T09:00Z'],
    ['one after Sunday is Monday', 1, paris, '2026-03-08T09:00Z', '2026-03-09T09:00Z'],
    ['two after Saturday is Tuesday', 2, paris, '2026-03-07T09:00Z', '2026-03-10T09:00Z'],
    ['five are a week', 5, paris, '2026-03-04T09:00Z', '2026-03-11T09:00Z'],
    ['a holiday does not count', 1, paris, '2026-04-03T10:00Z', '2026-04-07T10:00Z'],
    ['one after a holiday is the next day of business', 1, paris, '2026-05-01T10:00Z', '2026-05-04T10:00Z'],
    ['it is Friday where the lead is, though Saturday in UTC', 1, newYork, '2026-03-14T02:00Z', '2026-03-17T02:00Z'],
    ['the time of day stays over a short night', 1, paris, '2026-03-27T08:00:00.123Z', '2026-03-30T07:00:00.123Z'],
    ['the time of day stays over a long night', 1, paris, '2026-10-23T07:00Z', '2026-10-26T08:00Z'],
    ['a time that is skipped is as much later', 1, 'Africa/Cairo', '2026-04-22T22:30Z', '2026-04-23T22:30Z'],
    ['a time that comes twice is the first', 1, 'Africa/Cairo', '2026-10-28T20:30Z', '2026-10-29T20:30Z'],
    ['half an hour of change', 1, 'Australia/Lord_Howe', '2026-10-01T22:30Z', '2026-10-04T22:00Z'],
    ['a Friday that is left out does not count', 1, 'Pacific/Apia', '2011-12-29T20:00Z', '2012-01-01T20:00Z'],
  ])('%s', (_, days, zone, start, expected) => {
    expect(addBusinessDays(at(start), days, zone, (day) => holidays.includes(day))).toEqual(at(expected));
  });

  test('where none ever comes, the count is given up', () => {
    expect(() => addBusinessDays(at('2026-03-02T09:00Z'), 1, paris, () => true)).toThrow(
      'no day of business in 732 days',
    );
  });
});

describe('a date fires', () => {
  const sevenBefore: Offset = { by: { amount: 7, unit: 'days' }, sign: -1 };
  const twoHoursBefore: Offset = { by: { amount: 2, unit: 'hours' }, sign: -1 };
  const nine = { yearly: false, minutes: 540 };
  const yearly = { yearly: true, minutes: 540 };
  const in2026 = ['2026-01-01T00:00Z', '2026-12-31T23:59Z'] as const;

  test.each([
    ['on its day', nine, '2026-11-30', in2026, [['2026-11-30', '2026-11-30T08:00Z']]],
    ['days before it', { ...nine, offset: sevenBefore }, '2026-11-30', in2026, [['2026-11-30', '2026-11-23T08:00Z']]],
    ['once only, unless yearly', nine, '2025-11-30', in2026, []],
    [
      'at its own time, when none is named',
      { yearly: false },
      '2026-11-30T14:00Z',
      in2026,
      [['2026-11-30', '2026-11-30T14:00Z']],
    ],
    ['at 09:00 without any time', { yearly: false }, '2026-11-30', in2026, [['2026-11-30', '2026-11-30T08:00Z']]],
    [
      'at the time named, though it has its own',
      nine,
      '2026-11-30T14:00Z',
      in2026,
      [['2026-11-30', '2026-11-30T08:00Z']],
    ],
    [
      'hours before its own time',
      { ...nine, offset: twoHoursBefore },
      '2026-11-30T14:00Z',
      in2026,
      [['2026-11-30', '2026-11-30T12:00Z']],
    ],
    [
      'hours before the time named, if it has none',
      { ...nine, offset: twoHoursBefore },
      '2026-11-30',
      in2026,
      [['2026-11-30', '2026-11-30T06:00Z']],
    ],
    ['never, where there is no date', yearly, 'soon', in2026, []],
    ['each year on its day', yearly, '1990-05-14', in2026, [['2026-05-14', '2026-05-14T07:00Z']]],
    ['in its own year already', yearly, '2026-05-14', in2026, [['2026-05-14', '2026-05-14T07:00Z']]],
    ['not in a year before its own', yearly, '2027-05-14', in2026, []],
    ['on 28 February for the 29th', yearly, '1992-02-29', in2026, [['2026-02-28', '2026-02-28T08:00Z']]],
    [
      'on 29 February in a leap year',
      yearly,
      '1992-02-29',
      ['2028-01-01T00:00Z', '2028-12-31T00:00Z'],
      [['2028-02-29', '2028-02-29T08:00Z']],
    ],
    [
      'in the year before, ahead of a day in January',
      { ...yearly, offset: sevenBefore },
      '2020-01-03',
      ['2026-12-01T00:00Z', '2026-12-31T00:00Z'],
      [['2027-01-03', '2026-12-27T08:00Z']],
    ],
    [
      'in the year after, behind a day in December',
      { ...yearly, offset: { ...sevenBefore, sign: 1 } },
      '2020-12-30',
      ['2027-01-01T00:00Z', '2027-01-31T00:00Z'],
      [['2026-12-30', '2027-01-06T08:00Z']],
    ],
    [
      'once a year over several',
      yearly,
      '1990-05-14',
      ['2026-05-14T07:00Z', '2028-05-14T07:00Z'],
      [
        ['2027-05-14', '2027-05-14T07:00Z'],
        ['2028-05-14', '2028-05-14T07:00Z'],
      ],
    ],
    [
      'each year at its own time of day',
      { yearly: true },
      '1960-07-01T10:00Z',
      in2026,
      [['2026-07-01', '2026-07-01T09:00Z']],
    ],
    [
      'at the end of the gap that skips its time',
      { yearly: true, minutes: 150 },
      '1990-03-29',
      in2026,
      [['2026-03-29', '2026-03-29T01:00Z']],
    ],
    [
      'at the first of two times',
      { yearly: true, minutes: 150 },
      '1990-10-25',
      in2026,
      [['2026-10-25', '2026-10-25T00:30Z']],
    ],
  ] as const)('%s', (_, rule, value, [after, until], expected) => {
    const fired = occurrencesOf(rule, value, paris, at(after), at(until));
    expect(fired).toEqual(expected.map(([day, instant]) => ({ day, at: at(instant) })));
  });

  test.each([
    [newYork, '2026-05-14T13:00Z'],
    ['Asia/Kathmandu', '2026-05-14T03:15Z'],
    ['Australia/Lord_Howe', '2026-05-13T22:30Z'],
  ])('on the morning of the lead: in %s at %s', (zone, expected) => {
    const [fired] = occurrencesOf(yearly, '1990-05-14', zone, at(in2026[0]), at(in2026[1]));
    expect(fired).toEqual({ day: '2026-05-14', at: at(expected) });
  });

  test('later than the first instant asked for, and up to the last', () => {
    const nineOClock = at('2026-05-14T07:00Z');
    expect(occurrencesOf(yearly, '1990-05-14', paris, nineOClock, at('2026-06-01T00:00Z'))).toEqual([]);
    expect(occurrencesOf(yearly, '1990-05-14', paris, at('2026-05-14T06:59:59.999Z'), nineOClock)).toHaveLength(1);
  });

  test('as often when one looks often as when one looks once', () => {
    const aRule = fc.record({
      yearly: fc.boolean(),
      minutes: fc.option(fc.nat(1440), { nil: undefined }),
      offset: fc.option(
        fc.record({
          by: fc.record({ amount: fc.integer({ min: 1, max: 90 }), unit: fc.constantFrom('hours', 'days', 'months') }),
          sign: fc.constantFrom(1, -1),
        }),
        { nil: undefined },
      ),
    });
    const aCase = aZone.chain((zone) =>
      fc.tuple(fc.constant(zone), anInstantNear(zone), anInstantNear(zone), fc.boolean(), aRule),
    );
    fc.assert(
      fc.property(aCase, ([zone, date, first, isTimed, rule]) => {
        const value = isTimed ? date : date.toISOString().slice(0, 10);
        const days = (count: number): Date => new Date(first.getTime() + count * 86_400_000);
        const [once, often] = [
          occurrencesOf(rule, value, zone, days(0), days(1500)),
          [0, 1, 2, 3, 4].flatMap((i) => occurrencesOf(rule, value, zone, days(i * 300), days((i + 1) * 300))),
        ];
        expect(often).toEqual(once);
        expect(new Set(once.map(({ day }) => day)).size).toBe(once.length);
      }),
      { numRuns: 300 },
    );
  });
});
