import { describe, expect, test } from '@jest/globals';
import { readProjectFolder } from '../src/project-folder.js';
import { type Flow, flowEnd, flowOf, flowStart } from '../src/sequence/flow.js';
import { type Program, waysFrom } from '../src/sequence/program.js';
import { readProject } from '../src/sequence/project.js';
import { aProgram } from './builders.js';

const { project } = await readProject(await readProjectFolder('.'));
if (!project) throw new Error('the shipped project has mistakes');
const shipped = [...project.programs.values()].map((program) => [program.name, program] as const);

/** Every edge as a line: "hello → @end". */
function lines({ edges }: Flow): readonly string[] {
  return edges.map(({ from, to, label, share }) => {
    const said = [label, share === undefined ? undefined : `${share} %`].filter((part) => part !== undefined);
    return `${from} → ${to}${said.length > 0 ? ` (${said.join(', ')})` : ''}`;
  });
}

/** The steps that some way leads to, found by the ways of the program and not by those that are drawn. */
function reachable({ steps, start }: Program): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [start, ...[...steps.values()].filter(({ kind }) => kind === 'goal').map(({ id }) => id)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const step = next === null ? undefined : steps.get(next);
    if (!step || found.has(step.id)) continue;
    found.add(step.id);
    open.push(...waysFrom(step));
  }
  return found;
}

describe.each(shipped)('the flow of %s', (_name, program) => {
  const flow = flowOf(program);
  const ids = flow.nodes.map(({ id }) => id);

  test('has every step once, and knows which of them some way leads to', () => {
    const steps = ids.filter((id) => !id.startsWith('@'));
    expect(steps).toEqual([...program.steps.keys()]);
    const reached = flow.nodes.filter(({ id, isReached }) => isReached && !id.startsWith('@')).map(({ id }) => id);
    expect(new Set(reached)).toEqual(reachable(program));
  });

  test('has every way of the program, and no other', () => {
    const drawn = new Set(flow.edges.map(({ from, to }) => `${from} ${to}`));
    const all = [...program.steps.values()].flatMap((step) =>
      waysFrom(step).map((to) => `${step.id} ${to ?? flowEnd}`),
    );
    expect(drawn).toEqual(new Set([`${flowStart} ${program.start ?? flowEnd}`, ...all]));
    expect(drawn.size).toBe(flow.edges.length);
  });

  test('comes to an end on every way: an exit for everybody, or the end of the file', () => {
    const dead = flow.nodes.filter(({ id }) => !flow.edges.some(({ from }) => from === id));
    const kinds = dead.map(({ kind }) => kind);
    expect(kinds.every((kind) => kind === 'exit' || kind === 'end')).toBe(true);
    expect(kinds.length).toBeGreaterThan(0);
    expect(flow.edges.every(({ from, to }) => ids.includes(from) && ids.includes(to))).toBe(true);
  });
});

test('a branch says which way is which, and an empty way leads straight on', () => {
  const flow = flowOf(
    aProgram({ steps: [{ if: { tag: 'vip' }, then: [{ send: 'hello', subject: 'Hello' }] }, { exit: 'done' }] }),
  );
  expect(lines(flow)).toEqual(['@start → 1', '1 → hello (yes)', '1 → 2 (no)', 'hello → 2']);
});

test('ways that lead to the same place are one, which says nothing where everybody takes it', () => {
  const flow = flowOf(aProgram({ steps: [{ score: 5, why: 'kind', if: { tag: 'vip' } }, { wait: '1 day' }] }));
  expect(lines(flow)).toEqual(['@start → 1', '1 → 2', '2 → @end']);
  expect(flow.nodes[1]?.onlyIf).toBe('the lead has the tag “vip”');
});

test('a split says how many of a hundred take each way', () => {
  const split = { a: { weight: 1, send: 'hello', subject: 'A' }, b: { weight: 2, send: 'hello', subject: 'B' } };
  const flow = flowOf(aProgram({ steps: [{ id: 'test', split }] }));
  expect(lines(flow)).toEqual([
    '@start → test',
    'test → test.a (a, 33.3 %)',
    'test → test.b (b, 66.7 %)',
    'test.a → @end',
    'test.b → @end',
  ]);
});

test('a wait for something has a way for when it came and one for when it did not', () => {
  const waitFor = { waitFor: { clicked: 'hello' }, upTo: '3 days', then: [{ tag: 'reader' }] };
  const flow = flowOf(aProgram({ steps: [{ send: 'hello', subject: 'Hello' }, waitFor, { exit: 'done' }] }));
  expect(lines(flow)).toContain('2 → 2.then.1 (it came)');
  expect(lines(flow)).toContain('2 → 3 (it did not)');
});

test('an exit for some leads the others on, and one for all leads nowhere', () => {
  const flow = flowOf(aProgram({ steps: [{ exit: 'too small', if: { tag: 'small' } }, { exit: 'done' }] }));
  expect(lines(flow)).toEqual(['@start → 1', '1 → 2']);
});

test('a step behind an exit for all is there, and said to be reached by nobody; a goal behind it is reached', () => {
  const steps = [{ exit: 'done' }, { tag: 'never' }, { id: 'bought', goal: { tag: 'customer' } }, { tag: 'thanked' }];
  const { nodes } = flowOf(aProgram({ steps }));
  const missed = nodes.filter(({ isReached }) => !isReached).map(({ id }) => id);
  expect(missed).toEqual(['2']);
});

test('says who leaves at a wait for a moment that has passed, and at a goal that is not reached', () => {
  const steps = [
    { wait: { until: '2026-05-01 10:00', timezone: 'UTC', missed: 'exit' } },
    { goal: { tag: 'customer' }, else: 'exit' },
  ];
  const { nodes } = flowOf(aProgram({ steps }));
  expect(nodes.flatMap(({ leaving }) => leaving ?? [])).toEqual([
    'whoever comes too late for it',
    'whoever arrives without it',
  ]);
});
