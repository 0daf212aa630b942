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
    // Without limits one process locks everything that is due, long before it can start it.
    lockLimit: jobs.length,
    defaultConcurrency: 1,
    defaultLockLimit: 1,
    defaultLockLifetime: lockMs,
  });
  agenda.on('error', onFault);
  await agenda.ready;

  const running = new Set<Promise<void>>();
  for (const { name, run } of jobs) {
    const processor = async (_job: Job): Promise<void> => {
      const call = run().catch(onFault);
      running.add(call);
      await call;
      running.delete(call);
    };
    // oxlint-disable-next-line typescript/no-misused-promises -- Agenda's overload with a callback comes first
    agenda.define(name, processor);
  }
  await agenda.start();
  for (const { name, every, timeZone } of jobs) {
    await agenda.every(
      every,
      name,
      {},
      timeZone ? { timezone: timeZone, skipImmediate: true } : { skipImmediate: true },
    );
  }
  // A sequence that lost its schedule, or its file, must not fire any more.
  await agenda.purge();

  return {
    /** Starts nothing more, and waits for what runs. */
    stop: async (): Promise<void> => {
      await agenda.stop(false);
      await Promise.all(running);
    },
  };
}
