import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { type ChaosEngine, type ChaosSink, type Child, kill, startEngine, startSink, startWorker } from './children.js';
import { type FastClock, startClock, timeOn } from './clock.js';
import { type Fault, type FaultKind, planFaults } from './faults.js';
import { aChaosProject, enrollMany, mails } from './people.js';
import { openRandom, type Random } from './random.js';
import { judge, type Verdict } from './verdict.js';

export type ChaosSetting = {
  readonly enrollments: number;
  readonly workers: number;
  readonly connections: number;
  readonly seed: number;
  readonly speed: number;
  readonly latencyMs: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
  readonly sinkFaults: number;
  /** How far the first worker's clock is ahead. */
  readonly clockErrorMs: number;
  readonly fault?: 'no-journal' | 'retry-all' | undefined;
  readonly say: (line: string) => void;
};
export type ChaosResult = {
  readonly verdict: Verdict;
  readonly mostUncertain: number;
  readonly done: Readonly<Record<FaultKind, number>>;
  readonly exitCodes: readonly (number | null)[];
  /** How long the slowest of them took to end. */
  readonly slowestExitSeconds: number;
  readonly sinkFaults: number;
  readonly exposed: number;
  /** Workers that ended by themselves and were started anew. */
  readonly crashes: number;
  /** Mistakes of its own that Rivulet reported, each kind once, with how often. */
  readonly ownFaults: ReadonlyMap<string, number>;
  readonly seconds: number;
  readonly drainSeconds: number;
  readonly dir: string;
};

/** Longer than a mail in `sending` is waited for on the fast clock, so that one whose sender still waits is taken for lost. */
const silenceMs = 20_000;
/** How long a worker may take to end: it waits for the answers that are due to it, and the longest silence is one of them. */
const graceMs = 60_000;
/** When nothing has moved for so long, the next fault comes all the same, and a drain is over. */
const standstillMs = 20_000;
const drainStandstillMs = 90_000;

type World = {
  readonly setting: ChaosSetting;
  readonly random: Random;
  readonly engine: ChaosEngine;
  readonly sink: ChaosSink;
  readonly workers: Child[];
  readonly begin: (slot: number) => void;
  readonly exitCodes: (number | null)[];
  readonly exitSeconds: number[];
};

/** Workers under a supervisor, which starts one anew that ended by itself, as one does whose database is away at its start. */
function openCrew(size: number, startOne: (slot: number) => Child) {
  const workers: Child[] = [];
  let crashes = 0;
  let isOver = false;
  const begin = async (slot: number): Promise<void> => {
    const worker = startOne(slot);
    workers[slot] = worker;
    const code = await worker.ended;
    if (isOver || code === 0 || code === null || workers[slot] !== worker) return;
    crashes += 1;
    void begin(slot);
  };
  for (let slot = 0; slot < size; slot += 1) void begin(slot);
  return {
    workers,
    begin: (slot: number): void => void begin(slot),
    crashes: () => crashes,
    disband: (): void => {
      isOver = true;
      for (const worker of workers) worker.process.kill('SIGKILL');
    },
  };
}

/** Plays one run: people enter, workers send, everything breaks again and again, then all is healed, and the receiver's record is held against the ledger. */
export async function playChaos(setting: ChaosSetting): Promise<ChaosResult> {
  const { enrollments, seed, say } = setting;
  const random = openRandom(seed);
  // Short: a socket lies in it, and a socket's path has room for about 100 characters.
  const dir = await mkdtemp(join(tmpdir(), 'rvc-'));
  const record = join(dir, 'taken');
  const project = await aChaosProject();
  const engine = await startEngine(dir, setting.fault === 'no-journal' ? 'no-journal' : 'journal');
  const sink = await startSink(
    { record, seed: random.between(1, 1e9), stallMs: 1500, silenceMs, ...sinkSetting(setting) },
    dir,
  );
  const clock = startClock(setting.speed);
  const client = new MongoClient(engine.uri, { serverSelectionTimeoutMS: 2000, writeConcern: { w: 1, journal: true } });
  const clockOf = (slot: number): FastClock => (slot === 0 ? { ...clock, shiftMs: setting.clockErrorMs } : clock);
  const startOne = (slot: number): Child =>
    startWorker({ ...setting, dir, project, uri: engine.uri, smtpUrl: sink.url, clock: clockOf(slot) });
  let crew: ReturnType<typeof openCrew> | undefined;
  try {
    const db = client.db('chaos');
    await enrollMany(db, project, enrollments, timeOn(clock));
    say(`seed ${seed}: ${enrollments} leads enrolled, ${enrollments * mails.length} mails; all is kept in ${dir}`);

    const begin = performance.now();
    crew = openCrew(setting.workers, startOne);
    const { workers } = crew;
    const world: World = { setting, random, engine, sink, workers, begin: crew.begin, exitCodes: [], exitSeconds: [] };
    await breakEverything(world);
    const healedAt = performance.now();
    say('healed; letting it drain');
    const { exposed, faults } = await sink.order({ order: 'heal' });
    await drain(client, say);
    const drainSeconds = (performance.now() - healedAt) / 1000;
    for (const slot of workers.keys()) await terminate(await working(slot, world), world);

    const verdict = await judge(db, record, timeOn(clock));
    const { kill: kills, database, freeze } = setting.faults;
    return {
      verdict,
      // A worker killed or frozen leaves what its connections hold; a database killed, what those of all workers do.
      mostUncertain: setting.connections * (kills + freeze + database * setting.workers) + exposed,
      done: setting.faults,
      exitCodes: world.exitCodes,
      slowestExitSeconds: Math.max(...world.exitSeconds),
      sinkFaults: faults,
      exposed,
      crashes: crew.crashes(),
      ownFaults: await ownFaults(join(dir, 'worker.log')),
      seconds: (performance.now() - begin) / 1000,
      drainSeconds,
      dir,
    };
  } finally {
    await client.close();
    crew?.disband();
    await sink.stop();
    await engine.kill();
    await rm(project, { recursive: true, force: true });
  }
}

