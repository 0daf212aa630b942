import * as z from 'zod';
import { strict, text } from '../schema.js';

/** `templates/brand.json`: who sends. A postal address is required by law in every marketing mail (CAN-SPAM, CASL). */
export const Brand = strict({
  $schema: text('$schema', 500).optional(),
  name: text('the name', 100),
  website: z.url({
    protocol: /^https?$/,
    error: 'this is not the address of a website\nWrite for example "https://example.com".',
  }),
  postalAddress: text('the postal address', 300).min(10, {
    error: 'the postal address is too short\nThe law asks for a full one in every marketing mail.',
  }),
  /** A picture under `templates/`, or an address of one. */
  logo: text('the logo', 500),
  logoAlt: z.string({ error: 'logoAlt must be text in quotes' }),
});
export type Brand = z.output<typeof Brand>;
