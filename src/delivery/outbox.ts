import type { Planned, Settled } from '../engine.js';
import { hasSettled } from '../journey/facts.js';
import { domainOf, senderDomain } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import { isUnreachable } from '../store/database.js';
import { messageLeaseMs, type Outcome, type Settlement } from '../store/ledger.js';
import type { Store } from '../store/open-store.js';
import { isPaused } from '../store/pauses.js';
import { grouped } from '../grouping.js';
import { openAdmission } from './admission.js';
import { gatherJobs, type Job, jobOf, mayGo } from './job.js';
import type { Prepared } from './lanes.js';
import { openLedgerWriter } from './ledger-writer.js';
import type { Livery, Made, MailMaker } from './mail-maker.js';
import { openPace } from './pace.js';
import { openRefusals, type RefusalSetting } from './refusal.js';
import { type Answer, later, settlementOf } from './settlement.js';
import type { Throttles } from './throttles.js';
import type { NamedTransport } from './transports.js';
import { openWay, type Way } from './way.js';

export type OutboxSetting = Pick<RefusalSetting, 'onBounce'> & {
  readonly transports: readonly NamedTransport[];
  readonly throttles: Throttles;
  readonly maker: MailMaker;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
};
export type Outbox = ReturnType<typeof openOutbox>;

/** A job that waited for half its lease is read again: what was known of it is old, and somebody else may have it soon. */
const oldestJobMs = messageLeaseMs / 2;
/** When a mail that nobody can sign is looked at again: by then somebody may have made the key. */
const unsignedMs = 15 * 60_000;
/** And one whose dossier the database did not give. */
const unreadMs = 30_000;
/** How long a process that ends waits for a database that does not answer; what is not written then is reconciled. */
const stopGraceMs = 20_000;

