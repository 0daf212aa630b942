/** Whether the proofs may take their time: under `npm run proof`, as npm tells its scripts by their name. */
export const isLong = process.env['npm_lifecycle_event'] === 'proof';

/** How often a property is tried. A short proof tries the same cases each time, a long one always others. */
export function tries(short: number, long: number): { readonly numRuns: number; readonly seed?: number } {
  return isLong ? { numRuns: long } : { numRuns: short, seed: 1 };
}
