import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Compiled, compileSources } from './compile.js';
import { removeAtEnd } from './ending.js';
import type { Flags } from './flags.js';
import { findSmtpSink, startPostfixSink } from './postfix-sink.js';
import { type Sink, startOwnSink } from './sink.js';

/** What all parts of the bench stand on. */
export type Lab = {
  readonly compiled: Compiled;
  /** Where all that is measured sends to. */
  readonly sink: Sink;
  /** A folder that goes with the bench. */
  readonly scratch: string;
  readonly connections: number;
  /** Further settings of the workers, as environment variables. */
  readonly settings: Readonly<Record<string, string>>;
};

export async function openLab({ connections, settings, sink }: Flags): Promise<Lab> {
  // Short: the engine's socket lies in it, and a socket's path has room for about 100 characters.
  const scratch = await mkdtemp(join(tmpdir(), 'rvb-'));
  removeAtEnd(scratch);
  const compiled = await compileSources();
  const postfix = sink === 'own' ? undefined : findSmtpSink();
  if (sink === 'postfix' && !postfix) throw new Error('smtp-sink is not installed; on Debian it is in "postfix"');
  return {
    compiled,
    sink: postfix ? await startPostfixSink(postfix, scratch) : await startOwnSink(compiled),
    scratch,
    connections,
    settings,
  };
}

/** Told while it runs, on stderr: what is printed at the end stays clean. */
export function progress(line: string): void {
  console.error(line);
}
