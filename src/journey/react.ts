import { idFrom } from '../event/id.js';
import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import { stageAfter } from '../scoring/funnel.js';
import { entriesFor, type ScoreEntry } from '../scoring/score.js';
import type { Condition } from '../sequence/condition-file.js';
import { addDuration } from '../sequence/duration.js';
import type { Funnel, Stage } from '../sequence/funnel-file.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import type { Again } from '../sequence/sequence-file.js';
import { itsTurn, mindsEvents, whyNoMail } from './advance.js';
import { assess } from './assess.js';
import { type Change, type MailHappening, withChange } from './change.js';
import { judge } from './condition.js';
import type { Enrollment } from './enrollment.js';
import type { Facts, Lead } from './facts.js';

/** A running enrollment with the revision it runs through. */
export type Running = { readonly enrollment: Enrollment; readonly program: Program };

/** A lead with all that an event may touch. */
export type World = {
  readonly facts: Facts;
  readonly running: readonly Running[];
  /** Every run so far, for the rule when a lead may come again. */
  readonly runs: readonly { readonly sequence: string; readonly startedAt: Date; readonly key?: string }[];
};

/**
 * The other decision of Rivulet: what an event changes. Pure, and by state instead of by difference, so that an event whose
 * changes were cut short by a crash can be taken up again from the start. Events come late and out of order: `now` is when
 * this one is looked at, so that two which only together reach a threshold do so in whichever order they come.
 */
export function react(event: LeadEvent, world: World, project: Project, now: Date): readonly Change[] {
  if (isOutrun(event, world.facts.lead, project.funnel)) return [];
  const own = ownChanges(event);
  const known = new Set(world.facts.lead.entries.map((entry) => entry.event + entry.rule));
  const entries = entriesFor(event, project.scoring).filter((entry) => !known.has(entry.event + entry.rule));
  const facts = afterwards(world.facts, own, entries, project, now);
  const holds = (condition: Condition): boolean => judge(condition, facts, now).holds;

  const stage = event.type === 'stage.entered' ? undefined : stageAfter(project.funnel, facts.lead.stage, event, holds);
  const leaving = leavingBy(event, world.running, whyNoMail(facts));
  const staying = world.running.filter(({ enrollment }) => !leaving.some((change) => change.enrollment === enrollment));
  const entering = [...project.programs.values()].filter(
    (program) =>
      isCalled(program, event, facts.lead) &&
      mayEnter(program, { ...world, facts, running: staying }, event) &&
      (!program.enroll.if || holds(program.enroll.if)),
  );

  const awake = staying.filter(({ program, enrollment }) => mindsEvents(program, enrollment));

  return [
    ...own,
    ...(entries.length > 0 ? [{ kind: 'score', entries } as const] : []),
    ...leaving,
    ...entering.map((program): Change => ({ kind: 'enroll', enrollment: enroll(program, event) })),
    ...(awake.length > 0 ? [{ kind: 'wake', enrollments: awake.map(({ enrollment }) => enrollment.id) } as const] : []),
    ...(stage
      ? [{ kind: 'raise', event: stageEntered(event, stage.name, whyEntered(stage, event, facts, now)) } as const]
      : []),
    ...segmentChanges(event, facts, project, now),
  ];
}

/** Events for the segments that triggers wait for, and that the lead has come into or gone out of. */
function segmentChanges(event: LeadEvent, facts: Facts, { attention }: Project, now: Date): readonly Change[] {
  return [...attention.segments].flatMap((segment): readonly Change[] => {
    const was = facts.lead.segments?.includes(segment) ?? false;
    const is = judge({ kind: 'segment', segment }, facts, now).holds;
    if (is === was) return [];
    const type = is ? 'segment.entered' : 'segment.left';
    const id = idFrom('segment', event.lead, segment, type, event.id);
    return [
      {
        kind: 'raise',
        event: { id, type, lead: event.lead, at: event.at, source: 'segments', machine: false, about: segment },
      },
    ];
  });
}

