import type { Db } from 'mongodb';
import * as z from 'zod';
import { type Right, rights } from '../access/rights.js';
import { digestOf, isSameSecret, shownPart } from '../access/secret.js';
import { isWorthNoting } from '../access/session.js';
import { idFrom } from '../event/id.js';
import type { Impersonal } from './personal.js';
import { journaled, maybe, present, type Present } from './rows.js';

const KeyRow = z.object({
  /** Made of the digest: who shows the key finds its row, and who reads the id finds nothing. */
  _id: z.string(),
  digest: z.string(),
  name: z.string(),
  shown: z.string(),
  rights: z.array(z.enum(rights)).readonly(),
  createdAt: z.date(),
  createdBy: z.string(),
  expiresAt: maybe(z.date()),
  usedAt: maybe(z.date()),
  revokedAt: maybe(z.date()),
});
type KeyDocument = Present<z.output<typeof KeyRow>>;

/** A key of a program. The key itself is known to nobody but to who was shown it once. */
export type ApiKey = {
  readonly id: string;
  readonly name: string;
  /** Its first characters. */
  readonly shown: string;
  readonly rights: readonly Right[];
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt?: Date;
  readonly usedAt?: Date;
  readonly revokedAt?: Date;
};
export type NewKey = Pick<ApiKey, 'name' | 'rights' | 'createdAt' | 'createdBy' | 'expiresAt'>;

/** Keys by which programs use the API; kept as SHA-256, which is enough for 256 random bits. */
export async function openApiKeys(db: Db) {
  const rows = db.collection<KeyDocument>('apiKeys', journaled);
  // The list of all, newest first.
  await rows.createIndex({ createdAt: -1, _id: -1 });
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'keys of programs, hashed' };
  const idOf = (digest: string): string => idFrom('api-key', digest);

  return {
    personal,
    add: async (key: string, rest: NewKey): Promise<ApiKey> => {
      const digest = digestOf(key);
      const document = { _id: idOf(digest), digest, shown: shownPart(key), ...rest };
      await rows.insertOne(document);
      return toKey(document);
    },
    /** Whose key this is, used now; undefined when it is unknown, revoked or over: nobody learns which. */
    use: async (key: string, now: Date): Promise<ApiKey | undefined> => {
      const digest = digestOf(key);
      const row = await rows.findOne({ _id: idOf(digest) });
      if (!row || !isSameSecret(digest, row.digest)) return undefined;
      const known = toKey(row);
      const isOver = known.revokedAt !== undefined || (known.expiresAt !== undefined && known.expiresAt <= now);
      if (isOver) return undefined;
      if (isWorthNoting(known.usedAt, now)) await rows.updateOne({ _id: known.id }, { $max: { usedAt: now } });
      return known;
    },
    byId: async (id: string): Promise<ApiKey | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toKey(row) : undefined;
    },
    /** All, newest first, those that open nothing any more among them: they are a handful. */
    all: async (): Promise<readonly ApiKey[]> =>
      (await rows.find().sort({ createdAt: -1, _id: -1 }).toArray()).map(toKey),
    /** False when there is no such key, or it was revoked before. */
    revoke: async (id: string, at: Date): Promise<boolean> =>
      (await rows.updateOne({ _id: id, revokedAt: { $exists: false } }, { $set: { revokedAt: at } })).matchedCount ===
      1,
  };
}

function toKey(document: unknown): ApiKey {
  const { _id: id, digest: _, ...rest } = present(KeyRow.parse(document));
  return { id, ...rest };
}
