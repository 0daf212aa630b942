import type { SendProgramStep } from '../sequence/program.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { Facts, RecentMail } from './facts.js';
import { capInWords, heldByCap } from './frequency-cap.js';
import { endOfQuietHours } from './quiet-hours.js';
import { nextOpening } from './send-window.js';

/** Why a mail does not go yet, and when it is to be looked at again. `by`: the mails in its way, where a frequency cap holds it. */
export type Hold = { readonly until: Date; readonly waitsFor: string; readonly by?: readonly RecentMail[] };

type Rules = Pick<SendProgramStep, 'window' | 'urgent'>;
type Known = Pick<Facts, 'timeZone' | 'recent' | 'common'>;

/** As long as a mail in the way is neither here nor there, its place may become free at any time. */
const lookAgainMs = 15 * 60_000;
/** More than the days for which a send window may rest. */
const mostHolds = 800;

/**
 * What holds a mail to the lead back at `now`; undefined when it may go. It ends at the first instant at which frequency
 * cap, send window and quiet hours all agree: the end of one may lie within another.
 */
export function whenMayGo(rules: Rules, facts: Known, now: Date): Hold | undefined {
  const holdAt = holdsOf(rules, facts, now);
  const holds: Hold[] = [];
  while (holds.length < mostHolds) {
    const next = holdAt(holds.at(-1)?.until ?? now);
    if (!next) return inOne(holds, now);
    holds.push(next);
  }
  // A window on the lead's clock and quiet hours on another may leave this one lead no time at all.
  return { until: new Date(now.getTime() + dayMs), waitsFor: `a time outside quiet hours in ${facts.timeZone}` };
}

/** The first thing that holds a mail back at an instant. What may hold it for days comes first: it is what people ask about. */
function holdsOf({ window, urgent }: Rules, facts: Known, now: Date): (at: Date) => Hold | undefined {
  const { timeZone, recent, common } = facts;
  const { caps, quietHours } = common.delivery;
  const sent = recent.map((mail) => (mail.isUnderWay && mail.at < now ? { ...mail, at: now } : mail));
  return (at) => {
    const held = urgent ? undefined : heldByCap(caps, sent, at, timeZone);
    if (held) return { until: held.until, waitsFor: capInWords(held, timeZone), by: held.for };
    const opensAt = window ? nextOpening(window, timeZone, at, common.calendars) : at;
    if (opensAt > at) return { until: opensAt, waitsFor: 'the send window to open' };
    const wakesAt = quietHours && !urgent ? endOfQuietHours(quietHours, timeZone, at) : at;
    return wakesAt > at ? { until: wakesAt, waitsFor: 'the quiet hours to end' } : undefined;
  };
}

/** Several holds, one after the other, as one. */
function inOne(holds: readonly Hold[], now: Date): Hold | undefined {
  const reason = holds.find(({ by }) => by) ?? holds[0];
  const until = holds.at(-1)?.until;
  if (!reason || !until) return undefined;
  const isOpen = reason.by?.some(({ isUnderWay }) => isUnderWay) ?? false;
  const soon = new Date(now.getTime() + lookAgainMs);
  return { ...reason, until: isOpen && soon < until ? soon : until };
}
