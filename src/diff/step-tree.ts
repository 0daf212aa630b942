import { conditionInWords } from '../sequence/words.js';
import type { JsonPath } from '../sequence/json-source.js';
import type { Program, ProgramStep, StepId } from '../sequence/program.js';
import { isUnder } from '../sequence/step-words.js';

/** A step with the lists inside it, as its file has them. */
export type Node = { readonly step: ProgramStep; readonly lists: readonly NodeList[] };

/** One list of steps. `key` says which of its step's lists it is, before and after an edit. */
export type NodeList = { readonly key: string; readonly title: string; readonly nodes: readonly Node[] };

/** The outermost steps of a program, each with what is in it. */
export function treeOf(program: Program): readonly Node[] {
  return nodesAt(['steps'], program);
}

function nodesAt(list: JsonPath, program: Program): readonly Node[] {
  return [...program.steps.values()]
    .filter(({ path }) => path.length === list.length + 1 && isUnder(path, list))
    .map((step) => nodeOf(step, program));
}

function nodeOf(step: ProgramStep, program: Program): Node {
  return { step, lists: listsOf(step, program).filter(({ nodes }) => nodes.length > 0) };
}

function listsOf(step: ProgramStep, program: Program): readonly NodeList[] {
  const at = (key: string, title: string, ...path: JsonPath): NodeList => {
    return { key, title, nodes: nodesAt([...step.path, ...path], program) };
  };
  const mails = (key: string, title: string, ids: readonly StepId[]): NodeList => {
    const steps = ids.flatMap((id) => program.steps.get(id) ?? []);
    return { key, title, nodes: steps.map((mail) => ({ step: mail, lists: [] })) };
  };
  if (step.kind === 'branch' || step.kind === 'wait-for')
    return [at('then', 'then', 'then'), at('else', 'else', 'else')];
  if (step.kind === 'choose') {
    // A way is known by what it asks, or one put before the others would make others of them.
    const ways = step.ways.map((way, i) => {
      const asked = `if ${conditionInWords(way.if)}`;
      return at(asked, asked, 'choose', i, 'then');
    });
    return [...ways, at('otherwise', 'otherwise', 'otherwise')];
  }
  if (step.kind === 'split')
    return step.ways.map(({ name }) => {
      const own = `${step.id}.${name}`;
      const isMail = program.steps.get(own)?.kind === 'send';
      return isMail ? mails(name, `way “${name}”`, [own]) : at(name, `way “${name}”`, 'split', name, 'steps');
    });
  if (step.kind !== 'pick') return [];
  return [
    mails(
      'pool',
      'pool',
      step.pool.map((mail) => mail.step),
    ),
  ];
}
