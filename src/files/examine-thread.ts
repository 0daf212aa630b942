import { parentPort } from 'node:worker_threads';
import { FixableError } from '../errors.js';
import { type Examined, examine } from './examine.js';
import type { Texts } from '../editor/laid-over.js';
import type { ToShow } from '../shown/copy.js';

export type Question = { readonly root: string; readonly texts: Texts; readonly show?: ToShow };
/** Errors lose their class between threads. */
export type ThreadAnswer = { readonly examined: Examined } | { readonly fault: string; readonly isFixable: boolean };

parentPort?.on('message', (question: Question) => void answer(question));

async function answer({ root, texts, show }: Question): Promise<void> {
  const said: ThreadAnswer = await examine(root, texts, show).then(
    (examined) => ({ examined }),
    (error: unknown) => ({
      fault: error instanceof Error ? error.message : String(error),
      isFixable: error instanceof FixableError,
    }),
  );
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(said);
}
