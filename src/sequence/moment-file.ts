import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { dayMistake, monthNames } from './calendar-file.js';
import { type Duration, durationInWords, parseDuration } from './duration.js';
import { minutesOfDay, weekdayNumber } from './window-file.js';

/** So long before (-1) or after (1) something. */
export type Offset = { readonly by: Duration; readonly sign: 1 | -1 };

/** What a wait may be for: the next such weekday and time, a day, or a date in a field of the lead. Minutes are after midnight. */
export type Until =
  | { readonly kind: 'clock'; readonly weekday?: number; readonly minutes?: number }
  | { readonly kind: 'date'; readonly date: string; readonly minutes?: number }
  | { readonly kind: 'field'; readonly field: string; readonly offset?: Offset; readonly minutes?: number };

type Minutes = { readonly minutes?: number };
/** What is written, or what is wrong with it: message, line break, mend. */
type Read<T> = { readonly value: T } | { readonly mistake: string };

const untilForms = 'Write "tuesday 10:00", "2026-12-24 09:00", "lead.webinarAt" or "3 days before lead.webinarAt".';

/** The moment a wait ends, in a file. */
export const UntilText = z
  .string({ error: `a moment must be text in quotes\n${untilForms}` })
  .transform((written, context): Until => reading(readUntil(written), 'bad-moment', context))
  .meta({
    description:
      'The moment that is waited for: the next such weekday or time, a day, or the date in a field of the lead, also so long before or after it. A day without a time means 09:00.',
    examples: ['tuesday 10:00', '2026-12-24 09:00', 'lead.webinarAt', '3 days before lead.webinarAt'],
  });

function readUntil(written: string): Read<Until> {
  const words = written.trim().replace(/\s+/g, ' ');
  const read = untilIn(words);
  if (read) return read;
  const meant = likelyMeant(words).find((other) => other !== words && untilIn(other));
  return { mistake: `${quoted(written)} is not a moment\n${meant ? `Did you mean ${quoted(meant)}?` : untilForms}` };
}

function untilIn(words: string): Read<Until> | undefined {
  return readClock(words) ?? readField(words) ?? readDateTime(words, untilForms);
}

/** The text with one slip mended, for each slip that people make. */
function likelyMeant(words: string): readonly string[] {
  const first = /^[a-z]+/i.exec(words)?.[0] ?? '';
  const days = [...weekdayNames.map((day) => day.toLowerCase()), ...Object.keys(namedDays)];
  const [, day = first] = /^Did you mean "(.+)"/.exec(didYouMean(first, days)) ?? [];
  return [
    words.replace(/ at (?=\d)/i, ' '),
    words.replace(/^([\d-]+)T/i, '$1 '),
    words.replace(/^([\d:]+) ([a-z]+)$/i, '$2 $1'),
    words.replace(/ (before|after) (?!lead\.)/i, ' $1 lead.'),
    day + words.slice(first.length),
  ];
}

function readClock(words: string): Read<Until> | undefined {
  const [, day, time] = /^([a-z]+)?(?:(?:^| )(\d{1,2}:\d\d))?$/i.exec(words) ?? [];
  const weekday = day === undefined ? undefined : weekdayNumber(day);
  const minutes = minutesIn(time);
  if ((!day && !time) || (day && !weekday) || !minutes) return undefined;
  return { value: { kind: 'clock', ...(weekday ? { weekday } : {}), ...minutes } };
}

function readField(words: string): Read<Until> | undefined {
  const pattern = /^(?:(.+) (before|after) )?lead\.([a-z][\w-]*)(?: (\d{1,2}:\d\d))?$/i;
  const [, length, side, field, time] = pattern.exec(words) ?? [];
  const minutes = minutesIn(time);
  const by = length === undefined ? undefined : parseDuration(length);
  if (!field || !minutes || (side && !by)) return undefined;
  const offset = by ? { offset: { by, sign: side?.toLowerCase() === 'before' ? -1 : 1 } as const } : {};
  return { value: { kind: 'field', field, ...offset, ...minutes } };
}

function readDateTime(
  words: string,
  forms: string,
): Read<{ readonly kind: 'date'; readonly date: string } & Minutes> | undefined {
  const [, date, time] = /^(\d+-\d+-\d+)(?: (\d{1,2}:\d\d))?$/.exec(words) ?? [];
  const minutes = minutesIn(time);
  if (!date || !minutes) return undefined;
  const mistake = dayMistake(date, forms);
  return mistake ? { mistake } : { value: { kind: 'date', date, ...minutes } };
}

