import { grouped } from '../grouping.js';
import { type Flow, type FlowNode, flowEnd, flowOf } from '../sequence/flow.js';
import { readJson } from '../sequence/json-source.js';
import { isSameStep } from '../sequence/in-flight.js';
import type { Program, ProgramStep, StepId } from '../sequence/program.js';
import { stepName } from '../sequence/step-words.js';
import type { Left, Standing } from '../store/enrollments.js';
import type { Store } from '../store/open-store.js';

/** A place of the flow with those who stand at it and those who left there. */
export type PeopledNode = Omit<FlowNode, 'path'> & {
  readonly waiting: number;
  readonly left: number;
  readonly line?: number;
  readonly column?: number;
};

/**
 * Why runs ended at a step, in all revisions together. `step` is there where the file has that step still: one that is
 * called by its place may have been another one. `early`: something outside of the steps ended them.
 */
export type Leaving = {
  readonly step: StepId | null;
  readonly where: string;
  readonly because: string;
  readonly kind: 'finished' | 'goal' | 'exit-step' | 'early';
  readonly count: number;
};

/** Leads at one step of one revision, and how a person would point at it. `isHere`: it is a step of the file as it is. */
export type StandingAt = Standing & { readonly isInForce: boolean; readonly isHere: boolean; readonly where: string };

export type PeopledSequence = {
  readonly flow: { readonly nodes: readonly PeopledNode[]; readonly edges: Flow['edges'] };
  readonly waiting: readonly StandingAt[];
  readonly left: readonly Leaving[];
};

/** A sequence with its people: who stands where, in which revision, and where and why runs ended. `text`: what its file says. */
export async function tellSequence(
  program: Program,
  text: string | undefined,
  store: Pick<Store, 'enrollments' | 'revisions'>,
): Promise<PeopledSequence> {
  const { name } = program;
  const [standing, left] = await Promise.all([store.enrollments.standing(name), store.enrollments.left(name)]);
  const flow = flowOf(program);
  const place = placesIn(`sequences/${name}.json`, text);
  const at = await stepsOf([...standing, ...left], program, store);
  const waiting = standing.map((one): StandingAt => {
    const { isInForce, isHere, where } = at(one);
    return { ...one, isInForce, isHere, where };
  });
  const leaving = together(left.map((one) => leavingOf(one, at(one))));
  const nodes = flow.nodes.map(
    ({ path, ...node }): PeopledNode => ({
      ...node,
      ...(path ? place(path) : {}),
      waiting: sumOf(waiting, ({ isHere, step }) => isHere && (step ?? flowEnd) === node.id),
      left: sumOf(leaving, ({ step, where }) => (step ?? (where === itsEnd ? flowEnd : '')) === node.id),
    }),
  );
  return { flow: { nodes, edges: flow.edges }, waiting: inReadingOrder(waiting, program), left: leaving };
}

/** What people say of the place behind the last step. */
const itsEnd = 'the end';

type At = {
  readonly here: ProgramStep | undefined;
  readonly isInForce: boolean;
  readonly isHere: boolean;
  readonly where: string;
};

/** Looks up what each step was in its own revision, and whether the file has it still. */
async function stepsOf(
  all: readonly Standing[],
  program: Program,
  { revisions }: Pick<Store, 'revisions'>,
): Promise<(one: Standing) => At> {
  const names = [...new Set(all.map(({ revision }) => revision))];
  const found = await Promise.all(names.map(async (name) => [name, await revisions.program(name)] as const));
  const programs = new Map([...found, [program.revision, program]]);
  return ({ revision, step }) => {
    const own = programs.get(revision);
    const here = step === null ? undefined : own?.steps.get(step);
    const isInForce = revision === program.revision;
    const isHere = step === null || isInForce || isSameStep(here, program.steps.get(step));
    const where = own && here ? stepName(here, own) : step === null ? itsEnd : `“${step}”`;
    return { here, isInForce, isHere, where };
  };
}

function leavingOf({ step, because, count }: Left, { here, isHere, where }: At): Leaving {
  return { step: isHere ? step : null, where, because, kind: kindOf(because, here), count };
}

/** What several revisions have alike is one line. */
function together(all: readonly Leaving[]): readonly Leaving[] {
  const groups = grouped(all, ({ step, where, because }) => JSON.stringify([step, where, because]));
  return [...groups.values()]
    .flatMap((own) => (own[0] ? [{ ...own[0], count: sumOf(own, () => true) }] : []))
    .toSorted((a, b) => b.count - a.count);
}

/** Where something stands in a file; nothing is known of a file that is gone. */
function placesIn(file: string, text: string | undefined) {
  if (text === undefined) return () => ({});
  const source = readJson(file, text);
  return (path: NonNullable<FlowNode['path']>) => {
    const { line, column } = source.problem(path, { code: '', message: '' });
    return { line, column };
  };
}

function sumOf<T extends { readonly count: number }>(all: readonly T[], isOurs: (one: T) => boolean): number {
  return all.filter(isOurs).reduce((sum, { count }) => sum + count, 0);
}

/** By the file as it is now; steps that it has no more come last. */
function inReadingOrder(waiting: readonly StandingAt[], { steps }: Program): readonly StandingAt[] {
  const order = new Map([...steps.keys()].map((id, i) => [id, i]));
  const placeOf = ({ step, isHere }: StandingAt): number => (isHere ? order.get(step ?? '') : undefined) ?? order.size;
  return waiting.toSorted((a, b) => placeOf(a) - placeOf(b) || Number(b.isInForce) - Number(a.isInForce));
}

function kindOf(because: string, at: ProgramStep | undefined): Leaving['kind'] {
  if (because === 'finished') return 'finished';
  if (because === 'converted' || because.startsWith('goal reached: ')) return 'goal';
  return at?.kind === 'exit' && at.because === because ? 'exit-step' : 'early';
}
