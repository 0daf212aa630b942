import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { cellsOf, openCutter } from '../src/transfer/csv-cut.js';
import { csvRows } from '../src/transfer/csv-out.js';

/** Rows of a text that comes in pieces of so many characters. */
function rowsOf(text: string, size = 7, separator = ',') {
  const cutter = openCutter(separator);
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
  return [...pieces.flatMap((piece) => cutter.push(piece)), ...cutter.end()];
}

function cells(text: string, separator = ','): readonly (readonly string[])[] {
  return rowsOf(text, 7, separator).map((row) => cellsOf(row.text, separator));
}

test.each([
  [
    'lines that end in any way',
    'a,b\r\nc,d\ne,f',
    [
      ['a', 'b'],
      ['c', 'd'],
      ['e', 'f'],
    ],
  ],
  [
    'a line break within quotes',
    'a,"b\nc"\nd,e',
    [
      ['a', 'b\nc'],
      ['d', 'e'],
    ],
  ],
  ['doubled quotes', '"say ""hello""",b', [['say "hello"', 'b']]],
  ['a quote within a bare value', '5" pipe,b', [['5" pipe', 'b']]],
  ['spaces around values and quotes', ' a , "b" ,"c "', [['a', 'b', 'c']]],
  [
    'empty values',
    ',,\n"",',
    [
      ['', '', ''],
      ['', ''],
    ],
  ],
])('rows are read with %s', (_, text, rows) => {
  expect(cells(text)).toEqual(rows);
});

test('a quote that is never closed breaks its own line alone', () => {
  const rows = rowsOf('email,name\nada@example.org,"Ada\ngrace@example.org,Grace\n');
  expect(rows.map(({ line, broken }) => [line, broken !== undefined])).toEqual([
    [1, false],
    [2, true],
    [3, false],
  ]);
});

test('text after a closing quote breaks its own line alone, and is told as that', () => {
  const rows = rowsOf('a,b\n"Ada"x,b\n"c",d\n');
  expect(rows.map(({ line, text, broken }) => [line, text, broken?.slice(0, 15)])).toEqual([
    [1, 'a,b', undefined],
    [2, '"Ada"x,b', 'something stand'],
    [3, '"c",d', undefined],
  ]);
});

test('a quote that is opened near the start and never closed holds a megabyte at most', () => {
  const cutter = openCutter(',');
  cutter.push('a,b\n1,"x\n');
  const chunk = 'y,z\n'.repeat(16_384);
  // Once a megabyte has come, the line is given up, and what follows is read.
  const counts = Array.from({ length: 40 }, () => cutter.push(chunk).length);
  expect(counts.slice(0, 15)).toEqual(Array.from({ length: 15 }, () => 0));
  expect(counts.slice(20).every((count) => count === 16_384)).toBe(true);
});

test('a line longer than a megabyte is let go by, and the next one is read', () => {
  const cutter = openCutter(',');
  const long = Array.from({ length: 40 }, () => cutter.push('z'.repeat(64 * 1024))).flat();
  expect(long).toEqual([{ line: 1, text: 'z'.repeat(1000), broken: 'it is longer than a megabyte' }]);
  expect(cutter.push('\n1,2\n')).toEqual([{ line: 2, text: '1,2' }]);
});

const aText = fc.string({ unit: fc.constantFrom('a', 'b', '"', ',', '\n', '\r', ' ', ';'), maxLength: 60 });

test('what is cut does not depend on the pieces that a text comes in', () => {
  fc.assert(
    fc.property(aText, fc.integer({ min: 1, max: 9 }), (text, size) => {
      expect(rowsOf(text, size)).toEqual(rowsOf(text, 1000));
    }),
    { numRuns: 2000 },
  );
});

test('nothing of a text is lost, whatever is wrong with it', () => {
  const bare = (text: string): string => text.replaceAll(/[\r\n]/g, '');
  fc.assert(
    fc.property(aText, (text) => {
      expect(
        bare(
          rowsOf(text)
            .map((row) => row.text)
            .join(''),
        ),
      ).toBe(bare(text));
    }),
    { numRuns: 1000 },
  );
});

test('each row is told with the line that it begins in', () => {
  fc.assert(
    fc.property(aText, (text) => {
      const lines = text.split('\n');
      for (const row of rowsOf(text)) expect(lines[row.line - 1]?.startsWith(row.text.split('\n')[0] ?? '')).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('cells that are written are read as they were, but for the spaces around them', () => {
  const aCell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ';', ' ', 'é'), maxLength: 10 });
  fc.assert(
    fc.property(fc.array(fc.array(aCell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }), (rows) => {
      expect(cells(csvRows(rows))).toEqual(rows.map((row) => row.map((cell) => cell.trim())));
    }),
    { numRuns: 1000 },
  );
});