/** Whether an event can change anything at all. Most of what providers tell is for the history alone. */
export function mayMatter(event: LeadEvent, { attention }: Project): boolean {
  if (event.machine) return false;
  return ownChanges(event).length > 0 || rulesOwn.includes(event.type) || attention.minded.has(event.type);
}

/** Events that rules of their own wait for, whatever the files say. */
const rulesOwn = [
  'lead.created',
  'lead.updated',
  'consent.granted',
  'consent.withdrawn',
  'score.adjusted',
  'sequence.called',
  'sequence.ended',
  'series.left',
  'segments.looked-at',
];

/** Whether the funnel has moved the lead beyond the stage that this event says it enters; two processes may see to two stages at once. */
function isOutrun({ type, source, about }: LeadEvent, lead: Lead, funnel: Funnel): boolean {
  const placeOf = (name: string | undefined): number => funnel.findIndex((stage) => stage.name === name);
  return type === 'stage.entered' && source === 'funnel' && placeOf(about) < placeOf(lead.stage);
}

/** What the event says of the lead and the mail themselves, whatever the rules. */
function ownChanges(event: LeadEvent): readonly Change[] {
  if (event.machine) return [];
  switch (event.type) {
    case 'stage.entered':
      return [{ kind: 'stage', stage: event.about ?? '' }];
    case 'tag.added':
      return [{ kind: 'tag', tag: event.about ?? '' }];
    case 'tag.removed':
      return [{ kind: 'untag', tag: event.about ?? '' }];
    case 'segment.entered':
      return [{ kind: 'join', segment: event.about ?? '' }];
    case 'segment.left':
      return [{ kind: 'part', segment: event.about ?? '' }];
    case 'lead.updated':
      return event.data ? [{ kind: 'fields', fields: event.data }] : [];
    case 'opened':
      return mailChange(event, 'openedAt');
    case 'clicked':
      return mailChange(event, 'clickedAt');
    case 'replied':
      return mailChange(event, 'repliedAt');
    case 'unsubscribed':
      return [...mailChange(event, 'unsubscribedAt'), { kind: 'suppress', reason: 'unsubscribed' }];
    case 'resubscribed':
      return [{ kind: 'lift-unsubscribe' }];
    case 'complained':
      return [{ kind: 'suppress', reason: 'complained' }];
    case 'bounced':
      return [
        ...mailChange(event, 'bouncedAt'),
        ...(event.hard ? [{ kind: 'suppress', reason: 'hard-bounced' } as const] : []),
      ];
    default:
      return [];
  }
}

function mailChange({ message, at, about }: LeadEvent, happened: MailHappening): readonly Change[] {
  const link = happened === 'clickedAt' && about ? { link: about } : {};
  return message ? [{ kind: 'mail', message, happened, at, ...link }] : [];
}

/** The facts as they stand once the event's own changes are made: what its consequences are judged by. */
function afterwards(
  facts: Facts,
  own: readonly Change[],
  entries: readonly ScoreEntry[],
  project: Project,
  at: Date,
): Facts {
  const changed = own.reduce<Facts>((so, change) => withChange(so, change), facts);
  const lead = { ...changed.lead, entries: [...changed.lead.entries, ...entries] };
  return { ...changed, lead, score: assess({ ...changed, lead }, project.scoring, at) };
}

type Leaving = Extract<Change, { kind: 'leave' }>;

function leavingBy(event: LeadEvent, running: readonly Running[], forbidden: string | undefined): readonly Leaving[] {
  return running.flatMap(({ enrollment, program }): readonly Leaving[] => {
    const because = forbidden ?? (hasBegun(enrollment, event) ? undefined : whyLeave(event, enrollment, program));
    return because ? [{ kind: 'leave', enrollment, because }] : [];
  });
}

/** Whether this event began the run. It does not end it too, or a repeated reaction would undo the first. */
function hasBegun({ because, startedAt }: Enrollment, event: LeadEvent): boolean {
  return because === causeOf(event) && startedAt.getTime() === event.at.getTime();
}

