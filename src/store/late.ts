import type { Collection, Db, Document, Filter } from 'mongodb';
import * as z from 'zod';
import { journaled } from './rows.js';

/** Steps that were due before an instant: runs to be looked at, and mails to be tried. */
export type Late = { readonly count: number; readonly oldest?: Date };

/** So many are counted; whoever has more late than this needs no exact figure. */
const mostCounted = 100_000;
const batchSize = 1000;
/** A mail that a person has decided to send, though late, is worth it for so long. */
const worthMs = 24 * 3_600_000;

type Row = { readonly _id: string } & Document;

const lateRun = (before: Date): Filter<Row> => ({ status: 'active', dueAt: { $lt: before } });
const lateMail = (before: Date): Filter<Row> => ({
  state: { $in: ['queued', 'deferred'] },
  nextAttemptAt: { $lt: before },
});

const RunRow = z.object({ _id: z.string(), dueAt: z.date() });
const MailRow = z.object({ _id: z.string(), enrollment: z.string(), nextAttemptAt: z.date(), expiresAt: z.date() });

/** What has become overdue, over enrollments and messages, whose indexes on what is due answer all of it. */
export function openLate(db: Db) {
  const runs = db.collection<Row>('enrollments', journaled);
  const mails = db.collection<Row>('messages', journaled);

  return {
    /** How much was due before an instant, and since when the first of it. */
    count: async (before: Date, limit = mostCounted): Promise<Late> => {
      const [lateRuns, lateMails, firstRun, firstMail] = await Promise.all([
        runs.countDocuments(lateRun(before), { limit }),
        mails.countDocuments(lateMail(before), { limit }),
        runs.find(lateRun(before)).sort({ dueAt: 1 }).limit(1).next(),
        mails.find(lateMail(before)).sort({ nextAttemptAt: 1 }).limit(1).next(),
      ]);
      const times = [
        ...(firstRun ? [RunRow.parse(firstRun).dueAt] : []),
        ...(firstMail ? [MailRow.parse(firstMail).nextAttemptAt] : []),
      ];
      const [oldest] = times.toSorted((a, b) => a.getTime() - b.getTime());
      return { count: Math.min(lateRuns + lateMails, limit), ...(oldest ? { oldest } : {}) };
    },

    /** Ends late mails without sending them. Answers how many, and the runs that waited for them. */
    skipMails: async (
      before: Date,
      because: string,
      now: Date,
    ): Promise<{ readonly count: number; readonly enrollments: readonly string[] }> => {
      let count = 0;
      const enrollments: string[] = [];
      for (;;) {
        const found = (await mails.find(lateMail(before)).limit(batchSize).toArray()).map((row) => MailRow.parse(row));
        if (found.length === 0) return { count, enrollments };
        const ids = found.map(({ _id }) => _id);
        const { modifiedCount } = await mails.updateMany(
          { _id: { $in: ids }, ...lateMail(before) },
          {
            $set: { state: 'skipped', because, settledAt: now },
            $unset: { claim: 1, leaseUntil: 1 },
          },
        );
        count += modifiedCount;
        enrollments.push(...found.map(({ enrollment }) => enrollment));
      }
    },

    /** Late runs by their ids, a batch after the other; what becomes of one does not bring it up again. */
    runs: async function* (before: Date): AsyncGenerator<readonly string[]> {
      for (let last = ''; ; ) {
        const found = await runs
          .find({ _id: { $gt: last }, ...lateRun(before) })
          .sort({ _id: 1 })
          .limit(batchSize)
          .toArray();
        const ids = found.map((row) => RunRow.parse(row)._id);
        last = ids.at(-1) ?? '';
        if (ids.length === 0) return;
        yield ids;
      }
    },

    /** Has what is late come due evenly over some time from `from` on, the oldest first. Answers how much that was. */
    spread: async (before: Date, from: Date, overMs: number): Promise<number> => {
      const all = await runs.countDocuments(lateRun(before));
      const allMails = await mails.countDocuments(lateMail(before));
      const placeOf = (i: number, of: number): Date => new Date(from.getTime() + Math.floor((overMs * i) / of));
      const moved = await moveAll(runs, lateRun(before), 'dueAt', (_row, i) => ({ dueAt: placeOf(i, all) }));
      const movedMails = await moveAll(mails, lateMail(before), 'nextAttemptAt', (row, i) => {
        const nextAttemptAt = placeOf(i, allMails);
        const worthUntil = nextAttemptAt.getTime() + worthMs;
        return {
          nextAttemptAt,
          expiresAt: new Date(Math.max(MailRow.parse(row).expiresAt.getTime(), worthUntil)),
        };
      });
      return moved + movedMails;
    },
  };
}
export type LateSteps = ReturnType<typeof openLate>;

/** Changes rows in the order of their time. Each is changed only while it is still late: a second run of the same goes on where the first ended. */
async function moveAll(
  rows: Collection<Row>,
  late: Filter<Row>,
  by: string,
  change: (row: Row, i: number) => Document,
): Promise<number> {
  let moved = 0;
  for (let i = 0; ; ) {
    const found = await rows
      .find(late)
      .sort({ [by]: 1 })
      .limit(batchSize)
      .toArray();
    if (found.length === 0) return moved;
    const writes = found.map((row) => {
      const filter: Filter<Row> = { _id: row._id, ...late };
      return { updateOne: { filter, update: { $set: change(row, i++) } } };
    });
    moved += (await rows.bulkWrite(writes, { ordered: false })).modifiedCount;
  }
}
