import * as z from 'zod';
import { isObject, list, number, onlyIfSound, Scalar, strict, text, yesOrNo } from '../schema.js';
import { RelativeDate } from './moment-file.js';

type Scalar = z.output<typeof Scalar>;

/** What a value is held against. Texts compare without regard to case; every test given must hold. */
export type FieldTest = {
  readonly eq?: Scalar | undefined;
  readonly not?: Scalar | undefined;
  readonly in?: readonly Scalar[] | undefined;
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
  /** A part of a text, or an item of a list. */
  readonly contains?: string | undefined;
  readonly startsWith?: string | undefined;
  /** A regular expression, looked for anywhere in the text. */
  readonly matches?: string | undefined;
  readonly exists?: boolean | undefined;
  /** Held against the date in the field; by calendar days where either side is one. */
  readonly before?: RelativeDate | undefined;
  readonly after?: RelativeDate | undefined;
  readonly on?: RelativeDate | undefined;
};

const sizes = {
  gt: number('gt')
    .optional()
    .meta({ description: 'More than this number.', examples: [200] }),
  gte: number('gte')
    .optional()
    .meta({ description: 'This number or more.', examples: [40] }),
  lt: number('lt')
    .optional()
    .meta({ description: 'Less than this number.', examples: [10] }),
  lte: number('lte')
    .optional()
    .meta({ description: 'This number or less.', examples: [100] }),
};

// Without any test it would hold for everybody.
const asksSomething = { ...onlyIfSound, error: 'this asks nothing\nWrite for example { "gte": 40 }.' };

const Pattern = text('matches', 300).superRefine((pattern, context) => {
  try {
    void new RegExp(pattern, 'iu');
  } catch (error) {
    const params = { code: 'bad-pattern' };
    context.addIssue({
      code: 'custom',
      params,
      message: `this pattern cannot be read: ${String(error).replace(/^.*: /, '')}\nTry plain words with | between them.`,
    });
  }
});

const Tests = strict({
  eq: Scalar.optional().meta({ description: 'Is this value; texts without regard to case.', examples: ['FR'] }),
  not: Scalar.optional().meta({ description: 'Is anything else, or not known.', examples: ['FR'] }),
  in: list('in', Scalar)
    .optional()
    .meta({ description: 'Is one of these values.', examples: [['FR', 'BE', 'CH']] }),
  ...sizes,
  contains: text('contains')
    .optional()
    .meta({ description: 'The text has this part, or the list has this item.', examples: ['logistics'] }),
  startsWith: text('startsWith')
    .optional()
    .meta({ description: 'The text begins with this.', examples: ['+33'] }),
  matches: Pattern.optional().meta({
    description: 'The text matches this regular expression anywhere, without regard to case.',
    examples: ['head|lead|vp|cto'],
  }),
  exists: yesOrNo('exists')
    .optional()
    .meta({ description: 'true: the field is known; false: it is empty.', examples: [true] }),
  before: RelativeDate.optional().meta({
    description: 'The date in the field is before this one.',
    examples: ['in 7 days', '2026-12-01'],
  }),
  after: RelativeDate.optional().meta({
    description: 'The date in the field is after this one.',
    examples: ['today', '30 days ago'],
  }),
  on: RelativeDate.optional().meta({
    description: 'The date in the field is on this day.',
    examples: ['today', 'in 3 days'],
  }),
})
  .refine((tests) => Object.keys(tests).length > 0, asksSomething)
  .meta({ id: 'FieldTest', description: 'Tests that must all hold.', examples: [{ gte: 200 }] });

const NumberTests = strict({
  eq: number('eq')
    .optional()
    .meta({ description: 'Is this number.', examples: [0] }),
  not: number('not')
    .optional()
    .meta({ description: 'Is any other number.', examples: [0] }),
  in: list('in', number('this'))
    .optional()
    .meta({ description: 'Is one of these numbers.', examples: [[200, 201]] }),
  ...sizes,
})
  .refine((tests) => Object.keys(tests).length > 0, asksSomething)
  .meta({ id: 'NumberTest', description: 'Tests of a number that must all hold.', examples: [{ gte: 40 }] });

/** A plain value stands for `{ "eq": value }`. */
export const FieldTestFile = z.union([Scalar.transform((eq): FieldTest => ({ eq })), Tests], {
  error: ({ input }) =>
    isObject(input)
      ? undefined
      : 'a field is held against a value or a test\nWrite for example "FR" or { "gte": 200 }.',
});

/** The same for what can only be a number. */
export function numberTest(what: string) {
  return z.union([number(what).transform((eq): FieldTest => ({ eq })), NumberTests], {
    error: ({ input }) =>
      isObject(input) ? undefined : `${what} is held against a number or a test\nWrite for example { "gte": 40 }.`,
  });
}
