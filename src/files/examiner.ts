import { openThread, type Undone } from '../thread.js';
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

/** Looks that wait behind the one in hand; whoever types asks for one with each pause. */
const mostWaiting = 19;
/** The first look of a thread loads the compiler and compiles every mail; those that follow, what has changed. */
const firstTakes = 3;

/**
 * Looks at a project with other texts laid over it, in a thread of its own: compiling a mail holds a loop for a tenth of a
 * second, and a layout that of all mails, while the one that sends must go on.
 */
export function openExaminer({ root, atMostMs = 60_000 }: ExaminerSetting) {
  const thread = openThread<Question, ThreadAnswer>(['./examine-thread', import.meta.url], {
    withinMs: atMostMs,
    firstWithinMs: atMostMs * firstTakes,
    memoryMb: 512,
    waiting: mostWaiting,
  });
  return {
    examine: async (texts: Texts, show?: ToShow): Promise<Look> =>
      lookOf(await thread.run({ root, texts, ...(show ? { show } : {}) })),
    /** Ends it; whoever waits for a look is told to ask again. */
    stop: thread.stop,
  };
}

function lookOf(answer: ThreadAnswer | Undone): Look {
  if ('examined' in answer) return { kind: 'examined', examined: answer.examined };
  if ('fault' in answer) {
    if (answer.isFixable) return { kind: 'unreadable', why: answer.fault };
    throw new Error(`the files could not be looked at: ${answer.fault}`);
  }
  switch (answer.because) {
    case 'time':
      return { kind: 'too-long', afterMs: answer.afterMs };
    case 'memory':
      return { kind: 'too-large' };
    case 'busy':
      return { kind: 'busy' };
  }
}
