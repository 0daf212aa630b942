import type { Db, Filter } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import type { News } from './news.js';
import { mailAccepted } from './news.js';
import { personalRows } from './personal.js';
import { openQueue } from './queue.js';
import type { Window } from './report-histories.js';
import { behind, insertNew, journaled, maybe, type Present, present } from './rows.js';

/** One call: the status of the answer and the beginning of its text, or why there was none. */
const Attempt = z
  .object({
    at: z.date(),
    tookMs: z.number(),
    status: maybe(z.number()),
    answer: maybe(z.string()),
    error: maybe(z.string()),
  })
  .transform((attempt) => present(attempt));
export type DeliveryAttempt = z.output<typeof Attempt>;

export const deliveryStates = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

const DeliveryRow = z.object({
  _id: z.string(),
  endpoint: z.string(),
  event: z.string(),
  type: z.string(),
  lead: z.string(),
  /** Of an accepted mail, the mail. */
  mail: maybe(z.string()),
  /** When the event became known. */
  knownAt: z.date(),
  state: z.enum(deliveryStates),
  because: maybe(z.string()),
  attempts: z.array(Attempt),
  /** Calls of this round; a replay begins a new one. */
  tries: z.number(),
  /** While somebody calls, the end of the lease: a process that dies leaves it due again. */
  nextAttemptAt: z.date(),
  claim: maybe(z.string()),
  settledAt: maybe(z.date()),
  /** The replay of a span that it was last told again by. */
  replay: maybe(z.string()),
});
type DeliveryDocument = Readonly<Present<z.output<typeof DeliveryRow>>>;

/** One event on its way to one endpoint. Its id comes from both, so it exists once and is the same however often it is told. */
export type EndpointDelivery = Omit<DeliveryDocument, '_id'> & { readonly id: string };

/** What came of a call, as it is recorded. */
export type DeliveryOutcome = {
  readonly attempt: DeliveryAttempt;
  readonly because: string;
} & ({ readonly state: 'waiting'; readonly nextAttemptAt: Date } | { readonly state: 'delivered' | 'dead' });

/** Something that an endpoint is to be told. */
export type ToTell = { readonly endpoint: string; readonly news: News };

export type DeliveryPage = { readonly items: readonly EndpointDelivery[]; readonly next?: string };

/** How long claimed deliveries are left to whoever claimed them: longer than a batch that runs into its time limits. */
export const deliveryLeaseMs = 2 * 60_000;
const attemptsKept = 20;
/** Counting goes no further than this: more is "a lot". */
export const mostCounted = 10_000;

const newestFirst = { knownAt: -1, _id: -1 } as const;
const newestOfAll = { endpoint: 1, ...newestFirst } as const;
const newestOfState = { endpoint: 1, state: 1, ...newestFirst } as const;

