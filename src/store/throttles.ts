import type { Db, Document } from 'mongodb';
import * as z from 'zod';
import type { Rate } from '../sequence/rate-file.js';
import type { Impersonal } from './personal.js';
import { isDuplicate, journaled } from './rows.js';
import {
  type Ask,
  burstMs,
  lateMs,
  leastShare,
  type Pace,
  type Quota,
  quotaAgainAt,
  recoveryPerMs,
  slotsOf,
  slowedAgainMs,
  untouched,
} from './throttle.js';

const paceFields = {
  at: z.number(),
  tail: z.number(),
  backTail: z.number(),
  intervalMs: z.number(),
  share: z.number(),
  slowedAt: z.number(),
};
const PaceRow = z.object({
  ...paceFields,
  /** What the last one to ask got, and when by the clock that counts. */
  asked: z.object({
    now: z.number(),
    goingBack: z.number(),
    goingFresh: z.number(),
    backFrom: z.number(),
    freshFrom: z.number(),
    slowMs: z.number(),
  }),
});
const QuotaRow = z.object({
  tally: z.array(z.object({ part: z.number(), mails: z.number() })),
  asked: z.object({ now: z.number(), part: z.number(), taken: z.number() }),
});
/** How a throttle stood when it was last asked. */
export type ThrottleState =
  | ({ readonly kind: 'pace' } & Pace)
  | { readonly kind: 'quota'; readonly tally: z.output<typeof QuotaRow>['tally'] };
/** Throttles that are looked at for a page: there is one for each domain that mails go to. */
const mostStates = 5000;

type ThrottleDocument = { readonly _id: string } & Document;

/** An instant that is given, or the database's own; the clocks of many machines never agree. */
export type Clock = Date | 'database';

/**
 * What all processes together have used of each limit, one row for each. An ask is one write that reads, decides and
 * counts at once, so that it holds without a lock, however many ask. The rules are those of `throttle.ts`, in the words
 * of an aggregation; a test holds the two together.
 */
export async function openThrottleRows(db: Db) {
  const rows = db.collection<ThrottleDocument>('throttles', journaled);

  const ask = async (id: string, stages: Document[]): Promise<unknown> => {
    for (;;) {
      try {
        return await rows.findOneAndUpdate({ _id: id }, stages, { upsert: true, returnDocument: 'after' });
      } catch (error) {
        // Two that make the same row at one instant: the second finds it made.
        if (!isDuplicate(error)) throw error;
      }
    }
  };

  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'how many mails went, by transport and domain',
  };
  return {
    personal,
    /** Gives each of the mails that ask its turn, those that return first. `now` is when it was asked, by the clock that counts. */
    reserve: async (
      id: string,
      mails: Ask,
      rate: Rate,
      clock: Clock,
    ): Promise<{ readonly slots: readonly Date[]; readonly now: Date }> => {
      const { asked, ...pace } = PaceRow.parse(await ask(id, reserving(mails, rate, clock)));
      const now = new Date(asked.now);
      return { slots: slotsOf({ pace, ...asked }, mails, now), now };
    },

    /** Takes up to `count` mails out of a quota. */
    take: async (
      id: string,
      count: number,
      quota: Quota,
      clock: Clock,
    ): Promise<{ readonly taken: number; readonly againAt: Date; readonly now: Date }> => {
      const { tally, asked } = QuotaRow.parse(await ask(id, taking(count, quota, clock)));
      return { taken: asked.taken, againAt: quotaAgainAt(tally, quota, asked.part), now: new Date(asked.now) };
    },

    /** How throttles stand, by their ids: those of transports and quotas, and of the domains that were slowed down last. */
    states: async (): Promise<ReadonlyMap<string, ThrottleState>> => {
      const [own, slowed] = await Promise.all([
        rows
          .find({ _id: /^(?:transport|quota):/ })
          .limit(mostStates)
          .toArray(),
        rows
          .find({ _id: /^domain:/ })
          .sort({ slowedAt: -1 })
          .limit(mostStates)
          .toArray(),
      ]);
      return new Map([...own, ...slowed].flatMap((row) => stateOf(row)));
    },

    /** Halves the rate of a throttle for a while. */
    slowDown: async (id: string, clock: Clock): Promise<void> => {
      await ask(id, slowing(clock));
    },
  };
}

export type ThrottleRows = Awaited<ReturnType<typeof openThrottleRows>>;

function stateOf({ _id, ...row }: ThrottleDocument): [string, ThrottleState][] {
  const quota = QuotaRow.pick({ tally: true }).safeParse(row);
  if (quota.success) return [[_id, { kind: 'quota', tally: quota.data.tally }]];
  const pace = z.object(paceFields).safeParse(row);
  return pace.success ? [[_id, { kind: 'pace', ...pace.data }]] : [];
}

function msOf(clock: Clock): Document | number {
  return clock === 'database' ? { $toDouble: '$$NOW' } : clock.getTime();
}

/** What a row has of a throttle that nobody asked before. */
const begin = {
  $set: Object.fromEntries(Object.entries(untouched).map(([name, value]) => [name, { $ifNull: [`$${name}`, value] }])),
};
const notYetSlowed = { $min: [1, shareNow('$t')] };

function shareNow(now: unknown): Document {
  return {
    $add: ['$share', { $multiply: [{ $max: [0, { $subtract: [now, '$slowedAt'] }] }, recoveryPerMs] }],
  };
}

