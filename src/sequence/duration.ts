import * as z from 'zod';
import { quoted } from '../diagnostic.js';
import { dayMs, dayOf, instantOf, wallAt } from './wall-clock.js';

const units = ['minutes', 'hours', 'days', 'weeks', 'months'] as const;
export type DurationUnit = (typeof units)[number];

/** A length of time as people write it. Days and longer follow the calendar of a time zone, hours and minutes the clock. */
export type Duration = { readonly amount: number; readonly unit: DurationUnit };

const pattern = /^(\d{1,5})\s*(minute|hour|day|week|month)s?$/i;

/** Reads "3 days", "1 week", "90 minutes"; undefined when it is none. */
export function parseDuration(written: string): Duration | undefined {
  const [, amount, name] = pattern.exec(written.trim()) ?? [];
  const unit = units.find((known) => known === `${name?.toLowerCase()}s`);
  return unit && Number(amount) > 0 ? { amount: Number(amount), unit } : undefined;
}

/** A number of days on which business is done: Monday to Friday, without holidays. */
export type BusinessDays = { readonly businessDays: number };

const businessDaysPattern = /^(\d{1,3})\s*(?:business|working)\s+days?$/i;

/** Reads "2 business days" or "3 working days"; undefined when it is none. */
export function parseBusinessDays(written: string): BusinessDays | undefined {
  const businessDays = Number(businessDaysPattern.exec(written.trim())?.[1] ?? 0);
  return businessDays > 0 ? { businessDays } : undefined;
}

const text = z.string({ error: 'a length of time must be text in quotes\nWrite for example "3 days".' });

/** A duration in a file. */
export const DurationText = text
  .transform((written, context) => {
    const duration = parseDuration(written);
    if (duration) return duration;
    context.addIssue(badDuration(written, 'minutes, hours, days, weeks or months, for example "3 days"'));
    return z.NEVER;
  })
  .meta({
    description: 'A length of time: a number and minutes, hours, days, weeks or months.',
    examples: ['3 days', '1 week', '90 minutes'],
  });

/** How long a step waits: by the calendar or the clock, or in business days. */
export const WaitText = text
  .transform((written, context): Duration | BusinessDays => {
    const length = parseBusinessDays(written) ?? parseDuration(written);
    if (length) return length;
    context.addIssue(
      badDuration(written, 'minutes, hours, days, weeks, months or business days, for example "3 days"'),
    );
    return z.NEVER;
  })
  .meta({
    description: 'How long to wait. Business days are Monday to Friday without the holidays of the send window.',
    examples: ['3 days', '2 business days', '4 hours'],
  });

function badDuration(written: string, known: string) {
  const params = { code: 'bad-duration' };
  const [, seconds] = /^(\d{1,5})\s*(?:s|secs?|seconds?)$/i.exec(written.trim()) ?? [];
  if (seconds) {
    const instead = durationInWords({ amount: Math.max(1, Math.ceil(Number(seconds) / 60)), unit: 'minutes' });
    const message = `seconds are finer than mail can be timed\nWrite ${quoted(instead)}.`;
    return { code: 'custom', params, message } as const;
  }
  const message = `${quoted(written)} is not a length of time\nWrite a number and ${known}.`;
  return { code: 'custom', params, message } as const;
}

/**
 * The instant `duration` after `start`, on the calendar of `timeZone`: "1 day" is the same wall-clock time, also over a DST
 * night; where that time is skipped, it ends as much later. A negative amount looks back.
 */
export function addDuration(start: Date, duration: Duration, timeZone: string): Date {
  const wall = wallAt(start, timeZone);
  const end = addToDay(dayOf(wall), duration);
  if (end === undefined) return new Date(start.getTime() + durationMs(duration));
  return instantOf(wall + (end - dayOf(wall)) * dayMs, timeZone, 'as-much-later');
}

/** The day so many days, weeks or months after `day`; undefined for hours and minutes, which are no matter of the calendar. */
export function addToDay(day: number, { amount, unit }: Duration): number | undefined {
  if (unit === 'days') return day + amount;
  if (unit === 'weeks') return day + 7 * amount;
  return unit === 'months' ? addMonths(day, amount) : undefined;
}

/** The same day of a later month, or the last of a shorter one. */
function addMonths(day: number, months: number): number {
  const date = new Date(day * dayMs);
  const lastOfMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0));
  return lastOfMonth.getTime() / dayMs - Math.max(0, lastOfMonth.getUTCDate() - date.getUTCDate());
}

/** The instant `duration` before `end`, counted in days of 24 hours (months of 30), for looking back. */
export function before(end: Date, duration: Duration): Date {
  return new Date(end.getTime() - durationMs(duration));
}

const unitMs: Readonly<Record<DurationUnit, number>> = {
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
  weeks: 7 * 86_400_000,
  months: 30 * 86_400_000,
};

export function durationMs({ amount, unit }: Duration): number {
  return amount * unitMs[unit];
}

/** "3 days", "1 week". */
export function durationInWords({ amount, unit }: Duration): string {
  return `${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`;
}

/** "3 days", "2 business days". */
export function waitInWords(wait: Duration | BusinessDays): string {
  if ('amount' in wait) return durationInWords(wait);
  return `${wait.businessDays} business ${wait.businessDays === 1 ? 'day' : 'days'}`;
}

export function isTimeZone(name: string): boolean {
  if (name.length > longestZone) return false;
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (zones.size >= mostZones) zones.clear();
  const is = isZoneOfIntl(name);
  zones.set(name, is);
  return is;
}

/** Names asked for lately: asking Intl takes longer than all else that is read of a lead. The bounds keep out what strangers send. */
const zones = new Map<string, boolean>();
const mostZones = 1000;
const longestZone = 60;

function isZoneOfIntl(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
