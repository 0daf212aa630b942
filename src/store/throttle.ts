import type { Rate } from '../sequence/rate-file.js';
import { dayMs, dayNumber } from '../sequence/wall-clock.js';

/** How far a throttle has got. Times in milliseconds, with fractions: a rate of 7 per second has no whole ones. */
export type Pace = {
  /** When the next mail may go, as far as the rate goes. */
  readonly at: number;
  /** Ends of the queues of those who came once and were sent away, and of those who came back too early. */
  readonly tail: number;
  readonly backTail: number;
  /** Between two mails at the full rate, when it was last asked. */
  readonly intervalMs: number;
  /** Part of the full rate that the receiver could take at `slowedAt`; it grows from there. */
  readonly share: number;
  readonly slowedAt: number;
};

/** Who asks: mails that come for the first time, and mails whose turn has come, the first of them at `since`. */
export type Ask = { readonly fresh: number; readonly returning: number; readonly since?: number };

/** Mails that go at once when nobody has gone for long: those of one second, at least one. Time unused is else gone. */
export const burstMs = 1000;
/** So late may whoever waited take its turn: it need not have been on the spot. Without this a rate would only be reached by looking every moment. */
export const lateMs = 10_000;
export const leastShare = 1 / 16;
export const slowedAgainMs = 60_000;
export const recoveryPerMs = 0.1 / 60_000;

export const untouched: Pace = { at: 0, tail: 0, backTail: 0, intervalMs: 0, share: 1, slowedAt: 0 };

/**
 * Gives each mail its turn, those that return first: at or before `now` it may go, else it comes back then. Over any time
 * T no more than `rate` allows in T, and the mails of one second; of ten seconds where those who waited were looked for
 * late. It is the generic cell rate algorithm (ITU-T I.371) with queues for whoever is sent away, so that all come back
 * one by one and not all at every look.
 */
export function reserve(pace: Pace, ask: Ask, rate: Rate, now: Date): { slots: readonly Date[]; pace: Pace } {
  const turns = turnsOf(pace, ask, rate, now.getTime());
  return { slots: slotsOf(turns, ask, now), pace: turns.pace };
}

/** What an ask gets, in numbers: what a database works out in one write, and `slotsOf` turns into instants. */
export type Turns = {
  readonly pace: Pace;
  readonly goingBack: number;
  readonly goingFresh: number;
  readonly backFrom: number;
  readonly freshFrom: number;
  readonly slowMs: number;
};

export function turnsOf(before: Pace, { fresh, returning, since }: Ask, rate: Rate, now: number): Turns {
  const intervalMs = rate.perMs / rate.mails;
  const { at, tail, backTail, share, slowedAt } = rescaled(before, intervalMs, now);
  const slowMs = intervalMs / shareAt({ share, slowedAt }, now);
  const earliest = now - Math.max(0, burstMs - slowMs);

  const backBase = Math.max(at, Math.min(earliest, Math.max(since ?? now, now - lateMs)));
  const goingBack = goingOf(backBase, returning, slowMs, now);
  const afterBack = goingBack > 0 ? backBase + goingBack * slowMs : at;

  // Whoever comes while others wait goes behind them.
  const isFree = tail <= now && backTail <= now && goingBack === returning;
  const freshBase = Math.max(afterBack, earliest);
  const goingFresh = isFree ? goingOf(freshBase, fresh, slowMs, now) : 0;
  const nextAt = goingFresh > 0 ? freshBase + goingFresh * slowMs : afterBack;

  const sentBack = returning - goingBack;
  const backFrom = Math.max(backTail, nextAt, now);
  const newBackTail = sentBack > 0 ? backFrom + sentBack * slowMs : backTail;
  const sentAway = fresh - goingFresh;
  const freshFrom = Math.max(tail, newBackTail, nextAt, now);
  const newTail = sentAway > 0 ? freshFrom + sentAway * intervalMs : tail;

  const pace = { at: nextAt, tail: newTail, backTail: newBackTail, intervalMs, share, slowedAt };
  return { pace, goingBack, goingFresh, backFrom, freshFrom, slowMs };
}

