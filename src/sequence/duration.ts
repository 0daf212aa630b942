import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';
import { quoted } from '../diagnostic.js';

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

/** A duration in a file. */
export const DurationText = z
  .string({ error: 'a length of time must be text in quotes\nWrite for example "3 days".' })
  .transform((written, context) => {
    const duration = parseDuration(written);
    if (duration) return duration;
    context.addIssue({
      code: 'custom',
      params: { code: 'bad-duration' },
      message: `${quoted(written)} is not a length of time\nWrite a number and minutes, hours, days, weeks or months, for example "3 days".`,
    });
    return z.NEVER;
  });

/** The instant `duration` after `start`, on the calendar of `timeZone`: "1 day" is the same wall-clock time, also over a DST night. */
export function addDuration(start: Date, duration: Duration, timeZone: string): Date {
  const zoned = Temporal.Instant.fromEpochMilliseconds(start.getTime()).toZonedDateTimeISO(timeZone);
  return new Date(zoned.add({ [duration.unit]: duration.amount }).epochMilliseconds);
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

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
