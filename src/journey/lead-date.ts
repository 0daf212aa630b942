import { addDuration, addToDay } from '../sequence/duration.js';
import type { RelativeDate } from '../sequence/moment-file.js';
import { atMinute, dayNumber, dayOf, dayText, instantOf, minuteMs, wallAt } from '../sequence/wall-clock.js';

/** A date as a field of a lead holds it. `at` of a day without a time is its first instant. */
export type LeadDate = { readonly day: string; readonly at: Date; readonly hasTime: boolean };

/**
 * A day ("2026-11-30", of the calendar of `zone`), an instant ("2026-11-30T14:00Z") or a time on the clocks of `zone`
 * ("2026-11-30 14:00"); undefined for anything else. Years before 1000 are what other systems write for "none".
 */
export function readDate(value: unknown, zone: string): LeadDate | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : timed(value, zone);
  if (typeof value !== 'string') return undefined;
  const [, date = '', time, offset] = datePattern.exec(value.trim()) ?? [];
  const day = dayNumber(date);
  if (day === undefined) return undefined;
  if (time === undefined) return { day: date, at: atMinute(day, 0, zone), hasTime: false };
  // Read as though it were UTC.
  const wall = Date.parse(`${date}T${time}Z`);
  if (Number.isNaN(wall)) return undefined;
  return timed(offset ? new Date(wall - offsetMs(offset)) : instantOf(wall, zone), zone);
}

const datePattern =
  /^(\d{4}-\d{2}-\d{2})(?:[T ]((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * minuteMs;
  return sign === '-' ? -ms : ms;
}

/** An instant on the calendar of `zone`; undefined where its years have no four digits. */
function timed(at: Date, zone: string): LeadDate | undefined {
  const day = dayText(dayOf(wallAt(at, zone)));
  return dayNumber(day) === undefined ? undefined : { day, at, hasTime: true };
}

/** A date of a condition on the calendar of `zone`; the `at` of a day is its first instant. */
export type ResolvedDate = { readonly at: Date; readonly isDay: boolean; readonly day: string };

/** "now" and hours are instants, days, weeks and months are days: "in 7 days" is all of that day. */
export function resolveDate(relative: RelativeDate, zone: string, now: Date): ResolvedDate {
  const today = dayOf(wallAt(now, zone));
  const wholeDay = (day: number): ResolvedDate => ({ at: atMinute(day, 0, zone), isDay: true, day: dayText(day) });
  const instant = (at: Date): ResolvedDate => ({ at, isDay: false, day: dayText(dayOf(wallAt(at, zone))) });
  switch (relative.kind) {
    case 'now':
      return instant(now);
    case 'day':
      return wholeDay(today + relative.days);
    case 'offset': {
      const by = { ...relative.by, amount: relative.sign * relative.by.amount };
      const day = addToDay(today, by);
      return day === undefined ? instant(addDuration(now, by, zone)) : wholeDay(day);
    }
    case 'date': {
      const day = dayNumber(relative.date) ?? Number.NaN;
      return relative.minutes === undefined ? wholeDay(day) : instant(atMinute(day, relative.minutes, zone));
    }
  }
}

/**
 * Whether a lead's date passes a test. Where either side is a day, days are compared, so that nothing of today is before
 * or after "today"; "on" always asks for the day. What is no date passes none.
 */
export function compareDates(
  value: unknown,
  test: 'before' | 'after' | 'on',
  relative: RelativeDate,
  zone: string,
  now: Date,
): boolean {
  const date = readDate(value, zone);
  if (!date) return false;
  const other = resolveDate(relative, zone, now);
  if (test === 'on') return date.day === other.day;
  const isByDay = !date.hasTime || other.isDay;
  const ahead = isByDay ? Date.parse(date.day) - Date.parse(other.day) : date.at.getTime() - other.at.getTime();
  return test === 'before' ? ahead < 0 : ahead > 0;
}
