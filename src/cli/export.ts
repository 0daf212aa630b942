import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readConfig } from '../config.js';
import { openRivulet } from '../main.js';
import type { MemberTools } from '../lead/members.js';
import { exportLeads, type ExportWish } from '../transfer/export-leads.js';
import { reportFault } from './terminal.js';

type ExportOptions = Omit<ExportWish, 'fields'> & { readonly fields?: string; readonly out?: string };

/** Writes leads to a file, or to the standard output. */
export async function exportTo({ fields, out, ...wish }: ExportOptions): Promise<void> {
  await withMembers(async (tools) => {
    const asked = fields?.split(',').map((field) => field.trim());
    await writeOut(await exportLeads({ ...wish, fields: asked }, tools), out);
  });
}

/** Writes text as it comes, to a file that only its owner may read, or to the standard output. */
export async function writeOut(text: AsyncIterable<string>, out: string | undefined): Promise<void> {
  if (out === undefined) await pipeline(Readable.from(text), process.stdout, { end: false });
  else await pipeline(Readable.from(text), createWriteStream(out, { mode: 0o600 }));
}

/** What looks at leads, also beside a running Rivulet. What it says goes to the error output: the other one is the file. */
export async function withMembers(work: (tools: MemberTools) => Promise<void>): Promise<void> {
  const config = readConfig(process.env);
  const rivulet = await openRivulet(config, { say: console.error, onFault: reportFault }, true);
  try {
    const { store, engine, project, defaultTimeZone } = rivulet;
    await work({ store, now: engine.now, project, defaultTimeZone });
  } finally {
    await rivulet.stop();
  }
}
