import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { hasSettled, mailStates } from '../journey/facts.js';
import { patienceMs } from '../journey/visit-errand.js';
import { sendingGraceMs } from './ledger.js';
import { maybe } from './rows.js';

/** What an audit may find: what each finding means, and what mends it. */
export const auditRules = {
  unreadable: {
    means: 'The row lacks something that Rivulet always writes, so nobody knows what becomes of it.',
    mend: 'Put it back from a backup, or delete it if nobody can be harmed by that.',
  },
  'foreign-id': {
    means: 'Its id does not come from its enrollment and step, and only that id keeps a step from being sent twice.',
    mend: 'Rivulet writes no such row. Find out who did, and take it out before anything is sent.',
  },
  'sent-twice': {
    means: 'It was tried again after a server had taken it, or may have: the lead may have it twice.',
    mend: 'Nothing takes a mail back. Please report it with the row: this must never happen.',
  },
  'may-repeat': {
    means: 'A server has taken it, or may have, and still it waits to be sent.',
    mend: 'Stop Rivulet, and set its state to the outcome of its last attempt.',
  },
  'no-run': {
    means: 'The enrollment that it belongs to does not exist.',
    mend: 'Put the enrollment back from a backup, or set the state to "skipped", for a mail, or "failed", for a call.',
  },
  'no-end-time': {
    means: 'It has come to its end, but not when, and later steps count from that.',
    mend: 'Set its settledAt.',
  },
  'run-stuck': {
    means: 'It has come to its end, and its enrollment still stands at the step.',
    mend: 'Set dueAt of the enrollment to now, with Rivulet running. Stuck again, it is a fault: see the output of "rivulet start".',
  },
  'claim-stuck': {
    means: 'It was claimed by a process that is gone, and nobody took it back.',
    mend: 'Start Rivulet, which does so each minute. Without a leaseUntil, set its state to "queued".',
  },
  'sending-stuck': {
    means: 'It was being handed over by a process that is gone, and nobody made it uncertain.',
    mend: 'Start Rivulet, which does so each minute. Without a leaseUntil, set its state to "uncertain" and settledAt to now; never to "queued".',
  },
  'open-too-old': {
    means: 'It is too old to be worth anything, and waits still.',
    mend: 'Start Rivulet, which closes it. If it runs, see why its transport takes nothing.',
  },
  late: {
    means: 'Its time has come and gone, and nobody looked at it.',
    mend: 'Start Rivulet. If it runs, it cannot keep up, or cannot hand mails over: its output says which.',
  },
  'never-due': {
    means: 'The run is active and has no dueAt: nobody will ever look at it.',
    mend: 'Set its dueAt to now.',
  },
  'two-runs': {
    means: 'The lead goes through the same sequence twice at one time, and gets its mails twice.',
    mend: 'Set the status of the younger one to "ended", its dueAt to null.',
  },
  'no-lead': {
    means: 'The lead of this run does not exist, so the run never goes on.',
    mend: 'Put the lead back from a backup, or set the status to "ended", dueAt to null.',
  },
  'no-revision': {
    means: 'The revision of the sequence that this run is on is not kept, so the run never goes on.',
    mend: 'Put its row in the collection "sequences" back from a backup, or set the status to "ended", dueAt to null.',
  },
  'raised-left': {
    means: 'Events that the run brought about were never recorded.',
    mend: 'Start Rivulet, which records them within minutes.',
  },
  'event-left': {
    means: 'What the event brings about was never done.',
    mend: 'Start Rivulet, which does it within minutes. If it runs, its output tells of a fault.',
  },
} as const satisfies Readonly<Record<string, { readonly means: string; readonly mend: string }>>;
export type AuditRule = keyof typeof auditRules;

/** The instant that rows are held against. `lateMs`: how much later than it should something may happen. */
export type AuditClock = { readonly now: Date; readonly lateMs: number };

/** What a pause brings about by itself, and is no fault of anything while it lasts. */
export const excusedByPause: ReadonlySet<AuditRule> = new Set(['late', 'open-too-old', 'run-stuck']);

