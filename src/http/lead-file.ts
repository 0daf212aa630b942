import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { exportFormats } from '../api/transfer-words.js';

const written = { csv: 'text/csv', json: 'application/json', jsonl: 'application/x-ndjson' } as const;

/** Gives out leads as a file, while they are read. No cache keeps who they are. */
export async function sendLeadFile(
  text: AsyncIterable<string>,
  format: (typeof exportFormats)[number],
  response: Response,
): Promise<undefined> {
  response.type(written[format]).attachment(`leads.${format}`).set('Cache-Control', 'no-store');
  await pipeline(Readable.from(text), response);
  return undefined;
}
