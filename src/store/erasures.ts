import { createHmac } from 'node:crypto';
import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Personal } from './personal.js';
import { journaled, maybe, type Present, present } from './rows.js';

const ErasureRow = z.object({
  /** A keyed hash of the lead's id. */
  _id: z.string(),
  at: z.date(),
  by: z.string(),
  /** `watched`: all is gone, and what was on its way to the lead just then is swept up behind it. */
  state: z.enum(['erasing', 'watched', 'done']),
  /** Ids of the lead; gone once nothing more of it can come. */
  leads: maybe(z.array(z.string())),
  /** When somebody looks at it who did not begin it. */
  lookAt: z.date(),
  /** Whether the address gets no mail for ever, be it in no list of suppressions before. */
  suppress: z.boolean(),
  finishedAt: maybe(z.date()),
  /** Rows that went, by collection. */
  erased: z.record(z.string(), z.number()),
  /** Rows that still had its address or an id of it when all were searched. */
  found: maybe(z.number()),
});
type ErasureDocument = Readonly<Present<z.output<typeof ErasureRow>>>;
/** An erasure: by a hash, when and how much, and nothing of whom. */
export type Erasure = Omit<ErasureDocument, '_id'> & { readonly id: string };

/** So long whoever begins an erasure has it to itself, before it is taken for one that a dead process left. */
const ownMs = 10 * 60_000;

export type Erasures = Awaited<ReturnType<typeof openErasures>>;

/** Leads that were erased, and are being: noted before anything goes, so that what one process begins another can finish. */
export async function openErasures(db: Db, pepper: Buffer) {
  const rows = db.collection<ErasureDocument>('erasures', journaled);
  await rows.createIndexes([
    // What is to be taken to its end.
    { key: { lookAt: 1 }, partialFilterExpression: { leads: { $exists: true } }, name: 'open' },
    // The list, newest first.
    { key: { at: -1 } },
  ]);
  const hash = (lead: string): string => createHmac('sha256', pepper).update(`erased\u0000${lead}`).digest('base64url');
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'that you were to be erased: a note without your name, which outlives it',
    erase: async () => 0,
    show: ({ leads }) => rows.find({ _id: { $in: leads.map(hash) } }).toArray(),
  };

  return {
    personal,
    /** Notes that a lead is to be erased; one that is noted already stays as it is. Answers the note. */
    begin: async (
      lead: string,
      { leads, at, by, suppress }: Pick<Erasure, 'at' | 'by' | 'suppress'> & { readonly leads: readonly string[] },
    ): Promise<Erasure> => {
      const lookAt = new Date(at.getTime() + ownMs);
      const note = { at, by, suppress, leads: [...leads], lookAt, state: 'erasing' as const, erased: {} };
      await rows.updateOne({ _id: hash(lead) }, { $setOnInsert: note }, { upsert: true });
      return toErasure(await rows.findOne({ _id: hash(lead) }));
    },
    /** Counts rows that went. */
    count: async (id: string, erased: Readonly<Record<string, number>>): Promise<void> => {
      const counts = Object.entries(erased).filter(([, count]) => count > 0);
      if (counts.length === 0) return;
      const inc = Object.fromEntries(counts.map(([name, count]) => [`erased.${name}`, count]));
      await rows.updateOne({ _id: id }, { $inc: inc });
    },
    /** All is gone. Until `lookAt` something may still come that was on its way. */
    watch: async (id: string, found: number, now: Date, lookAt: Date): Promise<void> => {
      const isFirst = { _id: id, state: 'erasing' as const };
      await rows.updateOne(isFirst, { $set: { state: 'watched', finishedAt: now, found, lookAt } });
    },
    /** Nothing more can come: the ids go too. */
    close: async (id: string): Promise<void> => {
      await rows.updateOne({ _id: id, state: 'watched' }, { $set: { state: 'done' }, $unset: { leads: 1 } });
    },
    /** What is to be looked at by now, by whoever comes round. */
    due: async (now: Date): Promise<readonly Erasure[]> =>
      (
        await rows
          .find({ leads: { $exists: true }, lookAt: { $lte: now } })
          .sort({ lookAt: 1 })
          .toArray()
      ).map(toErasure),
    of: async (lead: string): Promise<Erasure | undefined> => {
      const row = await rows.findOne({ _id: hash(lead) });
      return row ? toErasure(row) : undefined;
    },
    /** The latest, newest first. */
    latest: async (limit: number): Promise<readonly Erasure[]> =>
      (await rows.find().sort({ at: -1 }).limit(limit).toArray()).map(toErasure),
    countAll: (): Promise<number> => rows.countDocuments(),
  };
}

function toErasure(document: unknown): Erasure {
  const { _id: id, ...row } = present(ErasureRow.parse(document));
  return { id, ...row };
}
