import type { Collection, Db } from 'mongodb';
import * as z from 'zod';
import type { Enrollment } from '../journey/enrollment.js';
import { type Personal, personalRows } from './personal.js';
import { grouped } from '../grouping.js';
import {
  FieldValue,
  inOneBatch,
  insertNew,
  isDuplicate,
  journaled,
  maybe,
  present,
  type Update,
  updateAll,
  unlessThereIsNone,
} from './rows.js';

const Entry = z.object({ at: z.date(), step: z.string().nullable(), did: z.string(), because: z.string() });

/** An event as it waits, inside an enrollment or in the events, in the form it is kept in. */
export const StoredEvent = z.object({
  id: z.string(),
  type: z.string(),
  lead: z.string(),
  at: z.date(),
  source: z.string(),
  machine: z.boolean(),
  late: maybe(z.boolean()),
  evidence: maybe(z.array(z.string())),
  about: maybe(z.string()),
  message: maybe(z.string()),
  enrollment: maybe(z.string()),
  sequence: maybe(z.string()),
  step: maybe(z.string()),
  hard: maybe(z.boolean()),
  points: maybe(z.number()),
  why: maybe(z.string()),
  data: maybe(z.record(z.string(), FieldValue)),
});

const TriggerRow = z.object({
  type: z.string(),
  at: z.date(),
  about: maybe(z.string()),
  title: maybe(z.string()),
  text: maybe(z.string()),
  mail: maybe(z.string()),
});

const EnrollmentRow = z.object({
  _id: z.string(),
  lead: z.string(),
  sequence: z.string(),
  revision: z.string(),
  startedAt: z.date(),
  because: z.string(),
  status: z.enum(['active', 'ended']),
  endedAt: maybe(z.date()),
  endedBecause: maybe(z.string()),
  step: z.string().nullable(),
  since: z.date(),
  dueAt: z.date().nullable(),
  waitsFor: z.string(),
  generation: z.number(),
  history: z.array(Entry),
  splits: maybe(z.array(z.object({ key: z.string(), way: z.string(), at: z.date() }))),
  key: maybe(z.string()),
  event: maybe(TriggerRow.transform(present)),
  raised: z.array(StoredEvent),
});
type EnrollmentDocument = Omit<Enrollment, 'id'> & {
  readonly _id: string;
  /** Whose save was the last one. */
  readonly savedBy?: string;
  /** Held by a pause, at whose end it is looked at again. */
  readonly isParked?: boolean;
};

