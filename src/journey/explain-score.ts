import type { Score } from '../scoring/score.js';
import { turnsAt } from '../scoring/threshold.js';
import type { Project } from '../sequence/project.js';
import type { Threshold } from '../sequence/threshold-file.js';
import { dayMs, minuteMs } from '../sequence/wall-clock.js';
import { assess } from './assess.js';
import { judge } from './condition.js';
import type { Facts } from './facts.js';
import { lookHour } from './timed-events.js';

/** Where a lead stands with one threshold. */
export type ThresholdStanding = Omit<Threshold, 'if'> & {
  readonly isReached: boolean;
  /** Points that it has too few. */
  readonly missing?: number;
  /** What its condition found, where there is one and it does not hold. */
  readonly because?: string;
  /** When the score falls so low by fading alone that it is left. */
  readonly leftAt?: Date;
};

/** What the rules of a group come to together. */
export type GroupSum = {
  readonly name: string;
  readonly title: string;
  readonly points: number;
  readonly cap?: number;
};

/** A score at some moment, with all that is made of it. */
export type Explanation = {
  readonly at: Date;
  readonly score: Score;
  readonly groups: readonly GroupSum[];
  readonly thresholds: readonly ThresholdStanding[];
};

/** How far ahead fading is followed. */
const foresightDays = 400;

type Asked = {
  readonly facts: Omit<Facts, 'score'>;
  readonly project: Pick<Project, 'scoring'>;
  readonly at: Date;
  /** Thresholds that it had reached by then. */
  readonly reached: readonly string[];
};

/** What a lead's score is at a moment, and why; nothing else is taken to happen after it. */
export function explainScore({ facts, project: { scoring }, at, reached }: Asked): Explanation {
  const score = assess(facts, scoring, at);
  const scored = { ...facts, score };
  const totalAt = totals(facts, { scoring }, at);
  return {
    at,
    score,
    groups: groupsOf(score, { scoring }),
    thresholds: scoring.thresholds.map(({ if: condition, ...threshold }): ThresholdStanding => {
      const { name, reachedWith, leftBelow } = threshold;
      const isReached = reached.includes(name);
      if (isReached) {
        const leftAt = totalAt.fallsBelow(leftBelow);
        return { ...threshold, isReached, ...(leftAt ? { leftAt } : {}) };
      }
      const verdict = condition && judge(condition, scored, at);
      return {
        ...threshold,
        isReached,
        ...(score.total < reachedWith ? { missing: hundredths(reachedWith - score.total) } : {}),
        ...(verdict && !verdict.holds ? { because: verdict.because } : {}),
      };
    }),
  };
}

function groupsOf({ lines }: Score, { scoring }: Pick<Project, 'scoring'>): readonly GroupSum[] {
  return [...scoring.groups].map(([name, { title, cap }]) => {
    const points = lines.filter(({ group }) => group === name).reduce((sum, line) => sum + line.points, 0);
    return { name, title, points: hundredths(points), ...(Number.isFinite(cap) ? { cap } : {}) };
  });
}

function hundredths(points: number): number {
  return Math.round(points * 100) / 100 + 0;
}

/** The score on the days to come, each computed once. */
function totals(facts: Omit<Facts, 'score'>, { scoring }: Pick<Project, 'scoring'>, from: Date) {
  const known: number[] = [];
  const totalAt = (time: number): number => assess(facts, scoring, new Date(time)).total;
  const onDay = (day: number): number => (known[day] ??= totalAt(from.getTime() + day * dayMs));
  return {
    /** To the minute. */
    fallsBelow: (limit: number): Date | undefined => {
      for (let day = 0; day <= foresightDays; day += 1) {
        if (onDay(day) >= limit) continue;
        let [above, below] = [from.getTime() + (day - 1) * dayMs, from.getTime() + day * dayMs];
        while (day > 0 && below - above > minuteMs) {
          const middle = (above + below) / 2;
          if (totalAt(middle) < limit) below = middle;
          else above = middle;
        }
        return new Date(below);
      }
      return undefined;
    },
  };
}

/** The thresholds that a lead will have reached at a moment to come, when nothing happens but that time passes and is looked at once a day. */
export function reachedBy(
  at: Date,
  { facts, project: { scoring }, reached, from }: Omit<Asked, 'at'> & { readonly from: Date },
): readonly string[] {
  let now = reached;
  const firstLook = Math.floor(from.getTime() / dayMs) * dayMs + lookHour * 60 * minuteMs;
  for (let time = firstLook; time <= at.getTime(); time += dayMs) {
    if (time <= from.getTime()) continue;
    const look = new Date(time);
    const scored = { ...facts, score: assess(facts, scoring, look) };
    const holds = (condition: Parameters<typeof judge>[0]): boolean => judge(condition, scored, look).holds;
    for (const { threshold, isReached } of turnsAt(scored.score.total, scoring.thresholds, now, holds))
      now = isReached ? [...now, threshold.name] : now.filter((name) => name !== threshold.name);
  }
  return now;
}
