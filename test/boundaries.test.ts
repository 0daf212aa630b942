import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** From the ground up: a file imports from its own floor and those below it. */
const floors = [
  ['errors', 'diagnostic', 'schema-words', 'schema', 'grouping', 'url', 'access'],
  ['event', 'message', 'inbound'],
  ['scoring', 'sequence'],
  ['journey'],
  ['simulation', 'lint', 'editor', 'diff', 'why', 'form', 'report', 'sales', 'shown'],
  ['api'],
  ['client'],
  ['config', 'version', 'rendered-mails', 'project-folder', 'bad-project', 'thread'],
  ['engine', 'store'],
  ['lead', 'transfer', 'files', 'foresight', 'overview', 'account'],
  ['delivery', 'http', 'inbox'],
  ['jobs', 'reload'],
  ['main'],
  ['demo', 'preview'],
  ['cli'],
];
const pure = [
  'sequence',
  'journey',
  'scoring',
  'message',
  'event',
  'inbound',
  'simulation',
  'lint',
  'editor',
  'diff',
  'why',
  'form',
  'report',
  'sales',
  'shown',
  'api',
  'access',
  'url',
];
/** Libraries that only compute. Nodemailer's composer writes MIME into a buffer; mailparser reads one. */
const computing =
  /^(zod|handlebars|jsonc-parser|temporal-polyfill|cron-parser|diff|fastest-levenshtein|html-to-text|mjml|mjml-core|mailparser|countries-and-timezones|city-timezones|mailchecker|zod-openapi|nodemailer\/lib\/(mail-composer|mime-funcs|mime-node)|node:(crypto|url|buffer|util\/types))$/;

/** The web application lives in browsers: it has a clock and imports of its own, and rules of its own below. */
const inBrowser = (file: string): boolean => file.startsWith('web/');
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' });
const files = sources
  .filter((file) => file.endsWith('.ts') && !inBrowser(file))
  .map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }));

describe.each(files)('$file', ({ file, text }) => {
  const imports = [...text.matchAll(/^(?:import|export)\b[^;'"]*\bfrom '([^']+)';|\bimport\('([^']+)'\)/gm)].map(
    ([, source, lazily]) => source ?? lazily ?? '',
  );

  test('imports from its own floor and those below', () => {
    const above = imports
      .filter((source) => source.startsWith('.'))
      .map((source) => normalize(join(dirname(file), source)))
      .filter((target) => floorOf(target) > floorOf(file));
    expect(above).toEqual([]);
  });

  if (pure.includes(partOf(file))) {
    test('does no input or output', () => {
      expect(imports.filter((source) => !source.startsWith('.') && !computing.test(source))).toEqual([]);
    });
    test('takes the time and chance it needs as values', () => {
      expect(text).not.toMatch(/Date\.now\(|new Date\(\)|Math\.random\(|process\.env|performance\.now/);
    });
  }
});

test.each(sources.filter((file) => inBrowser(file) && /\.tsx?$/.test(file)))(
  '%s takes from Rivulet only what its API is made of',
  (file) => {
    const text = readFileSync(join('src', file), 'utf8');
    const ours = [...text.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, source = '']) =>
      normalize(join(dirname(file), source)),
    );
    const parts = new Set(ours.map(partOf));
    expect([...parts].filter((part) => !['web', 'api', 'client', 'access'].includes(part))).toEqual([]);
  },
);

test('only the programs a person starts read the environment', () => {
  const readers = files.filter(({ text }) => text.includes('process.env')).map(({ file }) => partOf(file));
  expect([...new Set(readers)].filter((part) => part !== 'cli' && part !== 'store')).toEqual([]);
});

test('the clock is read in main alone', () => {
  const readers = files.filter(({ text }) => /new Date\(\)|Date\.now\(/.test(text)).map(({ file }) => file);
  expect(readers.filter((file) => file !== 'main.ts' && partOf(file) !== 'cli')).toEqual([]);
});

function partOf(file: string): string {
  return (file.split('/')[0] ?? '').replace(/\.[jt]s$/, '');
}

function floorOf(file: string): number {
  const floor = floors.findIndex((parts) => parts.includes(partOf(file)));
  if (floor < 0) throw new Error(`src/${file} stands on no floor; name its part in this test and in the README`);
  return floor;
}
