import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { startChild } from './child.js';
import type { Lab } from './lab.js';

/** Starts the embedded MongoDB in a process of its own, as several workers need it. */
export async function startEngine({ scratch, compiled }: Pick<Lab, 'scratch' | 'compiled'>) {
  const child = startChild(compiled.script('engine-process'));
  const dataDir = await mkdtemp(join(scratch, 'e'));
  const uri = await child.ask('open', z.string(), dataDir);
  return {
    uri,
    /** CPU time it has used so far. */
    cpuMs: () => child.ask('cpuMs', z.number()),
    stop: async () => {
      await child.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
