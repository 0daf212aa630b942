import { dayMs } from '../sequence/wall-clock.js';
import { durationMs } from '../sequence/duration.js';
import type { EngagementRule, Often, Scoring } from '../sequence/scoring-file.js';

/** As much of an entry as says when it stands before another: events come in any order, and come to the same. */
type Told = { readonly at: Date; readonly event: string };

/** The oldest first; of one instant in an order that is always the same. */
export function inOrder<T extends Told>(entries: readonly T[]): readonly T[] {
  const isSorted = entries.every((entry, i) => i === 0 || compare(entries[i - 1] ?? entry, entry) <= 0);
  return isSorted ? entries : entries.toSorted(compare);
}

function compare(a: Told, b: Told): number {
  const apart = a.at.getTime() - b.at.getTime();
  if (apart !== 0) return apart;
  return a.event < b.event ? -1 : Number(a.event > b.event);
}

/** Those of one rule that count by how often it may; `entries` in order. */
export function counting<T extends Told>(entries: readonly T[], often: Often | undefined): readonly T[] {
  if (!often) return entries;
  if (often.kind === 'once') return entries.slice(0, 1);
  const { perDay = Number.POSITIVE_INFINITY, again } = often;
  const restMs = again ? durationMs(again) : 0;
  let last = Number.NEGATIVE_INFINITY;
  let today = { day: Number.NaN, count: 0 };
  return entries.filter(({ at }) => {
    if (at.getTime() - last < restMs) return false;
    const day = dayOf(at);
    if (day !== today.day) today = { day, count: 0 };
    if (today.count >= perDay) return false;
    today.count += 1;
    last = at.getTime();
    return true;
  });
}

function dayOf(at: Date): number {
  return Math.floor(at.getTime() / dayMs);
}

/**
 * So many entries of a rule are kept with a lead, and count: its row must not grow for ever. Ten rules with so many each make
 * about 700 kB.
 */
export const mostOfRule = 500;

/**
 * The entries that are kept. What is left out now is left out whatever comes later, in whichever order it comes: so that a
 * score recorded event by event is the one that is computed from all events at once. Of a rule that counts once the first
 * ones stay; of one with `perDay` those that count, by whole days; of all others the newest.
 */
export function bounded<T extends Told & { readonly rule: string }>(
  entries: readonly T[],
  { engagement: { rules } }: Pick<Scoring, 'engagement'>,
  most = mostOfRule,
): readonly T[] {
  if (entries.length <= most) return entries;
  const surplus = [...groupedBy(entries, ({ rule }) => rule)].flatMap(([id, own]) => {
    if (own.length <= most) return [];
    const rule = rules.find((candidate) => candidate.id === id);
    return byWeight(inOrder(own), rule?.often).slice(most);
  });
  if (surplus.length === 0) return entries;
  const without = new Set(surplus);
  return entries.filter((entry) => !without.has(entry));
}

/** Those that must be kept come first. */
function byWeight<T extends Told>(entries: readonly T[], often: EngagementRule['often']): readonly T[] {
  if (often?.kind === 'once') return entries;
  // The first of a day count, and later ones of that day never will.
  if (often?.perDay !== undefined && !often.again) {
    const counted = new Set(counting(entries, often));
    const days = [...groupedBy(counted, ({ at }) => dayOf(at)).values()].toReversed();
    return [...days.flat(), ...entries.filter((entry) => !counted.has(entry)).toReversed()];
  }
  return entries.toReversed();
}

/** Things by what they share, in the order in which that is met. */
export function groupedBy<T, Key>(things: Iterable<T>, keyOf: (thing: T) => Key): ReadonlyMap<Key, readonly T[]> {
  const groups = new Map<Key, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}
