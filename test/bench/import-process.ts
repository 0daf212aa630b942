import type { Document } from 'mongodb';
import * as z from 'zod';
import { readConfig } from '../../src/config.js';
import { openRivulet, type Rivulet } from '../../src/main.js';
import { importCsv } from '../../src/transfer/import-csv.js';
import { answerParent } from './answering.js';

// Rivulet in a process of its own, on the embedded engine in another: imports one file, and then writes the same documents bare.

const Asked = z.object({ dataDir: z.string(), file: z.string(), project: z.string(), uri: z.string() });

/** Collections that an import writes into; what it notes of itself is not among them. */
const written = ['leads', 'events', 'enrollments'] as const;
/** Rows that the import writes together. */
const batchRows = 1000;

const mb = 1024 * 1024;

async function measure(detail: unknown) {
  const { dataDir, file, project, uri } = Asked.parse(detail);
  const faults: unknown[] = [];
  const config = readConfig({ DATA_DIR: dataDir, PROJECT_DIR: project, PORT: '0', MONGODB_URI: uri });
  const rivulet = await openRivulet(config, { say: console.error, onFault: (fault) => void faults.push(fault) }, false);
  globalThis.gc?.();
  const atRest = process.memoryUsage.rss();
  let rss = 0;
  const look = (): void => void (rss = Math.max(rss, process.memoryUsage.rss()));
  const startedAt = performance.now();
  const { created, broken } = await importCsv(file, rivulet, { onProgress: look });
  const tookMs = performance.now() - startedAt;
  if (broken > 0 || faults.length > 0)
    throw new Error(`${broken} rows were broken, and there were ${faults.length} faults`);
  const open = await rivulet.store.db.collection('events').countDocuments({ applied: false });
  if (open > 0) throw new Error(`${open} events were not taken to their end`);
  const bare = new Map<string, number>();
  for (const name of written) bare.set(name, await insertBare(rivulet, name, created));
  const all = [...bare.values()].reduce((sum, ms) => sum + ms, 0);
  await rivulet.stop();
  return {
    importRatio: all / tookMs,
    importRatioLeadsAlone: (bare.get('leads') ?? 0) / tookMs,
    importRssMb: (rss - atRest) / mb,
    importRssPeakMb: rss / mb,
    rowsPerSecond: (created / tookMs) * 1000,
  };
}

/** Inserts the documents of a collection into an empty one, as many together as the import wrote together; how long that took. */
async function insertBare({ store: { db } }: Rivulet, name: string, leads: number): Promise<number> {
  const rows = db.collection(`bare-${name}`, { writeConcern: { journal: true } });
  await rows.insertOne({ first: true });
  const together = Math.ceil(((await db.collection(name).countDocuments()) / leads) * batchRows);
  let tookMs = 0;
  let batch: Document[] = [];
  const write = async (): Promise<void> => {
    if (batch.length === 0) return;
    const startedAt = performance.now();
    await rows.insertMany(batch, { ordered: false });
    tookMs += performance.now() - startedAt;
    batch = [];
  };
  for await (const document of db.collection(name).find()) {
    batch.push(document);
    if (batch.length >= together) await write();
  }
  await write();
  await rows.drop();
  return tookMs;
}

answerParent({ import: measure });
