import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { bytesOfId, idFrom } from '../src/event/id.js';
import { ownAddresses, readAddressed, readReturnAddress, type WaysBack } from '../src/message/return-address.js';
import {
  type AddressPurpose,
  addressSignerOf,
  readAddress,
  readToken,
  type SigningKeys,
  signAddress,
  signerOf,
} from '../src/message/token.js';

const keys: SigningKeys = [{ id: 1, secret: Buffer.alloc(32, 'a secret') }];
const message = idFrom('message', 'enrollment', 'step');
const purposes: readonly AddressPurpose[] = ['return', 'reply', 'leave'];
const waysBack: WaysBack = {
  returns: { local: 'bounces', domain: 'in.example.com' },
  replies: { local: 'replies', domain: 'in.example.com' },
};

describe('a token of an address', () => {
  test.each(purposes)('that is signed for "%s" is read for that and for nothing else', (purpose) => {
    const token = signAddress(purpose, message, keys);
    expect(purposes.map((other) => readAddress(other, token, keys))).toEqual(
      purposes.map((other) => (other === purpose ? message : undefined)),
    );
  });

  test('is 52 letters and digits, and the same however they are capitalised on the way', () => {
    const token = signAddress('return', message, keys);
    expect(token).toMatch(/^[a-z2-7]{52}$/);
    expect(readAddress('return', token.toUpperCase(), keys)).toBe(message);
    expect(readAddress('return', token.slice(0, 20).toUpperCase() + token.slice(20), keys)).toBe(message);
  });

  test('with any character in the place of another is none', () => {
    const token = signAddress('reply', message, keys);
    const altered = Array.from(token, (own, at) =>
      Array.from('abcdefghijklmnopqrstuvwxyz234567'.replace(own, ''), (other) => {
        return token.slice(0, at) + other + token.slice(at + 1);
      }),
    ).flat();
    expect(altered).toHaveLength(52 * 31);
    expect(altered.filter((one) => purposes.some((purpose) => readAddress(purpose, one, keys)))).toEqual([]);
  });

  test('with any byte changed is none', () => {
    const token = signAddress('return', message, keys);
    const bytes = Buffer.from(token);
    const altered = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      return copy.toString('latin1');
    }).filter((one) => one.toLowerCase() !== token);
    expect(altered).toHaveLength(52 * 8 - token.replace(/\d/g, '').length);
    expect(altered.filter((one) => readAddress('return', one, keys))).toEqual([]);
  });

  test('cut off, longer, or with anything else in it is none', () => {
    const token = signAddress('return', message, keys);
    const cut = Array.from(token, (_, length) => token.slice(0, length));
    const longer = ['a', '=', ' ', '\n', '\0', token].flatMap((more) => [token + more, more + token]);
    expect([...cut, ...longer].filter((one) => readAddress('return', one, keys))).toEqual([]);
  });

  test('with a letter that is a "k" in lower case alone is none', () => {
    const token = Array.from({ length: 50 }, (_, i) => signAddress('return', idFrom(String(i)), keys)).find((one) =>
      one.includes('k'),
    );
    const kelvin = token?.replace('k', '\u212a') ?? '';
    expect(kelvin.toLowerCase()).toBe(token);
    expect(readAddress('return', kelvin, keys)).toBeUndefined();
  });

  test('says nothing of a link, and a link nothing of it', () => {
    const sign = signerOf(message, keys);
    const links = [sign('open'), sign('unsubscribe'), sign('preferences'), sign('click', 0), sign('click', 65_535)];
    expect(links.filter((one) => purposes.some((purpose) => readAddress(purpose, one, keys)))).toEqual([]);
    const addresses = purposes.map((purpose) => signAddress(purpose, message, keys));
    expect(addresses.filter((one) => readToken('unsubscribe', one, keys))).toEqual([]);
  });

  test('of an older key still verifies, and one of a key that is gone does not', () => {
    const newer = { id: 2, secret: Buffer.alloc(32, 'a newer one') };
    const old = signAddress('leave', message, keys);
    expect(readAddress('leave', old, [newer, ...keys])).toBe(message);
    expect(readAddress('leave', signAddress('leave', message, [newer, ...keys]), [newer])).toBe(message);
    expect(readAddress('leave', old, [newer])).toBeUndefined();
    expect(readAddress('leave', old, [{ ...newer, secret: keys[0].secret }])).toBeUndefined();
  });

  test.each([
    ['return', 0],
    ['reply', 16],
    ['leave', 32],
  ] as const)('for "%s" ends in 100 bits of the HMAC-SHA512 of its mail, from byte %i on', (purpose, at) => {
    const input = Buffer.concat([Buffer.of(1), bytesOfId(message) ?? Buffer.of(), Buffer.of(0xff, 0xff)]);
    const mac = createHmac('sha512', keys[0].secret).update(input).digest();
    const bits = Array.from(mac.subarray(at, at + 13), (byte) => byte.toString(2).padStart(8, '0')).join('');
    const digits = Array.from({ length: 20 }, (_, i) => Number.parseInt(bits.slice(5 * i, 5 * i + 5), 2));
    const text = digits.map((digit) => 'abcdefghijklmnopqrstuvwxyz234567'[digit]).join('');
    expect(signAddress(purpose, message, keys)).toBe(message + text);
  });

  test('is not signed of what is no message id', () => {
    expect(() => addressSignerOf('ada@example.org', keys)).toThrow('is not a message id');
  });
});

