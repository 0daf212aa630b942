import type { QuietHours } from '../sequence/quiet-hours-file.js';
import { atMinute, dayOf, wallAt } from '../sequence/wall-clock.js';

/** The first instant at or after `now` at which the lead may be disturbed. */
export function endOfQuietHours(quietHours: QuietHours, leadZone: string, now: Date): Date {
  const { from, to, timeZone } = quietHours;
  const zone = timeZone === 'lead' ? leadZone : timeZone;
  const today = dayOf(wallAt(now, zone));
  // Those that began yesterday may last into today.
  for (const day of [today - 1, today]) {
    const begins = atMinute(day, from, zone);
    const ends = atMinute(to > from ? day : day + 1, to, zone);
    // Where a night skips the pause between them, the next begin as these end.
    if (begins <= now && now < ends) return endOfQuietHours(quietHours, leadZone, ends);
  }
  return now;
}
