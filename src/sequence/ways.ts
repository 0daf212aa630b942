import { type Program, type StepId, waysFrom } from './program.js';

/** Asks of two steps whether some way leads from the one to the other, by pulling forward too. */
export function waysIn(program: Program): (from: StepId, to: StepId) => boolean {
  const beyond = new Map<StepId, ReadonlySet<StepId>>();
  const all = [...program.steps.values()];
  const placeOf = new Map(all.map(({ id }, i) => [id, i]));
  const goals = all.filter(({ kind }) => kind === 'goal');
  const after = (id: StepId): ReadonlySet<StepId> => {
    const known = beyond.get(id);
    if (known) return known;
    const step = program.steps.get(id);
    const pulled = goals.filter((goal) => (placeOf.get(goal.id) ?? 0) > (placeOf.get(id) ?? 0)).map((goal) => goal.id);
    const next = [...(step ? waysFrom(step) : []), ...pulled].filter((target) => target !== null);
    const found = new Set(next.flatMap((target) => [target, ...after(target)]));
    beyond.set(id, found);
    return found;
  };
  return (from, to) => after(from).has(to);
}
