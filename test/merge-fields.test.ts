import { expect, test } from '@jest/globals';
import { mergeFields } from '../src/journey/merge-fields.js';
import type { FieldType } from '../src/sequence/lead-file.js';

const fields = new Map<string, FieldType>([
  ['renewal', 'date'],
  ['interests', 'list'],
  ['company', 'text'],
]);
const paris = { fields, timeZone: 'Europe/Paris', language: 'en-GB' };

/** Versions of Node differ in commas and the word "at". */
const bare = (said: unknown): string => String(said).replace(/,| at\b/g, '');

test.each([
  ['a day', { renewal: '2026-11-30' }, 'Monday 30 November 2026'],
  ['an instant, on the lead’s clock', { renewal: '2026-11-30T23:30:00Z' }, 'Tuesday 1 December 2026 00:30 CET'],
  ['a time without a zone, as it is', { renewal: '2026-11-30T10:00' }, 'Monday 30 November 2026 10:00 CET'],
  ['what is no date, as it is', { renewal: 'soon' }, 'soon'],
  ['the 29th of a leap year', { renewal: '2028-02-29' }, 'Tuesday 29 February 2028'],
])('a date says %s', (_, attributes, words) => {
  const said = mergeFields({ email: 'ada@example.org', attributes }, paris)['renewal'];
  expect(bare(said)).toBe(words);
});

test('a date is said in the language of the mails', () => {
  const lead = { email: 'ada@example.org', attributes: { renewal: '2026-11-30' } };
  expect(mergeFields(lead, { ...paris, language: 'fr' })['renewal']).toBe('lundi 30 novembre 2026');
});

test('a list is said with commas, and what is no declared date as it is', () => {
  const attributes = { interests: ['docks', 'doors'], company: '2026-11-30', size: 7, vip: true };
  expect(mergeFields({ email: 'ada@example.org', firstName: 'Ada', attributes }, paris)).toEqual({
    email: 'ada@example.org',
    addressKind: 'company',
    firstName: 'Ada',
    interests: 'docks, doors',
    company: '2026-11-30',
    size: 7,
    vip: true,
  });
});

test('no attribute takes the place of a built-in field', () => {
  const attributes = { email: 'eve@example.org', firstName: 'Eve', addressKind: 'free' };
  const lead = { email: 'ada@example.org', attributes };
  expect(mergeFields(lead, paris)).toEqual({ email: 'ada@example.org', addressKind: 'company' });
});

test('the day on which a lead was made is known without being declared', () => {
  const lead = { email: 'ada@example.org', createdAt: new Date('2026-03-01T23:30:00Z') };
  expect(bare(mergeFields(lead, paris)['createdAt'])).toBe('Monday 2 March 2026');
});
