import type { Db } from 'mongodb';
import * as z from 'zod';
import { spellingsOf } from '../message/spellings.js';
import type { Person, Personal } from './personal.js';
import { insertNew, journaled, maybe, present, type Present } from './rows.js';

const AnswerRow = z.object({
  status: z.number(),
  type: maybe(z.string()),
  location: maybe(z.string()),
  body: z.string(),
});
/** What was answered to a request. */
export type KeptAnswer = Present<z.output<typeof AnswerRow>>;

const RequestRow = z.object({
  /** A digest of the key and of what it was asked with: the key itself may be anything. */
  _id: z.string(),
  /** A digest of the request. */
  request: z.string(),
  startedAt: z.date(),
  /** Whoever sees to it. */
  run: z.string(),
  /** Missing while it is being seen to. */
  answer: maybe(AnswerRow.transform(present)),
  expiresAt: z.date(),
});
type RequestDocument = Present<z.output<typeof RequestRow>>;

/** How a request with a key stands: it is ours to see to, it was answered, it is being seen to, or the key was used for another one. */
export type Claim =
  | { readonly kind: 'ours' | 'in-flight' | 'other' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer };

const keptMs = 24 * 3_600_000;
/** Whoever has not answered by then is dead. */
const deadMs = 60_000;

/** What is answered once more to a request about somebody who was erased since. */
const gone: KeptAnswer = {
  status: 410,
  type: 'application/problem+json',
  body: '{"type":"about:blank","title":"Gone","status":410,"detail":"The lead that this was about was erased."}',
};

/** Requests that may come twice and are to be done once, with what was answered the first time; for a day. */
export async function openIdempotency(db: Db) {
  const rows = db.collection<RequestDocument>('requests', journaled);
  // What is older than a day goes.
  await rows.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  const naming = async ({ leads, addresses }: Person): Promise<readonly string[]> => {
    const spelt = [...addresses.flatMap(spellingsOf), ...leads];
    const ids: string[] = [];
    for await (const { _id, answer } of rows.find({ answer: { $exists: true } })) {
      const text = `${answer?.location ?? ''} ${answer?.body ?? ''}`.toLowerCase();
      if (spelt.some((one) => text.includes(one))) ids.push(_id);
    }
    return ids;
  };
  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'what was answered to programs that told of you, for a day',
    erase: async (who) => {
      const ids = await naming(who);
      // Not deleted: the same request would else make the lead anew.
      return (await rows.updateMany({ _id: { $in: [...ids] } }, { $set: { answer: gone } })).modifiedCount;
    },
    show: async (who) => rows.find({ _id: { $in: [...(await naming(who))] } }).toArray(),
  };

  return {
    personal,
    claim: async (
      key: string,
      request: string,
      { run, now }: { readonly run: string; readonly now: Date },
    ): Promise<Claim> => {
      const expiresAt = new Date(now.getTime() + keptMs);
      const fresh = { _id: key, request, startedAt: now, run, expiresAt };
      if ((await insertNew({ db, name: rows.collectionName }, [fresh])) === 1) return { kind: 'ours' };
      const row = await rows.findOne({ _id: key });
      // It went this instant, as its request failed or its day was over.
      if (!row) return { kind: 'in-flight' };
      const known = RequestRow.parse(row);
      if (known.expiresAt <= now) return (await retake(fresh, known.run)) ? { kind: 'ours' } : { kind: 'in-flight' };
      if (known.request !== request) return { kind: 'other' };
      if (known.answer) return { kind: 'answered', answer: known.answer };
      if (now.getTime() - known.startedAt.getTime() < deadMs) return { kind: 'in-flight' };
      return (await retake(fresh, known.run)) ? { kind: 'ours' } : { kind: 'in-flight' };
    },
    /** Keeps what was answered, unless somebody else has taken it over. */
    answer: async (key: string, run: string, answer: KeptAnswer): Promise<void> => {
      await rows.updateOne({ _id: key, run }, { $set: { answer } });
    },
    /** Nothing came of it: it may be tried again. */
    release: async (key: string, run: string): Promise<void> => {
      await rows.deleteOne({ _id: key, run });
    },
  };

  async function retake({ _id, ...fresh }: Omit<RequestDocument, 'answer'>, run: string): Promise<boolean> {
    const { matchedCount } = await rows.updateOne({ _id, run }, { $set: fresh, $unset: { answer: 1 } });
    return matchedCount === 1;
  }
}
