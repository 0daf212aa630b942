import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Starts a thread of ours: `name` is its file beside that of `from`, without ending. */
export function newThread(name: string, from: string, options: WorkerOptions): Worker {
  if (!from.endsWith('.ts')) return new Worker(new URL(`${name}.js`, from), options);
  // Run from source: tsx does not reach into threads by itself (privatenumber/tsx#354), so the thread registers it.
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL(`${name}.ts`, from).href);
  const boot = `import(${tsx}).then(({ register }) => { register(); return import(${entry}); });`;
  return new Worker(boot, { ...options, eval: true });
}

/** Why a job was not done: it took longer than it may, or needs more memory; or too many wait already, or the thread was stopped. */
export type Undone =
  | { readonly kind: 'undone'; readonly because: 'time'; readonly afterMs: number }
  | { readonly kind: 'undone'; readonly because: 'memory' | 'busy' };

export type ThreadLimits = {
  /** Longest that one job may take. */
  readonly withinMs: number;
  /** The same for the first job of a thread, where that has more to do. */
  readonly firstWithinMs?: number;
  readonly memoryMb: number;
  /** Jobs that may wait for the thread. */
  readonly waiting: number;
};

export type Thread<Job, Answer> = {
  readonly run: (job: Job) => Promise<Answer | Undone>;
  /** Ends the thread; the job in hand and those that wait are not done. One that comes later starts it anew. */
  readonly stop: () => Promise<void>;
};

type Waiting<Job, Answer> = {
  readonly job: Job;
  readonly settle: (answer: Answer | Undone) => void;
  readonly fail: (error: Error) => void;
};

/** A thread that has read files holds the compiler of mails, 100 MB; nobody has something computed all day. */
const idleMs = 5 * 60_000;

/**
 * A thread of ours that does one job after the other: minutes of computing must not keep the loop that sends from its work.
 * It begins with the first job. One that a job exhausted is ended, and the next job has a new one.
 */
export function openThread<Job, Answer>(
  [name, from]: readonly [name: string, from: string],
  { withinMs, firstWithinMs = withinMs, memoryMb, waiting: most }: ThreadLimits,
): Thread<Job, Answer> {
  const queue: Waiting<Job, Answer>[] = [];
  let worker: Worker | undefined;
  let current: { readonly waiting: Waiting<Job, Answer>; readonly timer: NodeJS.Timeout } | undefined;
  let idle: NodeJS.Timeout | undefined;

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  /** The job in hand comes to its end, and the next one begins. */
  const conclude = (how: (waiting: Waiting<Job, Answer>) => void): void => {
    if (!current) return;
    const { waiting, timer } = current;
    current = undefined;
    clearTimeout(timer);
    how(waiting);
    idle = setTimeout(() => void end(), idleMs).unref();
    next();
  };
  const start = (): Worker => {
    const started = newThread(name, from, { resourceLimits: { maxOldGenerationSizeMb: memoryMb } });
    // What computes for somebody who asked must not keep a process from its end.
    started.unref();
    // What one that was ended still says is about a job that is given up already.
    const lost = (error: Error & { readonly code?: string }): void => {
      if (worker !== started) return;
      worker = undefined;
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      conclude(({ settle, fail }) => (isMemory ? settle({ kind: 'undone', because: 'memory' }) : fail(error)));
    };
    started.on('message', (answer: Answer) => {
      if (worker === started) conclude(({ settle }) => settle(answer));
    });
    started.on('error', lost).once('exit', () => lost(new Error(`the thread of ${name} ended by itself`)));
    return started;
  };
  const next = (): void => {
    const waiting = current ? undefined : queue.shift();
    if (!waiting) return;
    clearTimeout(idle);
    const afterMs = worker ? withinMs : firstWithinMs;
    worker ??= start();
    const timer = setTimeout(() => {
      void end();
      conclude(({ settle }) => settle({ kind: 'undone', because: 'time', afterMs }));
    }, afterMs);
    current = { waiting, timer };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(waiting.job);
  };

  return {
    run: (job) =>
      new Promise((settle, fail) => {
        if (queue.length >= most) return settle({ kind: 'undone', because: 'busy' });
        queue.push({ job, settle, fail });
        next();
      }),
    stop: async () => {
      const left = queue.splice(0);
      conclude(({ settle }) => settle({ kind: 'undone', because: 'busy' }));
      for (const { settle } of left) settle({ kind: 'undone', because: 'busy' });
      await end();
    },
  };
}
