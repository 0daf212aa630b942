import { type Advance, advance, type Call, type HandOver, type Send } from './journey/advance.js';
import type { Enrollment } from './journey/enrollment.js';
import type { Facts, MailFacts } from './journey/facts.js';
import type { Change } from './journey/change.js';
import { mayMatter, react } from './journey/react.js';
import type { World } from './journey/world.js';
import type { LeadEvent } from './event/lead-event.js';
import type { Program } from './sequence/program.js';
import type { Project } from './sequence/project.js';
import type { Message } from './store/message-row.js';

/** An enrollment that has come due, with all that the decision needs. */
export type Due = { readonly enrollment: Enrollment; readonly program: Program; readonly facts: Facts };

/** An errand with the run it is for, and what was known when it was decided. */
type For<Errand> = Errand & { readonly due: Due };

/** A mail that was planned, and is held by the claim it was planned under. */
export type Planned = For<Send> & { readonly message: Message };

/** A run in our hands whose mail came to its end, and what was known of it when that mail was decided. */
export type Settled = {
  readonly enrollment: Enrollment;
  readonly known?: { readonly due: Due; readonly mail: MailFacts };
};

/** What one round of looking came to. */
export type Round = {
  readonly looked: number;
  /** Calls of other systems that were planned. */
  readonly calls: number;
  /** Decisions of which somebody else's was faster. */
  readonly lost: number;
  readonly planned: readonly Planned[];
  /** Runs that were to go on and were not looked at, because another one of their lead was. */
  readonly later: readonly Settled[];
};

/** An event as it is to be kept. `isSettled`: it has no consequences. */
export type ToKeep = { readonly event: LeadEvent; readonly isSettled: boolean };
export type Kept = 'new' | 'open' | 'done';

/** The handful of things the story needs from the world. Adapters fit it; tests hand in values. */
export type Engine = {
  readonly now: () => Date;
  readonly project: () => Project;
  /** Due enrollments, of each lead one; `skip` leaves the first to others. Nobody holds them: a save tells whose they were. */
  readonly due: (limit: number, skip: number) => Promise<readonly Enrollment[]>;
  /** Reads all that deciding on enrollments needs; those that cannot be decided are left out. */
  readonly gather: (enrollments: readonly Enrollment[]) => Promise<readonly Due[]>;
  /** Saves those nobody else changed meanwhile; answers their ids. */
  readonly save: (
    changes: readonly { readonly from: Enrollment; readonly to: Enrollment }[],
  ) => Promise<ReadonlySet<string>>;
  /** Puts off enrollments that cannot be decided now. */
  readonly postpone: (enrollments: readonly string[]) => Promise<void>;
  /** Has enrollments looked at again. */
  readonly wake: (enrollments: readonly string[]) => Promise<void>;
  readonly clearRaised: (enrollment: Enrollment) => Promise<void>;
  /** Puts mails into the outbox, held by `claim` if there is one; a mail that is there already stays as it is. Answers those held. */
  readonly plan: (sends: readonly For<Send>[], claim: string | undefined) => Promise<readonly Planned[]>;
  /** Notes other systems that are to be called; a call that is noted already stays as it is. */
  readonly planCalls: (calls: readonly For<Call>[]) => Promise<void>;
  /** Finds owners for leads; of each the event that tells it, the same when asked again. Those for whom there is nobody are left out. */
  readonly findOwners: (handOvers: readonly For<HandOver>[]) => Promise<readonly LeadEvent[]>;
  /** Notes that mails of which nobody knew it did go. */
  readonly confirm: (messages: readonly string[]) => Promise<void>;
  /** Keeps events; of each, in their order: `new`, or `open` when it was kept before but not taken to its end. */
  readonly keepEvents: (events: readonly ToKeep[]) => Promise<readonly Kept[]>;
  readonly markApplied: (events: readonly LeadEvent[]) => Promise<void>;
  /** The leads of some events and their runs as they stand, by lead; a lead that there is not is left out. */
  readonly gatherWorlds: (events: readonly LeadEvent[]) => Promise<ReadonlyMap<string, World>>;
  /** The lead and its runs as they stand; undefined when there is no such lead. */
  readonly gatherWorld: (event: LeadEvent) => Promise<World | undefined>;
  /** Told of mistakes of ours that stop one thing and not the rest. */
  readonly onFault: (error: unknown) => void;
  /** Makes changes, those of one event in their order. */
  readonly makeChanges: (made: readonly Made<Makeable>[]) => Promise<void>;
};

/**
 * Takes due enrollments through their steps: ask the rules, save what they decided, then do it. `goOn`: runs in our hands
 * that need not come due to go on. `claim`: the mails that come of it are held by it at once, for whoever sends them next.
 */
