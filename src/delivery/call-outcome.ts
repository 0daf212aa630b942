import type { CallFacts } from '../journey/facts.js';
import type { CallOutcome, WebhookCall } from '../store/calls.js';
import { isAnswer, type Posted } from './post.js';
import { chance } from './retry.js';

const second = 1000;
const hour = 3_600_000;
const shortestPauseMs = 5 * second;

/** What is recorded of an attempt. A receiver that does not answer for now is tried until the call expires. */
export function outcomeOf(call: WebhookCall, posted: Posted, now: Date): CallOutcome {
  if (posted.kind === 'refused') return failure(posted.error, { error: posted.error });
  if (posted.kind === 'silent') return again(call, posted.error, { error: posted.error }, 0, now);

  const { status, text, retryAfter } = posted;
  const attempt = { status };
  const because = `answered ${status}`;
  if (isAnswer(status)) return { state: 'answered', because, attempt, answer: { ...plainValues(text), status } };
  if (status >= 300 && status < 400)
    return failure(`${because}; redirects are not followed, so the step must name the address they lead to`, attempt);
  return again(call, because, attempt, retryAfterMs(retryAfter, now), now);
}

/** A call that nobody makes any more. */
export function failure(because: string, attempt?: CallOutcome['attempt']): CallOutcome {
  const answer = attempt?.status === undefined ? {} : { status: attempt.status };
  return { state: 'failed', because, answer, ...(attempt ? { attempt } : {}) };
}

function again(
  call: WebhookCall,
  because: string,
  attempt: NonNullable<CallOutcome['attempt']>,
  atLeastMs: number,
  now: Date,
): CallOutcome {
  const pauseMs = Math.max(atLeastMs, pauseAfter(call, now));
  const nextAttemptAt = new Date(now.getTime() + pauseMs);
  if (nextAttemptAt < call.expiresAt) return { state: 'waiting', because, attempt, nextAttemptAt };
  return failure(`no answer until it was too late: ${because}`, attempt);
}

/**
 * Exponential with full jitter, so that calls refused together do not come back together; within what is left of the call's
 * time, so that it is used.
 */
function pauseAfter({ id, claims, attempts, expiresAt }: WebhookCall, now: Date): number {
  const longest = Math.min(hour, 30 * second * 2 ** attempts.length, expiresAt.getTime() - now.getTime());
  return Math.max(shortestPauseMs, chance(id, claims) * longest);
}

/** What a receiver asks for (RFC 9110 §10.2.3: seconds or a date), at most an hour. */
function retryAfterMs(retryAfter: string | undefined, now: Date): number {
  if (retryAfter === undefined) return 0;
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * second : Date.parse(retryAfter) - now.getTime();
  return ms > 0 ? Math.min(ms, hour) : 0;
}

const mostValues = 50;
const longestText = 1000;

/** The plain values at the top of a JSON object, which is what conditions can ask for; nothing of any other text. */
function plainValues(text: string | undefined): CallFacts['answer'] {
  const plain = Object.entries(jsonObject(text)).flatMap(([key, value]) => {
    const isKey = /^[\w-]{1,60}$/.test(key) && key !== '__proto__' && key !== 'status';
    return isKey && isPlain(value) ? [[key, value] as const] : [];
  });
  return Object.fromEntries(plain.slice(0, mostValues));
}

function isPlain(value: unknown): value is string | number | boolean {
  if (typeof value === 'string') return value.length <= longestText;
  return typeof value === 'boolean' || Number.isFinite(value);
}

function jsonObject(text: string | undefined): object {
  if (text === undefined) return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
