import { createHash } from 'node:crypto';

/** Draws a number in [0, 1): the same label gives the same number every time. */
export type Chance = (label: string) => number;

/** What a seed and some words (a person, a step) have in store, so that a demo can be replayed exactly. */
export function chanceFrom(seed: number, ...about: readonly string[]): Chance {
  return (label) => {
    // JSON keeps the words apart: joined bare, "ab" + "c" and "a" + "bc" would share their luck.
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, ...about, label]))
      .digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  };
}

/** How long people take: mostly about the median, now and then far longer. */
export interface Delay {
  readonly medianMs: number;
  readonly spread: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Draws a log-normal delay, as human response times are. */
export function drawDelay({ medianMs, spread, minMs, maxMs }: Delay, chance: Chance, label: string): number {
  // Box-Muller; 1 - u keeps the logarithm away from zero.
  const radius = Math.sqrt(-2 * Math.log(1 - chance(`${label}: radius`)));
  const normal = radius * Math.cos(2 * Math.PI * chance(`${label}: angle`));
  const delayMs = medianMs * Math.exp(spread * normal);
  return Math.round(Math.min(maxMs, Math.max(minMs, delayMs)));
}
