import { setTimeout as pause } from 'node:timers/promises';
import { isNativeError } from 'node:util/types';
import {
  type Db,
  MongoBulkWriteError,
  MongoClient,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { findRunningEngine, openEmbeddedEngine } from './embedded-engine.js';
import { journaled } from './rows.js';

export type Database = {
  readonly db: Db;
  /** `embedded` runs inside this process, `shared` inside another Rivulet on the same data directory. */
  readonly kind: 'server' | 'embedded' | 'shared';
  readonly stop: () => Promise<void>;
};

export type DatabaseOptions = {
  readonly dataDir: string;
  readonly uri?: string | undefined;
  /** Joins a Rivulet that runs on the data directory already; without it that is refused. */
  readonly mayShare: boolean;
  readonly say: (line: string) => void;
  readonly onLost?: (error: Error) => void;
};

/** Opens the server named by `uri`, else the embedded engine. Waits for a server that does not answer yet, and says so once. */
export async function openDatabase({ dataDir, uri, mayShare, say, onLost }: DatabaseOptions): Promise<Database> {
  if (uri) {
    const client = await connectPatiently(uri, say);
    return { db: client.db(nameIn(uri), journaled), kind: 'server', stop: () => client.close() };
  }
  const running = mayShare ? await findRunningEngine(dataDir) : undefined;
  if (running) {
    const client = await connect(running);
    return { db: client.db('rivulet', journaled), kind: 'shared', stop: () => client.close() };
  }
  const engine = await openEmbeddedEngine(dataDir, onLost ? { onLost } : {});
  const client = await connect(engine.uri);
  const stop = async (): Promise<void> => {
    await client.close();
    await engine.stop();
  };
  return { db: client.db('rivulet', journaled), kind: 'embedded', stop };
}

/** Whether an error means that the database cannot be reached now, and not that it said no. */
export function isUnreachable(error: unknown): boolean {
  // A bulk write wraps what went wrong with its connection, and takes over the code of what the server said to all of it.
  if (error instanceof MongoBulkWriteError && isUnreachable(error.errorResponse)) return true;
  if (error instanceof MongoServerError) return changesOfPrimary.includes(Number(error.code));
  return error instanceof MongoNetworkError || error instanceof MongoServerSelectionError || isBrokenOff(error);
}

/**
 * What a server answers that is no primary, is one no more, or shuts down: another will take the write in a moment
 * (https://github.com/mongodb/specifications, "Server Discovery and Monitoring", "not writable primary" and "node is recovering").
 */
const changesOfPrimary: readonly number[] = [91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436];

/** A write to a database that died this instant fails in Node itself, and the driver passes that on as it is. */
function isBrokenOff(error: unknown): boolean {
  return isNativeError(error) && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}

async function connect(uri: string): Promise<MongoClient> {
  return new MongoClient(uri, { ignoreUndefined: true, serverSelectionTimeoutMS: 3000, appName: 'rivulet' }).connect();
}

async function connectPatiently(uri: string, say: (line: string) => void): Promise<MongoClient> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await connect(uri);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (attempt === 0)
        say(`MongoDB at ${hostsIn(uri)} does not answer. Waiting for it; start it, or mend MONGODB_URI.`);
      await pause(1000);
    }
  }
}

/** The hosts of a connection string, without user and password. */
function hostsIn(uri: string): string {
  return uri.replace(/^mongodb(?:\+srv)?:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '');
}

function nameIn(uri: string): string {
  const [, name = ''] = /^[^/]*\/\/[^/]+\/([^?]*)/.exec(uri) ?? [];
  return decodeURIComponent(name) || 'rivulet';
}
