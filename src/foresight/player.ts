import type { Worker } from 'node:worker_threads';
import { newThread } from '../thread.js';
import type { PlayAnswer, PlayJob } from './player-thread.js';

/** Why a job was not done: it took longer than it may, or needs more memory, or too many wait already. */
export type Undone = { readonly kind: 'undone'; readonly because: 'time' | 'memory' | 'busy' };

export type PlayerLimits = {
  /** Longest that one job may take. */
  readonly withinMs: number;
  readonly memoryMb: number;
  /** Jobs that may wait for the thread. */
  readonly waiting: number;
};

type Waiting = {
  readonly job: PlayJob;
  readonly settle: (answer: PlayAnswer | Undone) => void;
  readonly fail: (error: Error) => void;
};

/** A thread that has read files holds the compiler of mails, 100 MB; nobody simulates all day. */
const idleMs = 5 * 60_000;

export type Player = ReturnType<typeof openPlayer>;

/**
 * A thread in which journeys are played, one job after the other: minutes of computing must not keep the loop that sends
 * from its work. It begins with the first job. One that a job exhausted is ended, and the next job has a new one.
 */
export function openPlayer({ withinMs, memoryMb, waiting: most }: PlayerLimits) {
  const queue: Waiting[] = [];
  let worker: Worker | undefined;
  let current: { readonly waiting: Waiting; readonly timer: NodeJS.Timeout } | undefined;
  let idle: NodeJS.Timeout | undefined;

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  /** The job in hand comes to its end, and the next one begins. */
  const conclude = (how: (waiting: Waiting) => void): void => {
    if (!current) return;
    const { waiting, timer } = current;
    current = undefined;
    clearTimeout(timer);
    how(waiting);
    idle = setTimeout(() => void end(), idleMs).unref();
    next();
  };
  const start = (): Worker => {
    const started = newThread('./player-thread', import.meta.url, {
      resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    // What computes for somebody who asked must not keep a process from its end.
    started.unref();
    started.on('message', (answer: PlayAnswer) => {
      // What one that was ended still says is about a job that is given up already.
      if (worker === started) conclude(({ settle }) => settle(answer));
    });
    started.on('error', (error: Error & { readonly code?: string }) => {
      if (worker !== started) return;
      worker = undefined;
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      conclude(({ settle, fail }) => (isMemory ? settle({ kind: 'undone', because: 'memory' }) : fail(error)));
    });
    return started;
  };
  const next = (): void => {
    const waiting = current ? undefined : queue.shift();
    if (!waiting) return;
    clearTimeout(idle);
    worker ??= start();
    const timer = setTimeout(() => {
      void end();
      conclude(({ settle }) => settle({ kind: 'undone', because: 'time' }));
    }, withinMs);
    current = { waiting, timer };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(waiting.job);
  };

  return {
    run: (job: PlayJob): Promise<PlayAnswer | Undone> =>
      new Promise((settle, fail) => {
        if (queue.length >= most) return settle({ kind: 'undone', because: 'busy' });
        queue.push({ job, settle, fail });
        next();
      }),
    /** Ends the thread; jobs that wait are not done. */
    stop: async (): Promise<void> => {
      const left = queue.splice(0);
      conclude(({ settle }) => settle({ kind: 'undone', because: 'time' }));
      for (const { settle } of left) settle({ kind: 'undone', because: 'busy' });
      await end();
    },
  };
}
