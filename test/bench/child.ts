import { fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import { atEnd } from './ending.js';

const Answer = z.object({ id: z.number(), value: z.unknown().optional(), error: z.string().optional() });

/** A process of the bench that can be asked by name; see `answerParent`. */
export type Child = {
  readonly ask: <T>(what: string, answer: z.ZodType<T>, detail?: unknown) => Promise<T>;
  readonly stop: () => Promise<void>;
};

type Asked = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** Starts a compiled script of the bench in a process of its own. */
export function startChild(script: string): Child {
  // Plain Node, as in production: no loader, no source maps, and the garbage collector can be asked for.
  const child = fork(script, {
    execArgv: ['--expose-gc', '--max-semi-space-size=32'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  atEnd(() => child.kill('SIGKILL'));
  const asked = new Map<number, Asked>();
  let questions = 0;

  child.on('message', (message) => {
    const { id, value, error } = Answer.parse(message);
    const question = asked.get(id);
    asked.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(`${script}: ${error}`));
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of asked.values()) reject(new Error(`${script} ended with ${signal ?? code}`));
  });

  const ask = async <T>(what: string, answer: z.ZodType<T>, detail?: unknown): Promise<T> => {
    const id = (questions += 1);
    const value = await new Promise<unknown>((resolve, reject) => {
      if (!child.connected) reject(new Error(`${script} has ended`));
      asked.set(id, { resolve, reject });
      child.send({ id, what, detail });
    });
    return answer.parse(value);
  };
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { ask, stop };
}
