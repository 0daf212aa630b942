import { type Engine, runDueSteps } from '../engine.js';
import { isUnreachable } from '../store/database.js';
import type { CallerResult } from './caller.js';
import type { OutboxResult } from './outbox.js';

export type DispatcherSetting = {
  readonly engine: Engine;
  readonly outbox: { readonly sendBatch: () => Promise<OutboxResult>; readonly stop: () => Promise<void> };
  readonly caller: { readonly callBatch: () => Promise<CallerResult>; readonly stop: () => Promise<void> };
  readonly say: (line: string) => void;
  /** Our own faults: shown whole, and the dispatcher goes on with the rest. */
  readonly onFault: (error: unknown) => void;
};

/** Enrollments taken from the database at one time. */
const batchSize = 500;
/** How long an SMTP server or database that cannot be used is left alone; doubles up to the last. */
const shortestPauseMs = 1000;
const longestPauseMs = 60_000;

/**
 * Turns due enrollments into mails and calls, and these into deliveries, until nothing is left. One round at a time in a
 * process; several processes share the work by their claims. Calls go beside the mails: a slow receiver holds up none.
 */
export function openDispatcher({ engine, outbox, caller, say, onFault }: DispatcherSetting) {
  let round: Promise<void> | undefined;
  let calling: Promise<void> | undefined;
  let isAskedAgain = false;
  let isCallAsked = false;
  let isStopping = false;
  let pauseMs = 0;
  let notBefore = 0;
  const troubles = new Set<string>();

  const trouble = (kind: string, line: string): void => {
    if (!troubles.has(kind)) say(line);
    troubles.add(kind);
    pauseMs = Math.min(Math.max(pauseMs * 2, shortestPauseMs), longestPauseMs);
    notBefore = performance.now() + pauseMs;
  };
  const better = (kind: string, line: string): void => {
    if (troubles.delete(kind)) say(line);
    if (troubles.size === 0) pauseMs = 0;
  };

  const runRound = async (): Promise<void> => {
    for (let isBusy = true; isBusy && !isStopping; ) {
      const due = await runDueSteps(engine, batchSize);
      callAll();
      const result = await outbox.sendBatch();
      better('database', 'The database answers again.');
      if (result.kind === 'unavailable') {
        trouble(
          'transport',
          `Mails cannot be handed over now (${result.reply}). They wait, and nothing is lost; trying again.`,
        );
        return;
      }
      if (result.kind === 'sent') better('transport', 'Mails are handed over again.');
      isBusy = due > 0 || result.kind === 'sent';
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
        if (isUnreachable(error))
          trouble('database', 'The database does not answer. Sending waits for it, and nothing is lost.');
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
    // What is answered lets its run go on.
    while (calling && !isStopping) {
      await calling;
      await dispatch();
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
