import * as z from 'zod';

const Frame = z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number(), columnNumber: z.number() });
export const CpuProfile = z.object({
  nodes: z.array(z.object({ id: z.number(), callFrame: Frame, children: z.array(z.number()).optional() })),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.output<typeof CpuProfile>;

/** Where a function stands in the sources. */
export type Place = { readonly file: string; readonly line: number };
export type Locate = (frame: z.output<typeof Frame>) => Place;

/** One function in one call path, with the time it spent itself. */
export type CallNode = {
  readonly name: string;
  readonly place: Place;
  readonly selfMs: number;
  readonly children: readonly CallNode[];
};

/** The profile as a tree of calls. */
export function callTree({ nodes, samples, timeDeltas }: CpuProfile, locate: Locate): CallNode {
  const selfUs = new Map<number, number>();
  // The time of a sample lasts until the next one.
  for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? 0));
  const built = new Map<number, CallNode>();
  // Children have higher ids than their callers, so that from the last to the first each finds its own.
  for (const { id, callFrame, children = [] } of nodes.toSorted((a, b) => b.id - a.id)) {
    built.set(id, {
      name: callFrame.functionName || '(anonymous)',
      place: locate(callFrame),
      selfMs: (selfUs.get(id) ?? 0) / 1000,
      children: children.flatMap((child) => built.get(child) ?? []),
    });
  }
  const [root] = nodes;
  const tree = root && built.get(root.id);
  if (!tree) throw new Error('the CPU profile is empty');
  return tree;
}

export const owners = ['SMTP', 'MIME and DKIM', 'rendering', 'database', 'decisions', 'dispatch', 'other'] as const;
export type Owner = (typeof owners)[number];

/** Whose work a file does, the first that fits. Files that fit none work for whoever called them: Node, zod, ids. */
const filesOf: readonly (readonly [RegExp, Owner])[] = [
  [/^src\/(?:delivery\/smtp|event\/smtp-reply)|nodemailer\/.*\/smtp-connection\//, 'SMTP'],
  [/^src\/(?:message\/(?:mime|quoted-printable|dkim)|delivery\/dkim)/, 'MIME and DKIM'],
  [/node_modules\/nodemailer\//, 'MIME and DKIM'],
  [/^src\/message\/|^src\/journey\/merge-fields|node_modules\/(?:handlebars|html-to-text)\//, 'rendering'],
  [/^src\/store\/|node_modules\/(?:mongodb|bson)\//, 'database'],
  [/^src\/(?:journey|sequence|scoring|engine)/, 'decisions'],
  [/^src\/(?:delivery|jobs|main)|node_modules\/(?:agenda|@agendajs)\//, 'dispatch'],
  [/^src\/(?!event\/|diagnostic|errors)|^test\//, 'other'],
];
/** What V8 reports beside calls. */
const idle = '(idle)';
const collector = '(garbage collector)';
const native = '(program)';

export type Shares = {
  /** Milliseconds by owner, of the time that has one. */
  readonly owned: ReadonlyMap<Owner, number>;
  readonly idleMs: number;
  readonly collectorMs: number;
  /** Busy in no function of JavaScript, or in Node with no owner above or below. */
  readonly nobodysMs: number;
};

/** Adds up whose the time was. A call without an owner is its caller's; with no caller that has one, it is its callees', by their shares. */
export function sharesOf(tree: CallNode): Shares {
  const owned = new Map<Owner, number>(owners.map((owner) => [owner, 0]));
  const apart = new Map<string, number>([idle, collector, native, '(root)'].map((name) => [name, 0]));
  let nobodysMs = 0;
  const add = (owner: Owner, ms: number): void => void owned.set(owner, (owned.get(owner) ?? 0) + ms);

  const walk = (node: CallNode, caller: Owner | undefined): ReadonlyMap<Owner, number> => {
    const apartMs = apart.get(node.name);
    if (apartMs !== undefined && node.place.file === '') apart.set(node.name, apartMs + node.selfMs);
    const owner = ownerOf(node.place.file) ?? caller;
    const below = new Map<Owner, number>();
    for (const child of node.children)
      for (const [whose, ms] of walk(child, owner)) below.set(whose, (below.get(whose) ?? 0) + ms);
    if (apartMs !== undefined && node.place.file === '') return below;
    if (owner) {
      add(owner, node.selfMs);
      below.set(owner, (below.get(owner) ?? 0) + node.selfMs);
      return below;
    }
    const total = [...below.values()].reduce((sum, ms) => sum + ms, 0);
    if (total === 0) nobodysMs += node.selfMs;
    for (const [whose, ms] of below) add(whose, (node.selfMs * ms) / total);
    return below;
  };
  walk(tree, undefined);
  const [idleMs = 0, collectorMs = 0, nativeMs = 0, rootMs = 0] = apart.values();
  return { owned, idleMs, collectorMs, nobodysMs: nobodysMs + nativeMs + rootMs };
}

function ownerOf(file: string): Owner | undefined {
  return filesOf.find(([files]) => files.test(file))?.[1];
}

export type HotFunction = { readonly name: string; readonly place: Place; readonly selfMs: number };

/** The functions with the most time of their own, wherever they were called from. */
export function hottest(tree: CallNode, count: number): readonly HotFunction[] {
  const functions = new Map<string, HotFunction>();
  const walk = ({ name, place, selfMs, children }: CallNode): void => {
    const key = `${name} ${place.file}:${place.line}`;
    functions.set(key, { name, place, selfMs: selfMs + (functions.get(key)?.selfMs ?? 0) });
    for (const child of children) walk(child);
  };
  walk(tree);
  return [...functions.values()]
    .filter(({ name }) => name !== idle)
    .toSorted((a, b) => b.selfMs - a.selfMs)
    .slice(0, count);
}
