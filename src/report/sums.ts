import { isWholeMonth, type Period } from './period.js';
import { type BucketName, bucketOf, decoded, type Group, type Sums } from './tally.js';

export type Numbers = Readonly<Record<string, number>>;

/** A month of a series and a group as it is kept: sums of the month by key, and of its days, by the day of the month. */
export type Bucket = BucketName & {
  readonly t?: Numbers | undefined;
  readonly d?: Readonly<Record<string, Numbers>> | undefined;
};

/** What was counted from a day on: on that day, or in the month that begins with it. */
export type Part = Pick<BucketName, 'series' | 'group'> & { readonly day: number; readonly n: Numbers };

/** The parts of a bucket that lie in a period: the month as one where that is enough, else its days. */
export function partsIn(
  { month, series, group, t = {}, d = {} }: Bucket,
  period: Period,
  byMonth: boolean,
): readonly Part[] {
  if (byMonth && isWholeMonth(month, period)) return [{ day: month, series, group, n: t }];
  return Object.entries(d).flatMap(([ofMonth, n]): readonly Part[] => {
    const day = month + Number(ofMonth) - 1;
    return period.from <= day && day <= period.to ? [{ day, series, group, n }] : [];
  });
}

/** Counts of some parts, added up: by group and key. */
export type Counts = ReadonlyMap<Group, ReadonlyMap<string, number>>;
type RowSums = Map<Group, Map<string, number>>;

/** Adds parts up by the row that each belongs to; those without a row are left out, and rows for which nothing counts. */
export function sumBy(parts: Iterable<Part>, rowOf: (part: Part) => string | undefined): ReadonlyMap<string, Counts> {
  const rows = new Map<string, RowSums>();
  for (const part of parts) {
    const row = rowOf(part);
    if (row === undefined) continue;
    const own: RowSums = rows.get(row) ?? new Map();
    addAll(own, part);
    // Of what was counted and taken back a bucket keeps its zeros.
    if (own.size > 0) rows.set(row, own);
  }
  return rows;
}

function addAll(own: RowSums, { group, n: counts }: Part): void {
  // Not `Object.entries`: it makes a list of lists for each of some thousand parts.
  for (const key in counts) {
    const n = counts[key];
    if (typeof n !== 'number') throw new Error(`"${key}" of a bucket of reports is no number`);
    if (n === 0) continue;
    const sums = own.get(group) ?? new Map<string, number>();
    own.set(group, sums);
    sums.set(key, (sums.get(key) ?? 0) + n);
  }
}

/** A count of a row. */
export function countIn(counts: Counts | undefined, group: Group, key: string): number {
  return counts?.get(group)?.get(key) ?? 0;
}

/** Keys of a group that begin with a name and a slash, without these, decoded. */
export function under(counts: Counts | undefined, group: Group, name: string): ReadonlyMap<string, number> {
  const begin = `${name}/`;
  const own = [...(counts?.get(group) ?? [])].filter(([key]) => key.startsWith(begin));
  return new Map(own.map(([key, n]) => [decoded(key.slice(begin.length)), n]));
}

/** The same, of spans of time by their number. */
export function binsOf(counts: Counts | undefined, name: string): ReadonlyMap<number, number> {
  return new Map([...under(counts, 't', name)].map(([bin, n]) => [Number(bin), n]));
}

/** Buckets out of sums that nobody has stored, of some groups. */
export function bucketsOf(sums: Sums, wanted: readonly Group[]): readonly Bucket[] {
  return [...sums].flatMap(([id, days]) => {
    const name = bucketOf(id);
    if (!wanted.includes(name.group)) return [];
    const t = new Map<string, number>();
    for (const numbers of days.values()) for (const [key, n] of numbers) t.set(key, n + (t.get(key) ?? 0));
    const d = [...days].map(([day, numbers]) => [day, Object.fromEntries(numbers)] as const);
    return [{ ...name, t: Object.fromEntries(t), d: Object.fromEntries(d) }];
  });
}
