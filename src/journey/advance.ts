import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { addDuration, durationInWords } from '../sequence/duration.js';
import type { Program, ProgramStep, SendProgramStep, StepId } from '../sequence/program.js';
import { judge } from './condition.js';
import { type Enrollment, type Entry, leave } from './enrollment.js';
import type { Facts, MailFacts } from './facts.js';
import { nextMoment, nextOpening } from './send-window.js';

/** What `advance` asks the engine to do. Sending is the one thing whose outcome it waits for. */
export type Send = { readonly step: SendProgramStep };

export type Advance = { readonly enrollment: Enrollment; readonly send?: Send };

/** How long an enrollment leaves a mail alone before it looks whether its outcome was missed. */
const mailPatienceMs = 15 * 60_000;

/** Where a visit to a step leads: on (`at`: when, if the step took time), to a stop until something is due, or out. */
type Move =
  | { readonly to: StepId | null; readonly entry?: Entry; readonly raises?: readonly LeadEvent[]; readonly at?: Date }
  | { readonly until: Date; readonly waitsFor: string; readonly send?: Send; readonly entry?: Entry }
  | { readonly out: string };

/**
 * The one decision of Rivulet: takes an enrollment as far as it can go at `now`, through every step that needs no waiting.
 * Pure and repeatable: the same program, enrollment, facts and instant give the same answer, live and simulated.
 */
export function advance(program: Program, enrollment: Enrollment, facts: Facts, now: Date): Advance {
  if (enrollment.status === 'ended') return { enrollment };
  // Consent first: a suppression that arrived after this step fell due must still stop it.
  const forbidden = whyNoMail(facts);
  if (forbidden) return { enrollment: leave(enrollment, forbidden, now) };

  let current = enrollment;
  // A program has no way back, so it cannot have more moves than steps.
  for (let moves = 0; moves <= program.steps.size; moves += 1) {
    const step = current.step === null ? undefined : program.steps.get(current.step);
    if (!step) return { enrollment: leave(current, 'finished', now) };

    const move = visit(step, current, facts, now);
    if ('out' in move) return { enrollment: leave(current, move.out, now) };
    const history = move.entry ? [...current.history, move.entry] : current.history;
    if ('until' in move) {
      const stopped = { ...current, history, dueAt: move.until, waitsFor: move.waitsFor };
      return { enrollment: stopped, ...(move.send ? { send: move.send } : {}) };
    }
    current = { ...current, history, step: move.to, since: move.at ?? current.since };
    // What it raised may change the lead: stop, and look again with new facts once that is recorded.
    if (move.raises)
      return { enrollment: { ...current, raised: move.raises, dueAt: now, waitsFor: 'its own changes' } };
  }
  throw new Error(`enrollment ${enrollment.id} went in a circle through ${program.name}`);
}

/** Why this lead may get no mail at all; undefined when it may. */
export function whyNoMail({ lead, suppression }: Pick<Facts, 'lead' | 'suppression'>): string | undefined {
  if (suppression) return suppression;
  return lead.consent.status === 'granted' ? undefined : `consent is ${lead.consent.status}`;
}

