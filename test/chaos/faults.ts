import type { Random } from './random.js';

export const faultKinds = ['kill', 'database', 'cut', 'freeze', 'term'] as const;
export type FaultKind = (typeof faultKinds)[number];
/** A fault to be made once so many mails have been taken. */
export type Fault = { readonly kind: FaultKind; readonly afterMails: number; readonly delayMs: number };

/** Spreads the faults over the mails of a run in a random order, so that each comes while there is work. */
export function planFaults(
  counts: Readonly<Record<FaultKind, number>>,
  mails: number,
  random: Random,
): readonly Fault[] {
  const kinds = faultKinds.flatMap((kind) => Array.from({ length: counts[kind] }, () => kind));
  return kinds
    .map(
      (kind): Fault => ({
        kind,
        afterMails: random.between(mails * 0.01, mails * 0.9),
        delayMs: random.between(0, 300),
      }),
    )
    .toSorted((a, b) => a.afterMails - b.afterMails);
}
