import type { Db, Document, Filter } from 'mongodb';
import { journaled } from './rows.js';

/** A row that waits for its time, and is held by whoever claimed it until its lease is over. */
type Waiting = {
  readonly _id: string;
  readonly state: string;
  readonly nextAttemptAt: Date;
  readonly claim?: string;
  readonly claims?: number;
};

export type QueueSetting = {
  /** How long what is claimed is left to whoever claimed it. */
  readonly leaseMs: number;
  /** Whether it is counted how often a row was claimed. */
  readonly counts?: boolean;
};
export type Claiming = { readonly limit: number; readonly claim: string; readonly now: Date };

/** Claims on the rows of a collection that has an index "waiting", of those that wait, in the order of their times. */
export function openQueue(db: Db, name: string, { leaseMs, counts = false }: QueueSetting) {
  const rows = db.collection<Waiting>(name, journaled);
  const held = (ids: readonly string[], claim: string): Filter<Waiting> => {
    return { _id: { $in: [...ids] }, claim, state: 'waiting' };
  };
  return {
    /** Takes up to `limit` of those that may be tried now. `claim` is used once; it is the fence that later writes must show. */
    claim: async (whose: Document, { limit, claim, now }: Claiming): Promise<readonly unknown[]> => {
      const due = { ...whose, state: 'waiting', nextAttemptAt: { $lte: now } };
      const found = await rows
        .find(due, { hint: 'waiting' })
        .project<{ _id: string }>({ _id: 1 })
        .sort({ nextAttemptAt: 1 })
        .limit(limit)
        .toArray();
      if (found.length === 0) return [];
      const ids = found.map(({ _id }) => _id);
      const leaseUntil = new Date(now.getTime() + leaseMs);
      // The hint keeps the planner off the index that this very update changes.
      await rows.updateMany(
        { _id: { $in: ids }, ...due },
        { $set: { claim, nextAttemptAt: leaseUntil }, ...(counts ? { $inc: { claims: 1 } } : {}) },
        { hint: { _id: 1 } },
      );
      return rows.find(held(ids, claim)).toArray();
    },
    /** Gives back what was claimed and not tried, to be tried at `nextAttemptAt`. */
    giveBack: async (ids: readonly string[], claim: string, nextAttemptAt: Date): Promise<void> => {
      if (ids.length > 0) await rows.updateMany(held(ids, claim), { $set: { nextAttemptAt }, $unset: { claim: 1 } });
    },
  };
}
