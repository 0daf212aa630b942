import type { Db } from 'mongodb';
import * as z from 'zod';
import type { Kept, ToKeep } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { StoredEvent } from './enrollments.js';
import { personalRows } from './personal.js';
import { inOneBatch, insertMissing, journaled, present } from './rows.js';

const EventRow = StoredEvent.omit({ id: true }).extend({ _id: z.string() });
type EventDocument = Omit<LeadEvent, 'id'> & {
  readonly _id: string;
  readonly receivedAt: Date;
  /** False until everything that the event brings about has been done. */
  readonly applied: boolean;
};

export async function openEvents(db: Db) {
  const rows = db.collection<EventDocument>('events', journaled);
  await rows.createIndexes([
    // A lead's history: its timeline, and what conditions ask for.
    { key: { lead: 1, at: 1 } },
    // What a crash left half done.
    { key: { receivedAt: 1 }, partialFilterExpression: { applied: false }, name: 'unapplied' },
    // The leads that sales was given.
    { key: { at: -1 }, partialFilterExpression: { type: 'handed-over' }, name: 'handed-over' },
  ]);

  const keptAmong = async (ids: readonly string[], which: { applied?: true } = {}): Promise<ReadonlySet<string>> => {
    if (ids.length === 0) return new Set();
    const found = rows.find({ _id: { $in: [...ids] }, ...which }, inOneBatch).project({ _id: 1 });
    return new Set((await found.toArray()).map(({ _id }) => String(_id)));
  };

  return {
    personal: personalRows({ db, name: rows.collectionName }, 'what happened: what you did, and what followed from it'),
    /** Keeps events in one write. One that stands in the list twice is the first's alone. */
    keep: async (events: readonly ToKeep[], now: Date): Promise<readonly Kept[]> => {
      const documents = events.map(({ event: { id, ...rest }, isSettled }) => ({
        _id: id,
        ...rest,
        receivedAt: now,
        applied: isSettled,
      }));
      const there = await insertMissing({ db, name: rows.collectionName }, documents);
      const ids = documents.map(({ _id }) => _id);
      const applied = await keptAmong(
        ids.filter((_, i) => there.has(i)),
        { applied: true },
      );
      const newOnes = new Set(ids.filter((_, i) => !there.has(i)));
      return ids.map((id, i): Kept => {
        if (!there.has(i)) return 'new';
        return newOnes.has(id) || applied.has(id) ? 'done' : 'open';
      });
    },
    /** Keeps events whose consequences are drawn already; one that is there stays as it is. */
    keepDone: async (events: readonly LeadEvent[], now: Date): Promise<void> => {
      await insertMissing(
        { db, name: rows.collectionName },
        events.map(({ id, ...rest }) => ({ _id: id, ...rest, receivedAt: now, applied: true })),
      );
    },
    /** Those of some ids whose events are kept already; with `applied`, those whose consequences are drawn. */
    keptAmong,
    markApplied: async (ids: readonly string[]): Promise<void> => {
      await rows.updateMany({ _id: { $in: [...ids] } }, { $set: { applied: true } }, { hint: { _id: 1 } });
    },
    /** Events kept before `before` whose consequences are still to be drawn, the oldest first. */
    unapplied: async (before: Date, limit: number, except: readonly string[] = []): Promise<readonly LeadEvent[]> => {
      const found = await rows
        .find({ applied: false, receivedAt: { $lte: before }, _id: { $nin: [...except] } })
        .sort({ receivedAt: 1 })
        .limit(limit)
        .toArray();
      return found.map(toEvent);
    },

    /** Ids of the leads that were handed over to sales since then, the last first. */
    leadsHandedOver: async (since: Date): Promise<readonly string[]> => {
      const found = rows.find({ type: 'handed-over', at: { $gte: since } }, inOneBatch).sort({ at: -1 });
      return [...new Set((await found.project({ lead: 1 }).toArray()).map(({ lead }) => String(lead)))];
    },
    /** The last events of a lead, the oldest of them first. */
    lastOfLead: async (lead: string, limit: number): Promise<readonly LeadEvent[]> =>
      (await rows.find({ lead }, inOneBatch).sort({ at: -1 }).limit(limit).toArray()).map(toEvent).toReversed(),
    byId: async (id: string): Promise<LeadEvent | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toEvent(row) : undefined;
    },
    /** Gives one lead's events to another, to have their consequences drawn for that one. */
    reopen: async (from: string, to: string): Promise<void> => {
      await rows.updateMany({ lead: from }, { $set: { lead: to, applied: false } });
    },
    ofLead: async (lead: string): Promise<readonly LeadEvent[]> =>
      (await rows.find({ lead }).sort({ at: 1, receivedAt: 1 }).toArray()).map(toEvent),
    /** Events of some types, of several leads at once, by lead. */
    ofLeads: async (
      leads: readonly string[],
      types: readonly string[],
      since?: Date,
    ): Promise<ReadonlyMap<string, readonly LeadEvent[]>> => {
      const found =
        types.length > 0
          ? await rows
              .find({ lead: { $in: [...leads] }, type: { $in: [...types] }, ...(since ? { at: { $gte: since } } : {}) })
              .sort({ at: 1 })
              .toArray()
          : [];
      const byLead = new Map<string, LeadEvent[]>();
      for (const event of found.map(toEvent)) byLead.set(event.lead, [...(byLead.get(event.lead) ?? []), event]);
      return byLead;
    },
    /** What people did, lead after lead, as far as its consequences are drawn; of some types, the oldest first. */
    histories: async function* (
      leads: readonly string[],
      types: readonly string[],
    ): AsyncGenerator<readonly [string, readonly LeadEvent[]]> {
      const filter = { lead: { $in: [...leads] }, type: { $in: [...types] }, machine: false, applied: true };
      // The index gives them in this order: nothing is sorted, and no more than one lead is in memory.
      const found = rows.find(filter, inOneBatch).sort({ lead: 1, at: 1 });
      let own: LeadEvent[] = [];
      for await (const event of found.map(toEvent)) {
        const [first] = own;
        if (first && first.lead !== event.lead) {
          yield [first.lead, own];
          own = [];
        }
        own.push(event);
      }
      const [first] = own;
      if (first) yield [first.lead, own];
    },
    /** Those of some ids that are events of this lead. */
    ofIds: async (lead: string, ids: readonly string[]): Promise<readonly LeadEvent[]> =>
      ids.length > 0 ? (await rows.find({ _id: { $in: [...ids] }, lead }, inOneBatch).toArray()).map(toEvent) : [],
    count: (filter: { lead?: string; type?: string; machine?: boolean }): Promise<number> =>
      rows.countDocuments(filter),
  };
}

function toEvent(document: unknown): LeadEvent {
  const { _id, ...row } = EventRow.parse(document);
  return { id: _id, ...present(row) };
}
