import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { type Calendars, nextOpening } from '../src/journey/send-window.js';
import { type Calendar, CalendarFile, toCalendar } from '../src/sequence/calendar-file.js';
import { type SendWindow, WindowFile } from '../src/sequence/window-file.js';
import { at } from './builders.js';
import { anInstantNear, aZone, plainMinute } from './time-arbitraries.js';

type Row = readonly [rule: string, days: string, from: string, to: string, now: string, opensAt: string];

function opening(timezone: string, [, days, from, to, now]: Row): Date {
  return nextOpening(WindowFile.parse({ days, between: [from, to], timezone }), 'UTC', at(now));
}

describe('by the calendar', () => {
  const rows: readonly Row[] = [
    ['before the opening, mail waits for it', 'mon-fri', '09:00', '17:00', '2026-03-02T06:30Z', '2026-03-02T09:00Z'],
    ['at the opening, mail goes', 'mon-fri', '09:00', '17:00', '2026-03-02T09:00Z', '2026-03-02T09:00Z'],
    [
      'a millisecond before it, mail waits',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-03-02T08:59:59.999Z',
      '2026-03-02T09:00Z',
    ],
    ['inside the window, mail goes', 'mon-fri', '09:00', '17:00', '2026-03-02T12:34:56Z', '2026-03-02T12:34:56Z'],
    [
      'in its last millisecond, mail goes',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-03-02T16:59:59.999Z',
      '2026-03-02T16:59:59.999Z',
    ],
    [
      'at the closing, mail waits for the next day',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-03-02T17:00Z',
      '2026-03-03T09:00Z',
    ],
    [
      'after the closing on Friday, mail waits for Monday',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-03-06T18:00Z',
      '2026-03-09T09:00Z',
    ],
    ['on Saturday, mail waits for Monday', 'mon-fri', '09:00', '17:00', '2026-03-07T10:00Z', '2026-03-09T09:00Z'],
    [
      'a weekend that runs over Sunday opens on Friday',
      'fri-mon',
      '09:00',
      '17:00',
      '2026-03-03T10:00Z',
      '2026-03-06T09:00Z',
    ],
    ['a single day comes round in a week', 'tue', '09:00', '17:00', '2026-03-03T17:00Z', '2026-03-10T09:00Z'],
    [
      'a single day waits six days from the day after',
      'tue',
      '09:00',
      '17:00',
      '2026-03-04T00:00Z',
      '2026-03-10T09:00Z',
    ],
    [
      'a window to 24:00 is open in the last millisecond of its day',
      'mon',
      '20:00',
      '24:00',
      '2026-03-02T23:59:59.999Z',
      '2026-03-02T23:59:59.999Z',
    ],
    ['a window to 24:00 is closed at midnight', 'mon', '20:00', '24:00', '2026-03-03T00:00Z', '2026-03-09T20:00Z'],
    ['a whole day is open at midnight', 'mon', '00:00', '24:00', '2026-03-02T00:00Z', '2026-03-02T00:00Z'],
    [
      'at the end of a month, Friday goes on to Monday',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-01-30T17:00Z',
      '2026-02-02T09:00Z',
    ],
    [
      'at the end of a year, the 31st goes on to the 1st',
      'mon-fri',
      '09:00',
      '17:00',
      '2026-12-31T18:00Z',
      '2027-01-01T09:00Z',
    ],
    [
      'before a leap day, the 28th goes on to the 29th',
      'mon-fri',
      '09:00',
      '17:00',
      '2028-02-28T18:00Z',
      '2028-02-29T09:00Z',
    ],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('UTC', row)).toEqual(at(row[5]));
  });
});

