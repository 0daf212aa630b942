import type { Db } from 'mongodb';
import * as z from 'zod';
import { ofBatch } from './field.js';
import { rounded } from './figures.js';
import type { Flags } from './flags.js';
import { type Lab, progress } from './lab.js';
import type { Finding } from './report.js';
import { openField, startWorker } from './worker.js';

/** Of the mails that fall due at one instant, how many are sent before and after, to know the steady speed. */
const steadyShare = 0.2;

const Settled = z.object({ settledAt: z.date() });

/** How late mails are that fall due at one instant, against a worker that sends at its steady speed from that instant on. */
export async function measureLateness(lab: Lab, { burst }: Flags): Promise<Finding> {
  const worker = await startWorker(lab);
  try {
    const field = await openField(lab, worker);
    const steadily = async (mails: number): Promise<number> => {
      const batch = await field.plant(mails);
      const { tookMs } = await worker.drain();
      await field.check(batch, mails);
      return mails / tookMs;
    };
    const few = Math.ceil(burst * steadyShare);
    await steadily(few);
    const before = await steadily(few);

    const inAnHour = new Date(Date.now() + 3_600_000);
    const batch = await field.plant(burst, inAnHour);
    const dueAt = await setDue(field.db, batch);
    progress(`lateness: ${burst} mails, all due in ${((dueAt.getTime() - Date.now()) / 1000).toFixed(0)} s`);
    const { tookMs } = await worker.drain({ at: dueAt.getTime() });
    await field.check(batch, burst);
    const latest = percentile(await latenesses(field.db, batch, dueAt), 0.99);
    const after = await steadily(few);

    const steady = (before + after) / 2;
    const idealMs = (burst / steady) * 0.99;
    progress(
      `  p99 ${(latest / 1000).toFixed(2)} s, ideal ${(idealMs / 1000).toFixed(2)} s, all in ${(tookMs / 1000).toFixed(2)} s`,
    );
    const note = `${speed(burst / tookMs)} mails/s of the burst; ${speed(before)} before, ${speed(after)} after`;
    return {
      figures: [
        {
          key: 'latenessRatio',
          label: `lateness p99 of ${burst} mails due at one instant ÷ ideal`,
          value: latest / idealMs,
          bar: { atMost: 1.3 },
          note,
        },
      ],
      more: { burst, latenessP99Seconds: rounded(latest / 1000, 3) },
    };
  } finally {
    await worker.stop();
  }
}

/** Has a batch fall due at one instant soon. Setting that takes its time: on a slow machine the instant is a later one. */
async function setDue(db: Db, batch: number): Promise<Date> {
  for (let inMs = 3000; ; inMs *= 2) {
    const dueAt = new Date(Date.now() + inMs);
    await db.collection('enrollments').updateMany(ofBatch(batch), { $set: { dueAt } });
    if (Date.now() < dueAt.getTime()) return dueAt;
  }
}

/** How long after they were due the mails of a batch were accepted, as the ledger has it. */
async function latenesses(db: Db, batch: number, dueAt: Date): Promise<readonly number[]> {
  const rows = await db.collection('messages').find(ofBatch(batch)).project({ settledAt: 1 }).toArray();
  return rows.map((row) => Settled.parse(row).settledAt.getTime() - dueAt.getTime());
}

function percentile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
}

function speed(mailsPerMs: number): string {
  return (mailsPerMs * 1000).toFixed(0);
}
