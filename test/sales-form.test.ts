import { describe, expect, test } from '@jest/globals';
import { chosenIn, readAmount, readSalesForm } from '../src/http/sales-form.js';

describe('an amount', () => {
  test.each([
    ['4800', 4800],
    ['0', 0],
    ['4,800', 4800],
    ['4.800', 4800],
    ['4 800', 4800],
    ['4’800', 4800],
    ["4'800'000", 4_800_000],
    ['4\u202f800,50', 4800.5],
    ['4,800.50', 4800.5],
    ['4.800,50', 4800.5],
    ['48.5', 48.5],
    ['48,05', 48.05],
    ['1.234.567', 1_234_567],
    ['1,234,567.89', 1_234_567.89],
    ['1000000000000', 1_000_000_000_000],
  ])('is read from %j', (written, amount) => {
    expect(readAmount(written)).toBe(amount);
  });
  test.each([
    'lots',
    '-5',
    '4e3',
    '0x10',
    '1.2.3',
    '1,23,456',
    '4,800,50',
    '4.800.50',
    '12,34.567',
    '1000,000',
    '.50',
    '4,',
    '4,,800',
    '1000000000001',
    '9'.repeat(30),
    '٤٨٠٠',
    '$4800',
    'Infinity',
    '',
  ])('is not read from %j', (written) => {
    expect(readAmount(written)).toBe('none');
  });
});

describe('an answer that is sent', () => {
  test('is read with its value and its note on one line', () => {
    expect(readSalesForm({ answer: 'won', value: ' 4,800 ', note: 'Starts\r\n in\u0000 May ' })).toEqual({
      answer: 'won',
      value: 4800,
      note: 'Starts in May',
    });
    expect(readSalesForm({ answer: 'contacted', value: '', note: '' })).toEqual({ answer: 'contacted' });
    expect(readSalesForm({ answer: 'lost' })).toEqual({ answer: 'lost' });
  });
  test.each([
    [{}, 'answer', 'Choose an answer.'],
    [{ answer: 'maybe' }, 'answer', 'Choose an answer.'],
    [{ answer: ['won', 'lost'] }, 'answer', 'Choose an answer.'],
    ['not a form', 'answer', 'Choose an answer.'],
    [{ answer: 'won', value: 'lots' }, 'value', 'This is no amount. Write digits, such as 4800 or 4,800.50.'],
    [{ answer: 'contacted', value: '5' }, 'value', 'Only a won or lost deal is worth something.'],
    [{ answer: 'won', note: 'x'.repeat(1001) }, 'note', 'Keep the note under 1,000 characters.'],
  ])('is told what is wrong with %j', (body, at, text) => {
    expect(readSalesForm(body)).toMatchObject({ problem: { kind: 'problem', at, text } });
  });
  test('comes back as it was typed, so that nothing is typed twice', () => {
    expect(readSalesForm({ answer: 'won', value: 'lots', note: 'Starts in May.' })).toMatchObject({
      problem: { typed: { value: 'lots', note: 'Starts in May.' } },
    });
  });
});

test('a link begins with its answer, and with none where it names none', () => {
  expect(chosenIn({ answer: 'won' })).toBe('won');
  expect(chosenIn({ answer: 'constructor' })).toBeUndefined();
  expect(chosenIn({ answer: { $ne: 1 } })).toBeUndefined();
  expect(chosenIn({})).toBeUndefined();
});
