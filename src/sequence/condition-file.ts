import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { isObject, list, oneOf, oneOrMore, slug, text } from '../schema.js';
import { type Duration, DurationText } from './duration.js';
import { type FieldTest, FieldTestFile, numberTest } from './field-test-file.js';
import { type Cell, cells } from './grid-file.js';
import { purposeName } from './purpose-file.js';

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
  | { readonly kind: 'segment'; readonly segment: string }
  /** A threshold of the score that was reached and not left since. */
  | { readonly kind: 'threshold'; readonly threshold: string }
  | { readonly kind: 'grid'; readonly cells: readonly Cell[] }
  /** Without a purpose: whether the lead may be mailed at all. */
  | { readonly kind: 'consent'; readonly status: string; readonly purpose?: string }
  /** What a webhook step was answered: `status`, or a key of the JSON that came back. */
  | { readonly kind: 'response'; readonly step: string; readonly key: string; readonly test: FieldTest }
  | {
      readonly kind: 'event';
      readonly event: string;
      readonly path?: string | undefined;
      readonly within?: Duration | undefined;
      readonly atLeast: number;
      /** Tests of the event's own data, by field. */
      readonly where?: Readonly<Record<string, FieldTest>> | undefined;
    };

function mailHappening(what: StepHappening, description: string) {
  return text(what, 800)
    .optional()
    .meta({ description, examples: ['white-paper'] });
}

const status = oneOf('consent', ['granted', 'pending', 'denied']);
const ConsentTest = z.union(
  [
    status,
    z
      .record(
        purposeName('a purpose'),
        status.meta({ description: 'What it said of this purpose.', examples: ['granted'] }),
        { error: 'consent must be a word or an object' },
      )
      .refine((purposes) => Object.keys(purposes).length > 0, {
        error: 'consent names no purpose\nWrite for example { "newsletter": "granted" }.',
      }),
  ],
  {
    error: ({ input }) =>
      isObject(input) || typeof input === 'string'
        ? undefined
        : 'consent must be text in quotes, or an object of purposes\nWrite "granted", or { "newsletter": "granted" }.',
  },
);

const known = {
  sent: mailHappening('sent', 'A mail of this sequence, by its step, went out to this lead.'),
  opened: mailHappening('opened', 'A person opened this mail. A hint, not proof: many mail programs load no pictures.'),
  clicked: text('clicked', 800)
    .optional()
    .meta({
      description: 'A person clicked in this mail, or on this link in any mail of the run ("*" at its end: any rest).',
      examples: ['white-paper', 'https://example.com/pricing*'],
    }),
  replied: mailHappening('replied', 'The lead answered this mail.'),
  bounced: mailHappening('bounced', 'This mail came back.'),
  score: numberTest('score')
    .optional()
    .meta({ description: 'The score: engagement and fit together.', examples: [{ gte: 40 }] }),
  engagement: numberTest('engagement')
    .optional()
    .meta({ description: 'The part of the score that the lead earned by what it did.', examples: [{ gte: 15 }] }),
  fit: numberTest('fit')
    .optional()
    .meta({ description: 'The part of the score that comes from who the lead is.', examples: [{ lt: 10 }] }),
  tag: text('tag', 60)
    .optional()
    .meta({ description: 'The lead has this tag.', examples: ['engaged'] }),
  stage: text('stage', 60)
    .optional()
    .meta({ description: 'The lead is in this stage of the funnel.', examples: ['consideration'] }),
  segment: slug('segment')
    .optional()
    .meta({ description: 'The lead is in this segment of segments.json.', examples: ['hot'] }),
  threshold: text('threshold', 40)
    .optional()
    .meta({
      description: 'The lead has reached this threshold of scoring.json and not fallen below it again.',
      examples: ['mql'],
    }),
  grid: oneOrMore(oneOf('a cell of the grid', cells))
    .optional()
    .meta({
      description: 'Where the lead stands by fit (A to D) and engagement (1 to 4), by the grid of scoring.json.',
      examples: [['A1', 'A2', 'B1'], 'A1'],
    }),
  consent: ConsentTest.optional().meta({
    description: 'Whether the lead agreed to get mail at all, or for each of some purposes of the forms.',
    examples: ['granted', { newsletter: 'granted' }],
  }),
  event: text('event', 100)
    .optional()
    .meta({ description: 'An event of this type has come for the lead.', examples: ['page.viewed'] }),
  path: text('path', 800)
    .optional()
    .meta({
      description: 'With "event": what it was about, a page, form or link ("*" at its end: any rest).',
      examples: ['/pricing*'],
    }),
  within: DurationText.optional().meta({
    description: 'With "event": not longer ago than this.',
    examples: ['7 days'],
  }),
  atLeast: z
    .int({ error: 'atLeast must be a whole number, 1 or more, without quotes' })
    .min(1)
    .optional()
    .meta({ description: 'With "event": so many times or more.', examples: [2] }),
  where: z
    .record(text('a field of the event', 60), FieldTestFile, {
      error: 'where must be an object\nWrite for example { "amount": { "gte": 100 } }.',
    })
    .optional()
    .meta({ description: 'With "event": tests of the event\'s own data.', examples: [{ amount: { gte: 100 } }] }),
};

