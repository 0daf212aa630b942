import type { DeliveryAttempt, DeliveryOutcome, EndpointDelivery } from '../store/endpoint-deliveries.js';
import type { Posted } from './post.js';
import { chance } from './retry.js';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

/** Pauses after the first call, the second, and so on: three days and three hours together. */
export const pausesMs = [
  5 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const;
/** What is refused together does not come back together. */
const spread = 0.1;
const longestExcerpt = 500;
/** "Gone" (RFC 9110 §15.5.11), by which a receiver of Standard Webhooks says that it wants no more. */
const gone = 410;

/** Whether a call was taken, and whether the receiver wants no further ones. */
export type Verdict = { readonly outcome: DeliveryOutcome; readonly isTaken: boolean; readonly isGone: boolean };

/** What is recorded of a call, and what comes next. Everything but a success is tried again: somebody may mend it. */
export function verdictOf(
  delivery: Pick<EndpointDelivery, 'id' | 'tries'>,
  posted: Posted,
  { at, tookMs }: Pick<DeliveryAttempt, 'at' | 'tookMs'>,
): Verdict {
  const attempt = { at, tookMs, ...heard(posted) };
  const because = posted.kind === 'answered' ? `answered ${posted.status}` : posted.error;
  const isTaken = isSuccess(posted);
  const isGone = posted.kind === 'answered' && posted.status === gone;
  const pauseMs = pausesMs[delivery.tries];
  if (isTaken) return { outcome: { state: 'delivered', because, attempt }, isTaken, isGone };
  if (isGone || pauseMs === undefined) return { outcome: { state: 'dead', because, attempt }, isTaken, isGone };
  const ownMs = pauseMs * (1 + spread * chance(delivery.id, delivery.tries));
  const nextAttemptAt = new Date(at.getTime() + Math.max(ownMs, askedMs(posted, at)));
  return { outcome: { state: 'waiting', because, attempt, nextAttemptAt }, isTaken, isGone };
}

function isSuccess(posted: Posted): boolean {
  return posted.kind === 'answered' && posted.status >= 200 && posted.status < 300;
}

function heard(posted: Posted): Pick<DeliveryAttempt, 'status' | 'answer' | 'error'> {
  if (posted.kind !== 'answered') return { error: posted.error };
  const answer = excerptOf(posted.text ?? '');
  return { status: posted.status, ...(answer === '' ? {} : { answer }) };
}

/** The beginning of what was answered, as one line of text. */
export function excerptOf(text: string): string {
  // Looked at no further than it may come to count.
  const readable = text.slice(0, 4 * longestExcerpt).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');
  // The cut may go through a character of two halves.
  return readable
    .trim()
    .slice(0, longestExcerpt)
    .replace(/[\ud800-\udbff]$/, '');
}

/** How long a receiver asks to be left alone (RFC 9110 §10.2.3: seconds or a date), a day at most. */
function askedMs(posted: Posted, now: Date): number {
  const asked = posted.kind === 'answered' ? posted.retryAfter : undefined;
  if (asked === undefined) return 0;
  const ms = /^\d{1,9}$/.test(asked) ? Number(asked) * second : Date.parse(asked) - now.getTime();
  return ms > 0 ? Math.min(ms, 24 * hour) : 0;
}
