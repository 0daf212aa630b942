const hourMs = 3_600_000;

/** Whoever has done nothing for so long signs in again. */
export const idleMs = 12 * hourMs;
/** And whoever signed in so long ago, whatever was done since. */
export const absoluteMs = 7 * 24 * hourMs;
/** Uses of a session or key are noted so far apart: not every request is to be a write. */
const noteUseMs = 60_000;
/** For how long a one-time link opens. */
export const linkMs = 24 * hourMs;

export type Lifetime = { readonly startedAt: Date; readonly usedAt: Date };

/** When a session ends by itself. */
export function sessionEndsAt({ startedAt, usedAt }: Lifetime): Date {
  return new Date(Math.min(usedAt.getTime() + idleMs, startedAt.getTime() + absoluteMs));
}

/** Whether a use is to be noted, after the last that was. */
export function isWorthNoting(usedAt: Date | undefined, now: Date): boolean {
  return usedAt === undefined || now.getTime() - usedAt.getTime() >= noteUseMs;
}
