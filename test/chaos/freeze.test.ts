import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { type ChaosEngine, type ChaosSink, type Child, kill, startEngine, startSink, startWorker } from './children.js';
import { startClock, timeOn } from './clock.js';
import { aChaosProject, enrollMany, mails } from './people.js';
import { broken, judge } from './verdict.js';

// Real processes that are stopped and ended at the worst instant, on a clock that is fast enough to let leases run out.

const leads = 60;
const connections = 5;
const clock = startClock(60);

let dir: string;
let project: string;
let engine: ChaosEngine;
let sink: ChaosSink;
let client: MongoClient;
const workers: Child[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rvf-'));
  project = await aChaosProject();
  engine = await startEngine(dir);
  const calm = { seed: 1, faults: {}, latencyMs: 0, stallMs: 0, silenceMs: 0 };
  sink = await startSink({ record: join(dir, 'taken'), ...calm }, dir);
  client = new MongoClient(engine.uri, { writeConcern: { journal: true } });
  await enrollMany(client.db('chaos'), project, leads, timeOn(clock));
}, 60_000);
afterEach(async () => {
  await client.close();
  for (const worker of workers.splice(0)) await kill(worker);
  await sink.stop();
  await engine.kill();
  for (const folder of [dir, project]) await rm(folder, { recursive: true, force: true });
});

test('a worker that sleeps past its lease repeats nothing when it wakes', async () => {
  const sleeper = await aWorkerInTheMiddle();
  sleeper.process.kill('SIGSTOP');
  const other = aWorker();
  await other.started;
  // The other takes up what the sleeper had claimed, and what it was handing over becomes uncertain.
  await until(async () => (await count({ state: 'uncertain' })) === connections);
  await sink.order({ order: 'release' });
  sleeper.process.kill('SIGCONT');
  await untilDone();

  const verdict = await judge(client.db('chaos'), join(dir, 'taken'), timeOn(clock));
  expect(broken(verdict, connections)).toEqual([]);
  expect(verdict).toMatchObject({ taken: leads * mails.length, uncertain: connections, uncertainTaken: connections });
}, 120_000);

test('a worker that is told to end finishes what it is handing over, leaves the rest to others and exits with 0', async () => {
  const ending = await aWorkerInTheMiddle();
  ending.process.kill('SIGTERM');
  await sink.order({ order: 'release' });
  expect(await ending.ended).toBe(0);
  expect(await count({ state: { $in: ['claimed', 'sending', 'uncertain'] } })).toBe(0);
  const takenByIt = await taken();
  expect(takenByIt).toBeGreaterThanOrEqual(connections);
  expect(takenByIt).toBeLessThan(leads);

  await aWorker().started;
  await untilDone();
  const verdict = await judge(client.db('chaos'), join(dir, 'taken'), timeOn(clock));
  expect(broken(verdict, 0)).toEqual([]);
  expect(verdict.accepted).toBe(leads * mails.length);
}, 120_000);

/** A worker all of whose connections wait for the answer to their dot. */
async function aWorkerInTheMiddle(): Promise<Child> {
  await sink.order({ order: 'hold', dots: connections });
  const worker = aWorker();
  await worker.started;
  await until(async () => (await sink.order({ order: 'report' })).held === connections);
  return worker;
}

function aWorker(): Child {
  const worker = startWorker({ dir, project, uri: engine.uri, smtpUrl: sink.url, connections, clock });
  workers.push(worker);
  return worker;
}

function count(filter: object): Promise<number> {
  return client.db('chaos').collection('messages').countDocuments(filter);
}

async function taken(): Promise<number> {
  return (await readFile(join(dir, 'taken'), 'utf8')).split('\n').filter(Boolean).length;
}

async function untilDone(): Promise<void> {
  await until(
    async () => (await client.db('chaos').collection('enrollments').countDocuments({ status: 'active' })) === 0,
  );
}

/** Polls; the test's own time limit ends what never comes true. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((later) => setTimeout(later, 50));
}
