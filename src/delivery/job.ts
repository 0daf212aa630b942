import type { Due, Planned } from '../engine.js';
import { whyNoMail } from '../journey/advance.js';
import type { Enrollment, Trigger } from '../journey/enrollment.js';
import { type Lead, type Suppression, zoneOf } from '../journey/facts.js';
import { mayAsk } from '../journey/consent.js';
import { recentAmong } from '../journey/frequency-cap.js';
import { whenMayGo } from '../journey/may-go.js';
import { whyUnwanted } from '../journey/unwanted.js';
import { addressKey } from '../message/address.js';
import type { Program, StepOfKind } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Settlement } from '../store/ledger.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import { later } from './settlement.js';

export type MailStep = StepOfKind<'send' | 'notify'>;

/** A message that we hold, with all that deciding and rendering it need. */
export type Job = {
  readonly message: Message;
  readonly claim: string;
  /** When it was read, by a clock that nobody sets; what is old is given back and read again. */
  readonly readAtMs: number;
  readonly lead: Lead | undefined;
  readonly enrollment: Enrollment | undefined;
  readonly suppression: Suppression | undefined;
  readonly step: MailStep | undefined;
  readonly title: string;
  /** What its sequence is agreed to as. */
  readonly purpose?: string | undefined;
  /** What its run was decided by, if that was a moment ago. */
  readonly due?: Due;
  /** The lead's other mails, where there is a frequency cap to keep. */
  readonly others?: readonly Message[];
};

/** A mail that was decided a moment ago: all that is needed is at hand. */
export function jobOf({ message, step, due }: Planned, claim: string): Job {
  const { enrollment, program, facts } = due;
  const { lead, suppression } = facts;
  return {
    message,
    claim,
    readAtMs: performance.now(),
    lead,
    enrollment,
    suppression,
    step,
    title: program.title,
    purpose: program.purpose,
    due,
  };
}

/** Messages out of the database, with what is read for them. */
export async function gatherJobs(messages: readonly Message[], claim: string, store: Store): Promise<readonly Job[]> {
  if (messages.length === 0) return [];
  const readAtMs = performance.now();
  const [leads, enrollments] = await Promise.all([
    store.leads.byIds([...new Set(messages.map(({ lead }) => lead))]),
    store.enrollments.byIds(messages.map(({ enrollment }) => enrollment)),
  ]);
  const suppressions = await store.suppressions.ofMany([...leads.values()].map(({ email }) => addressKey(email)));
  return Promise.all(
    messages.map(async (message): Promise<Job> => {
      const program = await store.revisions.program(message.revision);
      const step = program?.steps.get(message.step);
      const lead = leads.get(message.lead);
      return {
        message,
        claim,
        readAtMs,
        lead,
        enrollment: enrollments.get(message.enrollment),
        suppression: lead && suppressions.get(addressKey(lead.email)),
        step: step?.kind === 'send' || step?.kind === 'notify' ? step : undefined,
        title: program?.title ?? message.sequence,
        purpose: program?.purpose,
      };
    }),
  );
}

export type Sendable = {
  readonly kind: 'go';
  readonly lead: Lead;
  readonly step: MailStep;
  readonly title: string;
  readonly message: Message;
  /** What a notice may tell of the event that it is about. */
  readonly event?: Trigger;
};
/** Whether a mail may go now; if not, what is recorded of it instead. */
export type Verdict = Sendable | { readonly kind: 'stop'; readonly as: Omit<Settlement, 'id'> };

/** What of a sequence the lead has a say in. */
type Choosable = Pick<Program, 'topic' | 'purpose' | 'broadcast'>;
type MayGoSetting = { readonly defaultTimeZone: string; readonly project: () => Project };

/** The last look before a mail goes: all that may have changed since it was planned. */
export function mayGo(
  { message, lead, enrollment, suppression, step, title, purpose, others = [] }: Job,
  now: Date,
  setting: MayGoSetting,
): Verdict {
  if (!lead || !step) return skip(lead ? 'its sequence revision is gone' : 'the lead is gone');
  if (message.expiresAt <= now) return skip('too late to be worth sending');
  // A mail about the lead goes to one of ours, whom no rule for leads protects; a question to the lead itself does not.
  if (step.kind === 'notify' && step.asksConsent && suppression && !mayAsk(suppression)) return skip(suppression);
  if (step.kind === 'notify')
    return { kind: 'go', lead, step, title, message, ...(enrollment?.event ? { event: enrollment.event } : {}) };

  const current: Choosable = setting.project().programs.get(message.sequence) ?? (purpose ? { purpose } : {});
  const forbidden = whyNoMail({ lead, ...(suppression ? { suppression } : {}) }, current.purpose);
  if (forbidden) return skip(forbidden);
  if (!enrollment || enrollment.status === 'ended') return skip(enrollment?.endedBecause ?? 'the enrollment is gone');
  if (enrollment.step !== message.step) return skip('the run has gone on without it');
  const known = knownOf(message, lead, others, setting);
  const unwanted = whyUnwanted(current, known, now);
  if (unwanted) return skip(unwanted);
  const hold = whenMayGo(step, known, now);
  return hold
    ? { kind: 'stop', as: later(message, hold.until, `it waits for ${hold.waitsFor}`) }
    : { kind: 'go', lead, step, title, message };
}

/** What windows, quiet hours and caps look at. Of two mails that are both on their way, the one planned first has the place. */
function knownOf(message: Message, lead: Lead, others: readonly Message[], { project, defaultTimeZone }: MayGoSetting) {
  const { segments, calendars, delivery } = project();
  return {
    lead,
    timeZone: zoneOf(lead, defaultTimeZone),
    recent: recentAmong(others.filter((other) => other.settledAt !== undefined || isBefore(other, message))),
    common: { segments, calendars, delivery, winners: new Map() },
  };
}

function isBefore(one: Message, other: Message): boolean {
  const apart = one.plannedAt.getTime() - other.plannedAt.getTime();
  return apart === 0 ? one.id < other.id : apart < 0;
}

function skip(because: string): Verdict {
  return { kind: 'stop', as: { state: 'skipped', because } };
}
