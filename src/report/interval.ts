/** Some of a whole: 3 of 4 people. */
export type Share = { readonly part: number; readonly whole: number };
export type Interval = { readonly low: number; readonly high: number };

/** Half of the standard normal distribution lies within it on both sides but for α = .05, divided among so many comparisons. */
const zByComparisons = [1.95996, 2.2414, 2.39398, 2.4977, 2.57583, 2.63826, 2.69011, 2.73437, 2.77292] as const;
const z05 = zByComparisons[0];
/** For a chance of four in five to see a difference that is there. */
const zPower = 0.84162;

/**
 * Where the share of all such people lies with a confidence of 95 %, told from these (Wilson 1927). Unlike the textbook
 * interval it holds for small numbers too, and for none and all of them.
 */
export function wilson({ part, whole }: Share, z: number = z05): Interval {
  if (whole === 0) return { low: 0, high: 1 };
  const p = part / whole;
  const zz = z * z;
  const middle = p + zz / (2 * whole);
  const half = z * Math.sqrt((p * (1 - p)) / whole + zz / (4 * whole * whole));
  const scale = 1 + zz / whole;
  // Rounding must not put none or all of them outside.
  return { low: part === 0 ? 0 : (middle - half) / scale, high: part === whole ? 1 : (middle + half) / scale };
}

/** Where the difference of two shares lies, from the intervals of both (Newcombe 1998, method 10). */
export function newcombe(a: Share, b: Share, z: number = z05): Interval {
  const [pa, pb] = [a.part / a.whole, b.part / b.whole];
  const [wa, wb] = [wilson(a, z), wilson(b, z)];
  return {
    low: pa - pb - Math.hypot(pa - wa.low, wb.high - pb),
    high: pa - pb + Math.hypot(wa.high - pa, pb - wb.low),
  };
}

/** One way of a split, and how many of those who took it did what counts. */
export type Way = { readonly name: string } & Share;

export type Verdict = {
  /** The way that is better than every other one, where that is sure enough. */
  readonly best?: string;
  /** People still needed, all ways together, for a difference as large as this one to show. */
  readonly needed?: number;
  readonly says: string;
};

/** Of fewer people on a way nothing is said: the intervals are a trifle too narrow then, and chance is too wide. */
const fewest = 30;
/** Beyond so many times the people that there were, nobody waits for a difference. */
const worthWaiting = 50;

/** What can be said of the ways of a split, in one plain sentence. */
export function verdictOn(ways: readonly Way[]): Verdict {
  const taken = ways.filter(({ whole }) => whole > 0);
  const [best, ...others] = taken.toSorted((a, b) => b.part / b.whole - a.part / a.whole || b.whole - a.whole);
  if (!best || others.length === 0) return { says: 'nobody took more than one way yet: there is nothing to compare' };
  // The more others there are, the likelier one of them falls behind by chance alone (Bonferroni).
  const z = zByComparisons[Math.min(others.length, zByComparisons.length) - 1] ?? z05;
  const differences = others.map((other) => ({ other, by: newcombe(best, other, z) }));
  const closest = differences.toSorted((a, b) => a.by.low - b.by.low)[0];
  if (!closest) return { says: '' };
  if (closest.by.low > 0 && taken.every(({ whole }) => whole >= fewest))
    return { best: best.name, says: isBetter(best, closest.other, closest.by) };
  return notYet(best, closest.other, closest.by, z);
}

function isBetter({ name }: Way, other: Way, { low, high }: Interval): string {
  return `"${name}" is better than "${other.name}" by ${points(low)} to ${points(high)} points`;
}

function notYet(best: Way, other: Way, { low, high }: Interval, z: number): Verdict {
  const most = points(Math.max(high, -low));
  const each = peopleFor(best, other, z);
  const missing = ({ whole }: Way): number => Math.max(0, Math.max(each, fewest) - whole);
  const needed = missing(best) + missing(other);
  const there = Math.max(fewest, best.whole + other.whole);
  if (each === Infinity || needed > worthWaiting * there)
    return { says: `no difference to be seen: if there is one, it is less than ${most} points` };
  return { needed, says: `too early: about ${roundedUp(needed)} more needed, if they go on as they do` };
}

/** People that each way needs for a difference like this one to be seen four times in five. */
function peopleFor(a: Way, b: Way, z: number): number {
  const [pa, pb] = [a.part / a.whole, b.part / b.whole];
  if (pa === pb) return Infinity;
  // Shares of none and all have no variance; half a person keeps them from promising that little is needed.
  const spread = [a, b].map(({ part, whole }) => (part + 0.5) / (whole + 1)).reduce((sum, p) => sum + p * (1 - p), 0);
  return Math.ceil(((z + zPower) ** 2 * spread) / (pa - pb) ** 2);
}

/** Of a share as hundredths: "3", and "0.4" below one. */
function points(share: number): string {
  const hundredths = share * 100;
  return String(hundredths < 1 ? Math.max(0.1, Number(hundredths.toFixed(1))) : Math.round(hundredths));
}

/** Two digits are all that can be said beforehand. */
function roundedUp(needed: number): number {
  if (needed <= 10) return 10;
  const step = 10 ** (Math.floor(Math.log10(needed)) - 1);
  return Math.ceil(needed / step) * step;
}
