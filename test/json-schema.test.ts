import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { readProjectFolder } from '../src/project-folder.js';
import { stepSnippets } from '../src/editor/editor-snippets.js';
import { type FileKind, fileKinds, schemaOf, schemaText } from '../src/editor/json-schema.js';
import { readProject } from '../src/sequence/project.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';
import { filledIn, kindOf, openSchemas } from './schema-checks.js';

const schemas = openSchemas();
const kinds = [...fileKinds].map(([name, kind]) => ({ name, kind }));
const project = await readProjectFolder('.');
const shipped = [...project.sequences.values(), project.brand].map(({ file, text }) => {
  const value: unknown = JSON.parse(text);
  return { file, kind: kindOf(file), value };
});

function fileKind(name: string): FileKind {
  const kind = fileKinds.get(name);
  if (!kind) throw new Error(`no kind of file is called ${name}`);
  return kind;
}

test.each(kinds)('the committed schema of $name is up to date: "npx rivulet schema" writes it', ({ name, kind }) => {
  expect(readFileSync(`sequences/schema/${name}.schema.json`, 'utf8').replaceAll('\r\n', '\n')).toBe(schemaText(kind));
});

type Place = readonly string[];
type Part = { readonly at: Place; readonly schema: Readonly<Record<string, unknown>>; readonly isKey: boolean };

/** Every schema inside a schema with its place, and whether it stands for a key that people write. */
function partsOf(schema: unknown, at: Place = [], isKey = false): readonly Part[] {
  if (Array.isArray(schema)) return schema.flatMap((one, i) => partsOf(one, [...at, String(i)]));
  if (typeof schema !== 'object' || schema === null) return [];
  const inner = Object.entries(schema).flatMap(([word, part]): readonly Part[] => {
    if (['properties', 'patternProperties', 'definitions'].includes(word))
      return Object.entries(part).flatMap(([key, one]) => partsOf(one, [...at, word, key], word !== 'definitions'));
    if (word === 'additionalProperties') return partsOf(part, [...at, word], true);
    return ['items', 'anyOf', 'allOf'].includes(word) ? partsOf(part, [...at, word]) : [];
  });
  return [{ at, schema: Object.fromEntries(Object.entries(schema)), isKey }, ...inner];
}

describe.each(kinds)('the schema of $name', ({ name, kind }) => {
  const parts = partsOf(schemaOf(kind));

  test('says of every key what it is for, with an example', () => {
    const silent = parts.filter(({ isKey, schema: { description, examples } }) => isKey && !(description && examples));
    expect(silent.map(({ at }) => at.join(' '))).toEqual([]);
  });

  test('shows only examples that are right where they stand', () => {
    const wrong = parts.flatMap(({ at, schema: { examples } }) =>
      (Array.isArray(examples) ? examples : [])
        .map((example) => [at.join(' '), example, schemas.at(name, at, example)])
        .filter(([, , problems]) => problems.length > 0),
    );
    expect(wrong).toEqual([]);
  });

  test('offers a first file that is right', () => {
    const file = filledIn(kind.start.body);
    expect(schemas.inFile(name, file)).toEqual([]);
    expect(kind.file.safeParse(file).error).toBeUndefined();
  });
});

test.each(stepSnippets)('the step that editors offer as "$label" is right', ({ body }) => {
  const file = { name: 'A sequence', steps: [filledIn(body)] };
  expect(schemas.inFile('sequence', file)).toEqual([]);
  expect(SequenceFile.safeParse(file).error).toBeUndefined();
});

test('editors offer each kind of step, under the key that names it', () => {
  const offered = stepSnippets.map(({ label }) => label.split(' ')[0]);
  const step = partsOf(schemaOf(fileKind('sequence'))).find(({ at }) => at.join(' ') === 'definitions Step');
  const titles = partsOf(step?.schema['anyOf']).flatMap(({ at, schema }) =>
    at.length === 1 ? (schema['title'] ?? []) : [],
  );
  expect(new Set(offered)).toEqual(new Set(titles));
});

test.each(shipped)('$file is right', ({ kind, value }) => {
  expect(schemas.inFile(kind, value)).toEqual([]);
});

const mail = { send: 'welcome/hello', subject: 'Hello' };
const sender = { from: 'mara@example.com' };

