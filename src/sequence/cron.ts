import { CronExpressionParser } from 'cron-parser';
import { dayMs, wallAt } from './wall-clock.js';

/** Five fields that cron-parser (the reader that Agenda uses) understands and that do come round. */
export function isCron(written: string): boolean {
  if (written.trim().split(/\s+/).length !== 5) return false;
  try {
    return Boolean(CronExpressionParser.parse(written, { tz: 'UTC' }).next());
  } catch {
    return false;
  }
}

/** Whether schedules come round by the clocks of a zone: cron-parser gets lost where these change by half an hour (Lord Howe Island). */
export function isCronZone(timeZone: string): boolean {
  const ahead = (at: number): number => wallAt(new Date(at), timeZone) - at;
  try {
    return looksOfYear.every(
      (at) => ahead(at) === ahead(at + lookMs) || readStrikes('0 10 * * *', timeZone, at, at + lookMs).length > 0,
    );
  } catch {
    return false;
  }
}

/** Eight days at a time: no zone changes its clocks twice in so few, and cron-parser takes long for a whole year. */
const lookMs = 8 * dayMs;
const looksOfYear: readonly number[] = Array.from({ length: 46 }, (_, i) => Date.UTC(2026, 0, 1) + i * lookMs);

/** When a schedule strikes, later than `after` and not later than `until`. */
export function strikesOf(schedule: string, timeZone: string, after: Date, until: Date): readonly Date[] {
  const [first, last] = [after, until].map((at) => Math.floor(at.getTime() / spanMs));
  const spans = Array.from({ length: Math.max(0, (last ?? 0) - (first ?? 0) + 1) }, (_, i) => (first ?? 0) + i);
  return spans.flatMap((span) => strikesIn(span, schedule, timeZone)).filter((at) => at > after && at <= until);
}

/** Schedules are read a month at a time and kept: cron-parser takes 40 µs for each day, and thousands of leads ask for the same days. */
const spanMs = 32 * dayMs;
const mostSpans = 500;
const knownSpans = new Map<string, readonly Date[]>();

function strikesIn(span: number, schedule: string, timeZone: string): readonly Date[] {
  const key = `${span} ${timeZone} ${schedule}`;
  const known = knownSpans.get(key);
  if (known) return known;
  if (knownSpans.size >= mostSpans) knownSpans.clear();
  const strikes = readStrikes(schedule, timeZone, span * spanMs - 1, (span + 1) * spanMs - 1);
  knownSpans.set(key, strikes);
  return strikes;
}

function readStrikes(schedule: string, timeZone: string, afterMs: number, untilMs: number): readonly Date[] {
  const strikes = CronExpressionParser.parse(schedule, { tz: timeZone, currentDate: new Date(afterMs) });
  const times: Date[] = [];
  for (let at = strikes.next().toDate(); at.getTime() <= untilMs; at = strikes.next().toDate()) times.push(at);
  return times;
}
