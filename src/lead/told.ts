import { isDeepStrictEqual } from 'node:util';
import type { EventValue } from '../event/lead-event.js';
import type { Consent, Lead } from '../journey/facts.js';
import type { LeadInput } from '../journey/lead-input.js';
import { present } from '../store/rows.js';

/** A lead as it is made of what is told of it; of consent nothing being said, it has the one that `source` vouches for. */
export function newLead(input: LeadInput, id: string, source: string, at: Date): Lead {
  const { email, emailKey: _, ...rest } = input;
  const { attributes = {}, tags = [], consent = { status: 'granted', source, at }, removed: __, ...fields } = rest;
  return { id, email, ...present(fields), attributes, tags: [...new Set(tags)], consent, entries: [], createdAt: at };
}

/** A lead as it is after it was told of once more: what is left out stays as it is. */
export function withTold(lead: Lead, input: LeadInput): Lead {
  const { email: _, emailKey: __, ...told } = input;
  const { attributes = {}, tags = [], consent, removed = [], ...fields } = told;
  const { firstName, lastName, timezone, locale, ...rest } = lead;
  const left = (values: object): Record<string, EventValue> =>
    Object.fromEntries(Object.entries(values).filter(([name]) => !removed.includes(name)));
  return {
    ...rest,
    ...left(present({ firstName, lastName, timezone, locale })),
    ...present(fields),
    attributes: { ...left(lead.attributes), ...attributes },
    tags: [...new Set([...lead.tags, ...tags])],
    consent: withConsentTold(lead.consent, consent),
  };
}

/** What is said of single purposes stands beside what was said of others. */
function withConsentTold(had: Consent, told: Consent | undefined): Consent {
  const purposes = { ...had.purposes, ...told?.purposes };
  return { ...had, ...told, ...(Object.keys(purposes).length > 0 ? { purposes } : {}) };
}

/** Whether telling it changes anything. */
export function isNews(lead: Lead, input: LeadInput): boolean {
  return !isDeepStrictEqual(withTold(lead, input), lead);
}
