import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { type Duration, DurationText } from './duration.js';
import { isObject, list, number, oneOf, onlyIfSound, strict, text, Value, yesOrNo } from '../schema.js';

export type FieldValue = string | number | boolean;

/** What a value is held against. Texts compare without regard to case; every test given must hold. */
export type FieldTest = {
  readonly eq?: FieldValue | undefined;
  readonly not?: FieldValue | undefined;
  readonly in?: readonly FieldValue[] | undefined;
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
  readonly contains?: string | undefined;
  readonly startsWith?: string | undefined;
  /** A regular expression, looked for anywhere in the text. */
  readonly matches?: string | undefined;
  readonly exists?: boolean | undefined;
};

/** What may have happened to a mail of this sequence. */
const stepHappenings = ['sent', 'opened', 'clicked', 'replied', 'bounced'] as const;
export type StepHappening = (typeof stepHappenings)[number];

/** A question about a lead. Every shape a file may write is brought to one of these. */
export type Condition =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'mail'; readonly happened: StepHappening; readonly step: string }
  | { readonly kind: 'clicked-link'; readonly url: string }
  | { readonly kind: 'field'; readonly field: string; readonly test: FieldTest }
  | { readonly kind: 'points'; readonly of: 'score' | 'engagement' | 'fit'; readonly test: FieldTest }
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'consent'; readonly status: string }
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly path?: string | undefined;
      readonly within?: Duration | undefined;
      readonly atLeast: number;
    };

const sizes = {
  gt: number('gt').optional(),
  gte: number('gte').optional(),
  lt: number('lt').optional(),
  lte: number('lte').optional(),
};

// Without any test it would hold for everybody.
const asksSomething = { ...onlyIfSound, error: 'this asks nothing\nWrite for example { "gte": 40 }.' };

const Tests = strict({
  eq: Value.optional(),
  not: Value.optional(),
  in: list('in', Value).optional(),
  ...sizes,
  contains: text('contains').optional(),
  startsWith: text('startsWith').optional(),
  matches: text('matches', 300)
    .superRefine((pattern, context) => {
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
    })
    .optional(),
  exists: yesOrNo('exists').optional(),
}).refine((tests) => Object.keys(tests).length > 0, asksSomething);

const NumberTests = strict({
  eq: number('eq').optional(),
  not: number('not').optional(),
  in: list('in', number('this')).optional(),
  ...sizes,
}).refine((tests) => Object.keys(tests).length > 0, asksSomething);

/** A plain value stands for `{ "eq": value }`. */
const FieldTestFile = z.union([Value.transform((eq): FieldTest => ({ eq })), Tests], {
  error: ({ input }) =>
    isObject(input)
      ? undefined
      : 'a field is held against a value or a test\nWrite for example "FR" or { "gte": 200 }.',
});

function numberTest(what: string) {
  return z.union([number(what).transform((eq): FieldTest => ({ eq })), NumberTests], {
    error: ({ input }) =>
      isObject(input) ? undefined : `${what} is held against a number or a test\nWrite for example { "gte": 40 }.`,
  });
}

const known = {
  sent: text('sent').optional(),
  opened: text('opened').optional(),
  clicked: text('clicked', 800).optional(),
  replied: text('replied').optional(),
  bounced: text('bounced').optional(),
  score: numberTest('score').optional(),
  engagement: numberTest('engagement').optional(),
  fit: numberTest('fit').optional(),
  tag: text('tag', 60).optional(),
  stage: text('stage', 60).optional(),
  consent: oneOf('consent', ['granted', 'pending', 'denied']).optional(),
  event: text('event', 100).optional(),
  path: text('path', 800).optional(),
  within: DurationText.optional(),
  atLeast: z.int({ error: 'atLeast must be a whole number, 1 or more, without quotes' }).min(1).optional(),
};

const ConditionObject = z.object(
  {
    ...known,
    get all(): z.ZodOptional<z.ZodArray<typeof ConditionFile>> {
      return list('this', ConditionFile).optional();
    },
    get any(): z.ZodOptional<z.ZodArray<typeof ConditionFile>> {
      return list('this', ConditionFile).optional();
    },
    get not(): z.ZodOptional<typeof ConditionFile> {
      return ConditionFile.optional();
    },
  },
  { error: 'a condition must be an object\nWrite for example { "opened": "a-step" }.' },
);

const conditionNames = ['lead.<field>', ...Object.keys(known), 'all', 'any', 'not'];

function isCondition(name: string): boolean {
  return conditionNames.includes(name) || /^lead\.[\w.-]+$/.test(name);
}

/**
 * `{ "clicked": "paper" }`, `{ "score": { "gte": 40 } }`, `{ "lead.country": "FR" }`, `{ "all": […] }`. Several keys in one
 * object must all hold.
 */
export const ConditionFile: z.ZodType<Condition> = z.lazy(() =>
  ConditionObject.catchall(FieldTestFile)
    .superRefine(
      (written, context) => {
        const keys = Object.keys(written);
        for (const key of keys.filter((name) => !isCondition(name))) {
          const message = `unknown condition ${quoted(key)}\n${didYouMean(key, conditionNames)}`;
          context.addIssue({ code: 'custom', path: [key], params: { code: 'unknown-key' }, message });
        }
        if (keys.length === 0) {
          context.addIssue({
            code: 'custom',
            message: `this condition is empty\nWrite for example { "opened": "a-step" }.`,
          });
        }
        if (written.event === undefined && (written.path ?? written.within ?? written.atLeast) !== undefined) {
          context.addIssue({
            code: 'custom',
            message: '"path", "within" and "atLeast" belong to "event"\nName the event too.',
          });
        }
      },
      { when: ({ value }) => isObject(value) },
    )
    .transform(toCondition),
);

function toCondition(written: z.output<typeof ConditionObject> & Readonly<Record<string, unknown>>): Condition {
  const parts: Condition[] = [];
  for (const happened of stepHappenings) {
    const value = written[happened];
    if (value === undefined) continue;
    const isLink = happened === 'clicked' && /^https?:/i.test(value);
    parts.push(isLink ? { kind: 'clicked-link', url: value } : { kind: 'mail', happened, step: value });
  }
  for (const sum of ['score', 'engagement', 'fit'] as const) {
    const test = written[sum];
    if (test) parts.push({ kind: 'points', of: sum, test });
  }
  if (written.tag) parts.push({ kind: 'tag', tag: written.tag });
  if (written.stage) parts.push({ kind: 'stage', stage: written.stage });
  if (written.consent) parts.push({ kind: 'consent', status: written.consent });
  if (written.event) {
    parts.push({
      kind: 'event',
      event: written.event,
      path: written.path,
      within: written.within,
      atLeast: written.atLeast ?? 1,
    });
  }
  if (written.all) parts.push({ kind: 'all', of: written.all });
  if (written.any) parts.push({ kind: 'any', of: written.any });
  if (written.not) parts.push({ kind: 'not', of: written.not });
  for (const [field, test] of Object.entries(written).filter(([key]) => key.startsWith('lead.'))) {
    const read = FieldTestFile.safeParse(test);
    // A faulty test has been reported by now, and nobody asks for this condition any more.
    if (read.success) parts.push({ kind: 'field', field: field.slice('lead.'.length), test: read.data });
  }
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'all', of: parts };
}

/** Every condition inside a condition, itself first. */
export function conditionsIn(condition: Condition): readonly Condition[] {
  if (condition.kind === 'all' || condition.kind === 'any') return [condition, ...condition.of.flatMap(conditionsIn)];
  if (condition.kind === 'not') return [condition, ...conditionsIn(condition.of)];
  return [condition];
}
