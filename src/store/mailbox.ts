import { Binary, type Db } from 'mongodb';
import * as z from 'zod';
import { readableIn, spellingsOf } from '../message/spellings.js';
import type { Person, Personal } from './personal.js';
import { insertNew, journaled, present } from './rows.js';

const CapturedRow = z.object({
  _id: z.string(),
  at: z.date(),
  to: z.string(),
  from: z.string(),
  subject: z.string(),
  raw: z.instanceof(Binary),
});

/** A mail that was kept here instead of being sent. `raw` is the whole of it, as a server would have got it. */
export type Captured = {
  readonly id: string;
  readonly at: Date;
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly raw: Buffer;
};
export type CapturedPage = { readonly items: readonly Omit<Captured, 'raw'>[]; readonly next?: string };

/** The local mailbox: where mails go as long as no SMTP server is named. */
export async function openMailbox(db: Db) {
  const rows = db.collection<z.output<typeof CapturedRow>>('mailbox', journaled);
  await rows.createIndex({ at: -1, _id: -1 });

  /** Also mails that only speak of it: tests made of its data, and what was told to colleagues. */
  const ofPerson = async ({ messages, addresses, leads }: Person): Promise<readonly z.output<typeof CapturedRow>[]> => {
    const [own, needles] = [new Set(messages), [...addresses.flatMap(spellingsOf), ...leads]];
    const found: z.output<typeof CapturedRow>[] = [];
    for await (const row of rows.find()) {
      const mail = CapturedRow.parse(row);
      const text = own.has(mail._id) ? '' : `${mail.to}\n${readableIn(Buffer.from(mail.raw.buffer))}`.toLowerCase();
      if (own.has(mail._id) || needles.some((one) => text.includes(one))) found.push(mail);
    }
    return found;
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'mails that were kept in the local mailbox instead of being sent',
    erase: async (who) => {
      const ids = (await ofPerson(who)).map(({ _id }) => _id);
      return (await rows.deleteMany({ _id: { $in: ids } })).deletedCount;
    },
    show: ofPerson,
  };

  return {
    personal,
    /** Keeps a mail; the same one again changes nothing. */
    keep: async ({ id, raw, ...rest }: Captured): Promise<void> => {
      await insertNew({ db, name: rows.collectionName }, [{ _id: id, ...rest, raw: new Binary(raw) }]);
    },
    byId: async (id: string): Promise<Captured | undefined> => {
      const row = await rows.findOne({ _id: id });
      if (!row) return undefined;
      const { _id, raw, ...rest } = CapturedRow.parse(row);
      return { id: _id, ...rest, raw: Buffer.from(raw.buffer) };
    },
    /** Newest first; `before` is the `next` of the page before. */
    page: async (limit: number, before?: string, to?: string): Promise<CapturedPage> => {
      const [at, id] = before ? before.split('_') : [];
      const start = new Date(Number(at));
      const older = id ? { $or: [{ at: { $lt: start } }, { at: start, _id: { $lt: id } }] } : {};
      const found = await rows
        .find({ ...older, ...(to ? { to } : {}) }, { projection: { raw: 0 } })
        .sort({ at: -1, _id: -1 })
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit).map((row) => {
        const { _id, ...rest } = CapturedRow.omit({ raw: true }).parse(row);
        return { id: _id, ...rest };
      });
      const last = items.at(-1);
      return present({ items, next: found.length > limit && last ? `${last.at.getTime()}_${last.id}` : undefined });
    },
    count: (): Promise<number> => rows.estimatedDocumentCount(),
  };
}
