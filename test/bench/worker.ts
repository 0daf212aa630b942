import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Db, MongoClient } from 'mongodb';
import * as z from 'zod';
import { findRunningEngine } from '../../src/store/embedded-engine.js';
import { startChild } from './child.js';
import { ofBatch, plantDue, type SampleRows, sampleRows } from './field.js';
import type { Lab } from './lab.js';
import { areAllThere, startOwnSink, toldOf } from './sink.js';

const Drained = z.object({
  tookMs: z.number(),
  /** CPU time of the worker with all its threads, the embedded engine among them when it runs there. */
  cpuMs: z.number(),
  /** Most memory that the worker had meanwhile. */
  rssMb: z.number(),
});
export type Drained = z.output<typeof Drained>;

export type WorkerSetting = {
  /** The database; without it the worker runs the embedded engine itself. */
  readonly uri?: string;
  /** Prepares the data directory before the worker opens it. */
  readonly prepare?: (dataDir: string) => Promise<void>;
  /** Further settings of this worker alone. */
  readonly settings?: Readonly<Record<string, string>>;
};

/** A Rivulet in a process of its own, which sends when it is told to. */
export type BenchWorker = {
  readonly dataDir: string;
  readonly db: Db;
  readonly capture: (email: string) => Promise<string>;
  /** Has it answer HTTP; where. */
  readonly listen: () => Promise<string>;
  /** CPU time it has used so far, the embedded engine with it. Rejects when Rivulet had a fault. */
  readonly cpuMs: () => Promise<number>;
  readonly drain: (detail?: { readonly at?: number; readonly profile?: string }) => Promise<Drained>;
  readonly stop: () => Promise<void>;
};

export async function startWorker(lab: Lab, { uri, prepare, settings = {} }: WorkerSetting = {}): Promise<BenchWorker> {
  const dataDir = await mkdtemp(join(lab.scratch, 'w'));
  await prepare?.(dataDir);
  const child = startChild(lab.compiled.script('worker-process'));
  await child.ask('open', z.undefined(), {
    DATA_DIR: dataDir,
    PROJECT_DIR: 'test/bench/project',
    PUBLIC_URL: 'https://mail.tallybay.example.com',
    SIGNING_SECRET: 'the workers of a bench share their signing secret',
    SMTP_URL: `smtp://127.0.0.1:${lab.sink.port}`,
    SMTP_CONNECTIONS: String(lab.connections),
    ...(uri ? { MONGODB_URI: uri } : {}),
    ...lab.settings,
    ...settings,
  });
  const address = uri ?? (await findRunningEngine(dataDir));
  if (!address) throw new Error('the worker has no running engine');
  const client = await new MongoClient(address, { ignoreUndefined: true }).connect();
  const attributes = { company: 'Cold Store Ltd', jobTitle: 'Warehouse manager', doors: 12 };
  return {
    dataDir,
    db: client.db('rivulet'),
    capture: (email) => child.ask('sample', z.string(), { email, firstName: 'Noor', attributes }),
    listen: () => child.ask('listen', z.string()),
    cpuMs: () => child.ask('cpuMs', z.number()),
    drain: (detail = {}) => child.ask('drain', Drained, detail),
    stop: async () => {
      await client.close();
      await child.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A worker's database, filled by the bench, and drained by one worker or more with every mail accounted for. */
export async function openField(lab: Lab, worker: BenchWorker) {
  const { db } = worker;
  const lead = await worker.capture('sample@example.com');
  const sample: SampleRows = await sampleRows(db, lead);
  await worker.drain();
  await lab.sink.arrivals();
  /** The sample's run, which waits for the next step by now. */
  const { enrollment: waiting } = await sampleRows(db, lead);
  if (waiting['status'] !== 'active' || !(waiting['dueAt'] > new Date()))
    throw new Error('the sample does not wait for its next step: was its mail not sent?');
  let batches = 0;

  return {
    db,
    waiting,
    /** Makes leads due now, or at an instant. Answers the batch. */
    plant: async (count: number, dueAt = new Date()): Promise<number> => {
      batches += 1;
      await plantDue(db, sample, batches, count, dueAt);
      return batches;
    },
    nextBatch: (): number => (batches += 1),
    /** Fails unless each mail of a batch is in the ledger once, and at the sink once, and its run waits for the next step. */
    check: async (batch: number, count: number) => {
      const arrivals = await lab.sink.arrivals();
      const [accepted, moved] = await Promise.all([
        db.collection('messages').countDocuments({ ...ofBatch(batch), state: 'accepted' }),
        db.collection('enrollments').countDocuments({ ...ofBatch(batch), step: waiting['step'], status: 'active' }),
      ]);
      if (!areAllThere(arrivals, count) || accepted !== count || moved !== count)
        throw new Error(
          `of ${count} mails due, ${toldOf(arrivals)}, ${accepted} are recorded as accepted, and ${moved} runs went on`,
        );
      return arrivals;
    },
  };
}
export type Field = Awaited<ReturnType<typeof openField>>;

/** What a worker sends, as a mail server gets it. */
export async function captureMails(lab: Lab, count: number, setting: WorkerSetting = {}): Promise<readonly Buffer[]> {
  const sink = await startOwnSink(lab.compiled);
  const worker = await startWorker({ ...lab, sink }, setting);
  try {
    const field = await openField({ ...lab, sink }, worker);
    await sink.keep(count);
    const batch = await field.plant(count);
    await worker.drain();
    await field.check(batch, count);
    return await sink.kept();
  } finally {
    await worker.stop();
    await sink.stop();
  }
}
