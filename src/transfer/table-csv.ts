import { stringify } from 'csv-stringify/sync';

/**
 * A table as a CSV file. A text that a spreadsheet would take for a formula gets an apostrophe before it: sources and
 * names of steps come from outside. Numbers stay numbers, also those below zero.
 */
export function tableCsv(rows: readonly (readonly (string | number)[])[]): string {
  return stringify(rows.map((row) => row.map((cell) => (typeof cell === 'string' ? defused(cell) : String(cell)))));
}

/** Also by the full-width signs, which some spreadsheets take for the usual ones. */
function defused(cell: string): string {
  return /^[=+\-@\t\r＝＋－＠]/.test(cell) ? `'${cell}` : cell;
}