/** Sends what the outbox holds: asks once more whether each mail may go, makes it, hands it over, records the answer. */
export function openOutbox(store: Store, setting: OutboxSetting) {
  const { now, maker, say, onFault } = setting;
  const writer = openLedgerWriter(store.messages, now);
  const pace = openPace(setting.transports.reduce((sum, { transport }) => sum + transport.connections, 0));
  const refusals = openRefusals({ ...setting, store, close: (name) => ways.get(name)?.close() });
  const settled: Settled[] = [];
  let waiters: (() => void)[] = [];
  let isStopping = false;
  let givingBack: Promise<void> = Promise.resolve();

  const changed = (): void => {
    for (const wake of waiters) wake();
    waiters = [];
  };
  const onSettled = ({ enrollment, due }: Job, { state, because }: Outcome, settledAt: Date | undefined): void => {
    pace.note();
    if (enrollment && hasSettled({ state }))
      settled.push({
        enrollment,
        ...(due && settledAt ? { known: { due, mail: { state, because, settledAt } } } : {}),
      });
    changed();
  };
  const isStale = ({ readAtMs, message }: Job): boolean =>
    performance.now() - readAtMs > oldestJobMs || (message.leaseUntil !== undefined && message.leaseUntil <= now());

  const prepare = async (job: Job, livery: Livery): Promise<Prepared> => {
    const { message, claim } = job;
    const stop = (as: Omit<Settlement, 'id'>): Prepared => ({ kind: 'stop', settled: outcomeOf(job, as) });
    if (isStale(job)) return stop(later(message, now(), 'it waited too long for a connection'));
    const verdict = mayGo(job, now(), setting);
    if (verdict.kind !== 'go') return stop(verdict.as);
    let made: Made;
    try {
      made = await maker.make(verdict, livery);
    } catch (error) {
      // Nothing is wrong with the mail: what it is to tell could not be read just now.
      if (isUnreachable(error))
        return stop(later(message, new Date(now().getTime() + unreadMs), 'the database is away'));
      // A mail that cannot be made is set aside, shown with its reason, and blocks nobody.
      const why = error instanceof Error ? error.message : String(error);
      return stop({ state: 'failed', because: `cannot be rendered: ${why}` });
    }
    if (made.kind === 'unsigned') return stop(later(message, new Date(now().getTime() + unsignedMs), made.because));
    const links = await linksOf(made.links);
    const domains = {
      domain: domainOf(message.to ?? job.lead?.email ?? ''),
      sender: senderDomain(job.step?.from),
    };
    const how = { transport: livery.name, isRepeatable: isRepeatable(livery) };
    const mark = { id: message.id, claim, links, ...how, ...domains };
    return { kind: 'go', parcel: { at: now(), ...made.parcel }, mark };
  };
  /** Kept before the mail goes: a link that leads nowhere cannot be mended afterwards. */
  const linksOf = async (targets: readonly string[]): Promise<string | undefined> => {
    let id: string | undefined;
    if (targets.length > 0)
      await writer.insist(async () => {
        id = await store.linkSets.keep(targets);
      });
    return id;
  };
  const conclude = async (job: Job, answer: Answer, livery: Livery): Promise<Outcome> => {
    const settlement = settlementOf(job.message, answer, now(), isRepeatable(livery));
    // First the consequences, then the answer: a process that dies in between must not forget that nobody lives there.
    await writer.insist(() => refusals.heed(job, answer, settlement, livery.name));
    return outcomeOf(job, settlement);
  };
  const giveBack = (jobs: readonly Job[]): void => {
    const all = [...grouped(jobs, ({ claim }) => claim)].map(([claim, own]) => {
      const ids = own.map(({ message }) => message.id);
      return writer.insist(() => store.messages.release(ids, claim));
    });
    givingBack = Promise.all([givingBack, ...all])
      .then(() => undefined)
      .catch(onFault);
    changed();
  };

  const waySetting = {
    writer,
    prepare,
    conclude,
    release: (job: Job) => writer.insist(() => store.messages.release([job.message.id], job.claim)),
    isStale,
    onSettled,
    onIdle: changed,
    onFault,
    giveBack,
    isPaused: (transport: string) => isPaused(store.pauses.known(), { transport }),
    onPause: (name: string, reply: string) => void refusals.pauseTransport(name, reply).catch(onFault),
    say,
  };
  const ways: ReadonlyMap<string, Way> = new Map(
    setting.transports.map((named) => [named.name, openWay(named, waySetting)]),
  );
  const admission = openAdmission({
    ...setting,
    store,
    ways,
    giveBack,
    record: (job, as) => writer.write({ settled: outcomeOf(job, as) }),
    onChange: changed,
  });

  const waiting = (): number =>
    [...ways.values()].reduce((sum, { lanes }) => sum + lanes.waiting(), admission.waiting());
  const isBusy = (): boolean =>
    admission.isBusy() || [...ways.values()].some(({ lanes }) => lanes.isBusy() || lanes.waiting() > 0);
  /** Mails that should wait here, so that no connection ever does. */
  const wanted = (): number => {
    const appetites = [...ways.values()].map((way) => way.appetite());
    if (isStopping || appetites.every((one) => one === 'none')) return 0;
    // One mail finds out whether it goes again.
    return appetites.includes('all') ? pace.wanted() : isBusy() ? 0 : 1;
  };
  const room = (): number => Math.max(0, wanted() - waiting());
  const admit = async (jobs: readonly Job[]): Promise<void> => (isStopping ? giveBack(jobs) : admission.admit(jobs));

  return {
    /** How many more mails it takes now. */
    room,
    isHungry: (): boolean => waiting() < wanted() / 2,
    /** Takes in mails that were planned a moment ago, and are held by `claim`. */
    put: (planned: readonly Planned[], claim: string): Promise<void> => admit(planned.map((one) => jobOf(one, claim))),
    /** Takes in what waits in the database, and is not held by anybody. Answers how many there were. */
    fill: async (): Promise<number> => {
      const limit = room();
      if (limit === 0) return 0;
      const claim = setting.newId();
      const messages = await store.messages.claim(now(), limit, claim);
      await admit(await gatherJobs(messages, claim, store));
      return messages.length;
    },
    /** Runs whose mail came to its end, to go on with. */
    takeSettled: (): readonly Settled[] => settled.splice(0),
    settledCount: (): number => settled.length,
    isBusy,
    /** Transports that cannot be used now, and why. */
    troubles: (): readonly { readonly transport: string; readonly because: string }[] =>
      [...ways.values()].flatMap(({ name, trouble }) => {
        const because = trouble();
        return because === undefined ? [] : [{ transport: name, because }];
      }),
    /** Resolves at the next answer, and when nothing is on its way any more; after `mostMs` at the latest. */
    change: (mostMs: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, mostMs);
        waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
    /** What is on its way is finished; nothing new is begun, and what was not begun is given back. */
    stop: async (): Promise<void> => {
      isStopping = true;
      admission.stop();
      for (const way of ways.values()) way.close();
      const patience = setTimeout(writer.giveUp, stopGraceMs);
      for (const { lanes } of ways.values()) await lanes.ended();
      changed();
      await givingBack;
      clearTimeout(patience);
    },
  };
}

function isRepeatable({ idempotencyHeader }: Livery): boolean {
  return idempotencyHeader !== undefined;
}

function outcomeOf({ message: { id, attempts }, claim }: Job, as: Omit<Settlement, 'id'>): Outcome {
  return { ...as, id, claim, attempts };
}
