import { expect, test } from '@jest/globals';
import { comparedLines } from '../src/diff/text-lines.js';

const signs = { same: ' ', added: '+', removed: '-', cut: '…' } as const;

/** As a person would read it: "3 -b". */
function shown(before: string, after: string): readonly string[] {
  return comparedLines(before, after).map(
    ({ mark, was, is, text }) => `${was ?? ''}/${is ?? ''} ${signs[mark]}${text}`,
  );
}

const lines = (...all: readonly string[]): string => all.join('\n');
const letters = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `line ${i + 1}`);

test('a changed line is one that went and one that came, with three lines around it', () => {
  const before = letters(9);
  const after = before.map((line, i) => (i === 4 ? 'other' : line));
  expect(shown(lines(...before), lines(...after))).toEqual([
    '/ …',
    '2/2  line 2',
    '3/3  line 3',
    '4/4  line 4',
    '5/ -line 5',
    '/5 +other',
    '6/6  line 6',
    '7/7  line 7',
    '8/8  line 8',
  ]);
});

test('what is the same between two changes far apart is cut, and lines keep their numbers', () => {
  const before = letters(30);
  const after = ['new', ...before.slice(0, 24), ...before.slice(25)];
  const told = shown(lines(...before), lines(...after));
  expect(told[0]).toBe('/1 +new');
  expect(told.filter((line) => line.startsWith('/ …'))).toHaveLength(1);
  expect(told).toContain('25/ -line 25');
  expect(told).toContain('26/26  line 26');
});

test('two texts that are the same differ in nothing, whether they end in a line break or not', () => {
  expect(shown('a\nb', 'a\nb')).toEqual([]);
  expect(shown('a\nb\n', 'a\nb')).toEqual([]);
});

test('two texts with hardly a line in common are one that went and one that came', () => {
  const before = Array.from({ length: 6000 }, (_, i) => `was ${i}`);
  const after = Array.from({ length: 6000 }, (_, i) => `is ${i}`);
  const told = comparedLines(lines(...before), lines(...after));
  expect(told).toHaveLength(12_000);
  expect([told[0], told.at(-1)]).toEqual([
    { mark: 'removed', was: 1, is: null, text: 'was 0' },
    { mark: 'added', was: null, is: 6000, text: 'is 5999' },
  ]);
});
