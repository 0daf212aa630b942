import { expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { bareAddress, epochInstant, isoInstant } from '../src/event/provider.js';
import { parseJson, plainFields } from '../src/event/wire-fields.js';

test.each([
  ['{"a":576460775435891093}', { a: '576460775435891093' }],
  ['{"a" : -576460775435891093 ,"b":1}', { a: '-576460775435891093', b: 1 }],
  ['[1152921504606846977,1152921504606846978]', ['1152921504606846977', '1152921504606846978']],
  ['{"a":"x, 576460775435891093","b":576460775435891093}', { a: 'x, 576460775435891093', b: '576460775435891093' }],
  [
    '{"a":"\\",:576460775435891093","b":[576460775435891093]}',
    { a: '",:576460775435891093', b: ['576460775435891093'] },
  ],
  ['{"a":"\\\\","b":576460775435891093}', { a: '\\', b: '576460775435891093' }],
  ['{"a":1234567890123456.5}', { a: 1234567890123456.5 }],
  ['{"a":1e30,"b":12345678901234568e2}', { a: 1e30, b: 12345678901234568e2 }],
  ['{"a":999999999999999}', { a: 999999999999999 }],
])('of %s the whole numbers too long for a number come as their digits', (json, expected) => {
  expect(parseJson(json)).toEqual(expected);
});

test('any other JSON comes as it is', () => {
  const short = fc.jsonValue().filter((value) => !/\d{16}/.test(JSON.stringify(value)));
  fc.assert(
    fc.property(short, (value) => expect(parseJson(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))),
  );
});

test('beside a long number every text stays what it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.bigInt({ min: 10n ** 16n, max: 10n ** 40n }), (text, number) => {
      const json = `{"before":${JSON.stringify(text)},"n":${number},"after":${JSON.stringify(text)}}`;
      expect(parseJson(json)).toEqual({ before: text, n: String(number), after: text });
    }),
  );
});

test.each(['', '{', '{"a":576460775435891093', '"\\"\\"\\"', 'undefined'])('%j is no JSON', (text) => {
  expect(parseJson(text)).toBeUndefined();
});

test.each([
  ['2022-09-02T14:29:19.1234567Z', '2022-09-02T14:29:19.123Z'],
  ['2024-01-01T12:00:00.000000Z', '2024-01-01T12:00:00.000Z'],
  ['2024-09-10T20:36:38.894719+00:00', '2024-09-10T20:36:38.894Z'],
  ['2024-09-10T22:36:38+02:00', '2024-09-10T20:36:38.000Z'],
  ['2024-09-10T22:36:38-0200', '2024-09-11T00:36:38.000Z'],
  ['2024-09-10 20:36:38.894+00', '2024-09-10T20:36:38.894Z'],
  ['2024-09-10T20:36:38', '2024-09-10T20:36:38.000Z'],
  [' 2024-09-10t20:36:38z ', '2024-09-10T20:36:38.000Z'],
  ['2024-13-10T20:36:38Z', undefined],
  ['2024-09-10', undefined],
  ['Tue, 10 Sep 2024 16:59:01 +0200', undefined],
  ['1969-01-01T00:00:00Z', undefined],
  [1726000300, undefined],
  [null, undefined],
])('the time %j is %s', (written, expected) => {
  expect(isoInstant(written)?.toISOString()).toBe(expected);
});

test.each([
  [1726000300, '2024-09-10T20:31:40.000Z'],
  ['1726000300', '2024-09-10T20:31:40.000Z'],
  [1725998701606, '2024-09-10T20:05:01.606Z'],
  [1521233195.375624, '2018-03-16T20:46:35.375Z'],
  [1001.001, '1970-01-01T00:16:41.001Z'],
  [0, undefined],
  [-1, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [1e300, undefined],
  ['0x10', undefined],
  ['1e9', undefined],
  [{}, undefined],
])('the seconds or milliseconds %j are %s', (written, expected) => {
  expect(epochInstant(written)?.toISOString()).toBe(expected);
});

test.each([
  ['alice@example.com', 'alice@example.com'],
  ['  alice@example.com ', 'alice@example.com'],
  ['<alice@example.com>', 'alice@example.com'],
  ['Alice Reader <alice@example.com>', 'alice@example.com'],
  ['"Reader, Alice" <alice@example.com>', 'alice@example.com'],
  ['"a@b <x>" <alice@example.com>', 'alice@example.com'],
  ['alice@example.com, bob@example.com', undefined],
  ['<alice@example.com>, <bob@example.com>', undefined],
  ['alice', undefined],
  ['', undefined],
  ['a b@example.com', undefined],
  [`${'a'.repeat(2000)}@example.com`, undefined],
  [undefined, undefined],
])('the one address in %j is %j', (text, expected) => {
  expect(bareAddress(text)).toBe(expected);
});

test.each([
  [
    { a: 'x', b: 1, c: false, d: null, e: [1], f: {} },
    { a: 'x', b: '1', c: 'false' },
  ],
  ['{"a":"x"}', { a: 'x' }],
  ['plain text', {}],
  ['', {}],
  [null, {}],
  [['a'], {}],
])('of %j the plain fields are %j', (value, expected) => {
  expect(plainFields(value)).toEqual(expected);
});
