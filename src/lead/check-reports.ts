import { isDeepStrictEqual } from 'node:util';
import { FixableError } from '../errors.js';
import { addTo, bucketId, type BucketName, bucketOf, type Deltas, deltasIn, type Sums } from '../report/tally.js';
import type { Bucket } from '../report/sums.js';
import type { Kept } from '../store/report-rounds.js';
import { countAll, firstId, idsAfter, inBatches, rollUp, type RollUpSetting } from './roll-up.js';

/** A number of reports that is not what counting everything anew comes to. */
export type Difference = BucketName & {
  /** What it counts: "t.won" in the month, "d.5.won" on its fifth day. */
  readonly path: string;
  readonly kept: number;
  readonly counted: number;
};

export type ReportCheck = {
  readonly leads: number;
  readonly differences: readonly Difference[];
  /** Leads of which something else is kept than they count for; the next change of them would show in the numbers. */
  readonly wrongLeads: number;
};

export type CheckAsk = { readonly zone: string; readonly mend: boolean };

/**
 * Counts every lead anew from its events, mails and runs, and holds what comes of it against the buckets that reports
 * read. What becomes known meanwhile is no difference: leads that differ are looked at once more.
 */
export async function checkReports(setting: RollUpSetting, { zone, mend }: CheckAsk): Promise<ReportCheck> {
  await rollUp(setting, { zone });
  const { leads, differing } = await recountAll(setting);
  await rollUp(setting, { zone });
  const wrong = await stillDiffering(differing, setting);
  const { drift, number } = await driftOf(setting);
  const differences = await tellAll(sumOf(drift, wrong), setting);
  if (mend) await mendAll(drift, number, [...wrong.keys()], { setting, zone });
  return { leads, differences, wrongLeads: wrong.size };
}

/** What a lead counts for, as it is kept and as it comes out anew. */
type Both = { readonly was: Kept | undefined; readonly is: Kept };

async function recountAll(setting: RollUpSetting): Promise<{ leads: number; differing: readonly string[] }> {
  const differing: string[] = [];
  let leads = 0;
  for (let ids = await idsAfter(firstId, setting); ids.length > 0; ids = await idsAfter(ids.at(-1) ?? '', setting)) {
    leads += ids.length;
    differing.push(...(await compare(ids, setting)).keys());
  }
  return { leads, differing };
}

async function stillDiffering(ids: readonly string[], setting: RollUpSetting): Promise<ReadonlyMap<string, Both>> {
  const wrong = new Map<string, Both>();
  for (const batch of inBatches(ids)) for (const [id, both] of await compare(batch, setting)) wrong.set(id, both);
  return wrong;
}

async function compare(ids: readonly string[], setting: RollUpSetting): Promise<ReadonlyMap<string, Both>> {
  const { rounds } = setting.store.reports;
  const kept = await rounds.keptOf(ids);
  const counted = await countAll(ids, await rounds.standing(), setting);
  const both = [...counted].map(([id, is]) => [id, { was: kept.get(id), is }] as const);
  return new Map(both.filter(([, { was, is }]) => !isDeepStrictEqual(was?.counted ?? {}, is.counted)));
}

const mostAttempts = 20;

/** By how much the buckets differ from what the leads together count for; read between two rounds. */
async function driftOf(setting: RollUpSetting): Promise<{ readonly drift: Drift; readonly number: number }> {
  const { rounds, buckets } = setting.store.reports;
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { number } = await rounds.standing();
    const sums: Sums = new Map();
    for await (const { counted, zone } of rounds.all()) addTo(sums, counted, zone);
    const drift = new Map([...deltasIn(sums)].map(([id, own]) => [id, new Map(own)]));
    for await (const bucket of buckets.all()) takeOff(drift, bucket);
    if ((await rounds.standing()).number === number) return { drift, number };
  }
  throw new FixableError({
    code: 'busy',
    where: 'rivulet report check',
    what: 'so much is going on that the numbers were never at rest',
    fix: 'Try it when less is sent.',
  });
}

/** By how much buckets are off; what comes to nothing is left out. */
type Drift = Map<string, Map<string, number>>;

function takeOff(drift: Drift, bucket: Bucket): void {
  const id = bucketId(bucket);
  const own = drift.get(id) ?? new Map<string, number>();
  for (const [path, count] of pathsIn(bucket)) {
    const left = (own.get(path) ?? 0) - count;
    if (left === 0) own.delete(path);
    else own.set(path, left);
  }
  if (own.size > 0) drift.set(id, own);
  else drift.delete(id);
}

/** All numbers of a bucket, as sums have them. */
function pathsIn({ t = {}, d = {} }: Bucket): readonly (readonly [string, number])[] {
  const days = Object.entries(d).flatMap(([day, n]) =>
    Object.entries(n).map(([key, count]) => [`d.${day}.${key}`, count] as const),
  );
  return [...Object.entries(t).map(([key, count]) => [`t.${key}`, count] as const), ...days];
}

/** How far the buckets are off what everything counted anew comes to. */
function sumOf(drift: Drift, wrong: ReadonlyMap<string, Both>): Deltas {
  const sums: Sums = new Map();
  for (const { was, is } of wrong.values()) {
    if (was) addTo(sums, was.counted, was.zone, -1);
    addTo(sums, is.counted, is.zone);
  }
  const all = new Map(deltasIn(sums));
  for (const [id, own] of drift) all.set(id, added(own, all.get(id)));
  return all;
}

function added(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const sums = new Map(b);
  for (const [path, n] of a) sums.set(path, n + (sums.get(path) ?? 0));
  return new Map([...sums].filter(([, n]) => n !== 0));
}

async function tellAll(deltas: Deltas, { store: { reports } }: RollUpSetting): Promise<readonly Difference[]> {
  const kept = new Map<string, ReadonlyMap<string, number>>();
  for await (const bucket of reports.buckets.all())
    if (deltas.has(bucketId(bucket))) kept.set(bucketId(bucket), new Map(pathsIn(bucket)));
  return [...deltas].flatMap(([id, own]) =>
    [...own].map(([path, delta]): Difference => {
      const was = kept.get(id)?.get(path) ?? 0;
      return { ...bucketOf(id), path, kept: was, counted: was + delta };
    }),
  );
}

/** Buckets that one round puts right. */
const bucketsAtOnce = 500;

/** Puts the buckets right, and has the leads counted again. Interrupted, it is to be begun again: then less differs. */
async function mendAll(
  drift: Deltas,
  from: number,
  leads: readonly string[],
  { setting, zone }: { readonly setting: RollUpSetting; readonly zone: string },
): Promise<void> {
  const { rounds } = setting.store.reports;
  const all = [...drift];
  for (let i = 0; i * bucketsAtOnce < all.length; i += 1) {
    const mended = new Map(all.slice(i * bucketsAtOnce, (i + 1) * bucketsAtOnce));
    if (await rounds.propose(from + i, { leads: new Map(), mended })) continue;
    // Somebody else counted meanwhile: how far the buckets are off must be seen anew.
    const again = await driftOf(setting);
    return mendAll(again.drift, again.number, leads, { setting, zone });
  }
  await rounds.markDue(leads);
  await rollUp(setting, { zone });
}
