import type { Collection, Db, Document, Filter } from 'mongodb';
import * as z from 'zod';
import type { LeadEvent } from '../event/lead-event.js';
import type { Personal } from './personal.js';
import { FieldValue, insertMissing, isDuplicate, journaled, maybe, type Present, present } from './rows.js';

const VisitorRow = z.object({
  _id: z.string(),
  firstAt: z.date(),
  lastAt: z.date(),
  lead: maybe(z.string()),
  /** When it became known whose visits these are. */
  joinedAt: maybe(z.date()),
  /** Somebody else seems to sit there now: what it tells waits until that is decided. */
  isHeld: maybe(z.boolean()),
  /** Its person was erased, or objects: nothing of it is kept, until it is joined anew. */
  isClosed: maybe(z.boolean()),
  /** Events that may be waiting for their lead. */
  kept: z.number().default(0),
  /** The day that `today` counts events of. */
  day: maybe(z.string()),
  today: z.number().default(0),
});
type VisitorDocument = Readonly<Present<z.output<typeof VisitorRow>>>;

/** A browser on the site, and whose it is as far as that is known. Found by a hash of what the browser calls itself. */
export type Visitor = Omit<VisitorDocument, '_id' | 'day' | 'today'> & { readonly id: string };

const VisitorEventRow = z.object({
  _id: z.string(),
  visitor: z.string(),
  type: z.string(),
  at: z.date(),
  source: z.string(),
  about: maybe(z.string()),
  data: maybe(z.record(z.string(), FieldValue)),
  receivedAt: z.date(),
});
type VisitorEventDocument = Readonly<Present<z.output<typeof VisitorEventRow>>>;

/** What a visitor did before it was known whose it is. */
export type VisitorEvent = Pick<LeadEvent, 'id' | 'type' | 'at' | 'source' | 'about' | 'data'>;

/** Days that events wait for their lead, and that visitors of nobody are kept after they were last seen. */
const waitingDays = 90;
/** Days that the script's own mark in the browser lasts; nobody comes back as a visitor that was not seen for longer. */
const markDays = 180;
/** Events that wait for the lead of one visitor; of more the newest stay, which tell what it is interested in now. */
const mostWaiting = 200;
/** Room before the older ones go, so that not every event makes others go. */
const slack = 50;
/** Events of one visitor in a day: more than a person does, and little enough for a flood to come to nothing. */
const mostInADay = 500;
const dayMs = 86_400_000;

