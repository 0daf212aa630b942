import { type Advance, advance, type Call, type Send } from './journey/advance.js';
import type { Enrollment } from './journey/enrollment.js';
import type { Facts } from './journey/facts.js';
import type { Change } from './journey/change.js';
import { mayMatter, react, type World } from './journey/react.js';
import type { LeadEvent } from './event/lead-event.js';
import type { Program } from './sequence/program.js';
import type { Project } from './sequence/project.js';

/** An enrollment that has come due, with all that the decision needs. */
export type Due = { readonly enrollment: Enrollment; readonly program: Program; readonly facts: Facts };

/** An errand with the run it is for. */
type For<Errand> = Errand & { readonly enrollment: Enrollment };

/** The handful of things the story needs from the world. Adapters fit it; tests hand in values. */
export type Engine = {
  readonly now: () => Date;
  readonly project: () => Project;
  /** Takes due enrollments for this caller alone. */
  readonly claimDue: (limit: number) => Promise<readonly Due[]>;
  /** Saves those nobody else changed meanwhile; answers their ids. */
  readonly save: (enrollments: readonly Enrollment[]) => Promise<ReadonlySet<string>>;
  readonly clearRaised: (enrollment: Enrollment) => Promise<void>;
  /** Puts mails into the outbox; one that is there already stays as it is. */
  readonly plan: (sends: readonly For<Send>[]) => Promise<void>;
  /** Notes other systems that are to be called; a call that is noted already stays as it is. */
  readonly planCalls: (calls: readonly For<Call>[]) => Promise<void>;
  /** Keeps an event; `new`, or `open` when it was kept before but not taken to its end. `isSettled`: it has no consequences. */
  readonly keepEvent: (event: LeadEvent, isSettled: boolean) => Promise<'new' | 'open' | 'done'>;
  readonly markApplied: (event: LeadEvent) => Promise<void>;
  /** The lead and its runs as they stand; undefined when there is no such lead. */
  readonly gatherWorld: (event: LeadEvent) => Promise<World | undefined>;
  /** Told of mistakes of ours that stop one thing and not the rest. */
  readonly onFault: (error: unknown) => void;
  readonly makeChange: (change: Exclude<Change, { kind: 'raise' }>, event: LeadEvent) => Promise<void>;
};

/** Takes due enrollments through their steps: ask the rules, save what they decided, then do it. Answers how many there were. */
export async function runDueSteps(engine: Engine, limit: number): Promise<number> {
  const due = await engine.claimDue(limit);
  // A process that died after its save left raised events behind; they come first.
  const held = due.filter(({ enrollment }) => enrollment.raised.length > 0);
  for (const { enrollment } of held) await recordRaised(enrollment, engine);

  const now = engine.now();
  const decided = due.filter((one) => !held.includes(one)).flatMap((one) => decide(one, now, engine));
  // Saved before anything is done: of two that decided on the same enrollment, one wins, and only that one acts.
  const saved = await engine.save(decided.map(({ enrollment }) => enrollment));
  const ours = decided.filter(({ enrollment }) => saved.has(enrollment.id));

  await engine.plan(ours.flatMap(({ enrollment, send }) => (send ? [{ ...send, enrollment }] : [])));
  await engine.planCalls(ours.flatMap(({ enrollment, call }) => (call ? [{ ...call, enrollment }] : [])));
  for (const { enrollment } of ours) {
    if (enrollment.raised.length > 0)
      await recordRaised({ ...enrollment, generation: enrollment.generation + 1 }, engine);
  }
  return due.length;
}

/** A mistake of ours about one enrollment is told, and stops that one alone: it comes due again when its claim is over. */
function decide({ program, enrollment, facts }: Due, now: Date, { onFault }: Engine): readonly Advance[] {
  try {
    return [advance(program, enrollment, facts, now)];
  } catch (cause) {
    onFault(new Error(`enrollment ${enrollment.id} in ${enrollment.sequence} cannot be decided`, { cause }));
    return [];
  }
}

/** Records what happened, once, and draws every consequence. False when it was known before. */
export async function recordEvent(event: LeadEvent, engine: Engine): Promise<boolean> {
  const matters = mayMatter(event, engine.project());
  const kept = await engine.keepEvent(event, !matters);
  if (kept === 'done' || !matters) return kept === 'new';

  const changesNow = async (): Promise<readonly Change[]> => {
    const world = await engine.gatherWorld(event);
    return world ? react(event, world, engine.project(), engine.now()) : [];
  };
  // What the event says of the mail and the score is written first. Two events may each lift a lead to just below a
  // threshold: looking again after writing, the later one sees both.
  const first = (await changesNow()).filter(({ kind }) => kind === 'score' || kind === 'mail');
  for (const change of first) await makeChange(change, event, engine);
  for (const change of await changesNow()) await makeChange(change, event, engine);
  await engine.markApplied(event);
  return kept === 'new';
}

async function makeChange(change: Change, event: LeadEvent, engine: Engine): Promise<void> {
  if (change.kind === 'raise') await recordEvent(change.event, engine);
  else await engine.makeChange(change, event);
}

/** Records the events that an enrollment raised and that nobody has recorded yet. */
export async function recordRaised(enrollment: Enrollment, engine: Engine): Promise<void> {
  for (const event of enrollment.raised) await recordEvent(event, engine);
  await engine.clearRaised(enrollment);
}
