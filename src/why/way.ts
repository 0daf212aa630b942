import type { Entry } from '../journey/enrollment.js';
import { waysIn } from '../sequence/ways.js';
import type { Program, StepId } from '../sequence/program.js';
import type { Reason } from './reason.js';

/**
 * The decisions after which a run could not come to a step any more, each with its reason. `entries`: what the run did, and
 * may do yet, by time; `standsAt`: where it is after the last of them, null at its end.
 */
export function turnedAway(
  program: Program,
  entries: readonly Entry[],
  target: StepId,
  standsAt: StepId | null,
): readonly Reason[] {
  const leads = waysIn(program);
  const comesTo = (from: StepId | null): boolean => from !== null && (from === target || leads(from, target));
  return entries.flatMap((entry, i): readonly Reason[] => {
    if (!comesTo(entry.step) || isArrival(entry, target)) return [];
    const next = entries[i + 1];
    const after = next ? next.step : standsAt;
    const isPassed = entry.step === target && entry.did === 'passed over';
    if (entry.did !== 'left' && !isPassed && comesTo(after)) return [];
    const place = entry.step === null ? '' : `at "${entry.step}" `;
    return [
      {
        rule: entry.did === 'left' ? 'run' : isPassed ? 'condition' : 'way',
        says: 'no',
        why: `${place}the run ${entry.did}: ${entry.because}`,
        at: entry.at,
        data: { step: entry.step, did: entry.did },
      },
    ];
  });
}

/** Whether a run has come to the step that is asked about, and done it. */
function isArrival({ step, did }: Entry, target: StepId): boolean {
  return step === target && did !== 'passed over' && did !== 'left';
}
