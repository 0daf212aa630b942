import type { Explained } from './explain.js';

/** An explained score as programs read it. */
export function scoreView({ lead, timeZone, explanation, notes }: Explained) {
  const { at, score, groups, thresholds } = explanation;
  return { lead: lead.id, at, timeZone, ...score, groups, thresholds, notes };
}