function visit(step: ProgramStep, enrollment: Enrollment, facts: Facts, now: Date): Move {
  const did = (what: string, because: string): Entry => ({ at: now, step: step.id, did: what, because });
  if (step.if && !hasBegun(step, enrollment, facts, now)) {
    const verdict = judge(step.if, facts, now);
    if (!verdict.holds) return { to: step.next, entry: did('passed over', verdict.because) };
  }
  const raise = (type: string, rest: Partial<LeadEvent>): LeadEvent => raised(step, enrollment, type, now, rest);

  switch (step.kind) {
    case 'send':
      return visitSend(step, facts, now);
    case 'wait':
    case 'wait-until':
      return visitWait(step, enrollment, facts, now);
    case 'branch': {
      const verdict = judge(step.on, facts, now);
      const way = verdict.holds ? 'then' : 'else';
      return { to: step[way], entry: did(`took "${way}"`, verdict.because) };
    }
    case 'score': {
      const event = raise('score.adjusted', { points: step.points, why: step.why });
      return { to: step.next, entry: did(`scored ${step.points}`, step.why), raises: [event] };
    }
    case 'tag':
    case 'untag': {
      const events = step.tags.map((tag) => raise(step.kind === 'tag' ? 'tag.added' : 'tag.removed', { about: tag }));
      return {
        to: step.next,
        entry: did(step.kind === 'tag' ? 'tagged' : 'untagged', step.tags.join(', ')),
        raises: events,
      };
    }
    case 'set': {
      const event = raise('lead.updated', { data: step.fields });
      return { to: step.next, entry: did('set', Object.keys(step.fields).join(', ')), raises: [event] };
    }
    case 'enroll': {
      const event = raise('sequence.called', { about: step.sequence });
      return { to: step.next, entry: did('enrolled elsewhere', step.sequence), raises: [event] };
    }
    case 'exit':
      return { out: step.because };
  }
}

/** Whether it is too late to ask if a step is to be done: its mail is on its way, or its time has been waited. */
function hasBegun(step: ProgramStep, enrollment: Enrollment, facts: Facts, now: Date): boolean {
  if (step.kind === 'send') return facts.mails.has(step.id);
  return isWait(step) && endOfWait(step, enrollment, facts) <= now;
}

function visitSend(step: SendProgramStep, facts: Facts, now: Date): Move {
  const mail = facts.mails.get(step.id);
  if (mail && hasSettled(mail))
    return { to: step.next, entry: settledEntry(step, mail, now), at: mail.settledAt ?? now };

  const opensAt = step.window ? nextOpening(step.window, facts.timeZone, now) : now;
  if (!mail && opensAt > now) return { until: opensAt, waitsFor: 'the send window to open' };

  const waiting = { until: new Date(now.getTime() + mailPatienceMs), waitsFor: 'the mail server' };
  return mail ? waiting : { ...waiting, send: { step } };
}

/** Whether nothing more will become of a mail by sending. */
export function hasSettled(mail: MailFacts): boolean {
  return ['accepted', 'rejected', 'failed', 'skipped', 'uncertain'].includes(mail.state);
}

function settledEntry(step: SendProgramStep, mail: MailFacts, now: Date): Entry {
  return { at: mail.settledAt ?? now, step: step.id, did: mail.state, because: mail.because ?? '' };
}

type WaitProgramStep = Extract<ProgramStep, { kind: 'wait' | 'wait-until' }>;

function isWait(step: ProgramStep): step is WaitProgramStep {
  return step.kind === 'wait' || step.kind === 'wait-until';
}

function visitWait(step: WaitProgramStep, enrollment: Enrollment, facts: Facts, now: Date): Move {
  const until = endOfWait(step, enrollment, facts);
  if (until > now)
    return {
      until,
      waitsFor: step.kind === 'wait' ? `${durationInWords(step.for)} to pass` : 'the day and time named',
    };
  // Its end, not the moment somebody looked: a second of delay must not make "10:00" after it the next day's.
  return { to: step.next, at: until };
}

function endOfWait(step: WaitProgramStep, { since }: Enrollment, { timeZone }: Facts): Date {
  if (step.kind === 'wait') return addDuration(since, step.for, timeZone);
  return nextMoment(step, step.timeZone === 'lead' ? timeZone : step.timeZone, since);
}

function raised(
  step: ProgramStep,
  enrollment: Enrollment,
  type: string,
  at: Date,
  rest: Partial<LeadEvent>,
): LeadEvent {
  const { id: enrollmentId, lead, sequence } = enrollment;
  // One event per step and thing: a repeated advance raises the same ids, which are recorded once.
  const id = idFrom('step', enrollmentId, step.id, type, rest.about ?? '');
  return {
    id,
    type,
    lead,
    at,
    source: 'sequence',
    machine: false,
    enrollment: enrollmentId,
    sequence,
    step: step.id,
    ...rest,
  };
}
