import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { bytesOfId, idFrom, idOfBytes, isId } from '../src/event/id.js';

test.each([
  // RFC 4648 §10 gives these in capitals and padded.
  ['fooba', 'mzxw6ytb'],
  ['foobafooba', 'mzxw6ytbmzxw6ytb'],
])('%s is written as base32', (text, id) => {
  expect(idOfBytes(Buffer.from(text))).toBe(id);
});

test('an id and its bytes are two forms of one thing', () => {
  for (let i = 0; i < 500; i += 1) {
    const bytes = createHash('sha1').update(String(i)).digest();
    const id = idOfBytes(bytes);
    expect(isId(id)).toBe(true);
    expect(bytesOfId(id)).toEqual(bytes);
  }
});

test('the same parts give the same id, other parts another', () => {
  expect(idFrom('message', 'run', 'hello')).toBe(idFrom('message', 'run', 'hello'));
  expect(idFrom('ab', 'c')).not.toBe(idFrom('a', 'bc'));
});

test.each(['', 'short', 'A'.repeat(32), '1'.repeat(32), 'a'.repeat(33)])('%j is no id', (text) => {
  expect(bytesOfId(text)).toBeUndefined();
});
