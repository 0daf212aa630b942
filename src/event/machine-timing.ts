import type { SeenHit } from './machine-signs.js';

/** What is known of a mail when its hits are judged. */
export type SentMail = {
  /** When the server that it was handed to took it: nobody can have had it before. */
  readonly acceptedAt?: Date | undefined;
  /** When a provider says that the mailbox got it. */
  readonly deliveredAt?: Date | undefined;
  /** How many links a person can click in it. */
  readonly links: number;
};

/** A phone shows a mail a second after it came, and to see and to open it takes another: nobody is faster than this. */
const tooSoonMs = 2000;

/** Some providers tell of a delivery seconds late, when its reader may be there: it counts only where it took longer than that. */
const lateMs = 30_000;

/** Who clicks so soon, without having loaded the pictures, is quick or a machine: one of the two hints that it takes. */
const soonMs = 3500;

/** What the time of a hit tells by itself: it came before a person could. */
export function tooSoon({ at, kind }: SeenHit, { acceptedAt, deliveredAt }: SentMail): readonly string[] {
  const taken = acceptedAt && at.getTime() - acceptedAt.getTime();
  const delivered = deliveredAt && at.getTime() - deliveredAt.getTime();
  if (taken !== undefined && taken < 0) return ['before the mail was taken'];
  if (taken !== undefined && taken < tooSoonMs) return [`${seconds(taken)} after the mail was taken`];
  const isLate = taken === undefined || delivered === undefined || taken - delivered >= lateMs;
  // Who opens is told apart by little enough: a click alone is as good as never made in the very second of a delivery.
  if (kind !== 'open' && isLate && delivered !== undefined && delivered >= 0 && delivered < tooSoonMs)
    return [`${seconds(delivered)} after delivery`];
  return [];
}

/** What the time of a click tells together with something else. */
export function soon(hit: SeenHit, own: readonly SeenHit[], { acceptedAt, deliveredAt }: SentMail): readonly string[] {
  const since = deliveredAt && deliveredAt <= hit.at ? deliveredAt : acceptedAt;
  if (hit.kind !== 'click' || !since || hit.at.getTime() - since.getTime() >= soonMs) return [];
  if (own.some(({ kind, at }) => kind === 'open' && at < hit.at)) return [];
  return [`${seconds(hit.at.getTime() - since.getTime())} after delivery, without the pictures`];
}

/** A time as evidence has it. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
