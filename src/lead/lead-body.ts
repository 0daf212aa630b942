import * as z from 'zod';
import { parseAddress } from '../message/address.js';
import { isTimeZone } from '../sequence/duration.js';
import { hasControlCharacters, isObject } from '../schema.js';
import type { LeadInput } from '../store/leads.js';

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
export const NamedValues = z
  .unknown()
  .superRefine((values, context) => {
    if (isObject(values) && Object.hasOwn(values, '__proto__'))
      context.addIssue({ code: 'custom', path: ['__proto__'], message: wrongName });
  })
  .pipe(
    z.record(z.string().regex(fieldName), Value, {
      error: ({ code }) => (code === 'invalid_key' ? wrongName : 'this must be an object of names and values'),
    }),
  );

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

/** A lead as a form, a file or the API tells of it. Left out means left as it is; consent left out on a new lead is vouched for by the caller. */
export const LeadBody = z
  .strictObject({
    email: Email,
    firstName: plain(200).optional(),
    lastName: plain(200).optional(),
    timezone: z
      .string()
      .refine(isTimeZone, { error: 'there is no such time zone; IANA names look like "Europe/Paris"' })
      .optional(),
    locale: z
      .string()
      .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/i, { error: 'a locale looks like "en" or "pt-BR"' })
      .optional(),
    attributes: NamedValues.optional(),
    tags: z.array(plain(60).min(1)).max(100).optional(),
    consent: z
      .strictObject({ status: z.enum(['granted', 'pending', 'denied']), source: plain(200), at: Instant })
      .optional(),
  })
  .transform(({ email, ...rest }): LeadInput => ({ email: email.address, emailKey: email.key, ...rest }));