describe('in Europe/Paris', () => {
  const rows: readonly Row[] = [
    [
      '09:00 is an hour earlier after the clocks went forward',
      'mon-sun',
      '09:00',
      '17:00',
      '2026-03-28T20:00Z',
      '2026-03-29T07:00Z',
    ],
    [
      '09:00 is an hour later after the clocks went back',
      'mon-sun',
      '09:00',
      '17:00',
      '2026-10-24T20:00Z',
      '2026-10-25T08:00Z',
    ],
    [
      'an opening that is skipped is the end of the gap',
      'mon-sun',
      '02:30',
      '06:00',
      '2026-03-29T00:00Z',
      '2026-03-29T01:00Z',
    ],
    [
      'a closing that is skipped is the end of the gap',
      'mon-sun',
      '01:00',
      '02:30',
      '2026-03-29T01:00Z',
      '2026-03-29T23:00Z',
    ],
    [
      'a window that is skipped opens on its next day',
      'mon-sun',
      '02:00',
      '03:00',
      '2026-03-28T23:30Z',
      '2026-03-30T00:00Z',
    ],
    [
      'a single day whose window is skipped waits another week',
      'sun',
      '02:00',
      '03:00',
      '2026-03-22T02:00Z',
      '2026-04-05T00:00Z',
    ],
    [
      'an opening that comes twice counts the first time',
      'mon-sun',
      '02:30',
      '06:00',
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
    ],
    [
      'a closing that comes twice counts the first time',
      'mon-sun',
      '00:00',
      '02:30',
      '2026-10-25T00:30Z',
      '2026-10-25T23:00Z',
    ],
    [
      'a window around a repeated hour is open all of it',
      'mon-sun',
      '01:00',
      '05:00',
      '2026-10-25T01:30Z',
      '2026-10-25T01:30Z',
    ],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('Europe/Paris', row)).toEqual(at(row[5]));
  });
});

describe('in America/New_York', () => {
  const rows: readonly Row[] = [
    ['09:00 is 14:00 UTC in winter', 'mon-fri', '09:00', '17:00', '2026-03-06T12:00Z', '2026-03-06T14:00Z'],
    ['09:00 is 13:00 UTC in summer', 'mon-fri', '09:00', '17:00', '2026-03-07T12:00Z', '2026-03-09T13:00Z'],
    [
      'an opening that is skipped is the end of the gap',
      'mon-sun',
      '02:30',
      '05:00',
      '2026-03-08T06:30Z',
      '2026-03-08T07:00Z',
    ],
    [
      'an opening that comes twice counts the first time',
      'mon-sun',
      '01:30',
      '05:00',
      '2026-11-01T05:00Z',
      '2026-11-01T05:30Z',
    ],
    [
      'the evening belongs to its own day, though UTC is a day further',
      'fri',
      '18:00',
      '24:00',
      '2026-03-07T03:00Z',
      '2026-03-07T03:00Z',
    ],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('America/New_York', row)).toEqual(at(row[5]));
  });
});

describe('in America/Santiago, where clocks change at midnight', () => {
  const rows: readonly Row[] = [
    ['a day that begins at 01:00 opens then', 'sun', '00:00', '06:00', '2026-09-05T23:00Z', '2026-09-06T04:00Z'],
    [
      'the day before closes where the gap begins',
      'sat',
      '09:00',
      '24:00',
      '2026-09-06T03:59:59.999Z',
      '2026-09-06T03:59:59.999Z',
    ],
    [
      'a repeated last hour still belongs to its day',
      'sat',
      '09:00',
      '24:00',
      '2026-04-05T03:30Z',
      '2026-04-05T03:30Z',
    ],
    ['that day closes at the only midnight it has', 'sat', '09:00', '24:00', '2026-04-05T04:00Z', '2026-04-11T13:00Z'],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('America/Santiago', row)).toEqual(at(row[5]));
  });
});

