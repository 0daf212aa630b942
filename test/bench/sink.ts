import * as z from 'zod';
import { startChild } from './child.js';
import type { Compiled } from './compile.js';

const Report = z.object({
  mails: z.number(),
  /** Missing from a sink that counts mails only. */
  uniqueIds: z.number().optional(),
  bytes: z.number().optional(),
  /** CPU time of the sink. */
  cpuMs: z.number(),
});
/** What arrived at a sink since it was last asked. */
export type Arrivals = z.output<typeof Report>;

/** A mail server in a process of its own, which takes everything and counts. */
export type Sink = {
  readonly name: string;
  readonly port: number;
  readonly arrivals: () => Promise<Arrivals>;
  readonly stop: () => Promise<void>;
};

/** The sink of this project, which can also keep what it takes. */
export async function startOwnSink(compiled: Compiled) {
  const child = startChild(compiled.script('sink-process'));
  return {
    name: "this project's sink",
    port: await child.ask('port', z.number()),
    arrivals: () => child.ask('report', Report),
    /** Keeps the next mails whole, until `kept` asks for them. */
    keep: (count: number) => child.ask('keep', z.undefined(), count),
    kept: async (): Promise<readonly Buffer[]> => (await child.ask('kept', z.array(z.string()))).map(fromWire),
    stop: child.stop,
  };
}

/** A mail as its sender meant it: without the dots that DATA adds (RFC 5321 §4.5.2). */
function fromWire(base64: string): Buffer {
  const wire = Buffer.from(base64, 'base64').toString('latin1');
  return Buffer.from(wire.slice(0, -'.\r\n'.length).replace(/(^|\r\n)\./g, '$1'), 'latin1');
}

/** Whether all of so many mails arrived, each once. */
export function areAllThere({ mails, uniqueIds = mails }: Arrivals, count: number): boolean {
  return mails === count && uniqueIds === count;
}

export function toldOf({ mails, uniqueIds }: Arrivals): string {
  return `${mails} arrived${uniqueIds === undefined ? '' : ` under ${uniqueIds} Message-IDs`}`;
}
