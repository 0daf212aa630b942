import type { Facts, Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import { factsOf } from '../store/engine-store.js';
import { preferencesView } from './preferences-view.js';
import type { Services } from './services.js';

/** Leads of a list with their score and whether they may be mailed, all asked for at once. */
export async function factsOfLeads(
  leads: readonly Lead[],
  { store, engine, project, defaultTimeZone }: Services,
): Promise<readonly Facts[]> {
  const keyed = leads.map((lead) => ({ lead, key: addressKey(lead.email) }));
  const suppressions = await store.suppressions.ofMany(keyed.map(({ key }) => key));
  return keyed.map(({ lead, key }) => {
    const suppression = suppressions.get(key);
    return factsOf({ lead, ...(suppression ? { suppression } : {}) }, store, {
      now: engine.now,
      project,
      defaultTimeZone,
    });
  });
}

/** A lead as the API shows it. */
export function leadView({ lead, score, suppression }: Pick<Facts, 'lead' | 'score' | 'suppression'>) {
  const { id, email, firstName, lastName, timezone, locale, attributes, tags, stage, consent, preferences, createdAt } =
    lead;
  return {
    id,
    email,
    firstName,
    lastName,
    timezone,
    locale,
    timezoneGuess: lead.timezoneGuess,
    localeGuess: lead.localeGuess,
    attributes,
    tags,
    stage,
    consent,
    preferences: preferencesView(preferences),
    createdAt,
    score: score.total,
    grid: score.grid,
    thresholds: lead.thresholds ?? [],
    suppressed: suppression,
  };
}

/** What a lead is called on pages. */
export function displayName(lead: Pick<Lead, 'firstName' | 'lastName' | 'email'>): string {
  return [lead.firstName, lead.lastName].filter(Boolean).join(' ') || lead.email;
}
