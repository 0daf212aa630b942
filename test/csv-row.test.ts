import { expect, test } from '@jest/globals';
import { readRow } from '../src/transfer/csv-row.js';
import type { FieldType } from '../src/sequence/lead-file.js';

const fields = new Map<string, FieldType>([
  ['size', 'number'],
  ['code', 'text'],
  ['vip', 'yes/no'],
  ['renewal', 'date'],
  ['interests', 'list'],
]);
const attributesOf = (row: Readonly<Record<string, string>>) => readRow(row, ['email'], fields).attributes;

test.each([
  ['a number as one', { size: '250' }, { size: 250 }],
  ['what is no number as text', { size: 'many' }, { size: 'many' }],
  ['digits of a text as text', { code: '75001' }, { code: '75001' }],
  ['yes as true', { vip: 'Yes' }, { vip: true }],
  ['0 as false', { vip: '0' }, { vip: false }],
  ['what is neither as text', { vip: 'perhaps' }, { vip: 'perhaps' }],
  ['a date as text, even a year alone', { renewal: '2027' }, { renewal: '2027' }],
  ['a list by its semicolons', { interests: 'docks; doors ;' }, { interests: ['docks', 'doors'] }],
  ['a list by its bars', { interests: 'docks|doors' }, { interests: ['docks', 'doors'] }],
  ['an undeclared number as one', { other: '7' }, { other: 7 }],
  ['an undeclared number with a zero in front as text', { other: '0123' }, { other: '0123' }],
  ['nothing of an empty cell', { size: '', other: '' }, {}],
])('a cell is read as its field is declared: %s', (_, row, attributes) => {
  expect(attributesOf(row)).toEqual(attributes);
});

test('own columns, tags and consent are no attributes', () => {
  const row = { email: 'ada@example.org', tags: 'a; b|c', consent: 'granted', company: 'Byron' };
  expect(readRow(row, ['email'], fields)).toEqual({
    own: { email: 'ada@example.org' },
    attributes: { company: 'Byron' },
    tags: ['a', 'b', 'c'],
    consent: 'granted',
  });
});
