import { MongoNetworkError } from 'mongodb';
import type { Job } from '../../src/delivery/job.js';
import { openLanes, type Prepared } from '../../src/delivery/lanes.js';
import { openLedgerWriter } from '../../src/delivery/ledger-writer.js';
import { later, settlementOf } from '../../src/delivery/settlement.js';
import type { Handover, Transport } from '../../src/delivery/transport.js';
import { isUnreachable } from '../../src/store/database.js';
import { messageLeaseMs, type Settlement } from '../../src/store/ledger.js';
import type { Message, MessagePlan } from '../../src/store/message-row.js';
import { openMessages } from '../../src/store/messages.js';
import { openRandom, type Random } from '../chaos/random.js';
import { modelDatabase, openTable, perform, type Reply, type Request, type Row } from '../model-collection.js';

/** What a fault of ours would make of a request: the proof that the model would notice it. */
export type Sabotage = {
  readonly request?: (request: Request) => Request;
  readonly handover?: (handover: Handover) => Handover;
};
export type History = {
  readonly steps: number;
  readonly accepted: number;
  readonly uncertain: number;
  readonly crashes: number;
  readonly freezes: number;
  /** Requests or replies that did not come, or came late. */
  readonly lost: number;
  /** Times that a process waited and tried a write again. */
  readonly retries: number;
};
/** How the writer waits before it tries again; each history gives it its own. */
export type Pauses = { wait: () => Promise<void> };

type Process = {
  readonly name: string;
  /** How far its clock is off. */
  readonly skewMs: number;
  isDead: boolean;
  isFrozen: boolean;
  wasFrozen: boolean;
  /** What its own monotonic clock missed while it was frozen. */
  sleptMs: number;
};
/** Something that is on its way: to a process, which it reaches only if that runs; or to a server, which it reaches anyhow. */
type Pending = {
  readonly to: Process | 'server';
  readonly from: Process | undefined;
  readonly since: number;
  readonly happen: () => void;
};

const secondMs = 1000;
const minuteMs = 60 * secondMs;
/** Longer than anything stays on its way in a process that runs and reaches its database. */
const mostOnWayMs = 20 * secondMs;
const never = new Promise<never>(() => {});
const start = Date.UTC(2026, 2, 2, 9);
const final = new Set<unknown>(['accepted', 'rejected', 'failed', 'skipped', 'uncertain']);
const finalWithoutMail = new Set<unknown>(['rejected', 'failed', 'skipped']);

/**
 * Plays one history of the ledger: the real guards, writer and lanes of several processes over a model of the database,
 * whose requests and replies, crashes and clocks come in an order that the seed decides. Throws at the first broken promise.
 */
export async function playHistory(seed: number, pauses: Pauses, sabotage: Sabotage = {}): Promise<History> {
  const world = openWorld(openRandom(seed), sabotage);
  pauses.wait = world.pause;
  await world.disturb();
  await world.heal();
  return world.judge();
}

