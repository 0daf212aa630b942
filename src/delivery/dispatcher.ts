import { type Engine, type Round, runDueSteps, type Settled } from '../engine.js';
import { isUnreachable } from '../store/database.js';
import type { PauseStore } from '../store/pauses.js';
import type { CallerResult } from './caller.js';
import type { Outbox } from './outbox.js';
import { chance } from './retry.js';

export type DispatcherSetting = {
  readonly engine: Engine;
  readonly newId: () => string;
  readonly pauses: Pick<PauseStore, 'refresh'>;
  readonly outbox: Outbox;
  readonly caller: { readonly callBatch: () => Promise<CallerResult>; readonly stop: () => Promise<void> };
  readonly say: (line: string) => void;
  /** Our own faults: shown whole, and the dispatcher goes on with the rest. */
  readonly onFault: (error: unknown) => void;
};

/** Enrollments taken from the database at one time. */
const batchSize = 500;
/** How often what waits in the database is looked for while others are sent. */
const queueEveryMs = 500;
/** Longest that a run whose mail is gone waits for others to go on with. */
const longestWaitMs = 250;
/** Places in the queue of due runs at which processes work beside one another. */
const queuePlaces = 4;
/** How long a database that does not answer is left alone; doubles up to the last. */
const shortestPauseMs = 1000;
const longestPauseMs = 60_000;

/**
 * Turns due enrollments into mails and calls, and these into deliveries, until nothing is left. One round at a time in a
 * process; of several processes that decide on one run, one save counts. Calls go beside the mails: a slow receiver holds up none.
 */
export function openDispatcher({ engine, newId, pauses, outbox, caller, say, onFault }: DispatcherSetting) {
  let round: Promise<void> | undefined;
  let calling: Promise<void> | undefined;
  let isAskedAgain = false;
  let isCallAsked = false;
  let isStopping = false;
  let pauseMs = 0;
  let notBefore = 0;

  const trouble = (): void => {
    if (pauseMs === 0) say('The database does not answer. Sending waits for it, and nothing is lost.');
    pauseMs = Math.min(Math.max(pauseMs * 2, shortestPauseMs), longestPauseMs);
    notBefore = performance.now() + pauseMs;
  };
  const better = (): void => {
    if (pauseMs > 0) say('The database answers again.');
    pauseMs = 0;
  };

  /** Looks and decides while the outbox sends; ends when nothing is due and nothing is on its way. */
  const runRound = async (): Promise<void> => {
    let later: readonly Settled[] = [];
    let skip = 0;
    let emptyAt = Number.NEGATIVE_INFINITY;
    for (let isSlow = false; !isStopping; ) {
      // Runs whose mail is gone by then are looked at again by themselves, when their patience is over.
      if ((await pauses.refresh()).has('everything')) return;
      const goOn = [...later, ...outbox.takeSettled()];
      // While mails go straight from decision to connection, what waits in the database is looked for now and then.
      const looksInQueue = !outbox.isBusy() || performance.now() - emptyAt >= queueEveryMs;
      const filled = looksInQueue ? await outbox.fill() : 0;
      if (looksInQueue) callAll();
      if (looksInQueue && filled === 0) emptyAt = performance.now();
      const room = outbox.room();
      const claim = room > 0 ? newId() : undefined;
      // A mail server that is slow holds up mails, which wait in the database, and not those who wait for none.
      const limit = claim ? Math.min(batchSize, room) : isSlow || !outbox.isBusy() ? batchSize : 0;
      const come = await runDueSteps(engine, { limit, skip, goOn, ...(claim ? { claim } : {}) });
      later = come.later;
      const isLast = skip === 0;
      skip = placeBeside(come, chance(newId())) * limit;
      if (claim) await outbox.put(come.planned, claim);
      if (come.calls > 0) callAll();
      better();
      const found = come.looked + filled;
      if (!outbox.isBusy() && outbox.settledCount() === 0 && found === 0 && isLast && looksInQueue) return;
      isSlow = await untilWorthIt(!isLast || (found > 0 && found >= Math.min(limit, batchSize / 2)));
    }
  };
  /** Waits until the outbox needs more, or enough runs have something to go on with. True when neither came in time. */
  const untilWorthIt = async (isMoreDue: boolean): Promise<boolean> => {
    const until = performance.now() + longestWaitMs;
    for (;;) {
      if (isStopping || !outbox.isBusy() || outbox.settledCount() >= batchSize) return false;
      if (isMoreDue && outbox.isHungry()) return false;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return true;
      await outbox.change(leftMs);
    }
  };

  const callAll = (): void => {
    isCallAsked = true;
    calling ??= callUntilNone();
  };
  const callUntilNone = async (): Promise<void> => {
    try {
      while (isCallAsked && !isStopping) {
        isCallAsked = false;
        const { kind, enrollments } = await caller.callBatch();
        if (kind === 'called') isCallAsked = true;
        // Those that were answered go on now, and not when the last of many calls is answered.
        if (enrollments.length > 0) void dispatch();
      }
    } catch (error) {
      // The mails tell of a database that does not answer.
      if (!isUnreachable(error)) onFault(error);
    } finally {
      calling = undefined;
    }
  };

  const drain = async (): Promise<void> => {
    do {
      isAskedAgain = false;
      try {
        await runRound();
      } catch (error) {
        if (isUnreachable(error)) trouble();
        else onFault(error);
        return;
      }
    } while (isAskedAgain && !isStopping);
  };

  const dispatch = (): Promise<void> => {
    if (isStopping || performance.now() < notBefore) return round ?? Promise.resolve();
    isAskedAgain = true;
    round ??= drain().finally(() => {
      round = undefined;
    });
    return round;
  };
  const wake = async (): Promise<void> => {
    await dispatch();
    // What is answered lets its run go on, by a round of its own.
    while (calling && !isStopping) {
      await calling;
      await round;
    }
  };

  return {
    /** Looks for due work now. Resolves when there is none left; called while it works, it looks once more at the end. */
    wake,
    /** The same without waiting for calls: a receiver that takes its time must not hold up who comes again every few seconds. */
    dispatch,
    /** What is in hand is finished; nothing new is begun. */
    stop: async (): Promise<void> => {
      isStopping = true;
      await Promise.all([outbox.stop(), caller.stop()]);
      await Promise.all([round, calling]);
    },
  };
}

/** Processes that look at the same due runs decide the same, for nothing: whoever lost some goes to another place in the queue. */
function placeBeside({ looked, lost }: Round, random: number): number {
  return lost * 10 > looked ? Math.floor(random * queuePlaces) : 0;
}
