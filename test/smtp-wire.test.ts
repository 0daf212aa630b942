import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { inOnePiece } from '../src/delivery/smtp-body.js';
import { openWriter, type Written } from '../src/delivery/smtp-wire.js';
import { quotedPrintable } from '../src/message/quoted-printable.js';

const body = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => `${quotedPrintable(text)}\r\n`);
const odd = fc.constantFrom('.', '\r', '\n', '\r\n', '\r\n.', ': ', ' ', 'X-A: b\r\n', 'Subject: .\r\n', '\r\n\r\n');
const head = fc
  .array(fc.oneof(odd, fc.stringMatching(/^[ -~]{0,9}$/)), { maxLength: 8 })
  .map((parts) => parts.join(''));

function textOf(bytes: Buffer | undefined): string | undefined {
  return bytes?.toString('latin1');
}

test('whatever stands in a head, a mail that need not be looked at is what looking at it makes of it', () => {
  fc.assert(
    fc.property(fc.oneof(head, fc.constant('Subject: hello\r\n')), body, (top, text) => {
      const { mime, wire } = openWriter()(top, text);
      expect(textOf(mime)).toBe(`${top}\r\n${text}`);
      expect(textOf(wire ?? inOnePiece({ mime }))).toBe(textOf(inOnePiece({ mime })));
    }),
    { numRuns: 1000 },
  );
});

test('a mail with a head as it should be need not be looked at', () => {
  const { wire } = openWriter()('Subject: hello.\r\n .folded\r\n', 'hello\r\n');
  expect(textOf(wire)).toBe('Subject: hello.\r\n .folded\r\n\r\nhello\r\n.\r\n');
});

test.each([
  ['a leading dot', '.Subject: x\r\n'],
  ['a line with a leading dot', 'Subject: x\r\n.y: z\r\n'],
  ['a lone LF', 'Subject: x\ny: z\r\n'],
  ['a lone LF before all else', '\nSubject: x\r\n'],
  ['a lone CR', 'Subject: x\ry: z\r\n'],
  ['no line end', 'Subject: x'],
  ['a lone CR at its end', 'Subject: x\r'],
])('a mail whose head has %s is looked at before it is sent', (_, top) => {
  const { mime, wire } = openWriter()(top, 'hello\r\n');
  expect(wire).toBeUndefined();
  expect(textOf(mime)).toBe(`${top}\r\nhello\r\n`);
});

test('mails of all lengths lie beside each other, and none is written over by a later one', () => {
  const write = openWriter();
  const lengths = Array.from({ length: 200 }, (_, i) => (i % 50 === 7 ? 300_000 : i * 97));
  const texts = lengths.map((length, i) => `${String(i).padStart(4, '0')}${'x'.repeat(length)}\r\n`);
  const written = texts.map((text): Written => write('A: b\r\n', text));
  expect(written.map(({ mime }) => textOf(mime))).toEqual(texts.map((text) => `A: b\r\n\r\n${text}`));
  expect(written.map(({ wire }) => textOf(wire))).toEqual(texts.map((text) => `A: b\r\n\r\n${text}.\r\n`));
});

test('a mail that is too large for one piece goes in several, looked at or not', () => {
  const { mime, wire } = openWriter()('A: b\r\n', `${'x'.repeat(200_000)}\r\n`);
  expect(wire).toBeDefined();
  expect(inOnePiece({ mime, ...(wire ? { wire } : {}) })).toBeUndefined();
});