describe('what is refused by the schema and by Rivulet alike', () => {
  test.each<[string, unknown]>([
    ['a step that is like none', { steps: [{ wiat: '3 days' }] }],
    ['a step that does two things', { steps: [{ wait: '3 days', tag: 'a' }] }],
    ['a key that a step does not have', { steps: [{ ...mail, subjct: 'Hello' }] }],
    ['a mail without a subject', { steps: [{ send: 'welcome/hello' }] }],
    ['a length of time in no unit', { steps: [{ wait: '3 dyas' }] }],
    ['a length of no time', { steps: [{ wait: '0 days' }] }],
    ['a moment on no weekday', { steps: [{ wait: { until: 'tusday 10:00' } }] }],
    ['a moment at no time of day', { steps: [{ wait: { until: 'tuesday 25:00' } }] }],
    ['a wait for an event without an end', { steps: [{ waitFor: 'converted' }] }],
    ['a condition with an unknown key', { steps: [{ if: { clickd: 'hello' }, then: [mail] }] }],
    ['an empty condition', { steps: [{ if: {}, then: [mail] }] }],
    ['a condition on a path of no event', { steps: [{ if: { path: '/pricing' }, then: [mail] }] }],
    ['a test of an unknown name', { steps: [{ if: { 'lead.country': { equals: 'FR' } }, then: [mail] }] }],
    [
      'a date of a condition in no form',
      { steps: [{ if: { 'lead.createdAt': { before: 'next week' } }, then: [mail] }] },
    ],
    ['a list of no steps', { steps: [] }],
    ['a split with one way', { steps: [{ split: { a: mail } }] }],
    ['a goal that does something else', { steps: [{ goal: { tag: 'a' }, else: 'stop' }] }],
    ['a field set that is none of the lead', { steps: [{ set: { country: 'FR' } }] }],
    ['an id with a blank', { steps: [{ ...mail, id: 'first mail' }] }],
    ['weekdays that are none', { steps: [mail], send: { window: { days: 'mon-fry' } } }],
    ['a window of one time', { steps: [mail], send: { window: { between: ['09:00'] } } }],
    ['an unknown word for edits', { steps: [mail], inFlight: 'stop' }],
    ['a rule of re-entry in no form', { steps: [mail], enroll: { on: 'converted', again: 'sometimes' } }],
    ['an audience without a schedule', { steps: [mail], audience: { tag: 'news' } }],
    ['a schedule that is no cron', { steps: [mail], schedule: '1st of the month' }],
    ['an unknown rule of lint', { steps: [mail], lint: { 'no-subject': 'it is fine' } }],
  ])('%s', async (_, written) => {
    const file = { name: 'A sequence', send: sender, ...Object(written) };
    expect(schemas.inFile('sequence', file)).not.toEqual([]);
    expect(await problemsWith('new.json', file)).toContain('sequences/new.json');
  });

  test.each<[string, string, unknown]>([
    ['a stage that nothing leads to', 'funnel.json', { stages: [{ name: 'welcome', enter: {} }] }],
    ['points in quotes', 'scoring.json', { engagement: { rules: [{ on: 'clicked', points: '10' }] } }],
    ['a field of an unknown type', 'lead.json', { fields: { company: { type: 'string' } } }],
    ['a segment without a condition', 'segments.json', { segments: { hot: { description: 'Worth a call today.' } } }],
    ['a day that no month has', 'calendars/fr.json', { name: 'Holidays', days: ['2026-13-25'] }],
    ['a form that asks nothing', 'forms/demo.json', { title: 'Demo', fields: [] }],
  ])('%s', async (_, path, file) => {
    expect(schemas.inFile(kindOf(path), file)).not.toEqual([]);
    expect(await problemsWith(path, file)).toContain(`sequences/${path}`);
  });
});

/** Files of the shipped project with a mistake, when one of them is written anew. */
async function problemsWith(path: string, value: unknown): Promise<readonly string[]> {
  const file = { file: `sequences/${path}`, text: JSON.stringify(value) };
  const { diagnostics } = await readProject({
    ...project,
    templates: new Map(),
    sequences: new Map([...project.sequences, [path, file]]),
  });
  return diagnostics.map((diagnostic) => diagnostic.file);
}

/** Values from the shipped files, and some that stand at the edges of what may be written. */
const edges: readonly unknown[] = [
  '',
  ' ',
  0,
  -1,
  1.5,
  1e9,
  true,
  null,
  [],
  {},
  ' 3  Days ',
  '1 Business Day',
  'Monday - thursday,Sun',
  '9:00',
  'always',
  'A.b_c-1',
  'any time',
  { eq: 1 },
  { 'lead.A': 'x' },
  { 'Response.a.b': 1 },
];
const values = [...shipped.flatMap(({ value }) => valuesIn(value)), ...edges];

function valuesIn(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(valuesIn)] : [value];
}

const keys = [...new Set(values.flatMap((value) => (isPlain(value) ? Object.keys(value) : [])))];

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Draw = { readonly at: number; readonly how: number; readonly key: number; readonly value: number };

/** A file changed in one place: a value replaced, a key taken away, added or renamed. */
function changed(file: unknown, { at, how, key, value }: Draw): unknown {
  let place = at % valuesIn(file).length;
  const other = values[value % values.length];
  const name = keys[key % keys.length] ?? '';
  const walk = (node: unknown): unknown => {
    const isHere = place === 0;
    place -= 1;
    if (isHere && how > 0 && isPlain(node)) return changedObject(node, how, name, other, key);
    if (isHere) return other;
    if (Array.isArray(node)) return node.map(walk);
    return isPlain(node) ? Object.fromEntries(Object.entries(node).map(([own, inner]) => [own, walk(inner)])) : node;
  };
  return walk(file);
}

function changedObject(
  node: Readonly<Record<string, unknown>>,
  how: number,
  name: string,
  other: unknown,
  pick: number,
) {
  const own = Object.keys(node);
  const one = own[pick % Math.max(1, own.length)] ?? '';
  if (how === 1) return { ...node, [name]: other };
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => (key === one ? (how === 2 ? [] : [[name, value]]) : [[key, value]])),
  );
}

/** Journeys are many and alike. */
const various = [
  ...shipped.filter(({ kind }) => kind !== 'journey'),
  ...shipped.filter(({ kind }) => kind === 'journey').slice(0, 3),
];

test('whatever Rivulet takes, the schema takes', () => {
  const draw = fc.record({ at: fc.nat(5000), how: fc.nat(3), key: fc.nat(5000), value: fc.nat(50_000) });
  const taken = { files: 0, changed: 0 };
  fc.assert(
    fc.property(
      fc.constantFrom(...various),
      fc.array(draw, { minLength: 1, maxLength: 3 }),
      ({ kind, value }, draws) => {
        const file = draws.reduce(changed, value);
        taken.files += 1;
        if (!fileKind(kind).file.safeParse(file).success) return;
        taken.changed += 1;
        expect({ file, problems: schemas.inFile(kind, file) }).toEqual({ file, problems: [] });
      },
    ),
    { numRuns: 1000 },
  );
  // Or it would say nothing.
  expect(taken.changed).toBeGreaterThan(taken.files / 20);
});
