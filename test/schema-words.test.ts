import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { inPlainWords } from '../src/schema-words.js';

z.config({ customError: inPlainWords });

test.each<[z.ZodType, unknown, string]>([
  [z.string(), 7, 'this must be text'],
  [z.string(), undefined, 'this is missing'],
  [z.number(), '7', 'this must be a number'],
  [z.int(), 7.5, 'this must be a whole number'],
  [z.boolean(), 'yes', 'this must be true or false'],
  [z.array(z.string()), 'a', 'this must be a list'],
  [z.strictObject({}), [], 'this must be an object'],
  [z.record(z.string(), z.string()), 'a', 'this must be an object'],
  [z.string().min(1), '', 'this must not be empty'],
  [z.string().min(8), 'short', 'this must have at least 8 characters'],
  [z.string().max(3), 'long', 'this must have at most 3 characters'],
  [z.number().min(1), 0, 'this must be at least 1'],
  [z.number().positive(), 0, 'this must be more than 0'],
  [z.number().lt(10), 10, 'this must be less than 10'],
  [z.array(z.string()).min(1), [], 'this must hold at least 1'],
  [z.array(z.string()).max(1), ['a', 'b'], 'this must hold at most 1'],
  [z.enum(['mon', 'tue']), 'wed', 'this must be one of: mon, tue'],
  [z.literal(true), false, 'this must be true'],
  [
    z.discriminatedUnion('kind', [z.object({ kind: z.literal('tag') }), z.object({ kind: z.literal('enroll') })]),
    { kind: 'sing' },
    'this must be one of: tag, enroll',
  ],
  [z.literal(true), undefined, 'this is missing'],
  [z.email(), 'ada', 'this is no e-mail address'],
  [z.url(), 'tallybay', 'this is no web address'],
  [z.iso.datetime(), 'tomorrow', 'this must be a date and a time, for example 2026-03-02T09:00:00Z'],
  [z.iso.date(), 'tomorrow', 'this must be a date, for example 2026-03-02'],
  [z.number().multipleOf(5), 7, 'this must be a multiple of 5'],
])('%# is told in plain words: %j', (schema, value, words) => {
  expect(schema.safeParse(value).error?.issues.map(({ message }) => message)).toEqual([words]);
});

test('what a schema says of itself goes before it', () => {
  expect(z.string({ error: 'a name is text' }).safeParse(7).error?.issues[0]?.message).toBe('a name is text');
});

test('a value that is none of several kinds is left to whoever knows which was meant', () => {
  expect(z.union([z.string(), z.number()]).safeParse(true).error?.issues[0]?.message).toBe('Invalid input');
});
