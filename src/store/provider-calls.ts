import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { maybe, present } from './rows.js';

/** What calls of a provider came to, in events. */
export type EventCounts = {
  readonly recorded: number;
  readonly known: number;
  readonly stray: number;
  readonly ignored: number;
};

const ProviderCallsRow = z.object({
  _id: z.string(),
  calls: z.number().default(0),
  recorded: z.number().default(0),
  known: z.number().default(0),
  stray: z.number().default(0),
  ignored: z.number().default(0),
  lastAt: maybe(z.date()),
  refused: z.number().default(0),
  lastRefusedAt: maybe(z.date()),
  lastRefusal: maybe(z.string()),
});

/** How a provider's webhook has been doing since it was set up. `refused` counts calls; the rest but `calls` counts events. */
export type ProviderCalls = EventCounts & {
  readonly provider: string;
  readonly calls: number;
  readonly refused: number;
  readonly lastAt?: Date;
  readonly lastRefusedAt?: Date;
  readonly lastRefusal?: string;
};

/** One row a provider, for the one who sets it up and for the one who wonders why nothing comes. Nothing rests on it, so it waits for no disk. */
export function openProviderCalls(db: Db) {
  const rows = db.collection<{ readonly _id: string }>('providerCalls', { writeConcern: { w: 1, journal: false } });
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'how often providers called' };
  return {
    personal,
    noteTaken: async (provider: string, { recorded, known, stray, ignored }: EventCounts, now: Date): Promise<void> => {
      const counts = { calls: 1, recorded, known, stray, ignored };
      await rows.updateOne({ _id: provider }, { $inc: counts, $max: { lastAt: now } }, { upsert: true });
    },
    /** Calls that were refused, `because` being why the last of them was. */
    noteRefused: async (provider: string, refused: number, because: string, now: Date): Promise<void> => {
      const last = { lastRefusedAt: now, lastRefusal: because };
      await rows.updateOne({ _id: provider }, { $inc: { refused }, $set: last }, { upsert: true });
    },
    all: async (): Promise<readonly ProviderCalls[]> =>
      (await rows.find().toArray()).map((row) => {
        const { _id: provider, ...rest } = present(ProviderCallsRow.parse(row));
        return { provider, ...rest };
      }),
  };
}
