import type { Db } from 'mongodb';
import * as z from 'zod';
import type { LeadEvent } from '../event/lead-event.js';
import { StoredEvent } from './enrollments.js';
import { inOneBatch, present } from './rows.js';

/** Leads whose next run stands at one step: how many there are, and some of them. */
export type Standing = {
  readonly sequence: string;
  readonly step: string | null;
  /** Whether that run is to go on by the end of the time that is asked for. */
  readonly isDue: boolean;
  readonly leads: number;
  readonly some: readonly string[];
};

const StandingRow = z.object({
  _id: z.object({ sequence: z.string(), step: z.string().nullable(), isDue: z.boolean() }),
  leads: z.number(),
  some: z.array(z.string()),
});

const QueuedRow = z.object({
  _id: z.object({ sequence: z.string(), step: z.string(), hour: z.number() }),
  mails: z.number(),
});
/** Mails in the outbox that may be tried from an hour on, counted from 1970. */
export type Queued = z.output<typeof QueuedRow>['_id'] & { readonly mails: number };

const NewRow = z.object({ _id: z.string(), createdAt: z.date() });
const EventRow = StoredEvent.omit({ id: true }).extend({ _id: z.string() });

const hourMs = 3_600_000;
/** Where people's own doings are told from. All else follows from them by rules, or was brought in from a file. */
const outside = ['api', 'form', 'site'];

/**
 * What forecasts are made of: who stands where, who came lately, what waits in the outbox. Ids of leads come out of a hash
 * or of chance, so that the first of them are as good a sample as any, and the same each time.
 */
export function openFutures(db: Db) {
  const runs = db.collection('enrollments');
  const leads = db.collection<{ readonly _id: string }>('leads');
  const messages = db.collection('messages');
  const events = db.collection('events');

  return {
    /** Leads under way, by where the run of theirs stands that goes on first; of each such place up to `most` of them. */
    standing: async (until: Date, most: number): Promise<readonly Standing[]> => {
      // Compared field by field, so the one due first is the least.
      const soonest = { $min: { dueAt: '$dueAt', sequence: '$sequence', step: '$step' } };
      const place = {
        sequence: '$soonest.sequence',
        step: '$soonest.step',
        isDue: { $lte: ['$soonest.dueAt', until] },
      };
      const found = await runs
        .aggregate(
          [
            { $match: { status: 'active' } },
            { $group: { _id: '$lead', soonest } },
            { $group: { _id: place, leads: { $sum: 1 }, some: { $minN: { n: most, input: '$_id' } } } },
            { $sort: { '_id.sequence': 1, '_id.step': 1, '_id.isDue': 1 } },
          ],
          { allowDiskUse: true },
        )
        .toArray();
      return found.map((row) => {
        const { _id, leads: count, some } = StandingRow.parse(row);
        return { ..._id, leads: count, some };
      });
    },
    /** How many leads there are, and some of those that are on no run. */
    resting: async (most: number): Promise<{ readonly all: number; readonly some: readonly string[] }> => {
      const all = await leads.estimatedDocumentCount();
      if (most === 0) return { all, some: [] };
      const first = await leads
        .find({}, inOneBatch)
        .project({ _id: 1 })
        .sort({ _id: 1 })
        .limit(most * 4)
        .toArray();
      const ids = first.map(({ _id }) => String(_id));
      const busy = await runs.distinct('lead', { lead: { $in: ids }, status: 'active' });
      const running = new Set(busy.map(String));
      return { all, some: ids.filter((id) => !running.has(id)).slice(0, most) };
    },
    /** Mails to leads that wait to be handed over, by mail and hour. */
    queued: async (): Promise<readonly Queued[]> => {
      const hour = { $floor: { $divide: [{ $toLong: '$nextAttemptAt' }, hourMs] } };
      const id = { sequence: '$sequence', step: '$step', hour };
      const found = await messages
        .aggregate([
          { $match: { state: { $in: ['queued', 'deferred'] }, to: { $exists: false } } },
          { $group: { _id: id, mails: { $sum: 1 } } },
        ])
        .toArray();
      return found.map((row) => {
        const { _id, mails } = QueuedRow.parse(row);
        return { ..._id, mails };
      });
    },
    /** When the first lead came; undefined where there is none. */
    firstLeadAt: async (): Promise<Date | undefined> => {
      const row = await leads.find().project({ createdAt: 1 }).sort({ createdAt: 1 }).limit(1).next();
      return row ? NewRow.parse(row).createdAt : undefined;
    },
    /** How many leads came since, and some of them. */
    newcomers: async (
      since: Date,
      most: number,
    ): Promise<{ readonly count: number; readonly some: readonly string[] }> => {
      const recent = { createdAt: { $gte: since } };
      const [count, some] = await Promise.all([
        db.collection('leads').countDocuments(recent),
        db
          .collection('leads')
          // All that is asked stands in the index, so that of a year's leads none is read.
          .find(recent, { ...inOneBatch, hint: { createdAt: -1, _id: -1 } })
          .project({ _id: 1 })
          .sort({ _id: 1 })
          .limit(most)
          .toArray(),
      ]);
      return { count, some: some.map((row) => String(row._id)) };
    },
    /** What leads did by themselves, or others told of them: neither with a mail nor by a rule. By lead, the oldest first. */
    ownDoings: async (ids: readonly string[]): Promise<ReadonlyMap<string, readonly LeadEvent[]>> => {
      const filter = {
        lead: { $in: [...ids] },
        machine: false,
        message: { $exists: false },
        source: { $in: outside },
      };
      const found = await events.find(filter, inOneBatch).sort({ lead: 1, at: 1 }).toArray();
      const byLead = new Map<string, LeadEvent[]>();
      for (const row of found) {
        const { _id: id, ...event } = present(EventRow.parse(row));
        byLead.set(event.lead, [...(byLead.get(event.lead) ?? []), { id, ...event }]);
      }
      return byLead;
    },
  };
}
