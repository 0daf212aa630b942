import type { Db } from 'mongodb';
import * as z from 'zod';
import { isWorthNoting, sessionEndsAt } from '../access/session.js';
import type { Impersonal } from './personal.js';
import { journaled } from './rows.js';
import { forgetting } from './forgetting.js';

const SessionRow = z.object({
  /** The SHA-256 of the token that the browser holds. */
  _id: z.string(),
  user: z.string(),
  startedAt: z.date(),
  usedAt: z.date(),
  /** When it ends by itself, unless it is used meanwhile. */
  forgetAt: z.date(),
});
type SessionDocument = Readonly<z.output<typeof SessionRow>>;

/** Somebody who is signed in, in one browser. */
export type Session = { readonly digest: string; readonly user: string; readonly endsAt: Date };

/** Who is signed in where. Only digests of the tokens are kept: whoever reads this collection is signed in nowhere by it. */
export async function openSessions(db: Db) {
  const rows = db.collection<SessionDocument>('sessions', journaled);
  // All sessions of somebody who is disabled or has a new password end at once.
  await rows.createIndex({ user: 1 });
  const clear = await forgetting(db, rows.collectionName);
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'which accounts are signed in' };

  const known = async (digest: string, now: Date) => {
    const row = await rows.findOne({ _id: digest });
    const session = row ? SessionRow.parse(row) : undefined;
    return session && session.forgetAt > now ? session : undefined;
  };

  return {
    personal,
    start: async (digest: string, user: string, now: Date): Promise<Session> => {
      await clear(now);
      const lifetime = { startedAt: now, usedAt: now };
      const forgetAt = sessionEndsAt(lifetime);
      await rows.insertOne({ _id: digest, user, ...lifetime, forgetAt });
      return { digest, user, endsAt: forgetAt };
    },
    /** The session of a token, which is used now; undefined when it is over, or never was. */
    use: async (digest: string, now: Date): Promise<Session | undefined> => {
      const session = await known(digest, now);
      if (!session) return undefined;
      const { user, startedAt, usedAt, forgetAt } = session;
      if (!isWorthNoting(usedAt, now)) return { digest, user, endsAt: forgetAt };
      const endsAt = sessionEndsAt({ startedAt, usedAt: now });
      await rows.updateOne({ _id: digest }, { $max: { usedAt: now, forgetAt: endsAt } });
      return { digest, user, endsAt };
    },
    /** The same, which is not used by that: whoever only looks on is idle. */
    look: async (digest: string, now: Date): Promise<Session | undefined> => {
      const session = await known(digest, now);
      return session && { digest, user: session.user, endsAt: session.forgetAt };
    },
    end: async (digest: string): Promise<void> => {
      await rows.deleteOne({ _id: digest });
    },
    /** Ends all sessions of somebody, but for one that is to stay. */
    endAll: async (user: string, except?: string): Promise<void> => {
      await rows.deleteMany({ user, ...(except === undefined ? {} : { _id: { $ne: except } }) });
    },
  };
}
