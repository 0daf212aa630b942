import type { Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import type { Click } from '../message/visit-ticket.js';
import type { Personal } from './personal.js';
import { insertNew, journaled, maybe, type Present, present } from './rows.js';

const TicketRow = z.object({
  _id: z.string(),
  /** Of the first browser that showed it. */
  visitor: z.string(),
  message: z.string(),
  link: z.number(),
  /** When the link was clicked. */
  at: z.date(),
  /** When it may be known whether a person clicked; missing once it was decided. */
  dueAt: maybe(z.date()),
});
type TicketDocument = Readonly<Present<z.output<typeof TicketRow>>>;

/** A page that was opened by a click in a mail and says so; who clicked is known a little later. */
export type ShownTicket = Click & { readonly id: string; readonly visitor: string };

/** Longer than a ticket is good for: until then it must not serve a second browser. */
const keptMs = 2 * 3_600_000;

export async function openVisitTickets(db: Db) {
  const rows = db.collection<TicketDocument>('visitTickets', journaled);
  await rows.createIndexes([
    // What is to be decided now? Only what waits is in it, so it stays small.
    { key: { dueAt: 1 }, sparse: true },
    // What is too old.
    { key: { at: 1 } },
  ]);
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'pages that were opened by a click in a mail within the last two hours',
    erase: async ({ messages }) => (await rows.deleteMany({ message: { $in: [...messages] } })).deletedCount,
    show: ({ messages }) => rows.find({ message: { $in: [...messages] } }).toArray(),
  };

  return {
    personal,
    /** Keeps a ticket until it is decided on. The first browser that shows it has it: shown by another, it changes nothing. */
    show: async (visitor: string, { message, link, at }: Click, dueAt: Date): Promise<void> => {
      const _id = idFrom('visit ticket', message, String(link), String(at.getTime()));
      await insertNew({ db, name: rows.collectionName }, [{ _id, visitor, message, link, at, dueAt }]);
    },
    due: async (now: Date, limit: number): Promise<readonly ShownTicket[]> =>
      (
        await rows
          .find({ dueAt: { $lte: now } })
          .sort({ dueAt: 1 })
          .limit(limit)
          .toArray()
      ).map(toTicket),
    /** These are decided on; they stay a while, so that they serve nobody else. */
    settle: async (ids: readonly string[]): Promise<void> => {
      await rows.updateMany({ _id: { $in: [...ids] } }, { $unset: { dueAt: 1 } }, { hint: { _id: 1 } });
    },
    clear: async (now: Date): Promise<void> => {
      await rows.deleteMany({ at: { $lt: new Date(now.getTime() - keptMs) } });
    },
  };
}

function toTicket(document: unknown): ShownTicket {
  const { _id, dueAt: _, ...row } = present(TicketRow.parse(document));
  return { id: _id, ...row };
}
