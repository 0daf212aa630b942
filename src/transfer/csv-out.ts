import { stringify } from 'csv-stringify/sync';
import type { EventValue } from '../event/lead-event.js';
import type { FieldType } from '../sequence/lead-file.js';
import { readCell, withGuard } from './cell.js';

/** Rows of a CSV file (RFC 4180), each ended by a line break. */
export function csvRows(rows: readonly (readonly string[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: 'windows', quoted_match: /[\r\n]|^\s|\s$/ },
  );
}

/**
 * A text as a cell. What a spreadsheet would run as a formula gets an apostrophe before it (OWASP, CSV injection), which an
 * import takes away again; a text that begins with apostrophes before such a sign gets one more.
 */
export function textCell(text: string | undefined): string {
  return withGuard(text ?? '');
}

/** A value of a field as a cell that an import reads as that value. */
export function valueCell(value: EventValue | undefined, type: FieldType | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return textCell(type === 'list' ? joined(value) : JSON.stringify(value));
  // A number is no formula, also below zero.
  if (typeof value !== 'string') return String(value);
  const isPlain = type !== undefined || value === '' || isReadAs(value);
  return textCell(isPlain ? value : JSON.stringify(value));
}

/** Whether a text of which nobody says that it is one is read as itself: not as a number, true, a list, or without its quotes. */
function isReadAs(text: string): boolean {
  const read = readCell(text, undefined, {});
  return read.ok && read.value === text;
}

/** "docks; doors", or JSON where what is in it would be cut elsewhere. */
export function joined(list: readonly string[]): string {
  const isPlain = list.every((one) => /^[^;|,"[\]]+$/.test(one) && one.trim() === one);
  return isPlain && list.length > 0 ? list.join('; ') : JSON.stringify(list);
}
