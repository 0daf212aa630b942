import { expect, test } from '@jest/globals';
import { anyOf } from '../src/inbound/any-of.js';

test('phrases on several lines are one pattern, with their own blanks and escapes', () => {
  const pattern = anyOf('i')`
    no such user|user (?:is )?unknown
    \b5\.1\.1\b

    mailbox full
  `;
  expect(pattern.source).toBe(String.raw`no such user|user (?:is )?unknown|\b5\.1\.1\b|mailbox full`);
  expect(pattern.test('USER UNKNOWN')).toBe(true);
  expect(pattern.test('5x1x1')).toBe(false);
  // A blank line is no phrase: it would be found in everything.
  expect(pattern.test('delivered')).toBe(false);
});