/** What endpoints are told: queue, claim and ledger in one. */
export async function openEndpointDeliveries(db: Db) {
  const rows = db.collection<DeliveryDocument>('endpointDeliveries', journaled);
  await rows.createIndexes([
    // A lane's question: what may be told this endpoint now? Only those that wait are in it.
    { key: { endpoint: 1, nextAttemptAt: 1 }, partialFilterExpression: { state: 'waiting' }, name: 'waiting' },
    // The list of an endpoint, the newest first; of one state; and a span that is told again.
    { key: newestOfAll },
    { key: newestOfState },
    // What is old enough to be forgotten.
    { key: { settledAt: 1 }, sparse: true },
    // Whose they are.
    { key: { lead: 1 } },
  ]);
  const queue = openQueue(db, rows.collectionName, { leaseMs: deliveryLeaseMs });
  const afresh = (now: Date) => ({
    $set: { state: 'waiting' as const, nextAttemptAt: now, tries: 0 },
    $unset: { claim: 1, settledAt: 1, because: 1 } as const,
  });
  const isSettled: Filter<DeliveryDocument> = { state: { $in: ['delivered', 'dead'] } };

  return {
    personal: personalRows(
      { db, name: rows.collectionName },
      'what other systems were told of you, and what they answered',
    ),
    /** Notes what endpoints are to be told; what is noted already stays as it is. Answers how much was new. */
    note: (told: readonly ToTell[], now: Date, replay?: string): Promise<number> =>
      insertNew(
        { db, name: rows.collectionName },
        told.map(({ endpoint, news }) => ({
          ...planOf(endpoint, news),
          state: 'waiting',
          attempts: [],
          tries: 0,
          nextAttemptAt: now,
          ...(replay === undefined ? {} : { replay }),
        })),
      ),

    /** Takes up to `limit` that may be told an endpoint now. `claim` is used once; later writes must show it. */
    claim: async (
      { endpoint, limit }: { endpoint: string; limit: number },
      claim: string,
      now: Date,
    ): Promise<readonly EndpointDelivery[]> => (await queue.claim({ endpoint }, { limit, claim, now })).map(toDelivery),
    /** Gives back what was claimed and not told, to be told at an instant. */
    giveBack: queue.giveBack,
    /** Records what came of a call; false when somebody else holds it by now. */
    settle: async (id: string, { attempt, ...became }: DeliveryOutcome, claim: string): Promise<boolean> => {
      const { modifiedCount } = await rows.updateOne(
        { _id: id, claim, state: 'waiting' },
        {
          $set: { ...became, ...(became.state === 'waiting' ? {} : { settledAt: attempt.at }) },
          $inc: { tries: 1 },
          $push: { attempts: { $each: [attempt], $slice: -attemptsKept } },
          $unset: { claim: 1 },
        },
      );
      return modifiedCount === 1;
    },
    /** Takes out what there is nothing to tell of any more: its event is gone. */
    drop: async (ids: readonly string[]): Promise<void> => {
      if (ids.length > 0) await rows.deleteMany({ _id: { $in: [...ids] } });
    },

    byId: async (id: string): Promise<EndpointDelivery | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toDelivery(row) : undefined;
    },
    /** Newest first; `before` is the `next` of the page before. */
    page: async (
      { endpoint, state }: { endpoint: string; state?: DeliveryState | undefined },
      limit: number,
      before?: string,
    ): Promise<DeliveryPage> => {
      const [at, id] = before ? before.split('_') : [];
      const older: Filter<DeliveryDocument> = id ? behind('knownAt', new Date(Number(at)), id) : {};
      const found = await rows
        .find(
          { endpoint, ...(state ? { state } : {}), ...older },
          { sort: newestFirst, hint: state ? newestOfState : newestOfAll },
        )
        .limit(limit + 1)
        .toArray();
      const items = found.slice(0, limit).map(toDelivery);
      const last = items.at(-1);
      return present({
        items,
        next: found.length > limit && last ? `${last.knownAt.getTime()}_${last.id}` : undefined,
      });
    },
    /** How many stand in a state, up to `mostCounted`. */
    countOf: (endpoint: string, state: DeliveryState): Promise<number> =>
      rows.countDocuments({ endpoint, state }, { limit: mostCounted, hint: newestOfState }),

    /** Tells one again; false when it waits anyway. */
    again: async (id: string, now: Date): Promise<boolean> =>
      (await rows.updateOne({ _id: id, ...isSettled }, afresh(now))).modifiedCount === 1,
    /** Tells all dead ones of an endpoint again. Answers how many. */
    againDead: async (endpoint: string, now: Date): Promise<number> =>
      (await rows.updateMany({ endpoint, state: 'dead' }, afresh(now))).modifiedCount,
    /** Tells what became known in a span again, each once for one replay. Answers how many. */
    againWithin: async (
      { endpoint, replay }: { endpoint: string; replay: string },
      { after, upTo }: Window,
      now: Date,
    ): Promise<number> => {
      const { $set, $unset } = afresh(now);
      const span = { endpoint, knownAt: { $gt: after, $lte: upTo }, replay: { $ne: replay } };
      const { modifiedCount } = await rows.updateMany({ ...span, ...isSettled }, { $set: { ...$set, replay }, $unset });
      return modifiedCount;
    },
    /** Gives up what still waits for an endpoint that is off. */
    bury: async (endpoint: string, because: string, now: Date): Promise<void> => {
      await rows.updateMany(
        { endpoint, state: 'waiting' },
        { $set: { state: 'dead', because, settledAt: now }, $unset: { claim: 1 } },
      );
    },
    /** Forgets what was settled before an instant. */
    forget: async (before: Date): Promise<void> => {
      await rows.deleteMany({ settledAt: { $lt: before } });
    },
    /** The endpoints that something is kept of. */
    endpoints: async (): Promise<readonly string[]> => (await rows.distinct('endpoint')).map(String),
    forgetEndpoint: async (endpoint: string): Promise<void> => {
      await rows.deleteMany({ endpoint });
    },
  };
}

/** The id under which an endpoint is told an event, each time that it is. */
export function deliveryId(endpoint: string, event: string): string {
  return idFrom('endpoint', endpoint, event);
}

function planOf(endpoint: string, { event, knownAt }: News) {
  const { id, type, lead, message } = event;
  const mail = type === mailAccepted && message !== undefined ? { mail: message } : {};
  return { _id: deliveryId(endpoint, id), endpoint, event: id, type, lead, ...mail, knownAt };
}

function toDelivery(document: unknown): EndpointDelivery {
  const { _id, ...row } = present(DeliveryRow.parse(document));
  return { id: _id, ...row };
}
