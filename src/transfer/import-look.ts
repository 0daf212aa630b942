import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { FieldType } from '../sequence/lead-file.js';
import type { DateOrder, Encoding } from '../api/transfer-words.js';
import { type Habit, noSigns, noteSigns, type Signs } from './cell.js';
import { type CsvFile, type FileRow, openCsv } from './csv-file.js';
import { type Column, guessMapping, type Mapping, type MappingWish } from './mapping.js';

/** Rows from which the columns are guessed. */
const sampleRows = 200;

export type LookWish = MappingWish & {
  readonly encoding?: Encoding | undefined;
  readonly dates?: DateOrder | undefined;
  /** What the file is called, where it is not its name. */
  readonly name?: string | undefined;
};
export type Look = { readonly csv: CsvFile; readonly mapping: Mapping };

/** Opens a file and guesses what its columns are. */
export async function lookAt(
  file: string,
  fields: ReadonlyMap<string, FieldType> | undefined,
  wish: LookWish,
): Promise<Look> {
  const csv = await openCsv(file, wish);
  const sample: (readonly string[])[] = [];
  for await (const { cells, broken } of csv.rows()) {
    if (!broken) sample.push(cells);
    if (sample.length >= sampleRows) break;
  }
  const mapping = guessMapping({ header: csv.header, sample }, fields, wish);
  const isAddress = csv.header.length > 0 && mapping.columns.every(({ to }) => to !== 'email');
  return { csv, mapping: isAddress ? withHeaderless(mapping, csv.header) : mapping };
}

/** A file that begins with its first lead and names nothing. */
function withHeaderless(mapping: Mapping, header: readonly string[]): Mapping {
  const isLead = header.some((cell) => /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(cell));
  if (!isLead) return mapping;
  const what = 'the first line is a lead and names no columns';
  return {
    ...mapping,
    problems: [{ what, fix: 'Write the names of the columns on a line above it, such as "email".' }],
  };
}

/** The SHA-256 of a file: what it is known by when it is imported once more. */
export async function digestOf(file: string): Promise<string> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(file), sum);
  return sum.digest('hex');
}

export type Habits = {
  readonly habits: ReadonlyMap<number, Habit>;
  readonly problems: Mapping['problems'];
};

/** How columns of dates and numbers are written, told by all of their cells: "03/04/2026" is two days. */
export async function habitsOf(
  { csv, mapping }: Look,
  fields: ReadonlyMap<string, FieldType> | undefined,
  wish: LookWish,
): Promise<Habits> {
  const asked = mapping.columns.flatMap((column) => {
    const type = column.to === undefined ? undefined : fields?.get(column.to);
    return type === 'date' || type === 'number' ? [{ column, type, signs: noSigns() }] : [];
  });
  if (asked.length > 0) for await (const row of csv.rows()) noteRow(row, asked);
  return {
    habits: new Map(asked.map(({ column, signs }) => [column.at, habitOf(signs, csv.separator, wish.dates)])),
    problems: wish.dates ? [] : asked.flatMap(({ column, signs }) => ambiguity(column, signs)),
  };
}

type Asked = { readonly column: Column; readonly type: FieldType; readonly signs: Signs };

function noteRow({ cells, broken }: FileRow, asked: readonly Asked[]): void {
  if (broken) return;
  for (const { column, type, signs } of asked) noteSigns(cells[column.at] ?? '', type, signs);
}

/** Where commas separate decimals they cannot separate columns, and semicolons do. */
function habitOf({ mdy, decimals }: Signs, separator: string, dates: DateOrder | undefined): Habit {
  const decimal = decimals[','] ? ',' : decimals['.'] || separator !== ';' ? '.' : ',';
  return { decimal, dates: dates ?? (mdy ? 'mdy' : 'dmy') };
}

function ambiguity({ header }: Column, { dmy, mdy, either }: Signs): Mapping['problems'] {
  const fix = 'Say which: --dates dmy (31/12) or --dates mdy (12/31).';
  if (dmy && mdy)
    return [{ what: `column "${header}" has dates with the day first and dates with the month first`, fix }];
  if (!either || dmy || mdy) return [];
  return [{ what: `nothing in column "${header}" tells whether its dates begin with the day or the month`, fix }];
}