/** The turns of one ask: of those that return, and then of those that are fresh. */
export function slotsOf(turns: Turns, { fresh, returning }: Ask, now: Date): readonly Date[] {
  const { goingBack, goingFresh, backFrom, freshFrom, slowMs, pace } = turns;
  const queued = (count: number, from: number, everyMs: number): Date[] =>
    // Never at `now` itself, which would say "go".
    Array.from({ length: count }, (_, i) => new Date(Math.max(Math.ceil(from + i * everyMs), now.getTime() + 1)));
  return [
    ...Array.from({ length: goingBack }, () => now),
    ...queued(returning - goingBack, backFrom, slowMs),
    ...Array.from({ length: goingFresh }, () => now),
    ...queued(fresh - goingFresh, freshFrom, pace.intervalMs),
  ];
}

function goingOf(base: number, count: number, intervalMs: number, now: number): number {
  return base > now ? 0 : Math.min(count, Math.floor((now - base) / intervalMs) + 1);
}

/** An edited rate keeps the queues as long as they are in mails, and not in time. */
function rescaled(pace: Pace, intervalMs: number, now: number): Pace {
  if (pace.intervalMs === intervalMs || pace.intervalMs === 0) return pace;
  const scale = (end: number): number => (end > now ? now + ((end - now) * intervalMs) / pace.intervalMs : end);
  return { ...pace, at: scale(pace.at), tail: scale(pace.tail), backTail: scale(pace.backTail) };
}

/** The part of its rate that a throttle has: back by a tenth of the whole with each minute. */
export function shareAt({ share, slowedAt }: Pick<Pace, 'share' | 'slowedAt'>, now: number): number {
  return Math.min(1, share + Math.max(0, now - slowedAt) * recoveryPerMs);
}

/** Halves a rate, because the receiver said that it is too fast. Said by many at once, it counts once a minute. */
export function slowed(pace: Pace, now: Date): Pace {
  const sinceMs = now.getTime() - pace.slowedAt;
  if (sinceMs >= 0 && sinceMs < slowedAgainMs) return pace;
  return { ...pace, share: Math.max(leastShare, shareAt(pace, now.getTime()) / 2), slowedAt: now.getTime() };
}

/** Mails counted by parts of time. */
export type Tally = readonly { readonly part: number; readonly mails: number }[];
/** The most mails in `parts` parts of time that follow each other. */
export type Quota = { readonly mails: number; readonly partMs: number; readonly parts: number };

/** Parts that the time of a quota is divided into: capacity comes back a 24th at a time. */
const quotaParts = 24;

/** A rate as a quota, which may be used at once but never twice: in any time of its length never more than its mails. */
export function quotaOf({ mails, perMs }: Rate): Quota {
  // One part more than the time has, as it begins in the middle of one and ends in the middle of another.
  return { mails, partMs: perMs / quotaParts, parts: quotaParts + 1 };
}

/** Takes up to `count` mails out of a quota; the others may ask again at `againAt`. */
export function take(
  tally: Tally,
  count: number,
  { mails, partMs, parts }: Quota,
  now: Date,
): { taken: number; tally: Tally; againAt: Date } {
  const part = Math.floor(now.getTime() / partMs);
  // A later part than the present one was counted by a clock that is ahead; it counts, or that clock's mails would be free.
  const current = tally.filter((one) => one.part > part - parts);
  const used = current.reduce((sum, one) => sum + one.mails, 0);
  const taken = Math.max(0, Math.min(count, mails - used));
  const here = current.find((one) => one.part === part)?.mails ?? 0;
  const others = current.filter((one) => one.part !== part);
  const after = taken + here > 0 ? [...others, { part, mails: here + taken }] : others;
  return { taken, tally: after, againAt: quotaAgainAt(after, { partMs, parts }, part) };
}

/** When the oldest part of a tally counts no more. */
export function quotaAgainAt(tally: Tally, { partMs, parts }: Pick<Quota, 'partMs' | 'parts'>, part: number): Date {
  const oldest = Math.min(part, ...tally.map((one) => one.part));
  return new Date(Math.ceil((oldest + parts) * partMs));
}

export type WarmUp = { readonly starts: string; readonly days: readonly number[] };

/** The number of the day, counted in UTC from 1 January 1970, that an instant is in. */
export function utcDay(at: Date): number {
  return Math.floor(at.getTime() / dayMs);
}

/** The most mails of a sending domain on a day. Before its warm-up starts it is as on the first day; afterwards there is no limit. */
export function limitOn(day: number, { starts, days }: WarmUp): number | undefined {
  return days[Math.max(0, day - (dayNumber(starts) ?? day))];
}

/** A day of a warm-up as a quota. */
export function warmUpQuota(mails: number): Quota {
  return { mails, partMs: dayMs, parts: 1 };
}
