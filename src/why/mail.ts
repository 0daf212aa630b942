import type { LeadEvent } from '../event/lead-event.js';
import type { Entry } from '../journey/enrollment.js';
import { holdsNow } from '../journey/may-go.js';
import type { SendProgramStep, StepId } from '../sequence/program.js';
import { sortableTime } from '../simulation/narrate.js';
import type { Moment } from '../simulation/simulate.js';
import { entry, entryReasons, forbidden } from './entry.js';
import type { Known, LedgerMail, MailVerdict, Reason, Run, WhyMail } from './reason.js';
import { turnedAway } from './way.js';

type Question = { readonly sequence: string; readonly step: StepId };

/** Why a lead did, did not, or will not yet get the mail of a step: what each rule says of it, in the order in which they are asked. */
export function whyMail(known: Known, { sequence, step }: Question): WhyMail {
  const run = runOf(known, sequence, step);
  const mail = run && known.mails.find((one) => one.enrollment === run.enrollment.id && one.step === step);
  const coming = known.next.find((moment) => isTheMail(moment, { sequence, step }));
  const reasons = [
    ...(run ? runReasons(run, known, step) : notEntered(known, sequence)),
    ...(mail ? mailReasons(mail, run, known) : []),
  ];
  const at = mail?.settledAt ?? (mail && isOpen(mail) ? mail.nextAttemptAt : undefined) ?? coming?.at;
  const verdict = verdictOf(mail, coming);
  const answer = answerOf(verdict, at, reasons, known);
  return { sequence, step, verdict, answer, ...(at ? { at } : {}), reasons };
}

/** The run that had the mail, else the last one. */
function runOf({ runs, mails }: Known, sequence: string, step: StepId): Run | undefined {
  const own = runs.filter(({ enrollment }) => enrollment.sequence === sequence);
  const had = own.findLast(({ enrollment }) =>
    mails.some((one) => one.enrollment === enrollment.id && one.step === step),
  );
  return had ?? own.at(-1);
}

function isTheMail({ kind, sequence, step }: Moment, asked: Question): boolean {
  return (kind === 'mail' || kind === 'notice') && sequence === asked.sequence && step === asked.step;
}

function notEntered(known: Known, sequence: string): readonly Reason[] {
  const program = known.project.programs.get(sequence);
  return program ? entryReasons(program, known) : [];
}

/** What is to be said of a run, and of its way to a step. */
function runReasons({ enrollment, program }: Run, known: Known, target: StepId): readonly Reason[] {
  const { status, sequence, history, step: standsAt } = enrollment;
  const entered = entry(enrollment);
  if (!program) return [entered, unreadable];
  const step = program.steps.get(target);
  const isGone = known.mails.some((one) => one.enrollment === enrollment.id && one.step === target);
  if (isGone || !step) return [entered];
  if (status === 'ended') return [entered, ...turnedAway(program, history, target, null)];
  const ahead = known.next.flatMap((moment) => entryAhead(moment, sequence));
  const away = turnedAway(program, [...history, ...ahead], target, ahead.length === 0 ? standsAt : null);
  const holds = standsAt === target && step.kind === 'send' ? mayGo(step, known) : [];
  return [entered, ...pausedRun(known, sequence), ...forbidden(program, known), waiting(enrollment), ...holds, ...away];
}

const unreadable: Reason = {
  rule: 'sequence',
  says: 'no',
  why: 'the revision that the run goes through cannot be read any more',
};

/** A decision that is still to come, as a run would write it down. */
function entryAhead({ kind, sequence, step = null, at, what, because }: Moment, own: string): readonly Entry[] {
  const isDecision = kind === 'step' || kind === 'leave' || kind === 'mail' || kind === 'notice';
  return isDecision && sequence === own ? [{ at, step, did: what, because }] : [];
}

function waiting({ step, waitsFor, dueAt }: Run['enrollment']): Reason {
  const place = step === null ? 'the end' : `"${step}"`;
  return {
    rule: 'waiting',
    says: 'wait',
    why: `stands at ${place} and waits for ${waitsFor}`,
    ...(dueAt ? { until: dueAt } : {}),
    data: { step },
  };
}

function mayGo(step: SendProgramStep, { world: { facts }, now }: Known): readonly Reason[] {
  return holdsNow(step, facts, now).map(({ rule, hold: { until, waitsFor, by = [] } }): Reason => {
    const data = by.length > 0 ? { data: { mails: by } } : {};
    return { rule, says: 'wait', why: waitsFor, until, ...data };
  });
}

function pausedRun({ pauses }: Known, sequence: string): readonly Reason[] {
  return pauses.filter(({ of }) => of === 'everything' || of === `sequence:${sequence}`).map(pauseReason);
}

