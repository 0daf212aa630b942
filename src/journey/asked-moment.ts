import { addDuration } from '../sequence/duration.js';
import { RelativeDate, UntilText } from '../sequence/moment-file.js';
import { dayMs } from '../sequence/wall-clock.js';
import { momentOf } from './moment.js';

export const askedForms =
  'Write "2026-12-24", "2026-12-24 09:00", "next monday", "tuesday 10:00", "in 7 days", "30 days ago" or an instant such as 2026-12-24T09:00:00Z; no more than three years ahead.';

const longest = 100;
/** Day by day is looked at until then. */
const furthestMs = 3 * 366 * dayMs;

/** The moment that a person asks about, on the clock of `zone`; undefined when the words name none. A day without a time means 09:00, except as so long from now. */
export function readAskedMoment(written: string, zone: string, now: Date): Date | undefined {
  const words = written
    .slice(0, longest)
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^next /i, '');
  const at = readInstant(words) ?? readFromNow(words, zone, now) ?? readOnTheClock(words, zone, now);
  return at && at.getTime() - now.getTime() <= furthestMs ? at : undefined;
}

function readInstant(words: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i.test(words)) return undefined;
  const at = new Date(words);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function readFromNow(words: string, zone: string, now: Date): Date | undefined {
  const { data } = RelativeDate.safeParse(words);
  if (data?.kind === 'now') return now;
  if (data?.kind === 'day') return addDuration(now, { amount: data.days, unit: 'days' }, zone);
  if (data?.kind !== 'offset') return undefined;
  return addDuration(now, { ...data.by, amount: data.sign * data.by.amount }, zone);
}

function readOnTheClock(words: string, zone: string, now: Date): Date | undefined {
  const { data } = UntilText.safeParse(words);
  if (!data || data.kind === 'field') return undefined;
  const until = data.kind === 'clock' ? { minutes: nine, ...data } : data;
  return momentOf(until, zone, now, () => undefined);
}

const nine = 9 * 60;
