import { Binary, type Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { readableIn, spellingsOf } from '../message/spellings.js';
import type { Person, Personal } from './personal.js';
import { insertNew, journaled, present, maybe } from './rows.js';

const KeptMailRow = z.object({
  _id: z.string(),
  at: z.date(),
  class: z.string(),
  from: maybe(z.string()),
  /** The mail of ours that it is about, by which its lead is known, whatever address it came from. */
  message: maybe(z.string()),
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
  readonly message?: string;
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

  const ofPerson = async ({ messages, addresses, leads }: Person): Promise<readonly z.output<typeof KeptMailRow>[]> => {
    const [own, needles] = [new Set(messages), [...addresses.flatMap(spellingsOf), ...leads, ...messages]];
    const found: z.output<typeof KeptMailRow>[] = [];
    for await (const row of rows.find()) {
      const mail = KeptMailRow.parse(row);
      const text = (): string => readableIn(Buffer.from(mail.raw.buffer));
      if (own.has(mail.message ?? '') || namesOne(text(), needles)) found.push(mail);
    }
    return found;
  };
  const personal: Personal = {
    collection: name,
    holds: 'mails that you wrote to us, whole',
    erase: async (who) => {
      const ids = (await ofPerson(who)).map(({ _id }) => _id);
      return (await rows.deleteMany({ _id: { $in: ids } })).deletedCount;
    },
    show: ofPerson,
  };

  return {
    personal,
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

function namesOne(text: string, needles: readonly string[]): boolean {
  return needles.some((needle) => text.includes(needle));
}
