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

test('an id is the first 160 bits of a SHA-256, which no later version may change', () => {
  const hash = createHash('sha256').update('message\0run\0hello ü').digest();
  expect(idFrom('message', 'run', 'hello ü')).toBe(idOfBytes(hash.subarray(0, 20)));
  // Reckoned with `printf 'message\0run' | sha256sum | cut -c 1-40 | xxd -r -p | base32`.
  expect(idFrom('message', 'run')).toBe('xv2j2mqlcv5w7bired5dcu6i6ejvir3z');
});

test('the same parts give the same id, other parts another', () => {
  expect(idFrom('message', 'run', 'hello')).toBe(idFrom('message', 'run', 'hello'));
  expect(idFrom('ab', 'c')).not.toBe(idFrom('a', 'bc'));
});

test.each(['', 'short', 'A'.repeat(32), '1'.repeat(32), 'a'.repeat(33)])('%j is no id', (text) => {
  expect(bytesOfId(text)).toBeUndefined();
});
