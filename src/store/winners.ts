import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { insertNew, journaled } from './rows.js';

const WinnerRow = z.object({ _id: z.string(), way: z.string(), sequence: z.string(), step: z.string(), at: z.date() });
type WinnerDocument = Readonly<z.output<typeof WinnerRow>>;

/**
 * Which way of a split has won. Decided once: the first to write it is right, whatever another process counted. Known
 * without asking the database, as every decision at a split looks; `refresh` learns what other processes decided.
 */
export async function openWinners(db: Db) {
  const rows = db.collection<WinnerDocument>('winners', journaled);
  let known: ReadonlyMap<string, string> = new Map();
  const refresh = async (): Promise<void> => {
    const found = (await rows.find().toArray()).map((row) => WinnerRow.parse(row));
    known = new Map(found.map(({ _id, way }) => [_id, way]));
  };
  await refresh();
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'which way of a split has won' };
  return {
    personal,
    /** The winners by the keys of their splits. */
    known: () => known,
    refresh,
    /** Writes a winner; false when there was one. */
    decide: async (key: string, winner: Omit<WinnerDocument, '_id'>): Promise<boolean> => {
      const isNew = (await insertNew({ db, name: rows.collectionName }, [{ _id: key, ...winner }])) === 1;
      await refresh();
      return isNew;
    },
  };
}
