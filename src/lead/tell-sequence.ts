import { type Flow, type FlowNode, flowEnd, flowOf } from '../sequence/flow.js';
import { readJson } from '../sequence/json-source.js';
import type { Program } from '../sequence/program.js';
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

/** Why runs ended at a step. `early`: something outside of the steps ended them. */
export type Leaving = Left & { readonly kind: 'finished' | 'goal' | 'exit-step' | 'early' };

/** Leads at one step of one revision, and how a person would point at it. */
export type StandingAt = Standing & { readonly isInForce: boolean; readonly where: string };

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
  const nodes = flow.nodes.map(
    ({ path, ...node }): PeopledNode => ({
      ...node,
      ...(path ? place(path) : {}),
      waiting: sumOf(standing, ({ step }) => step === node.id),
      left: sumOf(left, ({ step }) => (step ?? flowEnd) === node.id),
    }),
  );
  const waiting = await Promise.all(standing.map((one) => standingAt(one, program, store)));
  return {
    flow: { nodes, edges: flow.edges },
    waiting: inReadingOrder(waiting, program),
    left: left.map((one) => ({ ...one, kind: kindOf(one, program) })),
  };
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

async function standingAt(
  standing: Standing,
  program: Program,
  { revisions }: Pick<Store, 'revisions'>,
): Promise<StandingAt> {
  const { revision, step } = standing;
  const own = revision === program.revision ? program : await revisions.program(revision);
  const here = step === null ? undefined : own?.steps.get(step);
  const where = own && here ? stepName(here, own) : step === null ? 'the end' : `“${step}”`;
  return { ...standing, isInForce: revision === program.revision, where };
}

/** By the file as it is now; steps that it has no more come last. */
function inReadingOrder(waiting: readonly StandingAt[], { steps }: Program): readonly StandingAt[] {
  const order = new Map([...steps.keys()].map((id, i) => [id, i]));
  const placeOf = ({ step }: StandingAt): number => order.get(step ?? '') ?? order.size;
  return waiting.toSorted((a, b) => placeOf(a) - placeOf(b) || Number(b.isInForce) - Number(a.isInForce));
}

function kindOf({ step, because }: Left, { steps }: Program): Leaving['kind'] {
  if (because === 'finished') return 'finished';
  if (because === 'converted' || because.startsWith('goal reached: ')) return 'goal';
  const at = step === null ? undefined : steps.get(step);
  return at?.kind === 'exit' && at.because === because ? 'exit-step' : 'early';
}
