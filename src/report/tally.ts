import { dayOf, wallAt } from '../sequence/wall-clock.js';
import { beginOfSpan } from './period.js';

/** Along what is counted. Each lead has one source, so that the sources together are everybody. */
export const seriesKinds = ['source', 'sequence', 'stage'] as const;
export type SeriesKind = (typeof seriesKinds)[number];
export type Series = { readonly kind: SeriesKind; readonly of: string };

/**
 * What is counted together, and so read together.
 * `k`: milestones when they happened. `v`: money when it came, in thousandths. `f`: milestones of those who came in
 * then, whenever they came to them; `c`: the same by the week after; `t`: by how long it took from the step before.
 * `m`: what became of mails that went then. `w`: what became of those who took a way of a split then.
 */
export const groups = ['k', 'v', 'f', 'c', 't', 'm', 'w'] as const;
export type Group = (typeof groups)[number];

/** Something counted once: `n` of `key`, at an instant. */
export type Tally = {
  readonly series: Series;
  readonly at: Date;
  readonly group: Group;
  readonly key: string;
  readonly n: number;
};

/**
 * All that one lead counts for: by coded series and quarter of an hour, the codes of what is counted there, with spaces
 * between. Kept with the lead: what is taken back of it later is exactly what was counted, whatever the rules say by then.
 */
export type Counted = Readonly<Record<string, string>>;

/** Every zone's midnight falls on a quarter of an hour, so that days can be told from them in any zone. */
const slotMs = 15 * 60_000;

export function countedOf(tallies: readonly Tally[]): Counted {
  const places = new Map<string, string>();
  for (const { series, at, group, key, n } of tallies) {
    const place = `${seriesCode(series)}|${Math.floor(at.getTime() / slotMs)}`;
    const code = n === 1 ? `${group}.${key}` : `${group}.${key}=${n}`;
    const before = places.get(place);
    places.set(place, before === undefined ? code : `${before} ${code}`);
  }
  return Object.fromEntries(places);
}

/** Sums that are being added up: by the bucket's id, the day of its month, and key. */
export type Sums = Map<string, Map<number, Map<string, number>>>;

/** What may be left out of a sum. */
export type IsWanted = (day: number, seriesCoded: string) => boolean;

/** Adds what is counted, or with -1 takes it back, in days of a zone. */
export function addTo(
  sums: Sums,
  counted: Counted,
  zone: string,
  sign: 1 | -1 = 1,
  isWanted: IsWanted = () => true,
): void {
  for (const place in counted) {
    const bar = place.lastIndexOf('|');
    const day = dayOf(wallAt(new Date(Number(place.slice(bar + 1)) * slotMs), zone));
    const series = place.slice(0, bar);
    if (!isWanted(day, series)) continue;
    const month = beginOfSpan(day, 'month');
    for (const code of (counted[place] ?? '').split(' ')) {
      // Groups have one letter each.
      const days = within(sums, `${month}|${series}|${code.slice(0, 1)}`, () => new Map<number, Map<string, number>>());
      addCode(
        within(days, day - month + 1, () => new Map<string, number>()),
        code.slice(2),
        sign,
      );
    }
  }
}

/** What stands under a key; made where nothing does. */
function within<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = make();
  map.set(key, fresh);
  return fresh;
}

function addCode(sums: Map<string, number>, code: string, sign: 1 | -1): void {
  const equals = code.indexOf('=');
  if (equals >= 0) return addOne(sums, code.slice(0, equals), sign * Number(code.slice(equals + 1)));
  if (!code.includes('+')) return addOne(sums, code, sign);
  // "hello/sent+opened" stands for "hello/sent" and "hello/opened": most of what is kept of a lead are its mails.
  const name = code.slice(0, code.lastIndexOf('/') + 1);
  for (const what of code.slice(name.length).split('+')) addOne(sums, name + what, sign);
}

function addOne(sums: Map<string, number>, key: string, n: number): void {
  const sum = (sums.get(key) ?? 0) + n;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}

/**
 * What buckets hold, or how much they change: by the bucket's id, then by path. A bucket is a month of a series and a
 * group. In it stand sums of the month, "t.interested", and those of its days, "d.5.interested": a year is then read in 12
 * buckets, and what many leads change lies in few.
 */
export type Deltas = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Sums as buckets have them; what comes to nothing is left out. */
export function deltasIn(sums: Sums): Deltas {
  const all = [...sums].map(([id, days]) => {
    const own = new Map<string, number>();
    for (const [day, numbers] of days)
      for (const [key, n] of numbers) {
        addOne(own, `t.${key}`, n);
        own.set(`d.${day}.${key}`, n);
      }
    return [id, own] as const;
  });
  return new Map(all.filter(([, own]) => own.size > 0));
}

/** Which month of what a bucket is of; `month` is its first day. */
export type BucketName = { readonly month: number; readonly series: Series; readonly group: Group };

export function bucketId({ month, series, group }: BucketName): string {
  return `${month}|${seriesCode(series)}|${group}`;
}

export function bucketOf(id: string): BucketName {
  const [, month, series = '', name] = /^(-?\d+)\|(.*)\|(\w)$/s.exec(id) ?? [];
  const group = groups.find((one) => one === name);
  if (!group) throw new Error(`"${id}" is no bucket of reports`);
  return { month: Number(month), series: seriesIn(series), group };
}

export function seriesCode({ kind, of }: Series): string {
  return `${kind}:${coded(of)}`;
}

function seriesIn(code: string): Series {
  const colon = code.indexOf(':');
  const kind = seriesKinds.find((one) => one === code.slice(0, colon));
  if (!kind) throw new Error(`"${code}" is no series of reports`);
  return { kind, of: decoded(code.slice(colon + 1)) };
}

/** A name as it may stand in a key: none of the signs that MongoDB or we give a meaning to. */
export function coded(name: string): string {
  // oxlint-disable-next-line no-control-regex -- MongoDB takes no name with a zero in it
  return name.replace(/[%.$|/+= \u0000]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

export function decoded(code: string): string {
  return code.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
