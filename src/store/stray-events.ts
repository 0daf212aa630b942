import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { insertMissing, journaled } from './rows.js';

/** Something a provider told that is about no lead of ours, or that nobody here knows: without an address, to be counted and looked at. */
export type StrayEvent = {
  readonly id: string;
  /** In Rivulet's words; `ignored` is what has none. */
  readonly type: string;
  /** In the provider's own. */
  readonly word?: string;
  readonly source: string;
};

const Tally = z.object({
  _id: z.object({ source: z.string(), type: z.string(), word: z.string().nullish() }),
  count: z.number(),
  lastAt: z.date(),
});
export type StrayTally = Omit<StrayEvent, 'id'> & { readonly count: number; readonly lastAt: Date };

/** Days that they are kept: nobody looks for longer why something was not understood, and some providers tell one for each mail. */
const keptDays = 30;
const dayMs = 86_400_000;
const longestWord = 100;

export async function openStrayEvents(db: Db) {
  const rows = db.collection<Omit<StrayEvent, 'id'> & { readonly _id: string; readonly receivedAt: Date }>(
    'strayEvents',
    journaled,
  );
  // What is too old.
  await rows.createIndex({ receivedAt: 1 });
  let clearedAt = 0;

  /** Not a TTL index of MongoDB: that one goes by its own clock, and not by ours. */
  const clear = async (now: Date): Promise<void> => {
    if (now.getTime() - clearedAt < dayMs) return;
    clearedAt = now.getTime();
    await rows.deleteMany({ receivedAt: { $lt: new Date(clearedAt - keptDays * dayMs) } });
  };

  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'events about nobody here, without an address',
  };
  return {
    personal,
    /** Keeps them in one write; what is there already stays as it is. */
    keep: async (strays: readonly StrayEvent[], now: Date): Promise<void> => {
      const documents = strays.map(({ id, type, word, source }) => ({
        _id: id,
        type,
        ...(word ? { word: word.slice(0, longestWord) } : {}),
        source,
        receivedAt: now,
      }));
      await insertMissing({ db, name: rows.collectionName }, documents);
      await clear(now);
    },
    /** How many of each kind there were, the most frequent first. */
    tally: async (): Promise<readonly StrayTally[]> => {
      const found = await rows
        .aggregate([
          {
            $group: {
              _id: { source: '$source', type: '$type', word: '$word' },
              count: { $sum: 1 },
              lastAt: { $max: '$receivedAt' },
            },
          },
          { $sort: { count: -1 } },
          { $limit: 500 },
        ])
        .toArray();
      return found.map((row) => {
        const { _id, count, lastAt } = Tally.parse(row);
        const { source, type, word } = _id;
        return { source, type, ...(word ? { word } : {}), count, lastAt };
      });
    },
  };
}
