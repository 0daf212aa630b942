import { isMailEvent } from '../event/canonical.js';
import { idFrom } from '../event/id.js';
import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import { stageAfter } from '../scoring/funnel.js';
import { bounded } from '../scoring/counting.js';
import { entryKey } from '../scoring/score.js';
import type { Condition } from '../sequence/condition-file.js';
import type { Funnel, Stage } from '../sequence/funnel-file.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { mindsEvents, whyForbidden } from './advance.js';
import { assess, pointsFor } from './assess.js';
import { type Change, withChange } from './change.js';
import { holdsNow, judge } from './condition.js';
import type { Enrollment } from './enrollment.js';
import { causeOf, enroll, isCalled, mayEnter } from './entering.js';
import type { Facts, Lead } from './facts.js';
import { guessChanges } from './guess-changes.js';
import { heldSince } from './held-since.js';
import { absenceChanges } from './out-of-office.js';
import { ownChanges } from './own-changes.js';
import { ownerChanges } from './owner-change.js';
import { isTakenBack, leftByLead } from './rejoin.js';
import { mailboxEvents, softBounceChanges } from './soft-bounces.js';
import { thresholdEvents } from './threshold-events.js';
import { whyUnwanted } from './unwanted.js';
import type { Running, World } from './world.js';

/**
 * The other decision of Rivulet: what an event changes. Pure, and by state instead of by difference, so that an event whose
 * changes were cut short by a crash can be taken up again from the start. Events come late and out of order: `now` is when
 * this one is looked at, so that two which only together reach a threshold do so in whichever order they come.
 */
export function react(event: LeadEvent, world: World, project: Project, now: Date): readonly Change[] {
  const score = scoreChanges(event, world.facts.lead, project);
  // It gives its points all the same: what they are must not hang on which of two processes was faster.
  if (isOutrun(event, world.facts.lead, project.funnel)) return score;
  const { softBounces, outOfOffice } = project.delivery;
  const told = [
    ...ownChanges(event),
    ...softBounceChanges(event, world.facts, softBounces, now),
    ...absenceChanges(event, world.facts, outOfOffice.pause),
    ...ownerChanges(event, world.facts),
  ];
  // By the fields as the event leaves them.
  const { lead } = told.reduce<Facts>((so, change) => withChange(so, change), world.facts);
  const own = [...told, ...guessChanges(event, lead)];
  const facts = afterwards(world.facts, [...own, ...score], project, now);
  const holds = (condition: Condition): boolean => holdsNow(condition, facts, now);

  const hasHeld = (condition: Condition): boolean => heldSince(condition, event, facts, { project, now });
  const stage =
    event.type === 'stage.entered' ? undefined : stageAfter(project.funnel, facts.lead.stage, event, hasHeld);
  // An edit that gives a sequence a topic or a purpose counts also for those on their way.
  const unwanted = (program: MailSeries): string | undefined => {
    const current = project.programs.get(program.name) ?? program;
    return whyForbidden({ ...current, mailsLead: program.mailsLead }, facts) ?? whyUnwanted(current, facts, now);
  };
  const leaving = leavingBy(event, world.running, unwanted);
  const staying = world.running.filter(({ enrollment }) => !leaving.some((change) => change.enrollment === enrollment));
  const entering = [...project.programs.values()].filter(
    (program) =>
      !event.late &&
      isCalled(program, event, facts.lead) &&
      !unwanted(program) &&
      mayEnter(program, { ...world, facts, running: staying }, event) &&
      (!program.enroll.if || holds(program.enroll.if)),
  );

  // What comes of an event that became known late begins now: waits of a series would else be over before they began.
  const cause = event.late ? { ...event, at: now } : event;
  const awake = staying.filter(
    ({ program, enrollment }) => frees.includes(event.type) || mindsEvents(program, enrollment),
  );

  return [
    ...own,
    ...score,
    ...leaving,
    ...entering.map((program): Change => ({ kind: 'enroll', enrollment: enroll(program, event) })),
    ...rejoining(event, { ...world, running: staying }, unwanted),
    ...(awake.length > 0 ? [{ kind: 'wake', enrollments: awake.map(({ enrollment }) => enrollment.id) } as const] : []),
    ...(stage
      ? [{ kind: 'raise', event: stageEntered(cause, stage.name, whyEntered(stage, event, facts, now)) } as const]
      : []),
    ...segmentChanges(cause, facts, project, now),
    ...thresholdEvents(facts, project, now).map((raised): Change => ({ kind: 'raise', event: raised })),
  ];
}

/** What holds a mail back may be what the lead chooses otherwise now, or until when it is away. */
const frees = ['preferences.changed', 'auto-replied'];

