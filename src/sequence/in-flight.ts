import { isAddress, type Program, type ProgramStep, type StepId, type Target, waysFrom } from './program.js';

/** Whether somebody who stands at a step of one revision may as well stand at this one of another. */
export function isSameStep(a: ProgramStep | undefined, b: ProgramStep | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && !isAddress(a.id) && taskOf(a) === taskOf(b);
}

/** What a step is to whoever writes it: a wait stays one, whether for a length of time or until a moment. */
export function taskOf({ kind }: ProgramStep): string {
  return kind === 'wait-until' ? 'wait' : kind;
}

/**
 * What an edit does to the leads at a step: they finish the revision they are on, go on at this step in the new one, come
 * over to it at the next step that is in both, or stand still, because theirs cannot be read.
 */
export type Fate =
  | { readonly kind: 'finish' | 'go-on' | 'stand-still' }
  /** `at`: the first steps on their way that are in both. */
  | { readonly kind: 'come-over'; readonly at: readonly StepId[] };

/**
 * Whether a run at `step` of one revision (undefined: it cannot be read) goes on at the same step of another: a step of
 * another kind is another step, though it may bear the same id.
 */
export function goesOn(step: Target, from: Program | undefined, to: Program | undefined): boolean {
  if (to?.inFlight !== 'migrate' || step === null) return false;
  return from ? isSameStep(from.steps.get(step), to.steps.get(step)) : !isAddress(step) && to.steps.has(step);
}

/** What becomes of a run at `step` of one revision once `to` is in force (undefined: the sequence is gone). */
export function fateOf(step: Target, from: Program | undefined, to: Program | undefined): Fate {
  if (goesOn(step, from, to)) return { kind: 'go-on' };
  if (!from) return { kind: 'stand-still' };
  const at = to?.inFlight === 'migrate' && step !== null ? firstInBoth(step, from, to) : [];
  return at.length > 0 ? { kind: 'come-over', at } : { kind: 'finish' };
}

/** On each way from a step, the first one that is in both revisions; in reading order. */
function firstInBoth(step: StepId, from: Program, to: Program): readonly StepId[] {
  const seen = new Set<StepId>();
  const found = new Set<StepId>();
  const walk = (id: Target): void => {
    const here = id === null ? undefined : from.steps.get(id);
    if (!here || seen.has(here.id)) return;
    seen.add(here.id);
    if (here.id !== step && isSameStep(here, to.steps.get(here.id))) found.add(here.id);
    else waysFrom(here).forEach(walk);
  };
  walk(step);
  return [...from.steps.keys()].filter((id) => found.has(id));
}