/** Nothing for no time, undefined for one that is none. */
function minutesIn(time: string | undefined): Minutes | undefined {
  if (time === undefined) return {};
  const minutes = minutesOfDay(time);
  return minutes === undefined ? undefined : { minutes };
}

function reading<T>(read: Read<T>, code: string, context: z.core.$RefinementCtx): T {
  if ('value' in read) return read.value;
  context.addIssue({ code: 'custom', params: { code }, message: read.mistake });
  return z.NEVER;
}

/** A day or an instant as seen from now. `days`: from today, which is 0. */
export type RelativeDate =
  | { readonly kind: 'now' }
  | { readonly kind: 'day'; readonly days: number }
  | { readonly kind: 'offset'; readonly by: Duration; readonly sign: 1 | -1 }
  | { readonly kind: 'date'; readonly date: string; readonly minutes?: number };

const relativeForms = 'Write "2026-12-01", "2026-12-01 14:00", "today", "in 7 days" or "30 days ago".';

/** A date in a condition. */
export const RelativeDate = z
  .string({ error: `a date must be text in quotes\n${relativeForms}` })
  .transform((written, context): RelativeDate => reading(readRelativeDate(written), 'bad-date', context))
  .meta({
    description: 'A day, a day with a time, "now", "today", "tomorrow", "yesterday", "in 7 days" or "30 days ago".',
    examples: ['2026-12-01', 'today', 'in 7 days', '30 days ago'],
  });

const namedDays: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };

function readRelativeDate(written: string): Read<RelativeDate> {
  const words = written.trim().replace(/\s+/g, ' ').toLowerCase();
  if (words === 'now') return { value: { kind: 'now' } };
  const days = Object.hasOwn(namedDays, words) ? namedDays[words] : undefined;
  if (days !== undefined) return { value: { kind: 'day', days } };
  const [, ahead, back] = /^(?:in (.+)|(.+) ago)$/.exec(words) ?? [];
  const by = parseDuration(ahead ?? back ?? '');
  if (by) return { value: { kind: 'offset', by, sign: ahead ? 1 : -1 } };
  const date = readDateTime(words, relativeForms);
  if (date) return date;
  const known = ['now', ...Object.keys(namedDays)];
  const near = didYouMean(words, known);
  const either = parseDuration(words) ? `Write ${quoted(`in ${words}`)} or ${quoted(`${words} ago`)}.` : relativeForms;
  return { mistake: `${quoted(written)} is not a date\n${near.startsWith('Did') ? near : either}` };
}

/** "Tuesday 10:00", "24 December 2026, 09:00", "3 days before webinarAt". */
export function untilInWords(until: Until): string {
  switch (until.kind) {
    case 'clock': {
      const day = until.weekday === undefined ? undefined : weekdayNames[until.weekday - 1];
      return [day, timeInWords(until.minutes)].filter(Boolean).join(' ');
    }
    case 'date':
      return `${dayInWords(until.date)}, ${timeInWords(until.minutes ?? morning)}`;
    case 'field': {
      const { offset, field } = until;
      const side = offset?.sign === -1 ? 'before' : 'after';
      const what = offset ? `${durationInWords(offset.by)} ${side} ${field}` : field;
      return [what, timeInWords(until.minutes)].filter(Boolean).join(', ');
    }
  }
}

/** "today", "in 7 days", "1 December 2026". */
export function relativeDateInWords(relative: RelativeDate): string {
  switch (relative.kind) {
    case 'now':
      return 'now';
    case 'day':
      return Object.entries(namedDays).find(([, days]) => days === relative.days)?.[0] ?? '';
    case 'offset':
      return relative.sign === 1 ? `in ${durationInWords(relative.by)}` : `${durationInWords(relative.by)} ago`;
    case 'date':
      return [dayInWords(relative.date), timeInWords(relative.minutes)].filter(Boolean).join(', ');
  }
}

/** When a day without a time begins for mail: 09:00. */
export const morning = 9 * 60;

const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

function dayInWords(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${day} ${monthNames[(month ?? 1) - 1]} ${year}`;
}

function timeInWords(minutes: number | undefined): string | undefined {
  if (minutes === undefined) return undefined;
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
