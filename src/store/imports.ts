import { Binary, type Db } from 'mongodb';
import * as z from 'zod';
import { spellingsOf } from '../message/spellings.js';
import type { Personal } from './personal.js';
import { insertNew, journaled, maybe, type Present, present } from './rows.js';

const Counts = z.object({
  created: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  broken: z.number(),
});
/** What became of the rows of a file so far. */
export type ImportCounts = z.output<typeof Counts>;
export const noRows: ImportCounts = { created: 0, changed: 0, unchanged: 0, broken: 0 };

const ImportRow = z.object({
  _id: z.string(),
  /** What a file and all that is said of it share when it is imported once more. */
  key: z.string(),
  /** Its name, and how long it is. */
  file: z.string(),
  size: z.number(),
  state: z.enum(['running', 'done', 'failed']),
  /** Whoever works on it; another one who takes it over writes its own here, and the first one stops. */
  run: z.string(),
  /** Rows that are done, and of the next ones how many rounds; both once `plan` is carried out. */
  rows: z.number(),
  rounds: z.number(),
  counts: Counts,
  /** How much of the file has been read, 0 to 1. */
  share: z.number(),
  /** What is being written just now, as JSON; whoever finds it here later carries it out once more. */
  plan: maybe(z.string()),
  /** Where a file lies that came over HTTP, and what was said of it, as JSON. */
  kept: maybe(z.string()),
  settings: maybe(z.string()),
  /** Why it cannot go on. */
  problem: maybe(z.string()),
  startedAt: z.date(),
  touchedAt: z.date(),
  finishedAt: maybe(z.date()),
});
type ImportDocument = Readonly<Present<z.output<typeof ImportRow>>>;
/** An import of a file, under way or over. */
export type Import = ReturnType<typeof toImport>;
export type ImportProgress = Pick<Import, 'rows' | 'rounds' | 'counts' | 'share'>;

const BrokenRow = z.object({
  _id: z.string(),
  import: z.string(),
  line: z.number(),
  reason: z.string(),
  text: z.instanceof(Binary),
});
type BrokenDocument = Readonly<z.output<typeof BrokenRow>> & { readonly at: Date };
/** A row that could not be read, as it stands in its file: a character for each byte. */
export type KeptBroken = { readonly line: number; readonly reason: string; readonly text: string };

const dayMs = 86_400_000;
const brokenKeptDays = 7;

