import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { openConversation } from './conversation.js';

type Taken = { readonly bytes: number; readonly id: string | undefined; readonly whole?: string };

/** What a conversation said and took, with the client's bytes cut at these places. */
function talk(bytes: string, cuts: readonly number[], isKeeping = false) {
  const taken: Taken[] = [];
  const { take, hasEnded } = openConversation({
    isKeeping: () => isKeeping,
    taken: ({ whole, ...mail }) => void taken.push({ ...mail, ...(whole ? { whole: whole.toString('latin1') } : {}) }),
  });
  const places = [0, ...cuts.map((cut) => cut % bytes.length).toSorted((a, b) => a - b), bytes.length];
  const chunks = places.slice(1).map((place, i) => Buffer.from(bytes.slice(places[i], place), 'latin1'));
  return { said: chunks.map((chunk) => take(chunk)).join(''), taken, hasEnded: hasEnded() };
}

const envelope = 'MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n';

test('commands that come together are answered in their order', () => {
  const { said, taken, hasEnded } = talk(`EHLO x\r\n${envelope}Message-ID: <1@x>\r\n\r\nhello\r\n.\r\nQUIT\r\n`, []);

  expect(said.split('\r\n').map((reply) => reply.slice(0, 4))).toEqual([
    '250-',
    '250-',
    '250-',
    '250 ',
    '250 ',
    '250 ',
    '354 ',
    '250 ',
    '221 ',
    '',
  ]);
  expect(taken).toEqual([{ id: '<1@x>', bytes: 'Message-ID: <1@x>\r\n\r\nhello\r\n.\r\n'.length }]);
  expect(hasEnded).toBe(true);
});

const line = fc.constantFrom('hello', '', '..', '. ', 'x.', 'Message-ID: <of-the-body@x>', 'MAIL FROM:<c@example.com>');
const head = fc.constantFrom(
  ['Subject: none'],
  ['Subject: one', 'Message-ID: <one@x>'],
  ['Message-ID:', ' <folded@x>', 'Subject: two'],
);

test('however the bytes are cut, the same mails are taken and the same answers given', () => {
  const mail = fc.tuple(head, fc.array(line)).map(([fields, lines]) => [...fields, '', ...lines, '.', ''].join('\r\n'));
  fc.assert(
    fc.property(
      fc.array(mail, { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (mails, cuts) => {
        const bytes = mails.map((text) => `NOOP\r\n${envelope}X-First: 1\r\n${text}`).join('');
        const atOnce = talk(bytes, [], true);
        expect(talk(bytes, cuts, true)).toEqual(atOnce);
        expect(atOnce.taken.map(({ whole }) => whole)).toEqual(mails.map((text) => `X-First: 1\r\n${text}`));
        expect(talk(bytes, cuts).taken).toEqual(atOnce.taken.map(({ bytes: length, id }) => ({ bytes: length, id })));
      },
    ),
  );
});

test('a mail without a Message-ID has none, whatever its body says', () => {
  const { taken } = talk(`${envelope}Subject: x\r\n\r\nMessage-ID: <in-the-body@x>\r\n.\r\n`, []);
  expect(taken.map(({ id }) => id)).toEqual([undefined]);
});

test('an empty mail ends with its first dot', () => {
  const { said, taken } = talk(`${envelope}.\r\nNOOP\r\n`, []);
  expect(said).toMatch(/354 go on\r\n250 taken\r\n250 ok\r\n$/);
  expect(taken).toEqual([{ bytes: 3, id: undefined }]);
});

test('what is no command is refused, and the connection goes on', () => {
  expect(talk('HALLO\r\nNOOP\r\n', []).said).toBe('502 what?\r\n250 ok\r\n');
});
