import { Binary, type Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { insertNew, journaled, present, maybe } from './rows.js';

const KeptMailRow = z.object({
  _id: z.string(),
  at: z.date(),
  class: z.string(),
  from: maybe(z.string()),
  subject: z.string(),
  raw: z.instanceof(Binary),
});

/** A mail that people wrote to us, whole, when there is no other copy of it. */
export type KeptMail = {
  readonly id: string;
  readonly at: Date;
  /** What it was taken for. */
  readonly class: string;
  readonly from?: string;
  readonly subject: string;
  readonly raw: Buffer;
};

/** Anybody can write to an address that stands in mails: the oldest mails make room for new ones. */
const mostBytes = 256 * 1024 * 1024;

/** What came by our own mail server and may be a person's, for people to read. */
export async function openKeptMails(db: Db) {
  const name = 'keptMails';
  await db.createCollection(name, { capped: true, size: mostBytes });
  const rows = db.collection<z.output<typeof KeptMailRow>>(name, journaled);

  return {
    /** Keeps a mail; one of the same digest again changes nothing. */
    keep: async ({ digest, raw, ...rest }: Omit<KeptMail, 'id'> & { readonly digest: string }): Promise<void> => {
      await insertNew({ db, name }, [{ _id: idFrom('kept', digest), ...rest, raw: new Binary(raw) }]);
    },
    /** One after the other, as they came. */
    all: async function* (): AsyncGenerator<KeptMail> {
      for await (const row of rows.find()) {
        const { _id, raw, ...rest } = present(KeptMailRow.parse(row));
        yield { id: _id, ...present(rest), raw: Buffer.from(raw.buffer) };
      }
    },
  };
}