describe('the addresses of a mail', () => {
  const own = ownAddresses(message, waysBack, keys);

  test('are one for bounces, one for answers and one for leaving, each no longer than a mailbox may be', () => {
    const local = /^(?:bounces|replies)\+[a-z2-7]{52}@in\.example\.com$/;
    expect([own.returnPath, own.replyTo, own.unsubscribe]).toEqual([
      expect.stringMatching(local),
      expect.stringMatching(local),
      expect.stringMatching(local),
    ]);
    expect(new Set(Object.values(own)).size).toBe(3);
    for (const address of Object.values(own)) expect(address.split('@')[0]?.length).toBeLessThanOrEqual(63);
  });

  test.each([
    ['return', own.returnPath],
    ['reply', own.replyTo],
    ['leave', own.unsubscribe],
  ])('are read back: %s', (purpose, address = '') => {
    expect(readAddressed(address, waysBack, keys)).toEqual({ purpose, message });
    expect(readAddressed(address.toUpperCase(), waysBack, keys)).toEqual({ purpose, message });
    expect(readAddressed(`${address}.`, waysBack, keys)).toEqual({ purpose, message });
  });

  test('are none where nothing is set, and only those that are', () => {
    expect(ownAddresses(message, {}, keys)).toEqual({});
    expect(Object.keys(ownAddresses(message, { returns: { local: 'b', domain: 'example.com' } }, keys))).toEqual([
      'returnPath',
    ]);
  });

  test('serve for both where bounces and answers come to one address', () => {
    const both = { local: 'mail', domain: 'in.example.com' };
    const one: WaysBack = { returns: both, replies: both };
    const { returnPath = '', replyTo = '', unsubscribe = '' } = ownAddresses(message, one, keys);
    const read = [returnPath, replyTo, unsubscribe].map((address) => readAddressed(address, one, keys)?.purpose);
    expect(read).toEqual(['return', 'reply', 'leave']);
  });
});

