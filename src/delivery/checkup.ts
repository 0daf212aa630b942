import type { Finding } from './doctor.js';

/** What the doctor found, and when. */
export type Checkup = { readonly at: Date; readonly findings: readonly Finding[] };

/** The world is not asked again for so long: its answers are kept about as long on the way. */
const freshMs = 5 * 60_000;

/** Keeps what the doctor found for a while, and lets many who ask at one time wait for one look. */
export function openCheckup(examine: () => Promise<readonly Finding[]>, now: () => Date) {
  let last: Checkup | undefined;
  let looking: Promise<Checkup> | undefined;

  const look = async (): Promise<Checkup> => {
    const findings = await examine();
    last = { at: now(), findings };
    return last;
  };
  /** `anew`: the mend of something is to be seen at once. */
  return async (anew = false): Promise<Checkup> => {
    if (!anew && last && now().getTime() - last.at.getTime() < freshMs) return last;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}
