import * as z from 'zod';
import { oneOf, strict, text } from '../schema.js';

const fieldTypes = ['text', 'number', 'yes/no'] as const;
export type FieldType = (typeof fieldTypes)[number];

/** `sequences/lead.json`: the fields of a lead beyond the built-in ones, so that a misspelt one is found before it matters. */
export const LeadFile = strict({
  $schema: text('$schema', 500).optional(),
  fields: z.record(
    z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'a field name has letters, digits, "_" and "-" only' }),
    strict({ type: oneOf('type', fieldTypes), description: text('the description', 300).optional() }),
    { error: 'this must be an object\nWrite { "<field>": { "type": "text" } }.' },
  ),
});

/** What every lead may have, without being declared. */
export const builtInFields: Readonly<Record<string, FieldType>> = {
  email: 'text',
  firstName: 'text',
  lastName: 'text',
  timezone: 'text',
  locale: 'text',
};