function pauseReason({ of, since, because }: Known['pauses'][number]): Reason {
  return { rule: 'pause', says: 'wait', why: `${of} is paused: ${because}`, at: since, data: { of } };
}

/** What became of a mail since it was planned. */
function mailReasons(mail: LedgerMail, { program }: Run, known: Known): readonly Reason[] {
  const { plannedAt, attempts } = mail;
  const planned: Reason = { rule: 'outbox', says: 'yes', why: 'planned', at: plannedAt };
  const tried = attempts
    .filter(({ outcome }) => outcome !== mail.state || outcome === 'deferred')
    .map(({ at, outcome, reply }): Reason => {
      return { rule: 'mail server', says: outcome === 'deferred' ? 'wait' : 'no', why: `${outcome}: ${reply}`, at };
    });
  const forbids = program && isOpen(mail) ? forbidden(program, known) : [];
  const held = isOpen(mail) ? [...forbids, ...pausedMail(mail, known)] : [];
  return [planned, ...tried, ...held, fateOf(mail), ...heardOf(mail, known)];
}

function pausedMail({ transport }: LedgerMail, { pauses }: Known): readonly Reason[] {
  return pauses
    .filter(({ of }) => of.startsWith('transport:') && (!transport || of === `transport:${transport}`))
    .map(pauseReason);
}

function isOpen({ state }: LedgerMail): boolean {
  return state === 'queued' || state === 'claimed' || state === 'sending' || state === 'deferred';
}

function fateOf({ state, because, settledAt, nextAttemptAt, transport }: LedgerMail): Reason {
  const by = transport ? ` by "${transport}"` : '';
  const why = because ? `: ${because}` : '';
  const at = settledAt ? { at: settledAt } : {};
  switch (state) {
    case 'accepted':
      return { rule: 'mail server', says: 'yes', why: `accepted${by}${why}`, ...at };
    case 'uncertain':
      return {
        rule: 'mail server',
        says: 'no',
        why: `it was handed over${by}, and nobody heard the answer${why}`,
        ...at,
      };
    case 'rejected':
      return { rule: 'mail server', says: 'no', why: `rejected${by}${why}`, ...at };
    case 'failed':
    case 'skipped':
      return { rule: 'outbox', says: 'no', why: `${state}${why}`, ...at };
    case 'queued':
    case 'claimed':
    case 'sending':
    case 'deferred':
      return { rule: 'outbox', says: 'wait', why: `${state}${why}`, until: nextAttemptAt };
  }
}

/** What came back of a mail. */
function heardOf({ enrollment, step }: LedgerMail, { events }: Known): readonly Reason[] {
  const own = events.filter(
    (event) => event.enrollment === enrollment && event.step === step && cameBack.includes(event.type),
  );
  return own.map((event): Reason => {
    const says = event.type === 'bounced' || event.type === 'rejected' ? 'no' : 'yes';
    return { rule: 'mail server', says, why: heardInWords(event), at: event.at };
  });
}

const cameBack = ['delivered', 'opened', 'clicked', 'replied', 'bounced', 'rejected', 'complained', 'unsubscribed'];

function heardInWords({ type, about, why, source, machine }: LeadEvent): string {
  const by = machine ? ' by a machine' : '';
  return `${type}${by}${about ? ` ${about}` : ''} (told by ${source}${why ? `: ${why.slice(0, 200)}` : ''})`;
}

function verdictOf(mail: LedgerMail | undefined, coming: Moment | undefined): MailVerdict {
  if (!mail) return coming ? 'will-come' : 'will-not-come';
  if (mail.state === 'accepted') return 'sent';
  if (mail.state === 'uncertain') return 'uncertain';
  return isOpen(mail) ? 'on-its-way' : 'not-sent';
}

function answerOf(verdict: MailVerdict, at: Date | undefined, reasons: readonly Reason[], known: Known): string {
  const { timeZone } = known.world.facts;
  const when = at ? sortableTime(at, timeZone) : '';
  // What was said last decided it.
  const no = reasons.findLast(({ says }) => says === 'no')?.why ?? 'nothing leads to it';
  const wait = reasons.findLast(({ says }) => says === 'wait')?.why ?? 'its turn';
  switch (verdict) {
    case 'sent':
      return `It went ${when}.`;
    case 'uncertain':
      return `It may have gone ${when}: the connection died before the answer came.`;
    case 'on-its-way':
      return `It is on its way: ${wait}.`;
    case 'not-sent':
      return `It was not sent: ${no}.`;
    case 'will-come':
      return `It comes ${when} if nothing else happens: ${wait}.`;
    case 'will-not-come':
      return `It does not come: ${no}.`;
  }
}
