import { Temporal } from 'temporal-polyfill';

/** The hours of a local day in which somebody looks at mail. */
export interface ReadingHours {
  readonly from: string;
  readonly to: string;
}

/** Nobody simulated reads at night. It ends early, so that what follows on reading is done by 22:00. */
export const awake: ReadingHours = { from: '07:00', to: '21:30' };

const settlingMs = 90 * 60_000;

/** The given instant if it lies in the hours, or else some time after they next begin (`random` spreads a crowd out). */
export function nextReading(hours: ReadingHours, timeZone: string, wantedMs: number, random: number): number {
  const wanted = Temporal.Instant.fromEpochMilliseconds(wantedMs).toZonedDateTimeISO(timeZone);
  const time = wanted.toPlainTime();
  const isTooEarly = Temporal.PlainTime.compare(time, hours.from) < 0;
  if (!isTooEarly && Temporal.PlainTime.compare(time, hours.to) < 0) return wantedMs;

  // By the calendar, not by adding 24 hours: a day with a clock change has 23 or 25.
  const date = wanted.toPlainDate().add({ days: isTooEarly ? 0 : 1 });
  const opens = date.toZonedDateTime({ timeZone, plainTime: hours.from });
  return opens.epochMilliseconds + Math.round(random * settlingMs);
}
