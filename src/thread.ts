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
