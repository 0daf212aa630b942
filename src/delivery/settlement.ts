import type { Settlement } from '../store/ledger.js';
import type { Message } from '../store/message-row.js';
import { chance, nextAttempt } from './retry.js';
import type { Handover } from './transport.js';

/** What a mail server said to a mail, or did not say. */
export type Answer = Exclude<Handover, { readonly kind: 'unavailable' }>;

const minuteMs = 60_000;

/** Puts a mail off. What we hold back ourselves must not make it too old: a weekend, a pause, or a place in the queue. */
export function later(
  { expiresAt }: Message,
  nextAttemptAt: Date,
  because: string,
): Omit<Settlement, 'id'> & { readonly nextAttemptAt: Date } {
  const worthUntil = new Date(Math.max(expiresAt.getTime(), nextAttemptAt.getTime() + 24 * 60 * minuteMs));
  return { state: 'queued', because, nextAttemptAt, expiresAt: worthUntil };
}

/**
 * What is recorded of an answer. A deferred mail is tried until it expires. `isRepeatable`: the transport takes the same
 * mail once only, so that one whose fate is open is said again instead of being left open.
 */
export function settlementOf(message: Message, answer: Answer, now: Date, isRepeatable: boolean): Settlement {
  const { id } = message;
  const because = answer.reply;
  switch (answer.kind) {
    case 'accepted':
      return { id, state: 'accepted', because };
    case 'rejected':
      return { id, state: 'rejected', because, refusal: answer.because };
    case 'uncertain':
      return isRepeatable
        ? { id, state: 'deferred', because, nextAttemptAt: new Date(now.getTime() + minuteMs) }
        : { id, state: 'uncertain', because };
    case 'deferred': {
      const refusals = message.attempts.filter(({ outcome }) => outcome === 'deferred').length;
      const nextAttemptAt = nextAttempt(now, refusals, answer.because === 'greylisted', chance(id, refusals));
      const refusal = answer.because;
      return nextAttemptAt < message.expiresAt
        ? { id, state: 'deferred', because, refusal, nextAttemptAt }
        : { id, state: 'failed', because: `refused until it was too late: ${because}`, refusal };
    }
  }
}
