import { createHash } from 'node:crypto';
import type { Names, Unread } from './broken-file.js';
import type { BrokenRow, CsvFile, FileRow } from './csv-file.js';
import { batchesOf, type ReadRow } from './import-batches.js';
import { readLead, type RowSetting } from './row-lead.js';

/** Broken rows that are told one by one, and kinds of them that are counted. */
const mostListed = 100;
const mostKinds = 50;

export type ToRead = { readonly csv: CsvFile; readonly rowSetting: RowSetting };
/** Told each broken row, with what its file calls the columns; waited for. */
export type OnBroken = (row: Unread, names: Names) => Promise<void>;

/** Reads a file into rounds of leads, and counts what is broken. */
export function openReading({ csv, rowSetting }: ToRead, onBroken: OnBroken | undefined) {
  const firstBroken: BrokenRow[] = [];
  const brokenKinds = new Map<string, number>();
  let [broken, rows, read] = [0, 0, 0];
  const tell = async (row: FileRow, reason: string): Promise<void> => {
    broken += 1;
    if (firstBroken.length < mostListed) firstBroken.push({ line: row.line, reason });
    const kind = reason.replaceAll(/"[^"]*"/g, '"…"');
    const counted = brokenKinds.has(kind) || brokenKinds.size < mostKinds ? kind : 'other reasons';
    brokenKinds.set(counted, (brokenKinds.get(counted) ?? 0) + 1);
    await onBroken?.({ ...row, reason }, { header: csv.headerText, by: csv.separator });
  };
  const leads = async function* (): AsyncGenerator<ReadRow> {
    for await (const row of csv.rows((bytes) => (read = bytes))) {
      rows += 1;
      const found = row.broken ? ({ ok: false, reason: row.broken } as const) : readLead(row.cells, rowSetting);
      if (!found.ok) await tell(row, found.reason);
      yield { chars: row.text.length, ...(found.ok ? { lead: found.lead } : {}) };
    }
  };
  return {
    rounds: (from: { readonly rows: number; readonly rounds: number }) => batchesOf(leads(), from),
    share: () => Math.min(1, read / Math.max(1, csv.size)),
    broken: () => broken,
    rows: () => rows,
    found: () => ({ firstBroken, brokenKinds }),
  };
}

/** So many addresses are remembered at most; beyond, one who comes twice is counted twice. */
const mostSeen = 1_000_000;

/** Tells whether an address is met for the first time. */
export function openSeen(): (emailKey: string) => boolean {
  const seen = new Set<number>();
  return (emailKey) => {
    const mark = createHash('sha256').update(emailKey).digest().readUIntBE(0, 6);
    if (seen.has(mark)) return false;
    if (seen.size < mostSeen) seen.add(mark);
    return true;
  };
}
