import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type * as z from 'zod';
import { runJourney } from '../src/simulation/journey-test.js';
import { readProjectFolder } from '../src/project-folder.js';
import { JourneyFile } from '../src/simulation/journey-file.js';
import { fileKinds, schemaOf } from '../src/editor/json-schema.js';
import { readProject } from '../src/sequence/project.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';
import { openSchemas } from './schema-checks.js';

const schemas = openSchemas();

/** Every block of a guide that says what it is an example of: "```json step". */
const blocks = [
  'docs/sequences.md',
  'docs/conditions.md',
  'docs/machines.md',
  'docs/sales.md',
  'docs/scoring.md',
  'docs/consent.md',
  'docs/forms.md',
  'docs/personal-data.md',
  'docs/reports.md',
  'docs/segments.md',
].flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^```json( \w+)?\n([\s\S]*?)^```$/gm)].map(({ 1: kind = '', 2: written = '', index }) => {
    const place = `${file}:${text.slice(0, index).split('\n').length}`;
    const value: unknown = JSON.parse(written);
    return { place, kind: kind.trim(), value };
  });
});

const wait = { wait: '1 day' };

/** A block as the whole file it is a part of. */
function wholeOf(
  kind: string,
  value: unknown,
): { readonly kind: string; readonly file: z.ZodType; readonly value: unknown } {
  const inSequence = (parts: object) => ({
    kind: 'sequence',
    file: SequenceFile,
    value: { name: 'A sequence', ...parts },
  });
  if (kind === 'step') return inSequence({ steps: [value] });
  if (kind === 'steps') return inSequence({ steps: value });
  if (kind === 'header') return inSequence({ steps: [wait], ...Object(value) });
  if (kind === 'condition') return inSequence({ steps: [wait], goal: value });
  if (kind === 'conditions') return inSequence({ steps: [wait], goal: { all: value } });
  const known = fileKinds.get(kind);
  if (!known) throw new Error(`the guides have a block of "${kind}"; name what it is an example of`);
  return { kind, file: known.file, value };
}

test.each(blocks)('the example at $place is right', ({ kind, value }) => {
  const whole = wholeOf(kind, value);
  expect(schemas.inFile(whole.kind, whole.value)).toEqual([]);
  expect(whole.file.safeParse(whole.value).error).toBeUndefined();
});

describe('the guides show, in some example, every key of', () => {
  const shown = new Set(blocks.flatMap(({ value }) => keysIn(value)));

  test.each([
    'sequence',
    'funnel',
    'scoring',
    'lead',
    'segments',
    'delivery',
    'calendar',
    'form',
    'topics',
    'machines',
    'sales',
  ])('%s files', (kind) => {
    const known = fileKinds.get(kind);
    const keys = known ? declaredKeys(schemaOf(known)) : [];
    expect(keys.length).toBeGreaterThan(2);
    expect([...new Set(keys)].filter((key) => !shown.has(key))).toEqual([]);
  });
});

test.each(blocks.filter(({ kind }) => kind === 'journey'))(
  'the journey at $place comes out as it says',
  async ({ value }) => {
    const { project } = await readProject(await readProjectFolder('.'));
    if (!project) throw new Error('the shipped project has mistakes; "npx rivulet validate" shows them');
    const { diff, notes } = runJourney(JourneyFile.parse(value), project, 'UTC');
    expect([...notes, ...diff.filter(({ kind }) => kind !== 'same')]).toEqual([]);
  },
);

function keysIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(keysIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}

/** Names under "properties" anywhere in a schema. */
function declaredKeys(schema: unknown): readonly string[] {
  if (Array.isArray(schema)) return schema.flatMap(declaredKeys);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([word, part]): readonly string[] => {
    if (['examples', 'defaultSnippets'].includes(word)) return [];
    if (word === 'properties') return Object.entries(part).flatMap(([key, inner]) => [key, ...declaredKeys(inner)]);
    return declaredKeys(part);
  });
}
