import type { LeadEvent } from '../event/lead-event.js';
import { entriesFor, type Score, type ScoreEntry, scoreAt } from '../scoring/score.js';
import { cellOf } from '../sequence/grid-file.js';
import type { Scoring } from '../sequence/scoring-file.js';
import { holdsNow, passes } from './condition.js';
import type { Facts } from './facts.js';

/** A lead's score at `now`. Rules of fit look at the lead only, never at the score they are part of. */
export function assess(facts: Omit<Facts, 'score'>, scoring: Scoring, now: Date): Score {
  const none = { engagement: 0, fit: 0 };
  const grid = cellOf(none, scoring.grid);
  const unscored: Facts = { ...facts, score: { total: 0, ...none, grid, lines: [] } };
  return scoreAt(facts.lead.entries, scoring, now, (condition) => holdsNow(condition, unscored, now));
}

/** The entries that an event adds to a score, the same whoever asks and when: dates in its data are seen from its own day, in UTC. */
export function pointsFor(event: LeadEvent, scoring: Scoring): readonly ScoreEntry[] {
  return entriesFor(event, scoring, (test, value) => passes(test, value, { timeZone: 'UTC' }, event.at));
}
