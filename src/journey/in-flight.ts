import { goesOn } from '../sequence/in-flight.js';
import type { Program } from '../sequence/program.js';
import type { Enrollment } from './enrollment.js';

/**
 * A run with the revision it goes on in: its own (undefined when it cannot be read), or the current one where that says
 * that edits take everybody along, and has the step it stands at.
 */
export function inForce(
  enrollment: Enrollment,
  own: Program | undefined,
  current: Program | undefined,
  now: Date,
): { readonly enrollment: Enrollment; readonly program: Program | undefined } {
  if (!current || enrollment.revision === current.revision) return { enrollment, program: own };
  if (!goesOn(enrollment.step, own, current)) return { enrollment, program: own };
  const entry = {
    at: now,
    step: enrollment.step,
    did: 'went on in the edited sequence',
    because: 'it takes everybody along',
  };
  const { revision } = current;
  return { enrollment: { ...enrollment, revision, history: [...enrollment.history, entry] }, program: current };
}