export async function openEnrollments(db: Db) {
  const rows = db.collection<EnrollmentDocument>('enrollments', journaled);
  // Of before there were keys; it would keep a second key from its run.
  await rows.dropIndex('one_active_run').catch(unlessThereIsNone);
  // Of before it was told where leads stand and leave; the one by standing serves for it.
  await rows.dropIndex('sequence_1_revision_1').catch(unlessThereIsNone);
  await rows.createIndexes([
    // The dispatcher's question: what is due?
    { key: { dueAt: 1 }, partialFilterExpression: { status: 'active' } },
    // Two triggers at once cannot enroll a lead twice in one sequence; where each key has its run, not twice for one key.
    {
      key: { lead: 1, sequence: 1, key: 1 },
      unique: true,
      partialFilterExpression: { status: 'active' },
      name: 'one_active_run_a_key',
    },
    // What came of a split: who took which way.
    { key: { 'splits.key': 1 }, sparse: true },
    // Where leads stand and where they left, told from the index alone; what an edit does to those on their way.
    { key: { sequence: 1, status: 1, revision: 1, step: 1, endedBecause: 1 }, name: 'standing' },
    // What a dead process left: raised events that are still to be recorded.
    { key: { status: 1 }, partialFilterExpression: { 'raised.0': { $exists: true } }, name: 'raised' },
    // What a pause holds.
    { key: { isParked: 1 }, sparse: true },
    // A lead's runs, past and present.
    { key: { lead: 1, startedAt: 1 } },
  ]);

  const personal: Personal = {
    ...personalRows({ db, name: rows.collectionName }, 'sequences of mails that you went through, step by step'),
    goes: 'runs',
    halt: async (leads, endedAt) => {
      // Counts as a change: who decides about one of them meanwhile did not know of it.
      await rows.updateMany(
        { lead: { $in: [...leads] }, status: 'active' },
        {
          $set: { status: 'ended', endedAt, endedBecause: 'the lead is erased', dueAt: null, waitsFor: '', raised: [] },
          $inc: { generation: 1 },
        },
      );
    },
    // Those under way a merge looks at one by one.
    move: async (from, to) => void (await rows.updateMany({ lead: from, status: 'ended' }, { $set: { lead: to } })),
  };

  return {
    personal,
    /** Starts a run; false when it was started before or another run of the sequence is going on. */
    start: async (enrollment: Enrollment): Promise<boolean> => {
      try {
        return (await insertNew({ db, name: rows.collectionName }, [toDocument(enrollment)])) === 1;
      } catch (error) {
        if (isDuplicate(error)) return false;
        throw error;
      }
    },

    /** Writes runs as they are; one that was started before, or whose sequence goes on in another one, is left out. */
    insert: async (enrollments: readonly Enrollment[]): Promise<void> => {
      await insertNew({ db, name: rows.collectionName }, enrollments.map(toDocument));
    },

    /**
     * Up to `limit` due enrollments, the longest due first, of each lead one: the next must see what this one brings
     * about, or two mails would go at one instant to somebody who was to be left in peace. Nothing is written: whoever
     * looks at the same ones decides the same, and the save of one of them counts. `skip`: leaves the first to others.
     */
    due: async (
      now: Date,
      limit: number,
      skip = 0,
      priorityOf: (sequence: string) => number = () => 0,
    ): Promise<readonly Enrollment[]> => {
      const found = await rows
        .find({ status: 'active', dueAt: { $lte: now } }, inOneBatch)
        .sort({ dueAt: 1 })
        .skip(skip)
        .limit(limit)
        .toArray();
      // The last one that is set stays: of those with the highest priority the one due first.
      const byRank = found.toReversed().toSorted((a, b) => priorityOf(a.sequence) - priorityOf(b.sequence));
      return [...new Map(byRank.map((row) => [row.lead, row])).values()].map(toEnrollment);
    },
    /** Puts off what nobody can decide now, so that it does not stand before all others. */
    postpone: async (ids: readonly string[], until: Date): Promise<void> => {
      if (ids.length > 0)
        await rows.updateMany({ _id: { $in: [...ids] }, status: 'active' }, { $set: { dueAt: until } });
    },

    /** Saves what became of enrollments, each only if nobody changed it since it was read. Answers the ids saved. `save` is used once. */
    save: (saves: readonly Save[], save: string) => saveAll(db, rows, saves, save),

    byId: async (id: string): Promise<Enrollment | undefined> => {
      const row = await rows.findOne({ _id: id });
      return row ? toEnrollment(row) : undefined;
    },
    byIds: async (ids: readonly string[]): Promise<ReadonlyMap<string, Enrollment>> => {
      const found = await rows.find({ _id: { $in: [...ids] } }).toArray();
      return new Map(found.map((row) => [row._id, toEnrollment(row)]));
    },
    /** All runs of leads, by lead. */
    ofLeads: async (leads: readonly string[]): Promise<ReadonlyMap<string, readonly Enrollment[]>> => {
      if (leads.length === 0) return new Map();
      const found = await rows
        .find({ lead: { $in: [...leads] } }, inOneBatch)
        .sort({ startedAt: 1 })
        .toArray();
      return grouped(found.map(toEnrollment), ({ lead }) => lead);
    },
    ofLead: async (lead: string): Promise<readonly Enrollment[]> =>
      (await rows.find({ lead }).sort({ startedAt: 1 }).toArray()).map(toEnrollment),

    /** Runs of a sequence under way, by the revision and the step they stand at. */
    standing: async (sequence: string): Promise<readonly Standing[]> => {
      const counts = await rows
        .aggregate<{ _id: { revision: string; step: string | null }; count: number }>([
          { $match: { status: 'active', sequence } },
          { $group: { _id: { revision: '$revision', step: '$step' }, count: { $sum: 1 } } },
        ])
        .toArray();
      return counts.map(({ _id, count }) => ({ ..._id, count }));
    },
    /** Where and why runs of a sequence ended, the most frequent first; of reasons that hardly any two share, the beginning. */
    left: async (sequence: string): Promise<readonly Left[]> => {
      const counts = await rows
        .aggregate<{ _id: { revision: string; step: string | null; because: string | null }; count: number }>([
          { $match: { status: 'ended', sequence } },
          { $group: { _id: { revision: '$revision', step: '$step', because: '$endedBecause' }, count: { $sum: 1 } } },
          { $sort: { count: -1, _id: 1 } },
          { $limit: mostReasons },
        ])
        .toArray();
      return counts.map(({ _id: { because, ...at }, count }) => ({ ...at, because: because ?? '', count }));
    },
    /** The runs under way that stand at a step of a revision. */
    standingAt: async function* (sequence: string, revision: string, step: string): AsyncGenerator<Enrollment> {
      for await (const row of rows.find({ status: 'active', sequence, revision, step })) yield toEnrollment(row);
    },
    /** Has all runs looked at that stand in other revisions of a sequence, because they may go on in this one. */
    wakeOthers: async (sequence: string, revision: string, now: Date): Promise<void> => {
      await rows.updateMany(
        { status: 'active', sequence, revision: { $ne: revision }, dueAt: { $gt: now } },
        { $set: { dueAt: now } },
      );
    },
    /** Everybody who took a way of a split, in the order in which they came. */
    waysTaken: async (key: string): Promise<readonly WayTaken[]> => {
      const found = await rows.find({ 'splits.key': key }).project({ lead: 1, splits: 1 }).toArray();
      return found
        .flatMap(({ _id, lead, splits }) => WayTakenRow.parse({ enrollment: _id, lead, splits }).taken)
        .filter((taken) => taken.key === key)
        .toSorted((a, b) => a.at.getTime() - b.at.getTime());
    },

    /** Makes enrollments due now, because what they waited for has come. Counts as a change: who decides meanwhile did not know of it. */
    wake: async (ids: readonly string[], now: Date): Promise<void> => {
      if (ids.length > 0)
        await rows.updateMany(
          { _id: { $in: [...ids] }, status: 'active' },
          { $set: { dueAt: now }, $inc: { generation: 1 } },
        );
    },

    /** Holds enrollments until a pause ends, or until `until`. Where they stand, and since when, stays. */
    park: async (ids: readonly string[], until: Date): Promise<void> => {
      if (ids.length > 0)
        await rows.updateMany({ _id: { $in: [...ids] }, status: 'active' }, { $set: { dueAt: until, isParked: true } });
    },
    /** Has enrollments looked at again that a pause held. */
    unpark: async (now: Date): Promise<void> => {
      await rows.updateMany({ isParked: true, status: 'active' }, { $set: { dueAt: now }, $unset: { isParked: 1 } });
    },

    /** The raised events of an enrollment are recorded: forget them, and look at it again. */
    clearRaised: async (id: string, generation: number, now: Date): Promise<void> => {
      await rows.updateOne({ _id: id, generation, status: 'ended' }, { $set: { raised: [] } });
      await rows.updateOne({ _id: id, generation, status: 'active' }, { $set: { raised: [], dueAt: now } });
    },

    /** Ended runs whose last events a dead process left unrecorded. */
    endedWithRaised: async (): Promise<readonly Enrollment[]> =>
      (
        await rows
          .find({ status: 'ended', 'raised.0': { $exists: true } })
          .limit(500)
          .toArray()
      ).map(toEnrollment),

    nextDueAt: async (): Promise<Date | undefined> => {
      const row = await rows
        .find({ status: 'active', dueAt: { $ne: null } })
        .sort({ dueAt: 1 })
        .limit(1)
        .next();
      return row?.dueAt ?? undefined;
    },

    countActive: async (): Promise<readonly { sequence: string; count: number }[]> => {
      const counts = await rows
        .aggregate<{ _id: string; count: number }>([
          // Every sequence has a name; asked for it, the index by standing tells.
          { $match: { sequence: { $gt: '' }, status: 'active' } },
          { $group: { _id: '$sequence', count: { $sum: 1 } } },
        ])
        .toArray();
      return counts.map(({ _id, count }) => ({ sequence: _id, count }));
    },
  };
}

