import { Temporal } from 'temporal-polyfill';
import type { SendWindow } from '../sequence/window-file.js';

/** The first instant at or after `now` at which mail may go. */
export function nextOpening(window: SendWindow, leadZone: string, now: Date): Date {
  const zone = window.timeZone === 'lead' ? leadZone : window.timeZone;
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone);

  // Two weeks, as the only day of the first may lose its whole window to a DST night.
  for (let ahead = 0; ahead <= 14; ahead += 1) {
    const day = here.toPlainDate().add({ days: ahead });
    if (!window.days.includes(day.dayOfWeek)) continue;
    const opens = atMinute(day, window.from, zone);
    const closes = atMinute(day, window.to, zone);
    if (now < closes && opens < closes) return now < opens ? opens : now;
  }
  throw new Error('a send window without days was not refused when its file was read');
}

/** The next such weekday and time after `now` (never `now` itself), in `zone`. Without a time: at the same time of day. */
export function nextMoment(moment: { weekday?: number; minutes?: number }, zone: string, now: Date): Date {
  const here = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone);
  const minutes = moment.minutes ?? here.hour * 60 + here.minute;
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const day = here.toPlainDate().add({ days: ahead });
    if (moment.weekday !== undefined && day.dayOfWeek !== moment.weekday) continue;
    const at = atMinute(day, minutes, zone);
    if (at > now) return at;
  }
  throw new Error('no such weekday in the next eight days');
}

/** The instant of a wall-clock time: the end of the gap when a DST night skips it, the first of two when one repeats it. */
function atMinute(day: Temporal.PlainDate, minutes: number, timeZone: string): Date {
  const date = minutes >= 24 * 60 ? day.add({ days: 1 }) : day;
  const wanted = date.toPlainDateTime({ hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 });
  const zoned = wanted.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
  // Temporal's own choice for 02:30 is 03:30, which would leave a window that ends at 02:30 open at 03:15.
  const gapEnd = zoned.toPlainDateTime().equals(wanted) ? null : zoned.getTimeZoneTransition('next');
  return new Date((gapEnd ?? zoned).epochMilliseconds);
}
