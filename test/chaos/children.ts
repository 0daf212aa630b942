import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import type { FastClock } from './clock.js';
import type { SinkOrder, SinkSetting } from './sink.js';

export type Child = {
  readonly process: ChildProcess;
  /** Resolves when it is gone, with its exit code; null after a signal. */
  readonly ended: Promise<number | null>;
  /** Its first word, once it works; rejects when it ends before. */
  readonly started: Promise<unknown>;
};

/** Starts one of the programs of this folder. What it prints goes to a file of `dir`. */
export function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv, dir: string): Child {
  const log = openSync(join(dir, `${program}.log`), 'a');
  const child = fork(resolve('test/chaos', `${program}.ts`), args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null));
  const started = Promise.race([
    once(child, 'message').then(([message]: unknown[]) => message),
    ended.then((code) => {
      throw new Error(`${program} ended before it began (exit code ${code}); see ${dir}/${program}.log`);
    }),
  ]);
  // Whoever kills it before it has begun does not ask.
  started.catch(() => {});
  return { process: child, ended, started };
}

export async function kill({ process: child, ended }: Child): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

const Figures = z.object({
  taken: z.number(),
  faults: z.number(),
  cuts: z.number(),
  exposed: z.number(),
  connections: z.number(),
  most: z.number(),
  held: z.number(),
});
export type SinkFigures = z.output<typeof Figures>;

/** The mail server: where it listens, and how it is told what to do. */
export async function startSink(setting: SinkSetting, dir: string) {
  const child = start('sink', [JSON.stringify(setting)], {}, dir);
  const { port } = z.object({ port: z.number() }).parse(await child.started);
  return {
    url: `smtp://127.0.0.1:${port}`,
    order: async (order: SinkOrder): Promise<SinkFigures> => {
      const answer = once(child.process, 'message').then(([figures]: unknown[]) => Figures.parse(figures));
      child.process.send(order);
      const gone = child.ended.then(() => {
        throw new Error(`the mail server is gone; see ${dir}/sink.log`);
      });
      return Promise.race([answer, gone]);
    },
    stop: () => kill(child),
  };
}
export type ChaosSink = Awaited<ReturnType<typeof startSink>>;

/** The database in a process that can be killed and started again on its data, at one address. */
export async function startEngine(dir: string, mode: 'journal' | 'no-journal' = 'journal') {
  const run = async () => {
    const child = start('engine', [join(dir, 'data'), join(dir, 'db.sock'), mode], {}, dir);
    const { uri } = z.object({ uri: z.string() }).parse(await child.started);
    return { child, uri };
  };
  let running = await run();
  return {
    uri: running.uri,
    kill: () => kill(running.child),
    comeBack: async (): Promise<void> => {
      running = await run();
    },
  };
}
export type ChaosEngine = Awaited<ReturnType<typeof startEngine>>;

export type WorkerSetting = {
  readonly dir: string;
  readonly project: string;
  readonly uri: string;
  readonly smtpUrl: string;
  readonly connections: number;
  readonly clock: FastClock;
  readonly fault?: string | undefined;
};

/** One Rivulet that sends. */
export function startWorker({ dir, project, uri, smtpUrl, connections, clock, fault }: WorkerSetting): Child {
  const env = {
    MONGODB_URI: uri,
    SMTP_URL: smtpUrl,
    SMTP_CONNECTIONS: String(connections),
    DATA_DIR: join(dir, 'worker'),
    API_KEY: 'a key of nobody but this run',
    SIGNING_SECRET: 'a secret that all workers of this run share',
    PROJECT_DIR: project,
    CHAOS_CLOCK: JSON.stringify(clock),
    ...(fault ? { CHAOS_BREAK: fault } : {}),
  };
  return start('worker', [], env, dir);
}
