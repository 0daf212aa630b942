import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { idFrom } from '../src/event/id.js';
import { type Purpose, readToken, signerOf, type SigningKeys, signToken } from '../src/message/token.js';

const keys: SigningKeys = [{ id: 1, secret: Buffer.alloc(32, 'a secret') }];
const purposes: readonly Purpose[] = ['open', 'click', 'unsubscribe', 'preferences'];
const ticket = { message: idFrom('message', 'enrollment', 'step'), link: 0 };

test.each(purposes)('a token signed for "%s" is read for that and for nothing else', (purpose) => {
  const token = signToken(purpose, ticket, keys);
  const reads = purposes.map((other) => [other, readToken(other, token, keys)]);
  expect(Object.fromEntries(reads)).toEqual({
    ...Object.fromEntries(purposes.map((other) => [other, undefined])),
    [purpose]: ticket,
  });
});

test.each([0, 1, 255, 256, 65_535])('the number %i of a link comes back', (link) => {
  expect(readToken('click', signToken('click', { ...ticket, link }, keys), keys)).toEqual({ ...ticket, link });
});

test('a token is 54 characters that stand in an address as they are', () => {
  for (const purpose of purposes) expect(signToken(purpose, ticket, keys)).toMatch(/^[\w-]{54}$/);
});

test('the same ticket gives the same token, so that every attempt is the same mail', () => {
  expect(signToken('click', ticket, keys)).toBe(signToken('click', ticket, keys));
});

describe.each(purposes)('a token for "%s"', (purpose) => {
  const token = signToken(purpose, { ...ticket, link: purpose === 'click' ? 3 : 0 }, keys);

  test('with any single bit flipped is none', () => {
    const bytes = Buffer.from(token, 'base64url');
    const altered = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy.toString('base64url');
    });
    expect(altered).toHaveLength(320);
    expect(altered.filter((one) => readToken(purpose, one, keys))).toEqual([]);
  });

  test('with any character in the place of another is none', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const altered = Array.from(token, (own, at) =>
      Array.from(alphabet.replace(own, ''), (other) => token.slice(0, at) + other + token.slice(at + 1)),
    ).flat();
    expect(altered).toHaveLength(54 * 63);
    expect(altered.filter((one) => readToken(purpose, one, keys))).toEqual([]);
  });

  test('cut off or longer is none', () => {
    const cut = Array.from(token, (_, length) => token.slice(0, length));
    const longer = ['A', '=', '==', ' ', '\n', '.', '%00', token].flatMap((more) => [token + more, more + token]);
    expect([...cut, ...longer].filter((one) => readToken(purpose, one, keys))).toEqual([]);
  });

  test('in another spelling of the same bytes is none', () => {
    const bytes = Buffer.from(token, 'base64url');
    const respelled = [bytes.toString('base64'), `${token}=`, `${token}==`, `${token.slice(0, 9)}\n${token.slice(9)}`];
    for (const one of respelled) expect(Buffer.from(one, 'base64url')).toEqual(bytes);
    expect(respelled.filter((one) => one !== token && readToken(purpose, one, keys))).toEqual([]);
  });
});

test('what nobody signed is no token', () => {
  const texts = ['', 'x', '../../etc/passwd', '\0', 'A'.repeat(54), '_'.repeat(54), 'A'.repeat(100_000)];
  const reads = texts.flatMap((text) => purposes.map((purpose) => readToken(purpose, text, keys)));
  expect(reads.filter((ticketRead) => ticketRead !== undefined)).toEqual([]);
});

describe('keys', () => {
  const newer = { id: 2, secret: Buffer.alloc(32, 'a newer one') };
  const token = signToken('unsubscribe', ticket, keys);

  test('that are older still verify, and the newest signs', () => {
    const rotated: SigningKeys = [newer, ...keys];
    expect(readToken('unsubscribe', token, rotated)).toEqual(ticket);
    expect(readToken('unsubscribe', signToken('unsubscribe', ticket, rotated), [newer])).toEqual(ticket);
  });

  test('that are gone, or have another secret, verify nothing', () => {
    expect(readToken('unsubscribe', token, [newer])).toBeUndefined();
    expect(readToken('unsubscribe', token, [{ ...newer, id: 1 }])).toBeUndefined();
  });

  test('go into the signature, so that a token cannot be moved to another key with the same secret', () => {
    const twin = { id: 2, secret: keys[0].secret };
    const bytes = Buffer.from(token, 'base64url');
    bytes.writeUInt8(2, 0);
    expect(readToken('unsubscribe', bytes.toString('base64url'), [twin])).toBeUndefined();
  });
});