/** Types of events that the rules for a lead's mailbox and its absence look back at, whatever the files ask for. */
export function lookedBackAt({ type }: Pick<LeadEvent, 'type'>): readonly string[] {
  const asks = ['bounced', 'clicked', 'replied', 'resubscribed', 'auto-replied'];
  if (type === 'owner.assigned') return [type];
  // Without a type it is a look at the lead as it stands, to see what is to come.
  return type === '' || asks.includes(type) ? mailboxEvents : [];
}

/** What an event adds to the score that is not there yet, and what is too much then. */
function scoreChanges(event: LeadEvent, { entries }: Lead, { scoring }: Project): readonly Change[] {
  const given = pointsFor(event, scoring);
  if (given.length === 0) return [];
  const known = new Set(entries.map(entryKey));
  const all = [...entries, ...given.filter((entry) => !known.has(entryKey(entry)))];
  const kept = new Set(bounded(all, scoring));
  const added = all.slice(entries.length).filter((entry) => kept.has(entry));
  const surplus = entries.filter((entry) => !kept.has(entry));
  if (added.length === 0 && surplus.length === 0) return [];
  return [{ kind: 'score', entries: added, ...(surplus.length > 0 ? { surplus } : {}) }];
}

/** Events for the segments that triggers wait for, and that the lead has come into or gone out of. */
function segmentChanges(event: LeadEvent, facts: Facts, { attention }: Project, now: Date): readonly Change[] {
  return [...attention.segments].flatMap((segment): readonly Change[] => {
    const was = facts.lead.segments?.includes(segment) ?? false;
    const is = holdsNow({ kind: 'segment', segment }, facts, now);
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
  // It is a machine that writes it, and says something of its person all the same.
  if (event.type === 'auto-replied') return true;
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
  'series.rejoined',
  'segments.looked-at',
  'lead.merged',
  'threshold.reached',
  'threshold.left',
  'owner.assigned',
  'bounced',
  'clicked',
  'replied',
];

/** Whether the funnel has moved the lead beyond the stage that this event says it enters; two processes may see to two stages at once. */
function isOutrun({ type, source, about }: LeadEvent, lead: Lead, funnel: Funnel): boolean {
  const placeOf = (name: string | undefined): number => funnel.findIndex((stage) => stage.name === name);
  return type === 'stage.entered' && source === 'funnel' && placeOf(about) < placeOf(lead.stage);
}

/** The facts as they stand once the event's own changes are made: what its consequences are judged by. */
function afterwards(facts: Facts, own: readonly Change[], project: Project, at: Date): Facts {
  const changed = own.reduce<Facts>((so, change) => withChange(so, change), facts);
  return { ...changed, score: assess(changed, project.scoring, at) };
}

type Leaving = Extract<Change, { kind: 'leave' }>;

/** A sequence as far as the lead's own choices ask of it. */
type MailSeries = Pick<Program, 'name' | 'topic' | 'purpose' | 'broadcast' | 'mailsLead'>;

/** Runs whose end this event takes back, where nothing else speaks against them and no other run has taken their place. */
function rejoining(
  event: LeadEvent,
  { running, runs }: World,
  whyNot: (program: MailSeries) => string | undefined,
): readonly Change[] {
  return runs.flatMap((run): readonly Change[] => {
    const { id, sequence, key } = run;
    const isReplaced = running.some(({ enrollment }) => enrollment.sequence === sequence && enrollment.key === key);
    if (id === undefined || isReplaced || !isTakenBack(event, run) || whyNot({ name: sequence, mailsLead: true }))
      return [];
    return [{ kind: 'rejoin', enrollment: id }];
  });
}

function leavingBy(
  event: LeadEvent,
  running: readonly Running[],
  whyNot: (program: Program) => string | undefined,
): readonly Leaving[] {
  return running.flatMap(({ enrollment, program }): readonly Leaving[] => {
    const because =
      whyNot(program) ?? (isBeforeIt(enrollment, event) ? undefined : whyLeave(event, enrollment, program));
    return because ? [{ kind: 'leave', enrollment, because }] : [];
  });
}

/**
 * Whether an event stands before the run: it began it, and would else undo that when it is looked at again; or it is what
 * came of an earlier mail and is told late, as by a mailbox that is imported.
 */
function isBeforeIt({ id, because, startedAt }: Enrollment, event: LeadEvent): boolean {
  if (because === causeOf(event) && startedAt.getTime() === event.at.getTime()) return true;
  return isMailEvent(event.type) && event.enrollment !== id && event.at < startedAt;
}

function whyLeave(event: LeadEvent, enrollment: Enrollment, program: Program): string | undefined {
  if (event.type === 'series.left' && event.enrollment === enrollment.id) return leftByLead;
  if (event.type === 'sequence.ended' && event.about === program.name)
    return `taken out by ${event.sequence ?? event.source}`;
  if (event.type === 'stage.entered' && program.exit.onStageChange && program.stage !== event.about) {
    return `stage changed to ${event.about}`;
  }
  return program.exit.on.some((trigger) => isTriggeredBy(trigger, event)) ? event.type : undefined;
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
