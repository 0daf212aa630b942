import { access, constants, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isNativeError } from 'node:util/types';
import type { Worker } from 'node:worker_threads';
import { FixableError } from '../errors.js';
import { newThread } from '../thread.js';
import { answers, isAlive, publishAddress, readAddress, withdrawAddress } from './engine-address.js';
import type { EngineMessage } from './engine-thread.js';
import { prepareNativeEngine, unusable } from './native-engine.js';

/** A MongoDB engine that runs in this process. */
export type EmbeddedEngine = { readonly uri: string; readonly stop: () => Promise<void> };

export type EngineOptions = {
  /** Told once if the engine's thread dies unasked. No engine opens again in this process: end it. */
  readonly onLost?: (error: Error) => void;
  /** Where a retagged copy of the native library (37 MB) is kept; by default in the data directory. */
  readonly cacheDir?: string;
};

type EngineThread = {
  readonly uri: string;
  /** Settles when the thread is gone, with the error that ended it if there was one. */
  readonly ended: Promise<Error | undefined>;
  readonly close: () => void;
};

/** Where one was opened in this process, also if it has stopped since. */
let openedIn: string | undefined;

/**
 * Opens MongoDB's engine on `<dataDir>/mongodb` and leaves its address where `findRunningEngine` looks. Once in a process: an
 * engine that is opened after another ends the process without a word as soon as a collection gets two indexes at the same
 * time. Whoever needs several gives each a process of its own.
 */
export async function openEmbeddedEngine(dataDir: string, options: EngineOptions = {}): Promise<EmbeddedEngine> {
  if (openedIn) throw new Error(`This process has opened an embedded MongoDB in ${openedIn}, and can open no other`);
  const home = resolve(dataDir);
  await makeDatabaseDir(home);
  const env = await prepareNativeEngine(options.cacheDir ?? join(home, 'native'));
  const thread = await startThread(home, env);
  openedIn = home;

  let isWanted = true;
  const watch = async (): Promise<void> => {
    const error = await thread.ended;
    if (!isWanted) return;
    isWanted = false;
    options.onLost?.(error ?? new Error('The embedded MongoDB ended by itself'));
  };
  void watch();
  const close = async (): Promise<void> => {
    const wasRunning = isWanted;
    isWanted = false;
    // Before the engine closes: afterwards another process may have opened the directory and left its own address.
    await withdrawAddress(home);
    thread.close();
    const error = await thread.ended;
    // The error of a thread that was lost earlier went to `onLost`.
    if (wasRunning && error) throw error;
  };
  let closed: Promise<void> | undefined;
  const stop = (): Promise<void> => (closed ??= close());

  await publishAddress(home, thread.uri).catch(async (error: unknown) => {
    await stop();
    throw unwritable(home, error);
  });
  return { uri: thread.uri, stop };
}

/** The address of the engine that a process of this user runs on this data directory, if one answers now. */
export async function findRunningEngine(dataDir: string): Promise<string | undefined> {
  const address = await readAddress(dataDir);
  // A killed owner leaves its address behind, and its pid may be somebody else's by now: the socket has the last word.
  const isRunning = address && isAlive(address.pid) && (await answers(address.socketPath));
  return isRunning ? address.uri : undefined;
}

async function makeDatabaseDir(home: string): Promise<void> {
  try {
    // For the owner only: it holds people's addresses and what they read.
    await mkdir(databaseIn(home), { recursive: true, mode: 0o700 });
    await access(home, constants.R_OK | constants.W_OK | constants.X_OK);
    await access(databaseIn(home), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(home, error);
  }
}

/** Starts the thread and waits for the engine in it: its socket server must not share the loop that sends mail. */
async function startThread(home: string, env: NodeJS.ProcessEnv): Promise<EngineThread> {
  const worker = newThread('./engine-thread', import.meta.url, { env, workerData: databaseIn(home) });
  const ended = new Promise<Error | undefined>((settle) => {
    worker.once('error', settle);
    worker.once('exit', () => settle(undefined));
  });
  const message = await Promise.race([firstMessage(worker), ended]);
  if (!message || message instanceof Error) throw new Error('The embedded MongoDB died at start', { cause: message });
  if (message.kind === 'failed') throw await explain(message, home);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  return { uri: message.uri, ended, close: () => worker.postMessage('close') };
}

function firstMessage(worker: Worker): Promise<EngineMessage> {
  return new Promise((settle) => worker.once('message', settle));
}

async function explain({ code, message }: EngineMessage & { kind: 'failed' }, home: string): Promise<Error> {
  if (code === 'cannot-load') return unusable(`its native library does not load here (${message})`);
  if (code === 'cannot-open') return new Error(`The embedded MongoDB cannot open ${databaseIn(home)}: ${message}`);
  const pid = await ownerOf(home);
  return new FixableError({
    code: 'data-dir-in-use',
    where: `Data directory ${home}`,
    what: `another process ${pid ? `(pid ${pid}) ` : ''}is using it`,
    fix: 'Stop it, or give this one another DATA_DIR, or set MONGODB_URI.',
  });
}

/** The engine writes its pid into the file that it locks. A dead one there is a predecessor's. */
async function ownerOf(home: string): Promise<number | undefined> {
  const pid = Number(await readFile(join(databaseIn(home), 'mongod.lock'), 'utf8').catch(() => ''));
  return pid > 0 && isAlive(pid) ? pid : undefined;
}

function unwritable(home: string, cause: unknown): FixableError {
  const why = isNativeError(cause) ? cause.message : String(cause);
  return new FixableError(
    {
      code: 'data-dir-unwritable',
      where: `Data directory ${home}`,
      what: `it cannot be written (${why})`,
      fix: 'Give this user write access, or choose another DATA_DIR, or set MONGODB_URI.',
    },
    { cause },
  );
}

function databaseIn(home: string): string {
  return join(home, 'mongodb');
}
