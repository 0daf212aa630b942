import type { Outlooks } from './outlook.js';
import {
  type Program,
  type ProgramStep,
  type StepId,
  type StepOfKind,
  type Target,
  waysFrom,
} from '../sequence/program.js';

/** Steps that a lead can get to, as far as can be told beforehand. Goals pull leads forward from anywhere before them. */
export function reachableSteps(program: Program, outlooks: Outlooks): ReadonlySet<StepId> {
  const reached = new Set<StepId>();
  const walk = (target: Target): void => {
    const step = target === null || reached.has(target) ? undefined : program.steps.get(target);
    if (!step) return;
    reached.add(step.id);
    for (const way of openWays(step, program, outlooks)) walk(way);
  };
  walk(program.start);
  for (const step of program.steps.values())
    if (step.kind === 'goal' && outlooks.of(step.on, program)?.will !== 'never') walk(step.id);
  return reached;
}

/** Where a step leads those for whom its conditions leave a choice. What is waited for in vain is a finding of its own. */
function openWays(step: ProgramStep, program: Program, { of }: Outlooks): readonly Target[] {
  const only = step.if ? of(step.if, program)?.will : 'always';
  if (only === 'never') return [step.next];
  const passed = only === 'always' ? [] : [step.next];
  if (step.kind === 'exit') return passed;
  if (step.kind === 'choose') return [...openOf(step, program, of), ...passed];
  if (step.kind !== 'branch') return waysFrom(step);
  const will = of(step.on, program)?.will;
  return [...(will === 'never' ? [] : [step.then]), ...(will === 'always' ? [] : [step.else])];
}

/** Behind a way that takes everybody there are no others. */
function openOf({ ways, otherwise }: StepOfKind<'choose'>, program: Program, of: Outlooks['of']): readonly Target[] {
  const wills = ways.map((way) => of(way.if, program)?.will);
  const last = wills.indexOf('always');
  const open = ways.filter((_, i) => wills[i] !== 'never' && (last < 0 || i <= last));
  return [...open.map(({ to }) => to), ...(last < 0 ? [otherwise] : [])];
}
