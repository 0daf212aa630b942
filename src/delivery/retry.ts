import { createHash } from 'node:crypto';

const minute = 60_000;
const hour = 60 * minute;

/** A number in [0, 1) that is the same for the same parts: chance that a second run, or a simulation, can repeat. */
export function chance(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(parts.join('\u0000')).digest().readUInt32BE(0) / 2 ** 32;
}

/**
 * When to try a deferred mail again. Exponential with full jitter, so that mails refused together do not come back
 * together; after greylisting 5 to 10 minutes, which is what such servers wait for.
 */
export function nextAttempt(now: Date, attemptsBefore: number, isGreylisted: boolean, random: number): Date {
  if (isGreylisted && attemptsBefore === 0) return new Date(now.getTime() + 5 * minute + random * 5 * minute);
  const longest = Math.min(4 * hour, 5 * minute * 2 ** attemptsBefore);
  return new Date(now.getTime() + Math.max(minute, random * longest));
}
