import { diffArrays } from 'diff';
import { type Change, type FacetChange, facetChanges, ofThing } from './change.js';
import { taskOf } from '../sequence/in-flight.js';
import { isAddress, type Program, type ProgramStep } from '../sequence/program.js';
import { type Node, type NodeList, treeOf } from './step-tree.js';
import {
  facetsOf,
  placeInWords,
  pooled,
  poolFacets,
  sharedFacets,
  stepName,
  stepSummary,
} from '../sequence/step-words.js';

/** A step before and after an edit. */
type Pair = { readonly was: Node; readonly is: Node };

type Edit = {
  readonly before: Program;
  readonly after: Program;
  /** Steps that are known to be the same by their names, wherever they stand. */
  readonly sameNames: ReadonlySet<string>;
  readonly changes: Change[];
  /** What has changed of a facet that steps have from the header of their file. */
  readonly shared: { readonly step: ProgramStep; readonly change: FacetChange }[];
};

/** What happened to one list: in the order of reading, with what is gone where it stood. */
type Aligned = { readonly was?: Node; readonly is?: Node };

/**
 * Says what an edit did to the steps. Steps with a name are the same by it; those named by their place are matched by what
 * they do, in the order of reading, as every place behind an inserted step is another one.
 */
export function diffSteps(before: Program, after: Program): readonly Change[] {
  const edit: Edit = { before, after, sameNames: namesInBoth(before, after), changes: [], shared: [] };
  compareLists(treeOf(before), treeOf(after), edit);
  return [...sharedChanges(edit), ...edit.changes];
}

function namesInBoth(before: Program, after: Program): ReadonlySet<string> {
  const named = [...before.steps.values()].filter(({ id }) => !isAddress(id));
  return new Set(named.flatMap((step) => (tasksOf(step.id, after) === taskOf(step) ? [step.id] : [])));
}

function tasksOf(id: string, { steps }: Program): string | undefined {
  const step = steps.get(id);
  return step && taskOf(step);
}

function compareLists(was: readonly Node[], is: readonly Node[], edit: Edit): void {
  for (const one of align(was, is, edit)) {
    if (one.was && one.is) comparePair({ was: one.was, is: one.is }, edit);
    else if (one.is) tellNew(one.is, edit, 0, '');
    else if (one.was) tellGone(one.was, edit, 0, '');
  }
}

/** Pairs the steps of a list before and after: by name or the same content first, then in each gap by what they do. */
function align(was: readonly Node[], is: readonly Node[], { sameNames }: Edit): readonly Aligned[] {
  const token = ({ step }: Node): string => (sameNames.has(step.id) ? `#${step.id}` : contentOf(step));
  const [olds, news] = [[...was], [...is]];
  const aligned: Aligned[] = [];
  let [gone, come]: [Node[], Node[]] = [[], []];
  const closeGap = (): void => {
    aligned.push(...pairedUp(gone, come, sameNames));
    [gone, come] = [[], []];
  };
  for (const { added, removed, count } of diffArrays(was.map(token), is.map(token))) {
    if (removed) gone.push(...olds.splice(0, count));
    else if (added) come.push(...news.splice(0, count));
    else {
      closeGap();
      const same = news.splice(0, count);
      aligned.push(
        ...olds.splice(0, count).map((old, i): Aligned => ({ was: old, ...(same[i] ? { is: same[i] } : {}) })),
      );
    }
  }
  closeGap();
  return aligned;
}

/** Steps in the same gap that do the same kind of thing are one step that was changed; each mail is one of its own. */
function pairedUp(gone: readonly Node[], come: readonly Node[], sameNames: ReadonlySet<string>): readonly Aligned[] {
  const left = [...gone];
  const pairs = come.map((is): Aligned => {
    const at = sameNames.has(is.step.id)
      ? -1
      : left.findIndex((was) => !sameNames.has(was.step.id) && isAlike(was.step, is.step));
    const [was] = at < 0 ? [] : left.splice(at, 1);
    return was ? { was, is } : { is };
  });
  return [...left.map((was) => ({ was })), ...pairs];
}

function isAlike(a: ProgramStep, b: ProgramStep): boolean {
  if (taskOf(a) !== taskOf(b)) return false;
  return a.kind !== 'send' || b.kind !== 'send' || a.template === b.template || a.subject === b.subject;
}

function comparePair({ was, is }: Pair, edit: Edit): void {
  const { before, after, changes, shared } = edit;
  const name = stepName(is.step, after);
  const id = idChange(was.step, is.step, edit);
  if (id) changes.push(id);
  const differing = facetChanges(facetsWithPool(was.step, before), facetsWithPool(is.step, after));
  for (const change of differing) {
    if (sharedFacets.includes(change.facet)) shared.push({ step: is.step, change });
    else changes.push(ofThing(change, name));
  }
  if (differing.length === 0 && contentOf(was.step) !== contentOf(is.step))
    changes.push({ mark: 'changed', depth: 0, what: `a detail of ${name}` });
  compareWays(was.lists, is.lists, name, edit);
}

