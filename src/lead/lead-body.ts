import * as z from 'zod';
import { parseAddress } from '../message/address.js';
import { isTimeZone } from '../sequence/duration.js';
import { hasControlCharacters } from '../schema.js';
import type { LeadInput } from '../store/leads.js';

const plain = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => !hasControlCharacters(text), { error: 'has a control character or a line break in it' });

/** Field names become parts of database paths and merge fields; a leading "$" or a dot would be read as something else. */
const FieldName = z.string().regex(/^[A-Za-z][\w-]{0,59}$/, {
  error: 'a field name begins with a letter and has letters, digits, "_" and "-" only',
});
export const AttributeValue = z.union([plain(1000), z.number(), z.boolean()]);

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
    attributes: z.record(FieldName, AttributeValue).optional(),
    tags: z.array(plain(60).min(1)).max(100).optional(),
    consent: z
      .strictObject({ status: z.enum(['granted', 'pending', 'denied']), source: plain(200), at: z.coerce.date() })
      .optional(),
  })
  .transform(({ email, ...rest }): LeadInput => ({ email: email.address, emailKey: email.key, ...rest }));
