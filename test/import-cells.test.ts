import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { EventValue } from '../src/event/lead-event.js';
import type { FieldType } from '../src/sequence/lead-file.js';
import { type Habit, noSigns, noteSigns, readCell, withGuard, withoutGuard } from '../src/transfer/cell.js';
import { valueCell } from '../src/transfer/csv-out.js';

const valueOf = (cell: string, type: FieldType | undefined, habit: Habit = {}): unknown => {
  const read = readCell(cell, type, habit);
  return read.ok ? read.value : read;
};

test.each<[string, FieldType | undefined, EventValue, Habit?]>([
  ['1,250', 'number', 1250],
  ['1,250.5', 'number', 1250.5],
  ['1.250,5', 'number', 1250.5, { decimal: ',' }],
  ['1.250', 'number', 1250, { decimal: ',' }],
  ['12,5', 'number', 12.5, { decimal: ',' }],
  ['1\u202f250', 'number', 1250],
  ["1'250", 'number', 1250],
  ['-7', 'number', -7],
  ['12 %', 'number', 12],
  ['Ja', 'yes/no', true],
  ['non', 'yes/no', false],
  ['x', 'yes/no', true],
  ['31/12/2026', 'date', '2026-12-31', { dates: 'dmy' }],
  ['12/31/2026', 'date', '2026-12-31', { dates: 'mdy' }],
  ['1.2.26', 'date', '2026-02-01', { dates: 'mdy' }],
  ['31-12-2026 14:05', 'date', '2026-12-31 14:05', { dates: 'dmy' }],
  ['2026-12-31T14:05:00Z', 'date', '2026-12-31T14:05:00Z'],
  ['docks, doors', 'list', ['docks', 'doors']],
  ['docks; doors, phone', 'list', ['docks', 'doors, phone']],
  ['"Tag one","Tag two"', 'list', ['Tag one', 'Tag two']],
  ['["a;b","c"]', 'list', ['a;b', 'c']],
  ['75001', 'text', '75001'],
  ['=1+1', 'text', '=1+1'],
  ['75001', undefined, 75_001],
  ['075', undefined, '075'],
  ['"75001"', undefined, '75001'],
  ['true', undefined, true],
  ['["a"]', undefined, ['a']],
])('%j of a %s is %j', (...[cell, type, value, habit = {}]) => {
  expect(valueOf(cell, type, habit)).toEqual(value);
});

test.each<[string, FieldType, string, Habit?]>([
  ['many', 'number', '"many" is no number'],
  ['1,2,3', 'number', '"1,2,3" is no number'],
  ['12,5', 'number', '"12,5" is no number', { decimal: '.' }],
  ['9'.repeat(70), 'number', `"${'9'.repeat(59)}…" is no number`],
  ['perhaps', 'yes/no', '"perhaps" is neither yes nor no'],
  ['2026-02-30', 'date', '"2026-02-30" is no date like "2026-11-30"'],
  ['31/12/2026', 'date', '"31/12/2026" is no date like "2026-11-30"', { dates: 'mdy' }],
  ['1.2.2026 25:00', 'date', '"1.2.2026 25:00" is no date like "2026-11-30"'],
])('%j is no %s, and is told so', (cell, type, problem, habit = {}) => {
  expect(readCell(cell, type, habit)).toEqual({ ok: false, problem });
});

test('a column tells by one of its dates whether the day or the month comes first', () => {
  const signsOf = (...cells: readonly string[]) => {
    const signs = noSigns();
    for (const cell of cells) noteSigns(cell, 'date', signs);
    const { dmy, mdy, either } = signs;
    return { dmy, mdy, either };
  };
  expect(signsOf('01/02/2026', '13/02/2026')).toEqual({ dmy: true, mdy: false, either: true });
  expect(signsOf('01/02/2026', '02/13/2026')).toEqual({ dmy: false, mdy: true, either: true });
  expect(signsOf('01/02/2026')).toEqual({ dmy: false, mdy: false, either: true });
  // Both readings of these are the same, or there is one only.
  expect(signsOf('02/02/2026', '01.02.2026', '2026-02-01')).toEqual({ dmy: false, mdy: false, either: false });
});

test.each([
  ['12,5', { ',': true, '.': false }],
  ['12.50', { ',': false, '.': true }],
  ['1.234,5', { ',': true, '.': false }],
  ['1,234', { ',': false, '.': false }],
])('%j tells of its column what separates decimals', (cell, decimals) => {
  const signs = noSigns();
  noteSigns(cell, 'number', signs);
  expect(signs.decimals).toEqual(decimals);
});

test.each(['=1+1', '+49 30 1234', '-2', '@SUM(A1)', '\tcmd', '\r=1', '＝1', '＋1', '－1', '＠x', ' =1', "'=1", "''+2"])(
  'a spreadsheet takes %j for a text',
  (text) => {
    expect(withGuard(text)).toBe(`'${text}`);
    expect(withoutGuard(withGuard(text))).toBe(text);
  },
);

test.each(['ada', "'tis", "o'neil", '1-2', 'a=b', ''])('%j is left as it is', (text) => {
  expect(withGuard(text)).toBe(text);
  expect(withoutGuard(text)).toBe(text);
});

test('no text that is exported begins as a formula, and each is read as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("'", '=', '+', '-', '@', 'a', ' ', '＝'), maxLength: 6 }), (text) => {
      expect(withGuard(text)).not.toMatch(/^\s*[=+\-@＝＋－＠]/);
      expect(withoutGuard(withGuard(text))).toBe(text);
    }),
  );
});

const aPiece = fc.constantFrom('a', '1', '0', ';', ',', '|', '"', '[', ']', "'", '=', '-', 'true', '{', '.');
const aText = fc.string({ unit: aPiece, minLength: 1, maxLength: 8 });
const aValue: fc.Arbitrary<readonly [EventValue, FieldType | undefined]> = fc.oneof(
  fc.tuple(aText, fc.constantFrom('text' as const, undefined)),
  fc.tuple(fc.array(aText, { maxLength: 3 }), fc.constantFrom('list' as const, undefined)),
  fc.tuple(fc.boolean(), fc.constantFrom('yes/no' as const, undefined)),
  fc.tuple(
    fc.oneof(
      fc.integer({ min: -1e9, max: 1e9 }),
      fc.integer({ min: -1e6, max: 1e6 }).map((whole) => whole / 100),
    ),
    fc.constantFrom('number' as const, undefined),
  ),
);

test('a value that is written into a cell is read from it as it was, declared or not', () => {
  fc.assert(
    fc.property(aValue, ([value, type]) => {
      expect(readCell(valueCell(value, type), type, {})).toEqual({ ok: true, value });
    }),
    { numRuns: 3000 },
  );
});
