import { createHmac } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import * as z from 'zod';
import { type Limit, type Limited, limits } from '../form/limits.js';
import type { Impersonal } from './personal.js';
import { isDuplicate } from './rows.js';

const Asked = z.object({ mayPass: z.boolean() });
type AttemptDocument = { readonly _id: string; readonly forgetAt: Date } & Document;

/** Between two looks for what may be forgotten. */
const clearEveryMs = 600_000;

/**
 * How often forms were lately filled in by one address, and from one network, for all processes. A row bears neither: its id
 * is a keyed hash, so that nobody can look up who is in here. An ask is one write that reads, decides and counts at once.
 * Nothing rests on it but how soon somebody is refused, so it waits for no disk.
 */
export async function openFormAttempts(db: Db, pepper: Buffer) {
  const rows = db.collection<AttemptDocument>('formAttempts', { writeConcern: { w: 1, journal: false } });
  // What counts for no limit any more. Not a TTL index of MongoDB: that one goes by its own clock, and not by ours.
  await rows.createIndex({ forgetAt: 1 });
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'how often forms were filled in today, under keyed hashes of addresses and networks',
  };
  const hashed = (what: Limited, of: string): string =>
    `${what}:${createHmac('sha256', pepper).update(`form ${what} ${of}`).digest('base64url').slice(0, 32)}`;

  let clearAt = 0;
  const clear = async (now: Date): Promise<void> => {
    if (now.getTime() < clearAt) return;
    clearAt = now.getTime() + clearEveryMs;
    await rows.deleteMany({ forgetAt: { $lte: now } });
  };

  return {
    personal,
    /** Whether one more form may pass, by the rule of `limits.ts`; it is counted if so. The same one again is not. */
    ask: async (what: Limited, of: string, one: { readonly id: string; readonly at: Date }): Promise<boolean> => {
      await clear(one.at);
      const stages = asking(one, limits[what]);
      for (;;) {
        try {
          const row = await rows.findOneAndUpdate({ _id: hashed(what, of) }, stages, {
            upsert: true,
            returnDocument: 'after',
          });
          return Asked.parse(row).mayPass;
        } catch (error) {
          // Two that make the same row at one instant: the second finds it made.
          if (!isDuplicate(error)) throw error;
        }
      }
    },
  };
}
export type FormAttempts = Awaited<ReturnType<typeof openFormAttempts>>;

/** `mayPass` of limits.ts in the words of an aggregation; a test holds the two together. */
function asking({ id, at }: { readonly id: string; readonly at: Date }, all: readonly Limit[]): Document[] {
  const before = (ms: number): Date => new Date(at.getTime() - ms);
  const longestMs = Math.max(...all.map(({ perMs }) => perMs));
  const since = (ms: number): Document => ({
    $filter: { input: '$passed', as: 'one', cond: { $gt: ['$$one.at', before(ms)] } },
  });
  const hasRoom = all.map(({ most, perMs }) => ({ $lt: [{ $size: since(perMs) }, most] }));
  return [
    { $set: { passed: { $ifNull: ['$passed', []] } } },
    { $set: { passed: since(longestMs) } },
    { $set: { isKnown: { $in: [id, '$passed.id'] } } },
    { $set: { mayPass: { $or: ['$isKnown', { $and: hasRoom }] } } },
    {
      $set: {
        passed: {
          $cond: [
            { $and: ['$mayPass', { $not: ['$isKnown'] }] },
            { $concatArrays: ['$passed', [{ id, at }]] },
            '$passed',
          ],
        },
        forgetAt: new Date(at.getTime() + longestMs),
      },
    },
    { $unset: 'isKnown' },
  ];
}
