import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { urlOf } from '../src/url.js';

test.each([
  ['https://Example.com/x', 'https://example.com/x'],
  ['mailto:ann@example.com', 'mailto:ann@example.com'],
  ['https://', undefined],
  ['/pricing', undefined],
  ['', undefined],
])('%j is read as %j', (text, href) => expect(urlOf(text)?.href).toBe(href));

test('an address with an umlaut is one however often it is asked', () => {
  const hosts = new Set<string | undefined>();
  for (let i = 0; i < 20_000; i += 1) hosts.add(urlOf('https://b\u00fccher.example/')?.host);
  expect([...hosts]).toEqual(['xn--bcher-kva.example']);
});

test('nobody asks what Node 20 answers wrongly once it is asked often', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const asking = files.filter((file) => readFileSync(join('src', file), 'utf8').includes('URL.canParse('));
  expect(asking).toEqual([]);
});
