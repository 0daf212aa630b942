import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { startChild } from './child.js';
import { startEngine } from './engine.js';
import type { Lab } from './lab.js';

const Measured = z.object({
  /** Time of a bare insertMany of all documents that the import wrote, divided by the time of the import. */
  importRatio: z.number(),
  /** The same of the leads' own documents. */
  importRatioLeadsAlone: z.number(),
  /** Memory that the importing process took beyond what it has at rest, at its most; the database runs in a process of its own. */
  importRssMb: z.number(),
  /** All memory that it had, at its most. */
  importRssPeakMb: z.number(),
  rowsPerSecond: z.number(),
});
export type MeasuredImport = z.output<typeof Measured>;

/** Real names: lists of real people are not ASCII. */
const firstNames = ['Noor', 'Zoë', 'Mehmet', 'Łucja', 'Ada', 'José', 'Ingrid', 'Siân'];

/**
 * How fast a CSV file of leads comes in with all that their being made brings about, by the shipped project, against a bare
 * insertMany of the documents that came of it: in the same database, in batches of the same rows, with the same write concern.
 */
export async function measureImport(lab: Pick<Lab, 'scratch' | 'compiled'>, leads = 100_000): Promise<MeasuredImport> {
  const folder = await mkdtemp(join(lab.scratch, 'i'));
  const engine = await startEngine(lab);
  const child = startChild(lab.compiled.script('import-process'));
  try {
    const file = join(folder, 'leads.csv');
    await pipeline(Readable.from(linesOf(leads)), createWriteStream(file));
    return await child.ask('import', Measured, { dataDir: folder, file, project: '.', uri: engine.uri });
  } finally {
    await child.stop();
    await engine.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function* linesOf(leads: number): Generator<string> {
  yield 'Email,First name,Last name,Timezone,Locale,Job title,Company,Country,Company size,Tags\n';
  for (let i = 0; i < leads; i += 1) {
    const firstName = firstNames[i % firstNames.length];
    yield `lead-${i}@d${i % 20}.example.com,${firstName},Hyttinen,Europe/Helsinki,fi-FI,Head of Logistics,"Cold Store ${i}, Oy",FI,${4 + (i % 400)},fair-2026\n`;
  }
}
