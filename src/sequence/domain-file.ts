import type * as z from 'zod';
import { quoted } from '../diagnostic.js';
import { parseAddress } from '../message/address.js';
import { text } from '../schema.js';

/** A domain as recipients' addresses have it, an A-label in lower case; undefined for what is none. */
export function domainOf(written: string): string | undefined {
  const result = parseAddress(`any@${written}`);
  return result.ok ? result.value.key.slice('any@'.length) : undefined;
}

const noDomain = { error: 'this is not a domain\nWrite for example "gmail.com".', abort: true };
export const Domain = text('a domain', 250).refine((written) => domainOf(written) !== undefined, noDomain);
export const DomainOrAny = text('a domain', 250).refine(
  (written) => written === '*' || domainOf(written) !== undefined,
  {
    ...noDomain,
    error: 'this is not a domain\nWrite for example "gmail.com", or "*" for all others.',
  },
);

/** Refuses a domain that stands twice, each time in another spelling. */
export function onceEach(byDomain: Readonly<Record<string, unknown>>, context: z.core.$RefinementCtx): void {
  const written = Object.keys(byDomain);
  for (const [i, key] of written.entries()) {
    const first = written.slice(0, i).find((other) => domainOf(other) === domainOf(key) && domainOf(key));
    if (first === undefined) continue;
    const message = `${quoted(key)} is the same domain as ${quoted(first)}\nRemove one of them.`;
    context.addIssue({ code: 'custom', path: [key], params: { code: 'duplicate-name' }, message });
  }
}
