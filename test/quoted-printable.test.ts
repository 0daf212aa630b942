import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { quotedPrintable } from '../src/message/quoted-printable.js';

/** RFC 2045 §6.7, read as strictly as it is written. */
function decoded(encoded: string): string {
  const joined = encoded.replace(/=\r\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}

const oddText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '.',
        'From ',
        '=',
        ' ',
        '\t',
        '\r',
        '\n',
        '\r\n',
        '=\r\n',
        'word '.repeat(20),
        'é'.repeat(30),
        'x'.repeat(75),
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('any text', () => {
  test('comes back, with each of its line breaks as CRLF', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        const wellFormed = Buffer.from(text).toString();
        expect(decoded(quotedPrintable(text))).toBe(wellFormed.replace(/\r\n?|\n/g, '\r\n'));
      }),
      { numRuns: 2000 },
    );
  });

  test('comes back in one piece when it is encoded in several', () => {
    fc.assert(
      fc.property(fc.array(oddText.map((text) => text.replaceAll('\r', ''))), (texts) => {
        const pieces = texts.map(quotedPrintable).join('');
        expect(decoded(pieces)).toBe(decoded(quotedPrintable(texts.join(''))));
      }),
      { numRuns: 500 },
    );
  });

  test('is in lines of at most 76 characters that need no other care', () => {
    fc.assert(
      fc.property(oddText, (text) => {
        const encoded = quotedPrintable(text);
        expect(encoded).toMatch(/^(?:[\t -~]*\r\n)*$/);
        const lines = encoded.split('\r\n');
        expect(lines.filter((line) => line.length > 76)).toEqual([]);
        expect(lines.filter((line) => /^\.|^From |[\t ]$|=(?![0-9A-F]{2}|$)/.test(line))).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['', ''],
  ['Hello', 'Hello=\r\n'],
  ['Hello\n', 'Hello\r\n'],
  ['a\rb\nc\r\nd\n', 'a\r\nb\r\nc\r\nd\r\n'],
  ['end \nend\t\n', 'end=20\r\nend=09\r\n'],
  ['1 + 1 = 2', '1 + 1 =3D 2=\r\n'],
  ['.\n..\n', '=2E\r\n=2E.\r\n'],
  ['From Ada\nFromage\n', '=46rom Ada\r\nFromage\r\n'],
  ['Zoë’s', 'Zo=C3=AB=E2=80=99s=\r\n'],
  ['\ud83d', '=EF=BF=BD=\r\n'],
  ['x'.repeat(76), `${'x'.repeat(75)}=\r\nx=\r\n`],
  [`${'x'.repeat(75)}.`, `${'x'.repeat(75)}=\r\n=2E=\r\n`],
  [`${'x'.repeat(74)}é`, `${'x'.repeat(74)}=\r\n=C3=A9=\r\n`],
])('%j is written as %j', (text, encoded) => {
  expect(quotedPrintable(text)).toBe(encoded);
});