describe('a signature', () => {
  /** What the format says, written once more: a quarter of HMAC-SHA512 over key id, message id and number of the quartet. */
  function quarter(slot: number): Buffer {
    const bytes = Buffer.from(signToken('open', ticket, keys), 'base64url');
    const input = Buffer.concat([
      bytes.subarray(0, 1),
      bytes.subarray(2, 22),
      Buffer.from([slot >> 10, (slot >> 2) & 255]),
    ]);
    const block = createHmac('sha512', keys[0].secret).update(input).digest();
    return block.subarray((slot & 3) * 16, (slot & 3) * 16 + 16);
  }

  test.each<[Purpose, number, number]>([
    ['open', 0, 0],
    ['unsubscribe', 0, 1],
    ['preferences', 0, 2],
    ['click', 0, 3],
    ['click', 1, 4],
    ['click', 4, 7],
    ['click', 5, 8],
    ['click', 1021, 1024],
    ['click', 65_535, 65_538],
  ])('for "%s" of link %i is quarter %i of the HMACs of its mail', (purpose, link, slot) => {
    const bytes = Buffer.from(signToken(purpose, { ...ticket, link }, keys), 'base64url');
    expect(bytes.subarray(-16)).toEqual(quarter(slot));
  });

  test('is that of no other token of the mail, nor of another mail or key', () => {
    const tickets = [ticket, { ...ticket, message: idFrom('another') }];
    const others: readonly SigningKeys[] = [keys, [{ ...keys[0], id: 2 }], [{ id: 1, secret: Buffer.alloc(32, 'b') }]];
    const signatures = tickets.flatMap(({ message }) =>
      others.flatMap((set) => {
        const sign = signerOf(message, set);
        const clicks = Array.from({ length: 300 }, (_, link) => sign('click', link));
        return [...clicks, sign('open'), sign('unsubscribe'), sign('preferences')].map((token) => token.slice(32));
      }),
    );
    expect(new Set(signatures).size).toBe(2 * 3 * 303);
  });

  test('put under what another token says makes none', () => {
    const tokens = [
      ...purposes.map((purpose) => signToken(purpose, ticket, keys)),
      ...[1, 2, 3, 4, 5].map((link) => signToken('click', { ...ticket, link }, keys)),
    ].map((token) => Buffer.from(token, 'base64url'));
    const mixed = tokens.flatMap((said) =>
      tokens
        .filter((signed) => signed !== said)
        .map((signed) => Buffer.concat([said.subarray(0, 24), signed.subarray(24)])),
    );
    expect(mixed).toHaveLength(9 * 8);
    const reads = mixed.flatMap((bytes) =>
      purposes.map((purpose) => readToken(purpose, bytes.toString('base64url'), keys)),
    );
    expect(reads.filter((read) => read !== undefined)).toEqual([]);
  });
});

test('all tokens of one mail are signed as each alone is, in any order', () => {
  const sign = signerOf(ticket.message, keys);
  const clicks = [3, 0, 65_535, 3];
  expect(clicks.map((link) => sign('click', link))).toEqual(
    clicks.map((link) => signToken('click', { ...ticket, link }, keys)),
  );
  expect([...purposes, ...purposes].map((purpose) => sign(purpose))).toEqual(
    [...purposes, ...purposes].map((purpose) => signToken(purpose, ticket, keys)),
  );
});

test.each([-1, 65_536, 0.5, Number.NaN])(
  'the link %p has no place in a token, and is not signed as another',
  (link) => {
    expect(() => signToken('click', { ...ticket, link }, keys)).toThrow('out of range');
  },
);

test.each(purposes.filter((purpose) => purpose !== 'click'))('a token for "%s" is of no link', (purpose) => {
  expect(() => signToken(purpose, { ...ticket, link: 1 }, keys)).toThrow('out of range');
});

test('what is no message id is not signed', () => {
  expect(() => signToken('open', { message: 'ada@example.org', link: 0 }, keys)).toThrow('is not a message id');
});
