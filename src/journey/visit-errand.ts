import type { ProgramStep } from '../sequence/program.js';
import type { Enrollment, Entry } from './enrollment.js';
import { fieldOf, hasSettled, type MailFacts } from './facts.js';
import { type Hold, whenMayGo } from './may-go.js';
import { recipientOf } from './recipient.js';
import type { LeadEvent } from '../event/lead-event.js';
import { ownerField } from '../sequence/sales-file.js';
import type { Move, Visit } from './visit.js';

/** Steps for which the engine goes out: a mail to the lead or about it, a call. Each is asked for once, and then waited for. */

/** How long an enrollment leaves a mail or a call alone before it looks whether its outcome was missed. */
export const patienceMs = 15 * 60_000;

export function visitSend({ step, enrollment, facts, now }: Visit<'send'>): Move {
  const mail = facts.mails.get(step.id);
  if (mail && hasSettled(mail))
    return { to: step.next, entry: settledEntry(step, mail, now), at: mail.settledAt ?? now };

  const hold = mail ? undefined : whenMayGo(step, facts, now);
  if (hold) return heldBack(hold, step, enrollment, now);

  const waiting = { until: new Date(now.getTime() + patienceMs), waitsFor: 'the mail server' };
  return mail ? waiting : { ...waiting, send: { step } };
}

/** That other mails are in its way is told once, and stays in the timeline: a cap spans sequences, and whoever reads one of them would wonder. */
function heldBack({ until, waitsFor, by }: Hold, step: ProgramStep, enrollment: Enrollment, now: Date): Move {
  const isNew = by !== undefined && enrollment.waitsFor !== waitsFor;
  return {
    until,
    waitsFor,
    ...(isNew ? { entry: { at: now, step: step.id, did: 'held back', because: waitsFor } } : {}),
  };
}

function settledEntry({ id }: ProgramStep, { settledAt, state, because = '' }: MailFacts, now: Date): Entry {
  return { at: settledAt ?? now, step: id, did: state, because };
}

/** The lead does not wait until a person of ours has been reached; that the mail stands in the outbox is enough. */
export function visitNotify({ step, facts, now }: Visit<'notify'>): Move {
  if (facts.mails.has(step.id))
    return {
      to: step.next,
      entry: { at: now, step: step.id, did: 'notified', because: recipientOf(step, facts.lead) },
    };
  return { until: new Date(now.getTime() + patienceMs), waitsFor: 'the outbox', send: { step } };
}

export function visitWebhook({ step, facts, now }: Visit<'webhook'>): Move {
  const call = facts.calls.get(step.id);
  if (call && call.state !== 'waiting') {
    const at = call.settledAt ?? now;
    const did = call.state === 'answered' ? `called ${hostOf(step.url)}` : `could not call ${hostOf(step.url)}`;
    return { to: step.next, entry: { at, step: step.id, did, because: call.because ?? '' }, at };
  }
  const waiting = { until: new Date(now.getTime() + patienceMs), waitsFor: `an answer of ${hostOf(step.url)}` };
  return call ? waiting : { ...waiting, call: { step } };
}

/** A lead without an owner is given one first: whose turn it is, no rule can tell by itself. */
export function visitHandOver(
  { step, enrollment, facts, now }: Visit<'hand-over'>,
  raise: (type: string, rest: Partial<LeadEvent>) => LeadEvent,
): Move {
  const owner = fieldOf(facts.lead, ownerField);
  if (typeof owner !== 'string' || owner.trim() === '')
    return { until: new Date(now.getTime() + patienceMs), waitsFor: 'an owner', handOver: { step } };
  const because = step.why ?? enrollment.because;
  const { total: score, engagement, fit } = facts.score;
  const event = raise('handed-over', { about: owner, why: because, data: { score, engagement, fit } });
  return {
    to: step.next,
    entry: { at: now, step: step.id, did: `handed over to ${owner}`, because },
    raises: [event],
  };
}

/** Addresses of webhooks may hold secrets; their host does not. */
function hostOf(url: string): string {
  return new URL(url).host;
}
