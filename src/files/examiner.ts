import type { Worker } from 'node:worker_threads';
import { newThread } from '../thread.js';
import type { Examined } from './examine.js';
import type { Question, ThreadAnswer } from './examine-thread.js';
import type { Texts } from '../editor/laid-over.js';
import type { ToShow } from '../shown/copy.js';

/** What came of a look at a project. */
export type Look =
  | { readonly kind: 'examined'; readonly examined: Examined }
  /** The folder cannot be read now. */
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too-long'; readonly afterMs: number }
  /** It needed more memory than the thread may have. */
  | { readonly kind: 'too-large' }
  | { readonly kind: 'busy' };

export type ExaminerSetting = {
  readonly root: string;
  /** Longer than any project takes: what takes this long is a text that was made to. */
  readonly atMostMs?: number;
};

export type Examiner = ReturnType<typeof openExaminer>;

/** Looks that wait; whoever types asks for one with each pause. */
const mostWaiting = 20;
/** The thread holds the compiler of mails, 100 MB; nobody edits all day. */
const idleMs = 5 * 60_000;
const mostMegabytes = 512;

/**
 * Looks at a project with other texts laid over it, in a thread of its own: compiling a mail holds a loop for a tenth of a
 * second, and a layout that of all mails, while the one that sends must go on.
 */
export function openExaminer({ root, atMostMs = 60_000 }: ExaminerSetting) {
  let thread: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const end = async (): Promise<void> => {
    clearTimeout(idle);
    const ending = thread;
    thread = undefined;
    await ending?.terminate();
  };
  const started = (): Worker => {
    const worker = newThread('./examine-thread', import.meta.url, {
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    });
    worker.unref();
    // One that dies by itself, of too large a text, is started anew for the next look.
    worker
      .on('error', () => {})
      .once('exit', () => {
        if (thread === worker) thread = undefined;
      });
    return worker;
  };
  const look = async (texts: Texts, show?: ToShow): Promise<Look> => {
    clearTimeout(idle);
    // The first look loads the compiler and compiles every mail; those that follow, what has changed.
    const limitMs = thread ? atMostMs : atMostMs * 3;
    const asked = (thread ??= started());
    const answer = await answerOf(asked, { root, texts, ...(show ? { show } : {}) }, limitMs);
    if (answer === 'too-long' || answer instanceof Error) await end();
    else idle = setTimeout(() => void end(), idleMs).unref();
    if (answer === 'too-long') return { kind: 'too-long', afterMs: limitMs };
    if (answer instanceof Error && 'code' in answer && answer.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return { kind: 'too-large' };
    if (answer instanceof Error) throw new Error('the thread that looks at files died', { cause: answer });
    if ('examined' in answer) return { kind: 'examined', examined: answer.examined };
    if (answer.isFixable) return { kind: 'unreadable', why: answer.fault };
    throw new Error(`the files could not be looked at: ${answer.fault}`);
  };

  return {
    examine: async (texts: Texts, show?: ToShow): Promise<Look> => {
      if (waiting >= mostWaiting) return { kind: 'busy' };
      waiting += 1;
      const ours = turn.then(() => look(texts, show));
      // One after the other; what became of the one before is its own asker's.
      turn = ours.catch(() => {});
      return ours.finally(() => {
        waiting -= 1;
      });
    },
    stop: end,
  };
}

function answerOf(thread: Worker, question: Question, atMostMs: number): Promise<ThreadAnswer | Error | 'too-long'> {
  return new Promise((resolve) => {
    const settle = (answer: ThreadAnswer | Error | 'too-long'): void => {
      clearTimeout(late);
      thread.off('message', settle).off('error', settle).off('exit', ended);
      resolve(answer);
    };
    const ended = (): void => settle(new Error('it ended'));
    const late = setTimeout(() => settle('too-long'), atMostMs);
    thread.once('message', settle).once('error', settle).once('exit', ended);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.postMessage(question);
  });
}