describe('an address that somebody wrote to', () => {
  const { returnPath = '', replyTo = '', unsubscribe = '' } = ownAddresses(message, waysBack, keys);

  test('is ours without a token where answers come to, and says nothing of a mail', () => {
    expect(readAddressed('Replies@IN.example.com', waysBack, keys)).toEqual({ purpose: 'reply' });
  });

  test.each([
    ['the bare address for bounces', 'bounces@in.example.com'],
    ['a token that nobody signed', `bounces+${'a'.repeat(52)}@in.example.com`],
    ['no token behind the plus', 'replies+@in.example.com'],
    ['the token of answers at the address for bounces', replyTo.replace('replies', 'bounces')],
    ['the token of bounces at the address for answers', returnPath.replace('bounces', 'replies')],
    ['the token of leaving at the address for bounces', unsubscribe.replace('replies', 'bounces')],
    ['another domain', replyTo.replace('in.', 'out.')],
    ['a domain that ends like ours', replyTo.replace('in.', 'xin.')],
    ['another mailbox', replyTo.replace('replies', 'sales')],
    ['two of ours at once', `${replyTo},${returnPath}`],
    ['a token with a second plus', replyTo.replace('+', '+x+')],
    ['nothing', ''],
    ['no domain', 'replies'],
    ['an at sign alone', '@'],
    ['a plus behind the at sign', 'replies@in.example.com+x'],
  ])('is none of ours: %s', (_, address) => {
    expect(readAddressed(address, waysBack, keys)).toBeUndefined();
  });
});

describe('the setting of an address', () => {
  test('is read in lower case, its domain as an A-label', () => {
    expect(readReturnAddress('Bounces@in.BÜCHER.example')).toEqual({
      ok: true,
      value: { local: 'bounces', domain: 'in.xn--bcher-kva.example' },
    });
  });

  test('may have ten characters before the @, which with plus and token are 63', () => {
    const result = readReturnAddress('newsletter@in.example.com');
    expect(result).toMatchObject({ ok: true });
    const { replyTo = '' } = ownAddresses(message, { replies: { local: 'newsletter', domain: 'example.com' } }, keys);
    expect(replyTo.indexOf('@')).toBe(63);
  });

  test.each([
    ['newsletters@in.example.com', 'more than 10 characters'],
    ['bounces+x@in.example.com', 'has a plus'],
    ['bounces', 'looks like name@example.com'],
    ['a@b.example, c@d.example', 'characters that no mailbox has'],
    ['Bounces <bounces@in.example.com>', 'characters that no mailbox has'],
  ])('is refused with what is wrong: %s', (text, problem) => {
    expect(readReturnAddress(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  test.each([
    [{ RETURN_ADDRESS: 'a+b@in.example.com' }, 'RETURN_ADDRESS (the part before the @ has a plus'],
    [{ REPLY_ADDRESS: 'unsubscribes@in.example.com' }, 'REPLY_ADDRESS (the part before the @ has more than 10'],
    [{ INBOUND_SMTP: '2525', REPLY_ADDRESS: 'r@in.example.com' }, 'INBOUND_SMTP (it is an address and a port'],
    [{ INBOUND_SMTP: '0.0.0.0:70000', REPLY_ADDRESS: 'r@in.example.com' }, 'INBOUND_SMTP (it is an address and a port'],
    [{ INBOUND_SMTP: '0.0.0.0:2525' }, 'INBOUND_SMTP (it takes mail to RETURN_ADDRESS and REPLY_ADDRESS alone'],
    [{ INBOUND_TLS_CERT: '/x.pem' }, 'INBOUND_TLS_CERT (certificate and key'],
    [{ INBOUND_MAX_SIZE: '10' }, 'INBOUND_MAX_SIZE'],
    [{ IMAP_URL: 'https://secret@example.com' }, 'IMAP_URL (it begins with imap:// or imaps://)'],
  ])('stops the start when it is wrong: %j', (environment, problem) => {
    expect(() => readConfig(environment)).toThrow(problem);
  });

  test('is taken from the environment', () => {
    const config = readConfig({
      RETURN_ADDRESS: 'bounces@in.example.com',
      REPLY_ADDRESS: 'replies@in.example.com',
      INBOUND_SMTP: '[::1]:2525',
    });
    expect(config).toMatchObject({
      RETURN_ADDRESS: waysBack.returns,
      REPLY_ADDRESS: waysBack.replies,
      INBOUND_SMTP: { host: '::1', port: 2525 },
      INBOUND_MAX_SIZE: 10_000_000,
    });
  });
});
