import { createHmac } from 'node:crypto';
import type { Db } from 'mongodb';
import * as z from 'zod';
import { type Suppression, suppressions } from '../journey/facts.js';
import { journaled } from './rows.js';

const SuppressionRow = z.object({ _id: z.string(), reason: z.enum(suppressions), at: z.date() });
type SuppressionDocument = z.output<typeof SuppressionRow>;

/** Addresses that are never mailed again, as a keyed hash: it outlives the lead, and tells nobody the address. */
export async function openSuppressions(db: Db, pepper: Buffer) {
  const rows = db.collection<SuppressionDocument>('suppressions', journaled);
  const hash = (emailKey: string): string => createHmac('sha256', pepper).update(emailKey).digest('base64url');

  return {
    /** The weightiest reason stays, whichever came first. */
    add: async (emailKey: string, reason: Suppression, at: Date): Promise<void> => {
      await rows.updateOne({ _id: hash(emailKey) }, { $setOnInsert: { reason, at } }, { upsert: true });
      const lighter = suppressions.slice(0, suppressions.indexOf(reason));
      await rows.updateOne({ _id: hash(emailKey), reason: { $in: lighter } }, { $set: { reason } });
    },
    /** Lifts an unsubscribe that the person takes back; nothing lifts a complaint or a dead mailbox here. */
    liftUnsubscribe: async (emailKey: string): Promise<boolean> =>
      (await rows.deleteOne({ _id: hash(emailKey), reason: 'unsubscribed' })).deletedCount === 1,
    of: async (emailKey: string): Promise<Suppression | undefined> => {
      const row = await rows.findOne({ _id: hash(emailKey) });
      return row ? SuppressionRow.parse(row).reason : undefined;
    },
    ofMany: async (emailKeys: readonly string[]): Promise<ReadonlyMap<string, Suppression>> => {
      const keyOf = new Map(emailKeys.map((key) => [hash(key), key]));
      const found = await rows.find({ _id: { $in: [...keyOf.keys()] } }).toArray();
      return new Map(
        found.map((row) => SuppressionRow.parse(row)).map(({ _id, reason }) => [keyOf.get(_id) ?? '', reason]),
      );
    },
    count: (): Promise<number> => rows.countDocuments(),
  };
}
