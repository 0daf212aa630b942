import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Counted, Deltas, Sums } from '../report/tally.js';
import { addTo, deltasIn } from '../report/tally.js';
import type { Personal } from './personal.js';
import type { openReportBuckets } from './report-buckets.js';
import { inOneBatch, insertNew, journaled, maybe, present } from './rows.js';

const Counts = z.record(z.string(), z.string());
const LeadRow = z.object({ _id: z.string(), zone: z.string(), told: z.number(), counted: Counts });
type LeadDocument = {
  readonly _id: string;
  /** The zone in whose days it is counted. */
  readonly zone: string;
  /** How many events were known of it then. */
  readonly told: number;
  readonly counted: Counted;
  /** The round that wrote it. */
  readonly number: number;
};

const Pending = z.object({
  leads: z.array(LeadRow),
  deltas: z.array(z.object({ id: z.string(), n: z.array(z.tuple([z.string(), z.number()])) })),
});
const StandingRow = z.object({
  number: z.number(),
  zone: maybe(z.string()),
  definitions: maybe(z.number()),
  seen: maybe(z.date()),
  walked: maybe(z.string()),
  due: z.array(z.string()),
  pending: maybe(Pending),
});
type StandingDocument = { readonly _id: string } & z.input<typeof StandingRow>;

/** How far counting has come. */
export type Standing = {
  /** Rounds made so far. */
  readonly number: number;
  /** The zone in whose days is counted; undefined as long as nothing was. */
  readonly zone?: string;
  /** The version of what is counted. */
  readonly definitions?: number;
  /** What was known until then is counted. */
  readonly seen?: Date;
  /** Where all leads are being gone through once, the last one that was. */
  readonly walked?: string;
  /** Leads that are to be counted again, whatever became known of them. */
  readonly due: readonly string[];
};

/** What a lead counts for, in days of a zone. `told`: how many events were known of it then. */
export type Kept = { readonly zone: string; readonly told: number; readonly counted: Counted };

/** What a round changes: what leads count for, and how far counting has come. `null` ends the walk. */
export type Round = {
  readonly leads: ReadonlyMap<string, Kept>;
  readonly next?: Partial<Pick<Standing, 'zone' | 'definitions' | 'seen'>> & { readonly walked?: string | null };
  /** Leads that were due and are counted now. */
  readonly done?: readonly string[];
  /** By how much buckets are to be put right; such a round has no leads. */
  readonly mended?: Deltas;
};

/** Counts in one round: it is one document until it is done, and MongoDB takes 16 MB. */
export const mostCounts = 100_000;

/**
 * Counts in rounds, one after the other, whoever makes them. A round is written down whole before anything of it is done;
 * every write of it names its number, so that a process may die at any of them and another one makes the rest, and both
 * may make it at once. Whoever prepared a round on what stood before another one finds the number taken, and looks again.
 */
