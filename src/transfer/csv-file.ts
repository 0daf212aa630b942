import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { FixableError } from '../errors.js';
import { cellsOf, openCutter } from './csv-cut.js';
import type { Encoding } from '../api/transfer-words.js';

export type BrokenRow = { readonly line: number; readonly reason: string };
export type CsvLine = { readonly line: number; readonly cells: Readonly<Record<string, string>> };

/** A row of a file. `text` is what stands there, a character for each byte of it. */
export type FileRow = {
  readonly line: number;
  readonly text: string;
  readonly cells: readonly string[];
  /** Why it cannot be read. */
  readonly broken?: string;
};

export type CsvFile = Awaited<ReturnType<typeof openCsv>>;

/** More columns than any list of people has; what is wider is no such list, or its separator is another one. */
export const mostColumns = 500;
const headBytes = 64 * 1024;

export type CsvWish = {
  readonly encoding?: Encoding | undefined;
  /** What it is called where it is told of, if not by its path. */
  readonly name?: string | undefined;
};

/** Opens a CSV file whose first line names the columns, to be read row by row and never as a whole. */
export async function openCsv(file: string, { encoding: asked, name = file }: CsvWish = {}) {
  const head = await headOf(file);
  const { encoding, skip } = encodingOf(head.bytes, asked);
  const start = inBytes(head.bytes.subarray(skip), encoding, !head.isWhole);
  // Programs on old Macintoshes end lines with a carriage return alone.
  const isOldMac = !start.includes('\n') && start.includes('\r');
  const lines = isOldMac ? start.replaceAll('\r', '\n') : start;
  // Excel writes, and takes, a first line that names the separator.
  const named = /^sep=([,;\t|])\r?\n/.exec(lines);
  const separator = named?.[1] ?? separatorOf(lines);
  const decode = decoderOf(encoding);
  const texts = (onRead: (bytes: number) => void) => textsOf(file, { encoding, skip, isOldMac, onRead });

  /** Every row that is not empty, the one with the names first; `onRead` is told how many bytes have been read. */
  const all = async function* (onRead: (bytes: number) => void): AsyncGenerator<FileRow> {
    const cutter = openCutter(separator);
    let isFirst = named !== null;
    const read = function* (rows: ReturnType<typeof cutter.push>): Generator<FileRow> {
      for (const { line, text, broken } of rows) {
        const isHint = isFirst;
        isFirst = false;
        if (isHint || text.trim() === '') continue;
        const decoded = broken === undefined ? decode(text) : undefined;
        const reason = broken ?? (decoded === undefined ? notUtf8 : undefined);
        yield { line, text, cells: cellsOf(decoded ?? '', separator), ...(reason ? { broken: reason } : {}) };
      }
    };
    for await (const text of texts(onRead)) yield* read(cutter.push(text));
    yield* read(cutter.end());
  };
  const header = await headerOf(
    name,
    all(() => {}),
    { encoding, head: head.bytes },
  );

  return {
    size: head.size,
    separator,
    encoding,
    /** The names of the columns, and the line as it stands in the file. */
    header: header.cells,
    headerText: header.text,
    /** All rows below the names. Those that cannot be read, or have cells beyond the last column, are among them, `broken`. */
    rows: async function* (onRead: (bytes: number) => void = () => {}): AsyncGenerator<FileRow> {
      for await (const row of all(onRead)) {
        if (row.line === header.line || row.cells.every((cell) => cell === '' && !row.broken)) continue;
        yield row.broken ? row : fitted(row, header.cells.length);
      }
    },
  };
}

const notUtf8 =
  'it has bytes that are no UTF-8: save the file as "CSV UTF-8", or import it with --encoding windows-1252 if that is what it is';

async function headOf(file: string) {
  try {
    const { size } = await stat(file);
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      return { size, bytes: buffer.subarray(0, bytesRead), isWhole: bytesRead === size };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const at = { code: 'no-file', where: file, what: 'this file cannot be read', fix: 'Check its name' };
    throw new FixableError(at, { cause });
  }
}

const marks: readonly { readonly bytes: readonly number[]; readonly encoding: Encoding }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { bytes: [0xff, 0xfe], encoding: 'utf-16le' },
  { bytes: [0xfe, 0xff], encoding: 'utf-16be' },
];

/** A byte order mark says it better than anybody. */
function encodingOf(head: Buffer, asked: Encoding | undefined): { encoding: Encoding; skip: number } {
  const mark = marks.find(({ bytes }) => bytes.every((byte, i) => head[i] === byte));
  return mark ? { encoding: mark.encoding, skip: mark.bytes.length } : { encoding: asked ?? 'utf-8', skip: 0 };
}

/** Text of one character for each byte: what is ASCII in it is found without reading the rest, and nothing of it is lost. */
function inBytes(bytes: Buffer, encoding: Encoding, isCut: boolean): string {
  if (!encoding.startsWith('utf-16')) return bytes.toString('latin1');
  const even = isCut ? bytes.subarray(0, bytes.length - (bytes.length % 2)) : bytes;
  return Buffer.from(new TextDecoder(encoding).decode(even)).toString('latin1');
}

