import type { JsonPath } from './json-source.js';
import { isAddress, type Program, type ProgramStep, type StepOfKind, type Target } from './program.js';
import { conditionInWords, stepInWords } from './words.js';

/** A place in the picture of a sequence: where it begins, a step, or its end. */
export type FlowNode = {
  readonly id: string;
  readonly kind: 'start' | ProgramStep['kind'] | 'end';
  /** What it does, in words; of a mail its subject. */
  readonly words: string;
  /** Somebody gave it a name. */
  readonly isNamed: boolean;
  /** For whom alone it is done. */
  readonly onlyIf?: string;
  readonly template?: string;
  /** The sequence that it starts or ends. */
  readonly sequence?: string;
  /** Who leaves the sequence here, though it goes on for others; in words. */
  readonly leaving?: string;
  /** Where it stands in the file; nothing for the start and the end. */
  readonly path?: JsonPath;
  /** Whether some way leads to it from the start, or its goal pulls leads there. */
  readonly isReached: boolean;
};

/** A way from one place to the next. Several that lead to the same place are one. */
export type FlowEdge = {
  readonly from: string;
  readonly to: string;
  /** When it is taken; nothing where everybody goes on. */
  readonly label?: string;
  /** How many of a hundred a split sends along it. */
  readonly share?: number;
};

export type Flow = { readonly nodes: readonly FlowNode[]; readonly edges: readonly FlowEdge[] };

/** Where a sequence begins, and where those are who came to its end. No step can be called so: ids begin otherwise. */
export const flowStart = '@start';
export const flowEnd = '@end';

/** A sequence as a picture: each step once in the order of the file, and every way between them. */
export function flowOf(program: Program): Flow {
  const steps = [...program.steps.values()];
  const edges = [
    ...joined([{ from: flowStart, to: placeOf(program.start) }]),
    ...steps.flatMap((s) => joined(waysOf(s))),
  ];
  const reached = reachedIn(program, edges);
  const isReached = (id: string): boolean => reached.has(id);
  return {
    nodes: [
      { id: flowStart, kind: 'start', words: 'Leads enter', isNamed: true, isReached: true },
      ...steps.map((step) => nodeOf(step, isReached(step.id))),
      ...(isReached(flowEnd)
        ? [{ id: flowEnd, kind: 'end' as const, words: 'Finished', isNamed: true, isReached: true }]
        : []),
    ],
    edges: edges.filter(({ to }) => to !== flowEnd || isReached(flowEnd)),
  };
}

function placeOf(target: Target): string {
  return target ?? flowEnd;
}

function nodeOf(step: ProgramStep, isReached: boolean): FlowNode {
  const { id, kind, path } = step;
  return {
    id,
    kind,
    words: wordsOf(step),
    isNamed: !isAddress(id),
    ...(step.if ? { onlyIf: conditionInWords(step.if) } : {}),
    ...(kind === 'send' || kind === 'notify' ? { template: step.template } : {}),
    ...(kind === 'enroll' || kind === 'unenroll' ? { sequence: step.sequence } : {}),
    ...leavingAt(step),
    path,
    isReached,
  };
}

function leavingAt(step: ProgramStep): Pick<FlowNode, 'leaving'> {
  if (step.kind === 'wait-until' && step.missed === 'exit') return { leaving: 'whoever comes too late for it' };
  return step.kind === 'goal' && step.arrival === 'exit' ? { leaving: 'whoever arrives without it' } : {};
}

function wordsOf(step: ProgramStep): string {
  if (step.kind === 'send') return step.subject;
  if (step.kind === 'branch') return `Whether ${conditionInWords(step.on)}`;
  if (step.kind === 'enroll') return `Start ${step.sequence}`;
  return step.kind === 'unenroll' ? `Leave ${step.sequence}` : stepInWords(step);
}

/** Every way that leads on from a step, with what it takes to go it. */
function waysOf(step: ProgramStep): readonly FlowEdge[] {
  const way = (to: Target, label?: string, share?: number): FlowEdge => ({
    from: step.id,
    to: placeOf(to),
    ...(label === undefined ? {} : { label }),
    ...(share === undefined ? {} : { share }),
  });
  const otherwise = step.if ? [way(step.next, 'the others')] : [];
  if (step.kind === 'branch') return [way(step.then, 'yes'), way(step.else, 'no')];
  if (step.kind === 'wait-for') return [way(step.then, 'it came'), way(step.else, 'it did not'), ...otherwise];
  if (step.kind === 'choose') {
    const ways = step.ways.map(({ if: condition, to }) => way(to, conditionInWords(condition)));
    return [...ways, way(step.otherwise, 'otherwise'), ...otherwise];
  }
  if (step.kind === 'split') return [...splitWays(step, way), ...otherwise];
  if (step.kind === 'pick') return [...step.pool.map((mail) => way(mail.step)), way(step.next, 'nothing fits')];
  return step.kind === 'exit' ? otherwise : [way(step.next)];
}

type MakeWay = (to: Target, label?: string, share?: number) => FlowEdge;

function splitWays({ ways }: StepOfKind<'split'>, way: MakeWay): readonly FlowEdge[] {
  const all = ways.reduce((sum, { weight }) => sum + weight, 0);
  return ways.map(({ name, weight, to }) => way(to, name, all > 0 ? Math.round((1000 * weight) / all) / 10 : 0));
}

/** Ways to the same place as one, with everything that is said of them; where everybody comes to it, nothing need be said. */
function joined(ways: readonly FlowEdge[]): readonly FlowEdge[] {
  const targets = [...new Set(ways.map(({ to }) => to))];
  return targets.flatMap((to): readonly FlowEdge[] => {
    const own = ways.filter((way) => way.to === to);
    const [first] = own;
    if (!first) return [];
    const shares = own.flatMap(({ share }) => share ?? []);
    const labels = own.flatMap(({ label }) => label ?? []);
    return [
      {
        from: first.from,
        to,
        ...(labels.length === 0 || targets.length === 1 ? {} : { label: labels.join(' or ') }),
        ...(shares.length === 0 ? {} : { share: Math.round(10 * shares.reduce((sum, one) => sum + one, 0)) / 10 }),
      },
    ];
  });
}

/** What some way leads to. A goal is come to from anywhere before it, so it is reached as soon as anything before it is. */
function reachedIn({ steps, start }: Program, edges: readonly FlowEdge[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const walk = (id: string): void => {
    if (reached.has(id)) return;
    reached.add(id);
    for (const { to } of edges.filter(({ from }) => from === id)) walk(to);
  };
  walk(placeOf(start));
  for (const { id, kind } of steps.values()) if (kind === 'goal') walk(id);
  return reached;
}
