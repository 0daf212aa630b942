import { idFrom } from '../event/id.js';
import { type EventValue, isSameAbout, isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import { isHoliday } from '../sequence/calendar-file.js';
import { addDuration, durationInWords, waitInWords } from '../sequence/duration.js';
import { untilInWords } from '../sequence/moment-file.js';
import {
  isAddress,
  type PoolMail,
  type ProgramStep,
  type SplitWay,
  type StepOfKind,
  type Target,
} from '../sequence/program.js';
import type { Call, HandOver, Send } from './advance.js';
import { judge } from './condition.js';
import type { Enrollment, Entry } from './enrollment.js';
import { type Facts, fieldOf } from './facts.js';
import { visitHandOver, visitNotify, visitSend, visitWebhook } from './visit-errand.js';
import { addBusinessDays, momentOf } from './moment.js';
import { calendarsOf } from './send-window.js';
import { chooseWay } from './split.js';

/** Where a visit to a step leads: on (`at`: when, if the step took time), to a stop until something is due, or out. */
export type Move =
  | {
      readonly to: Target;
      readonly entry?: Entry;
      readonly raises?: readonly LeadEvent[];
      readonly at?: Date;
      readonly took?: { readonly key: string; readonly way: string };
    }
  | {
      readonly until: Date;
      readonly waitsFor: string;
      readonly send?: Send;
      readonly call?: Call;
      readonly handOver?: HandOver;
      readonly entry?: Entry;
    }
  | { readonly out: string };

/** How often a condition that time alone may change is looked at. What happens to the lead is looked at when it happens. */
const lookAgainMs = 6 * 3_600_000;

/** A step of one kind, and all that its visit may look at. */
export type Visit<Kind extends ProgramStep['kind']> = {
  readonly step: StepOfKind<Kind>;
  readonly enrollment: Enrollment;
  readonly facts: Facts;
  readonly now: Date;
};

/** What a step says should happen at `now` to the enrollment that stands at it. `isHeld`: it has stood there before. */
export function visit(step: ProgramStep, enrollment: Enrollment, facts: Facts, now: Date, isHeld: boolean): Move {
  const did = (what: string, because: string): Entry => ({ at: now, step: step.id, did: what, because });
  if (step.if && !hasBegun(step, facts, isHeld)) {
    const verdict = judge(step.if, facts, now);
    if (!verdict.holds) return { to: step.next, entry: did('passed over', verdict.because) };
  }
  const raise = (type: string, rest: Partial<LeadEvent>): LeadEvent => raised(step, enrollment, type, now, rest);

  switch (step.kind) {
    case 'send':
      return visitSend({ step, enrollment, facts, now });
    case 'notify':
      return visitNotify({ step, enrollment, facts, now });
    case 'webhook':
      return visitWebhook({ step, enrollment, facts, now });
    case 'hand-over':
      return visitHandOver({ step, enrollment, facts, now }, raise);
    case 'wait':
    case 'wait-until':
      return visitWait({ step, enrollment, facts, now });
    case 'wait-for':
      return visitWaitFor({ step, enrollment, facts, now }, isHeld);
    case 'pick':
      return visitPick({ step, enrollment, facts, now });
    case 'goal':
      return visitGoal({ step, enrollment, facts, now });
    case 'branch': {
      const verdict = judge(step.on, facts, now);
      const way = verdict.holds ? 'then' : 'else';
      return { to: step[way], entry: did(`took "${way}"`, verdict.because) };
    }
    case 'choose': {
      const verdicts = step.ways.map((way) => judge(way.if, facts, now));
      const index = verdicts.findIndex(({ holds }) => holds);
      const because = verdicts[index]?.because ?? verdicts.map((verdict) => verdict.because).join(' and ');
      if (index < 0) return { to: step.otherwise, entry: did('took "otherwise"', because) };
      return { to: step.ways[index]?.to ?? step.next, entry: did(`took way ${index + 1}`, because) };
    }
    case 'split': {
      const { way, because } = wayOf(step, enrollment, facts);
      return { to: way.to, entry: did(`took "${way.name}"`, because), took: { key: step.key, way: way.name } };
    }
    case 'score': {
      const event = raise('score.adjusted', { points: step.points, why: step.why });
      return { to: step.next, entry: did(`scored ${step.points}`, step.why), raises: [event] };
    }
    case 'tag':
    case 'untag': {
      const [type, what] = step.kind === 'tag' ? ['tag.added', 'tagged'] : ['tag.removed', 'untagged'];
      // What is so already is no change, and no event that others could wait for.
      const changed = step.tags.filter((tag) => facts.lead.tags.includes(tag) === (step.kind === 'untag'));
      const events = changed.map((about) => raise(type, { about }));
      return { to: step.next, entry: did(what, step.tags.join(', ')), ...raising(events) };
    }
    case 'set': {
      const data = changedFields(step.fields, facts);
      const events = Object.keys(data).length > 0 ? [raise('lead.updated', { data })] : [];
      return { to: step.next, entry: did('set', Object.keys(step.fields).join(', ')), ...raising(events) };
    }
    case 'stage': {
      const events = facts.lead.stage === step.stage ? [] : [raise('stage.entered', { about: step.stage })];
      return { to: step.next, entry: did('moved to the stage', step.stage), ...raising(events) };
    }
    case 'enroll':
    case 'unenroll': {
      const [type, what] =
        step.kind === 'enroll' ? ['sequence.called', 'enrolled elsewhere'] : ['sequence.ended', 'taken out elsewhere'];
      return { to: step.next, entry: did(what, step.sequence), raises: [raise(type, { about: step.sequence })] };
    }
    case 'exit':
      return { out: step.because };
  }
}

function raising(events: readonly LeadEvent[]): { readonly raises?: readonly LeadEvent[] } {
  return events.length > 0 ? { raises: events } : {};
}

function changedFields(
  fields: Readonly<Record<string, EventValue>>,
  { lead }: Facts,
): Readonly<Record<string, EventValue>> {
  const isNew = ([name, value]: [string, EventValue]): boolean => !isSameValue(value, fieldOf(lead, name));
  return Object.fromEntries(Object.entries(fields).filter(isNew));
}

function isSameValue(a: EventValue, b: EventValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether it is too late to ask if a step is to be done: its mail or call is on its way, or the lead is waiting already. */
function hasBegun(step: ProgramStep, facts: Facts, isHeld: boolean): boolean {
  if (step.kind === 'send' || step.kind === 'notify') return facts.mails.has(step.id);
  if (step.kind === 'webhook') return facts.calls.has(step.id);
  return isHeld && ['wait', 'wait-until', 'wait-for', 'goal'].includes(step.kind);
}

function visitWait({ step, enrollment, facts, now }: Visit<'wait' | 'wait-until'>): Move {
  const until = endOfWait(step, enrollment, facts);
  const isMissed = step.kind === 'wait-until' && (until === undefined || until <= enrollment.since);
  if (isMissed) {
    const because = until
      ? `${untilInWords(step.until)} has passed already`
      : `nobody knows ${untilInWords(step.until)}`;
    if (step.missed === 'exit') return { out: because };
    return { to: step.next, entry: { at: now, step: step.id, did: 'did not wait', because } };
  }
  if (until && until > now) return { until, waitsFor: whatItWaitsFor(step) };
  // Its end, not the moment somebody looked: a second of delay must not make "10:00" after it the next day's.
  return { to: step.next, ...(until ? { at: until } : {}) };
}

function whatItWaitsFor(step: StepOfKind<'wait' | 'wait-until'>): string {
  return step.kind === 'wait-until' ? untilInWords(step.until) : `${waitInWords(step.for)} to pass`;
}

function endOfWait(step: StepOfKind<'wait' | 'wait-until'>, { since }: Enrollment, facts: Facts): Date | undefined {
  const { timeZone, lead, common } = facts;
  if (step.kind === 'wait-until') {
    const zone = step.timeZone === 'lead' ? timeZone : step.timeZone;
    return momentOf(step.until, zone, since, (field) => fieldOf(lead, field));
  }
  if (!('businessDays' in step.for)) return addDuration(since, step.for, timeZone);
  const calendars = calendarsOf(step.holidays, common.calendars);
  return addBusinessDays(since, step.for.businessDays, timeZone, (day) => isHoliday(calendars, day));
}

function visitWaitFor({ step, enrollment, facts, now }: Visit<'wait-for'>, isHeld: boolean): Move {
  const { since } = enrollment;
  const end = addDuration(since, step.upTo, facts.timeZone);
  const { came, because } = whatCame(step, { enrollment, end, facts, now });
  const entry = (at: Date, way: string): Entry => ({ at, step: step.id, did: `took "${way}"`, because });
  // What holds already when the run gets here has taken no time.
  const tookTime = isHeld || 'event' in step.for;
  if (came) return { to: step.then, entry: entry(came, 'then'), ...(tookTime ? { at: came } : {}) };
  if (end <= now) return { to: step.else, at: end, entry: entry(end, 'else') };
  const soon = 'condition' in step.for ? new Date(now.getTime() + lookAgainMs) : end;
  return { until: soon < end ? soon : end, waitsFor: `${awaitedInWords(step)}, at most ${durationInWords(step.upTo)}` };
}

function awaitedInWords(step: StepOfKind<'wait-for'>): string {
  return 'event' in step.for ? `"${step.for.event}"` : 'its condition to hold';
}

type Span = { readonly enrollment: Enrollment; readonly end: Date; readonly facts: Facts; readonly now: Date };

/** When what a step waits for came, if it did in time. */
function whatCame(
  step: StepOfKind<'wait-for'>,
  { enrollment, end, facts, now }: Span,
): { readonly came?: Date; readonly because: string } {
  if ('condition' in step.for) {
    const { holds, because } = judge(step.for.condition, facts, now);
    return holds ? { came: now < end ? now : end, because } : { because };
  }
  const { event: trigger } = step.for;
  const event = facts.events.find(
    (one) =>
      one.at > enrollment.since &&
      one.at <= end &&
      one.at <= now &&
      isTriggeredBy(trigger, one) &&
      !isItsDoing(one, enrollment),
  );
  return event
    ? { came: event.at, because: `"${trigger}" came` }
    : { because: `no "${trigger}" came within ${durationInWords(step.upTo)}` };
}

/** Whether an event follows from what the run itself did, on its way to the step that waits. */
function isItsDoing({ source, at }: LeadEvent, { history }: Enrollment): boolean {
  const isInner = ['sequence', 'segments', 'funnel'].includes(source);
  return isInner && history.some((entry) => entry.at.getTime() === at.getTime());
}

function visitGoal({ step, facts, now }: Visit<'goal'>): Move {
  const { holds, because } = judge(step.on, facts, now);
  if (holds) return { to: step.next, entry: { at: now, step: step.id, did: 'reached the goal', because } };
  if (step.arrival === 'exit') return { out: `came to the goal "${step.id}" without it: ${because}` };
  if (step.arrival === 'wait')
    return { until: new Date(now.getTime() + lookAgainMs), waitsFor: `the goal "${step.id}"` };
  return { to: step.next, entry: { at: now, step: step.id, did: 'went on without the goal', because } };
}

function wayOf(
  { key, ways }: StepOfKind<'split'>,
  { lead, sequence }: Enrollment,
  { common }: Facts,
): { way: SplitWay; because: string } {
  const winner = ways.find(({ name }) => name === common.winners.get(key));
  if (winner) return { way: winner, because: 'it has won' };
  return { way: chooseWay(ways, `${sequence}/${lead}/${key}`), because: `by chance, 1 of ${ways.length}` };
}

function visitPick({ step, facts, now }: Visit<'pick'>): Move {
  const last = [...facts.received.values()].reduce<Date | undefined>((a, b) => (a && a > b ? a : b), undefined);
  const quietUntil = step.quiet && last ? addDuration(last, step.quiet, facts.timeZone) : now;
  if (quietUntil > now)
    return { until: quietUntil, waitsFor: step.quiet ? `${durationInWords(step.quiet)} without a mail` : '' };

  const [best] = step.pool
    .filter((mail) => mayPick(mail, facts, now))
    .map((mail) => ({ mail, clicks: interestIn(mail, facts) }))
    .toSorted((a, b) => b.clicks - a.clicks);
  if (!best)
    return {
      to: step.next,
      entry: { at: now, step: step.id, did: 'picked nothing', because: 'no mail of the pool is left for this lead' },
    };
  const because = best.clicks > 0 ? `${best.clicks} clicks show interest in it` : 'it is the next one in the pool';
  return { to: best.mail.step, entry: { at: now, step: step.id, did: `picked "${best.mail.template}"`, because } };
}

function mayPick({ template, stages, if: condition }: PoolMail, facts: Facts, now: Date): boolean {
  if (facts.received.has(template)) return false;
  if (stages.length > 0 && !stages.includes(facts.lead.stage ?? '')) return false;
  return !condition || judge(condition, facts, now).holds;
}

/** How often the lead clicked on what this mail is about. */
function interestIn({ interests }: PoolMail, { events }: Facts): number {
  const clicks = events.filter(({ type, machine }) => type === 'clicked' && !machine);
  return clicks.filter(({ about }) => interests.some((wanted) => isSameAbout(wanted, about))).length;
}

function raised(
  step: ProgramStep,
  enrollment: Enrollment,
  type: string,
  at: Date,
  rest: Partial<LeadEvent>,
): LeadEvent {
  const { id: enrollmentId, lead, sequence } = enrollment;
  // One event per step and thing: a repeated advance raises the same ids, which are recorded once. A step named by its
  // place is another one after an edit.
  const place = isAddress(step.id) ? `${enrollment.revision}/${step.id}` : step.id;
  const id = idFrom('step', enrollmentId, place, type, rest.about ?? '');
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
