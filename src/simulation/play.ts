import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { idFrom } from '../event/id.js';
import type { Happening } from './journey-file.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { whyForbidden } from '../journey/advance.js';
import { judge } from '../journey/condition.js';
import type { Lead } from '../journey/facts.js';
import type { World } from '../journey/world.js';
import { scriptOf, type Unplayed } from './script.js';
import { type Simulated, simulateToEnd, type Simulation } from './simulate.js';

/** A journey to be played: who, from when, and what happens on the way. */
export type JourneyPlan = Pick<Simulation, 'from' | 'until' | 'mails' | 'calls'> & {
  readonly world: World;
  /** The sequence that the lead is enrolled in at the beginning. */
  readonly sequence?: string | undefined;
  /** The lead is captured at the beginning, and enters what the rules say. */
  readonly all?: boolean | undefined;
  readonly events?: readonly Happening[] | undefined;
  readonly answers?: Readonly<Record<string, Readonly<Record<string, EventValue>>>> | undefined;
};

export type Played = Simulated & {
  readonly unplayed: readonly Unplayed[];
  /** Why the lead is not in the sequence that it was to be enrolled in. */
  readonly keptOut?: string;
};

/** Plays a journey to its end. */
export function play(plan: JourneyPlan, project: Project): Played {
  const { world, from, until, sequence, events = [], mails, calls, answers } = plan;
  const script = scriptOf(events, { facts: world.facts, programs: project.programs, from, until, sequence });
  const beginning = beginningOf(plan, project);
  const earlier = respondToEarlier(plan, script.respond);
  const simulated = simulateToEnd(world, project, {
    from,
    until,
    script: [...beginning, ...script.events, ...earlier],
    respond: script.respond,
    ...(mails ? { mails } : {}),
    ...(calls ? { calls } : {}),
    ...(answers ? { answers } : {}),
  });
  const program = beginning[0]?.type === 'sequence.called' ? project.programs.get(sequence ?? '') : undefined;
  const isIn = simulated.moments.some(
    ({ kind, at, sequence: entered }) => kind === 'enter' && entered === sequence && at <= from,
  );
  const keptOut = program && !isIn ? whyKeptOut(program, world, from) : undefined;
  return { ...simulated, unplayed: script.unplayed(), ...(keptOut ? { keptOut } : {}) };
}

/** What sets a journey going. */
export function beginningOf({ world, from, sequence, all }: JourneyPlan, { programs }: Project): readonly LeadEvent[] {
  const { id: lead } = world.facts.lead;
  const event = { lead, at: from, source: 'journey', machine: false };
  if (all) return captured(world.facts.lead, event);
  const isRunning = world.running.some(({ enrollment }) => enrollment.sequence === sequence);
  // A newsletter calls its audience by itself, when its schedule strikes.
  if (sequence === undefined || isRunning || programs.get(sequence)?.broadcast) return [];
  return [{ ...event, id: idFrom('journey', sequence, lead), type: 'sequence.called', about: sequence, why: '' }];
}

/** What the capture of a lead tells of: that it is there, and each tag that it came with. */
function captured({ id, tags }: Lead, event: Omit<LeadEvent, 'id' | 'type'>): readonly LeadEvent[] {
  return [
    { ...event, id: idFrom('lead.created', id), type: 'lead.created' },
    ...tags.map((about) => ({ ...event, id: idFrom('tag.added', id, about), type: 'tag.added', about })),
  ];
}

/** What is about a mail that went before the journey begins. */
function respondToEarlier(
  { world, mails = new Map(), from }: JourneyPlan,
  respond: ReturnType<typeof scriptOf>['respond'],
): readonly LeadEvent[] {
  return world.running.flatMap(({ enrollment: { id, lead, sequence }, program }) =>
    [...(mails.get(id) ?? new Map()).keys()].flatMap((step) => {
      const planned = program.steps.get(step);
      const template = planned?.kind === 'send' ? planned.template : '';
      return respond({ lead, at: from, enrollment: id, sequence, step, template });
    }),
  );
}

function whyKeptOut(program: Program, { facts, runs }: World, now: Date): string {
  const { name, enroll, inFlight } = program;
  if (inFlight === 'drain') return 'it takes nobody in any more ("inFlight" is "drain")';
  const forbidden = whyForbidden(program, facts);
  if (forbidden) return forbidden;
  const verdict = enroll.if && judge(enroll.if, facts, now);
  if (verdict && !verdict.holds) return verdict.because;
  return runs.some(({ sequence }) => sequence === name)
    ? 'it has been there, and may not come again yet'
    : 'the rules of "enroll" do not let it in';
}