describe('in Australia/Lord_Howe, where clocks change by half an hour', () => {
  const rows: readonly Row[] = [
    [
      'an opening that is skipped is the end of the gap',
      'mon-sun',
      '02:15',
      '05:00',
      '2026-10-03T15:00Z',
      '2026-10-03T15:30Z',
    ],
    ['09:00 is half an hour earlier in summer', 'mon-sun', '09:00', '17:00', '2026-10-03T16:00Z', '2026-10-03T22:00Z'],
    [
      'an opening that comes twice counts the first time',
      'mon-sun',
      '01:45',
      '05:00',
      '2026-04-04T14:30Z',
      '2026-04-04T14:45Z',
    ],
    [
      'a closing that comes twice counts the first time',
      'mon-sun',
      '00:00',
      '01:45',
      '2026-04-04T14:45Z',
      '2026-04-05T13:30Z',
    ],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('Australia/Lord_Howe', row)).toEqual(at(row[5]));
  });
});

test('in Asia/Kathmandu, 09:00 is 03:15 UTC', () => {
  const window = WindowFile.parse({ days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'Asia/Kathmandu' });
  expect(nextOpening(window, 'UTC', at('2026-03-02T02:00Z'))).toEqual(at('2026-03-02T03:15Z'));
});

test('a window in the zone of the lead opens by the clock of the lead', () => {
  const window = WindowFile.parse({ between: ['09:00', '17:00'], timezone: 'lead' });
  expect(nextOpening(window, 'America/New_York', at('2026-03-02T09:00Z'))).toEqual(at('2026-03-02T14:00Z'));
});

test('a window in a zone of its own disregards the clock of the lead', () => {
  const window = WindowFile.parse({ between: ['09:00', '17:00'], timezone: 'Europe/Paris' });
  expect(nextOpening(window, 'America/New_York', at('2026-03-02T09:00Z'))).toEqual(at('2026-03-02T09:00Z'));
});

test('a window of days alone is open all day', () => {
  expect(nextOpening(WindowFile.parse({ days: 'mon' }), 'UTC', at('2026-03-02T23:59Z'))).toEqual(
    at('2026-03-02T23:59Z'),
  );
});

test('a window of hours alone is open every day', () => {
  const window = WindowFile.parse({ between: ['09:00', '17:00'] });
  expect(nextOpening(window, 'UTC', at('2026-03-07T10:00Z'))).toEqual(at('2026-03-07T10:00Z'));
});

describe('in Pacific/Apia, which left out Friday, 30 December 2011', () => {
  const rows: readonly Row[] = [
    ['the day after Thursday is Saturday', 'mon-sun', '09:00', '17:00', '2011-12-30T04:00Z', '2011-12-30T19:00Z'],
    [
      'a Friday that is not there opens a week later',
      'fri',
      '09:00',
      '17:00',
      '2011-12-29T20:00Z',
      '2012-01-05T19:00Z',
    ],
  ];
  test.each(rows)('%s (%s %s-%s at %s)', (...row) => {
    expect(opening('Pacific/Apia', row)).toEqual(at(row[5]));
  });
});

