import { createHmac } from 'node:crypto';
import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { hmacUnder } from '../src/message/hmac.js';

test.each([
  // RFC 4231, test cases 1, 2 and 6: a short key, a shorter one, and one longer than a block.
  [
    Buffer.alloc(20, 0x0b),
    'Hi There',
    '87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854',
  ],
  [
    Buffer.from('Jefe'),
    'what do ya want for nothing?',
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
  ],
  [
    Buffer.alloc(131, 0xaa),
    'Test Using Larger Than Block-Size Key - Hash Key First',
    '80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598',
  ],
])('the MAC is that of the standard', (secret, message, mac) => {
  expect(Buffer.from(hmacUnder(secret)(Buffer.from(message)), 'latin1').toString('hex')).toBe(mac);
});

test('whatever key and messages there are, one after another, each MAC is that of Node', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some));
  fc.assert(
    fc.property(bytes, fc.array(bytes, { maxLength: 4 }), (secret, messages) => {
      const own = hmacUnder(secret);
      for (const message of messages)
        expect(own(message)).toBe(createHmac('sha512', secret).update(message).digest('binary'));
    }),
  );
});
