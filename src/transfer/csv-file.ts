import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import * as z from 'zod';
import { FixableError } from '../errors.js';

export type BrokenRow = { readonly line: number; readonly reason: string };
export type CsvLine = { readonly line: number; readonly cells: Readonly<Record<string, string>> };

export type CsvSetting = {
  /** The names of the columns as their cells are asked for, from those in the first line; throws what the operator can mend. */
  readonly columns: (written: readonly string[]) => string[];
  /** Rows that cannot be read are put here. */
  readonly broken: BrokenRow[];
  /** `share` is the part of the file that has been read, 0 to 1. */
  readonly onProgress: (share: number) => void;
};

const Line = z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) });

/** Reads a CSV file whose first line names the columns, row by row and never as a whole. */
export async function* csvLines(file: string, { columns, broken, onProgress }: CsvSetting): AsyncGenerator<CsvLine> {
  const { size } = await stat(file).catch((cause) => {
    throw new FixableError(
      { code: 'no-file', where: file, what: 'this file cannot be read', fix: 'Check its name' },
      { cause },
    );
  });
  const stream = createReadStream(file);
  const parser = parse({
    bom: true,
    columns,
    delimiter: await delimiterOf(file),
    info: true,
    raw: false,
    relax_column_count: false,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
    on_skip: (error) => {
      broken.push({ line: Number(error?.['lines'] ?? 0), reason: reasonOf(error) });
      return undefined;
    },
  });
  stream.on('error', (error) => parser.destroy(error));
  for await (const row of stream.pipe(parser)) {
    const { record, info } = Line.parse(row);
    yield { line: info.lines, cells: record };
    onProgress(stream.bytesRead / Math.max(1, size));
  }
}

/** The names of columns, those that are known by their spelling: "First Name" is firstName. */
export function spelledAs(known: readonly string[], written: readonly string[]): string[] {
  const plain = (name: string): string => name.replaceAll(/[\s_-]/g, '').toLowerCase();
  return written.map((name) => known.find((own) => plain(own) === plain(name)) ?? name.trim());
}

/** The separator of the first line that stands there most often. One for the whole file: a ";" within a cell of a "," file is text. */
async function delimiterOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64 * 1024));
    const [head = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    const count = (separator: string): number => head.split(separator).length;
    return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0] ?? ',';
  } finally {
    await handle.close();
  }
}

function reasonOf(error: { code?: string; message: string } | undefined): string {
  if (error?.code?.startsWith('CSV_RECORD_INCONSISTENT')) return 'it has more or fewer columns than the first line';
  if (error?.code?.includes('QUOTE')) return 'its quotes are not closed, or stand within a value; double them: ""';
  return error?.message ?? 'it cannot be read';
}
