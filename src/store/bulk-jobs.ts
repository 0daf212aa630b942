import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Personal } from './personal.js';
import { insertNew, journaled, maybe, type Present, present } from './rows.js';

const BulkRow = z.object({
  _id: z.string(),
  /** What is done, and to whom, as JSON; `leads`: to these and no others. */
  deed: z.string(),
  wanted: maybe(z.string()),
  leads: maybe(z.array(z.string())),
  by: z.string(),
  state: z.enum(['running', 'done', 'failed', 'stopped']),
  /** Whoever works on it; another one who takes it over writes its own here, and the first one stops. */
  run: z.string(),
  /** How many there were to be done when it began; missing where nobody counted. */
  total: maybe(z.number()),
  done: z.number(),
  changed: z.number(),
  /** Up to this lead, in the order of their ids. */
  after: maybe(z.string()),
  problem: maybe(z.string()),
  startedAt: z.date(),
  touchedAt: z.date(),
  finishedAt: maybe(z.date()),
});
type BulkDocument = Readonly<Present<z.output<typeof BulkRow>>>;
/** Something that is done to many leads, one after the other. */
export type BulkJob = ReturnType<typeof toJob>;
export type BulkProgress = Pick<BulkJob, 'done' | 'changed'> & { readonly after: string };

const keptDays = 30;

/** Deeds done to many leads, so that one that was cut short goes on where it stopped. */
export async function openBulkJobs(db: Db) {
  const rows = db.collection<BulkDocument>('bulkJobs', journaled);
  await rows.createIndexes([
    // The list of them, newest first; and those that are long over go by themselves.
    { key: { startedAt: -1 } },
    { key: { finishedAt: 1 }, expireAfterSeconds: keptDays * 86_400 },
    // What a dead process left.
    { key: { touchedAt: 1 }, partialFilterExpression: { state: 'running' }, name: 'running' },
  ]);

  /** Jobs that are over, done to all whom somebody found by an address. There are a few a day at most. */
  const lookingFor = async (addresses: readonly string[]): Promise<readonly BulkDocument[]> => {
    const over = await rows.find({ wanted: { $type: 'string' }, state: { $ne: 'running' } }).toArray();
    return over.filter(({ wanted = '' }) => addresses.some((one) => wanted.toLowerCase().includes(one)));
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'that you were among those whom something was done to',
    erase: async ({ leads, addresses }) => {
      const own = { leads: { $in: [...leads] } };
      const { modifiedCount } = await rows.updateMany(own, { $pull: { leads: { $in: [...leads] } } });
      const naming = (await lookingFor(addresses)).map(({ _id }) => _id);
      const forgotten = await rows.updateMany({ _id: { $in: naming } }, { $unset: { wanted: 1 } });
      return modifiedCount + forgotten.modifiedCount;
    },
    show: async ({ leads, addresses }) => {
      const own = await rows.find({ leads: { $in: [...leads] } }, { projection: { leads: 0 } }).toArray();
      return [...own, ...(await lookingFor(addresses))];
    },
  };

  return {
    personal,
    /** Notes what is to be done; a job of that id that is there already stays as it is. */
    begin: async (
      { id, ...about }: Pick<BulkJob, 'id' | 'deed' | 'wanted' | 'leads' | 'by' | 'run' | 'total'>,
      now: Date,
    ): Promise<void> => {
      const fresh = { state: 'running' as const, done: 0, changed: 0, startedAt: now, touchedAt: now };
      await insertNew({ db, name: rows.collectionName }, [present({ _id: id, ...about, ...fresh })]);
    },
    byId: async (id: string): Promise<BulkJob | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toJob(row) : undefined;
    },
    /** The latest ones, newest first. */
    latest: async (limit: number): Promise<readonly BulkJob[]> =>
      (await rows.find().sort({ startedAt: -1 }).limit(limit).toArray()).map(toJob),
    /** Notes how far it is; false when another one has taken it over, or somebody stopped it. */
    note: async ({ id, run }: Pick<BulkJob, 'id' | 'run'>, progress: BulkProgress, now: Date): Promise<boolean> => {
      const own = { _id: id, run, state: 'running' as const };
      return (await rows.updateOne(own, { $set: { ...progress, touchedAt: now } })).matchedCount === 1;
    },
    /** It is over: done, or with the reason why not. */
    end: async ({ id, run }: Pick<BulkJob, 'id' | 'run'>, problem: string | undefined, now: Date): Promise<void> => {
      const state = problem === undefined ? ('done' as const) : ('failed' as const);
      const over = present({ state, problem, touchedAt: now, finishedAt: now });
      await rows.updateOne({ _id: id, run, state: 'running' }, { $set: over });
    },
    /** Stops one that is under way; what is done stays done. False when it is over. */
    stop: async (id: string, now: Date): Promise<boolean> => {
      const stopped = { state: 'stopped' as const, touchedAt: now, finishedAt: now };
      return (await rows.updateOne({ _id: id, state: 'running' }, { $set: stopped })).matchedCount === 1;
    },
    /** Takes one over from whoever worked on it last at `touchedAt`; undefined when somebody else was faster. */
    takeOver: async ({ id, touchedAt }: BulkJob, run: string, now: Date): Promise<BulkJob | undefined> => {
      const row = await rows.findOneAndUpdate(
        { _id: id, touchedAt, state: 'running' },
        { $set: { run, touchedAt: now } },
        { returnDocument: 'after' },
      );
      return row ? toJob(row) : undefined;
    },
    /** Those that nobody has touched since `before`: whoever worked on them is dead. */
    leftBehind: async (before: Date): Promise<readonly BulkJob[]> =>
      (
        await rows
          .find({ state: 'running', touchedAt: { $lte: before } })
          .limit(100)
          .toArray()
      ).map(toJob),
  };
}

function toJob(document: unknown) {
  const { _id: id, ...row } = BulkRow.parse(document);
  return { id, ...present(row) };
}
