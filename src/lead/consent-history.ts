import type { LeadEvent } from '../event/lead-event.js';
import type { Consent, Lead, PurposeConsent, Suppression } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import { present } from '../store/rows.js';
import type { KeptSubmission } from '../store/submissions.js';

/** What a lead did about its consent, once. */
export type ConsentTurn = {
  readonly at: Date;
  /** `agreed`: at once, by the form alone; `confirmed`: what had been asked, by a press in a mail. */
  readonly what: 'asked' | 'agreed' | 'confirmed' | 'granted' | 'withdrawn' | 'unsubscribed' | 'resubscribed';
  /** Left out where it was about all mails. */
  readonly purpose?: string;
  readonly form?: string;
  /** Of the words that were shown. */
  readonly version?: string;
  readonly text?: string;
  /** Who told it, where it was no form: a mail, the API. */
  readonly source?: string;
  readonly network?: string;
  readonly userAgent?: string;
  readonly page?: string;
  readonly why?: string;
};

/** How a lead's consent stands, and all that came of it so far, the oldest first. What is newer never takes the place of what is older. */
export type ConsentHistory = {
  readonly lead: string;
  readonly email: string;
  readonly consent: Consent;
  readonly suppression?: Suppression;
  readonly history: readonly ConsentTurn[];
};

const told = ['consent.granted', 'consent.withdrawn', 'unsubscribed', 'resubscribed'];

/** Reads all that proves what a lead agreed to, and what it took back. */
export async function readConsentHistory(lead: Lead, store: Store): Promise<ConsentHistory> {
  const [submissions, byLead, suppression] = await Promise.all([
    store.submissions.ofLead(lead.id),
    store.events.ofLeads([lead.id], told),
    store.suppressions.of(addressKey(lead.email)),
  ]);
  const versions = submissions.flatMap(({ agreed }) => agreed.map(({ version }) => version));
  const texts = await store.consentTexts.byVersions([...new Set(versions)]);
  const turns = [
    ...submissions.flatMap((one) => turnsOf(one, texts)),
    // What forms grant stands there with its proof.
    ...(byLead.get(lead.id) ?? [])
      .filter(({ type, source }) => type !== 'consent.granted' || source !== 'form')
      .map(turnOf),
  ];
  return {
    lead: lead.id,
    email: lead.email,
    consent: lead.consent,
    ...(suppression ? { suppression } : {}),
    history: turns.toSorted((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

function turnsOf(kept: KeptSubmission, texts: ReadonlyMap<string, string>): readonly ConsentTurn[] {
  const { form, at, agreed, now, confirmation, network, userAgent, page } = kept;
  const words = agreed.map(({ purpose, version }) => ({
    purpose,
    form,
    version,
    ...present({ text: texts.get(version) }),
  }));
  const what = now.includes('consent') ? 'agreed' : 'asked';
  const first = words.map((one): ConsentTurn => ({ at, what, ...one, ...present({ network, userAgent, page }) }));
  if (!confirmation) return first;
  const { at: confirmedAt, withdraws, lifts: _, ...from } = confirmation;
  const why = `had left before, and agreed to ${agreed.map(({ purpose }) => purpose).join(', ')} alone`;
  return [
    ...first,
    ...withdraws.map((purpose): ConsentTurn => ({ at: confirmedAt, what: 'withdrawn', purpose, form, why })),
    ...words.map((one): ConsentTurn => ({ at: confirmedAt, what: 'confirmed', ...one, ...from })),
  ];
}

const turns: Readonly<Record<string, ConsentTurn['what']>> = {
  'consent.granted': 'granted',
  'consent.withdrawn': 'withdrawn',
  unsubscribed: 'unsubscribed',
};

function turnOf({ type, about, at, source, why }: LeadEvent): ConsentTurn {
  const what = turns[type] ?? 'resubscribed';
  const isOfPurpose = type.startsWith('consent.') && about !== undefined;
  return { at, what, source, ...(isOfPurpose ? { purpose: about } : {}), ...(why ? { why } : {}) };
}

/** What a lead says of each purpose that it was ever asked about, in the order of their names. */
export function purposesIn({ purposes = {} }: Consent): readonly (PurposeConsent & { readonly purpose: string })[] {
  return Object.entries(purposes)
    .map(([purpose, said]) => ({ purpose, ...said }))
    .toSorted((a, b) => (a.purpose < b.purpose ? -1 : 1));
}
