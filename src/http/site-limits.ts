/** So many things a minute are let through from one network, and as many at once after a quiet minute. */
export type Limit = { readonly perMinute: number };

/** Networks that are remembered; of more, the one that was heard longest ago is forgotten. */
const mostNetworks = 10_000;

/**
 * Counts what comes from each network, in memory alone: whoever floods us must not make us write. Each network has a bucket
 * that a minute fills; a company behind one address has room in it, a script that makes up visitors has not.
 */
export function openLimiter({ perMinute }: Limit) {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    /** Whether one more may come now. */
    mayPass: (network: string, now: Date): boolean => {
      const at = now.getTime();
      const bucket = buckets.get(network) ?? { left: perMinute, at };
      const left = Math.min(perMinute, bucket.left + (Math.max(0, at - bucket.at) * perMinute) / 60_000);
      const may = left >= 1;
      // Set anew, it stands behind all others.
      buckets.delete(network);
      buckets.set(network, { left: may ? left - 1 : left, at });
      if (buckets.size > mostNetworks) forgetFirst(buckets);
      return may;
    },
    size: (): number => buckets.size,
  };
}

function forgetFirst(buckets: Map<string, unknown>): void {
  const [first] = buckets.keys();
  if (first !== undefined) buckets.delete(first);
}
