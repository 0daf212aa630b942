import { addDuration, before, type Duration } from '../sequence/duration.js';
import type { Program } from '../sequence/program.js';
import { minuteMs } from '../sequence/wall-clock.js';
import { dayIn, type Preferences } from './preferences.js';

type Own = { readonly preferences?: Preferences };

/** When the lead's pause ends; undefined when there is none. */
export function endOfPause({ preferences }: Own, at: Date): Date | undefined {
  const until = preferences?.snoozedUntil;
  return until && until > at ? until : undefined;
}

/** When a pause ends that begins now: at the same time of day on the lead's clock. To the minute, so that two presses ask for one. */
export function endOfSnooze(length: Duration, now: Date, timeZone: string): Date {
  const minute = new Date(Math.floor(now.getTime() / minuteMs) * minuteMs);
  return addDuration(minute, length, timeZone);
}

/** An issue of a newsletter that a pause would hold for longer is let go: the next one comes by itself. */
const issueKeeps: Duration = { amount: 1, unit: 'weeks' };

/** Why a lead does not want the mails of a sequence, whatever has called for them; undefined when it does. */
export function whyUnwanted(
  { topic, broadcast }: Pick<Program, 'topic' | 'broadcast'>,
  { lead, timeZone }: { readonly lead: Own; readonly timeZone: string },
  now: Date,
): string | undefined {
  if (topic !== undefined && lead.preferences?.topicsOff?.includes(topic)) return `topic ${topic}${turnedOff}`;
  const until = broadcast && endOfPause(lead, now);
  if (!until || before(until, issueKeeps) <= now) return undefined;
  return `${paused}${dayIn(until, timeZone)}`;
}

const turnedOff = ' turned off by the lead';
const paused = 'paused by the lead until ';

/** Whether a run has ended by what the lead chose of its mails. */
export function isByPreference(because: string): boolean {
  return because.endsWith(turnedOff) || because.startsWith(paused);
}
