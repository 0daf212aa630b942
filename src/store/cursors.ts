import type { Db } from 'mongodb';
import type { Impersonal } from './personal.js';
import { journaled } from './rows.js';

type CursorDocument = { readonly _id: string; readonly at: Date };

/** How far the things that go through time have come. */
export async function openCursors(db: Db) {
  const rows = db.collection<CursorDocument>('cursors', journaled);
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'how far things have come that go through time',
  };
  return {
    personal,
    /** Where a cursor stands; undefined the first time, which sets it to `now`: what was before nobody has missed. */
    start: async (name: string, now: Date): Promise<Date | undefined> => {
      const before = await rows.findOneAndUpdate(
        { _id: name },
        { $setOnInsert: { at: now } },
        { upsert: true, returnDocument: 'before' },
      );
      return before?.at;
    },
    /** Moves a cursor on, once all up to `at` is done; never back. */
    arrive: async (name: string, at: Date): Promise<void> => {
      await rows.updateOne({ _id: name }, { $max: { at } });
    },
  };
}