export async function runDueSteps(engine: Engine, { limit, skip = 0, goOn = [], claim }: Ask): Promise<Round> {
  const found = await engine.due(limit, skip);
  const { now: going, later } = oneOfEachLead(goOn, found);
  const looked = [...going.map(({ enrollment }) => enrollment), ...found];
  const due = await factsFor(going, found, engine);
  // A process that died after its save left raised events behind; they come first.
  const held = due.filter(({ enrollment }) => enrollment.raised.length > 0);
  for (const { enrollment } of held) await recordRaised(enrollment, engine);

  const decided = decideAll(due, looked, engine);
  await postponeRest(looked, [...decided.map(({ from }) => from), ...held.map(({ enrollment }) => enrollment)], engine);
  // Saved before anything is done: of two that decided on the same enrollment, one wins, and only that one acts.
  const saved = await engine.save(decided.map(({ from, due: { enrollment: to } }) => ({ from, to })));
  const lost = decided.filter(({ from }) => !saved.has(from.id)).map(({ from }) => from);
  // Whoever was faster with one that goes on may have looked before its mail was gone.
  const again = lost.filter((from) => going.some(({ enrollment }) => enrollment === from));
  if (again.length > 0) await engine.wake(again.map(({ id }) => id));

  const done = await act(decided.filter(({ from }) => saved.has(from.id)).map(asSaved), claim, engine);
  return { ...done, looked: looked.length, lost: lost.length, later };
}

/** Does what was decided and saved: mails, calls, and what the runs raised. */
async function act(
  decided: readonly Decided[],
  claim: string | undefined,
  engine: Engine,
): Promise<Pick<Round, 'planned' | 'calls'>> {
  const sends = decided.flatMap(({ due, send }) => (send ? [{ ...send, due }] : []));
  const calls = decided.flatMap(({ due, call }) => (call ? [{ ...call, due }] : []));
  const handOvers = decided.flatMap(({ due, handOver }) => (handOver ? [{ ...handOver, due }] : []));
  const planned = await engine.plan(sends, claim);
  await engine.planCalls(calls);
  if (handOvers.length > 0) for (const event of await engine.findOwners(handOvers)) await recordEvent(event, engine);
  for (const { enrollment } of decided.map(({ due }) => due))
    if (enrollment.raised.length > 0) await recordRaised(enrollment, engine);
  return { planned, calls: calls.length };
}

/** Of each lead one run at a time: the next must see what this one brings about. */
function oneOfEachLead(goOn: readonly Settled[], found: readonly Enrollment[]) {
  const leads = new Set(found.map(({ lead }) => lead));
  const now = goOn.filter(({ enrollment: { lead } }) => !leads.has(lead) && leads.add(lead));
  return { now, later: goOn.filter((one) => !now.includes(one)) };
}

/** What is known of runs already, and what must be read of the others. */
async function factsFor(
  going: readonly Settled[],
  found: readonly Enrollment[],
  engine: Engine,
): Promise<readonly Due[]> {
  const known = going.map((one) => knownStill(one));
  const unknown = going.filter((_, i) => known[i] === undefined).map(({ enrollment }) => enrollment);
  return [...known.flatMap((due) => due ?? []), ...(await engine.gather([...unknown, ...found]))];
}

/**
 * What was known a moment ago, where that is enough: a run that goes from its mail into a plain wait asks for nothing else.
 * What happens to the lead meanwhile and could move the run wakes it, and then this save comes too late.
 */
function knownStill({ enrollment, known }: Settled): Due | undefined {
  if (!known || enrollment.step === null) return undefined;
  const { program, facts } = known.due;
  const step = program.steps.get(enrollment.step);
  const next = step?.kind === 'send' && step.next !== null ? program.steps.get(step.next) : undefined;
  if (!step || next?.kind !== 'wait' || next.if) return undefined;
  const mails = new Map([...facts.mails, [step.id, known.mail]]);
  return { program, enrollment, facts: { ...facts, mails } };
}

/** What a round is asked. `skip`: leaves so many of the due to others who look at the same time. */
export type Ask = {
  readonly limit: number;
  readonly skip?: number;
  readonly goOn?: readonly Settled[];
  readonly claim?: string;
};

/** What could not be decided would stand before all others for ever. */
async function postponeRest(looked: readonly Enrollment[], done: readonly Enrollment[], engine: Engine): Promise<void> {
  if (looked.length === done.length) return;
  const ids = new Set(done.map(({ id }) => id));
  await engine.postpone(looked.filter(({ id }) => !ids.has(id)).map(({ id }) => id));
}

/** What was decided on an enrollment; `due` holds it as it is now, with what it was decided by. */
type Decided = Omit<Advance, 'enrollment'> & { readonly from: Enrollment; readonly due: Due };

