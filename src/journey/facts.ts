import type { EventValue, LeadEvent } from '../event/lead-event.js';
import type { Score, ScoreEntry } from '../scoring/score.js';
import type { StepId } from '../sequence/program.js';

export type Consent = { readonly status: 'granted' | 'pending' | 'denied'; readonly source: string; readonly at: Date };

/** A person with an address and a history. */
export type Lead = {
  readonly id: string;
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** IANA name; undefined when nobody knows, and the default zone of the configuration stands in. */
  readonly timezone?: string;
  readonly locale?: string;
  readonly attributes: Readonly<Record<string, EventValue>>;
  readonly tags: readonly string[];
  readonly stage?: string;
  readonly consent: Consent;
  readonly entries: readonly ScoreEntry[];
  readonly createdAt: Date;
};

/** From the lightest: an unsubscribe can be taken back by the person, a dead mailbox or a complaint cannot. */
export const suppressions = ['unsubscribed', 'manual', 'hard-bounced', 'complained'] as const;
/** Why an address must never be mailed again. */
export type Suppression = (typeof suppressions)[number];

/** Of two reasons the one that stays, whichever came first: a dead mailbox must not come back because its person once unsubscribed. */
export function weightiest(a: Suppression | undefined, b: Suppression): Suppression {
  return a && suppressions.indexOf(a) > suppressions.indexOf(b) ? a : b;
}

export const mailStates = [
  'queued',
  'claimed',
  'sending',
  'accepted',
  'deferred',
  'rejected',
  'failed',
  'skipped',
  'uncertain',
] as const;
/** How far a message has come. `uncertain`: handed over, but nobody heard the answer. */
export type MailState = (typeof mailStates)[number];

/** What became of one mail of an enrollment. Opens and clicks are those of people, not of machines. */
export type MailFacts = {
  readonly state: MailState;
  readonly because?: string;
  /** When it came to its end: accepted, rejected, failed, skipped or uncertain. */
  readonly settledAt?: Date;
  readonly openedAt?: Date;
  readonly clickedAt?: Date;
  readonly clickedLinks?: readonly string[];
  readonly repliedAt?: Date;
  readonly bouncedAt?: Date;
};

/** Everything a decision may look at, as it stands at one instant. */
export type Facts = {
  readonly lead: Lead;
  /** The lead's zone, or the default one. */
  readonly timeZone: string;
  readonly score: Score;
  readonly suppression?: Suppression;
  /** Mails of the enrollment in question, by step. */
  readonly mails: ReadonlyMap<StepId, MailFacts>;
  /** The lead's events, oldest first; those that the project's conditions ask for. */
  readonly events: readonly LeadEvent[];
};

/** A lead's field by the name that files use: built in, or one of its attributes. */
export function fieldOf(lead: Lead, field: string): EventValue | undefined {
  switch (field) {
    case 'email':
      return lead.email;
    case 'firstName':
      return lead.firstName;
    case 'lastName':
      return lead.lastName;
    case 'timezone':
      return lead.timezone;
    case 'locale':
      return lead.locale;
    default:
      return Object.hasOwn(lead.attributes, field) ? lead.attributes[field] : undefined;
  }
}
