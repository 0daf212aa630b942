import { quoted } from '../diagnostic.js';
import type { EventValue } from '../event/lead-event.js';
import { readDate } from '../journey/lead-date.js';
import type { FieldType } from '../sequence/lead-file.js';
import type { DateOrder } from '../api/transfer-words.js';

/** How a column writes what is written differently in different countries. What is missing nothing in it told. */
export type Habit = { readonly dates?: DateOrder | undefined; readonly decimal?: ',' | '.' | undefined };

/** What was seen of a column so far. */
export type Signs = { dmy: boolean; mdy: boolean; either: boolean; decimals: { ',': boolean; '.': boolean } };

export function noSigns(): Signs {
  return { dmy: false, mdy: false, either: false, decimals: { ',': false, '.': false } };
}

/** "31/12/2026", "31.12.26", "31-12-2026", perhaps with a time of day. */
const dayFirst = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T,]+(\d{1,2}):(\d{2})(?::\d{2})?)?$/;
/** Nobody writes a date or a number longer than this, and patterns see no more. */
const longest = 40;

/** Notes what a cell gives away of how its column writes dates and numbers. */
export function noteSigns(cell: string, type: FieldType, signs: Signs): void {
  if (cell.length > longest) return;
  if (type === 'date') noteOrder(cell, signs);
  // What is not three digits after the sign is no thousand.
  if (type === 'number') {
    const [, sign, rest = ''] = /^[^.,]*([.,])(\d*)%?$/.exec(cell) ?? [];
    if ((sign === ',' || sign === '.') && rest.length !== 3) signs.decimals[sign] = true;
    const [, last] = /[.,].*([.,])\d+$/.exec(cell) ?? [];
    if ((last === ',' || last === '.') && new Set(cell.replaceAll(/[^.,]/g, '')).size === 2)
      signs.decimals[last] = true;
  }
}

function noteOrder(cell: string, signs: Signs): void {
  const [, first = '', mark, second = ''] = dayFirst.exec(cell) ?? [];
  // With dots the day comes first wherever dates are written so.
  if (mark === undefined || mark === '.') return;
  if (Number(first) > 12) signs.dmy = true;
  else if (Number(second) > 12) signs.mdy = true;
  else if (first !== second) signs.either = true;
}

export type Cell = { readonly ok: true; readonly value: EventValue } | { readonly ok: false; readonly problem: string };

const yes = [
  'yes',
  'y',
  'true',
  '1',
  'x',
  'on',
  'ja',
  'j',
  'oui',
  'o',
  'vrai',
  'si',
  'sí',
  's',
  'sim',
  'wahr',
  'verdadero',
  'vero',
];
const no = ['no', 'n', 'false', '0', 'off', 'nein', 'non', 'faux', 'não', 'nao', 'falsch', 'falso', 'nee'];

/** What a cell that is not empty says, as its field is declared; undeclared, a number or true and false where nothing is lost by it. */
export function readCell(written: string, type: FieldType | undefined, habit: Habit): Cell {
  const cell = withoutGuard(written);
  switch (type) {
    case 'text':
      return { ok: true, value: cell };
    case 'list':
      return { ok: true, value: partsOf(cell) };
    case 'yes/no': {
      const word = cell.toLowerCase();
      if (yes.includes(word)) return { ok: true, value: true };
      return no.includes(word) ? { ok: true, value: false } : wrong(cell, 'is neither yes nor no');
    }
    case 'number': {
      const value = numberIn(cell, habit);
      return value === undefined ? wrong(cell, 'is no number') : { ok: true, value };
    }
    case 'date': {
      const value = dateIn(cell, habit);
      return value === undefined ? wrong(cell, 'is no date like "2026-11-30"') : { ok: true, value };
    }
    case undefined:
      return { ok: true, value: undeclared(cell) };
  }
}

function wrong(cell: string, what: string): Cell {
  return { ok: false, problem: `${quoted(cell)} ${what}` };
}

/** What begins a formula in a spreadsheet: the ASCII signs, tab, carriage return, and the full-width signs of East Asia. */
const guarded = /^'(?='*\s*[=+\-@\t\r＝＋－＠])/u;

/** A cell without the quote that an export puts before what a spreadsheet would run as a formula. */
export function withoutGuard(cell: string): string {
  return guarded.test(cell) ? cell.slice(1) : cell;
}

/** The same cell with that quote. */
export function withGuard(cell: string): string {
  return guarded.test(`'${cell}`) ? `'${cell}` : cell;
}

/** Without a type to go by: as an export writes it, so that a text of digits stays a text. */
function undeclared(cell: string): EventValue {
  if (/^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(cell)) return Number(cell);
  if (cell === 'true' || cell === 'false') return cell === 'true';
  return inJson(cell) ?? cell;
}

/** A text or a list of texts, as JSON writes them. */
function inJson(cell: string): EventValue | undefined {
  if (!/^(\[".*"\]|\[\]|".*")$/s.test(cell)) return undefined;
  try {
    const value: unknown = JSON.parse(cell);
    if (typeof value === 'string') return value;
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** "docks; doors", "docks|doors", "docks, doors", or a JSON list. */
export function partsOf(cell: string): readonly string[] {
  const list = inJson(cell);
  if (Array.isArray(list)) return list;
  const separator = /[;|]/.test(cell) ? /[;|]/ : ',';
  // Mailchimp writes each tag in quotes.
  return cell.split(separator).flatMap((part) => part.trim().replace(/^"(.*)"$/, '$1') || []);
}

function numberIn(written: string, { decimal }: Habit): number | undefined {
  if (written.length > longest) return undefined;
  // Spaces of all widths and apostrophes only group digits.
  const cell = written.replaceAll(/[\s\u00a0\u202f'’]/gu, '').replace(/%$/, '');
  const grouping = decimal === ',' ? '.' : ',';
  const isGrouped = new RegExp(`^[+-]?\\d{1,3}(?:\\${grouping}\\d{3})+(?!\\d)`).test(cell);
  const plain = (isGrouped ? cell.replaceAll(grouping, '') : cell).replace(decimal ?? '.', '.');
  return /^[+-]?\d{1,18}(\.\d{1,15})?$/.test(plain) ? Number(plain) : undefined;
}

/** A date as conditions read it, "2026-12-31", or with the time of day that it was written with. */
function dateIn(cell: string, { dates }: Habit): string | undefined {
  if (cell.length > longest) return undefined;
  if (readDate(cell, 'UTC')) return cell;
  const [, first = '', mark, second = '', written = '', hour, minute = ''] = dayFirst.exec(cell) ?? [];
  if (mark === undefined) return undefined;
  const isDayFirst = mark === '.' || dates !== 'mdy';
  const [day, month] = isDayFirst ? [first, second] : [second, first];
  const year = written.length === 2 ? `20${written}` : written;
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const read = hour === undefined ? date : `${date} ${hour.padStart(2, '0')}:${minute}`;
  return readDate(read, 'UTC') ? read : undefined;
}
