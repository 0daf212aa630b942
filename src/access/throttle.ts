/** Tries that came to nothing, of one account or one network. */
export type Tries = {
  readonly count: number;
  readonly lastAt: Date;
  /** Before it no further try is looked at. */
  readonly nextAt: Date;
};

export type Pacing = {
  /** So many are let through one after the other: people mistype. */
  readonly free: number;
  readonly firstMs: number;
  /** Pauses double up to this one. */
  readonly longestMs: number;
};

const minuteMs = 60_000;

/**
 * One account: whoever forgot a password tries three, and a stranger can at worst keep its owner waiting for a quarter of an
 * hour, which a one-time link ends. One network: a company stands behind one address, and a program that goes through
 * accounts does too.
 */
export const pacings = {
  account: { free: 5, firstMs: minuteMs / 2, longestMs: 15 * minuteMs },
  network: { free: 20, firstMs: minuteMs / 2, longestMs: 60 * minuteMs },
} as const satisfies Readonly<Record<string, Pacing>>;
export type Paced = keyof typeof pacings;

/** Tries that nobody added to for so long are forgotten. */
export const forgetTriesMs = 24 * 60 * minuteMs;

export type Decision =
  /** It may be looked at. It counts as failed from now on, until it is known to be right: of a thousand at once all count. */
  { readonly mayTry: true; readonly tries: Tries } | { readonly mayTry: false; readonly waitMs: number };

/** Whether one more try is looked at, after those before. */
export function decideTry(before: Tries | undefined, now: Date, pacing: Pacing): Decision {
  const isForgotten = before !== undefined && now.getTime() - before.lastAt.getTime() >= forgetTriesMs;
  const known = isForgotten ? undefined : before;
  if (known && known.nextAt > now) return { mayTry: false, waitMs: known.nextAt.getTime() - now.getTime() };
  const count = (known?.count ?? 0) + 1;
  return { mayTry: true, tries: { count, lastAt: now, nextAt: new Date(now.getTime() + pauseMs(count, pacing)) } };
}

/** How long nothing more is looked at after so many tries. */
export function pauseMs(count: number, { free, firstMs, longestMs }: Pacing): number {
  return count < free ? 0 : Math.min(longestMs, firstMs * 2 ** (count - free));
}