function sinkSetting({ latencyMs, sinkFaults: p }: ChaosSetting) {
  // Connections are few and mails many: at the same chance nobody would ever see a greeting fail.
  return { latencyMs, faults: { connect: p * 2, EHLO: p * 2, MAIL: p, RCPT: p, DATA: p, body: p, dot: p * 2 } };
}

async function breakEverything(world: World): Promise<void> {
  const { setting, random, sink } = world;
  const total = setting.enrollments * mails.length;
  for (const fault of planFaults(setting.faults, total, random)) {
    const taken = await untilTaken(fault.afterMails, sink);
    await pause(fault.delayMs);
    setting.say(`${new Date().toISOString().slice(11)} ${String(taken).padStart(6)} taken: ${fault.kind}`);
    await make(fault, world);
  }
}

async function untilTaken(mailsTaken: number, sink: ChaosSink): Promise<number> {
  let before = -1;
  let since = performance.now();
  for (;;) {
    const { taken } = await sink.order({ order: 'report' });
    if (taken >= mailsTaken || performance.now() - since > standstillMs) return taken;
    if (taken !== before) since = performance.now();
    before = taken;
    await pause(50);
  }
}

async function make({ kind }: Fault, world: World): Promise<void> {
  const { random, engine, sink, workers } = world;
  const slot = random.between(0, workers.length - 1);
  switch (kind) {
    case 'kill':
      await kill(await working(slot, world));
      world.begin(slot);
      return;
    case 'term':
      await terminate(await working(slot, world), world);
      world.begin(slot);
      return;
    case 'freeze': {
      const worker = await working(slot, world);
      worker.process.kill('SIGSTOP');
      await pause(random.between(2000, 6000));
      worker.process.kill('SIGCONT');
      return;
    }
    case 'database':
      await engine.kill();
      await pause(random.between(0, 1500));
      await engine.comeBack();
      return;
    case 'cut':
      await sink.order({ order: 'cut', ms: random.between(50, 1500) });
      return;
  }
}

/** The worker of a slot, once it works. */
async function working(slot: number, world: Pick<World, 'workers'>): Promise<Child> {
  for (;;) {
    const worker = world.workers[slot];
    if (!worker) throw new Error(`no worker ${slot}`);
    const isWorking = await worker.started.then(
      () => true,
      () => false,
    );
    if (isWorking) return worker;
    // The supervisor is starting another.
    await pause(50);
  }
}

async function terminate(worker: Child, { exitCodes, exitSeconds }: World): Promise<void> {
  const begin = performance.now();
  worker.process.kill('SIGTERM');
  const tooLong = pause(graceMs, null, { ref: false });
  exitCodes.push(await Promise.race([worker.ended, tooLong]));
  exitSeconds.push((performance.now() - begin) / 1000);
}

/** Waits until every run has ended and every mail is settled, or nothing has moved for long. */
async function drain(client: MongoClient, say: (line: string) => void): Promise<void> {
  const db = client.db('chaos');
  let before = '';
  let since = performance.now();
  for (;;) {
    const active = await db.collection('enrollments').countDocuments({ status: 'active' });
    const open = { state: { $in: ['queued', 'claimed', 'sending', 'deferred'] } };
    const waiting = await db.collection('messages').countDocuments(open);
    if (active === 0 && waiting === 0) return;
    const now = `${active} runs under way, ${waiting} mails open`;
    if (now !== before) since = performance.now();
    else if (performance.now() - since > drainStandstillMs) return say(`standstill: ${now}`);
    before = now;
    await pause(500);
  }
}

async function ownFaults(log: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const [, line = ''] of (await readFile(log, 'utf8')).matchAll(/^FAULT (.*)$/gm)) {
    const kind = line.replace(/[a-z2-7]{32}|[0-9a-f-]{36}/g, '…');
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
