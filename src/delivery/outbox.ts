import type { Planned } from '../engine.js';
import type { Enrollment } from '../journey/enrollment.js';
import { hasSettled } from '../journey/facts.js';
import { recentSince } from '../journey/frequency-cap.js';
import type { Project } from '../sequence/project.js';
import { messageLeaseMs, type Outcome, type Settlement } from '../store/ledger.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import { isPaused } from '../store/pauses.js';
import { gatherJobs, type Job, jobOf, mayGo } from './job.js';
import type { Prepared } from './lanes.js';
import { openLedgerWriter } from './ledger-writer.js';
import { domainOf, type Livery, type MailMaker } from './mail-maker.js';
import { choose, transportsFor } from './route.js';
import { type Answer, later, settlementOf } from './settlement.js';
import type { Throttles } from './throttles.js';
import type { NamedTransport } from './transports.js';
import { openWay, type Way } from './way.js';

export type OutboxSetting = {
  readonly transports: readonly NamedTransport[];
  readonly throttles: Throttles;
  readonly maker: MailMaker;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  /** Told of hard bounces that the server itself answered, before they are recorded. */
  readonly onAddressBad: (message: Message, reply: string) => Promise<void>;
  readonly say: (line: string) => void;
  readonly onFault: (error: unknown) => void;
};
export type Outbox = ReturnType<typeof openOutbox>;

/** Mails that wait in the process for a connection: for each connection so many at first, and then what two seconds need. */
const perConnection = 10;
const mostWaiting = 2000;
const paceMs = 250;
/** A job that waited for half its lease is read again: what was known of it is old, and somebody else may have it soon. */
const oldestJobMs = messageLeaseMs / 2;
/** A mail whose turn in a throttle is so near waits for it here. */
const nearMs = 10_000;
/** When what a pause holds is looked at, should nobody end the pause before. */
const parkedMs = 3_600_000;
const minuteMs = 60_000;
/** Full mailboxes in a month after which an address counts as abandoned. */
const mostFull = 5;
const fullSinceMs = 30 * 24 * 3_600_000;

