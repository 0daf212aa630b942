import type { Cap } from '../sequence/frequency-cap-file.js';
import { addDuration, durationInWords, durationMs } from '../sequence/duration.js';
import { dayMs, wallAt } from '../sequence/wall-clock.js';
import type { Lead, MailState, RecentMail } from './facts.js';
import { nameOfOwnCap, ownCaps } from './own-caps.js';

/** Which cap holds a mail back, until when, and the mails that leave it no place, by the time at which they do so no more. */
export type HeldByCap = { readonly until: Date; readonly cap: Cap; readonly for: readonly RecentMail[] };

/** States in which a mail holds its place: it went, may have gone, or still will. */
export const holdingStates: readonly MailState[] = [
  'queued',
  'claimed',
  'sending',
  'accepted',
  'deferred',
  'uncertain',
];

/** Mails of the ledger as the cap counts them: those to the lead itself that went or still may. */
export function recentAmong(mails: readonly LedgerMail[]): readonly RecentMail[] {
  return mails
    .filter(({ to, state }) => to === undefined && holdingStates.includes(state))
    .map(({ settledAt, plannedAt, sequence, step }) => {
      return { at: settledAt ?? plannedAt, sequence, step, ...(settledAt ? {} : { isUnderWay: true as const }) };
    });
}

type LedgerMail = {
  readonly state: MailState;
  readonly to?: string | undefined;
  readonly plannedAt: Date;
  readonly settledAt?: Date | undefined;
  readonly sequence: string;
  readonly step: string;
};

/** Since when mails must be known for the caps to be kept: a little more than the longest looks back. */
export function recentSince(caps: readonly Cap[], now: Date): Date | undefined {
  if (caps.length === 0) return undefined;
  // A day or a month of the calendar may be longer than one of the clock.
  const longest = Math.max(
    ...caps.map(({ per }) => durationMs(per) + (per.unit === 'months' ? 2 * per.amount : 1) * dayMs),
  );
  return new Date(now.getTime() - longest);
}

/** Those of several leads who have a limit of their own, and since when their mails must be known for it. */
export function withOwnCaps(leads: readonly Lead[], now: Date): { leads: readonly string[]; since: Date } | undefined {
  const own = leads.map((lead) => ({ lead: lead.id, caps: ownCaps(lead, now) })).filter(({ caps }) => caps.length > 0);
  const since = recentSince(
    own.flatMap(({ caps }) => caps),
    now,
  );
  return since && { leads: own.map(({ lead }) => lead), since };
}

/**
 * Whether a mail that would go at `now` is one too many for its lead, and until when: the instant at which the last mail
 * in its way falls out of the period. Periods roll: each mail holds its place for so long from when it went.
 */
export function heldByCap(
  caps: readonly Cap[],
  sent: readonly RecentMail[],
  now: Date,
  timeZone = 'UTC',
): HeldByCap | undefined {
  return caps
    .flatMap((cap) => heldBy(cap, sent, now, timeZone) ?? [])
    .reduce<HeldByCap | undefined>((latest, held) => (latest && latest.until >= held.until ? latest : held), undefined);
}

function heldBy(cap: Cap, sent: readonly RecentMail[], now: Date, timeZone: string): HeldByCap | undefined {
  const holding = sent
    .map((mail) => ({ mail, until: addDuration(mail.at, cap.per, timeZone) }))
    .filter(({ until }) => until > now)
    .toSorted((a, b) => a.until.getTime() - b.until.getTime());
  const inTheWay = holding[holding.length - cap.atMost];
  return inTheWay && { until: inTheWay.until, cap, for: holding.map(({ mail }) => mail) };
}

const mostNamed = 3;

/** `the frequency cap of 1 in 1 day: "welcome/hello" went at 2026-03-02 09:00`. */
export function capInWords({ cap, for: mails }: HeldByCap, timeZone: string): string {
  const named = mails.slice(0, mostNamed).map(({ sequence, step, at, isUnderWay }) => {
    const how = isUnderWay ? 'is on its way' : `went at ${timeText(at, timeZone)}`;
    return `"${sequence}/${step}" ${how}`;
  });
  const more = mails.length > mostNamed ? [`${mails.length - mostNamed} more`] : [];
  const name = nameOfOwnCap(cap) ?? `the frequency cap of ${cap.atMost} in ${durationInWords(cap.per)}`;
  return `${name}: ${[...named, ...more].join(', ')}`;
}

/** "2026-03-02 09:00" on the clock of a zone. */
function timeText(at: Date, timeZone: string): string {
  return new Date(wallAt(at, timeZone)).toISOString().slice(0, '2026-03-02T09:00'.length).replace('T', ' ');
}
