import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { patchOf, sewn, tidied } from '../src/message/tidy.js';

test.each([
  ['', '\n'],
  ['Hello', 'Hello\n'],
  ['\n\n Hello \n\n', 'Hello\n'],
  ['a  \nb\t\n', 'a\nb\n'],
  ['a\n\n\n \n\nb', 'a\n\nb\n'],
  ['a\n  b', 'a\n  b\n'],
  ['a\r\nb\rc', 'a\nb\nc\n'],
])('%j becomes %j', (text, tidy) => {
  expect(tidied(text)).toBe(tidy);
});

test('pieces that are tidied one by one become what the whole text does', () => {
  const blanks = fc.constantFrom('', ' ', '\t', '\n', '\r', '\r\n', '\n\n\n', ' \n ', '\u00a0', '\u2028', '\ufeff');
  const piece = fc
    .array(fc.oneof(blanks, fc.constantFrom('a', '.', 'Zoë', '=', 'two words')), { maxLength: 6 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      let text = '';
      const add = (part: string): void => {
        text += part;
      };
      const sew = sewn(add, add);
      for (const one of pieces) sew(patchOf(one, (core) => core));
      expect(`${text}\n`).toBe(tidied(pieces.join('')));
    }),
    { numRuns: 3000 },
  );
});
