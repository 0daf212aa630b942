import type { Who } from '../access/who.js';
import { zoneOf } from '../journey/facts.js';
import { mergeFields } from '../journey/merge-fields.js';
import { addressKey } from '../message/address.js';
import type { ForWhom } from '../shown/copy.js';
import { found } from './problem.js';
import type { Services } from './services.js';
import { assertMay } from './who.js';

/**
 * Whose values a mail is shown with: a lead by its id or address, "empty" for one of whom nothing is known, somebody made up
 * unless said. A mail is full of what is known of its reader, so it takes the right to see leads.
 */
export async function readerOf(
  lead: string | undefined,
  who: Who,
  { store: { leads }, project, defaultTimeZone }: Services,
): Promise<ForWhom> {
  if (lead === undefined) return 'made up';
  if (lead === 'empty') return 'empty';
  assertMay(who, 'leads:read', 'To show a mail as one of your leads, and not as somebody made up,');
  const known = found(await (lead.includes('@') ? leads.byEmail(addressKey(lead)) : leads.byId(lead)), 'lead');
  const { brand, fields } = project();
  const wording = { fields, language: brand.language, timeZone: zoneOf(known, defaultTimeZone) };
  const name = [known.firstName, known.lastName].filter(Boolean).join(' ');
  return { email: known.email, name, fields: mergeFields(known, wording), origin: 'one of your leads' };
}
