import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { journaled } from './rows.js';

const ProgressRow = z.object({ _id: z.string(), uidValidity: z.string(), uid: z.number() });

/** How far mailboxes elsewhere have been read. */
export function openMailboxProgress(db: Db) {
  const rows = db.collection<z.output<typeof ProgressRow>>('mailboxProgress', journaled);
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'how far mailboxes have been read' };
  return {
    personal,
    /** The last UID that was read; 0 of a mailbox that is new, or was made anew (RFC 9051 §2.3.1.1). */
    of: async (mailbox: string, uidValidity: string): Promise<number> => {
      const row = await rows.findOne({ _id: mailbox, uidValidity });
      return row ? ProgressRow.parse(row).uid : 0;
    },
    /** All up to this UID is read. Of two processes on one mailbox the slower does not take it back. */
    arrive: async (mailbox: string, uidValidity: string, uid: number): Promise<void> => {
      await rows.updateOne({ _id: mailbox, uidValidity: { $ne: uidValidity } }, { $set: { uidValidity, uid: 0 } });
      await rows.updateOne({ _id: mailbox }, { $max: { uid }, $setOnInsert: { uidValidity } }, { upsert: true });
    },
  };
}
