import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compile } from '../../src/sequence/compile.js';
import { type Program, type StepId, waysFrom } from '../../src/sequence/program.js';
import { SequenceFile } from '../../src/sequence/sequence-file.js';
import { someSequences, type Written } from '../arbitraries.js';
import { tries } from './length.js';
import { aMutation, mutated } from './mutations.js';

test('every sequence that a file may hold becomes a program whose ways all lead somewhere and never back', () => {
  fc.assert(
    fc.property(someSequences, (files) => {
      for (const [name, file] of files) {
        const { program, faults } = compile(name, SequenceFile.parse(file), 'r1');
        expect(faults).toEqual([]);
        expect([...program.steps].filter(([id, step]) => step.id !== id)).toEqual([]);
        expect(program.steps.size).toBe(countIn(file));
        expect(wrongTargets(program)).toEqual([]);
        expect(circles(program)).toEqual([]);
      }
    }),
    tries(120, 20_000),
  );
});

test('what the schema takes of a file with slips in it is compiled, too, and whatever stands twice or nowhere is told', () => {
  fc.assert(
    fc.property(someSequences, fc.array(aMutation, { minLength: 1, maxLength: 3 }), (files, mutations) => {
      const text = mutations.reduce(mutated, JSON.stringify([...files.values()][0]));
      const read = SequenceFile.safeParse(parsed(text));
      if (!read.success) return;
      const { program, faults } = compile('s1', read.data, 'r1');
      expect(wrongTargets(program)).toEqual([]);
      const isSound = faults.length === 0;
      expect(program.steps.size).toBe(isSound ? countIn(parsed(text)) : program.steps.size);
      expect(isSound ? circles(program) : []).toEqual([]);
    }),
    tries(400, 40_000),
  );
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongTargets(program: Program): readonly unknown[] {
  const targets = [program.start, ...[...program.steps.values()].flatMap(waysFrom)];
  return targets.filter((target) => target !== null && !program.steps.has(target));
}

/** Steps from which a way leads back to them. */
function circles({ steps }: Program): readonly StepId[] {
  const order = [...steps.keys()];
  return [...steps.values()]
    .filter((step) => waysFrom(step).some((to) => to !== null && order.indexOf(to) <= order.indexOf(step.id)))
    .map(({ id }) => id);
}

/** The steps that a file asks for, counted without the compiler: each step, each mail that is a way of a split or stands in a pool. */
function countIn(file: unknown): number {
  const { steps, pools } = object(file);
  const stepsIn = (list: unknown): number => listOf(list).reduce<number>((sum, step) => sum + stepIn(object(step)), 0);
  const stepIn = (step: Written): number => {
    const ways = Object.values(object(step['split'])).map(object);
    const inner = [
      step['then'],
      step['else'],
      step['otherwise'],
      ...listOf(step['choose']).map((way) => object(way)['then']),
      ...ways.map((way) => way['steps']),
    ];
    const pool = typeof step['pick'] === 'string' ? object(pools)[step['pick']] : step['pick'];
    const isPlainWay =
      step['then'] !== undefined ||
      step['waitFor'] !== undefined ||
      step['choose'] !== undefined ||
      step['split'] !== undefined;
    const mails = ways.filter((way) => 'send' in way).length + listOf(pool).length;
    return 1 + mails + (isPlainWay ? inner.reduce<number>((sum, list) => sum + stepsIn(list), 0) : 0);
  };
  return stepsIn(steps);
}

function object(value: unknown): Written {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