const errand = {
  _id: z.string(),
  enrollment: z.string(),
  sequence: z.string(),
  step: z.string(),
  nextAttemptAt: z.date(),
  expiresAt: z.date(),
  settledAt: maybe(z.date()),
};
export const AuditedMessage = z.object({
  ...errand,
  state: z.enum(mailStates),
  leaseUntil: maybe(z.date()),
  attempts: z.array(z.object({ outcome: z.enum(mailStates) })),
});
export type AuditedMessage = z.output<typeof AuditedMessage>;
export const AuditedCall = z.object({ ...errand, state: z.enum(['waiting', 'answered', 'failed']) });
export type AuditedCall = z.output<typeof AuditedCall>;
export const AuditedRun = z.object({
  _id: z.string(),
  lead: z.string(),
  sequence: z.string(),
  revision: z.string(),
  key: maybe(z.string()),
  status: z.enum(['active', 'ended']),
  dueAt: maybe(z.date()),
  raised: z.array(z.object({ at: z.date() })),
});
export type AuditedRun = z.output<typeof AuditedRun>;

/** Where the run of a mail or call stands. */
export type Standpoint = { readonly status: string; readonly step: string | null };

/** What is wrong with a message. Every rule leaves time for what a working Rivulet has just not done yet. */
export function wrongInMessage(
  message: AuditedMessage,
  run: Standpoint | undefined,
  clock: AuditClock,
): readonly AuditRule[] {
  const { state, attempts, leaseUntil } = message;
  const firstTaken = attempts.findIndex(({ outcome }) => mayBeThere.includes(outcome));
  const isOver = hasSettled({ state });
  const lease = leaseUntil ?? new Date(0);
  return rulesBroken({
    'foreign-id': message._id !== idFrom('message', message.enrollment, message.step),
    'sent-twice': firstTaken >= 0 && firstTaken < attempts.length - 1,
    'may-repeat': firstTaken >= 0 && !isOver,
    'claim-stuck': state === 'claimed' && isPast(lease, clock.lateMs, clock),
    'sending-stuck': state === 'sending' && isPast(lease, clock.lateMs + sendingGraceMs, clock),
    ...wrongInErrand(message, run, { isOver, isWaiting: state === 'queued' || state === 'deferred' }, clock),
  });
}

/** What is wrong with a call of a webhook step. It may be made twice: its receiver knows it by its id. */
export function wrongInCall(call: AuditedCall, run: Standpoint | undefined, clock: AuditClock): readonly AuditRule[] {
  const isWaiting = call.state === 'waiting';
  return rulesBroken({
    'foreign-id': call._id !== idFrom('call', call.enrollment, call.step),
    ...wrongInErrand(call, run, { isOver: !isWaiting, isWaiting }, clock),
  });
}

/** What is wrong with a run by itself. */
export function wrongInRun({ status, dueAt, raised }: AuditedRun, clock: AuditClock): readonly AuditRule[] {
  return rulesBroken({
    'never-due': status === 'active' && dueAt === undefined,
    late: status === 'active' && dueAt !== undefined && isPast(dueAt, clock.lateMs, clock),
    'raised-left': raised.some(({ at }) => isPast(at, clock.lateMs, clock)),
  });
}

/** Outcomes after which a copy is with the server, or may be. */
const mayBeThere: readonly string[] = ['accepted', 'uncertain'];

type Errand = Pick<AuditedMessage, 'step' | 'nextAttemptAt' | 'expiresAt' | 'settledAt'>;

function wrongInErrand(
  { step, nextAttemptAt, expiresAt, settledAt }: Errand,
  run: Standpoint | undefined,
  { isOver, isWaiting }: { readonly isOver: boolean; readonly isWaiting: boolean },
  clock: AuditClock,
) {
  const standsThere = run?.status === 'active' && run.step === step;
  const isTooOld = isWaiting && isPast(expiresAt, clock.lateMs, clock);
  return {
    'no-run': run === undefined,
    'no-end-time': isOver && settledAt === undefined,
    'run-stuck':
      isOver && standsThere && settledAt !== undefined && isPast(settledAt, clock.lateMs + patienceMs, clock),
    'open-too-old': isTooOld,
    late: isWaiting && !isTooOld && isPast(nextAttemptAt, clock.lateMs, clock),
  };
}

function isPast(at: Date, byMs: number, { now }: AuditClock): boolean {
  return at.getTime() + byMs < now.getTime();
}

function rulesBroken(broken: Partial<Record<AuditRule, boolean>>): readonly AuditRule[] {
  const rules = Object.keys(auditRules).filter((rule): rule is AuditRule => Object.hasOwn(auditRules, rule));
  return rules.filter((rule) => broken[rule]);
}
