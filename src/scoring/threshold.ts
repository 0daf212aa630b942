import type { Condition } from '../sequence/condition-file.js';
import type { Threshold } from '../sequence/threshold-file.js';

/** A threshold that a lead comes over, or falls below. */
export type Turn = { readonly threshold: Threshold; readonly isReached: boolean };

/** The thresholds on whose other side a lead stands now. `reached`: those that it has reached and not left. */
export function turnsAt(
  score: number,
  thresholds: readonly Threshold[],
  reached: readonly string[],
  holds: (condition: Condition) => boolean,
): readonly Turn[] {
  return thresholds.flatMap((threshold): readonly Turn[] => {
    const { name, reachedWith, leftBelow, if: condition } = threshold;
    if (reached.includes(name)) return score < leftBelow ? [{ threshold, isReached: false }] : [];
    const isOver = score >= reachedWith && (!condition || holds(condition));
    return isOver ? [{ threshold, isReached: true }] : [];
  });
}
