import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { journaled, maybe, type Present, present } from './rows.js';

const EndpointRow = z.object({
  _id: z.string(),
  name: z.string(),
  url: z.string(),
  /** The types of events that it is told; missing: all. */
  types: maybe(z.array(z.string())),
  /** What became known before was not for it. */
  since: z.date(),
  createdAt: z.date(),
  /** Its secret follows from this and the key of the process: whoever reads the database cannot sign. */
  salt: z.string(),
  /** The one before, which signs too until then, so that a receiver has time to take the new one. */
  former: maybe(z.object({ salt: z.string(), until: z.date() })),
  disabledAt: maybe(z.date()),
  disabledBecause: maybe(z.string()),
  disabledBy: maybe(z.enum(['person', 'rivulet'])),
  /** Calls in a row that it did not take, since when, and until when it is left alone. */
  failures: z.number(),
  failingSince: maybe(z.date()),
  restUntil: maybe(z.date()),
  lastFailure: maybe(z.object({ at: z.date(), why: z.string() })),
  lastDeliveredAt: maybe(z.date()),
  /** A span that it is to be told once more. */
  replay: maybe(z.object({ id: z.string(), from: z.date(), to: z.date() })),
});
type EndpointDocument = Readonly<Present<z.output<typeof EndpointRow>>>;

/** Another system that is told of events. */
export type Endpoint = Omit<EndpointDocument, '_id'> & { readonly id: string };
export type EndpointPlan = Pick<Endpoint, 'id' | 'name' | 'url' | 'types' | 'since' | 'createdAt' | 'salt'>;
export type EndpointChange = {
  readonly name?: string;
  readonly url?: string;
  readonly types?: readonly string[] | null;
};

/** From so many calls in a row that it did not take, an endpoint is left alone for a while, and then called once. */
export const mostFailures = 3;
const firstRestMs = 30_000;
const longestRestMs = 15 * 60_000;
/** How often it is written down that an endpoint takes what it is told. */
const noteEveryMs = 60_000;

/** Which other systems are told of what happens, and how it stands with them. */
export function openEndpoints(db: Db) {
  const rows = db.collection<EndpointDocument>('endpoints', journaled);
  const personal: Impersonal = {
    collection: rows.collectionName,
    impersonal: 'other systems that are told of events, and how they answered',
  };
  const changed = async (id: string, update: object, only: object = {}): Promise<Endpoint | undefined> => {
    const row = await rows.findOneAndUpdate({ _id: id, ...only }, update, { returnDocument: 'after' });
    return row ? toEndpoint(row) : undefined;
  };

  return {
    personal,
    all: async (): Promise<readonly Endpoint[]> =>
      (await rows.find().sort({ createdAt: 1, _id: 1 }).toArray()).map(toEndpoint),
    byId: async (id: string): Promise<Endpoint | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toEndpoint(row) : undefined;
    },
    count: (): Promise<number> => rows.countDocuments(),
    add: async ({ id, ...plan }: EndpointPlan): Promise<void> => {
      await rows.insertOne({ _id: id, ...plan, failures: 0 });
    },
    change: (id: string, { types, ...rest }: EndpointChange): Promise<Endpoint | undefined> =>
      changed(id, {
        // An address that was mended is tried at once.
        $set: { ...rest, ...(types ? { types } : {}), failures: 0 },
        $unset: { restUntil: 1, failingSince: 1, ...(types === null ? { types: 1 } : {}) },
      }),
    remove: async (id: string): Promise<boolean> => (await rows.deleteOne({ _id: id })).deletedCount === 1,
    rotate: (endpoint: Endpoint, salt: string, until: Date): Promise<Endpoint | undefined> =>
      // Of two who do so at one time one wins: else the secret that the other was shown would be none.
      changed(endpoint.id, { $set: { salt, former: { salt: endpoint.salt, until } } }, { salt: endpoint.salt }),

    /** Switches it off; undefined when it was off already. */
    switchOff: (id: string, because: string, by: 'person' | 'rivulet', now: Date): Promise<Endpoint | undefined> =>
      changed(
        id,
        { $set: { disabledAt: now, disabledBecause: because, disabledBy: by } },
        { disabledAt: { $exists: false } },
      ),
    /** Switches it on again, for what becomes known from now on; undefined when it was on. */
    switchOn: (id: string, now: Date): Promise<Endpoint | undefined> =>
      changed(
        id,
        {
          $set: { since: now, failures: 0 },
          $unset: { disabledAt: 1, disabledBecause: 1, disabledBy: 1, restUntil: 1, failingSince: 1 },
        },
        { disabledAt: { $exists: true } },
      ),

    /** Notes that it took what it was told. */
    noteTaken: async (id: string, now: Date): Promise<void> => {
      const isNews = [
        { failures: { $gt: 0 } },
        { lastDeliveredAt: { $exists: false } },
        { lastDeliveredAt: { $lte: new Date(now.getTime() - noteEveryMs) } },
      ];
      await rows.updateOne(
        { _id: id, $or: isNews },
        { $set: { failures: 0, lastDeliveredAt: now }, $unset: { failingSince: 1, restUntil: 1 } },
      );
    },
    /** Notes that it did not, and lets it rest once that happened a few times in a row. */
    noteFailure: async (id: string, why: string, now: Date): Promise<Endpoint | undefined> => {
      const noted = await changed(id, {
        $inc: { failures: 1 },
        $min: { failingSince: now },
        $set: { lastFailure: { at: now, why } },
      });
      if (!noted || noted.failures < mostFailures) return noted;
      const restUntil = new Date(now.getTime() + restMs(noted.failures));
      return changed(id, { $set: { restUntil } }, { failures: noted.failures });
    },

    /** Has a span told once more; undefined when it is switched off, or another is being told. */
    askReplay: (id: string, replay: Endpoint['replay']): Promise<Endpoint | undefined> =>
      changed(id, { $set: { replay } }, { disabledAt: { $exists: false }, replay: { $exists: false } }),
    endReplay: async (id: string, replay: string): Promise<void> => {
      await rows.updateOne({ _id: id, 'replay.id': replay }, { $unset: { replay: 1 } });
    },
  };
}

function restMs(failures: number): number {
  return Math.min(longestRestMs, firstRestMs * 2 ** Math.min(20, failures - mostFailures));
}

function toEndpoint(document: unknown): Endpoint {
  const { _id, ...row } = present(EndpointRow.parse(document));
  return { id: _id, ...row };
}