export async function openVisitors(db: Db) {
  const rows = db.collection<VisitorDocument>('visitors', journaled);
  const events = db.collection<VisitorEventDocument>('visitorEvents', journaled);
  await rows.createIndexes([
    // The visitors of a lead, when it is erased or merged.
    { key: { lead: 1 }, sparse: true },
    // What is too old.
    { key: { lastAt: 1 } },
    // Joined visitors for whom events may still wait: what a dead process left.
    {
      key: { joinedAt: 1 },
      partialFilterExpression: { joinedAt: { $exists: true }, kept: { $gt: 0 } },
      name: 'left behind',
    },
  ]);
  await events.createIndexes([
    // What is too old.
    { key: { receivedAt: 1 } },
    // The events of a visitor.
    { key: { visitor: 1, at: 1 } },
  ]);

  const byId = async (id: string): Promise<Visitor | undefined> => {
    const row = await rows.findOne({ _id: id });
    return row ? toVisitor(row) : undefined;
  };
  const forgetEvents = async (filter: Filter<VisitorEventDocument>): Promise<number> =>
    (await events.deleteMany(filter)).deletedCount;

  return {
    personal: personalOf(rows, events),
    byId,

    /**
     * Notes that a visitor is here, and gives it room for `count` events: as many as it may still tell today. Not flushed to
     * the disk by itself: the events that come next are, and without them nothing is lost.
     */
    touch: async (id: string, count: number, now: Date): Promise<{ visitor: Visitor; granted: number }> => {
      const found = await rows.findOneAndUpdate({ _id: id }, touching(count, now), {
        upsert: true,
        returnDocument: 'after',
        writeConcern: { w: 1, journal: false },
      });
      const { granted, ...row } = z.object({ granted: z.number() }).loose().parse(found);
      return { visitor: toVisitor(row), granted };
    },
    /** Keeps events until the lead of their visitor is known; of each, whether it is new. */
    keep: async (visitor: Visitor, told: readonly VisitorEvent[], now: Date): Promise<readonly boolean[]> => {
      const documents = told.map(({ id, ...event }) => ({
        _id: id,
        visitor: visitor.id,
        ...present(event),
        receivedAt: now,
      }));
      const there = await insertMissing({ db, name: events.collectionName }, documents);
      if (visitor.kept > mostWaiting + slack) await trim(visitor.id, rows, events);
      return told.map((_, i) => !there.has(i));
    },
    waiting: async (visitor: string): Promise<readonly VisitorEvent[]> =>
      (await events.find({ visitor }).sort({ at: 1 }).toArray()).map(toVisitorEvent),
    /** These are their lead's by now, or are not to be kept. */
    drop: async (ids: readonly string[]): Promise<void> => {
      if (ids.length > 0) await forgetEvents({ _id: { $in: [...ids] } });
    },

    /** A visitor of nobody becomes the lead's; undefined when it is somebody's, or somebody was faster. */
    take: async (id: string, lead: string, now: Date): Promise<Visitor | undefined> => {
      try {
        const row = await rows.findOneAndUpdate(
          { _id: id, lead: { $exists: false } },
          {
            $set: { lead, joinedAt: now },
            $unset: { isClosed: 1 },
            $setOnInsert: { firstAt: now, lastAt: now },
            ...lookAgain,
          },
          { upsert: true, returnDocument: 'after' },
        );
        return row ? toVisitor(row) : undefined;
      } catch (error) {
        if (isDuplicate(error)) return undefined;
        throw error;
      }
    },
    /** What one lead's browser tells from now on is another's; undefined when it is not that one's any more. */
    pass: async ({ id, from, to }: Passing, now: Date): Promise<Visitor | undefined> => {
      const row = await rows.findOneAndUpdate(
        { _id: id, lead: from },
        { $set: { lead: to, joinedAt: now }, $unset: { isHeld: 1 }, ...lookAgain },
        { returnDocument: 'after' },
      );
      return row ? toVisitor(row) : undefined;
    },
    /** What a lead's browser tells waits from now on, or waits no longer. */
    hold: async (id: string, isHeld: boolean): Promise<void> => {
      const ofALead = { _id: id, lead: { $exists: true } };
      if (isHeld) await rows.updateOne(ofALead, { $set: { isHeld } });
      else await rows.updateOne(ofALead, { $unset: { isHeld: 1 } });
    },
    /** Nothing is kept of this visitor any more, not even what waits. */
    close: async (id: string, now: Date): Promise<void> => {
      await forgetEvents({ visitor: id });
      await rows.updateOne(
        { _id: id },
        { ...closing, $set: { ...closing.$set, lastAt: now }, $setOnInsert: { firstAt: now } },
        { upsert: true },
      );
    },
    /** Joined visitors for whom events may wait although their joining is over; those that joined before `before`. */
    leftBehind: async (before: Date, limit: number): Promise<readonly Visitor[]> =>
      (
        await rows
          .find({ joinedAt: { $exists: true, $lte: before }, kept: { $gt: 0 }, isHeld: { $exists: false } })
          .limit(limit)
          .toArray()
      ).map(toVisitor),
    /** Nothing waits for the lead of this visitor any more. */
    settle: async (id: string): Promise<void> => {
      await rows.updateOne({ _id: id }, { $set: { kept: 0 } });
    },

    /** A person takes back what it agreed to: what it did goes, unless it is a lead's already. */
    forget: async (id: string): Promise<void> => {
      await forgetEvents({ visitor: id });
      await rows.deleteOne({ _id: id });
    },
    /** Forgets what nobody will come back for. */
    clear: async (now: Date): Promise<void> => {
      const ago = (days: number): Date => new Date(now.getTime() - days * dayMs);
      await forgetEvents({ receivedAt: { $lt: ago(waitingDays) } });
      await rows.deleteMany({ lastAt: { $lt: ago(waitingDays) }, lead: { $exists: false } });
      await rows.deleteMany({ lastAt: { $lt: ago(markDays) } });
    },
    count: () => Promise.all([rows.countDocuments(), events.countDocuments()]),
  };
}

