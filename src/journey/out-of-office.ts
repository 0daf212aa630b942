import type { LeadEvent } from '../event/lead-event.js';
import { longestAbsence } from '../sequence/delivery-file.js';
import { addDuration, type Duration } from '../sequence/duration.js';
import { atMinute, dayNumber } from '../sequence/wall-clock.js';
import type { Change } from './change.js';
import type { Facts } from './facts.js';

/** 09:00: the first mail of a lead that is back shall lie on top, and not below those of the night. */
const morning = 9 * 60;

/** How long mails wait where an auto-reply names no day, and on whose clock. */
export type AbsenceRule = { readonly pause: Duration; readonly timeZone: string };

/**
 * Until when the auto-replies of a lead say that it is away; undefined without any. The one that names a day counts from
 * when it comes, and one that names none changes nothing while mails wait already: several do not add up. Read from all of
 * them, so that it is the same in whatever order they came.
 */
export function awayUntil(events: readonly LeadEvent[], rule: AbsenceRule): Date | undefined {
  const replies = events
    .filter(({ type }) => type === 'auto-replied')
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
  return replies.reduce<Date | undefined>((until, reply) => {
    const back = returnOf(reply, rule.timeZone);
    if (back) return back;
    return until && until > reply.at ? until : addDuration(reply.at, rule.pause, rule.timeZone);
  }, undefined);
}

/** What an auto-reply changes: mails wait, nothing else. */
export function absenceChanges(event: LeadEvent, { events, timeZone }: Facts, pause: Duration): readonly Change[] {
  if (event.type !== 'auto-replied') return [];
  const all = [...events.filter(({ id }) => id !== event.id), event];
  const until = awayUntil(all, { pause, timeZone });
  const told = all.reduce((last, { type, at }) => (type === 'auto-replied' && at > last ? at : last), event.at);
  return until ? [{ kind: 'away', until, told }] : [];
}

/** The morning of the day that an auto-reply names, by the lead's clock; a day that has passed is a return, and ends the waiting. */
function returnOf({ at, data }: LeadEvent, timeZone: string): Date | undefined {
  const day = dayNumber(String(data?.['returnsAt'] ?? '').slice(0, '2026-03-09'.length));
  if (day === undefined) return undefined;
  const back = atMinute(day, morning, timeZone);
  const latest = addDuration(at, longestAbsence, timeZone);
  return back < latest ? back : latest;
}