const ConditionObject = z.object(
  {
    ...known,
    get all(): z.ZodOptional<z.ZodArray<typeof ConditionFile>> {
      return list('this', ConditionFile)
        .optional()
        .meta({
          description: 'All of these hold.',
          examples: [[{ tag: 'engaged' }, { score: { gte: 40 } }]],
        });
    },
    get any(): z.ZodOptional<z.ZodArray<typeof ConditionFile>> {
      return list('this', ConditionFile)
        .optional()
        .meta({
          description: 'One of these holds, or several.',
          examples: [[{ clicked: 'paper' }, { replied: 'paper' }]],
        });
    },
    get not(): z.ZodOptional<typeof ConditionFile> {
      return ConditionFile.optional().meta({ description: 'This does not hold.', examples: [{ tag: 'engaged' }] });
    },
  },
  { error: 'a condition must be an object\nWrite for example { "opened": "a-step" }.' },
);

const belongToEvent = ['path', 'within', 'atLeast', 'where'] as const;
const conditionNames = ['lead.<field>', ...Object.keys(known), 'response.<step>.<key>', 'all', 'any', 'not'];

/** Keys that are tests of a field of the lead, and of what a webhook was answered. */
export const fieldKey = /^lead\.([\w.-]+)$/;
export const responseKey = /^response\.([a-z0-9][a-z0-9._-]*)\.([\w-]+)$/i;

function isCondition(name: string): boolean {
  return conditionNames.includes(name) || fieldKey.test(name) || responseKey.test(name);
}

/**
 * `{ "clicked": "paper" }`, `{ "score": { "gte": 40 } }`, `{ "lead.country": "FR" }`, `{ "all": […] }`. Several keys in one
 * object must all hold.
 */
export const ConditionFile: z.ZodType<Condition> = z
  .lazy(() =>
    ConditionObject.catchall(FieldTestFile)
      .superRefine(checkKeys, { when: ({ value }) => isObject(value) })
      .transform((written) => toCondition(written, written)),
  )
  .meta({
    id: 'Condition',
    description: 'A question about the lead. Several keys in one object must all hold.',
    examples: [{ clicked: 'white-paper' }, { score: { gte: 40 } }, { 'lead.country': 'FR' }],
  });

function checkKeys(written: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  const keys = Object.keys(written);
  for (const key of keys.filter((name) => !isCondition(name))) {
    const mend = /^resp\w*\./i.test(key) ? 'Write "response.<step>.<key>".' : didYouMean(key, conditionNames);
    const message = `unknown condition ${quoted(key)}\n${mend}`;
    context.addIssue({ code: 'custom', path: [key], params: { code: 'unknown-key' }, message });
  }
  if (keys.length === 0) {
    const message = `this condition is empty\nWrite for example { "opened": "a-step" }.`;
    context.addIssue({ code: 'custom', message });
  }
  if (written['event'] === undefined && belongToEvent.some((key) => written[key] !== undefined)) {
    const message = '"path", "within", "atLeast" and "where" belong to "event"\nName the event too.';
    context.addIssue({ code: 'custom', message });
  }
}