function whyLeave(event: LeadEvent, enrollment: Enrollment, program: Program): string | undefined {
  if (event.type === 'series.left' && event.enrollment === enrollment.id) return 'left by the lead';
  if (event.type === 'sequence.ended' && event.about === program.name)
    return `taken out by ${event.sequence ?? event.source}`;
  if (event.type === 'stage.entered' && program.exit.onStageChange && program.stage !== event.about) {
    return `stage changed to ${event.about}`;
  }
  return program.exit.on.some((trigger) => isTriggeredBy(trigger, event)) ? event.type : undefined;
}

function isCalled(program: Program, event: LeadEvent, lead: Lead): boolean {
  if (event.type === 'sequence.called') return event.about === program.name;
  // Whoever says yes at last gets what they would have got on entering the stage they are in.
  if (event.type === 'consent.granted') {
    return (
      program.enroll.on.some((trigger) => trigger === 'lead.created' || trigger === 'stage.entered') &&
      (!program.stage || program.stage === lead.stage)
    );
  }
  return program.enroll.on.some(
    (trigger) =>
      isTriggeredBy(trigger, event) && (trigger !== 'stage.entered' || !program.stage || event.about === program.stage),
  );
}

function mayEnter(
  { name, inFlight, enroll: { again } }: Program,
  { facts, running, runs }: World,
  event: LeadEvent,
): boolean {
  if (whyNoMail(facts) || inFlight === 'drain') return false;
  const key = keyOf(again, event);
  const isSameRun = (run: { readonly sequence: string; readonly key?: string }): boolean =>
    run.sequence === name && run.key === key;
  if (running.some(({ enrollment }) => isSameRun(enrollment))) return false;
  const last = runs.filter(isSameRun).reduce((latest, run) => Math.max(latest, run.startedAt.getTime()), 0);
  if (last === 0 || again.kind === 'always') return true;
  return again.kind === 'after' && addDuration(new Date(last), again.after, facts.timeZone) <= event.at;
}

/** What sets a run apart from others of its sequence, where each value of a field has its own. */
function keyOf(again: Again, { data }: LeadEvent): string | undefined {
  if (again.kind !== 'per-key') return undefined;
  const value = data?.[again.field];
  return value === undefined ? undefined : String(value);
}

/** A new run, not yet looked at. Its id comes from its cause, so that the same cause cannot start it twice. */
export function enroll(program: Program, event: LeadEvent): Enrollment {
  const { again } = program.enroll;
  const key = keyOf(again, event);
  const cause = again.kind === 'never' ? [] : [key === undefined ? event.id : `key ${key}`];
  return {
    id: idFrom('enrollment', event.lead, program.name, ...cause),
    lead: event.lead,
    sequence: program.name,
    revision: program.revision,
    startedAt: event.at,
    because: causeOf(event),
    status: 'active',
    step: program.start,
    since: event.at,
    dueAt: event.at,
    waitsFor: itsTurn,
    ...(key === undefined ? {} : { key }),
    generation: 0,
    history: [],
    raised: [],
  };
}

function causeOf({ type, about, why, source, sequence }: LeadEvent): string {
  if (type === 'sequence.called') return why ?? (sequence ? `called by ${sequence}` : `called by ${source}`);
  return about ? `${type}: ${about}` : type;
}

/** What let the lead into a stage: the event that it names, its condition, or both. */
function whyEntered({ on, if: condition }: Stage, event: LeadEvent, facts: Facts, now: Date): string {
  const reasons = [on.length > 0 ? causeOf(event) : [], condition ? judge(condition, facts, now).because : []];
  return reasons.flat().join(', ');
}

function stageEntered(event: LeadEvent, stage: string, why: string): LeadEvent {
  const { lead, at } = event;
  return {
    id: idFrom('stage', lead, stage, event.id),
    type: 'stage.entered',
    lead,
    at,
    source: 'funnel',
    machine: false,
    about: stage,
    why,
  };
}
