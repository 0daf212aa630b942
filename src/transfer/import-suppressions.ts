import * as z from 'zod';
import { FixableError } from '../errors.js';
import { suppressions } from '../journey/facts.js';
import type { ToSuppress } from '../store/suppressions.js';
import { withoutGuard } from './cell.js';
import { type BrokenRow, csvLines, spelledAs } from './csv-file.js';
import { plain } from '../api/lead-body.js';
import { readTarget, suppress, type SuppressTools } from '../lead/suppress.js';

/** What came of importing a list. `known`: rows that were suppressed for that reason before. */
export type ImportedSuppressions = {
  readonly added: number;
  readonly known: number;
  readonly leads: number;
  readonly broken: readonly BrokenRow[];
};

const columns = ['address', 'reason', 'because', 'at'];
/** What other systems call the column with the addresses. */
const otherNames = ['email', 'emailaddress', 'domain', 'recipient'];

const Row = z.object({
  address: z.string().transform((written, context) => {
    const target = readTarget(written);
    if (target.ok) return target.of;
    context.addIssue({ code: 'custom', message: target.problem });
    return z.NEVER;
  }),
  reason: z
    .enum(suppressions, {
      error: ({ input }) => `"${String(input)}" is no reason; use one of: ${suppressions.join(', ')}`,
    })
    .default('manual'),
  because: plain(300).optional(),
  at: z
    .union([z.iso.date(), z.iso.datetime({ offset: true })], {
      error: 'a time looks like "2026-03-02" or "2026-03-02T09:00:00Z"',
    })
    .transform((written) => new Date(written))
    .optional(),
});

/** Rows that are written together. */
const batchSize = 500;

/**
 * Imports a list of addresses and domains from a CSV file. Rows are told with their line where they are broken, and the
 * others come in. Importing a file again changes nothing.
 */
export async function importSuppressions(
  file: string,
  { by, now, onProgress = () => {}, ...tools }: SuppressTools & ImportSetting,
): Promise<ImportedSuppressions> {
  const broken: BrokenRow[] = [];
  const sum = { added: 0, known: 0, leads: 0 };
  let batch: ToSuppress[] = [];
  const write = async (): Promise<void> => {
    const { added, leads } = await suppress(batch, tools);
    sum.added += added;
    sum.known += batch.length - added;
    sum.leads += leads;
    batch = [];
  };
  for await (const { line, cells } of csvLines(file, { columns: (names) => named(file, names), broken, onProgress })) {
    const filled = Object.entries(cells).flatMap(([name, cell]) => (cell === '' ? [] : [[name, withoutGuard(cell)]]));
    const { data, error } = Row.safeParse(Object.fromEntries(filled));
    if (data) batch.push(toSuppress(data, by, now));
    else
      broken.push({
        line,
        reason: error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      });
    if (batch.length >= batchSize) await write();
  }
  await write();
  return { ...sum, broken: broken.toSorted((a, b) => a.line - b.line) };
}

export type ImportSetting = {
  /** Who says so. */
  readonly by: string;
  readonly now: Date;
  readonly onProgress?: (share: number) => void;
};

function toSuppress({ address: of, reason, because, at }: z.output<typeof Row>, by: string, now: Date): ToSuppress {
  // A date to come would stand above all others in the list, and in nobody's past.
  return { of, reason, at: at && at < now ? at : now, by, ...(because ? { because } : {}) };
}

function named(file: string, written: readonly string[]): string[] {
  const found = spelledAs([...columns, ...otherNames], written).map((name) =>
    otherNames.includes(name) ? 'address' : name,
  );
  if (found.filter((name) => name === 'address').length === 1) return found;
  const isList = written.some((cell) => readTarget(cell).ok);
  throw new FixableError({
    code: 'no-address-column',
    where: `${file}:1`,
    what: isList ? 'the first line is an address and names no columns' : 'there is not one column called "address"',
    fix: isList ? 'Write "address" on a line above it' : 'Name the column with the addresses "address", or "email"',
  });
}