/** A browser that passes from one lead to another. */
type Passing = { readonly id: string; readonly from: string; readonly to: string };

const closing = { $unset: { lead: 1, joinedAt: 1, isHeld: 1 }, $set: { isClosed: true, kept: 0 } } as const;

/** Whatever was about to be kept when a visitor was joined is looked for once more, a little later. */
const lookAgain = { $inc: { kept: 1 } } as const;

/** One more sight of a visitor, told to the database by what its row holds already, so that two at once count as two. */
function touching(count: number, now: Date): Document[] {
  const day = now.toISOString().slice(0, 10);
  const before = { $cond: [{ $eq: ['$day', day] }, { $ifNull: ['$today', 0] }, 0] };
  const granted = { $max: [0, { $min: [count, { $subtract: [mostInADay, before] }] }] };
  const waits = { $or: [{ $eq: [{ $type: '$lead' }, 'missing'] }, { $eq: ['$isHeld', true] }] };
  return [
    { $set: { granted, today: before } },
    {
      $set: {
        firstAt: { $ifNull: ['$firstAt', now] },
        lastAt: { $max: ['$lastAt', now] },
        day,
        today: { $add: ['$today', '$granted'] },
        kept: { $add: [{ $ifNull: ['$kept', 0] }, { $cond: [waits, '$granted', 0] }] },
      },
    },
  ];
}

/** Lets go of all but the newest events of a visitor. */
async function trim(
  visitor: string,
  rows: Collection<VisitorDocument>,
  events: Collection<VisitorEventDocument>,
): Promise<void> {
  const older = await events
    .find({ visitor })
    .sort({ at: -1 })
    .skip(mostWaiting)
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  await events.deleteMany({ _id: { $in: older.map(({ _id }) => _id) } });
  await rows.updateOne({ _id: visitor, lead: { $exists: false } }, { $set: { kept: mostWaiting } });
}

function personalOf(rows: Collection<VisitorDocument>, events: Collection<VisitorEventDocument>): readonly Personal[] {
  const visitorsOf = async (leads: readonly string[]): Promise<readonly string[]> =>
    (
      await rows
        .find({ lead: { $in: [...leads] } })
        .project<{ _id: string }>({ _id: 1 })
        .toArray()
    ).map(({ _id }) => _id);
  return [
    {
      collection: events.collectionName,
      holds: 'what was done on the site and is about to be given to the lead',
      erase: async ({ leads }) =>
        (await events.deleteMany({ visitor: { $in: [...(await visitorsOf(leads))] } })).deletedCount,
      show: async ({ leads }) => events.find({ visitor: { $in: [...(await visitorsOf(leads))] } }).toArray(),
    },
    {
      collection: rows.collectionName,
      holds: 'the browsers that the lead was seen with on the site',
      // After their events, which are found by them.
      goes: 'lead',
      // The row stays without its person, so that what this browser tells in future is not kept either.
      erase: async ({ leads }) => (await rows.updateMany({ lead: { $in: [...leads] } }, closing)).modifiedCount,
      show: ({ leads }) => rows.find({ lead: { $in: [...leads] } }).toArray(),
      move: async (from, to) => void (await rows.updateMany({ lead: from }, { $set: { lead: to } })),
    },
  ];
}

function toVisitor(document: unknown): Visitor {
  const { _id, day: _, today: __, ...row } = present(VisitorRow.parse(document));
  return { id: _id, ...row };
}

function toVisitorEvent(document: unknown): VisitorEvent {
  const { _id, visitor: _, receivedAt: __, ...row } = present(VisitorEventRow.parse(document));
  return { id: _id, ...row };
}