function idChange(was: ProgramStep, is: ProgramStep, { before }: Edit): Change | undefined {
  if (was.id === is.id || (isAddress(was.id) && isAddress(is.id))) return undefined;
  const name = stepName(was, before);
  return {
    mark: 'changed',
    depth: 0,
    what: isAddress(is.id) ? `${name} has no id any more` : `${name} has the id “${is.id}” now`,
  };
}

function facetsWithPool(step: ProgramStep, program: Program) {
  const mail = pooled(step.id, program);
  const own = Object.entries(mail ? poolFacets(mail) : {});
  return new Map([
    ...facetsOf(step),
    ...own.flatMap(([name, words]) => (words === undefined ? [] : [[name, words] as const])),
  ]);
}

/** The lists inside two steps, each with its counterpart. A way whose condition changed is the first left without one. */
function compareWays(was: readonly NodeList[], is: readonly NodeList[], name: string, edit: Edit): void {
  const left = was.filter(({ key }) => !is.some((other) => other.key === key));
  for (const list of is) {
    const same = was.find(({ key }) => key === list.key);
    const old = same ?? (isAsked(list) ? left.find(isAsked) : undefined);
    if (old && !same) left.splice(left.indexOf(old), 1);
    if (!same && isAsked(list)) edit.changes.push(wayChange(name, old, list));
    compareLists(old?.nodes ?? [], list.nodes, edit);
  }
  for (const list of left) {
    if (isAsked(list)) edit.changes.push(wayChange(name, list, undefined));
    compareLists(list.nodes, [], edit);
  }
}

/** Whether a list is a way that has a condition of its own. */
function isAsked({ key }: NodeList): boolean {
  return key.startsWith('if ');
}

function wayChange(name: string, was: NodeList | undefined, is: NodeList | undefined): Change {
  const mark = was ? (is ? 'changed' : 'gone') : 'new';
  return {
    mark,
    depth: 0,
    what: `${mark === 'new' ? 'another ' : ''}way of ${name}`,
    ...(was ? { was: was.title } : {}),
    ...(is ? { is: is.title } : {}),
  };
}

function tellNew(node: Node, edit: Edit, depth: number, title: string): void {
  const { step } = node;
  const old = edit.sameNames.has(step.id) ? edit.before.steps.get(step.id) : undefined;
  if (old) {
    edit.changes.push({
      mark: 'moved',
      depth,
      what: `${stepName(step, edit.after)} stands ${placeInWords(step, edit.after)} now`,
    });
    const was = nodeAt(old, treeOf(edit.before));
    if (was) comparePair({ was, is: node }, edit);
    return;
  }
  const where = depth === 0 ? `, ${placeInWords(step, edit.after)}` : '';
  edit.changes.push({ mark: 'new', depth, what: `${title}${stepSummary(step)}${where}` });
  for (const list of node.lists) for (const inner of list.nodes) tellNew(inner, edit, depth + 1, `${list.title}: `);
}

function tellGone(node: Node, edit: Edit, depth: number, title: string): void {
  const { step } = node;
  // One that stands elsewhere is told there.
  const isElsewhere = edit.sameNames.has(step.id);
  const where = depth === 0 ? `, ${placeInWords(step, edit.before)}` : '';
  if (isElsewhere) return;
  edit.changes.push({ mark: 'gone', depth, what: `${title}${stepSummary(step)}${where}` });
  for (const list of node.lists) for (const inner of list.nodes) tellGone(inner, edit, depth + 1, `${list.title}: `);
}

function nodeAt(step: ProgramStep, nodes: readonly Node[]): Node | undefined {
  for (const node of nodes) {
    const found =
      node.step === step
        ? node
        : nodeAt(
            step,
            node.lists.flatMap((list) => list.nodes),
          );
    if (found) return found;
  }
  return undefined;
}

/** A facet that many steps share, told once for all that changed alike. */
function sharedChanges({ shared, after }: Edit): readonly Change[] {
  const groups = new Map<string, { change: FacetChange; steps: ProgramStep[] }>();
  for (const { step, change } of shared) {
    const key = JSON.stringify([change, step.kind === 'send']);
    const group = groups.get(key) ?? { change, steps: [] };
    groups.set(key, { change, steps: [...group.steps, step] });
  }
  return [...groups.values()].map(({ change, steps }) => ofThing(change, allOf(steps, after)));
}

function allOf(steps: readonly ProgramStep[], program: Program): string {
  const [first] = steps;
  if (steps.length === 1 && first) return stepName(first, program);
  const mails = [...program.steps.values()].filter(({ kind }) => kind === 'send');
  if (steps.length === mails.length && steps.every(({ kind }) => kind === 'send')) return 'every mail';
  const names = steps.slice(0, 3).map((step) => stepName(step, program));
  const more = steps.length - names.length;
  return new Intl.ListFormat('en-GB').format(more > 0 ? [...names, `${more} more`] : names);
}

/** What a step does, without where it stands, where it leads and what is inside it. */
function contentOf(step: ProgramStep): string {
  const structure = [
    'id',
    'path',
    'next',
    'then',
    'else',
    'otherwise',
    'ways',
    'pool',
    'key',
    'window',
    'urgent',
    'from',
    'replyTo',
    'holidays',
  ];
  return JSON.stringify(Object.entries(step).filter(([name]) => !structure.includes(name)));
}
