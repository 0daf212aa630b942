import type { Threshold } from '../sequence/threshold-file.js';
import { isAny, type Recomputed } from './recompute.js';

/** What recomputing many leads came to. */
export type RecomputeSums = {
  readonly leads: number;
  readonly differing: number;
  readonly thresholds: readonly {
    readonly name: string;
    readonly title: string;
    /** How many have reached it now. */
    readonly now: number;
    /** How many would come over it, and fall below it. */
    readonly reach: number;
    readonly leave: number;
  }[];
  /** The first of those that differ. */
  readonly examples: readonly {
    readonly lead: string;
    readonly email: string;
    readonly before: number;
    readonly after: number;
    readonly more: number;
    readonly less: number;
  }[];
};

const mostExamples = 20;

export function emptySums(thresholds: readonly Threshold[]): RecomputeSums {
  const none = { now: 0, reach: 0, leave: 0 };
  return {
    leads: 0,
    differing: 0,
    thresholds: thresholds.map(({ name, title }) => ({ name, title, ...none })),
    examples: [],
  };
}

export function addTo(sums: RecomputeSums, { lead, difference, before, after, turns }: Recomputed): RecomputeSums {
  const differs = isAny(difference);
  const { id, email } = lead;
  const { entries, surplus } = difference;
  const points = { before: before.total, after: after.total, more: entries.length, less: surplus.length };
  return {
    leads: sums.leads + 1,
    differing: sums.differing + Number(differs),
    thresholds: sums.thresholds.map((sum) => {
      const turn = turns.find(({ threshold }) => threshold.name === sum.name);
      return {
        ...sum,
        now: sum.now + Number(lead.thresholds?.includes(sum.name) ?? false),
        reach: sum.reach + Number(turn?.isReached === true),
        leave: sum.leave + Number(turn?.isReached === false),
      };
    }),
    examples:
      differs && sums.examples.length < mostExamples
        ? [...sums.examples, { lead: id, email, ...points }]
        : sums.examples,
  };
}
