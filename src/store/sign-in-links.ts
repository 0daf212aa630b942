import type { Db } from 'mongodb';
import * as z from 'zod';
import { forgetting } from './forgetting.js';
import type { Impersonal } from './personal.js';
import { journaled, maybe, present, type Present } from './rows.js';

const LinkRow = z.object({
  /** The SHA-256 of the token in the link. */
  _id: z.string(),
  /** Whose account it opens; missing in the link of the first start, which makes the first one. */
  user: maybe(z.string()),
  createdAt: z.date(),
  createdBy: z.string(),
  forgetAt: z.date(),
});
type LinkDocument = Present<z.output<typeof LinkRow>>;

/** A link that lets somebody choose a password, once. */
export type SignInLink = { readonly digest: string; readonly user?: string; readonly expiresAt: Date };
export type NewLink = SignInLink & { readonly createdAt: Date; readonly createdBy: string };

/** One-time links, by digests of what they carry. */
export async function openSignInLinks(db: Db) {
  const rows = db.collection<LinkDocument>('signInLinks', journaled);
  // Those of somebody who opened one, or is disabled, open nothing any more.
  await rows.createIndex({ user: 1 });
  const clear = await forgetting(db, rows.collectionName);
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'one-time links to accounts, hashed' };
  const inForce = (digest: string, now: Date) => ({ _id: digest, forgetAt: { $gt: now } });

  return {
    personal,
    add: async ({ digest, user, expiresAt, createdAt, createdBy }: NewLink): Promise<void> => {
      await clear(createdAt);
      const owner = user === undefined ? {} : { user };
      await rows.insertOne({ _id: digest, ...owner, createdAt, createdBy, forgetAt: expiresAt });
    },
    look: async (digest: string, now: Date): Promise<SignInLink | undefined> =>
      toLink(await rows.findOne(inForce(digest, now))),
    /** Takes a link out of the world; of two who open it at once, one gets it. */
    take: async (digest: string, now: Date): Promise<SignInLink | undefined> =>
      toLink(await rows.findOneAndDelete(inForce(digest, now))),
    dropOf: async (user: string): Promise<void> => {
      await rows.deleteMany({ user });
    },
  };
}

function toLink(document: unknown): SignInLink | undefined {
  if (document === null) return undefined;
  const { _id: digest, user, forgetAt: expiresAt } = LinkRow.parse(document);
  return present({ digest, user, expiresAt });
}
