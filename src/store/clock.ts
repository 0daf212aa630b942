import type { Db } from 'mongodb';
import * as z from 'zod';

const Told = z.object({ now: z.date() });

/**
 * The time of the database, by this machine's clock and how far that is off. Leases and due times are compared by all
 * processes: one whose own clock is wrong would take from others what they still hold, and come late or early itself.
 */
export async function openClock(db: Db, own: () => Date) {
  let aheadMs = 0;
  const measure = async (): Promise<void> => {
    const before = own().getTime();
    const [told] = await db.aggregate([{ $documents: [{ at: 0 }] }, { $project: { now: '$$NOW' } }]).toArray();
    const middle = (before + own().getTime()) / 2;
    aheadMs = Math.round(Told.parse(told).now.getTime() - middle);
  };
  await measure();
  return {
    now: (): Date => new Date(own().getTime() + aheadMs),
    /** Looks again: clocks drift, and are set. */
    measure,
  };
}
