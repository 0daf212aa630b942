import { mayAsk, ofPurpose } from '../journey/consent.js';
import type { Consent, Suppression } from '../journey/facts.js';

/** What a form that was filled in may do: change fields, count as submitted, grant what was agreed to. */
export type Part = 'fields' | 'form' | 'consent';

/** Which parts take effect now, and which once the address's own person has pressed a button in a mail. */
export type Ruling = {
  readonly now: readonly Part[];
  readonly confirmed: readonly Part[];
  /** Whether that mail may go. */
  readonly mail: boolean;
};

/** What of a form and of its filling in decides. */
export type Asking = {
  readonly doubleOptIn: boolean;
  /** What it gives is for those alone who agree to something. */
  readonly isGated: boolean;
  /** Purposes whose box was ticked. */
  readonly agreed: readonly string[];
};

/** What is known of an address: the consent of the lead who has it, if any does, and what speaks against it. */
export type Standing = {
  readonly consent?: Consent | undefined;
  readonly suppression?: Suppression | undefined;
};

const everything: readonly Part[] = ['fields', 'form', 'consent'];

/**
 * What becomes of a form that was filled in. Anybody can write anybody's address into a form: with `doubleOptIn` nothing of
 * a lead whom we know is changed by it, and whoever has once said no comes back by a confirmed yes alone, whatever the form.
 */
export function ruleOn({ doubleOptIn, isGated, agreed }: Asking, standing: Standing): Ruling {
  const isNew = standing.consent === undefined;
  const mail = mayAsk(standing.suppression);
  if (agreed.length === 0)
    return { now: isNew || !doubleOptIn ? ['fields', 'form'] : ['form'], confirmed: [], mail: false };
  if (!doubleOptIn) {
    if (hasSaidNo(agreed, standing)) return { now: ['fields', 'form'], confirmed: ['consent'], mail };
    return { now: everything, confirmed: [], mail: false };
  }
  // Only their mail tells whoever has agreed to it all before where to get what others get after confirming.
  if (isGranted(agreed, standing) && !isGated) return { now: ['form'], confirmed: [], mail: false };
  return { now: [], confirmed: everything, mail };
}

/** Whether a lead gets mails, and has agreed to all of these purposes. */
function isGranted(agreed: readonly string[], { consent, suppression }: Standing): boolean {
  return (
    consent?.status === 'granted' &&
    suppression === undefined &&
    agreed.every((purpose) => ofPurpose(consent, purpose)?.status === 'granted')
  );
}

/** Whether somebody has left, or has withdrawn one of these purposes. */
function hasSaidNo(agreed: readonly string[], { consent, suppression }: Standing): boolean {
  return (
    suppression === 'unsubscribed' ||
    consent?.status === 'denied' ||
    agreed.some((purpose) => ofPurpose(consent ?? {}, purpose)?.status === 'denied')
  );
}

/**
 * Purposes that stay withdrawn when somebody who had left agrees to others: what was agreed to before the no is not agreed
 * to any more.
 */
export function withdrawnWith(agreed: readonly string[], { consent, suppression }: Standing): readonly string[] {
  if (suppression === undefined && consent?.status !== 'denied') return [];
  return Object.entries(consent?.purposes ?? {}).flatMap(([purpose, { status }]) =>
    status === 'granted' && !agreed.includes(purpose) ? purpose : [],
  );
}
