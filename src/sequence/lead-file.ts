import * as z from 'zod';
import { oneOf, schemaKey, strict, text } from '../schema.js';

const fieldTypes = ['text', 'number', 'yes/no', 'date', 'list'] as const;
export type FieldType = (typeof fieldTypes)[number];

/** `sequences/lead.json`: the fields of a lead beyond the built-in ones, so that a misspelt one is found before it matters. */
export const LeadFile = strict({
  $schema: schemaKey('./schema/lead.schema.json'),
  fields: z
    .record(
      z.string().regex(/^[A-Za-z][\w-]*$/, { error: 'a field name has letters, digits, "_" and "-" only' }),
      strict({
        type: oneOf('type', fieldTypes).meta({
          description: 'What it holds: "date" is "2026-11-30" or an ISO time, "list" is a list of texts.',
          examples: ['text'],
        }),
        description: text('the description', 300)
          .optional()
          .meta({ description: 'What it is for.', examples: ['As the lead wrote it, in any language.'] }),
      }),
      { error: 'this must be an object\nWrite { "<field>": { "type": "text" } }.' },
    )
    .meta({ description: 'Fields by name.', examples: [{ company: { type: 'text' } }] }),
});

/** What every lead may have, without being declared. */
export const builtInFields: Readonly<Record<string, FieldType>> = {
  email: 'text',
  firstName: 'text',
  lastName: 'text',
  timezone: 'text',
  locale: 'text',
  createdAt: 'date',
};
