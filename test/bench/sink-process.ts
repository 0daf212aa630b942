import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';

const Started = z.object({ port: z.number() });
const Report = z.object({ messages: z.number(), uniqueIds: z.number(), bytes: z.number() });

/** What arrived at the sink since it was last asked. */
export type Arrivals = z.output<typeof Report>;

export type Sink = Awaited<ReturnType<typeof startSink>>;

/** Starts the mail server that the measured senders send to, in a process of its own. */
export async function startSink() {
  const child = fork(fileURLToPath(new URL('sink.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] });
  const answer = async (): Promise<unknown> => {
    const [message]: unknown[] = await once(child, 'message');
    return message;
  };
  const { port } = Started.parse(await answer());
  return {
    port,
    arrivals: async (): Promise<Arrivals> => {
      const next = answer();
      child.send('report');
      return Report.parse(await next);
    },
    stop: (): void => child.disconnect(),
  };
}
