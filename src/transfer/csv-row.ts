import type { EventValue } from '../event/lead-event.js';
import type { FieldType } from '../sequence/lead-file.js';

/** What the cells of a CSV row say of a lead: its own fields, attributes by their declared types, and tags. */
export type CsvRow = {
  readonly own: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, EventValue>>;
  readonly tags: readonly string[] | undefined;
  readonly consent: string | undefined;
};

/** Reads a row whose columns are named. Empty cells say nothing; columns that are not `ownColumns` are attributes. */
export function readRow(
  row: Readonly<Record<string, string>>,
  ownColumns: readonly string[],
  fields: ReadonlyMap<string, FieldType> | undefined,
): CsvRow {
  const filled = Object.entries(row).filter(([, value]) => value !== '');
  const own = filled.filter(([name]) => ownColumns.includes(name));
  const others = filled.filter(([name]) => ![...ownColumns, 'tags', 'consent'].includes(name));
  return {
    own: Object.fromEntries(own),
    attributes: Object.fromEntries(others.map(([name, cell]) => [name, typed(cell, fields?.get(name))])),
    tags: row['tags'] ? parts(row['tags']) : undefined,
    consent: row['consent'] || undefined,
  };
}

/** A cell as the type its field is declared with; undeclared, a number where nothing of it is lost by reading it as one ("0123" stays text). */
function typed(cell: string, type: FieldType | undefined): EventValue {
  if (type === 'yes/no' && /^(yes|no|true|false|1|0)$/i.test(cell)) return /^(yes|true|1)$/i.test(cell);
  if (type === 'list') return parts(cell);
  const isNumber = /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(cell);
  return isNumber && (type === undefined || type === 'number') ? Number(cell) : cell;
}

/** "docks; doors" or "docks|doors". */
function parts(cell: string): readonly string[] {
  return cell.split(/[;|]/).flatMap((part) => part.trim() || []);
}
