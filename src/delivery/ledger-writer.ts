import { setTimeout as pause } from 'node:timers/promises';
import { isUnreachable } from '../store/database.js';
import type { Mark, Outcome } from '../store/ledger.js';
import type { Store } from '../store/open-store.js';
import { grouped } from '../grouping.js';

/** What one connection has to write: what became of its last mail, and the next one that it takes now. */
export type Entry = { readonly settled?: Outcome | undefined; readonly mark?: Mark | undefined };
/** Whether the marked mail may go, and when all this was written; undefined when nobody heard the first answer. */
export type Written = { readonly mayGo: boolean; readonly at?: Date };
type Order = {
  readonly entry: Entry;
  readonly resolve: (written: Written) => void;
  readonly reject: (error: unknown) => void;
};

const retryMs = 500;

/**
 * One write at a time, for all connections that are ready: a journaled write costs a flush of the disk, and forty in one cost the same. A group
 * holds only what free connections take now, never the claimed batch, so that a kill leaves one mail unknown for each
 * connection and no more. What became of a mail is written until it is written; while the database is away nothing goes.
 */
export function openLedgerWriter({ exchange, release }: Store['messages'], now: () => Date) {
  let waiting: Order[] = [];
  let isWriting = false;
  let isAsked = false;
  let isGivingUp = false;

  const write = (entry: Entry): Promise<Written> =>
    new Promise((resolve, reject) => {
      waiting.push({ entry, resolve, reject });
      ask();
    });
  const ask = (): void => {
    if (isAsked || isWriting || waiting.length === 0) return;
    isAsked = true;
    // After all that is ready in this turn of the event loop, so that it goes in one write.
    setImmediate(() => {
      isAsked = false;
      const orders = waiting;
      waiting = [];
      isWriting = true;
      void flush(orders).finally(() => {
        isWriting = false;
        ask();
      });
    });
  };

  const flush = async (orders: readonly Order[]): Promise<void> => {
    const settled = orders.flatMap(({ entry }) => entry.settled ?? []);
    const marks = orders.flatMap(({ entry }) => entry.mark ?? []);
    try {
      const at = now();
      const going = await exchange(settled, marks, at);
      for (const { entry, resolve } of orders)
        resolve({ mayGo: entry.mark !== undefined && going.has(entry.mark), at });
    } catch (error) {
      const failed = await again(settled, marks, error).catch((reason: unknown) => ({ reason }));
      for (const { resolve, reject } of orders) {
        if (failed) reject(failed.reason);
        else resolve({ mayGo: false });
      }
    }
  };

  /** Nobody knows which of a group were written. The marked ones do not go, and go back, whether they were or not. */
  const again = async (settled: readonly Outcome[], marks: readonly Mark[], error: unknown): Promise<undefined> =>
    until(async () => {
      await exchange(settled, [], now());
      for (const [claim, own] of grouped(marks, (mark) => mark.claim))
        await release(
          own.map(({ id }) => id),
          claim,
        );
    }, error);

  /** Does it until the database takes it; any other answer of the database than silence is thrown. */
  const until = async (work: () => Promise<void>, error: unknown): Promise<undefined> => {
    for (let last = error; ; ) {
      if (!isUnreachable(last) || isGivingUp) throw last;
      await pause(retryMs);
      try {
        await work();
        return undefined;
      } catch (reason) {
        last = reason;
      }
    }
  };

  return {
    /** Resolves once it is written. */
    write,
    /** Makes a write of another kind that must not be lost while the database is away. */
    insist: async (work: () => Promise<void>): Promise<void> => {
      await work().catch((error: unknown) => until(work, error));
    },
    /** The process ends: what the database does not take now stays as it is, and is reconciled. */
    giveUp: (): void => {
      isGivingUp = true;
    },
  };
}
export type LedgerWriter = ReturnType<typeof openLedgerWriter>;
