import * as z from 'zod';
import { parseAddress, type SameAddress } from '../message/address.js';
import { list, oneOf, schemaKey, strict, text } from '../schema.js';

/** A domain as addresses have it: in A-labels and lower case. */
const MailDomain = z.string({ error: 'a domain must be text in quotes' }).transform((written, context) => {
  const address = parseAddress(`any@${written}`);
  if (address.ok) return address.value.key.slice('any@'.length);
  context.addIssue({ code: 'custom', message: 'this is not a domain\nWrite what stands behind the @: "gmail.com".' });
  return z.NEVER;
});

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
  sameAddress: strict({
    plus: z
      .union([z.boolean(), list('plus', MailDomain)], {
        error: 'plus must be true, false or a list of domains\nWrite for example true or ["gmail.com"].',
      })
      .optional()
      .meta({
        description: 'What stands behind a "+" says nothing: everywhere (true), or at these domains.',
        examples: [true, ['gmail.com']],
      }),
    dots: list('dots', MailDomain)
      .optional()
      .meta({
        description: 'Domains at which dots in the name say nothing.',
        examples: [['gmail.com', 'googlemail.com']],
      }),
  })
    .optional()
    .meta({
      description: 'Which addresses are one person, beside upper and lower case. Mail goes to each as it was told.',
      examples: [{ plus: true, dots: ['gmail.com', 'googlemail.com'] }],
    }),
});

/** By what the project takes addresses for one person's. */
export function toSameAddress({ sameAddress }: z.output<typeof LeadFile>): SameAddress {
  return { plus: sameAddress?.plus ?? false, dots: sameAddress?.dots ?? [] };
}

/** What every lead may have, without being declared. */
export const builtInFields: Readonly<Record<string, FieldType>> = {
  email: 'text',
  firstName: 'text',
  lastName: 'text',
  timezone: 'text',
  locale: 'text',
  createdAt: 'date',
  addressKind: 'text',
};

/** Those of them that Rivulet tells by itself, and that nobody fills in or sets. */
export const derivedFields: readonly string[] = ['createdAt', 'addressKind'];
