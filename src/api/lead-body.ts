import * as z from 'zod';
import type { EventValue } from '../event/lead-event.js';
import { readDate } from '../journey/lead-date.js';
import { parseAddress } from '../message/address.js';
import { isTimeZone } from '../sequence/duration.js';
import { hasControlCharacters, isObject } from '../schema.js';
import type { FieldType } from '../sequence/lead-file.js';
import type { LeadInput } from '../journey/lead-input.js';

/** Text on one line. */
export const plain = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !hasControlCharacters(text), { error: 'has a control character or a line break in it' });

/** Field names become parts of database paths and merge fields; a leading "$" or a dot would be read as something else. */
const fieldName = /^[A-Za-z][\w-]{0,59}$/;
const wrongName = 'a field name begins with a letter and has letters, digits, "_" and "-" only';
const Value = z.union([plain(1000), z.number(), z.boolean(), z.array(plain(1000)).max(100).readonly()], {
  error: 'this must be text on one line of up to 1000 characters, a number, true, false or a list of such texts',
});

/** Values by name. A key "__proto__", which zod passes over in silence, is refused like any other wrong name. */
const named = <T extends z.ZodType>(value: T) =>
  z
    .unknown()
    .superRefine((values, context) => {
      if (isObject(values) && Object.hasOwn(values, '__proto__'))
        context.addIssue({ code: 'custom', path: ['__proto__'], message: wrongName });
    })
    .pipe(
      z.record(z.string().regex(fieldName), value, {
        error: ({ code }) => (code === 'invalid_key' ? wrongName : 'this must be an object of names and values'),
      }),
    );
export const NamedValues = named(Value);

/** An instant as JSON writes it, or a Date of ours. `z.coerce.date()` would take null for 1970, and lists for dates too. */
export const Instant = z.union([z.date(), z.iso.datetime({ offset: true }).transform((text) => new Date(text))], {
  error: 'an instant looks like "2026-03-02T09:00:00Z"',
});

const Email = z.string().transform((text, context) => {
  const result = parseAddress(text);
  if (result.ok) return result.value;
  context.addIssue({ code: 'custom', message: result.problem });
  return z.NEVER;
});

const statuses = z.enum(['granted', 'pending', 'denied']);
/** A purpose becomes part of a database path. */
const purpose = z.string().regex(/^[a-z0-9][\w-]{0,59}$/i, {
  error: 'a purpose begins with a letter or digit and has letters, digits, "_" and "-" only',
});

/** Whether the lead may be mailed at all, and what it said of single purposes; those that are left out stay as they are. */
const Consent = z
  .strictObject({
    status: statuses,
    source: plain(200),
    at: Instant,
    purposes: z
      .record(purpose, statuses, {
        error: ({ code }) =>
          code === 'invalid_key' ? undefined : 'this must be an object such as {"newsletter": "granted"}',
      })
      .optional(),
  })
  .transform(({ purposes, ...overall }) => {
    const each = Object.entries(purposes ?? {}).map(([name, status]) => [name, { status, at: overall.at }] as const);
    return { ...overall, ...(purposes ? { purposes: Object.fromEntries(each) } : {}) };
  });

/** What is told of a lead. Null takes a field away. */
const Told = z.strictObject({
  email: Email,
  firstName: plain(200).nullable().optional(),
  lastName: plain(200).nullable().optional(),
  timezone: z
    .string()
    .refine(isTimeZone, { error: 'there is no such time zone; IANA names look like "Europe/Paris"' })
    .nullable()
    .optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/i, { error: 'a locale looks like "en" or "pt-BR"' })
    .nullable()
    .optional(),
  attributes: named(Value.nullable()).optional(),
  tags: z.array(plain(60).min(1)).max(100).optional(),
  consent: Consent.optional(),
});

/** A lead as a form, a file or the API tells of it. Left out means left as it is; consent left out on a new lead is vouched for by the caller. */
export const LeadBody = Told.transform(toInput);

/** The same where fields are declared: what is told of one of them has its type. Any others may be told of too. */
export function leadBodyFor(fields: ReadonlyMap<string, FieldType> | undefined): z.ZodType<LeadInput> {
  if (!fields) return LeadBody;
  return Told.superRefine(({ attributes = {} }, context) => {
    for (const [name, value] of Object.entries(attributes)) {
      const type = fields.get(name);
      if (value === null || type === undefined || isOf[type](value)) continue;
      context.addIssue({
        code: 'custom',
        path: ['attributes', name],
        message: `${name} is ${takes[type]}, as lead.json says`,
      });
    }
  }).transform(toInput);
}

const isOf: Readonly<Record<FieldType, (value: EventValue) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  'yes/no': (value) => typeof value === 'boolean',
  date: (value) => readDate(value, 'UTC') !== undefined,
  list: (value) => Array.isArray(value),
};
const takes: Readonly<Record<FieldType, string>> = {
  text: 'a text in quotes',
  number: 'a number without quotes',
  'yes/no': 'true or false',
  date: 'a date such as "2026-11-30" or "2026-11-30T09:00:00Z"',
  list: 'a list of texts',
};

function toInput({
  email,
  firstName,
  lastName,
  timezone,
  locale,
  attributes,
  ...rest
}: z.output<typeof Told>): LeadInput {
  const own = { firstName, lastName, timezone, locale };
  const removed = Object.entries({ ...attributes, ...own }).flatMap(([name, value]) => (value === null ? [name] : []));
  return {
    email: email.address,
    emailKey: email.key,
    ...withoutNull(own),
    ...(attributes ? { attributes: withoutNull(attributes) } : {}),
    ...rest,
    ...(removed.length > 0 ? { removed } : {}),
  };
}

function withoutNull<T>(values: Readonly<Record<string, T | null | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]): [string, T][] =>
      value === null || value === undefined ? [] : [[name, value]],
    ),
  );
}