function openWorld(random: Random, sabotage: Sabotage) {
  let time = start;
  let isTroubled = true;
  let pending: Pending[] = [];
  let steps = 0;
  let ids = 0;
  const counts = { crashes: 0, freezes: 0, lost: 0, retries: 0 };
  const isRepeatable = random.next() < 0.2;
  const connections = random.between(1, 3);
  const processes: Process[] = [];
  /** What the mail server has: the oracle. */
  const taken = new Map<string, number>();
  /** Mails that are with a connection now, or may still reach the server over one that nobody holds any more. */
  const onWire = new Map<string, number>();
  const holders = new Map<string, Process>();
  /** Rows over which a request came twice: what it did the second time nobody asked for. */
  const repeated = new Set<string>();
  const planned = new Map<string, MessagePlan>();
  /** Whose request is being done, and whether it is done a second time. */
  let writer: Process | undefined;
  let isRepeat = false;
  const log: string[] = [];

  const broken = (what: string): never => {
    throw new Error(`${what}\n${log.slice(-60).join('\n')}`);
  };
  let fault: unknown;
  const onFault = (error: unknown): void => {
    fault ??= error;
  };
  const chance = (share: number): boolean => random.next() < share;
  const toServer = (from: Process | undefined, happen: () => void): void => {
    pending.push({ to: 'server', from, since: time, happen });
  };
  const toProcess = (to: Process, happen: () => void): void => {
    if (!to.isDead) pending.push({ to, from: undefined, since: time, happen });
  };

  // What may become of a row, whoever writes it.
  const table = openTable((before, after) => {
    const [id, was, is] = [String(after['_id']), before?.['state'], after['state']];
    log.push(`${id} ${String(was)} -> ${String(is)} (${JSON.stringify(after['claim'] ?? after['because'])})`);
    if (final.has(was) && is !== was && !(was === 'uncertain' && is === 'accepted'))
      broken(`${id} was ${String(was)} and became ${String(is)}`);
    if (is === 'sending' && was !== 'sending') {
      if (was !== 'claimed' || before?.['claim'] !== after['claim']) broken(`${id} went over without a claim`);
      if (writer) holders.set(id, writer);
      if (isRepeat) repeated.add(id);
    }
    if (was === 'sending' && (is === 'queued' || is === 'deferred') && !isRepeatable) {
      if (taken.has(id)) broken(`${id} is to be sent again, and the server has it`);
      if (onWire.has(id)) broken(`${id} is to be sent again while it is being sent`);
    }
    if (is === 'accepted' && was !== 'accepted' && !taken.has(id))
      broken(`${id} is accepted, and the server has not got it`);
    if (finalWithoutMail.has(is) && was !== is && taken.has(id) && !isRepeatable)
      broken(`${id} is ${String(is)}, and the server has it`);
    if (is === 'uncertain' && String(after['because']).includes('process ended')) {
      const holder = holders.get(id);
      const isExcused = holder?.isDead || holder?.wasFrozen || repeated.has(id);
      if (!isExcused) broken(`${id} is uncertain, and ${String(holder?.name)} never stopped`);
    }
  });

  /** One request over the network. */
  const send =
    (of: Process) =>
    (asked: Request): Promise<Reply> => {
      if (of.isDead) return never;
      const request = sabotage.request?.(asked) ?? asked;
      const fate = isTroubled ? random.next() : 1;
      return new Promise((resolve, reject) => {
        const lost = (): void => toProcess(of, () => reject(new MongoNetworkError('connection lost')));
        const answer = (reply: Reply): void => toProcess(of, () => resolve(reply));
        const execute = (done: (reply: Reply) => void, isSecond = false): void => {
          const work = perform(table, request);
          const go = (): void => {
            for (;;) {
              writer = of;
              isRepeat = isSecond;
              const step = work.next();
              if (step.done) return done(step.value);
              // Others may write between two rows.
              if (chance(0.2)) return toServer(undefined, go);
            }
          };
          toServer(isSecond ? undefined : of, go);
        };
        const nobody = (): void => {};
        if (fate < 0.1) counts.lost += 1;
        if (fate < 0.03) lost();
        else if (fate < 0.07) execute(lost);
        else if (fate < 0.1) {
          // Told that it is lost while it is still on its way, so that it comes after what is done then.
          lost();
          execute(nobody);
        } else {
          execute(answer);
          if (fate < 0.13) execute(nobody, true);
        }
      });
    };

  /** The mail server, and the wire to it. */
  const deliver =
    (of: Process): Transport['deliver'] =>
    ({ id }) => {
      if (taken.has(id) && !isRepeatable) broken(`${id} is handed over again, and the server has it`);
      if (onWire.has(id) && !isRepeatable) broken(`${id} is handed over twice at one time`);
      const on = (by: number): void => {
        const now = (onWire.get(id) ?? 0) + by;
        if (now > 0) onWire.set(id, now);
        else onWire.delete(id);
      };
      on(1);
      log.push(`${of.name} hands over ${id}`);
      const fate = isTroubled ? random.next() : 0;
      const [isTaken, handover] = fateOf(fate);
      return new Promise((resolve) => {
        // A mail takes longer than a write: much may happen to its row meanwhile.
        const go = (turns: number): void => (turns > 0 ? toServer(of, () => go(turns - 1)) : toServer(of, end));
        const end = (): void => {
          if (isTaken) taken.set(id, (taken.get(id) ?? 0) + 1);
          toProcess(of, () => {
            on(-1);
            resolve(sabotage.handover?.(handover) ?? handover);
          });
        };
        go(random.between(0, 6));
      });
    };
  const monotonic = (of: Process): number => time - of.sleptMs;

  const openProcess = async () => {
    const skewMs = isTroubled ? random.between(-2, 2) * minuteMs : 0;
    const process: Process = {
      name: `process ${processes.length + 1}`,
      skewMs,
      isDead: false,
      isFrozen: false,
      wasFrozen: false,
      sleptMs: 0,
    };
    processes.push(process);
    const now = (): Date => new Date(time + process.skewMs);
    const messages = await openMessages(modelDatabase(send(process)));
    const ledgerWriter = openLedgerWriter(messages, now);
    const isStale = ({ readAtMs, message }: Job): boolean =>
      monotonic(process) - readAtMs > messageLeaseMs / 2 ||
      (message.leaseUntil !== undefined && message.leaseUntil <= now());
    const outcome = ({ message: { id, attempts }, claim }: Job, as: Omit<Settlement, 'id'>) => ({
      ...as,
      id,
      claim,
      attempts,
    });
    const prepare = async (job: Job): Promise<Prepared> => {
      const { message, claim } = job;
      const stop = (as: Omit<Settlement, 'id'>): Prepared => ({ kind: 'stop', settled: outcome(job, as) });
      if (isStale(job)) return stop(later(message, now(), 'it waited too long for a connection'));
      if (message.expiresAt <= now()) return stop({ state: 'skipped', because: 'too late' });
      const mark = { id: message.id, claim, transport: 'smtp', isRepeatable };
      const parcel = { id: message.id, from: 'a@x.test', to: 'b@y.test', subject: '', at: now(), mime: Buffer.of() };
      return { kind: 'go', parcel, mark };
    };
    const release = (released: readonly Job[]): Promise<void[]> =>
      Promise.all(
        released.map(({ message: { id }, claim }) => ledgerWriter.insist(() => messages.release([id], claim))),
      );
    const transport: Transport = {
      name: 'model',
      connections,
      deliver: deliver(process),
      check: async () => undefined,
      stop: async () => {},
    };
    const lanes = openLanes(transport, {
      writer: ledgerWriter,
      prepare,
      conclude: async (job, answer) => outcome(job, settlementOf(job.message, answer, now(), isRepeatable)),
      release: async (job) => void (await release([job])),
      isStale,
      onSettled: () => {},
      onIdle: () => {},
      onUnavailable: () => {},
      onFault,
    });
    const put = (held: readonly Message[], claim: string): void => {
      if (held.length > 0) lanes.open();
      const readAtMs = monotonic(process);
      lanes.put(held.map((message) => jobOf(message, claim, readAtMs)));
    };
    const newClaim = (): string => `${process.name} claim ${(ids += 1)}`;
    /** What the dispatcher does with an outage: it tells it, and comes again. */
    const unlessAway = (done: Promise<unknown>): void =>
      void done.catch((error: unknown) => {
        if (!isUnreachable(error)) onFault(error);
      });

    return {
      process,
      waiting: lanes.waiting,
      plan: (plans: readonly MessagePlan[], claim?: string): void =>
        unlessAway(messages.plan(plans, claim).then((held) => claim && put(held, claim))),
      fill: (limit: number): void => {
        const claim = newClaim();
        unlessAway(messages.claim(now(), limit, claim).then((held) => put(held, claim)));
      },
      newClaim,
      reconcile: (): void => unlessAway(messages.reconcile(now())),
      skip: (lead: string): void => unlessAway(messages.skipOpen({ lead }, 'unsubscribed', now())),
      confirm: (id: string): void => unlessAway(messages.confirm(id)),
      giveBack: (): void => unlessAway(release(lanes.close())),
      now,
    };
  };
  type Worker = Awaited<ReturnType<typeof openProcess>>;
  let workers: Worker[] = [];

  const isReady = ({ to }: Pending): boolean => to === 'server' || !to.isFrozen;
  /** Lets the processes do what the last event lets them do. The writer puts off what it has to the next turn of the event loop. */
  const turn = async (turns = 2): Promise<void> => {
    for (let i = 0; i < turns; i += 1) await new Promise<void>((resolve) => setImmediate(resolve));
    if (fault !== undefined) throw fault;
  };
  /** Lets all happen that can, until nothing more is on its way. */
  const drain = async (): Promise<void> => {
    for (let left = 5000; ; left -= 1) {
      if (left === 0) broken('it never comes to rest');
      if (!pending.some(isReady)) await turn(10);
      const ready = pending.filter(isReady);
      if (ready.length === 0) return;
      happen(random.pick(ready));
      steps += 1;
      await turn();
    }
  };
  const happen = (one: Pending): void => {
    pending = pending.filter((other) => other !== one);
    one.happen();
  };
  const advance = (ms: number): void => {
    time += ms;
  };

  const crash = (worker: Worker): void => {
    const { process } = worker;
    log.push(`${process.name} is killed`);
    counts.crashes += 1;
    process.isDead = true;
    // What it was about to send may have left already.
    pending = pending.filter(({ to, from }) => to !== process && (from !== process || chance(0.5)));
    workers = workers.filter((other) => other !== worker);
  };

  const aPlan = (worker: Worker): MessagePlan => {
    const id = `mail ${planned.size + 1}`;
    const plannedAt = worker.now();
    const plan: MessagePlan = {
      id,
      enrollment: `run ${id}`,
      lead: `lead ${id}`,
      sequence: 's',
      revision: 'r',
      step: 'first',
      template: 't',
      plannedAt,
      expiresAt: new Date(plannedAt.getTime() + 48 * 60 * minuteMs),
    };
    planned.set(id, plan);
    return plan;
  };

  const act = async (): Promise<void> => {
    const worker = random.pick(workers);
    if (worker.process.isFrozen) return;
    const what = random.next();
    if (what < 0.12 && planned.size < 12) {
      const plans = Array.from({ length: random.between(1, 3) }, () => aPlan(worker));
      return worker.plan(plans, chance(0.6) ? worker.newClaim() : undefined);
    }
    if (what < 0.16 && planned.size > 0) return worker.plan([random.pick([...planned.values()])], worker.newClaim());
    if (what < 0.55) return worker.fill(random.between(1, 6));
    if (what < 0.7) return worker.reconcile();
    if (what < 0.73 && planned.size > 0) return worker.skip(random.pick([...planned.values()]).lead);
    if (what < 0.78 && taken.size > 0) return worker.confirm(random.pick([...taken.keys()]));
    if (what < 0.81) return worker.giveBack();
    if (what < 0.84) {
      crash(worker);
      workers.push(await openProcess());
      return;
    }
    if (what < 0.9) {
      worker.process.isFrozen = true;
      worker.process.wasFrozen = true;
      counts.freezes += 1;
      log.push(`${worker.process.name} is frozen`);
    }
  };
  /** Frozen processes sleep, and the others end what they have on their way, while much time goes by. */
  const sleep = async (): Promise<void> => {
    await drain();
    const ms = random.pick([90 * secondMs, 3 * minuteMs, 20 * minuteMs]);
    const isSuspended = chance(0.5);
    for (const { process } of workers) if (process.isFrozen && isSuspended) process.sleptMs += ms;
    advance(ms);
    const [awake] = workers.filter(({ process }) => !process.isFrozen);
    if (!awake || chance(0.2)) return;
    // What the sleepers hold is taken up by another one, who is in the middle of it when they wake.
    awake.reconcile();
    await drain();
    awake.fill(10);
    if (chance(0.5)) for (const { process } of workers) process.isFrozen = false;
  };

  const tick = async (): Promise<void> => {
    steps += 1;
    const ready = pending.filter(isReady);
    const oldest = ready.find(({ since }) => time - since > mostOnWayMs);
    const what = random.next();
    if (oldest) happen(oldest);
    else if (ready.length > 0 && what < 0.7) happen(random.pick(ready));
    else if (what < 0.9) await act();
    else if (what < 0.95) advance(random.between(1, 10) * secondMs);
    else {
      const frozen = workers.filter(({ process }) => process.isFrozen);
      const isQuiet = ready.length === 0;
      if (isQuiet || (frozen.length > 0 && chance(0.5))) await sleep();
      if (frozen.length > 0 && chance(0.5)) random.pick(frozen).process.isFrozen = false;
    }
    await turn();
  };

  return {
    pause: (): Promise<void> => {
      counts.retries += 1;
      return new Promise((resolve) => toServer(undefined, resolve));
    },
    disturb: async (): Promise<void> => {
      for (let i = random.between(1, 3); i > 0; i -= 1) workers.push(await openProcess());
      for (let left = random.between(40, 200); left > 0; left -= 1) await tick();
    },
    heal: async (): Promise<void> => {
      isTroubled = false;
      for (const { process } of workers) process.isFrozen = false;
      await turn();
      await drain();
      workers.push(await openProcess());
      for (let round = 0; round < 40; round += 1) {
        for (const worker of workers) {
          worker.plan([...planned.values()]);
          worker.reconcile();
          await turn();
          await drain();
          worker.fill(100);
          await turn();
          await drain();
        }
        if ([...table.rows.values()].every(({ state }) => final.has(state)) && table.rows.size === planned.size) return;
        advance(31 * minuteMs);
      }
    },
    judge: (): History => {
      const rows = [...table.rows.values()];
      const open = rows.filter(({ state }) => !final.has(state));
      if (open.length > 0 || rows.length < planned.size)
        broken(`forgotten: ${JSON.stringify(open)} of ${planned.size}`);
      for (const [id, copies] of taken) if (copies > 1 && !isRepeatable) broken(`${id} came ${copies} times`);
      const uncertain = rows.filter(
        (row) => row['state'] === 'uncertain' && saysProcessEnded(row) && !repeated.has(String(row['_id'])),
      );
      if (uncertain.length > (counts.crashes + counts.freezes) * connections)
        broken(`${uncertain.length} are uncertain after ${counts.crashes} crashes and ${counts.freezes} freezes`);
      for (const { waiting, process } of workers)
        if (waiting() > 0) broken(`${process.name} still has ${waiting()} waiting that nobody sends`);
      return { ...counts, steps, accepted: taken.size, uncertain: uncertain.length };
    },
  };
}

function saysProcessEnded({ because }: Row): boolean {
  return String(because).includes('process ended');
}

/** What the mail server does, and what of it is heard. */
function fateOf(fate: number): [boolean, Handover] {
  if (fate < 0.6) return [true, { kind: 'accepted', reply: '250 taken' }];
  if (fate < 0.7) return [false, { kind: 'deferred', because: 'later', reply: '451 later' }];
  if (fate < 0.75) return [false, { kind: 'rejected', because: 'refused', reply: '554 no' }];
  if (fate < 0.85) return [false, { kind: 'unavailable', because: 'connection', reply: 'lost before the dot' }];
  return [fate < 0.93, { kind: 'uncertain', reply: 'lost after the dot' }];
}

function jobOf(message: Message, claim: string, readAtMs: number): Job {
  const unknown = { lead: undefined, enrollment: undefined, suppression: undefined, step: undefined };
  return { message, claim, readAtMs, ...unknown, title: '' };
}
