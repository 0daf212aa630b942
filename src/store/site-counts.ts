import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Impersonal } from './personal.js';
import { maybe, present } from './rows.js';

/** What pages of one site came to, or what was refused for one reason, in numbers alone. */
export type SiteCount = {
  readonly of: 'origin' | 'refused';
  /** The origin, or the reason. */
  readonly name: string;
  readonly events: number;
  readonly pageViews: number;
  readonly lastAt: Date;
  /** Of pages that may not tell us anything: where they say that they are. */
  readonly from?: string;
};

const CountRow = z.object({
  of: z.enum(['origin', 'refused']),
  name: z.string(),
  events: z.number(),
  pageViews: z.number(),
  lastAt: z.date(),
  from: maybe(z.string()),
});

const hourMs = 3_600_000;
/** As long as an origin counts as one that has the script; what it told in an hour stays as long. */
const keptMs = 30 * 24 * hourMs;

/** Counts by the hour, for whoever sets the script up and for whoever wonders why nothing comes. Nothing rests on them, so they wait for no disk. */
export function openSiteCounts(db: Db) {
  const rows = db.collection<{ readonly _id: string }>('siteCounts', { writeConcern: { w: 1, journal: false } });
  const personal: Impersonal = { collection: rows.collectionName, impersonal: 'how much pages of the site told' };
  const since = async (from: Date): Promise<readonly SiteCount[]> => {
    const found = await rows
      .aggregate([
        { $match: { _id: { $gte: hourOf(from) } } },
        { $sort: { _id: 1 } },
        {
          $group: {
            _id: { of: '$of', name: '$name' },
            of: { $first: '$of' },
            name: { $first: '$name' },
            events: { $sum: '$events' },
            pageViews: { $sum: '$pageViews' },
            lastAt: { $max: '$lastAt' },
            from: { $last: '$from' },
          },
        },
        { $sort: { lastAt: -1 } },
      ])
      .toArray();
    return found.map((row) => present(CountRow.parse(row)));
  };
  return {
    personal,
    add: async (counts: readonly SiteCount[]): Promise<void> => {
      if (counts.length === 0) return;
      await rows.bulkWrite(
        counts.map(({ of, name, events, pageViews, lastAt, from }) => ({
          updateOne: {
            filter: { _id: `${hourOf(lastAt)} ${of} ${name}` },
            update: {
              $inc: { events, pageViews },
              $max: { lastAt },
              $set: { of, name, ...(from === undefined ? {} : { from }) },
            },
            upsert: true,
          },
        })),
        { ordered: false },
      );
    },
    ofDay: (now: Date) => since(new Date(now.getTime() - 23 * hourMs)),
    /** All that is still known. */
    all: (now: Date) => since(new Date(now.getTime() - keptMs)),
    clear: async (now: Date): Promise<void> => {
      await rows.deleteMany({ _id: { $lt: hourOf(new Date(now.getTime() - keptMs)) } });
    },
  };
}

/** "2026-03-02T09": in the order of time. */
function hourOf(at: Date): string {
  return at.toISOString().slice(0, 13);
}