/** `turnsOf` of throttle.ts. Each stage uses what the ones before have set; what is only for the way is dropped at the end. */
function reserving({ fresh, returning, since }: Ask, { mails, perMs }: Rate, clock: Clock): Document[] {
  const intervalMs = perMs / mails;
  const scale = (end: string): Document => ({
    $cond: [
      { $and: [{ $gt: [end, '$t'] }, { $gt: ['$intervalMs', 0] }, { $ne: ['$intervalMs', intervalMs] }] },
      { $add: ['$t', { $divide: [{ $multiply: [{ $subtract: [end, '$t'] }, intervalMs] }, '$intervalMs'] }] },
      end,
    ],
  });
  const going = (base: string, count: number): Document => ({
    $cond: [
      { $gt: [base, '$t'] },
      0,
      { $min: [count, { $add: [{ $floor: { $divide: [{ $subtract: ['$t', base] }, '$slow'] } }, 1] }] },
    ],
  });
  const after = (base: unknown, count: unknown, each: unknown = '$slow'): Document => ({
    $add: [base, { $multiply: [count, each] }],
  });
  const ifAny = (count: unknown, then: unknown, otherwise: unknown): Document => ({
    $cond: [{ $gt: [count, 0] }, then, otherwise],
  });

  return [
    begin,
    { $set: { t: msOf(clock) } },
    { $set: { at: scale('$at'), tail: scale('$tail'), backTail: scale('$backTail') } },
    { $set: { intervalMs, slow: { $divide: [intervalMs, notYetSlowed] } } },
    { $set: { earliest: { $subtract: ['$t', { $max: [0, { $subtract: [burstMs, '$slow'] }] }] } } },
    {
      $set: {
        backBase: {
          $max: ['$at', { $min: ['$earliest', { $max: [since ?? '$t', { $subtract: ['$t', lateMs] }] }] }],
        },
      },
    },
    { $set: { goingBack: going('$backBase', returning) } },
    { $set: { at: ifAny('$goingBack', after('$backBase', '$goingBack'), '$at') } },
    { $set: { freshBase: { $max: ['$at', '$earliest'] } } },
    {
      $set: {
        goingFresh: {
          $cond: [
            { $and: [{ $lte: ['$tail', '$t'] }, { $lte: ['$backTail', '$t'] }, { $eq: ['$goingBack', returning] }] },
            going('$freshBase', fresh),
            0,
          ],
        },
      },
    },
    { $set: { at: ifAny('$goingFresh', after('$freshBase', '$goingFresh'), '$at') } },
    { $set: { backFrom: { $max: ['$backTail', '$at', '$t'] }, sentBack: { $subtract: [returning, '$goingBack'] } } },
    { $set: { backTail: ifAny('$sentBack', after('$backFrom', '$sentBack'), '$backTail') } },
    {
      $set: {
        freshFrom: { $max: ['$tail', '$backTail', '$at', '$t'] },
        sentAway: { $subtract: [fresh, '$goingFresh'] },
      },
    },
    { $set: { tail: ifAny('$sentAway', after('$freshFrom', '$sentAway', intervalMs), '$tail') } },
    {
      $replaceWith: {
        _id: '$_id',
        ...Object.fromEntries(Object.keys(paceFields).map((name) => [name, `$${name}`])),
        asked: {
          now: '$t',
          goingBack: '$goingBack',
          goingFresh: '$goingFresh',
          backFrom: '$backFrom',
          freshFrom: '$freshFrom',
          slowMs: '$slow',
        },
      },
    },
  ];
}

/** `take` of throttle.ts. */
function taking(count: number, { mails, partMs, parts }: Quota, clock: Clock): Document[] {
  const isHere = { $eq: ['$$one.part', '$part'] };
  const those = (cond: Document): Document => ({ $filter: { input: '$current', as: 'one', cond } });
  const mailsIn = (input: unknown): Document => ({ $sum: { $map: { input, as: 'one', in: '$$one.mails' } } });
  return [
    { $set: { t: msOf(clock) } },
    { $set: { part: { $floor: { $divide: ['$t', partMs] } } } },
    {
      $set: {
        current: {
          $filter: {
            input: { $ifNull: ['$tally', []] },
            as: 'one',
            cond: { $gt: ['$$one.part', { $subtract: ['$part', parts] }] },
          },
        },
      },
    },
    {
      $set: {
        taken: { $max: [0, { $min: [count, { $subtract: [mails, mailsIn('$current')] }] }] },
        here: mailsIn(those(isHere)),
        others: those({ $not: isHere }),
      },
    },
    { $set: { mails: { $add: ['$taken', '$here'] } } },
    {
      $replaceWith: {
        _id: '$_id',
        tally: {
          $cond: [
            { $gt: ['$mails', 0] },
            { $concatArrays: ['$others', [{ part: '$part', mails: '$mails' }]] },
            '$others',
          ],
        },
        asked: { now: '$t', part: '$part', taken: '$taken' },
      },
    },
  ];
}

/** `slowed` of throttle.ts. */
function slowing(clock: Clock): Document[] {
  const sinceMs = { $subtract: ['$t', '$slowedAt'] };
  const isAgain = { $and: [{ $gte: [sinceMs, 0] }, { $lt: [sinceMs, slowedAgainMs] }] };
  const half = { $max: [leastShare, { $divide: [notYetSlowed, 2] }] };
  return [
    begin,
    { $set: { t: msOf(clock) } },
    {
      $set: {
        share: { $cond: [isAgain, '$share', half] },
        slowedAt: { $cond: [isAgain, '$slowedAt', '$t'] },
      },
    },
    { $unset: 't' },
  ];
}