type Written = z.output<typeof ConditionObject>;

/** `tested`: the same object, as the keys beyond the known ones see it. */
function toCondition(written: Written, tested: Readonly<Record<string, FieldTest>>): Condition {
  const parts = [
    ...mailParts(written),
    ...leadParts(written),
    ...eventPart(written),
    ...(written.all ? [{ kind: 'all', of: written.all } as const] : []),
    ...(written.any ? [{ kind: 'any', of: written.any } as const] : []),
    ...(written.not ? [{ kind: 'not', of: written.not } as const] : []),
    ...testedParts(tested),
  ];
  const [only] = parts;
  return parts.length === 1 && only ? only : { kind: 'all', of: parts };
}

function mailParts(written: Written): readonly Condition[] {
  return stepHappenings.flatMap((happened): readonly Condition[] => {
    const value = written[happened];
    if (value === undefined) return [];
    const isLink = happened === 'clicked' && /^https?:/i.test(value);
    return [isLink ? { kind: 'clicked-link', url: value } : { kind: 'mail', happened, step: value }];
  });
}

function leadParts({ tag, stage, segment, threshold, grid, consent, ...rest }: Written): readonly Condition[] {
  const sums = (['score', 'engagement', 'fit'] as const).flatMap((of): readonly Condition[] => {
    const test = rest[of];
    return test ? [{ kind: 'points', of, test }] : [];
  });
  return [
    ...sums,
    ...(tag ? [{ kind: 'tag', tag } as const] : []),
    ...(stage ? [{ kind: 'stage', stage } as const] : []),
    ...(segment ? [{ kind: 'segment', segment } as const] : []),
    ...(threshold ? [{ kind: 'threshold', threshold } as const] : []),
    ...(grid ? [{ kind: 'grid', cells: grid } as const] : []),
    ...consentParts(consent),
  ];
}

function consentParts(consent: Written['consent']): readonly Condition[] {
  if (consent === undefined) return [];
  if (typeof consent === 'string') return [{ kind: 'consent', status: consent }];
  return Object.entries(consent).map(([purpose, said]) => ({ kind: 'consent', status: said, purpose }));
}

function eventPart({ event, path, within, atLeast = 1, where }: Written): readonly Condition[] {
  return event ? [{ kind: 'event', event, path, within, atLeast, where }] : [];
}

/** `lead.<field>` and `response.<step>.<key>`, which no list of keys can name. */
function testedParts(tested: Readonly<Record<string, FieldTest>>): readonly Condition[] {
  return Object.entries(tested).flatMap(([key, test]): readonly Condition[] => {
    const [, field] = fieldKey.exec(key) ?? [];
    if (field !== undefined) return [{ kind: 'field', field, test }];
    const [, step, of] = responseKey.exec(key) ?? [];
    return step !== undefined && of !== undefined ? [{ kind: 'response', step, key: of, test }] : [];
  });
}

/** What a condition counts, as a trigger names it: "page.viewed", "page.viewed:/pricing". */
export function triggerOf({ event, path }: Extract<Condition, { kind: 'event' }>): string {
  return path === undefined ? event : `${event}:${path}`;
}

/** Every condition inside a condition, itself first. */
export function conditionsIn(condition: Condition): readonly Condition[] {
  if (condition.kind === 'all' || condition.kind === 'any') return [condition, ...condition.of.flatMap(conditionsIn)];
  if (condition.kind === 'not') return [condition, ...conditionsIn(condition.of)];
  return [condition];
}

/** A condition with each of its innermost parts replaced. */
export function mapCondition(condition: Condition, change: (part: Condition) => Condition): Condition {
  if (condition.kind === 'all' || condition.kind === 'any')
    return { ...condition, of: condition.of.map((part) => mapCondition(part, change)) };
  if (condition.kind === 'not') return { ...condition, of: mapCondition(condition.of, change) };
  return change(condition);
}
