import { type Score, scoreAt } from '../scoring/score.js';
import type { Scoring } from '../sequence/scoring-file.js';
import { judge } from './condition.js';
import type { Facts } from './facts.js';

/** A lead's score at `now`. Rules of fit look at the lead only, never at the score they are part of. */
export function assess(facts: Omit<Facts, 'score'>, scoring: Scoring, now: Date): Score {
  const unscored: Facts = { ...facts, score: { total: 0, engagement: 0, fit: 0, lines: [] } };
  return scoreAt(facts.lead.entries, scoring, now, (condition) => judge(condition, unscored, now).holds);
}
