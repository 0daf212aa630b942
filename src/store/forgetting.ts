import type { Db } from 'mongodb';

/** Between two looks for what may be forgotten. */
const clearEveryMs = 600_000;

/**
 * Clears a collection of rows whose `forgetAt` is over, now and then, by whoever writes to it. Not a TTL index of MongoDB: that
 * one goes by its own clock and not by ours, and would sign everybody out of a demo whose time stands still.
 */
export async function forgetting(db: Db, collection: string): Promise<(now: Date) => Promise<void>> {
  const rows = db.collection<{ readonly forgetAt: Date }>(collection, { writeConcern: { w: 1, journal: false } });
  await rows.createIndex({ forgetAt: 1 });
  let clearAt = 0;
  return async (now) => {
    if (now.getTime() < clearAt) return;
    clearAt = now.getTime() + clearEveryMs;
    await rows.deleteMany({ forgetAt: { $lte: now } });
  };
}
