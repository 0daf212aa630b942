import type { LeadEvent } from '../event/lead-event.js';
import type { Condition } from '../sequence/condition-file.js';
import type { Project } from '../sequence/project.js';
import { assess } from './assess.js';
import { holdsNow } from './condition.js';
import type { Facts } from './facts.js';

/**
 * Whether a condition holds, or did at a time since the event happened. Events come out of order: the click that brought a
 * lead over a threshold may be told only after the unsubscribe that took the points away again, and comes to the same.
 */
export function heldSince(
  condition: Condition,
  { at: happenedAt }: LeadEvent,
  facts: Facts,
  { project, now }: { readonly project: Project; readonly now: Date },
): boolean {
  if (holdsNow(condition, facts, now)) return true;
  const later = facts.lead.entries.filter(({ at }) => at > happenedAt);
  // What only adds hides nothing.
  if (!later.some(({ points }) => points < 0)) return false;
  const times = new Set([happenedAt, ...later.map(({ at }) => at)].map((at) => at.getTime()));
  return [...times].some((time) => holdsNow(condition, asOf(time, facts, project), now));
}

/** The facts without the points of what happened after an instant. */
function asOf(time: number, facts: Facts, { scoring }: Project): Facts {
  const lead = { ...facts.lead, entries: facts.lead.entries.filter(({ at }) => at.getTime() <= time) };
  const then = { ...facts, lead };
  return { ...then, score: assess(then, scoring, new Date(time)) };
}
