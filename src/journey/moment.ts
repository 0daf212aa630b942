import { addDuration, addToDay, type Duration } from '../sequence/duration.js';
import { morning, type Offset, type Until } from '../sequence/moment-file.js';
import {
  atMinute,
  dayMs,
  dayNumber,
  dayOf,
  dayText,
  hasDay,
  instantOf,
  minuteMs,
  timeOfDay,
  wallAt,
  weekdayOf,
} from '../sequence/wall-clock.js';
import { type LeadDate, readDate } from './lead-date.js';

/**
 * The end of a wait that began at `since`. A clock names the next such moment, never `since` itself; a date and a field
 * may name one that has passed. Undefined when the field holds no date. A time that a DST night skips is the end of the
 * gap, one that comes twice is the first.
 */
export function momentOf(
  until: Until,
  zone: string,
  since: Date,
  fieldOf: (name: string) => unknown,
): Date | undefined {
  switch (until.kind) {
    case 'clock':
      return nextMoment(until, zone, since);
    case 'date':
      return atMinute(dayNumber(until.date) ?? Number.NaN, until.minutes ?? morning, zone);
    case 'field': {
      const date = readDate(fieldOf(until.field), zone);
      return date && shifted(date, until, zone);
    }
  }
}

/** The next such weekday and time after `now` (never `now` itself), in `zone`. Without a time: at the same time of day. */
export function nextMoment(
  moment: { readonly weekday?: number; readonly minutes?: number },
  zone: string,
  now: Date,
): Date {
  const wall = wallAt(now, zone);
  const today = dayOf(wall);
  const minutes = moment.minutes ?? Math.floor(timeOfDay(wall) / minuteMs);
  for (let day = today; day <= today + 15; day += 1) {
    if ((moment.weekday ?? weekdayOf(day)) !== weekdayOf(day) || !hasDay(day, zone)) continue;
    const at = atMinute(day, minutes, zone);
    if (at > now) return at;
  }
  throw new Error('no such weekday in the next two weeks');
}

type Shift = { readonly offset?: Offset | undefined; readonly minutes?: number | undefined };

/**
 * So long before or after a date. Days, weeks and months are moved on the calendar first and the time of day is set then;
 * hours and minutes count from that time. It is the date's own, or 09:00, unless `minutes` says another.
 */
function shifted({ day, at, hasTime }: LeadDate, { offset, minutes }: Shift, zone: string): Date {
  const isTimed = hasTime && minutes === undefined;
  const timeMs = isTimed ? timeOfDay(wallAt(at, zone)) : (minutes ?? morning) * minuteMs;
  const start = dayNumber(day) ?? Number.NaN;
  const moved = offset && addToDay(start, signed(offset));
  if (moved !== undefined) return instantOf(moved * dayMs + timeMs, zone);
  // Not by what its clocks show: a night may show it twice.
  const unmoved = isTimed ? at : instantOf(start * dayMs + timeMs, zone);
  return offset ? addDuration(unmoved, signed(offset), zone) : unmoved;
}

function signed({ by, sign }: Offset, times: 1 | -1 = 1): Duration {
  return { ...by, amount: sign * times * by.amount };
}

/**
 * So many business days later, at the same time of day; a time that a DST night skips is as much later. Begun on a weekend
 * or holiday, the first to count is the next day of business: Saturday and one business day is Monday, as it is from Friday.
 * `isFree` tells the holidays ("2026-12-25"); those who close for more than a year on end are refused when files are read.
 */
export function addBusinessDays(start: Date, days: number, zone: string, isFree: (day: string) => boolean): Date {
  const wall = wallAt(start, zone);
  let [day, left, restedFor] = [dayOf(wall), days, 0];
  while (left > 0) {
    day += 1;
    const isBusiness = weekdayOf(day) < saturday && !isFree(dayText(day)) && hasDay(day, zone);
    restedFor = isBusiness ? 0 : restedFor + 1;
    left -= isBusiness ? 1 : 0;
    if (restedFor > longestRestDays) throw new Error(`no day of business in ${longestRestDays} days`);
  }
  return instantOf(wall + (day - dayOf(wall)) * dayMs, zone, 'as-much-later');
}

const saturday = 6;
const longestRestDays = 2 * 366;

/** What fires on a date: `minutes` after midnight, or else at the date's own time or 09:00. */
export type DateRule = {
  readonly offset?: Offset | undefined;
  readonly yearly: boolean;
  readonly minutes?: number | undefined;
};

/** `day`: the date itself, or its return in that year, before any offset; the same however often it is asked. */
export type Occurrence = { readonly at: Date; readonly day: string };

/**
 * When a date fires later than `after` and not later than `until`. Yearly, it returns on its day each year from its own on,
 * 29 February on the 28th of other years. Hours before or after a date with a time count from that time.
 */
export function occurrencesOf(
  { offset, yearly, minutes }: DateRule,
  value: unknown,
  zone: string,
  after: Date,
  until: Date,
): readonly Occurrence[] {
  const date = readDate(value, zone);
  if (!date) return [];
  const countsHours = offset && addToDay(0, offset.by) === undefined;
  const shift = { offset, minutes: date.hasTime && countsHours ? undefined : minutes };
  const unshifted = (at: Date): Date => (offset ? addDuration(at, signed(offset, -1), zone) : at);
  const dates = yearly ? returnsOf(date, zone, yearOf(unshifted(after)) - 1, yearOf(unshifted(until)) + 1) : [date];
  return dates
    .map((one) => ({ at: shifted(one, shift, zone), day: one.day }))
    .filter(({ at }) => after < at && at <= until);
}

function yearOf(at: Date): number {
  return at.getUTCFullYear();
}

/** A date in each of the years, its own being the first. */
function returnsOf(date: LeadDate, zone: string, from: number, to: number): readonly LeadDate[] {
  const first = Math.max(from, Number(date.day.slice(0, 4)));
  const timeMs = date.hasTime ? timeOfDay(wallAt(date.at, zone)) : 0;
  return Array.from({ length: Math.max(0, to - first + 1) }, (_, i) => {
    const day = dayNumber(`${first + i}${date.day.slice(4)}`) ?? dayNumber(`${first + i}-02-28`) ?? Number.NaN;
    return { ...date, day: dayText(day), at: instantOf(day * dayMs + timeMs, zone) };
  });
}
