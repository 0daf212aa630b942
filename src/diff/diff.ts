import { type Change, thingsChanged } from './change.js';
import { diffSteps } from './diff-steps.js';
import type { InFlight, Program } from '../sequence/program.js';
import type { Facets } from '../sequence/step-words.js';
import { againInWords, conditionInWords, triggersInWords } from '../sequence/words.js';

/** What an edit does to one sequence. `before` is missing where it is new, `after` where it is gone. */
export type SequenceDiff = {
  readonly name: string;
  readonly title: string;
  readonly before?: Program;
  readonly after?: Program;
  readonly changes: readonly Change[];
};

type Programs = ReadonlyMap<string, Program>;

/** The sequences that an edit adds, changes or takes away. */
export function diffSequences(before: Programs, after: Programs): readonly SequenceDiff[] {
  const names = [...new Set([...after.keys(), ...before.keys()])].toSorted();
  return names.flatMap((name): readonly SequenceDiff[] => {
    const [was, is] = [before.get(name), after.get(name)];
    const title = (is ?? was)?.title ?? name;
    if (!was || !is)
      return [{ name, title, changes: [], ...(was ? { before: was } : {}), ...(is ? { after: is } : {}) }];
    if (was.revision === is.revision) return [];
    return [{ name, title, before: was, after: is, changes: diffProgram(was, is) }];
  });
}

/** What an edit does to one sequence: to its header first, then to its steps. */
export function diffProgram(before: Program, after: Program): readonly Change[] {
  const header = thingsChanged(headerOf(before), headerOf(after), (name) => name);
  return [...header, ...diffSteps(before, after)];
}

const policies: Readonly<Record<InFlight, string>> = {
  pin: 'finish the revision they are on',
  migrate: 'go on in the new revision',
  drain: 'finish, and nobody enters any more',
};

/** Each thing that stands above the steps. What may be there several times is a thing of its own each time. */
function headerOf(program: Program): ReadonlyMap<string, Facets> {
  const { title, stage, enroll, broadcast, exit, goal, inFlight, priority, topic } = program;
  const again = againInWords(enroll);
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['its name', `“${title}”`],
    ['its stage', stage],
    ['its topic', topic],
    ...triggersInWords(program).map((trigger) => [`leads enter when ${trigger}`, ''] as const),
    ['leads enter only if', enroll.if && conditionInWords(enroll.if)],
    ['how often a lead may enter', broadcast ? undefined : (again ?? 'any number of times')],
    ['its schedule', broadcast && `“${broadcast.schedule}” (${broadcast.timeZone})`],
    ['its audience', broadcast && (broadcast.audience ? conditionInWords(broadcast.audience) : 'everybody')],
    ...exit.on.map((trigger) => [`leads leave on ${trigger.replace(':', ': ')}`, ''] as const),
    ['leads leave on entering another stage', exit.onStageChange ? '' : undefined],
    ['leads leave as soon as', exit.if && conditionInWords(exit.if)],
    ['its goal', goal && conditionInWords(goal)],
    ['its priority', priority === 0 ? undefined : String(priority)],
    ['leads on their way at an edit', policies[inFlight]],
  ];
  return new Map(lines.flatMap(([name, words]) => (words === undefined ? [] : [[name, facet(words)] as const])));
}

function facet(words: string): Facets {
  return new Map(words === '' ? [] : [['', words]]);
}
