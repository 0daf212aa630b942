import { createHash } from 'node:crypto';
import { addDuration } from '../sequence/duration.js';
import type { SplitWay, WinnerRule } from '../sequence/program.js';

/**
 * The way of a split for whoever `who` names: always the same, and as many take each way as its weight says. Weighted
 * rendezvous hashing: a change of weights moves no more leads than it must.
 */
export function chooseWay(ways: readonly SplitWay[], who: string): SplitWay {
  const drawn = ways.map((way) => ({
    way,
    draw: way.weight > 0 ? -Math.log(share(`${who}/${way.name}`)) / way.weight : Infinity,
  }));
  const [first] = drawn.toSorted((a, b) => a.draw - b.draw);
  if (!first) throw new Error('a split without ways was not refused when its file was read');
  return first.way;
}

/** A number above 0 and up to 1 that a text always gives. */
function share(text: string): number {
  return (createHash('sha256').update(text).digest().readUIntBE(0, 6) + 1) / 2 ** 48;
}

/** What came of one way of a split so far. */
export type WayCount = { readonly way: string; readonly entered: number; readonly succeeded: number };

/**
 * The way that has won at `now`, or undefined while the split goes on: once enough leads came through it, or when the
 * deadline has passed. `firstAt`: when the first lead came. A way that nobody took cannot win.
 */
export function winnerOf(
  rule: WinnerRule,
  counts: readonly WayCount[],
  firstAt: Date | undefined,
  now: Date,
): string | undefined {
  const entered = counts.reduce((sum, count) => sum + count.entered, 0);
  const isLate = rule.deadline && firstAt && addDuration(firstAt, rule.deadline, 'UTC') <= now;
  if (entered === 0 || (entered < rule.after && !isLate)) return undefined;
  const rate = ({ entered: all, succeeded }: WayCount): number => (all > 0 ? succeeded / all : -1);
  const best = Math.max(...counts.map(rate));
  const leading = counts.filter((count) => rate(count) === best);
  if (leading.length > 1 && rule.tie === undefined) return undefined;
  return (leading.find(({ way }) => way === rule.tie) ?? leading[0])?.way;
}
