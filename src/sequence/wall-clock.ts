/**
 * Days and times of day in a time zone. A day is a number counted from 1 January 1970; a wall-clock time is in
 * milliseconds as though its zone were UTC. Written on Intl and not on Temporal, whose conversions cost 30 µs apiece and
 * are asked for with every mail.
 */
export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** What a wall-clock time stands for on a night that skips it: the end of the gap, or the time as much later. */
export type Skipped = 'gap-end' | 'as-much-later';

/** The number of the day "2026-12-24", undefined for a day that is none. */
export function dayNumber(written: string): number | undefined {
  const [, year, month, day] = /^([1-9]\d{3})-(\d{2})-(\d{2})$/.exec(written) ?? [];
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  // 30 February would be 2 March.
  return date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
    ? date.getTime() / dayMs
    : undefined;
}

/** "2026-12-24". */
export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, -'T00:00:00.000Z'.length);
}

/** 1 is Monday, 7 Sunday. */
export function weekdayOf(day: number): number {
  // The first of all days was a Thursday.
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** The day of a wall-clock time. */
export function dayOf(wall: number): number {
  return Math.floor(wall / dayMs);
}

/** How far into its day a wall-clock time is. */
export function timeOfDay(wall: number): number {
  return wall - dayOf(wall) * dayMs;
}

/** What the clocks of `zone` show at an instant. */
export function wallAt(at: Date, zone: string): number {
  return at.getTime() + offsetAt(at.getTime(), zone);
}

/** When the clocks of `zone` show a time: the first of two when a night repeats it. */
export function instantOf(wall: number, zone: string, skipped: Skipped = 'gap-end'): Date {
  const before = wall - offsetAt(wall - dayMs, zone);
  if (before + offsetAt(before, zone) === wall) return new Date(before);
  const after = wall - offsetAt(wall + dayMs, zone);
  if (after + offsetAt(after, zone) === wall) return new Date(after);
  // Nobody saw that time: the clocks were put forward between the two.
  return new Date(skipped === 'as-much-later' ? before : changeBetween(after, before, zone));
}

/** The instant of a time of day, in minutes after midnight. */
export function atMinute(day: number, minutes: number, zone: string): Date {
  return instantOf(day * dayMs + minutes * minuteMs, zone);
}

/** Whether a zone has that day: one that moves over the date line leaves a day out, as Apia did with 30 December 2011. */
export function hasDay(day: number, zone: string): boolean {
  return dayOf(wallAt(atMinute(day, 0, zone), zone)) === day;
}

/** Eight days of a zone: how far ahead of UTC its clocks are, and since when they differ. No zone changes twice in so few. */
type Span = { readonly before: number; readonly after: number; readonly changesAt: number };
type KnownZone = { readonly format: Intl.DateTimeFormat; readonly spans: Map<number, Span> };

const spanMs = 8 * dayMs;
/** Asked for is mostly the present; the bounds keep dates of birth and odd spellings of zones from filling the memory. */
const mostSpans = 500;
const mostZones = 600;
const knownZones = new Map<string, KnownZone>();

function offsetAt(ms: number, zone: string): number {
  const { before, after, changesAt } = spanAt(ms, zone);
  return ms < changesAt ? before : after;
}

/** The one change between two instants that are less than a span apart. */
function changeBetween(early: number, late: number, zone: string): number {
  return Math.min(spanAt(early, zone).changesAt, spanAt(late, zone).changesAt);
}

function spanAt(ms: number, zone: string): Span {
  const { format, spans } = knownZone(zone);
  const index = Math.floor(ms / spanMs);
  const known = spans.get(index);
  if (known) return known;
  if (spans.size >= mostSpans) spans.clear();
  const span = lookUp(index * spanMs, format);
  spans.set(index, span);
  return span;
}

function knownZone(zone: string): KnownZone {
  const known = knownZones.get(zone);
  if (known) return known;
  if (knownZones.size >= mostZones) knownZones.clear();
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const fresh = { format, spans: new Map<number, Span>() };
  knownZones.set(zone, fresh);
  return fresh;
}

function lookUp(start: number, format: Intl.DateTimeFormat): Span {
  const end = start + spanMs;
  const before = readOffset(start, format);
  const after = readOffset(end, format);
  if (before === after) return { before, after, changesAt: Number.POSITIVE_INFINITY };
  let [low, high] = [start, end];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (readOffset(middle, format) === before) low = middle;
    else high = middle;
  }
  return { before, after, changesAt: high };
}

/** "…, GMT+05:45" in milliseconds; "GMT" alone is none. */
function readOffset(ms: number, format: Intl.DateTimeFormat): number {
  const [, sign, hours, minutes, seconds] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(format.format(ms)) ?? [];
  if (!sign) return 0;
  const total = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
  return (sign === '-' ? -total : total) * 1000;
}
