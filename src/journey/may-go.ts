import type { SendProgramStep } from '../sequence/program.js';
import { dayMs } from '../sequence/wall-clock.js';
import type { Facts, Lead, RecentMail } from './facts.js';
import { capInWords, heldByCap } from './frequency-cap.js';
import { ownCaps } from './own-caps.js';
import { dayIn } from './preferences.js';
import { endOfQuietHours } from './quiet-hours.js';
import { nextOpening } from './send-window.js';
import { endOfPause } from './unwanted.js';

/** Why a mail does not go yet, and when it is to be looked at again. `by`: the mails in its way, where a frequency cap holds it; none where the lead has paused or is away. */
export type Hold = { readonly until: Date; readonly waitsFor: string; readonly by?: readonly RecentMail[] };

type Rules = Pick<SendProgramStep, 'window' | 'urgent'>;
/** `lead`: for what it has chosen of its mails itself, and for its being away. */
type Known = Pick<Facts, 'timeZone' | 'recent' | 'common'> & {
  readonly lead?: Pick<Lead, 'preferences' | 'awayUntil'>;
};

/** As long as a mail in the way is neither here nor there, its place may become free at any time. */
const lookAgainMs = 15 * 60_000;
/** More than the days for which a send window may rest. */
const mostHolds = 800;

/**
 * What holds a mail to the lead back at `now`; undefined when it may go. It ends at the first instant at which the
 * lead's pause, frequency caps, send window and quiet hours all agree: the end of one may lie within another.
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

/** What a mail is held back by. */
export type HoldRule = 'pause of the lead' | 'absence' | 'frequency cap' | 'send window' | 'quiet hours';

/** Everything that holds a mail back at `now`, each for itself: for whoever asks why. */
export function holdsNow(
  rules: Rules,
  facts: Known,
  now: Date,
): readonly { readonly rule: HoldRule; readonly hold: Hold }[] {
  return rulesOf(rules, facts, now).flatMap(({ rule, holdAt }) => {
    const hold = holdAt(now);
    return hold ? [{ rule, hold }] : [];
  });
}

/** The first thing that holds a mail back at an instant. */
function holdsOf(rules: Rules, facts: Known, now: Date): (at: Date) => Hold | undefined {
  const asked = rulesOf(rules, facts, now);
  return (at) => {
    for (const { holdAt } of asked) {
      const hold = holdAt(at);
      if (hold) return hold;
    }
    return undefined;
  };
}

type Asked = { readonly rule: HoldRule; readonly holdAt: (at: Date) => Hold | undefined };

/** The rules that a mail is asked by. What may hold it for days comes first: it is what people ask about. */
function rulesOf({ window, urgent }: Rules, facts: Known, now: Date): readonly Asked[] {
  const { timeZone, recent, common, lead = {} } = facts;
  const { caps, quietHours } = common.delivery;
  const sent = recent.map((mail) => (mail.isUnderWay && mail.at < now ? { ...mail, at: now } : mail));
  const opens: Asked = {
    rule: 'send window',
    holdAt: (at) =>
      upTo(window ? nextOpening(window, timeZone, at, common.calendars) : at, at, 'the send window to open'),
  };
  if (urgent) return [opens];
  return [
    { rule: 'pause of the lead', holdAt: (at) => pauseHold(endOfPause(lead, at), timeZone) },
    { rule: 'absence', holdAt: (at) => awayHold(lead.awayUntil, at, timeZone) },
    {
      rule: 'frequency cap',
      holdAt: (at) => {
        const held = heldByCap([...caps, ...ownCaps(lead, at)], sent, at, timeZone);
        return held && { until: held.until, waitsFor: capInWords(held, timeZone), by: held.for };
      },
    },
    opens,
    {
      rule: 'quiet hours',
      holdAt: (at) => upTo(quietHours ? endOfQuietHours(quietHours, timeZone, at) : at, at, 'the quiet hours to end'),
    },
  ];
}

function upTo(until: Date, at: Date, waitsFor: string): Hold | undefined {
  return until > at ? { until, waitsFor } : undefined;
}

/*
 * The two that follow are told in the timeline, as mails in the way are: none is, but they hold for days and are no rule of
 * the sequence.
 */

function pauseHold(until: Date | undefined, timeZone: string): Hold | undefined {
  return until && { until, waitsFor: `the pause of the lead to end on ${dayIn(until, timeZone)}`, by: [] };
}

function awayHold(until: Date | undefined, at: Date, timeZone: string): Hold | undefined {
  if (!until || until <= at) return undefined;
  return { until, waitsFor: `the lead to be back on ${dayIn(until, timeZone)}`, by: [] };
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