/** Sends what the outbox holds: finds each mail its way and its turn, asks once more whether it may go, makes it, hands it over, records the answer. */
export function openOutbox(store: Store, setting: OutboxSetting) {
  const { now, project, maker, say, onFault } = setting;
  const writer = openLedgerWriter(store.messages, now);
  const settled: Enrollment[] = [];
  const resting = new Map<NodeJS.Timeout, Job>();
  let handedOver = 0;
  let pace = { since: performance.now(), handedOver: 0, perSecond: 0 };
  let waiters: (() => void)[] = [];
  let isStopping = false;
  let admitting = 0;
  let givingBack: Promise<void> = Promise.resolve();

  const changed = (): void => {
    for (const wake of waiters) wake();
    waiters = [];
  };
  const onSettled = ({ enrollment }: Job, { state }: Outcome): void => {
    handedOver += 1;
    if (enrollment && hasSettled({ state })) settled.push(enrollment);
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
    try {
      const { parcel, links } = await maker.make(verdict, livery);
      const kept = links.length > 0 ? await store.linkSets.keep(links) : undefined;
      const isRepeatable = livery.idempotencyHeader !== undefined;
      const mark = { id: message.id, claim, links: kept, transport: livery.name, isRepeatable };
      return { kind: 'go', parcel: { ...parcel, at: now() }, mark };
    } catch (error) {
      // A mail that cannot be made is set aside, shown with its reason, and blocks nobody.
      const why = error instanceof Error ? error.message : String(error);
      return stop({ state: 'failed', because: `cannot be rendered: ${why}` });
    }
  };

  const conclude = async (job: Job, answer: Answer, livery: Livery): Promise<Outcome> => {
    const settlement = settlementOf(job.message, answer, now(), livery.idempotencyHeader !== undefined);
    // First the consequences, then the answer: a process that dies in between must not forget that nobody lives there.
    await heed(job, answer, settlement, livery);
    return outcomeOf(job, settlement);
  };
  /** What a refusal means beyond its mail: for the address, for the domain, for the transport. */
  const heed = async ({ message, lead }: Job, answer: Answer, { state }: Settlement, way: Livery): Promise<void> => {
    if (answer.kind === 'accepted' || answer.kind === 'uncertain') return;
    const bounce = () => writer.insist(() => setting.onAddressBad(message, answer.reply));
    switch (answer.because) {
      case 'no-mailbox':
        return bounce();
      case 'mailbox-full': {
        if (state === 'deferred') return;
        const since = new Date(now().getTime() - fullSinceMs);
        const before = await store.messages.countRefused(message.lead, 'mailbox-full', since);
        return before + 1 >= mostFull ? bounce() : undefined;
      }
      case 'too-fast':
        if (lead) await setting.throttles.slowDown(domainOf(lead.email), now()).catch(onFault);
        return;
      case 'policy':
        return pauseTransport(way.name, answer.reply);
      case 'content':
      case 'protocol':
        return say(`The mail of ${message.sequence}/${message.step} was refused for what it is: ${answer.reply}`);
    }
  };
  const pauseTransport = async (name: string, because: string): Promise<void> => {
    say(
      `ALARM: "${name}" refuses us, and not a lead: ${because}. It is paused. When you have seen to it: rivulet resume --transport ${name}`,
    );
    await store.pauses.pause(`transport:${name}`, { since: now(), because, by: 'rivulet' }).catch(onFault);
    ways.get(name)?.close();
  };

  const giveBack = (jobs: readonly Job[]): void => {
    const claims = [...new Set(jobs.map(({ claim }) => claim))];
    const all = claims.map((claim) => {
      const own = jobs.filter((job) => job.claim === claim).map(({ message }) => message.id);
      return writer.insist(() => store.messages.release(own, claim));
    });
    givingBack = Promise.all([givingBack, ...all])
      .then(() => undefined)
      .catch(onFault);
    changed();
  };

  const openWays = (): ReadonlyMap<string, Way> =>
    new Map(
      setting.transports.map((named) => [
        named.name,
        openWay(named, {
          writer,
          prepare,
          conclude,
          release: (job) => writer.insist(() => store.messages.release([job.message.id], job.claim)),
          isStale,
          onSettled,
          onIdle: changed,
          onFault,
          giveBack,
          isPaused: (transport) => isPaused(store.pauses.known(), { transport }),
          onPause: (name, reply) => void pauseTransport(name, reply),
          say,
        }),
      ]),
    );
  const ways = openWays();
  const names = [...ways.keys()];

  const waiting = (): number => [...ways.values()].reduce((sum, { lanes }) => sum + lanes.waiting(), resting.size);
  const isBusy = (): boolean =>
    admitting > 0 || resting.size > 0 || [...ways.values()].some(({ lanes }) => lanes.isBusy() || lanes.waiting() > 0);
  /** Mails that should wait here, so that no connection ever does: what the next two seconds take. */
  const wanted = (): number => {
    const appetites = [...ways.values()].map((way) => way.appetite());
    if (isStopping || appetites.every((one) => one === 'none')) return 0;
    if (!appetites.includes('all')) return isBusy() ? 0 : 1;
    const tookMs = performance.now() - pace.since;
    if (tookMs > paceMs) {
      const perSecond = ((handedOver - pace.handedOver) / tookMs) * 1000;
      pace = { since: performance.now(), handedOver, perSecond };
    }
    const connections = setting.transports.reduce((sum, { transport }) => sum + transport.connections, 0);
    return Math.min(Math.max(connections * perConnection, pace.perSecond * 2), mostWaiting);
  };
  const room = (): number => Math.max(0, Math.floor(wanted()) - waiting());

  /** Takes in what we hold: gives each mail its way and its turn. */
  const admit = async (jobs: readonly Job[]): Promise<void> => {
    if (jobs.length === 0) return;
    admitting += 1;
    try {
      const pauses = await store.pauses.refresh();
      const known = await withOthers(jobs);
      const held = known.filter(({ message: { sequence } }) => isPaused(pauses, { sequence }));
      await park(held, parkedMs, 'its sequence is paused');
      await send(known.filter((job) => !held.includes(job)));
    } catch (error) {
      giveBack(jobs);
      throw error;
    } finally {
      admitting -= 1;
      changed();
    }
  };
  const withOthers = async (jobs: readonly Job[]): Promise<readonly Job[]> => {
    const since = recentSince(project().delivery.caps, now());
    if (!since) return jobs;
    const mails = await store.messages.recent([...new Set(jobs.map(({ message }) => message.lead))], since);
    return jobs.map((job) => {
      const others = (mails.get(job.message.lead) ?? []).filter(({ id }) => id !== job.message.id);
      return { ...job, others };
    });
  };
  const send = async (jobs: readonly Job[]): Promise<void> => {
    const routed = jobs.map((job) => ({ job, way: wayFor(job) }));
    const going = routed.flatMap(({ job, way }) => (way ? [{ job, way }] : []));
    const stranded = routed.flatMap(({ job, way }) => (way ? [] : [job]));
    // With every way closed nothing is taken up again before one opens; else these would come back at once.
    if ([...ways.values()].some((way) => way.appetite() === 'all'))
      await park(stranded, minuteMs, 'the transports for it cannot be used now');
    else giveBack(stranded);
    const slots = await setting.throttles.slotsFor(going.map(askingOf), now());
    for (const { job, way } of going) {
      const slot = slots.get(job.message.id) ?? now();
      const inMs = slot.getTime() - now().getTime();
      if (inMs <= 0) way.put([job]);
      else if (inMs <= nearMs) rest(job, way, inMs);
      else await record([{ job, as: { ...later(job.message, slot, 'mails go out at a limited rate'), slot } }]);
    }
  };
  const wayFor = ({ message, lead }: Job): Way | undefined => {
    const domain = domainOf(message.to ?? lead?.email ?? '');
    // Said before to a transport that takes it once: to no other.
    const bound = message.isRepeatable && message.transport ? [message.transport] : undefined;
    const through = bound ?? transportsFor({ sequence: message.sequence, domain }, project().delivery.routes, names);
    const name = choose(through, (one) => ways.get(one)?.take() ?? false);
    return name === undefined ? undefined : ways.get(name);
  };
  const rest = (job: Job, way: Way, ms: number): void => {
    const timer = setTimeout(() => {
      resting.delete(timer);
      way.put([job]);
    }, ms);
    resting.set(timer, job);
  };
  const park = (jobs: readonly Job[], ms: number, because: string): Promise<void> => {
    const at = new Date(now().getTime() + ms);
    return record(jobs.map((job) => ({ job, as: { ...later(job.message, at, because), isParked: true } })));
  };
  const record = async (orders: readonly { job: Job; as: Omit<Settlement, 'id'> }[]): Promise<void> => {
    await Promise.all(orders.map(({ job, as }) => writer.write({ settled: outcomeOf(job, as) })));
  };

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
    takeSettled: (): readonly Enrollment[] => settled.splice(0),
    settledCount: (): number => settled.length,
    isBusy,
    /** Resolves at the next answer, and when nothing is on its way any more; after `mostMs` at the latest. */
    change: (mostMs: number): Promise<void> =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, mostMs);
        waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
    /** Resolves when all that was given back is back. */
    settle: (): Promise<void> => givingBack,
    /** What is on its way is finished; nothing new is begun, and what was not begun is given back. */
    stop: async (): Promise<void> => {
      isStopping = true;
      for (const timer of resting.keys()) clearTimeout(timer);
      giveBack([...resting.values()]);
      resting.clear();
      for (const way of ways.values()) way.close();
      for (const { lanes } of ways.values()) await lanes.ended();
      changed();
      await givingBack;
    },
  };
}

function outcomeOf({ message: { id, attempts }, claim }: Job, as: Omit<Settlement, 'id'>): Outcome {
  return { ...as, id, claim, attempts };
}

function askingOf({ job: { message, lead, step }, way }: { readonly job: Job; readonly way: Way }) {
  return {
    id: message.id,
    transport: way.name,
    domain: domainOf(message.to ?? lead?.email ?? ''),
    sendingDomain: domainOf(step?.from?.replace(/>\s*$/, '') ?? ''),
    slot: message.slot,
  };
}
