import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';

const columns = 'email,firstName,lastName,timezone,locale,jobTitle,company,country,companySize,tags,source';
type Column =
  | 'email'
  | 'firstName'
  | 'lastName'
  | 'timezone'
  | 'locale'
  | 'jobTitle'
  | 'company'
  | 'country'
  | 'companySize'
  | 'tags'
  | 'source';

const csv = readFileSync('src/demo/leads.csv', 'utf8');
const leads: Readonly<Record<Column, string>>[] = parse(csv, { columns: true });
const names = leads.map(({ firstName, lastName }) => `${firstName} ${lastName}`.trim());

test('the file starts with the documented columns and ends its lines as RFC 4180 §2 has them', () => {
  expect(csv.startsWith(`${columns}\r\n`)).toBe(true);
  expect(csv.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test('there are 200 leads, each address and each name once', () => {
  expect(leads).toHaveLength(200);
  expect(new Set(leads.map(({ email }) => email)).size).toBe(200);
  expect(new Set(names).size).toBe(200);
});

test('every address is under a domain reserved by RFC 2606 §3', () => {
  const strays = leads.filter(({ email }) => !/^[a-z]+([.-][a-z]+)*@([a-z-]+\.)?example\.(com|org|net)$/.test(email));
  expect(strays).toEqual([]);
});

test('every lead has a family name, a title, a company, its size and a source', () => {
  for (const lead of leads) {
    expect([lead.lastName, lead.jobTitle, lead.company]).not.toContain('');
    expect(lead.companySize).toMatch(/^[1-9]\d*$/);
    expect(lead.source).toMatch(/^(form|fair|webinar|import)$/);
    expect(lead.tags).toMatch(/^((newsletter|webinar|trade-fair|partner|trial)(;(?!$)|$))*$/);
  }
});

test('about one lead in ten has no first name', () => {
  const nameless = leads.filter(({ firstName }) => firstName === '');
  expect(nameless.length).toBeGreaterThanOrEqual(15);
  expect(nameless.length).toBeLessThanOrEqual(25);
});

test('every time zone is known to the runtime', () => {
  for (const { timezone } of leads) expect(() => new Intl.DateTimeFormat('en', { timeZone: timezone })).not.toThrow();
});

test('every locale is canonical BCP 47 and names a region', () => {
  for (const { locale } of leads) {
    expect(Intl.getCanonicalLocales(locale)).toEqual([locale]);
    expect(new Intl.Locale(locale).region).toBeDefined();
  }
});

test('the region of a locale is the country, but for the station in Antarctica', () => {
  const abroad = leads.filter(({ locale, country }) => new Intl.Locale(locale).region !== country);
  expect(abroad.map(({ country }) => country)).toEqual(['AQ']);
});

test.each([
  'Latin',
  'Cyrillic',
  'Greek',
  'Arabic',
  'Hebrew',
  'Devanagari',
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Thai',
  'Georgian',
  'Armenian',
  'Bengali',
  'Tamil',
  'Ethiopic',
])('some names are written in the %s script', (script) => {
  const letter = new RegExp(`\\p{Script=${script}}`, 'u');
  expect(names.filter((name) => letter.test(name))).not.toEqual([]);
});

test.each([
  ['Africa', 'Africa/Nairobi', 'KE'],
  ['Antarctica', 'Antarctica/Troll', 'AQ'],
  ['Asia', 'Asia/Tokyo', 'JP'],
  ['Australia', 'Australia/Sydney', 'AU'],
  ['Europe', 'Europe/Berlin', 'DE'],
  ['North America', 'America/Chicago', 'US'],
  ['South America', 'America/Sao_Paulo', 'BR'],
])('%s has leads', (_, timezone, country) => {
  expect(leads).toContainEqual(expect.objectContaining({ timezone, country }));
});

test.each([
  ['Asia/Kolkata', 'half an hour'],
  ['Asia/Kathmandu', 'a quarter'],
  ['Australia/Adelaide', 'half an hour'],
  ['America/St_Johns', 'half an hour'],
  ['Pacific/Chatham', 'a quarter'],
])('somebody lives in %s, which is off the full hour by %s', (zone) => {
  expect(leads.map(({ timezone }) => timezone)).toContain(zone);
});

test.each([
  ['commas', ','],
  ['quotes', '"'],
  ['apostrophes', "'"],
  ['ampersands', '&'],
])('some company names contain %s', (_, mark) => {
  expect(leads.filter(({ company }) => company.includes(mark))).not.toEqual([]);
});
