import type { Condition } from '../sequence/condition-file.js';
import type { Program, ProgramStep, StepId, StepOfKind } from '../sequence/program.js';
import { judge } from './condition.js';
import { whyNotFor } from './consent.js';
import { type Enrollment, leave } from './enrollment.js';
import type { Facts } from './facts.js';
import { visit } from './visit.js';

/** A mail to be sent, to the lead or about it. The engine answers by what it finds in `facts.mails` the next time. */
export type Send = { readonly step: StepOfKind<'send' | 'notify'> };
/** Another system to be called; its answer comes in `facts.calls`. */
export type Call = { readonly step: StepOfKind<'webhook'> };
/** An owner to be found for the lead, who then stands in its field. */
export type HandOver = { readonly step: StepOfKind<'hand-over'> };

/** What an enrollment comes to, and what the engine is asked to do for it, one thing at a time. */
export type Advance = {
  readonly enrollment: Enrollment;
  readonly send?: Send;
  readonly call?: Call;
  readonly handOver?: HandOver;
};

/** What a run waits for that stands at a step which nobody has looked at. */
export const itsTurn = 'its turn';
const itsChanges = 'its own changes';
const notYetSeen: readonly string[] = [itsTurn, itsChanges];

/**
 * The one decision of Rivulet: takes an enrollment as far as it can go at `now`, through every step that needs no waiting.
 * Pure and repeatable: the same program, enrollment, facts and instant give the same answer, live and simulated.
 */
export function advance(program: Program, enrollment: Enrollment, facts: Facts, now: Date): Advance {
  if (enrollment.status === 'ended') return { enrollment };
  // Consent first: a suppression that arrived after this step fell due must still stop it.
  const over = whyForbidden(program, facts) ?? whyOver(program, facts, now);
  if (over) return { enrollment: leave(enrollment, over, now) };

  let current = pulledForward(program, enrollment, facts, now);
  const isHeld = current === enrollment && !notYetSeen.includes(enrollment.waitsFor);
  // A program has no way back, so it cannot have more moves than steps.
  for (let moves = 0; moves <= program.steps.size; moves += 1) {
    const step = current.step === null ? undefined : program.steps.get(current.step);
    if (!step) return { enrollment: leave(current, 'finished', now) };

    const move = visit(step, current, facts, now, isHeld && moves === 0);
    if ('out' in move) return { enrollment: leave(current, move.out, now) };
    const history = move.entry ? [...current.history, move.entry] : current.history;
    if ('until' in move) {
      const { until, waitsFor, entry: _, ...errand } = move;
      return { enrollment: { ...current, history, dueAt: until, waitsFor }, ...errand };
    }
    const took = move.took ? { splits: [...(current.splits ?? []), { ...move.took, at: now }] } : {};
    current = { ...current, history, ...took, step: move.to, since: move.at ?? current.since };
    // What it raised may change the lead: stop, and look again with new facts once that is recorded.
    if (move.raises) return { enrollment: { ...current, raised: move.raises, dueAt: now, waitsFor: itsChanges } };
  }
  throw new Error(`enrollment ${enrollment.id} went in a circle through ${program.name}`);
}

/** Why this lead may get no mail at all, or none for a purpose; undefined when it may. */
export function whyNoMail(
  { lead: { consent }, suppression }: Pick<Facts, 'lead' | 'suppression'>,
  purpose?: string,
): string | undefined {
  if (suppression) return suppression;
  return consent.status === 'granted' ? whyNotFor(purpose, consent) : `consent is ${consent.status}`;
}

/** Why a lead may not be in a sequence. One that mails nobody but us goes on: who has unsubscribed and answers must be heard. */
export function whyForbidden(
  { mailsLead, purpose }: Pick<Program, 'mailsLead' | 'purpose'>,
  facts: Pick<Facts, 'lead' | 'suppression'>,
): string | undefined {
  return mailsLead ? whyNoMail(facts, purpose) : undefined;
}

/** Why the run has come to its end wherever it stands: its goal, or its rule for leaving. */
function whyOver({ goal, exit }: Program, facts: Facts, now: Date): string | undefined {
  const reached = goal && judge(goal, facts, now);
  if (reached?.holds) return `goal reached: ${reached.because}`;
  const left = exit.if && judge(exit.if, facts, now);
  return left?.holds ? left.because : undefined;
}

/** The enrollment at the furthest goal ahead of it that the lead has reached; where it was, if there is none. */
function pulledForward(program: Program, enrollment: Enrollment, facts: Facts, now: Date): Enrollment {
  const holds = (condition: Condition): boolean => judge(condition, facts, now).holds;
  const goal = goalsAhead(program, enrollment.step).findLast((step) => (!step.if || holds(step.if)) && holds(step.on));
  if (!goal) return enrollment;
  const entry = { at: now, step: enrollment.step, did: 'pulled forward', because: `to the goal "${goal.id}"` };
  return { ...enrollment, step: goal.id, since: now, history: [...enrollment.history, entry] };
}

/** Goals beyond a step. Steps stand in reading order, and goals in the outermost list only. */
function goalsAhead({ steps }: Program, from: StepId | null): readonly StepOfKind<'goal'>[] {
  const all = [...steps.values()];
  const here = all.findIndex(({ id }) => id === from);
  return here < 0 ? [] : all.slice(here + 1).filter((step) => step.kind === 'goal');
}

/** Whether something that happens to the lead could move this run at once, before the time it waits for. */
export function mindsEvents(program: Program, { step: at }: Enrollment): boolean {
  if (program.goal ?? program.exit.if) return true;
  const step = at === null ? undefined : program.steps.get(at);
  return (step !== undefined && isOpenWait(step)) || goalsAhead(program, at).length > 0;
}

/** A step whose end nobody can tell beforehand. */
function isOpenWait(step: ProgramStep): boolean {
  // An owner may be named by hand, too.
  if (step.kind === 'hand-over' || step.kind === 'wait-for' || step.kind === 'goal') return true;
  return step.kind === 'wait-until' && step.until.kind === 'field';
}
