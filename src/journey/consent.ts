import type { LeadEvent } from '../event/lead-event.js';
import type { Consent, ConsentStatus, PurposeConsent, Suppression } from './facts.js';

/** What changes of a consent: whether the lead may be mailed at all, and what it says of some purposes. */
export type ConsentChange = {
  readonly overall?: Pick<Consent, 'status' | 'source' | 'at'>;
  readonly purposes: Readonly<Record<string, PurposeConsent>>;
};

/**
 * The consent after a change. What stands so already stays, with the day since when; what was said later is not undone by
 * what is looked at late.
 */
export function withConsent(consent: Consent, { overall, purposes }: ConsentChange): Consent {
  const standing = consent.purposes ?? {};
  const changed = Object.entries(purposes).filter(([purpose, next]) => isNews(next, ofPurpose(consent, purpose)));
  return {
    ...consent,
    ...(overall && isNews(overall, consent) ? overall : {}),
    ...(changed.length > 0 ? { purposes: { ...standing, ...Object.fromEntries(changed) } } : {}),
  };
}

type Said = { readonly status: ConsentStatus; readonly at: Date };

function isNews(next: Said, standing: Said | undefined): boolean {
  return !standing || (next.status !== standing.status && next.at >= standing.at);
}

/** What a lead said of one purpose; undefined where nobody asked. */
export function ofPurpose({ purposes = {} }: Pick<Consent, 'purposes'>, purpose: string): PurposeConsent | undefined {
  return Object.hasOwn(purposes, purpose) ? purposes[purpose] : undefined;
}

/** What an event about one purpose says of it. About none, it tells of what stands in the lead already. */
export function consentChanges({ type, about, at, data = {} }: LeadEvent) {
  if (about === undefined) return [];
  const { form, version } = data;
  const proof = typeof form === 'string' && typeof version === 'string' ? { form, version } : {};
  const status = type === 'consent.granted' ? 'granted' : 'denied';
  return [{ kind: 'consent', purposes: { [about]: { status, at, ...proof } } } as const];
}

/** Why a lead may get no mail for a purpose; undefined when it may, or when the mail is for none. */
export function whyNotFor(purpose: string | undefined, consent: Consent): string | undefined {
  if (purpose === undefined) return undefined;
  const status = ofPurpose(consent, purpose)?.status;
  if (status === 'granted') return undefined;
  return status === 'denied' ? withdrawnFor(purpose) : `consent to ${purpose} is ${status ?? 'not given'}`;
}

/** Why a run ends whose purpose the lead withdraws. */
export function withdrawnFor(purpose: string): string {
  return `consent to ${purpose} is denied`;
}

/** Whether an address may be asked for its consent: nobody is at a dead mailbox, and whoever complained was heard; who left may have come back. */
export function mayAsk(suppression: Suppression | undefined): boolean {
  return suppression === undefined || suppression === 'unsubscribed';
}
