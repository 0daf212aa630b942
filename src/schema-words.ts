import type * as z from 'zod';

type Issue = z.core.$ZodRawIssue;

/**
 * What is wrong with a value, for people who know no schemas: "this must be text". Undefined where only the schema itself can
 * tell, as of a value that is none of several kinds.
 */
export function inPlainWords(issue: Issue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'this is missing' : `this must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return bounds(issue.origin, Number(issue.minimum), issue.inclusive === false ? 'more than' : 'at least');
    case 'too_big':
      return bounds(issue.origin, Number(issue.maximum), issue.inclusive === false ? 'less than' : 'at most');
    case 'invalid_value':
      return issue.input === undefined ? 'this is missing' : `this must be ${wordsOf(issue.values)}`;
    case 'invalid_format':
      return formats[issue.format];
    case 'not_multiple_of':
      return `this must be a multiple of ${issue.divisor}`;
    case 'invalid_union':
      // Kinds that are told apart by one of their keys.
      return 'options' in issue && Array.isArray(issue.options) ? `this must be ${wordsOf(issue.options)}` : undefined;
    case 'custom':
    case 'invalid_element':
    case 'invalid_key':
    case 'unrecognized_keys':
      return undefined;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
};

const formats: Readonly<Record<string, string>> = {
  email: 'this is no e-mail address',
  url: 'this is no web address',
  datetime: 'this must be a date and a time, for example 2026-03-02T09:00:00Z',
  date: 'this must be a date, for example 2026-03-02',
};

function bounds(origin: string, bound: number, how: string): string {
  if (how === 'at least' && bound === 1 && origin === 'string') return 'this must not be empty';
  if (origin === 'string') return `this must have ${how} ${bound} characters`;
  if (origin === 'array' || origin === 'set') return `this must hold ${how} ${bound}`;
  return `this must be ${how} ${bound}`;
}

function wordsOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of: ${values.map(String).join(', ')}`;
}
