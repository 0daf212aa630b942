import { basename } from 'node:path';
import { captureLead } from '../lead/capture.js';
import type { Engine } from '../engine.js';
import { FixableError } from '../errors.js';
import { ownFields } from '../journey/facts.js';
import { type BrokenRow, csvLines, spelledAs } from './csv-file.js';
import { readRow } from './csv-row.js';
import { LeadBody } from '../lead/lead-body.js';
import type { Store } from '../store/open-store.js';

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
  const broken: BrokenRow[] = [];
  const source = `import of ${basename(file)}`;
  let created = 0;
  let changed = 0;
  const lines = csvLines(file, { columns: (names) => checkedColumns(file, names), broken, onProgress });
  for await (const { line, cells } of lines) {
    const result = LeadBody.safeParse(bodyOf(cells, source, engine));
    if (result.success) {
      const { isNew } = await captureLead(result.data, source, store, engine, newId);
      if (isNew) created += 1;
      else changed += 1;
    } else {
      const reason = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      broken.push({ line, reason });
    }
  }
  return { created, changed, broken: broken.toSorted((a, b) => a.line - b.line) };
}

function checkedColumns(file: string, names: readonly string[]): string[] {
  const found = spelledAs(columns, names);
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