describe('on holidays', () => {
  const officeHours = { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'Europe/Paris' };
  const calendars: Calendars = new Map([
    ['fr', aCalendar('2026-04-06', '05-01', '12-25')],
    ['company', aCalendar('2026-12-24', '12-28')],
  ]);

  test.each([
    ['a holiday on a Friday opens on Monday', 'fr', '2026-05-01T10:00Z', '2026-05-04T07:00Z'],
    ['after a weekend and a holiday, Friday goes on to Tuesday', 'fr', '2026-04-03T18:00Z', '2026-04-07T07:00Z'],
    ['a day of every year is a holiday in any year', 'fr', '2028-12-25T10:00Z', '2028-12-26T08:00Z'],
    ['a day of one year is no holiday in another', 'fr', '2028-04-06T10:00Z', '2028-04-06T10:00Z'],
    ['the evening before is open to its closing', 'fr', '2026-04-30T14:59:59.999Z', '2026-04-30T14:59:59.999Z'],
    ['days of two calendars add up', ['fr', 'company'], '2026-12-24T09:00Z', '2026-12-29T08:00Z'],
    ['a calendar that is not there has no days', ['none', 'fr'], '2026-12-24T09:00Z', '2026-12-24T09:00Z'],
    ['a window without calendars knows no holidays', undefined, '2026-05-01T10:00Z', '2026-05-01T10:00Z'],
  ])('%s', (_, holidays, now, expected) => {
    const window = WindowFile.parse({ ...officeHours, ...(holidays ? { holidays } : {}) });
    expect(nextOpening(window, 'UTC', at(now), calendars)).toEqual(at(expected));
  });

  test.each([
    ['Europe/Paris', '2026-05-01T22:00Z'],
    ['America/New_York', '2026-05-01T03:00Z'],
    ['Asia/Tokyo', '2026-05-01T15:00Z'],
  ])('the day is that of the window: in %s, mail of three in the morning, UTC, may go at %s', (zone, expected) => {
    const window = WindowFile.parse({ holidays: 'fr' });
    expect(nextOpening(window, zone, at('2026-05-01T03:00Z'), calendars)).toEqual(at(expected));
  });

  test.each([
    ['fr', ['fr']],
    [
      ['fr', 'company'],
      ['fr', 'company'],
    ],
    [undefined, []],
  ])('a window with the holidays %j has the calendars %j', (holidays, names) => {
    expect(WindowFile.parse(holidays ? { holidays } : {}).holidays).toEqual(names);
  });

  test('a calendar may close a year and more in a row', () => {
    const closed = aCalendar(...daysFrom('2026-03-01', 700));
    const window = WindowFile.parse({ holidays: 'fr' });
    expect(nextOpening(window, 'UTC', at('2026-03-01T10:00Z'), new Map([['fr', closed]]))).toEqual(
      at('2028-01-30T00:00Z'),
    );
  });

  test('a window that stays shut for two years is refused', () => {
    const closed = aCalendar(...daysFrom('2026-03-01', 800));
    const window = WindowFile.parse({ holidays: 'fr' });
    expect(() => nextOpening(window, 'UTC', at('2026-03-01T10:00Z'), new Map([['fr', closed]]))).toThrow(
      'a send window that rests for 732 days was not refused when the files were read',
    );
  });
});

test('on any night of any zone, the opening is the one that a plain walk over the calendar finds', () => {
  const minutes = fc.oneof(fc.nat(300), fc.nat(24 * 60));
  const aWindow = fc
    .record({ days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), from: minutes, to: minutes })
    .filter(({ from, to }) => from < to);
  const aCase = aZone.chain((zone) =>
    fc.tuple(fc.constant(zone), anInstantNear(zone), aWindow, fc.array(fc.nat(12), { maxLength: 6 })),
  );
  fc.assert(
    fc.property(aCase, ([timeZone, now, hours, daysOff]) => {
      const window = { ...hours, timeZone, holidays: ['some'] };
      const some = aCalendar(...daysOff.flatMap((ahead) => [dayFrom(now, ahead), dayFrom(now, 2 * ahead).slice(5)]));
      expect(nextOpening(window, 'UTC', now, new Map([['some', some]]))).toEqual(plainOpening(window, now, some));
    }),
    { numRuns: 1000 },
  );
});

function plainOpening({ days, from, to, timeZone }: SendWindow, now: Date, calendar: Calendar): Date {
  const start = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
  for (let ahead = 0; ; ahead += 1) {
    const day = start.add({ days: ahead });
    const isOff = [...calendar.days].some((off) => day.toString().endsWith(off));
    const [opens, closes] = [plainMinute(day, from, timeZone), plainMinute(day, to, timeZone)];
    if (days.includes(day.dayOfWeek) && !isOff && opens < closes && now < closes) return now < opens ? opens : now;
  }
}

function aCalendar(...days: readonly string[]): Calendar {
  return toCalendar('some', CalendarFile.parse({ name: 'Some', days: days.length > 0 ? days : ['1900-01-01'] }));
}

function dayFrom(start: Date, ahead: number): string {
  return new Date(start.getTime() + ahead * 86_400_000).toISOString().slice(0, 10);
}

function daysFrom(first: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => dayFrom(at(`${first}T00:00Z`), i));
}