type Reading = {
  readonly encoding: Encoding;
  readonly skip: number;
  readonly isOldMac: boolean;
  readonly onRead: (bytes: number) => void;
};

async function* textsOf(file: string, { encoding, skip, isOldMac, onRead }: Reading): AsyncGenerator<string> {
  const stream = createReadStream(file, { start: skip, highWaterMark: headBytes });
  const wide = encoding.startsWith('utf-16') ? new TextDecoder(encoding) : undefined;
  for await (const chunk of stream) {
    const bytes: Buffer = Buffer.from(chunk);
    const text = wide ? Buffer.from(wide.decode(bytes, { stream: true })).toString('latin1') : bytes.toString('latin1');
    yield isOldMac ? text.replaceAll('\r', '\n') : text;
    onRead(stream.bytesRead);
  }
}

/** Reads a row's bytes; undefined where they are not what they should be. */
function decoderOf(encoding: Encoding): (text: string) => string | undefined {
  return (text) => {
    if (isAscii(text)) return text;
    if (encoding === 'windows-1252')
      return text.replaceAll(/[\u0080-\u009f]/g, (one) => western[one.charCodeAt(0) - 0x80] ?? one);
    const bytes = Buffer.from(text, 'latin1');
    return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
  };
}

/** What Windows-1252 has where Latin-1 has control characters. Some versions of Node have a TextDecoder that leaves these as they are. */
const western = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- the whole of ASCII is meant
  return !/[^\x00-\x7f]/.test(text);
}

/** The separator of the first line that stands there most often, outside of quotes. One for the whole file: a ";" within a cell of a "," file is text. */
function separatorOf(lines: string): string {
  const head = (lines.split('\n').find((line) => line.trim() !== '') ?? '').replaceAll(/"[^"]*"/g, '');
  const count = (separator: string): number => head.split(separator).length;
  return [',', ';', '\t', '|'].toSorted((a, b) => count(b) - count(a))[0] ?? ',';
}

async function headerOf(
  file: string,
  rows: AsyncGenerator<FileRow>,
  { encoding, head }: { readonly encoding: Encoding; readonly head: Buffer },
): Promise<FileRow> {
  const refuse = (code: string, what: string, fix: string) => new FixableError({ code, where: `${file}:1`, what, fix });
  // UTF-16 without its mark has a zero beside each letter of ASCII.
  if (encoding === 'utf-8' && head.filter((byte) => byte === 0).length > head.length / 4)
    throw refuse('utf-16', 'this looks like UTF-16 without a byte order mark', 'Import it with --encoding utf-16le');
  for await (const row of rows) {
    if (row.broken)
      throw refuse('bad-header', `the line with the names of the columns cannot be read: ${row.broken}`, 'Mend it');
    if (row.cells.length <= mostColumns) return row;
    const what = `it has ${row.cells.length} columns, and ${mostColumns} is the most`;
    throw refuse('many-columns', what, 'Keep those that say something about a lead, and check what separates them');
  }
  throw refuse(
    'empty-file',
    'this file is empty',
    'Write the names of the columns into its first line, and a lead on each line below',
  );
}

/** Programs end rows with more separators than there are columns, or leave the last ones away where they are empty. */
function fitted(row: FileRow, columns: number): FileRow {
  if (row.cells.length === columns) return row;
  const isLonger = row.cells.length > columns;
  if (isLonger && row.cells.slice(columns).every((cell) => cell === ''))
    return { ...row, cells: row.cells.slice(0, columns) };
  return { ...row, broken: 'it has more or fewer columns than the first line' };
}

export type CsvSetting = {
  /** The names of the columns as their cells are asked for, from those in the first line; throws what the operator can mend. */
  readonly columns: (written: readonly string[]) => string[];
  /** Rows that cannot be read are put here. */
  readonly broken: BrokenRow[];
  /** `share` is the part of the file that has been read, 0 to 1. */
  readonly onProgress: (share: number) => void;
};

/** The rows of a CSV file that can be read, each by the names of its columns. */
export async function* csvLines(file: string, { columns, broken, onProgress }: CsvSetting): AsyncGenerator<CsvLine> {
  const csv = await openCsv(file);
  const names = columns(csv.header);
  for await (const { line, cells, broken: reason } of csv.rows((bytes) => onProgress(bytes / csv.size))) {
    if (reason) broken.push({ line, reason });
    else yield { line, cells: Object.fromEntries(names.map((name, i) => [name, cells[i] ?? ''])) };
  }
}

/** The names of columns, those that are known by their spelling: "First Name" is firstName. */
export function spelledAs(known: readonly string[], written: readonly string[]): string[] {
  const plain = (name: string): string => name.replaceAll(/[\s_-]/g, '').toLowerCase();
  return written.map((name) => known.find((own) => plain(own) === plain(name)) ?? name.trim());
}
