import type { Db } from 'mongodb';
import * as z from 'zod';
import type { LeadEvent } from '../event/lead-event.js';
import { StoredEvent } from './enrollments.js';
import { insertNew, journaled, present } from './rows.js';

const EventRow = StoredEvent.omit({ id: true }).extend({ _id: z.string() });
type EventDocument = Omit<LeadEvent, 'id'> & {
  readonly _id: string;
  readonly receivedAt: Date;
  /** False until everything that the event brings about has been done. */
  readonly applied: boolean;
};

/** Something a provider told that belongs to no lead of ours; kept so that it can be counted and looked at. */
export type StrayEvent = {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly receivedAt: Date;
};

export async function openEvents(db: Db) {
  const rows = db.collection<EventDocument>('events', journaled);
  const strays = db.collection<Omit<StrayEvent, 'id'> & { readonly _id: string }>('strayEvents', journaled);
  await Promise.all([
    // A lead's history: its timeline, and what conditions ask for.
    rows.createIndex({ lead: 1, at: 1 }),
    // What a crash left half done.
    rows.createIndex({ receivedAt: 1 }, { partialFilterExpression: { applied: false }, name: 'unapplied' }),
  ]);

  return {
    /** Keeps an event; false when it was kept before. `applied`: it has no consequences that would be left to draw. */
    keep: async (event: LeadEvent, now: Date, applied: boolean): Promise<boolean> => {
      const { id, ...rest } = event;
      return (
        (await insertNew({ db, name: rows.collectionName }, [{ _id: id, ...rest, receivedAt: now, applied }])) === 1
      );
    },
    isApplied: async (id: string): Promise<boolean> =>
      (await rows.countDocuments({ _id: id, applied: true }, { limit: 1 })) === 1,
    markApplied: async (id: string): Promise<void> => {
      await rows.updateOne({ _id: id }, { $set: { applied: true } });
    },
    /** Events kept before `before` whose consequences are still to be drawn. */
    unapplied: async (before: Date, limit: number): Promise<readonly LeadEvent[]> => {
      const found = await rows
        .find({ applied: false, receivedAt: { $lte: before } })
        .sort({ receivedAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(toEvent);
    },
    keepStray: async (stray: StrayEvent): Promise<void> => {
      const { id, ...rest } = stray;
      await insertNew({ db, name: strays.collectionName }, [{ _id: id, ...rest }]);
    },

    ofLead: async (lead: string): Promise<readonly LeadEvent[]> =>
      (await rows.find({ lead }).sort({ at: 1, receivedAt: 1 }).toArray()).map(toEvent),
    /** Events of some types, of several leads at once, by lead. */
    ofLeads: async (
      leads: readonly string[],
      types: readonly string[],
    ): Promise<ReadonlyMap<string, readonly LeadEvent[]>> => {
      const found =
        types.length > 0
          ? await rows
              .find({ lead: { $in: [...leads] }, type: { $in: [...types] } })
              .sort({ at: 1 })
              .toArray()
          : [];
      const byLead = new Map<string, LeadEvent[]>();
      for (const event of found.map(toEvent)) byLead.set(event.lead, [...(byLead.get(event.lead) ?? []), event]);
      return byLead;
    },
    count: (filter: { lead?: string; type?: string; machine?: boolean }): Promise<number> =>
      rows.countDocuments(filter),
  };
}

function toEvent(document: unknown): LeadEvent {
  const { _id, ...row } = EventRow.parse(document);
  return { id: _id, ...present(row) };
}