/** Files that are or were imported, so that one that was cut short goes on where it stopped, and none comes in twice. */
export async function openImports(db: Db) {
  const rows = db.collection<ImportDocument>('imports', journaled);
  const broken = db.collection<BrokenDocument>('importBroken', journaled);
  await rows.createIndexes([
    // Was this file imported before? And the list of them, newest first.
    { key: { key: 1, startedAt: -1 } },
    { key: { startedAt: -1 } },
    // What a dead process left.
    { key: { touchedAt: 1 }, partialFilterExpression: { state: 'running' }, name: 'running' },
  ]);
  await broken.createIndexes([
    // The broken rows of one import, in their order.
    { key: { import: 1, line: 1 } },
    { key: { at: 1 }, expireAfterSeconds: (brokenKeptDays * dayMs) / 1000 },
  ]);

  const namingIn = (addresses: readonly string[]): ((text: string) => boolean) => {
    const spelled = addresses.flatMap(spellingsOf);
    return (text) => spelled.some((one) => text.toLowerCase().includes(one));
  };
  const brokenOf = async (addresses: readonly string[]): Promise<readonly string[]> => {
    const isNamed = namingIn(addresses);
    const named: string[] = [];
    for await (const row of broken.find())
      if (isNamed(Buffer.from(row.text.buffer).toString('utf8'))) named.push(row._id);
    return named;
  };
  const personal: readonly Personal[] = [
    {
      collection: rows.collectionName,
      holds: 'what of a list with you in it was being written',
      erase: async ({ addresses }) => {
        const isNamed = namingIn(addresses);
        let count = 0;
        for await (const { _id, plan } of rows.find({ plan: { $type: 'string' } })) {
          if (!plan || !isNamed(plan)) continue;
          // What was written of it stands in the other collections, and is erased there.
          const { modifiedCount } = await rows.updateOne(
            { _id, plan },
            { $set: { plan: withoutNamed(plan, isNamed) } },
          );
          count += modifiedCount;
        }
        return count;
      },
      show: async () => [],
    },
    {
      collection: broken.collectionName,
      holds: 'rows of lists with you in them that could not be read',
      erase: async ({ addresses }) => {
        const named = await brokenOf(addresses);
        return (await broken.deleteMany({ _id: { $in: [...named] } })).deletedCount;
      },
      show: async ({ addresses }) => broken.find({ _id: { $in: [...(await brokenOf(addresses))] } }).toArray(),
    },
  ];

  return {
    personal,
    /** The last import of a file by its key. */
    last: async (key: string): Promise<Import | undefined> => {
      const row = await rows.find({ key }).sort({ startedAt: -1 }).limit(1).next();
      return row ? toImport(row) : undefined;
    },
    byId: async (id: string): Promise<Import | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toImport(row) : undefined;
    },
    /** The latest ones, newest first. */
    latest: async (limit: number): Promise<readonly Import[]> =>
      (await rows.find().sort({ startedAt: -1 }).limit(limit).toArray()).map(toImport),
    begin: async (
      { id, ...about }: Pick<Import, 'id' | 'key' | 'file' | 'size' | 'run' | 'kept' | 'settings'>,
      now: Date,
    ): Promise<void> => {
      const fresh = { state: 'running' as const, rows: 0, rounds: 0, counts: noRows, share: 0 };
      await rows.insertOne(present({ _id: id, ...about, ...fresh, startedAt: now, touchedAt: now }));
    },
    /** Takes one over from whoever worked on it. */
    takeOver: async (id: string, run: string, now: Date): Promise<Import | undefined> => {
      const row = await rows.findOneAndUpdate(
        { _id: id },
        { $set: { run, state: 'running', touchedAt: now }, $unset: { problem: 1 } },
        { returnDocument: 'after' },
      );
      return row ? toImport(row) : undefined;
    },
    /** Notes how far it will be once `plan` is carried out; false when another one has taken it over. */
    note: async (
      { id, run }: Pick<Import, 'id' | 'run'>,
      { plan, ...progress }: ImportProgress & { readonly plan?: string },
      now: Date,
    ): Promise<boolean> => {
      const set = { ...progress, touchedAt: now, ...(plan === undefined ? {} : { plan }) };
      const { matchedCount } = await rows.updateOne(
        { _id: id, run },
        plan === undefined ? { $set: set, $unset: { plan: 1 } } : { $set: set },
      );
      return matchedCount === 1;
    },
    /** It is over: done, or with the reason why not. */
    end: async ({ id, run }: Pick<Import, 'id' | 'run'>, problem: string | undefined, now: Date): Promise<void> => {
      const over = { state: problem === undefined ? ('done' as const) : ('failed' as const), touchedAt: now };
      await rows.updateOne(
        { _id: id, run },
        {
          $set: { ...over, ...(problem === undefined ? { finishedAt: now, share: 1 } : { problem }) },
          ...(problem === undefined ? { $unset: { plan: 1, kept: 1 } } : {}),
        },
      );
    },
    /** It cannot go on, whoever works on it. */
    fail: async (id: string, problem: string, now: Date): Promise<void> => {
      await rows.updateOne({ _id: id, state: 'running' }, { $set: { state: 'failed', problem, touchedAt: now } });
    },
    /** Those with something to be done that nobody has touched since `before`: whoever worked on them is dead. */
    leftBehind: async (before: Date): Promise<readonly Import[]> => {
      const hasMore = { $or: [{ plan: { $type: 'string' as const } }, { kept: { $type: 'string' as const } }] };
      const left = rows.find({ state: 'running', touchedAt: { $lte: before }, ...hasMore });
      return (await left.limit(100).toArray()).map(toImport);
    },

    keepBroken: async (id: string, kept: readonly KeptBroken[], now: Date): Promise<void> => {
      const documents = kept.map(({ line, reason, text }) => ({
        _id: `${id} ${line}`,
        import: id,
        line,
        reason,
        text: new Binary(Buffer.from(text, 'latin1')),
        at: now,
      }));
      await insertNew({ db, name: broken.collectionName }, documents);
    },
    brokenOf: async function* (id: string): AsyncGenerator<KeptBroken> {
      for await (const row of broken.find({ import: id }).sort({ line: 1 })) {
        const { line, reason, text } = BrokenRow.parse(row);
        yield { line, reason, text: Buffer.from(text.buffer).toString('latin1') };
      }
    },
  };
}

const PlanLists = z.looseObject({ fresh: z.array(z.unknown()), retold: z.array(z.unknown()) });

/** A plan without what it says of somebody. */
function withoutNamed(plan: string, isNamed: (text: string) => boolean): string {
  const { fresh, retold, ...rest } = PlanLists.parse(JSON.parse(plan));
  const others = (list: readonly unknown[]): readonly unknown[] => list.filter((one) => !isNamed(JSON.stringify(one)));
  return JSON.stringify({ ...rest, fresh: others(fresh), retold: others(retold) });
}

function toImport(document: unknown) {
  const { _id: id, ...row } = ImportRow.parse(document);
  return { id, ...present(row) };
}
