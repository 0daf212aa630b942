import * as z from 'zod';
import { type Condition, ConditionFile } from './condition-file.js';
import { type Duration, DurationText, durationInWords } from './duration.js';
import { fadeOneWay, type Fading, fadingKeys, fadingOf } from './fading-file.js';
import { type FieldTest, FieldTestFile } from './field-test-file.js';
import { type Grid, GridFile, toGrid } from './grid-file.js';
import { type Threshold, ThresholdFile, toThreshold } from './threshold-file.js';
import { distinct, number, oneOrMore, onlyIfSound, schemaKey, slug, strict, text } from '../schema.js';

const rules = { error: 'rules must be a list\nWrite it in square brackets.' };
const cap = number('cap', 0, 100_000);
const points = number('points', -1000, 1000).meta({
  description: 'What it is worth; below 0 takes away.',
  examples: [10, -40],
});
const ruleName = slug('the id')
  .optional()
  .meta({
    description: 'The name under which its points are kept; the events, or the place in the list, unless said.',
    examples: ['white-paper'],
  });
const why = text('why', 120).meta({
  description: 'The reason, as the explained score shows it.',
  examples: ['asked for the white paper'],
});
const group = slug('group')
  .optional()
  .meta({ description: 'The group of "groups" that it counts in, and whose cap it shares.', examples: ['mails'] });

const EngagementRuleFile = strict({
  id: ruleName,
  on: oneOrMore(text('an event', 800)).meta({
    description: 'Events that give the points; several links or pages, and "*" at the end for any rest.',
    examples: ['form.submitted:white-paper', ['clicked:https://example.com/pricing', 'page.viewed:/pricing*']],
  }),
  where: z
    .record(text('a field of the event', 60), FieldTestFile, {
      error: 'where must be an object\nWrite for example { "value": { "gte": 1000 } }.',
    })
    .optional()
    .meta({
      description: "Tests of the event's own data, which must all hold. Days are those of the event, in UTC.",
      examples: [{ value: { gte: 1000 } }],
    }),
  points,
  cap: cap.optional().meta({ description: 'The most that this rule may count at one time.', examples: [40] }),
  group,
  once: z
    .literal(true, { error: 'once can only be true\nLeave it out for a rule that counts each time.' })
    .optional()
    .meta({ description: 'It counts the first time only.', examples: [true] }),
  perDay: z
    .int({ error: 'perDay must be a whole number, 1 or more, without quotes' })
    .min(1, { error: 'perDay must be a whole number, 1 or more, without quotes' })
    .max(1000, { error: 'perDay must be 1000 or less' })
    .optional()
    .meta({ description: 'It counts so many times a day at most; days are those of UTC.', examples: [1] }),
  again: text('again', 60)
    .transform((written) => written.replace(/^\s*after\s+/i, ''))
    .pipe(DurationText)
    .optional()
    .meta({ description: 'It counts again only so long after it last counted.', examples: ['after 7 days'] }),
  ...fadingKeys,
  why: why.optional(),
}).superRefine((rule, context) => {
  fadeOneWay(rule, context);
  const issue = (path: string, code: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [path], params: { code }, message });
  if (rule.once && (rule.perDay ?? rule.again) !== undefined)
    issue('once', 'counts-twice', '"once" leaves nothing for "perDay" or "again" to say\nKeep one of them.');
  if (rule.cap !== undefined && rule.cap < rule.points)
    issue(
      'cap',
      'cap-below-points',
      `a cap of ${rule.cap} takes off some of the ${rule.points} points at once\nWrite ${rule.points} or more, or give fewer points.`,
    );
}, onlyIfSound);

const FitRuleFile = strict({
  id: ruleName,
  if: ConditionFile.meta({
    description: 'Who gets the points, for as long as it holds. It may ask for fields, tags and the stage.',
    examples: [{ 'lead.companySize': { gte: 200 } }],
  }),
  points,
  group,
  why,
});

const EngagementFile = strict({
  ...fadingKeys,
  cap: cap.optional().meta({ description: 'The most that all engagement may count at one time.', examples: [100] }),
  floor: number('floor', -100_000, 0)
    .optional()
    .meta({
      description: 'The least that all engagement may count, however much was taken away; no least unless said.',
      examples: [-20, 0],
    }),
  rules: z
    .array(EngagementRuleFile, rules)
    .superRefine(distinct('rules', ruleId))
    .meta({
      description: 'What counts, each time it happens.',
      examples: [[{ on: 'clicked', points: 10, cap: 40, why: 'clicked a link' }]],
    }),
}).superRefine(fadeOneWay, onlyIfSound);

const GroupFile = strict({
  title: text('the title', 60)
    .optional()
    .meta({ description: 'What people call it; the name unless said.', examples: ['Mails'] }),
  cap: cap.optional().meta({ description: 'The most that its rules may count together.', examples: [40] }),
});

