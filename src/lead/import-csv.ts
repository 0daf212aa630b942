import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'csv-parse';
import { captureLead } from './capture.js';
import type { Engine } from '../engine.js';
import { FixableError } from '../errors.js';
import { ownFields } from '../journey/facts.js';
import { readRow } from './csv-row.js';
import { LeadBody } from './lead-body.js';
import type { Store } from '../store/open-store.js';

export type BrokenRow = { readonly line: number; readonly reason: string };
export type Imported = { readonly created: number; readonly changed: number; readonly broken: readonly BrokenRow[] };

const ownColumns = ['email', ...ownFields];
const columns = [...ownColumns, 'tags', 'consent'];

/**
 * Imports leads from a CSV file whose first line names the columns; columns that are no built-in field become attributes.
 * A broken row is told with its line and kept out, the others come in. Importing a file again changes nothing.
 */
export async function importCsv(
  file: string,
  { store, engine, newId }: { readonly store: Store; readonly engine: Engine; readonly newId: () => string },
  onProgress: (share: number) => void = () => {},
): Promise<Imported> {
  const size = await stat(file).catch((cause) => {
    throw new FixableError(
      { code: 'no-file', where: file, what: 'this file cannot be read', fix: 'Check its name' },
      { cause },
    );
  });
  const broken: BrokenRow[] = [];
  const source = `import of ${basename(file)}`;
  const stream = createReadStream(file);
  const parser = parse({
    bom: true,
    columns: (names: string[]) => checkedColumns(file, names),
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
  let created = 0;
  let changed = 0;
  for await (const { record, info } of stream.pipe(parser)) {
    const result = LeadBody.safeParse(bodyOf(record, source, engine));
    if (result.success) {
      const { isNew } = await captureLead(result.data, source, store, engine, newId);
      if (isNew) created += 1;
      else changed += 1;
    } else {
      const reason = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      broken.push({ line: info.lines, reason });
    }
    onProgress(stream.bytesRead / Math.max(1, size.size));
  }
  return { created, changed, broken: broken.toSorted((a, b) => a.line - b.line) };
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

function checkedColumns(file: string, names: readonly string[]): string[] {
  const found = names.map(
    (name) =>
      columns.find(
        (own) =>
          own.toLowerCase() ===
          name
            .trim()
            .replace(/[\s_-]/g, '')
            .toLowerCase(),
      ) ?? name.trim(),
  );
  if (!found.includes('email')) {
    throw new FixableError({
      code: 'no-email-column',
      where: `${file}:1`,
      what: `no column is called "email" (found: ${found.join(', ')})`,
      fix: 'Name the column with the addresses "email"',
    });
  }
  return found;
}

function bodyOf(record: Readonly<Record<string, string>>, source: string, engine: Engine): unknown {
  const { own, attributes, tags, consent } = readRow(record, ownColumns, engine.project().fields);
  return {
    ...own,
    ...(Object.keys(attributes).length > 0 ? { attributes } : {}),
    ...(tags ? { tags } : {}),
    ...(consent ? { consent: { status: consent, source, at: engine.now() } } : {}),
  };
}

function reasonOf(error: { code?: string; message: string } | undefined): string {
  if (error?.code?.startsWith('CSV_RECORD_INCONSISTENT')) return 'it has more or fewer columns than the first line';
  if (error?.code?.includes('QUOTE')) return 'its quotes are not closed, or stand within a value; double them: ""';
  return error?.message ?? 'it cannot be read';
}