export async function openReportRounds(db: Db, buckets: Awaited<ReturnType<typeof openReportBuckets>>) {
  const leads = db.collection<LeadDocument>('reportLeads', journaled);
  const states = db.collection<StandingDocument>('reportRounds', journaled);
  await insertNew({ db, name: states.collectionName }, [{ _id: 'reports', number: 0, due: [] }]);

  const make = async (number: number, { leads: own, deltas }: z.output<typeof Pending>): Promise<void> => {
    await buckets.change(new Map(deltas.map(({ id, n }) => [id, new Map(n)])), number);
    const writes = own.map(({ _id, ...kept }) => {
      return { updateOne: { filter: { _id, number: { $lt: number } }, update: { $set: { ...kept, number } } } };
    });
    if (writes.length > 0) await leads.bulkWrite(writes, { ordered: false });
    const emptied = own.filter(({ counted }) => Object.keys(counted).length === 0).map(({ _id }) => _id);
    // Made, not remade: a process that wakes up late must not bring back a lead that was erased meanwhile.
    if (emptied.length > 0) await leads.deleteMany({ _id: { $in: emptied }, number, counted: {} });
    await states.updateOne({ _id: 'reports', number }, { $unset: { pending: 1 } });
  };

  /** How far counting has come, once what a dead process left is done. */
  const standing = async (): Promise<Standing> => {
    const row = StandingRow.parse(await states.findOne({ _id: 'reports' }));
    if (row.pending) await make(row.number, row.pending);
    const { pending: _, ...rest } = row;
    return present(rest);
  };

  const keptOf = async (ids: readonly string[]): Promise<ReadonlyMap<string, Kept>> => {
    const found = await leads.find({ _id: { $in: [...ids] } }, inOneBatch).toArray();
    return new Map(found.map((row) => LeadRow.parse(row)).map(({ _id, ...kept }) => [_id, kept]));
  };

  /** Makes the round after `number`; false when somebody else made that one. */
  const propose = async (number: number, { leads: changes, next = {}, done = [], mended }: Round): Promise<boolean> => {
    const before = await keptOf([...changes.keys()]);
    const deltas = mended ?? deltasOf(changes, before);
    const pending = {
      leads: [...changes].map(([_id, kept]) => ({ _id, ...kept })),
      deltas: [...deltas].map(([id, n]) => ({ id, n: [...n] })),
    };
    // Rows are there before the round is: what it writes it then only changes.
    const fresh = [...changes].filter(([id, { counted }]) => !before.has(id) && Object.keys(counted).length > 0);
    const empty = { zone: '', told: 0, counted: {}, number: 0 };
    await insertNew(
      { db, name: leads.collectionName },
      fresh.map(([_id]) => ({ _id, ...empty })),
    );
    // Of two who count at the same time, the slower one must not put back how far they have come.
    const { walked, seen, ...rest } = next;
    const { modifiedCount } = await states.updateOne(
      { _id: 'reports', number, pending: { $exists: false } },
      {
        $set: { number: number + 1, pending, ...rest, ...(walked ? { walked } : {}) },
        ...(seen ? { $max: { seen } } : {}),
        ...(walked === null ? { $unset: { walked: 1 } } : {}),
        ...(done.length > 0 ? { $pull: { due: { $in: [...done] } } } : {}),
      },
    );
    if (modifiedCount === 0) return false;
    await make(number + 1, pending);
    return true;
  };

  /** Takes back all that leads count for. */
  const forget = async (ids: readonly string[]): Promise<number> => {
    for (;;) {
      const { number } = await standing();
      const kept = await keptOf(ids);
      if (kept.size === 0) return 0;
      const none = new Map([...kept].map(([id, { zone }]) => [id, { zone, told: 0, counted: {} }]));
      if (await propose(number, { leads: none, done: ids })) return kept.size;
    }
  };

  const personal: Personal = {
    collection: leads.collectionName,
    holds: 'what you count for in reports, without your name',
    goes: 'lead',
    erase: ({ leads: ids }) => forget(ids),
    show: ({ leads: ids }) => leads.find({ _id: { $in: [...ids] } }).toArray(),
    move: async (from, to) => {
      // What moved was received long ago: nothing else would tell that the other lead counts for more now.
      await states.updateOne({ _id: 'reports' }, { $addToSet: { due: to } });
      await forget([from]);
    },
  };

  const waiting: Personal = {
    collection: states.collectionName,
    holds: 'that you are to be counted again, by an id',
    goes: 'lead',
    erase: async ({ leads: ids }) => {
      // What a round has of them is done with the round.
      await standing();
      const isDue = { _id: 'reports', due: { $in: [...ids] } };
      return (await states.updateOne(isDue, { $pull: { due: { $in: [...ids] } } })).modifiedCount;
    },
    show: async () => [],
  };

  return {
    personal: [personal, waiting],
    standing,
    keptOf,
    propose,
    forget,
    /** How many events were known of leads when they were counted. */
    toldOf: async (ids: readonly string[]): Promise<ReadonlyMap<string, number>> => {
      const found = await leads
        .find({ _id: { $in: [...ids] } }, inOneBatch)
        .project<{ _id: string; told: number }>({ told: 1 })
        .toArray();
      return new Map(found.map(({ _id, told }) => [_id, told]));
    },
    /** Has leads counted again, whatever became known of them. */
    markDue: async (ids: readonly string[]): Promise<void> => {
      await states.updateOne({ _id: 'reports' }, { $addToSet: { due: { $each: [...ids] } } });
    },
    /** What every lead counts for, one after the other. */
    all: async function* (): AsyncGenerator<Kept & { readonly lead: string }> {
      for await (const row of leads.find()) {
        const { _id: lead, ...kept } = LeadRow.parse(row);
        yield { lead, ...kept };
      }
    },
    /** Leads that count for something, after one of them, in the order of their ids. */
    after: async (id: string, limit: number): Promise<readonly string[]> => {
      const found = await leads
        .find({ _id: { $gt: id } })
        .sort({ _id: 1 })
        .limit(limit)
        .project<{ _id: string }>({ _id: 1 })
        .toArray();
      return found.map(({ _id }) => _id);
    },
  };
}

/** By how much buckets change when leads count for something else than before. */
function deltasOf(changes: ReadonlyMap<string, Kept>, before: ReadonlyMap<string, Kept>): Deltas {
  const sums: Sums = new Map();
  for (const [id, { counted, zone }] of changes) {
    const was = before.get(id);
    if (was) addTo(sums, was.counted, was.zone, -1);
    addTo(sums, counted, zone);
  }
  return deltasIn(sums);
}
