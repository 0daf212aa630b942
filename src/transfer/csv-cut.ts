/** One row of a file, as it stands there. `text` has a character for each byte, or for each UTF-16 unit that was a character. */
export type CutRow = {
  /** The line of the file that it begins in, from 1. */
  readonly line: number;
  readonly text: string;
  /** Why it cannot be read. */
  readonly broken?: string;
};

/** Beyond this a row is no row of people any more: a quote was opened and never closed, or it is no CSV at all. */
const mostChars = 1024 * 1024;
/** As much of such a row is kept for whoever wants to see it. */
const shownChars = 1000;

const tooLong = 'it is longer than a megabyte';
const unclosed = 'its quotes are not closed: a quote that is part of a value is written twice ("")';
const strayQuote =
  'something stands between a closing quote and the next separator: write quotes within a value twice ("")';

/**
 * Cuts a text into rows (RFC 4180 §2) while it comes, and holds no more than a megabyte of it. A row that is broken ends with its
 * first line, so that it takes no other with it: libraries that we tried lose all rows that follow a stray quote.
 */
export function openCutter(separator: string) {
  let held = '';
  let line = 1;
  let isSkipping = false;

  const cut = (isEnd: boolean): readonly CutRow[] => {
    const rows: CutRow[] = [];
    let at = 0;
    const take = (end: number, broken?: string): void => {
      const text = held.slice(at, end);
      if (text.length > mostChars) rows.push({ line, text: text.slice(0, shownChars), broken: tooLong });
      else rows.push({ line, text: text.endsWith('\r') ? text.slice(0, -1) : text, ...(broken ? { broken } : {}) });
      line += linesIn(text);
      at = end + 1;
    };
    /** No more is to come. Of a row that is broken its first line is taken, and what follows is looked at again. */
    const takeLast = (kind: Found['kind'], newline: number): void => {
      const broken = { open: undefined, row: undefined, quoted: unclosed, stray: strayQuote }[kind];
      take(broken && newline >= 0 ? newline : held.length, broken);
    };
    let quote = -1;
    while (at < held.length) {
      const newline = held.indexOf('\n', at);
      if (quote < at) quote = placeOf(held, '"', at);
      // Most rows have no quote.
      if (newline >= 0 && quote > newline) {
        take(newline);
        continue;
      }
      const found = endOfRow(held, at, separator);
      if (found.kind === 'row') take(found.end);
      else if (newline >= 0 && found.kind === 'stray') take(newline, strayQuote);
      else if (isEnd) takeLast(found.kind, newline);
      else if (held.length - at <= mostChars) break;
      else if (newline >= 0) take(newline, unclosed);
      else {
        rows.push({ line, text: held.slice(at, at + shownChars), broken: tooLong });
        isSkipping = true;
        at = held.length;
      }
    }
    held = held.slice(at);
    return rows;
  };
  /** The rest of a line that is too long is let go by. */
  const skip = (text: string): string => {
    if (!isSkipping) return text;
    const newline = text.indexOf('\n');
    if (newline < 0) return '';
    isSkipping = false;
    line += 1;
    return text.slice(newline + 1);
  };
  return {
    push: (text: string): readonly CutRow[] => {
      held += skip(text);
      return cut(false);
    },
    end: (): readonly CutRow[] => cut(true),
  };
}

type Found =
  | { readonly kind: 'row'; readonly end: number }
  /** More of the text is needed; `quoted`: within quotes. */
  | { readonly kind: 'open' | 'quoted' | 'stray' };

/** Where a row ends that begins at `at`: at its line break, those within quotes aside. */
function endOfRow(text: string, at: number, separator: string): Found {
  let place = at;
  for (;;) {
    const cell = endOfCell(text, place, separator);
    if (typeof cell === 'string') return { kind: cell };
    if (text[cell] !== separator) return cell < text.length ? { kind: 'row', end: cell } : { kind: 'open' };
    place = cell + 1;
  }
}

/** Where a cell ends: at the place of its separator, of the line break, or of the end of the text. */
function endOfCell(text: string, at: number, separator: string): number | 'quoted' | 'stray' {
  const start = afterSpaces(text, at);
  if (text[start] !== '"') return Math.min(placeOf(text, separator, at), placeOf(text, '\n', at));
  const close = closingQuote(text, start);
  if (close < 0) return 'quoted';
  const end = afterSpaces(text, close + 1);
  return end >= text.length || text[end] === separator || text[end] === '\n' ? end : 'stray';
}

/** The place of the quote that closes the one at `open`; below 0 when the text ends before. */
function closingQuote(text: string, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = text.indexOf('"', at);
    if (at < 0 || text[at + 1] !== '"') return at;
  }
}

function afterSpaces(text: string, at: number): number {
  let place = at;
  while (text[place] === ' ' || text[place] === '\r') place += 1;
  return place;
}

function placeOf(text: string, what: string, from: number): number {
  const place = text.indexOf(what, from);
  return place < 0 ? text.length + 1 : place;
}

function linesIn(text: string): number {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** The cells of one row, without the spaces around them. */
export function cellsOf(text: string, separator: string): readonly string[] {
  if (!text.includes('"')) return text.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const start = afterSpaces(text, at);
    const isQuoted = text[start] === '"';
    const end = isQuoted ? closingQuote(text, start) : Math.min(placeOf(text, separator, at), text.length);
    cells.push(
      isQuoted
        ? text
            .slice(start + 1, end)
            .replaceAll('""', '"')
            .trim()
        : text.slice(at, end).trim(),
    );
    at = (isQuoted ? afterSpaces(text, end + 1) : end) + 1;
  }
  return cells;
}
