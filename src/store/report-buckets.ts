import type { AnyBulkWriteOperation, Db } from 'mongodb';
import * as z from 'zod';
import type { Needs } from '../report/needs.js';
import { beginOfSpan, isWholeMonth, type Period, rowsOf } from '../report/period.js';
import type { Bucket } from '../report/sums.js';
import { type BucketName, bucketOf, type Deltas, groups, type SeriesKind, seriesKinds } from '../report/tally.js';
import { isObject } from '../schema.js';
import type { Impersonal } from './personal.js';
import { isDuplicate, journaled, maybe } from './rows.js';

const BucketRow = z.object({
  month: z.number(),
  kind: z.enum(seriesKinds),
  of: z.string(),
  group: z.enum(groups),
  // That they hold numbers is told as they are added up: there may be a million of them in a year.
  t: maybe(z.custom<NonNullable<Bucket['t']>>(isObject)),
  d: maybe(z.custom<NonNullable<Bucket['d']>>(isObject)),
});
type BucketDocument = Omit<BucketName, 'series'> &
  Pick<Bucket, 't' | 'd'> & {
    readonly _id: string;
    readonly kind: SeriesKind;
    readonly of: string;
    /** The last round that changed it. */
    readonly number: number;
  };

/** What was counted, one document for each month, series and group: what reports read. Nobody is named in it. */
export async function openReportBuckets(db: Db) {
  const rows = db.collection<BucketDocument>('reportBuckets', journaled);
  // A report's question: some groups of all of one kind, of these months.
  await rows.createIndex({ kind: 1, group: 1, month: 1 });
  // The names that a report may be asked for.
  await rows.createIndex({ kind: 1, of: 1 });
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'what was counted for reports, by month',
  };
  return {
    personal,
    /** Buckets of the months that lie in a period, or reach into it. Of months that count as one their days are left out. */
    read: async ({ kind, of, groups: wanted, byMonth }: Needs, period: Period): Promise<readonly Bucket[]> => {
      const months = rowsOf(period, 'month').map(({ from }) => beginOfSpan(from, 'month'));
      const whole = months.filter((month) => byMonth && isWholeMonth(month, period));
      const read = async (which: readonly number[], column: 't' | 'd'): Promise<readonly Bucket[]> => {
        const filter = {
          kind,
          group: { $in: [...wanted] },
          month: { $in: [...which] },
          ...(of === undefined ? {} : { of }),
        };
        const found = rows.find(filter, { batchSize: 5000 });
        return (await found.project({ month: 1, kind: 1, of: 1, group: 1, [column]: 1 }).toArray()).map(toBucket);
      };
      const parts = months.filter((month) => !whole.includes(month));
      return [...(await read(whole, 't')), ...(await read(parts, 'd'))];
    },
    /** Every bucket, one after the other. */
    all: async function* (): AsyncGenerator<Bucket> {
      for await (const row of rows.find()) yield toBucket(row);
    },
    /** Names along a kind of series, of all time. */
    names: async (kind: Needs['kind']): Promise<readonly string[]> => (await rows.distinct('of', { kind })).map(String),
    /** Changes buckets as a round says. A bucket knows the last round that changed it: made again, it is made once. */
    change: async (deltas: Deltas, number: number): Promise<void> => {
      if (deltas.size === 0) return;
      const large = [...deltas].filter(([, own]) => own.size > fewPaths).map(([id]) => id);
      const found = large.length > 0 ? await rows.find({ _id: { $in: large } }, { batchSize: 5000 }).toArray() : [];
      const before = new Map(found.map((row) => [row._id, row]));
      const writes = [...deltas].flatMap(([id, own]) => writesOf(id, own, { number, was: before.get(id) }));
      try {
        await rows.bulkWrite(writes, { ordered: false });
      } catch (error) {
        // One that this round has changed before is not found under an older number, and cannot be made anew either.
        if (!isDuplicate(error)) throw error;
      }
    },
  };
}

/** From so many numbers on it costs less to write the whole bucket: the server looks for each number by itself, 20 µs each. */
const fewPaths = 20;

type Change = { readonly number: number; readonly was: BucketDocument | undefined };

function writesOf(
  id: string,
  own: ReadonlyMap<string, number>,
  { number, was }: Change,
): AnyBulkWriteOperation<BucketDocument>[] {
  if (was && was.number >= number) return [];
  const { series, ...name } = bucketOf(id);
  const head = { number, ...name, kind: series.kind, of: series.of };
  if (was) {
    // Between two rounds nobody changes a bucket: what was read is what this round finds.
    return [{ replaceOne: { filter: { _id: id, number: was.number }, replacement: { ...head, ...added(was, own) } } }];
  }
  const update = { $inc: Object.fromEntries(own), $set: head };
  return [{ updateOne: { filter: { _id: id, number: { $lt: number } }, update, upsert: true } }];
}

/** The numbers of a bucket and what is added to them; what comes to nothing goes. */
function added({ t = {}, d = {} }: Pick<Bucket, 't' | 'd'>, own: ReadonlyMap<string, number>): Pick<Bucket, 't' | 'd'> {
  const months = { ...t };
  const days: Record<string, Record<string, number>> = {};
  for (const day in d) days[day] = { ...d[day] };
  for (const [path, n] of own) {
    const [where, day = '', key = ''] = path.split('.');
    if (where === 't') addOne(months, day, n);
    else addOne((days[day] ??= {}), key, n);
  }
  return { t: months, d: days };
}

function addOne(numbers: Record<string, number>, key: string, n: number): void {
  const sum = (numbers[key] ?? 0) + n;
  if (sum === 0) delete numbers[key];
  else numbers[key] = sum;
}

function toBucket(row: unknown): Bucket {
  const { kind, of, ...rest } = BucketRow.parse(row);
  return { series: { kind, of }, ...rest };
}
