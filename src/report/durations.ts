const minuteMs = 60_000;
/** Each span is a third longer than the one before: what is told of them is right to within a sixth. */
const growth = 4 / 3;
/** Some years; what took longer is in the last. */
const lastBin = 50;

/** The span of time that a duration falls into: 0 is under a minute. */
export function binOf(ms: number): number {
  if (ms < minuteMs) return 0;
  return Math.min(lastBin, 1 + Math.floor(Math.log(ms / minuteMs) / Math.log(growth)));
}

function startOf(bin: number): number {
  return bin === 0 ? 0 : minuteMs * growth ** (bin - 1);
}

/** How long it took the share `q` at most, from how many fell into each span; undefined where nothing did. */
export function quantile(bins: ReadonlyMap<number, number>, q: number): number | undefined {
  const ordered = [...bins].filter(([, n]) => n > 0).toSorted(([a], [b]) => a - b);
  const wanted = q * ordered.reduce((sum, [, n]) => sum + n, 0);
  let seen = 0;
  for (const [bin, n] of ordered) {
    if (seen + n >= wanted) {
      const [from, to] = [startOf(bin), startOf(bin + 1)];
      return from + ((to - from) * (wanted - seen)) / n;
    }
    seen += n;
  }
  return undefined;
}

const units = [
  ['min', 1],
  ['h', 60],
  ['d', 24 * 60],
] as const;

/** "12 min", "5 h", "3.5 d": as fine as the spans are. */
export function inShort(ms: number): string {
  const minutes = ms / minuteMs;
  if (minutes < 1) return '< 1 min';
  const [unit, length] = units.findLast(([, least]) => minutes >= least * 1.5) ?? units[0];
  const amount = minutes / length;
  return `${amount < 9.95 && unit === 'd' ? Number(amount.toFixed(1)) : Math.round(amount)} ${unit}`;
}
