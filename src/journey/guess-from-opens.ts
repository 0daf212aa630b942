import type { ZoneGuess } from './facts.js';

/** Fewer opens, or fewer days of them, say more of when mails were sent than of when their reader sleeps. */
export const leastOpens = 30;
const leastDays = 14;
/** Nearly everybody sleeps within these hours of their night. */
const night = { from: 23, hours: 8 };
/** Of a hundred opens so many may fall into it. */
const shareAtNight = 0.03;
/** The night may begin at so many hours of the clock; with more of them it is not known which. */
const mostStarts = 3;

/**
 * A zone from when a person opens mails: their night is where no opens are. A weak sign, for when nothing else is known, and so
 * it says nothing unless the hours are clear. The zone has an offset and no summer time, as the hours tell no more.
 */
export function zoneFromOpens(opens: readonly Date[]): ZoneGuess | undefined {
  const days = new Set(opens.map((at) => at.toISOString().slice(0, 10)));
  if (opens.length < leastOpens || days.size < leastDays) return undefined;
  const start = startOfNight(opens.map((at) => at.getUTCHours()));
  if (start === undefined) return undefined;
  const ahead = ((night.from - start + 11 + 24) % 24) - 11;
  // POSIX counts westwards: "Etc/GMT-2" is two hours ahead of UTC (tz database, file "etcetera").
  const zone = ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
  return { zone, by: `${byOpens} ${opens.length} mails were opened` };
}

/** How such a guess begins to say what it is by. */
export const byOpens = 'the hours when';

/** The hour, by UTC, at which the only long time without opens begins. */
function startOfNight(hours: readonly number[]): number | undefined {
  const counts = Array.from({ length: 24 }, (_, hour) => hours.filter((one) => one === hour).length);
  const within = (start: number): number =>
    Array.from({ length: night.hours }, (_, i) => counts[(start + i) % 24] ?? 0).reduce((sum, count) => sum + count, 0);
  const quiet = counts.map((_, start) => within(start) <= hours.length * shareAtNight);
  const starts = quiet.flatMap((is, start) => (is ? [start] : []));
  // One after the other, also around midnight.
  const first = starts.find((start) => !quiet[(start + 23) % 24]);
  if (first === undefined || starts.length > mostStarts) return undefined;
  const isOneRun = starts.every((start) => (start - first + 24) % 24 < starts.length);
  return isOneRun ? (first + Math.floor((starts.length - 1) / 2)) % 24 : undefined;
}
