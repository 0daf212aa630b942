import * as z from 'zod';
import { type Condition, ConditionFile } from './condition-file.js';
import { type Duration, DurationText } from './duration.js';
import { distinct, number, oneOrMore, slug, strict, text } from '../schema.js';

const rules = { error: 'rules must be a list\nWrite it in square brackets.' };
const points = number('points', -1000, 1000);
const cap = number('cap', 0, 100_000);

/** `sequences/scoring.json`: points for what leads do (they fade by half-life) and for who they are. */
export const ScoringFile = strict({
  $schema: text('$schema', 500).optional(),
  engagement: strict({
    halfLife: DurationText.optional(),
    cap: cap.optional(),
    rules: z
      .array(
        strict({
          id: slug('the id').optional(),
          on: oneOrMore(text('an event', 800)),
          points,
          cap: cap.optional(),
          halfLife: DurationText.optional(),
          why: text('why', 120).optional(),
        }),
        rules,
      )
      .superRefine(distinct('rules', ruleId)),
  }),
  fit: strict({
    cap: cap.optional(),
    rules: z
      .array(strict({ id: slug('the id').optional(), if: ConditionFile, points, why: text('why', 120) }), rules)
      .superRefine(distinct('rules', ({ id }) => id)),
  }).optional(),
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
