import { createHmac } from 'node:crypto';
import type { Db } from 'mongodb';
import * as z from 'zod';
import { decideTry, forgetTriesMs, type Paced, pacings, type Tries } from '../access/throttle.js';
import { forgetting } from './forgetting.js';
import type { Impersonal } from './personal.js';
import { insertNew } from './rows.js';

const TriesRow = z.object({
  _id: z.string(),
  count: z.number(),
  lastAt: z.date(),
  nextAt: z.date(),
  forgetAt: z.date(),
});
type TriesDocument = Readonly<z.output<typeof TriesRow>>;

/** Whoever loses so often against others at the same row is one of a flood. */
const mostRounds = 10;
const floodWaitMs = 1000;

/** How long to wait until a try is looked at; 0: now, and it counts. */
export type Wait = number;

/**
 * Tries to sign in that came to nothing, of each account and each network, for all processes together. A row bears neither:
 * its id is a keyed hash. A try is counted before its password is looked at, by a write that is guarded by what was read, so
 * that of a thousand at one instant no more come through than one after the other. It waits for no disk: what a crash
 * forgets are a few tries.
 */
export async function openSignInAttempts(db: Db, pepper: Buffer) {
  const rows = db.collection<TriesDocument>('signInAttempts', { writeConcern: { w: 1, journal: false } });
  const clear = await forgetting(db, rows.collectionName);
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'how often somebody failed to sign in, under keyed hashes of accounts and networks',
  };
  const idOf = (what: Paced, of: string): string =>
    `${what}:${createHmac('sha256', pepper).update(`sign-in ${what} ${of}`).digest('base64url').slice(0, 32)}`;

  const count = async (_id: string, before: Tries | undefined, tries: Tries): Promise<boolean> => {
    const after = { ...tries, forgetAt: new Date(tries.lastAt.getTime() + forgetTriesMs) };
    if (!before) return (await insertNew({ db, name: rows.collectionName }, [{ _id, ...after }])) === 1;
    const same = { _id, count: before.count, nextAt: before.nextAt };
    return (await rows.updateOne(same, { $set: after })).matchedCount === 1;
  };

  const forgive = async (account: string): Promise<void> => {
    await rows.deleteOne({ _id: idOf('account', account) });
  };

  return {
    personal,
    /** Whether a try may be looked at now; it counts if so. */
    ask: async (what: Paced, of: string, now: Date): Promise<Wait> => {
      await clear(now);
      const id = idOf(what, of);
      for (let round = 0; round < mostRounds; round += 1) {
        const row = await rows.findOne({ _id: id });
        const before = row ? TriesRow.parse(row) : undefined;
        const decision = decideTry(before, now, pacings[what]);
        if (!decision.mayTry) return decision.waitMs;
        if (await count(id, before, decision.tries)) return 0;
      }
      return floodWaitMs;
    },
    /** An account begins anew. */
    forgive,
    /** It was the right password: the account begins anew, and its network gets back this one try. */
    succeeded: async (account: string, network: string, now: Date): Promise<void> => {
      await forgive(account);
      const tried = { _id: idOf('network', network), count: { $gt: 0 } };
      await rows.updateOne(tried, { $inc: { count: -1 }, $set: { nextAt: now } });
    },
  };
}
