import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type * as z from 'zod';
import { type Diagnostic, quoted } from '../diagnostic.js';

export type JsonPath = readonly (string | number)[];

/** A JSON file that still knows where each of its values stands. */
export type JsonSource = {
  readonly file: string;
  readonly value: unknown;
  readonly problems: readonly Diagnostic[];
  /** A problem at the value under `path`; at its key when `onKey`. */
  problem(path: JsonPath, what: { code: string; message: string; hint?: string; onKey?: boolean }): Diagnostic;
};

/** Reads strict JSON; syntax errors and duplicate keys (which JSON.parse would swallow) become problems with their place. */
export function readJson(file: string, text: string): JsonSource {
  const at = placeIn(file, text);
  const errors: ParseError[] = [];
  const tooDeep = placeTooDeep(text);
  const root =
    tooDeep === undefined ? parseTree(text, errors, { disallowComments: true, allowTrailingComma: false }) : undefined;
  return {
    file,
    value: root ? getNodeValue(root) : undefined,
    problems: [
      ...(tooDeep === undefined
        ? []
        : [at(tooDeep, 'json-syntax', 'this is nested too deep', 'Make several sequences of it.')]),
      ...(text.trim() === ''
        ? [at(0, 'json-syntax', 'the file is empty', 'Write a JSON object in it.')]
        : syntaxProblems(errors, at)),
      ...(root ? keyProblems(keysOfObjects(root), at) : []),
    ],
    problem: (path, { code, message, hint, onKey }) =>
      at(root ? offsetOf(root, path, onKey ?? false) : 0, code, message, hint),
  };
}

type At = (offset: number, code: string, message: string, hint?: string) => Diagnostic;

function placeIn(file: string, text: string): At {
  const lineStarts = startsOfLines(text);
  return (offset, code, message, hint = '') => {
    const line = lineStarts.findLastIndex((start) => start <= offset);
    const column = offset - (lineStarts[line] ?? 0) + 1;
    return { file, line: line + 1, column, code, message, hint, severity: 'error' };
  };
}

function syntaxProblems(errors: readonly ParseError[], at: At): readonly Diagnostic[] {
  return errors.map((e) =>
    at(e.offset, 'json-syntax', `not valid JSON: ${inWords(e)}`, 'Look at this place and just before it.'),
  );
}

function keyProblems(objects: readonly (readonly Node[])[], at: At): readonly Diagnostic[] {
  return objects.flatMap((keys) =>
    keys.flatMap(({ value, offset }, i) => {
      const name = String(value);
      // JavaScript would take it for something else than a key, and no schema would ever see it.
      if (name === '__proto__') return [at(offset, 'unknown-key', 'unknown key "__proto__"', 'Remove it.')];
      if (keys.findIndex((key) => key.value === value) === i) return [];
      return [
        at(offset, 'duplicate-key', `the key ${quoted(name)} stands twice in this object`, 'Remove one of them.'),
      ];
    }),
  );
}

/** No sequence is nested like this, and reading it would exhaust the stack. */
const deepest = 100;

function placeTooDeep(text: string): number | undefined {
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (part === '[' || part === '{') depth += 1;
    if (part === ']' || part === '}') depth -= 1;
    if (depth > deepest) return index;
  }
  return undefined;
}

/** One fault that a schema found, at the innermost place it is about. */
type Fault = { readonly issue: z.core.$ZodIssue; readonly path: JsonPath };

/** Turns what a zod schema found wrong into problems at the place in the file. */
export function schemaProblems(source: JsonSource, error: z.ZodError): readonly Diagnostic[] {
  return faultsIn(source.value, error.issues).flatMap((fault) => problemsOf(fault, source));
}

/** The places that a schema found wrong. */
export function faultyPaths(value: unknown, error: z.ZodError): readonly JsonPath[] {
  return faultsIn(value, error.issues).flatMap(({ issue, path }) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [path],
  );
}

function faultsIn(value: unknown, issues: readonly z.core.$ZodIssue[], above: JsonPath = []): readonly Fault[] {
  return issues.flatMap((issue) => {
    const path = [...above, ...issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))];
    const here = valueAt(value, path);
    // A union with a message of its own has found that the value is none of its alternatives.
    const isOpen = issue.code === 'invalid_union' && issue.message === 'Invalid input' && here !== undefined;
    return isOpen ? faultsIn(value, nearestBranch(issue.errors, here), path) : [{ issue, path }];
  });
}

function problemsOf({ issue, path }: Fault, source: JsonSource): readonly Diagnostic[] {
  const { message, hint } = inWordsAndMend(issue);
  if (issue.code === 'unrecognized_keys') {
    const [, ...hints] = issue.message.split('\n');
    return issue.keys.map((key, i) =>
      source.problem([...path, key], {
        code: 'unknown-key',
        message: `unknown key ${quoted(key)}`,
        hint: hints[i] ?? '',
        onKey: true,
      }),
    );
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) =>
      source.problem(path, { code: 'wrong-key', ...inWordsAndMend(inner), onKey: true }),
    );
  if (valueAt(source.value, path) === undefined)
    return [
      source.problem(path, {
        code: 'missing-key',
        message: `the key ${quoted(String(path.at(-1)))} is missing`,
        hint: hint || 'Add it.',
      }),
    ];
  const code =
    issue.code === 'custom' && typeof issue.params?.['code'] === 'string' ? issue.params['code'] : 'wrong-value';
  return [source.problem(path, { code, message, hint, onKey: code === 'unknown-key' })];
}

function inWordsAndMend({ message }: z.core.$ZodIssue): { message: string; hint: string } {
  const [words = '', mend = ''] = message.split('\n');
  return { message: words, hint: mend };
}

/**
 * Of the alternatives a value could have been, the one its author most likely meant: a missing key that names the kind
 * of a step weighs more than an unknown one, and both more than a wrong value further in.
 */
function nearestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  value: unknown,
): readonly z.core.$ZodIssue[] {
  const cost = (issue: z.core.$ZodIssue): number => {
    if (issue.code === 'unrecognized_keys') return unknownKeysCost(issue.message);
    if (issue.path.length === 0)
      return ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code) ? 20 : 1;
    return issue.path.length === 1 && valueAt(value, issue.path) === undefined ? 10 : 1;
  };
  const sum = (issues: readonly z.core.$ZodIssue[]): number => issues.reduce((total, issue) => total + cost(issue), 0);
  return branches.toSorted((a, b) => sum(a) - sum(b))[0] ?? [];
}

/** A key that is a slip away from a known one counts less than one of quite another kind of value. */
function unknownKeysCost(message: string): number {
  const [, ...mends] = message.split('\n');
  return mends.reduce((total, mend) => total + (mend.startsWith('Did you mean') ? 2 : 3), 0);
}

/** The value under a path; undefined where there is none. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const entry = typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key) : undefined;
  return valueAt(entry?.value, rest);
}

function startsOfLines(text: string): readonly number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

/** Where the value under `path` begins; a missing one is placed at the nearest parent that exists. */
function offsetOf(root: Node, path: JsonPath, onKey: boolean): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length));
    const key = node?.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
    if (node) return onKey && key && length === path.length ? key.offset : node.offset;
  }
  return root.offset;
}

/** The keys of each object in the file, this one first. */
function keysOfObjects(node: Node): readonly (readonly Node[])[] {
  const children = node.children ?? [];
  const own = node.type === 'object' ? [children.flatMap((property) => property.children?.[0] ?? [])] : [];
  return [...own, ...children.flatMap(keysOfObjects)];
}

function inWords(error: ParseError): string {
  return printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
}
