import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isNativeError } from 'node:util/types';
import { z } from 'zod';

/** Where a running engine is reached; the socket's path is the percent-encoded host of `uri`. */
export type Address = { readonly uri: string; readonly pid: number; readonly socketPath: string };

const Published = z.object({ uri: z.string().startsWith('mongodb://'), pid: z.int().positive() });

/** Leaves the running engine's address in the data directory, where this user's other processes look for it. */
export async function publishAddress(dataDir: string, uri: string): Promise<void> {
  const unfinished = join(dataDir, `engine.json.${process.pid}`);
  await writeFile(unfinished, JSON.stringify({ uri, pid: process.pid }), { mode: 0o600 });
  await rename(unfinished, addressFile(dataDir));
}

/** Takes the address back, so that nobody calls an engine that is closing. */
export async function withdrawAddress(dataDir: string): Promise<void> {
  await rm(addressFile(dataDir), { force: true });
}

/** The address last left in the data directory; its engine may be long gone. */
export async function readAddress(dataDir: string): Promise<Address | undefined> {
  try {
    const { uri, pid } = Published.parse(JSON.parse(await readFile(addressFile(dataDir), 'utf8')));
    return { uri, pid, socketPath: decodeURIComponent(new URL(uri).host) };
  } catch {
    // Missing, half a file or somebody else's: whatever it is, it leads to no engine.
    return undefined;
  }
}

/** Whether a process with this id exists, be it ours to signal or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isNativeError(error) && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether somebody accepts connections on this Unix socket now. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function addressFile(dataDir: string): string {
  return join(dataDir, 'engine.json');
}
