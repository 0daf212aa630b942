import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { type Turn, turnsAt } from '../scoring/threshold.js';
import type { Project } from '../sequence/project.js';
import { judge } from './condition.js';
import { type Facts, turnsSoFar } from './facts.js';

/** The thresholds that a lead has come over or fallen below, and that no event has told of yet. */
export function openTurns(facts: Facts, { scoring }: Pick<Project, 'scoring'>, now: Date): readonly Turn[] {
  const { lead, score } = facts;
  return turnsAt(
    score.total,
    scoring.thresholds,
    lead.thresholds ?? [],
    (condition) => judge(condition, facts, now).holds,
  );
}

/**
 * The events that tell of them. Each is known by the count of its turn, so that two events that only together lift a lead
 * over a threshold, each seen to by a process of its own, tell of it once.
 */
export function thresholdEvents(facts: Facts, project: Pick<Project, 'scoring'>, now: Date): readonly LeadEvent[] {
  const { lead, score } = facts;
  return openTurns(facts, project, now).map(({ threshold, isReached }): LeadEvent => {
    const { name, reachedWith, leftBelow } = threshold;
    const turn = turnsSoFar(lead, name) + 1;
    const limit = isReached ? `reached with ${reachedWith}` : `left below ${leftBelow}`;
    return {
      id: idFrom('threshold', lead.id, name, String(turn)),
      type: isReached ? 'threshold.reached' : 'threshold.left',
      lead: lead.id,
      at: now,
      source: 'scoring',
      machine: false,
      about: name,
      why: `score is ${score.total}, ${limit}`,
      data: { turn, score: score.total, grid: score.grid },
    };
  });
}