/** An enrollment as it was read, and as it is to be. */
export type Save = { readonly from: Enrollment; readonly to: Enrollment };

/** How many leads stand at one step of one revision. */
export type Standing = { readonly revision: string; readonly step: string | null; readonly count: number };

/** How many runs ended at a step of a revision for a reason; at no step those that came to the end of the file. */
export type Left = Standing & { readonly because: string };
const mostReasons = 1000;

export type WayTaken = {
  readonly enrollment: string;
  readonly lead: string;
  readonly key: string;
  readonly way: string;
  readonly at: Date;
};
const WayTakenRow = z
  .object({
    enrollment: z.string(),
    lead: z.string(),
    splits: z.array(z.object({ key: z.string(), way: z.string(), at: z.date() })),
  })
  .transform(({ splits, ...who }) => ({ taken: splits.map((split): WayTaken => ({ ...who, ...split })) }));

async function saveAll(
  db: Db,
  rows: Collection<EnrollmentDocument>,
  saves: readonly Save[],
  savedBy: string,
): Promise<ReadonlySet<string>> {
  if (saves.length === 0) return new Set();
  const ids = saves.map(({ to }) => to.id);
  const found = await updateAll(
    { db, name: rows.collectionName },
    [...new Set(saves.map(({ to }) => to.generation))].map((generation): Update<EnrollmentDocument> => {
      const alike = saves.filter(({ to }) => to.generation === generation);
      return {
        q: { _id: { $in: alike.map(({ to }) => to.id) }, generation },
        sets: Object.fromEntries(
          alike.map(({ from, to }) => [to.id, { ...changed(from, to), generation: generation + 1, savedBy }]),
        ),
      };
    }),
  );
  if (found === saves.length) return new Set(ids);
  // Somebody was faster with some of them.
  const ours = await rows
    .find({ _id: { $in: ids }, savedBy })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  return new Set(ours.map(({ _id }) => _id));
}

/** What a change left as it was need not be written. */
function changed(from: Enrollment, to: Enrollment): Partial<EnrollmentDocument> {
  const before = new Map<string, unknown>(Object.entries(from));
  // When it is due may have been changed by others, without counting the generation: it is what was decided now.
  const isNew = ([key, value]: [string, unknown]): boolean => key === 'dueAt' || before.get(key) !== value;
  const { _id, ...document } = toDocument(to);
  return Object.fromEntries(Object.entries(document).filter(isNew));
}

function toDocument({ id, ...rest }: Enrollment): EnrollmentDocument {
  return { _id: id, ...rest };
}

function toEnrollment(document: unknown): Enrollment {
  const { _id, raised, ...row } = EnrollmentRow.parse(document);
  return { id: _id, ...present(row), raised: raised.map((event) => present(event)) };
}
