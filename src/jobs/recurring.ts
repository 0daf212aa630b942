import { MongoBackend } from '@agendajs/mongo-backend';
import { Agenda, type Job } from 'agenda';
import type { Db } from 'mongodb';

/** One thing that comes round: a name, a cadence and one call. */
export type Recurring = {
  readonly name: string;
  /** An interval ("5 seconds") or a cron schedule, which has been checked before. */
  readonly every: string;
  readonly timeZone?: string;
  readonly run: () => Promise<void>;
};

/** Longest a job may take before another process may start it again; ours touch their lock by being short. */
const lockMs = 5 * 60_000;

/**
 * Lets Agenda run what comes round, in MongoDB, across processes. It is a clock that may strike twice, never the ledger:
 * each call must be harmless when made again.
 */
export async function startRecurring(db: Db, jobs: readonly Recurring[], onFault: (error: unknown) => void) {
  const agenda = new Agenda({
    backend: new MongoBackend({ mongo: db, collection: 'agendaJobs' }),
    processEvery: 1000,
    defaultConcurrency: 1,
    // Without a limit one process locks everything that is due, long before it can start it.
    defaultLockLimit: 1,
    defaultLockLifetime: lockMs,
  });
  agenda.on('error', onFault);
  await agenda.ready;

  const running = new Set<Promise<void>>();
  const define = (job: Recurring): void => {
    const processor = async (_job: Job): Promise<void> => {
      const call = job.run().catch(onFault);
      running.add(call);
      await call;
      running.delete(call);
    };
    // oxlint-disable-next-line typescript/no-misused-promises -- Agenda's overload with a callback comes first
    agenda.define(keyOf(job), processor);
  };

  const scheduled = new Set<string>();
  /** Lets these come round, and nothing else. What came round before and still does keeps its next time. */
  const update = async (wanted: readonly Recurring[]): Promise<void> => {
    for (const job of wanted) define(job);
    for (const job of wanted.filter((one) => !scheduled.has(keyOf(one)))) {
      const { every, timeZone } = job;
      await agenda.every(every, keyOf(job), {}, { skipImmediate: true, ...(timeZone ? { timezone: timeZone } : {}) });
      scheduled.add(keyOf(job));
    }
    const keys = wanted.map(keyOf);
    const gone = [...scheduled].filter((key) => !keys.includes(key));
    // Neither removed nor undefined, for Agenda may be running it. The next start removes it.
    if (gone.length > 0) await agenda.disable({ names: gone });
    for (const key of gone) scheduled.delete(key);
  };

  await update(jobs);
  // A sequence that lost its schedule, or its file, while nobody looked must not fire any more.
  await agenda.purge();
  await agenda.start();

  return {
    update,
    /** Starts nothing more, and waits for what runs. */
    stop: async (): Promise<void> => {
      await agenda.stop(false);
      await Promise.all(running);
    },
  };
}
export type RecurringJobs = Awaited<ReturnType<typeof startRecurring>>;

/** Under another cadence a job is another one to Agenda: one that runs meanwhile saves its own next time when it ends. */
function keyOf({ name, every, timeZone }: Recurring): string {
  return [name, every, timeZone].filter(Boolean).join(', ');
}
