import type { Db } from 'mongodb';
import * as z from 'zod';
import { idFrom } from '../event/id.js';
import type { SeenHit } from '../event/machine-signs.js';
import type { Personal } from './personal.js';
import { insertNew, journaled, maybe, type Present, present } from './rows.js';

const HitRow = z.object({
  _id: z.string(),
  message: z.string(),
  kind: z.enum(['open', 'click', 'trap']),
  method: z.string(),
  link: maybe(z.number()),
  at: z.date(),
  userAgent: z.string(),
  network: z.string(),
  certain: z.array(z.string()),
  hints: z.array(z.string()),
  isCarried: z.boolean(),
  /** When it may be judged; missing once it was. */
  dueAt: maybe(z.date()),
  /** Set once it was judged to be no person's. */
  isMachine: maybe(z.boolean()),
});
type HitDocument = Readonly<Present<z.output<typeof HitRow>>>;

/** A request for something in one of our mails, as it came; judged with its company a little later. */
export type KeptHit = SeenHit & {
  readonly id: string;
  readonly message: string;
  readonly dueAt?: Date;
  readonly isMachine?: boolean;
};

/** Hits of one mail that are read for judging it; whoever fetches more in two minutes is no person, however many there are. */
const mostAround = 200;

type Order = { readonly row: HitDocument; readonly resolve: () => void; readonly reject: (error: unknown) => void };

export async function openHits(db: Db) {
  const rows = db.collection<HitDocument>('hits', journaled);
  await rows.createIndexes([
    // What is to be judged now? Only what waits is in it, so it stays small.
    { key: { dueAt: 1 }, sparse: true },
    // The company of a hit.
    { key: { message: 1, at: 1 } },
    // What is old enough to be forgotten.
    { key: { at: 1 } },
  ]);

  let waiting: Order[] = [];
  let writing: Promise<void> | undefined;
  /** One write at a time: what comes meanwhile goes together in the next, for one flush of the disk. */
  const writeAll = async (): Promise<void> => {
    // After all that is ready in this turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const orders = waiting;
      waiting = [];
      try {
        await insertNew({ db, name: rows.collectionName }, onceEach(orders.map(({ row }) => row)));
        for (const { resolve } of orders) resolve();
      } catch (error) {
        for (const { reject } of orders) reject(error);
      }
    }
    writing = undefined;
  };

  const personal: Personal = {
    collection: rows.collectionName,
    holds: 'requests for pictures and links in your mails, kept for a day, to tell people from machines',
    erase: async ({ messages }) => (await rows.deleteMany({ message: { $in: [...messages] } })).deletedCount,
    show: ({ messages }) => rows.find({ message: { $in: [...messages] } }).toArray(),
  };

  return {
    personal,
    /** Keeps a hit until it is judged at `dueAt`. What one program asks twice within a second is one. */
    keep: (message: string, hit: SeenHit, dueAt: Date): Promise<void> =>
      new Promise((resolve, reject) => {
        waiting.push({ row: toDocument(message, hit, dueAt), resolve, reject });
        writing ??= writeAll();
      }),
    /** Resolves once all that came so far is written. */
    written: async (): Promise<void> => {
      await writing;
    },

    /** What is to be judged by now, the longest due first. */
    due: async (now: Date, limit: number): Promise<readonly KeptHit[]> =>
      (
        await rows
          .find({ dueAt: { $lte: now } })
          .sort({ dueAt: 1 })
          .limit(limit)
          .toArray()
      ).map(toHit),
    nextDueAt: async (): Promise<Date | undefined> =>
      (
        await rows
          .find({ dueAt: { $exists: true } })
          .sort({ dueAt: 1 })
          .limit(1)
          .next()
      )?.dueAt,
    /** The hits of a mail from one instant to another. */
    ofMail: async (message: string, from: Date, until: Date): Promise<readonly KeptHit[]> =>
      (
        await rows
          .find({ message, at: { $gte: from, $lte: until } })
          .sort({ at: 1 })
          .limit(mostAround)
          .toArray()
      ).map(toHit),
    /** These are judged, some of them as machines'; they stay a while, as company of others. */
    settle: async (ids: readonly string[], machines: readonly string[] = []): Promise<void> => {
      if (machines.length > 0)
        await rows.updateMany({ _id: { $in: [...machines] } }, { $set: { isMachine: true } }, { hint: { _id: 1 } });
      await rows.updateMany({ _id: { $in: [...ids] } }, { $unset: { dueAt: 1 } }, { hint: { _id: 1 } });
    },
    /** These could not be judged and are tried again. */
    postpone: async (ids: readonly string[], dueAt: Date): Promise<void> => {
      await rows.updateMany({ _id: { $in: [...ids] } }, { $set: { dueAt } }, { hint: { _id: 1 } });
    },
    /** Forgets what was judged and is nobody's company any more. */
    forget: async (before: Date): Promise<void> => {
      await rows.deleteMany({ at: { $lt: before }, dueAt: { $exists: false } });
    },
    count: (): Promise<number> => rows.countDocuments(),
  };
}
export type Hits = Awaited<ReturnType<typeof openHits>>;

function idOf(message: string, { kind, method, link, network, userAgent, at }: SeenHit): string {
  const second = Math.floor(at.getTime() / 1000);
  return idFrom('hit', message, kind, method, String(link ?? ''), network, userAgent, String(second));
}

function toDocument(message: string, hit: SeenHit, dueAt: Date): HitDocument {
  const { certain, hints, ...rest } = hit;
  return { _id: idOf(message, hit), message, ...present(rest), certain: [...certain], hints: [...hints], dueAt };
}

function onceEach(documents: readonly HitDocument[]): readonly HitDocument[] {
  return [...new Map(documents.map((one) => [one._id, one])).values()];
}

function toHit(document: unknown): KeptHit {
  const { _id, ...row } = present(HitRow.parse(document));
  return { id: _id, ...row };
}