/** `sequences/scoring.json`: points for what leads do (they may fade) and for who they are, and what they come to. */
export const ScoringFile = strict({
  $schema: schemaKey('./schema/scoring.schema.json'),
  engagement: EngagementFile.meta({
    description: 'Points for what a lead does.',
    examples: [{ halfLife: '30 days', rules: [{ on: 'clicked', points: 10 }] }],
  }),
  fit: strict({
    cap: cap.optional().meta({ description: 'The most that all fit may count.', examples: [30] }),
    rules: z
      .array(FitRuleFile, rules)
      .superRefine(distinct('rules', (rule) => rule.id))
      .meta({
        description: 'What counts, for as long as it is so.',
        examples: [[{ if: { 'lead.country': 'FR' }, points: 5, why: 'speaks our language' }]],
      }),
  })
    .optional()
    .meta({
      description: 'Points for who a lead is.',
      examples: [{ rules: [{ if: { 'lead.companySize': { gte: 200 } }, points: 6, why: 'a large company' }] }],
    }),
  groups: z
    .record(slug('a group'), GroupFile, { error: 'groups must be an object\nWrite { "mails": { "cap": 40 } }.' })
    .optional()
    .meta({
      description: 'Rules that share a cap and are summed up together, by the name that they give in "group".',
      examples: [{ mails: { title: 'Mails', cap: 40 }, site: { title: 'Website' } }],
    }),
  thresholds: z
    .array(ThresholdFile, { error: 'thresholds must be a list\nWrite it in square brackets.' })
    .superRefine(distinct('thresholds', ({ name }) => name))
    .optional()
    .meta({
      description:
        'Scores that mean something. Reaching one brings the event threshold.reached:<name> once; after threshold.left:<name> it can come again.',
      examples: [[{ name: 'mql', title: 'Marketing-qualified', score: { gte: 60 }, falls: { lt: 45 } }]],
    }),
  grid: GridFile.optional().meta({
    description: 'Where leads stand by fit (A to D) and engagement (1 to 4).',
    examples: [{ fit: [20, 12, 5], engagement: [60, 30, 10] }],
  }),
});

/** A rule's points are kept under its id; without one, it is called by what it counts. */
function ruleId({ id, on }: { readonly id?: string | undefined; readonly on: readonly string[] }): string {
  return id ?? on.join(',');
}

/** How often a rule counts: each time it happens, unless said. */
export type Often =
  | { readonly kind: 'once' }
  | { readonly kind: 'limited'; readonly perDay?: number; readonly again?: Duration };

export type EngagementRule = {
  readonly id: string;
  readonly on: readonly string[];
  /** Tests of the event's own data, by field. */
  readonly where?: Readonly<Record<string, FieldTest>>;
  readonly points: number;
  /** Most points this rule may stand for at one time. */
  readonly cap: number;
  readonly group?: string;
  readonly often?: Often;
  /** Undefined for points that stay. */
  readonly fading?: Fading;
  readonly why: string;
};
export type FitRule = {
  readonly id: string;
  readonly if: Condition;
  readonly points: number;
  readonly group?: string;
  readonly why: string;
};
/** Rules that share a cap. */
export type Group = { readonly title: string; readonly cap: number };

export type Scoring = {
  readonly engagement: {
    readonly cap: number;
    readonly floor: number;
    readonly fading?: Fading;
    readonly rules: readonly EngagementRule[];
  };
  readonly fit: { readonly cap: number; readonly rules: readonly FitRule[] };
  readonly groups: ReadonlyMap<string, Group>;
  readonly thresholds: readonly Threshold[];
  readonly grid: Grid;
};

export function toScoring({ engagement, fit, ...rest }: z.output<typeof ScoringFile>): Scoring {
  const common = fadingOf(engagement);
  const groups = Object.entries(rest.groups ?? {});
  return {
    engagement: {
      cap: engagement.cap ?? Number.POSITIVE_INFINITY,
      floor: engagement.floor ?? Number.NEGATIVE_INFINITY,
      ...common,
      rules: engagement.rules.map((rule) => toRule(rule, common.fading)),
    },
    fit: {
      cap: fit?.cap ?? Number.POSITIVE_INFINITY,
      rules: (fit?.rules ?? []).map((rule, i) => ({
        id: rule.id ?? `fit-${i + 1}`,
        if: rule.if,
        points: rule.points,
        ...(rule.group ? { group: rule.group } : {}),
        why: rule.why,
      })),
    },
    groups: new Map(
      groups.map(([name, { title, cap: most }]) => [
        name,
        { title: title ?? name, cap: most ?? Number.POSITIVE_INFINITY },
      ]),
    ),
    thresholds: (rest.thresholds ?? []).map(toThreshold),
    grid: toGrid(rest.grid),
  };
}

function toRule(written: z.output<typeof EngagementRuleFile>, common: Fading | undefined): EngagementRule {
  return {
    id: ruleId(written),
    on: written.on,
    ...(written.where ? { where: written.where } : {}),
    points: written.points,
    cap: written.cap ?? Number.POSITIVE_INFINITY,
    ...(written.group ? { group: written.group } : {}),
    ...oftenOf(written),
    ...fadingOf(written, common),
    why: written.why ?? written.on.join(' or '),
  };
}

function oftenOf({
  once,
  perDay,
  again,
}: Pick<z.output<typeof EngagementRuleFile>, 'once' | 'perDay' | 'again'>): Pick<EngagementRule, 'often'> {
  if (once) return { often: { kind: 'once' } };
  if (perDay === undefined && again === undefined) return {};
  return { often: { kind: 'limited', ...(perDay ? { perDay } : {}), ...(again ? { again } : {}) } };
}

/** "once", "again after 7 days, at most 3 times a day". */
export function oftenInWords(often: Often): string {
  if (often.kind === 'once') return 'once';
  const { again, perDay } = often;
  const times = perDay === 1 ? 'once' : `${perDay} times`;
  return [
    ...(again ? [`again after ${durationInWords(again)}`] : []),
    ...(perDay ? [`at most ${times} a day`] : []),
  ].join(', ');
}
