import type * as z from 'zod';
import { onlyIfSound, number, strict, text } from '../schema.js';
import { type Condition, ConditionFile } from './condition-file.js';

const points = (what: string) => number(what, -100_000, 100_000);

/** One threshold of `scoring.json`. */
export const ThresholdFile = strict({
  // A part of a path in the database, where a dot would lead further in.
  name: text('the name', 40)
    .regex(/^[a-z0-9][a-z0-9_-]*$/i, {
      error: 'the name of a threshold may have letters, digits, "-" and "_" only',
    })
    .meta({ description: 'What triggers and conditions call it.', examples: ['mql'] }),
  title: text('the title', 60)
    .optional()
    .meta({ description: 'What people call it; the name unless said.', examples: ['Marketing-qualified'] }),
  score: strict({ gte: points('gte').meta({ description: 'So many points or more.', examples: [60] }) }).meta({
    description: 'The score with which it is reached.',
    examples: [{ gte: 60 }],
  }),
  falls: strict({ lt: points('lt').meta({ description: 'Less points than this.', examples: [45] }) })
    .optional()
    .meta({
      description:
        'The score with which it is left again; that with which it is reached, unless said. With some room between the two a lead does not come and go with each mail.',
      examples: [{ lt: 45 }],
    }),
  if: ConditionFile.optional().meta({
    description: 'What must hold too when it is reached. It is not left because this holds no more.',
    examples: [{ grid: ['A1', 'A2', 'B1'] }, { fit: { gte: 10 } }],
  }),
}).superRefine(({ score, falls }, context) => {
  if (!falls || falls.lt <= score.gte) return;
  const message = `it would be left below ${falls.lt} and is reached with ${score.gte} already\nWrite ${score.gte} or less.`;
  context.addIssue({ code: 'custom', path: ['falls', 'lt'], params: { code: 'falls-above' }, message });
}, onlyIfSound);

/** Reached with `reachedWith` points or more, left below `leftBelow`. */
export type Threshold = {
  readonly name: string;
  readonly title: string;
  readonly reachedWith: number;
  readonly leftBelow: number;
  readonly if?: Condition;
};

export function toThreshold({ name, title, score, falls, ...rest }: z.output<typeof ThresholdFile>): Threshold {
  return {
    name,
    title: title ?? name,
    reachedWith: score.gte,
    leftBelow: falls?.lt ?? score.gte,
    ...(rest.if ? { if: rest.if } : {}),
  };
}
