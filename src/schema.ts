import * as z from 'zod';
import { didYouMean, quoted } from './diagnostic.js';
import { inPlainWords } from './schema-words.js';

// What schemas say of themselves goes before it; it stands for what zod would say to programmers.
z.config({ customError: inPlainWords });

/**
 * An object that takes no other keys and, on a wrong one, says which was meant. The text after a line break is the mend;
 * `unrecognized_keys` carries one mend a key, in order. What is said of a missing value is its mend only: that it is
 * missing, `schemaProblems` says.
 */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape).filter((key) => key !== '$schema');
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'unrecognized_keys') {
        return ['unknown key', ...issue.keys.map((key) => didYouMean(key, known))].join('\n');
      }
      return `this must be an object\nWrite an object with: ${known.join(', ')}.`;
    },
  });
}

/** Text of 1 to `max` characters on one line. Of several faults it tells the first. */
export function text(what: string, max = 200) {
  return z
    .string({ error: `${what} must be text in quotes` })
    .regex(/\S/, { error: `${what} is empty`, abort: true })
    .max(max, { error: `${what} is longer than ${max} characters`, abort: true })
    .refine((value) => !hasControlCharacters(value), {
      error: `${what} has a control character or a line break in it\nRemove it.`,
      abort: true,
    });
}

/** A number, with the message a marketer understands. */
export function number(what: string, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  const range = { error: `${what} must be from ${min} to ${max}` };
  return z
    .number({ error: `${what} must be a number without quotes` })
    .min(min, range)
    .max(max, range);
}

export function yesOrNo(what: string) {
  return z.boolean({ error: `${what} must be true or false, without quotes` });
}

/** One of a few words. */
export function oneOf<const Word extends string>(what: string, words: readonly Word[]) {
  return z.enum(words, {
    error: ({ input }) =>
      typeof input === 'string'
        ? `${what} cannot be ${quoted(input)}\n${didYouMean(input, words)}`
        : `${what} must be text in quotes\nUse one of: ${words.join(', ')}.`,
  });
}

const plain = [z.string().max(1000), z.number(), z.boolean()] as const;

/** One plain value. */
export const Scalar = z.union(plain, {
  error: 'this must be text of up to 1000 characters, a number, true or false',
});

/** What a field of a lead may hold. */
export const Value = z.union([...plain, z.array(z.string().max(1000)).max(100).readonly()], {
  error: 'this must be text of up to 1000 characters, a number, true, false or a list of texts',
});

/** A list of at least one. */
export function list<T extends z.ZodType>(what: string, item: T) {
  return z
    .array(item, { error: `${what} must be a list\nWrite it in square brackets.` })
    .min(1, { error: `${what} is an empty list\nName at least one.` });
}

/** One value or a list of at least one. */
export function oneOrMore<T extends z.ZodType>(item: T) {
  return z.union([item.transform((value): readonly z.output<T>[] => [value]), list('this', item)]);
}

/** One value or a list, which may be empty where that says something: that there is to be none. */
export function noneOrMore<T extends z.ZodType>(item: T) {
  return z.union([
    item.transform((value): readonly z.output<T>[] => [value]),
    z.array(item, { error: 'this must be a list\nWrite it in square brackets.' }),
  ]);
}

/** Refuses a list in which two items bear the same name. */
export function distinct<T>(what: string, nameOf: (item: T) => string | undefined) {
  return (items: readonly T[], context: z.core.$RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [i, item] of items.entries()) {
      const name = nameOf(item);
      const params = { code: 'duplicate-name' };
      const message = `two ${what} are called ${quoted(name ?? '')}\nGive one of them another name.`;
      if (name !== undefined && seen.has(name)) context.addIssue({ code: 'custom', path: [i], params, message });
      if (name !== undefined) seen.add(name);
    }
  };
}

/** For a rule over a whole object, which would mislead where one of its keys is wrong already. */
export const onlyIfSound = { when: ({ issues }: z.core.ParsePayload): boolean => issues.length === 0 };

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Control characters and direction overrides have no place in names, subjects or addresses (mail-standards, CVE-2021-42574). */
export function hasControlCharacters(value: string): boolean {
  return /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(value);
}

/** The key by which a file tells editors where its schema is. */
export function schemaKey(example: string) {
  return text('$schema', 500)
    .optional()
    .meta({ description: 'Where editors find what may stand here.', examples: [example] });
}

/** A key of a file or step: short, lower case, safe in addresses and file names. */
export function slug(what: string) {
  return text(what, 60).regex(/^[a-z0-9][a-z0-9._-]*$/i, {
    error: `${what} may have letters, digits, ".", "-" and "_" only`,
  });
}
