import * as fc from 'fast-check';

/** One slip in a file: in its text, or in the value that it holds. */
export type Mutation = {
  readonly kind: 'cut' | 'paste' | 'repeat' | 'value' | 'drop' | 'rename' | 'move';
  /** Where in the file, as a share of it. */
  readonly place: number;
  readonly other: number;
  readonly text: string;
  readonly value: unknown;
};

const words = [
  '',
  'lead',
  'never',
  '3 days',
  '0 days',
  '99999 months',
  '10:00',
  '24:00',
  'tuesday',
  '2026-02-30',
  '05-01',
  'any time',
  'clicked',
  'segment.entered',
  'https://example.com',
  'lead.renewalDate',
  '{{lead.plan}}',
  '{{#if',
  '* * * * *',
  'Europe/Paris',
  '__proto__',
  'constructor',
  'toString',
  '\u202e',
  'x'.repeat(1001),
];
const aValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...words,
    0,
    -1,
    1,
    0.5,
    1e9,
    true,
    false,
    null,
    [],
    {},
    [[]],
    { all: [] },
    { not: {} },
    { event: 'x' },
    { tag: 't' },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

export const aMutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('cut', 'paste', 'repeat', 'value', 'value', 'value', 'drop', 'drop', 'rename', 'move', 'move'),
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  other: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  text: fc.oneof(
    fc.constantFrom('"', '{', '}', ',', '[', ']', ':', '\\', '\n', '\ufeff', '/* */', '1e999'),
    fc.string({ maxLength: 5 }),
  ),
  value: aValue,
});

/** The text with the slip in it. */
export function mutated(text: string, mutation: Mutation): string {
  const from = Math.floor(mutation.place * text.length);
  const to = from + Math.floor(mutation.other * 20);
  switch (mutation.kind) {
    case 'cut':
      return text.slice(0, from) + text.slice(to);
    case 'paste':
      return text.slice(0, from) + mutation.text + text.slice(from);
    case 'repeat':
      return text.slice(0, to) + text.slice(from);
    case 'value':
    case 'drop':
    case 'rename':
    case 'move':
      return inValue(text, mutation);
  }
}

function inValue(text: string, mutation: Mutation): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  const paths = pathsIn(value);
  const path = paths[Math.floor(mutation.place * paths.length)] ?? [];
  const other = paths[Math.floor(mutation.other * paths.length)] ?? [];
  return JSON.stringify(changed(value, path, mutation, valueAt(value, other)), null, 2);
}

type Path = readonly string[];

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
}

function valueAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  return valueAt(Object.entries(value).find(([name]) => name === key)?.[1], rest);
}

function changed(value: unknown, [key, ...rest]: Path, mutation: Mutation, moved: unknown): unknown {
  if (key === undefined) return mutation.kind === 'move' ? moved : mutation.kind === 'value' ? mutation.value : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, unknown])[] => {
    if (name !== key) return [[name, inner]];
    if (rest.length > 0) return [[name, changed(inner, rest, mutation, moved)]];
    if (mutation.kind === 'drop') return [];
    if (mutation.kind === 'rename') return [[slipped(name, mutation), inner]];
    return [[name, changed(inner, [], mutation, moved)]];
  });
  return Array.isArray(value) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

/** A name with a letter left out, or another name. */
function slipped(name: string, { other, text }: Mutation): string {
  const slip = Math.floor(other * name.length);
  return other < 0.8 ? name.slice(0, slip) + name.slice(slip + 1) : text;
}
