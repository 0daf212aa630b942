import type { Db, Filter } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import { type Person, type Personal, personalRows } from './personal.js';
import { FieldValue, insertMissing, isDuplicate, journaled, maybe, type Present, present } from './rows.js';

const parts = z.array(z.enum(['fields', 'form', 'consent'])).readonly();

const SubmissionRow = z.object({
  _id: z.string(),
  form: z.string(),
  title: z.string(),
  email: z.string(),
  emailKey: z.string(),
  /** Missing until the lead is there. */
  lead: maybe(z.string()),
  /** The button was pressed. */
  at: z.date(),
  /** What was agreed to, and in which words. */
  agreed: z.array(z.object({ purpose: z.string(), version: z.string() })).readonly(),
  network: z.string(),
  userAgent: maybe(z.string()),
  page: maybe(z.string()),
  referrer: maybe(z.string()),
  utm: maybe(z.record(z.string(), z.string())),
  visitor: maybe(z.string()),
  /** Parts that take effect at once, and those that wait for a confirmation. */
  now: parts,
  confirmed: parts,
  mail: z.boolean(),
  isNewLead: z.boolean(),
  /** What it says of the lead, until that has taken effect. */
  fields: maybe(z.record(z.string(), FieldValue)),
  locale: maybe(z.string()),
  timezone: maybe(z.string()),
  /** The place among the few mails of one day that ask an address; one who has none is not asked. */
  slot: maybe(z.string()),
  confirmation: maybe(
    z
      .object({
        at: z.date(),
        network: z.string(),
        userAgent: maybe(z.string()),
        /** It brings back somebody who had left. */
        lifts: z.boolean(),
        /** Purposes that were granted before the no, and are not any more. */
        withdraws: z.array(z.string()).readonly(),
      })
      .transform(present),
  ),
  /** Since when something of it is still to be done; missing once all is. */
  openSince: maybe(z.date()),
});
type SubmissionDocument = Readonly<Present<z.output<typeof SubmissionRow>>>;

/** A form as somebody filled it in, what was ruled on it, and the proof of what was agreed to. */
export type KeptSubmission = Omit<SubmissionDocument, '_id'> & { readonly id: string };
export type Confirmation = NonNullable<KeptSubmission['confirmation']>;

/** Mails that ask one address to confirm, of one day. */
const mostAsked = 3;

/**
 * Forms that people filled in. Each stays, as the proof of what was agreed to by it, for as long as its lead does; one that
 * was to be confirmed and never was goes.
 */
export async function openSubmissions(db: Db) {
  const rows = db.collection<SubmissionDocument>('submissions', journaled);
  await rows.createIndexes([
    // What a lead has agreed to, and when.
    { key: { lead: 1, at: 1 } },
    // One place of a day is given once, also to two who ask for it at the same instant.
    { key: { slot: 1 }, unique: true, partialFilterExpression: { slot: { $exists: true } } },
    // What a dead process left half done.
    { key: { openSince: 1 }, partialFilterExpression: { openSince: { $exists: true } } },
    // What was never confirmed.
    { key: { at: 1 } },
  ]);
  const find = async (filter: Filter<SubmissionDocument>): Promise<readonly KeptSubmission[]> =>
    (await rows.find(filter).sort({ at: 1, _id: 1 }).toArray()).map(toSubmission);
  const byId = async (id: string): Promise<KeptSubmission | undefined> => {
    const row = await rows.findOne({ _id: id });
    return row ? toSubmission(row) : undefined;
  };

  const own = ({ leads, addresses }: Person) => ({
    // Of one that was sent this instant the lead may not be noted yet.
    $or: [{ lead: { $in: [...leads] } }, { lead: { $exists: false }, emailKey: { $in: [...addresses] } }],
  });
  const personal: Personal = {
    ...personalRows({ db, name: rows.collectionName }, 'forms that you filled in, and what you agreed to by them'),
    erase: async (who) => (await rows.deleteMany(own(who))).deletedCount,
    show: (who) => rows.find(own(who)).toArray(),
  };

  return {
    personal,
    byId,
    /** Keeps a form as it was filled in; one that is there already stays as it is. Answers how it stands. */
    keep: async ({ id, ...rest }: KeptSubmission): Promise<KeptSubmission> => {
      await insertMissing({ db, name: rows.collectionName }, [present({ _id: id, ...rest })]);
      const kept = await byId(id);
      if (!kept) throw new Error(`the submission ${id} is gone as soon as it was kept`);
      return kept;
    },
    giveLead: async (id: string, lead: string): Promise<void> => {
      await rows.updateOne({ _id: id }, { $set: { lead } });
    },
    /** Takes one of the few places that an address has in a day for being asked. Answers whether it has one. */
    takeSlot: async (id: string, emailKey: string, now: Date): Promise<boolean> => {
      const day = now.toISOString().slice(0, 10);
      for (let place = 0; place < mostAsked; place += 1) {
        const slot = idFrom('confirm opt-in', emailKey, day, String(place));
        try {
          await rows.updateOne({ _id: id, slot: { $exists: false } }, { $set: { slot } });
          // Either this place, or the one that it has had since before.
          return true;
        } catch (error) {
          if (!isDuplicate(error)) throw error;
        }
      }
      return false;
    },
    /** Notes that the address's person has pressed the button; the first press stays. Answers how it stands. */
    confirm: async (id: string, confirmation: Confirmation): Promise<KeptSubmission | undefined> => {
      const set = { confirmation, openSince: confirmation.at };
      await rows.updateOne({ _id: id, confirmation: { $exists: false } }, { $set: set });
      return byId(id);
    },
    /** Notes that all is done that is to be done by now. Where nothing more will be, what it said of the lead goes. */
    settle: async ({ id, openSince, confirmed, confirmation }: KeptSubmission): Promise<void> => {
      if (!openSince) return;
      const isOver = confirmed.length === 0 || confirmation !== undefined;
      const said = isOver ? { fields: 1 as const, locale: 1 as const, timezone: 1 as const, visitor: 1 as const } : {};
      // One that was confirmed meanwhile is open since then.
      await rows.updateOne({ _id: id, openSince }, { $unset: { openSince: 1, ...said } });
    },
    /** What has been open for longer than since `before`, the oldest first. */
    open: async (before: Date, limit: number): Promise<readonly KeptSubmission[]> =>
      (
        await rows
          .find({ openSince: { $lte: before } })
          .sort({ openSince: 1 })
          .limit(limit)
          .toArray()
      ).map(toSubmission),
    /** All of a lead, the oldest first. */
    ofLead: (lead: string): Promise<readonly KeptSubmission[]> => find({ lead }),
    /** Forgets what was to be confirmed, and was not, when it came before `before`. */
    forgetUnconfirmed: async (before: Date): Promise<number> => {
      const unheard = { at: { $lt: before }, 'confirmed.0': { $exists: true }, confirmation: { $exists: false } };
      return (await rows.deleteMany(unheard)).deletedCount;
    },
  };
}

function toSubmission(document: unknown): KeptSubmission {
  const { _id, ...row } = present(SubmissionRow.parse(document));
  return { id: _id, ...row };
}
