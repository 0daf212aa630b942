import * as z from 'zod';
import { type Condition, ConditionFile } from './condition-file.js';
import { type Duration, DurationText } from './duration.js';
import { distinct, number, oneOrMore, schemaKey, slug, strict, text } from '../schema.js';

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

const EngagementRuleFile = strict({
  id: ruleName,
  on: oneOrMore(text('an event', 800)).meta({
    description: 'Events that give the points, each time they come.',
    examples: ['form.submitted:white-paper', ['clicked:https://example.com/pricing', 'page.viewed:/pricing']],
  }),
  points,
  cap: cap.optional().meta({ description: 'The most that this rule may count at one time.', examples: [40] }),
  halfLife: DurationText.optional().meta({
    description: 'After so long a point of this rule counts half, instead of what all rules say.',
    examples: ['7 days'],
  }),
  why: why.optional(),
});

const FitRuleFile = strict({
  id: ruleName,
  if: ConditionFile.meta({
    description: 'Who gets the points, for as long as it holds. It may ask for fields, tags and the stage.',
    examples: [{ 'lead.companySize': { gte: 200 } }],
  }),
  points,
  why,
});

/** `sequences/scoring.json`: points for what leads do (they fade by half-life) and for who they are. */
export const ScoringFile = strict({
  $schema: schemaKey('./schema/scoring.schema.json'),
  engagement: strict({
    halfLife: DurationText.optional().meta({
      description: 'After so long a point counts half; points stay unless said.',
      examples: ['30 days'],
    }),
    cap: cap.optional().meta({ description: 'The most that all engagement may count at one time.', examples: [100] }),
    rules: z
      .array(EngagementRuleFile, rules)
      .superRefine(distinct('rules', ruleId))
      .meta({
        description: 'What counts, each time it happens.',
        examples: [[{ on: 'clicked', points: 10, cap: 40, why: 'clicked a link' }]],
      }),
  }).meta({
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
});

/** A rule's points are kept under its id; without one, it is called by what it counts. */
function ruleId({ id, on }: { readonly id?: string | undefined; readonly on: readonly string[] }): string {
  return id ?? on.join(',');
}

export type EngagementRule = {
  readonly id: string;
  readonly on: readonly string[];
  readonly points: number;
  /** Most points this rule may stand for at one time. */
  readonly cap: number;
  /** Time after which a point counts half; undefined for points that stay. */
  readonly halfLife?: Duration;
  readonly why: string;
};
export type FitRule = { readonly id: string; readonly if: Condition; readonly points: number; readonly why: string };

export type Scoring = {
  readonly engagement: {
    readonly cap: number;
    readonly halfLife?: Duration;
    readonly rules: readonly EngagementRule[];
  };
  readonly fit: { readonly cap: number; readonly rules: readonly FitRule[] };
};

export function toScoring({ engagement, fit }: z.output<typeof ScoringFile>): Scoring {
  return {
    engagement: {
      cap: engagement.cap ?? Number.POSITIVE_INFINITY,
      ...fading(engagement.halfLife),
      rules: engagement.rules.map((rule) => ({
        id: ruleId(rule),
        on: rule.on,
        points: rule.points,
        cap: rule.cap ?? Number.POSITIVE_INFINITY,
        ...fading(rule.halfLife ?? engagement.halfLife),
        why: rule.why ?? rule.on.join(' or '),
      })),
    },
    fit: {
      cap: fit?.cap ?? Number.POSITIVE_INFINITY,
      rules: (fit?.rules ?? []).map((rule, i) => ({ ...rule, id: rule.id ?? `fit-${i + 1}` })),
    },
  };
}

function fading(halfLife: Duration | undefined): { readonly halfLife?: Duration } {
  return halfLife ? { halfLife } : {};
}
