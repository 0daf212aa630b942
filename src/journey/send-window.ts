import { type Calendar, isHoliday } from '../sequence/calendar-file.js';
import { atMinute, dayOf, dayText, wallAt, weekdayOf } from '../sequence/wall-clock.js';
import type { SendWindow } from '../sequence/window-file.js';

export type Calendars = ReadonlyMap<string, Calendar>;

const longestRestDays = 2 * 366;

/**
 * The first instant at or after `now` at which mail may go. On a holiday, a day of the calendar in the zone of the window,
 * it does not open; a calendar that is not there has no days.
 */
export function nextOpening(window: SendWindow, leadZone: string, now: Date, calendars?: Calendars): Date {
  const zone = window.timeZone === 'lead' ? leadZone : window.timeZone;
  const holidays = calendarsOf(window.holidays, calendars);
  const today = dayOf(wallAt(now, zone));
  for (let day = today; day <= today + longestRestDays; day += 1) {
    if (!window.days.includes(weekdayOf(day)) || (holidays.length > 0 && isHoliday(holidays, dayText(day)))) continue;
    const closes = atMinute(day, window.to, zone);
    if (now >= closes) continue;
    const opens = atMinute(day, window.from, zone);
    // A window that a DST night skips whole would open where it closes.
    if (opens < closes) return now < opens ? opens : now;
  }
  throw new Error(`a send window that rests for ${longestRestDays} days was not refused when the files were read`);
}

/** Those of the calendars that go by these names. */
export function calendarsOf(names: readonly string[], calendars: Calendars | undefined): readonly Calendar[] {
  return names.flatMap((name) => calendars?.get(name) ?? []);
}
