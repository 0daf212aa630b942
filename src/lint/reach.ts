import { quoted } from '../diagnostic.js';
import type { JsonPath } from '../sequence/json-source.js';
import { type Finding, type Linted, placeIn } from './finding.js';
import { reachableSteps } from './graph.js';
import type { Outlook, Outlooks } from './outlook.js';
import type { Program, ProgramStep, StepOfKind } from '../sequence/program.js';

/** Steps that nobody ever comes to, and mails that nobody picks. */
export function findUnreachable({ project, outlooks }: Linted): readonly Finding[] {
  return [...project.programs.values()].flatMap((program) => [
    ...deadSteps(program, outlooks),
    ...deadPools(program, project.sources.get(program.name)),
  ]);
}

type Words = Pick<Finding, 'message' | 'hint'>;

function deadSteps(program: Program, outlooks: Outlooks): readonly Finding[] {
  const reached = reachableSteps(program, outlooks);
  const steps = [...program.steps.values()].filter(({ path }) => path[0] !== 'pools');
  const dead = new Set(steps.filter(({ id }) => !reached.has(id)).map(({ path }) => keyOf(path)));
  return steps.flatMap((step): readonly Finding[] => {
    // Of a row of dead steps the first tells it all.
    const isFirst = dead.has(keyOf(step.path)) && !dead.has(keyOf(before(step.path)));
    const words = isFirst ? whyDead(step, program, outlooks) : whyPassedOver(step, program, outlooks);
    return words ? [{ rule: 'unreachable-step', place: placeIn(program, step.path), ...words }] : [];
  });
}

function whyPassedOver(step: ProgramStep, program: Program, { of }: Outlooks): Words | undefined {
  const outlook = step.if && of(step.if, program);
  if (outlook?.will !== 'never') return undefined;
  return { message: `this step is always passed over: ${outlook.because}`, hint: outlook.hint };
}

/** Nothing where the step around it tells it already. */
function whyDead(step: ProgramStep, program: Program, outlooks: Outlooks): Words | undefined {
  const index = step.path.at(-1);
  if (typeof index === 'number' && index > 0) {
    const message = 'nobody gets to this step: every way ends before it';
    return { message, hint: 'Take it away, or put an "if" on the "exit" above it.' };
  }
  const above = [...program.steps.values()].find(({ path }) => keyOf(path) === keyOf(before(step.path)));
  const outlook = above && deciding(above, step.path, program, outlooks);
  if (!outlook) return undefined;
  const when = outlook.will === 'never' ? 'never' : 'always';
  return {
    message: `nobody gets to this step, as the condition ${when} holds: ${outlook.because}`,
    hint: outlook.hint,
  };
}

/** What can be said of the condition that keeps leads from a way of a step. */
function deciding(above: ProgramStep, path: JsonPath, program: Program, { of }: Outlooks): Outlook | undefined {
  if (above.if && of(above.if, program)?.will === 'never') return undefined;
  if (above.kind === 'branch') return of(above.on, program);
  return above.kind === 'choose' ? decidingOf(above, path, program, of) : undefined;
}

/** A way of its own condition, or one before it that takes everybody. */
function decidingOf(
  { ways, path: { length } }: StepOfKind<'choose'>,
  path: JsonPath,
  program: Program,
  of: Outlooks['of'],
): Outlook | undefined {
  const own = path[length] === 'choose' ? ways[Number(path[length + 1])] : undefined;
  const outlook = own && of(own.if, program);
  return outlook?.will === 'never'
    ? outlook
    : ways.map((way) => of(way.if, program)).find((one) => one?.will === 'always');
}

/** The step before in the same list, or else the step around it. */
function before(path: JsonPath): JsonPath {
  const index = path.at(-1);
  if (typeof index === 'number' && index > 0) return [...path.slice(0, -1), index - 1];
  const list = path.slice(0, -1);
  const inside = list.findLastIndex((key, i) => typeof key === 'number' && list[i - 1] !== 'choose');
  return list.slice(0, inside + 1);
}

function keyOf(path: JsonPath): string {
  return JSON.stringify(path);
}

function deadPools(program: Program, file: unknown): readonly Finding[] {
  const pools = typeof file === 'object' && file !== null && 'pools' in file ? Object.keys(file.pools ?? {}) : [];
  const steps = [...program.steps.values()];
  const picked = new Set(steps.map(({ path: [first, name] }) => (first === 'pools' ? name : undefined)));
  return pools
    .filter((pool) => !picked.has(pool))
    .map((pool) => ({
      rule: 'unreachable-step',
      place: placeIn(program, ['pools', pool], true),
      message: `no step picks from the pool ${quoted(pool)}`,
      hint: `Write { "pick": ${quoted(pool)} }, or take the pool away.`,
    }));
}
