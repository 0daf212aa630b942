import { describe, expect, test } from '@jest/globals';
import type { ZodError } from 'zod';
import { RelativeDate, relativeDateInWords, UntilText, untilInWords } from '../src/sequence/moment-file.js';

const threeDays = { amount: 3, unit: 'days' };

describe('what a wait may be for', () => {
  test.each([
    ['tuesday 10:00', { kind: 'clock', weekday: 2, minutes: 600 }, 'Tuesday 10:00'],
    ['Tuesday', { kind: 'clock', weekday: 2 }, 'Tuesday'],
    ['sun 9:30', { kind: 'clock', weekday: 7, minutes: 570 }, 'Sunday 09:30'],
    ['10:00', { kind: 'clock', minutes: 600 }, '10:00'],
    ['24:00', { kind: 'clock', minutes: 1440 }, '24:00'],
    ['2026-12-24', { kind: 'date', date: '2026-12-24' }, '24 December 2026, 09:00'],
    ['2026-12-24 14:30', { kind: 'date', date: '2026-12-24', minutes: 870 }, '24 December 2026, 14:30'],
    ['lead.webinarAt', { kind: 'field', field: 'webinarAt' }, 'webinarAt'],
    ['LEAD.webinarAt', { kind: 'field', field: 'webinarAt' }, 'webinarAt'],
    ['lead.renewal-date 10:00', { kind: 'field', field: 'renewal-date', minutes: 600 }, 'renewal-date, 10:00'],
    [
      '3 days before lead.webinarAt',
      { kind: 'field', field: 'webinarAt', offset: { by: threeDays, sign: -1 } },
      '3 days before webinarAt',
    ],
    [
      ' 1  Hour AFTER lead.webinarAt ',
      { kind: 'field', field: 'webinarAt', offset: { by: { amount: 1, unit: 'hours' }, sign: 1 } },
      '1 hour after webinarAt',
    ],
    [
      '3 days before lead.renewalDate 10:00',
      { kind: 'field', field: 'renewalDate', offset: { by: threeDays, sign: -1 }, minutes: 600 },
      '3 days before renewalDate, 10:00',
    ],
  ])('"%s"', (written, until, words) => {
    const read = UntilText.parse(written);
    expect(read).toEqual(until);
    expect(untilInWords(read)).toBe(words);
  });

  const forms = 'Write "tuesday 10:00", "2026-12-24 09:00", "lead.webinarAt" or "3 days before lead.webinarAt".';
  test.each([
    ['', forms],
    ['soon', forms],
    ['today', forms],
    ['tuesday 25:00', forms],
    ['12-24', forms],
    ['lead.', forms],
    ['before lead.webinarAt', forms],
    ['30 seconds before lead.webinarAt', forms],
    ['2 business days before lead.webinarAt', forms],
    ['tusday 10:00', 'Did you mean "tuesday 10:00"?'],
    ['tuesday at 10:00', 'Did you mean "tuesday 10:00"?'],
    ['10:00 tuesday', 'Did you mean "tuesday 10:00"?'],
    ['2026-12-24T09:00', 'Did you mean "2026-12-24 09:00"?'],
    ['3 days before webinarAt', 'Did you mean "3 days before lead.webinarAt"?'],
  ])('"%s" is not a moment: %s', (written, mend) => {
    expect(mistakeIn(UntilText.safeParse(written))).toEqual(['bad-moment', `"${written}" is not a moment\n${mend}`]);
  });

  test.each([
    ['2026-02-30', 'there is no day "2026-02-30"\nFebruary 2026 has 28 days.'],
    ['2026-24-12 09:00', 'there is no day "2026-24-12"\nWrite the month first: "2026-12-24".'],
    ['26-12-24', `"26-12-24" is not a day\n${forms}`],
  ])('"%s" is a day that is none', (written, message) => {
    expect(mistakeIn(UntilText.safeParse(written))).toEqual(['bad-moment', message]);
  });

  test('a number is no text', () => {
    expect(UntilText.safeParse(10).error?.issues[0]?.message).toBe(`a moment must be text in quotes\n${forms}`);
  });
});

describe('what a date of a condition may be', () => {
  test.each([
    ['2026-12-01', { kind: 'date', date: '2026-12-01' }, '1 December 2026'],
    ['2026-12-01 14:00', { kind: 'date', date: '2026-12-01', minutes: 840 }, '1 December 2026, 14:00'],
    ['today', { kind: 'day', days: 0 }, 'today'],
    ['Tomorrow', { kind: 'day', days: 1 }, 'tomorrow'],
    ['yesterday', { kind: 'day', days: -1 }, 'yesterday'],
    ['now', { kind: 'now' }, 'now'],
    ['in 7 days', { kind: 'offset', by: { amount: 7, unit: 'days' }, sign: 1 }, 'in 7 days'],
    ['30 days ago', { kind: 'offset', by: { amount: 30, unit: 'days' }, sign: -1 }, '30 days ago'],
    [' In 1 Hour', { kind: 'offset', by: { amount: 1, unit: 'hours' }, sign: 1 }, 'in 1 hour'],
  ])('"%s"', (written, relative, words) => {
    const read = RelativeDate.parse(written);
    expect(read).toEqual(relative);
    expect(relativeDateInWords(read)).toBe(words);
  });

  const forms = 'Write "2026-12-01", "2026-12-01 14:00", "today", "in 7 days" or "30 days ago".';
  test.each([
    ['next week', `"next week" is not a date\n${forms}`],
    ['constructor', `"constructor" is not a date\n${forms}`],
    ['7 days', '"7 days" is not a date\nWrite "in 7 days" or "7 days ago".'],
    ['tomorow', '"tomorow" is not a date\nDid you mean "tomorrow"?'],
    ['2026-06-31', 'there is no day "2026-06-31"\nJune 2026 has 30 days.'],
  ])('"%s" is none', (written, message) => {
    expect(mistakeIn(RelativeDate.safeParse(written))).toEqual(['bad-date', message]);
  });
});

function mistakeIn({ error }: { readonly error?: ZodError }): readonly unknown[] {
  const [issue] = error?.issues ?? [];
  return [issue?.code === 'custom' ? issue.params?.['code'] : undefined, issue?.message];
}
