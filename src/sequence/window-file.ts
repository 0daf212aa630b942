import * as z from 'zod';
import { isTimeZone } from './duration.js';
import { didYouMean, quoted } from '../diagnostic.js';
import { isObject, oneOrMore, slug, strict } from '../schema.js';

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** ISO number of a weekday: 1 is Monday, 7 Sunday. */
export type WeekdayNumber = number;

/** When mail may go: on these days, from `from` up to and not including `to` (minutes after midnight), in `timeZone`; never on `holidays`. */
export type SendWindow = {
  readonly days: readonly WeekdayNumber[];
  readonly from: number;
  readonly to: number;
  readonly timeZone: 'lead' | (string & {});
  /** Names of calendars. */
  readonly holidays: readonly string[];
};

/** The number of a weekday by its name or its first letters, or undefined. */
export function weekdayNumber(name: string): WeekdayNumber | undefined {
  const index = weekdays.findIndex((day) => name.length >= 3 && fullName(day).startsWith(name.toLowerCase()));
  return index < 0 ? undefined : index + 1;
}

function fullName(day: (typeof weekdays)[number]): string {
  const names = {
    mon: 'monday',
    tue: 'tuesday',
    wed: 'wednesday',
    thu: 'thursday',
    fri: 'friday',
    sat: 'saturday',
    sun: 'sunday',
  };
  return names[day];
}

const Days = z
  .string({ error: 'days must be text in quotes\nWrite for example "mon-fri".' })
  .transform((written, context): readonly WeekdayNumber[] => {
    const days = written.split(',').flatMap((part) => {
      const ends = part.trim().split(/\s*-\s*/);
      const [first, last] = ends.map(weekdayNumber);
      if (first === undefined || ends.length > 2) return [Number.NaN];
      if (!part.includes('-')) return [first];
      if (last === undefined) return [Number.NaN];
      return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, i) => ((first - 1 + i) % 7) + 1);
    });
    if (!days.some(Number.isNaN)) return [...new Set(days)].toSorted((a, b) => a - b);
    context.addIssue({
      code: 'custom',
      params: { code: 'bad-days' },
      message: `${quoted(written)} names no weekdays\nWrite "mon-fri", "mon, wed, fri" or one day.`,
    });
    return z.NEVER;
  });

/** Minutes after midnight of "09:30"; "24:00" is the end of the day. */
export function minutesOfDay(written: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(written) ?? [];
  const total = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && total <= 24 * 60 ? total : undefined;
}

/** A time of day in a file, in minutes after midnight. */
export const TimeOfDay = z
  .string({ error: 'a time of day must be text in quotes\nWrite for example "09:00".' })
  .transform((written, context) => {
    const minutes = minutesOfDay(written);
    if (minutes !== undefined) return minutes;
    context.addIssue({
      code: 'custom',
      params: { code: 'bad-time' },
      message: `${quoted(written)} is not a time of day\nWrite hours and minutes, "00:00" to "24:00".`,
    });
    return z.NEVER;
  });

function nearZone(zone: string): string {
  const hint = didYouMean(zone, ['lead', 'UTC', ...Intl.supportedValuesOf('timeZone')]);
  // A list of the first dozen of 400 zones would help nobody.
  return hint.startsWith('Did') ? hint : 'Write "lead" or a name such as "Europe/Paris".';
}

/** `"lead"` for the lead's own zone, or an IANA name. */
export const ZoneName = z
  .string({ error: 'a time zone must be text in quotes\nWrite "lead" or a name such as "Europe/Paris".' })
  .superRefine((zone, context) => {
    if (zone === 'lead' || isTimeZone(zone)) return;
    context.addIssue({
      code: 'custom',
      params: { code: 'unknown-time-zone' },
      message: `there is no time zone ${quoted(zone)}\n${nearZone(zone)}`,
    });
  });

/** `{ "days": "mon-fri", "between": ["09:00", "17:00"], "timezone": "lead", "holidays": "fr" }`; each key may be left out. */
export const WindowFile = strict({
  days: Days.optional().meta({
    description: 'The weekdays on which mail may go; every day unless said.',
    examples: ['mon-fri', 'mon, wed, fri', 'tue'],
  }),
  between: z
    .tuple([TimeOfDay, TimeOfDay], { error: 'between must be two times of day\nWrite for example ["09:00", "17:00"].' })
    .optional()
    .meta({
      description: 'From which time of day up to which mail may go; all day unless said.',
      examples: [['09:00', '17:00']],
    }),
  timezone: ZoneName.optional().meta({
    description: 'Whose clock counts: "lead" for that of each lead, or an IANA name; "lead" unless said.',
    examples: ['lead', 'Europe/Paris'],
  }),
  holidays: oneOrMore(slug('a calendar'))
    .optional()
    .meta({
      description: 'Calendars (files under sequences/calendars/) on whose days no mail goes.',
      examples: ['fr', ['fr', 'company']],
    }),
})
  .superRefine((window, context) => {
    if (!window.between || window.between[0] < window.between[1]) return;
    context.addIssue({
      code: 'custom',
      path: ['between'],
      params: { code: 'impossible-window' },
      message:
        'this send window never opens: it ends before it begins\nWrite the earlier time first, for example ["09:00", "17:00"].',
    });
  })
  .transform(
    (window): SendWindow => ({
      days: window.days ?? [1, 2, 3, 4, 5, 6, 7],
      from: window.between?.[0] ?? 0,
      to: window.between?.[1] ?? 24 * 60,
      timeZone: window.timezone ?? 'lead',
      holidays: window.holidays ?? [],
    }),
  )
  .meta({
    description: 'When mail may go.',
    examples: [{ days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead', holidays: 'fr' }],
  });

/** A step's own window; `"any time"` lifts that of the sequence. */
export const StepWindow = z
  .union([z.literal('any time'), WindowFile], {
    error: ({ input }) =>
      isObject(input)
        ? undefined
        : 'this is not a send window\nWrite "any time" or an object with: days, between, timezone, holidays.',
  })
  .meta({
    description: 'When this mail may go; "any time" lifts the window of the sequence.',
    examples: ['any time', { days: 'tue', between: ['10:00', '12:00'] }],
  });
