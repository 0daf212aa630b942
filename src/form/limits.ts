import { dayMs } from '../sequence/wall-clock.js';

/** No more than `most` within any `perMs`. */
export type Limit = { readonly most: number; readonly perMs: number };
/** One that was let through, by its id: told again, it is not counted again. */
export type Passed = { readonly id: string; readonly at: Date };

const hourMs = 3_600_000;

/**
 * How often forms may be filled in, over all forms and processes together. One address: people order two or three papers,
 * and whoever wants to bury a mailbox in confirmations would need hundreds. (Of mails that ask to confirm it gets three a day
 * in any case.) One network: it may be a company, or a hall full of people behind one address; what came from no page of ours
 * has neither been slow nor been seen, so that less of it is let through.
 */
export const limits = {
  address: [
    { most: 6, perMs: hourMs },
    { most: 12, perMs: dayMs },
  ],
  network: [
    { most: 120, perMs: hourMs },
    { most: 400, perMs: dayMs },
  ],
  'network without a page': [
    { most: 20, perMs: hourMs },
    { most: 60, perMs: dayMs },
  ],
} as const satisfies Readonly<Record<string, readonly Limit[]>>;
export type Limited = keyof typeof limits;

/** Whether one more may pass after those that did; the same one may always. Only those that passed count, so that refused ones wear off. */
export function mayPass(passed: readonly Passed[], one: Passed, all: readonly Limit[]): boolean {
  if (passed.some(({ id }) => id === one.id)) return true;
  return all.every(({ most, perMs }) => {
    const since = one.at.getTime() - perMs;
    return passed.filter(({ at }) => at.getTime() > since).length < most;
  });
}
