import { describe, expect, test } from '@jest/globals';
import { CalendarFile, isHoliday, isShutForAYear, toCalendar } from '../src/sequence/calendar-file.js';
import { readJson, schemaProblems } from '../src/sequence/json-source.js';
import { at } from './builders.js';

test('a calendar bears the name of its file and the title that is in it', () => {
  const file = CalendarFile.parse({
    name: 'Public holidays in France',
    days: ['2026-12-25', '05-01', { date: '2026-04-06', name: 'Easter Monday' }],
  });
  expect(toCalendar('fr', file)).toEqual({
    name: 'fr',
    title: 'Public holidays in France',
    days: new Set(['2026-12-25', '05-01', '2026-04-06']),
  });
});

describe('a day of a calendar', () => {
  test.each(['2026-12-25', '2024-02-29', '02-29', '12-31', '1900-01-01', '2199-12-31'])('may be "%s"', (day) => {
    expect(CalendarFile.safeParse({ name: 'Some', days: [day] }).success).toBe(true);
  });

  const dayForms = 'Write year, month and day, "2026-12-25", or month and day for every year, "12-25".';
  test.each([
    ['2026-02-30', 'there is no day "2026-02-30"', 'February 2026 has 28 days.'],
    ['02-30', 'there is no day "02-30"', 'February has 29 days.'],
    ['04-31', 'there is no day "04-31"', 'April has 30 days.'],
    ['13-01', 'there is no day "13-01"', 'Write the month first: "01-13".'],
    ['2026-25-12', 'there is no day "2026-25-12"', 'Write the month first: "2026-12-25".'],
    ['32-14', 'there is no day "32-14"', dayForms],
    ['00-10', 'there is no day "00-10"', dayForms],
    ['Christmas', '"Christmas" is not a day', dayForms],
    ['25.12.2026', '"25.12.2026" is not a day', dayForms],
    ['0206-12-25', 'the year of "0206-12-25" is not one from 1900 to 2199', dayForms],
  ])('cannot be "%s": %s. %s', (day, message, hint) => {
    expect(problemsOf({ name: 'Some', days: [day] })).toEqual([{ code: 'bad-date', message, hint }]);
  });

  test.each([
    [
      12,
      'wrong-value',
      'a day is text or an object',
      'Write "2026-12-25" or { "date": "2026-12-25", "name": "Christmas" }.',
    ],
    [{ date: '13-45', name: 'Never' }, 'bad-date', 'there is no day "13-45"', dayForms],
    [{ date: '12-25' }, 'missing-key', 'the key "name" is missing', 'Add it.'],
    [{ day: '12-25', name: 'Christmas' }, 'unknown-key', 'unknown key "day"', 'Did you mean "date"?'],
  ])('cannot be %j: %s', (day, code, message, hint) => {
    expect(problemsOf({ name: 'Some', days: [day] })).toContainEqual({ code, message, hint });
  });
});

test('a calendar without days is refused', () => {
  const problem = { code: 'wrong-value', message: 'days is an empty list', hint: 'Name at least one.' };
  expect(problemsOf({ name: 'Some', days: [] })).toEqual([problem]);
});

describe('a holiday', () => {
  const calendars = [aCalendar('2026-04-06', '05-01'), aCalendar('02-29')];
  test.each([
    ['2026-04-06', true],
    ['2027-04-06', false],
    ['2026-05-01', true],
    ['2031-05-01', true],
    ['2028-02-29', true],
    ['2026-02-28', false],
  ])('whether %s is one of any calendar: %s', (day, expected) => {
    expect(isHoliday(calendars, day)).toBe(expected);
  });
});

describe('calendars that close for more than a year on end are found', () => {
  const weekdays = [1, 2, 3, 4, 5];
  const saturdays = every(7, '2026-01-03', 105);
  const everyDay = every(1, '2028-01-01', 366).map((day) => day.slice('2028-'.length));

  test.each([
    ['a dozen holidays', weekdays, ['2026-04-06', '05-01', '12-25'], false],
    ['the Saturdays of two years, for mail on Saturdays', [6], saturdays, true],
    ['the same, for mail on weekends', [6, 7], saturdays, false],
    ['the same, for mail on weekdays', weekdays, saturdays, false],
    ['each day of each year', [1, 2, 3, 4, 5, 6, 7], everyDay, true],
    ['all but a day of each year', [1, 2, 3, 4, 5, 6, 7], everyDay.filter((day) => day !== '05-05'), false],
    ['all but a day that is not a Monday each year', [1], everyDay.filter((day) => day !== '05-05'), true],
    ['a closure of 366 days', [1, 2, 3, 4, 5, 6, 7], every(1, '2026-03-01', 366), false],
    ['a closure of 367 days', [1, 2, 3, 4, 5, 6, 7], every(1, '2026-03-01', 367), true],
  ])('%s, weekdays %j', (_, days, dates, expected) => {
    expect(isShutForAYear(days, [aCalendar(...dates)])).toBe(expected);
  });

  test('also when only several together do', () => {
    const halves = [aCalendar(...saturdays.slice(0, 50)), aCalendar(...saturdays.slice(50))];
    expect(isShutForAYear([6], halves)).toBe(true);
  });
});

function aCalendar(...days: readonly string[]) {
  return toCalendar('some', CalendarFile.parse({ name: 'Some', days }));
}

function every(step: number, first: string, count: number): readonly string[] {
  const start = at(`${first}T00:00Z`).getTime();
  return Array.from({ length: count }, (_, i) => new Date(start + i * step * 86_400_000).toISOString().slice(0, 10));
}

function problemsOf(written: unknown) {
  const source = readJson('calendars/some.json', JSON.stringify(written));
  const { error } = CalendarFile.safeParse(source.value);
  return (error ? schemaProblems(source, error) : []).map(({ code, message, hint }) => ({ code, message, hint }));
}
