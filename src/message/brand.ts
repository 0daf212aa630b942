import * as z from 'zod';
import { schemaKey, strict, text } from '../schema.js';

/** `templates/brand.json`: who sends. A postal address is required by law in every marketing mail (CAN-SPAM, CASL). */
export const Brand = strict({
  $schema: schemaKey('../sequences/schema/brand.schema.json'),
  name: text('the name', 100).meta({ description: 'Who sends; {{brand.name}} in mails.', examples: ['Tallybay'] }),
  website: z
    .url({
      protocol: /^https?$/,
      error: 'this is not the address of a website\nWrite for example "https://example.com".',
    })
    .meta({ description: 'Where the logo leads; {{brand.website}} in mails.', examples: ['https://example.com'] }),
  postalAddress: text('the postal address', 300)
    .min(10, { error: 'the postal address is too short\nThe law asks for a full one in every marketing mail.' })
    .meta({
      description: 'Stands at the foot of every mail, as the law asks.',
      examples: ['Tallybay, Inc., 2100 Harbor Row, Suite 4, Toledo, OH 43600, USA'],
    }),
  logo: text('the logo', 500).meta({
    description: 'A picture under templates/, or the address of one.',
    examples: ['assets/logo.png', 'https://example.com/logo.png'],
  }),
  logoAlt: z.string({ error: 'logoAlt must be text in quotes' }).meta({
    description: 'What is read where pictures are off; may be empty.',
    examples: ['Tallybay'],
  }),
  language: text('the language', 35)
    .refine(isLanguage, { error: 'this is not a language\nWrite for example "en-GB", "fr" or "pt-BR".' })
    .default('en-GB')
    .meta({ description: 'In which mails put dates into words; "en-GB" unless said.', examples: ['en-GB', 'fr'] }),
});

function isLanguage(written: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(written).length > 0;
  } catch {
    return false;
  }
}

export type Brand = z.output<typeof Brand>;
