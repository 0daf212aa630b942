import type { Mark, Outcome } from '../store/ledger.js';
import type { Job } from './job.js';
import type { LedgerWriter } from './ledger-writer.js';
import type { Answer } from './settlement.js';
import type { Handover, Parcel, Transport } from './transport.js';

/** A mail made ready to go, or what is recorded of it instead. */
export type Prepared =
  | { readonly kind: 'go'; readonly parcel: Parcel; readonly mark: Mark }
  | { readonly kind: 'stop'; readonly settled: Outcome };

export type Unavailable = Extract<Handover, { readonly kind: 'unavailable' }>;

/** What the lanes ask of the outbox. */
export type LaneWork = {
  readonly writer: LedgerWriter;
  readonly prepare: (job: Job) => Promise<Prepared>;
  /** What is recorded of an answer, after what must come before that. */
  readonly conclude: (job: Job, answer: Answer) => Promise<Outcome>;
  /** Gives back a mail that was marked and certainly not handed over. */
  readonly release: (job: Job) => Promise<void>;
  /** Told when it is written; `at` is the time that stands there, if that is known. */
  readonly onSettled: (job: Job, settled: Outcome, at: Date | undefined) => void;
  /** Nothing waits and nothing is on its way any more. */
  readonly onIdle: () => void;
  /** Whether it waited so long that what was decided may be out of date: a frozen process, a suspended machine. */
  readonly isStale: (job: Job) => boolean;
  /** Nothing was handed over; told after the mail was given back. */
  readonly onUnavailable: (handover: Unavailable) => void;
  readonly onFault: (error: unknown) => void;
};

type Done = { readonly job: Job; readonly settled: Outcome };

/**
 * One lane for each connection of a transport, and the queue before them. A lane makes its next mail while the others
 * send, records its last one and takes the next over the point of no return in one write, and hands it over.
 */
export function openLanes(transport: Transport, work: LaneWork) {
  let queue: Job[] = [];
  let isClosed = false;
  const lanes = new Set<Promise<void>>();

  const next = (): Job | undefined => (isClosed ? undefined : queue.shift());
  const runLane = async (): Promise<void> => {
    let done: Done | undefined;
    for (let job = next(); job ?? done; job = next()) {
      const prepared = job && (await work.prepare(job));
      const mark = prepared?.kind === 'go' ? prepared.mark : undefined;
      const { mayGo, at } = await work.writer.write({ settled: done?.settled, mark });
      if (done) work.onSettled(done.job, done.settled, at);
      done = undefined;
      if (job && prepared?.kind === 'stop') done = { job, settled: prepared.settled };
      if (job && prepared?.kind === 'go' && mayGo) done = await hand(job, prepared.parcel);
    }
  };
  const hand = async (job: Job, parcel: Parcel): Promise<Done | undefined> => {
    if (work.isStale(job)) {
      await work.release(job);
      return undefined;
    }
    const answer = await transport.deliver(parcel).catch((error: unknown): Handover => {
      work.onFault(error);
      // A mistake of ours in the middle of a hand-over: nobody knows how far it came.
      return { kind: 'uncertain', reply: 'broken off by a fault of ours' };
    });
    if (answer.kind !== 'unavailable') return { job, settled: await work.conclude(job, answer) };
    await work.release(job);
    work.onUnavailable(answer);
    return undefined;
  };

  const start = (): void => {
    while (!isClosed && lanes.size < Math.min(transport.connections, lanes.size + queue.length)) {
      const lane = runLane()
        .catch(work.onFault)
        .finally(() => {
          lanes.delete(lane);
          // One that a fault of ours ended leaves mails before it, which nobody else would take.
          start();
          if (lanes.size === 0) work.onIdle();
        });
      lanes.add(lane);
      if (lanes.size >= transport.connections) return;
    }
  };

  return {
    transport,
    put: (jobs: readonly Job[]): void => {
      queue.push(...jobs);
      start();
    },
    waiting: (): number => queue.length,
    isBusy: (): boolean => lanes.size > 0,
    /** Takes nothing more; what was not begun is handed back. */
    close: (): readonly Job[] => {
      isClosed = true;
      const left = queue;
      queue = [];
      return left;
    },
    open: (): void => {
      isClosed = false;
    },
    /** Resolves when nothing is on its way any more. */
    ended: async (): Promise<void> => {
      while (lanes.size > 0) await Promise.all(lanes);
    },
  };
}
export type Lanes = ReturnType<typeof openLanes>;
