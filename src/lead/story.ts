import type { Engine } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Enrollment, Entry } from '../journey/enrollment.js';
import type { Facts } from '../journey/facts.js';
import type { World } from '../journey/world.js';
import { type Moment, simulate } from '../simulation/simulate.js';
import { subjectFor } from '../simulation/subject.js';
import type { Project } from '../sequence/project.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';

/** One line of a lead's timeline. */
export type TimelineEntry = {
  readonly at: Date;
  readonly kind: 'event' | 'mail' | 'step' | 'enrolled' | 'left';
  readonly what: string;
  readonly because: string;
  /** The event itself, where it is one. */
  readonly event?: Pick<LeadEvent, 'type' | 'about' | 'points' | 'hard'>;
  readonly sequence?: string;
  readonly step?: string;
  /** Rivulet's own doing, as a consequence of something else. */
  readonly isInner?: boolean;
  /** A machine did it, not the person. */
  readonly machine?: boolean;
};

/** A lead with its score explained, what happened, what comes next if nothing else happens, and why. */
export type LeadStory = {
  readonly facts: Facts;
  readonly enrollments: readonly Enrollment[];
  readonly timeline: readonly TimelineEntry[];
  readonly next: readonly Moment[];
};

/** How far ahead the future is told. */
const foresightMs = 90 * 86_400_000;

/** What a lead has been through, and what comes if nothing else happens. */
export type Past = {
  readonly world: World;
  readonly events: readonly LeadEvent[];
  readonly messages: readonly Message[];
  readonly enrollments: readonly Enrollment[];
  readonly moments: readonly Moment[];
};

/** Reads all that is known of a lead, and plays it forward; undefined when there is no such lead. */
export async function readPast(
  leadId: string,
  store: Store,
  engine: Engine,
  project: Project,
): Promise<Past | undefined> {
  const now = engine.now();
  const world = await engine.gatherWorld({ id: '', type: '', lead: leadId, at: now, source: '', machine: false });
  if (!world) return undefined;
  const [events, messages, enrollments] = await Promise.all([
    store.events.ofLead(leadId),
    store.messages.ofLead(leadId),
    store.enrollments.ofLead(leadId),
  ]);
  const ids = enrollments.map(({ id }) => id);
  const [mails, calls] = await Promise.all([store.messages.factsOf(ids), store.calls.factsOf(ids)]);
  const until = new Date(now.getTime() + foresightMs);
  return {
    world,
    events,
    messages,
    enrollments,
    moments: simulate(world, project, { from: now, until, mails, calls }),
  };
}

/** Tells the story of a lead; undefined when there is no such lead. */
export async function tellStory(
  leadId: string,
  store: Store,
  engine: Engine,
  project: Project,
): Promise<LeadStory | undefined> {
  const past = await readPast(leadId, store, engine, project);
  if (!past) return undefined;
  const { world, events, messages, enrollments, moments } = past;
  const lines: readonly Line[] = [
    ...events.map((event) => ({ entry: ofEvent(event), run: event.enrollment })),
    ...messages.map((message) => ({ entry: ofMessage(message, past, project), run: message.enrollment })),
    ...enrollments.flatMap((run) => ofEnrollment(run, events).map((entry) => ({ entry, run: run.id }))),
  ];
  return { facts: world.facts, enrollments, timeline: inOrder(lines, enrollments), next: moments.filter(isNews) };
}

/** What comes to the lead, without the waiting for it and the strokes of the clock that bring it. */
function isNews({ kind }: Moment): boolean {
  return kind !== 'wait' && kind !== 'event';
}

/** A line of the timeline, and the run that it belongs to. */
type Line = { readonly entry: TimelineEntry; readonly run: string | undefined };

/** By time; what belongs to one instant, in the order of cause and effect. */
function inOrder(lines: readonly Line[], enrollments: readonly Enrollment[]): readonly TimelineEntry[] {
  const beginnings = new Map(enrollments.map(({ id, startedAt }) => [id, startedAt.getTime()]));
  const placeOf = ({ entry: { at, kind, isInner }, run = '' }: Line): number => {
    const place = kind === 'event' && isInner ? places.inner : places[kind];
    // What a run did in the instant in which it began comes after its beginning.
    return kind !== 'enrolled' && beginnings.get(run) === at.getTime() ? place + places.enrolled : place;
  };
  return lines
    .map((line) => ({ ...line, place: placeOf(line) }))
    .toSorted((a, b) => a.entry.at.getTime() - b.entry.at.getTime() || a.place - b.place)
    .map(({ entry }) => entry);
}

/** What happened, what it decided, what came of that, where that led, the mail. */
const places = { event: 0, step: 1, inner: 2, left: 3, enrolled: 4, mail: 5 } as const;

function ofEvent(event: LeadEvent): TimelineEntry {
  const { at, about, source, why, points, sequence, step, machine, evidence, hard, type } = event;
  const name = type === 'bounced' ? `bounced (${hard ? 'hard' : 'soft'})` : type;
  const what = [points === undefined ? name : `${name} by ${points}`, about].filter(Boolean).join(' ');
  return {
    at,
    kind: 'event',
    what,
    because: why ?? evidence?.join('; ') ?? `told by ${source}`,
    event: {
      type,
      ...(about === undefined ? {} : { about }),
      ...(points === undefined ? {} : { points }),
      ...(hard === undefined ? {} : { hard }),
    },
    ...(sequence ? { sequence } : {}),
    ...(step ? { step } : {}),
    ...(machine ? { machine } : {}),
    ...(source === 'sequence' || source === 'funnel' ? { isInner: true } : {}),
  };
}

/** A mail, by its subject as this lead would read it now. */
function ofMessage(message: Message, { world, enrollments }: Past, project: Project): TimelineEntry {
  const { settledAt, plannedAt, state, because, sequence, step } = message;
  const at = settledAt ?? plannedAt;
  const program = project.programs.get(sequence);
  const planned = program?.steps.get(step);
  const event = enrollments.find(({ id }) => id === message.enrollment)?.event;
  const subject =
    program && planned?.kind === 'send'
      ? ` "${subjectFor(planned.subject, { ...world.facts, title: program.title, event, at }, project)}"`
      : '';
  return {
    at,
    kind: 'mail',
    what: `mail${subject} ${state}`,
    because: because ?? '',
    sequence,
    step,
  };
}

/** What a step did that the event which it raised tells better: what the lead got or lost by it. */
const toldByEvents = ['score.adjusted', 'tag.added', 'tag.removed', 'stage.entered'];

function ofEnrollment(
  { id, startedAt, sequence, because, history }: Enrollment,
  events: readonly LeadEvent[],
): readonly TimelineEntry[] {
  const raised = events.filter(({ enrollment, type }) => enrollment === id && toldByEvents.includes(type));
  const isTold = ({ step, at }: Entry): boolean =>
    raised.some((event) => event.step === step && event.at.getTime() === at.getTime());
  const steps = history
    // The mails themselves stand in the timeline already.
    .filter(({ did }) => !['accepted', 'rejected', 'failed', 'skipped', 'uncertain'].includes(did))
    .filter((entry) => !isTold(entry))
    .map(({ at, did, because: why, step }): TimelineEntry => {
      return {
        at,
        kind: did === 'left' ? 'left' : 'step',
        what: did,
        because: why,
        sequence,
        ...(step ? { step } : {}),
      };
    });
  return [{ at: startedAt, kind: 'enrolled', what: `entered ${sequence}`, because, sequence }, ...steps];
}
