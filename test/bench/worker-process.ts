import { Session } from 'node:inspector/promises';
import { writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import * as z from 'zod';
import { readConfig } from '../../src/config.js';
import { captureLead } from '../../src/lead/capture.js';
import { openRivulet, type Rivulet } from '../../src/main.js';
import { answerParent } from './answering.js';

// Rivulet as it runs, in a process of its own: everything as shipped, with the project, the database and the SMTP server
// that the bench names.

const Opening = z.record(z.string(), z.string());
const Sample = z.object({ email: z.string(), firstName: z.string(), attributes: z.record(z.string(), z.unknown()) });
const Drain = z.object({
  /** When to begin, in milliseconds since 1970; at once unless said. */
  at: z.number().optional(),
  /** Where the CPU profile of the drain goes. */
  profile: z.string().optional(),
});

let rivulet: Rivulet | undefined;
const faults: unknown[] = [];

async function open(detail: unknown): Promise<void> {
  const config = readConfig(Opening.parse(detail));
  const surroundings = {
    say: (line: string) => console.error(`    worker: ${line}`),
    onFault: (error: unknown) => void faults.push(error),
  };
  rivulet = await openRivulet(config, surroundings, false);
}

function opened(): Rivulet {
  if (!rivulet) throw new Error('the worker has not been opened');
  return rivulet;
}

/** Answers HTTP on a port of its own; where. */
async function listen(): Promise<string> {
  return (await opened().listen()).url;
}

/** One lead made by the code that makes all leads; the bench copies its rows. */
async function sample(detail: unknown): Promise<string> {
  const { email, firstName, attributes } = Sample.parse(detail);
  const { store, engine, newId } = opened();
  const own = z.record(z.string(), z.union([z.string(), z.number()])).parse(attributes);
  const { lead } = await captureLead(
    { email, emailKey: email, firstName, attributes: own },
    'form',
    store,
    engine,
    newId,
  );
  return lead.id;
}

/** Sends all that is due. */
async function drain(detail: unknown) {
  const { at, profile } = Drain.parse(detail ?? {});
  const { dispatcher } = opened();
  globalThis.gc?.();
  let rss = 0;
  const look = (): void => void (rss = Math.max(rss, process.memoryUsage.rss()));
  const looking = setInterval(look, 100);
  const recorded = profile ? await record() : undefined;
  if (at !== undefined) await pause(Math.max(0, at - Date.now()));

  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await dispatcher.wake();
  const { user, system } = process.cpuUsage(cpu);
  const tookMs = performance.now() - startedAt;

  clearInterval(looking);
  look();
  if (profile) await writeFile(profile, JSON.stringify(await recorded?.()));
  const [fault, ...others] = faults.splice(0);
  if (fault !== undefined) throw new Error(`Rivulet had ${others.length + 1} faults, first ${inspect(fault)}`);
  return { tookMs, cpuMs: (user + system) / 1000, rssMb: rss / 1024 / 1024 };
}

/** CPU time so far, of all threads, with the faults there were till now as an error. */
function cpuMs(): number {
  const [fault, ...others] = faults.splice(0);
  if (fault !== undefined) throw new Error(`Rivulet had ${others.length + 1} faults, first ${inspect(fault)}`);
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Begins a CPU profile of this thread; what it returns ends it. */
async function record(): Promise<() => Promise<unknown>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 250 });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  };
}

answerParent({ open, listen, sample, drain, cpuMs });
