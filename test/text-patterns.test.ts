import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type * as z from 'zod';
import { CalendarFile } from '../src/sequence/calendar-file.js';
import { DurationText, WaitText } from '../src/sequence/duration.js';
import { RelativeDate, UntilText } from '../src/sequence/moment-file.js';
import { RateText } from '../src/sequence/rate-file.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';
import { anyCase, textPatterns } from '../src/editor/text-patterns.js';
import { TimeOfDay, WindowFile } from '../src/sequence/window-file.js';

const { schedule, enroll } = SequenceFile.shape;
const lengths = ['3', '12', '0', '00300', 'day', 'days', 'Weeks', 'hour', 'minutes', 'months', 'business', 'working'];
const times = ['10:00', '9:30', '24:00', '23:59', '25:00', '10:60'];
const days = ['2026-12-24', '1999-02-28', '2300-01-01', '26-1-1', '2026-13-01', '12-25'];
const weekdays = ['mon', 'Tuesday', 'wednes', 'SUN', 'fr', 'today'];

/** What reads each text, and the pieces of which right and nearly right ones are made. */
const readers: readonly { name: keyof typeof textPatterns; reader: z.ZodType; pieces: readonly string[] }[] = [
  { name: 'duration', reader: DurationText, pieces: lengths },
  { name: 'wait', reader: WaitText, pieces: lengths },
  {
    name: 'moment',
    reader: UntilText,
    pieces: [...lengths, ...times, ...days, ...weekdays, 'before', 'AFTER', 'lead.webinarAt', 'Lead.x_y-1'],
  },
  {
    name: 'date',
    reader: RelativeDate,
    pieces: [...lengths, ...times, ...days, 'now', 'Today', 'yesterday', 'tomorrow', 'in', 'ago'],
  },
  {
    name: 'rate',
    reader: RateText,
    pieces: ['14 ', '0 ', '60 per ', 'per ', ' PER ', '5 per 10 ', 'second', 'minutes', 'Hour', 'days', 'week'],
  },
  { name: 'timeOfDay', reader: TimeOfDay, pieces: [...times, '0:00', '07:05', '1:30', '0', ':'] },
  { name: 'weekdays', reader: WindowFile.in.shape.days, pieces: [...weekdays, 'mon-fri', 'Sat - sunday', ','] },
  {
    name: 'holiday',
    reader: CalendarFile.shape.days.element,
    pieces: [...days, '05-01', '02-29', '02-30', '2024-02-29', '2026-02-29', '1900-01-01', '2199-12-31', '2026-', '-'],
  },
  {
    name: 'cron',
    reader: schedule,
    pieces: ['0', '10', '*', '*/2', '1-5', 'MON', '1,15', '@daily', '10 * * ', '0 9 1 ', '* * 1'],
  },
  {
    name: 'again',
    reader: enroll.unwrap().shape.again,
    pieces: [...lengths, 'never', 'always', 'Always', 'after', 'AFTER'],
  },
];

describe.each(readers)('the pattern of a $name', ({ name, reader, pieces }) => {
  test('takes all that is read', () => {
    const pattern = new RegExp(textPatterns[name], 'u');
    const gap = fc.constantFrom('', '', '', ' ', ' ', '  ', '\t');
    const written = fc.array(fc.tuple(gap, fc.constantFrom(...pieces)), { minLength: 1, maxLength: 5 });
    const read: string[] = [];
    fc.assert(
      fc.property(written, gap, (parts, end) => {
        const text = parts.flat().join('') + end;
        if (!reader.safeParse(text).success) return;
        read.push(text);
        expect([text, pattern.test(text)]).toEqual([text, true]);
      }),
      { numRuns: 3000 },
    );
    // Or it would say nothing.
    expect(new Set(read).size).toBeGreaterThan(5);
  });
});

test('the pattern of a zone takes every zone, old names too', () => {
  const pattern = new RegExp(textPatterns.zone, 'u');
  const zones = [
    ...Intl.supportedValuesOf('timeZone'),
    'lead',
    'utc',
    'EST5EDT',
    'Etc/GMT+5',
    'Etc/GMT-14',
    'GB-Eire',
    'W-SU',
  ];
  expect(zones.filter((zone) => !pattern.test(zone))).toEqual([]);
});

test.each<[keyof typeof textPatterns, string]>([
  ['duration', '3'],
  ['duration', '3 dyas'],
  ['duration', '0 days'],
  ['duration', '2 business days'],
  ['wait', 'a day'],
  ['moment', 'tusday 10:00'],
  ['moment', 'tuesday 24:30'],
  ['moment', '3 days before webinarAt'],
  ['moment', '2026-13-01'],
  ['date', 'next week'],
  ['date', '7 days'],
  ['timeOfDay', '9'],
  ['timeOfDay', '24:01'],
  ['weekdays', 'mon-fry'],
  ['weekdays', 'mo'],
  ['holiday', '2026-4-6'],
  ['holiday', '24-12'],
  ['zone', '+02:00'],
  ['cron', '0 10 1 *'],
  ['again', 'sometimes'],
])('the pattern of a %s does not take "%s"', (name, text) => {
  expect(new RegExp(textPatterns[name], 'u').test(text)).toBe(false);
});

test.each([
  ['day', ['day', 'DAY', 'Day'], ['dya']],
  [String.raw`[a-f]\d`, ['a1', 'F1'], ['ad', 'g1']],
  ['[^x]', ['a', 'A'], ['x', 'X']],
])('"%s" is taken in any case', (source, taken, refused) => {
  const pattern = new RegExp(`^${anyCase(source)}$`, 'u');
  expect([taken.filter((text) => !pattern.test(text)), refused.filter((text) => pattern.test(text))]).toEqual([[], []]);
});