/** A save counts the generation up; whoever saves it next must name that one. */
function asSaved(one: Decided): Decided {
  const { enrollment } = one.due;
  return { ...one, due: { ...one.due, enrollment: { ...enrollment, generation: enrollment.generation + 1 } } };
}

/** Decides those that nothing is left to be recorded of; `looked` has them as they were read, before an edit moved them. */
function decideAll(due: readonly Due[], looked: readonly Enrollment[], engine: Engine): readonly Decided[] {
  const now = engine.now();
  const asRead = new Map(looked.map((enrollment) => [enrollment.id, enrollment]));
  return due
    .filter(({ enrollment }) => enrollment.raised.length === 0)
    .flatMap((one) => decide(one, asRead.get(one.enrollment.id) ?? one.enrollment, now, engine));
}

/** A mistake of ours about one enrollment is told, and stops that one alone: it is put off. */
function decide(
  { program, enrollment, facts }: Due,
  from: Enrollment,
  now: Date,
  { onFault }: Engine,
): readonly Decided[] {
  try {
    const { enrollment: advanced, ...errand } = advance(program, enrollment, facts, now);
    return [{ ...errand, from, due: { program, enrollment: advanced, facts } }];
  } catch (cause) {
    onFault(new Error(`enrollment ${enrollment.id} in ${enrollment.sequence} cannot be decided`, { cause }));
    return [];
  }
}

/** What of the engine an event asks for: all there is of it for leads that stand in memory alone. */
export type Recorder = Pick<
  Engine,
  'now' | 'project' | 'confirm' | 'keepEvents' | 'gatherWorlds' | 'makeChanges' | 'markApplied'
>;

/** Records what happened, once, and draws every consequence. False when it was known before. */
export async function recordEvent(event: LeadEvent, engine: Recorder): Promise<boolean> {
  const { isNew, open } = await keepEvents([event], engine);
  if (open.length > 0) await drawConsequences(open, engine);
  return isNew[0] === true;
}

/**
 * Keeps what happened, of many events in one write, and draws no consequence yet: that is left to be done of the `open`.
 * They are known as such in the database, so that what a dead process left of them is taken up by another. `unproven`: of
 * their mails those that may not be known to have gone.
 */
export async function keepEvents(
  events: readonly LeadEvent[],
  engine: Recorder,
  unproven: readonly string[] = events.flatMap(({ message }) => message ?? []),
) {
  // Whatever comes back from a mail, from a person or a machine, proves that it went.
  await engine.confirm(unproven);
  const project = engine.project();
  const toKeep = events.map((event): ToKeep => ({ event, isSettled: !mayMatter(event, project) }));
  const kept = await engine.keepEvents(toKeep);
  return {
    isNew: kept.map((one) => one === 'new'),
    open: toKeep.filter(({ isSettled }, i) => !isSettled && kept[i] !== 'done').map(({ event }) => event),
  };
}

/** Does all that kept events bring about, each of another lead. Done again after a crash, it comes to the same. */
export async function drawConsequences(events: readonly LeadEvent[], engine: Recorder): Promise<void> {
  const reactions = new Map<World, readonly Change[]>();
  const changesNow = async (): Promise<readonly Made[]> => {
    const worlds = await engine.gatherWorlds(events);
    return events.flatMap((event) => {
      const world = worlds.get(event.lead);
      // Of what stands as it did the same comes.
      const changes = world ? (reactions.get(world) ?? react(event, world, engine.project(), engine.now())) : [];
      if (world) reactions.set(world, changes);
      return changes.map((change) => ({ change, event }));
    });
  };
  // What the events say of the mail and the score is written first. Two events may each lift a lead to just below a
  // threshold: looking again after writing, the later one sees both.
  await makeChanges(
    (await changesNow()).filter(({ change: { kind } }) => kind === 'score' || kind === 'mail'),
    engine,
  );
  await makeChanges(await changesNow(), engine);
  await engine.markApplied(events);
}

/** A change, and the event that brings it about. */
export type Made<Kind extends Change = Change> = { readonly change: Kind; readonly event: LeadEvent };
export type Makeable = Exclude<Change, { kind: 'raise' }>;

async function makeChanges(made: readonly Made[], engine: Recorder): Promise<void> {
  await engine.makeChanges(made.flatMap(({ change, event }) => (change.kind === 'raise' ? [] : [{ change, event }])));
  for (const { change } of made) if (change.kind === 'raise') await recordEvent(change.event, engine);
}

/** Records the events that an enrollment raised and that nobody has recorded yet. */
export async function recordRaised(enrollment: Enrollment, engine: Engine): Promise<void> {
  for (const event of enrollment.raised) await recordEvent(event, engine);
  await engine.clearRaised(enrollment);
}
