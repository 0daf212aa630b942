import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { addressKindOf } from '../message/address-kind.js';
import type { Score, ScoreEntry } from '../scoring/score.js';
import type { Calendar } from '../sequence/calendar-file.js';
import type { Delivery } from '../sequence/delivery-file.js';
import type { StepId } from '../sequence/program.js';
import type { Segments } from '../sequence/segments-file.js';
import type { Preferences } from './preferences.js';

export const consentStatuses = ['granted', 'pending', 'denied'] as const;
export type ConsentStatus = (typeof consentStatuses)[number];

/** What a lead agreed to, or not, for one purpose. `form` and `version` name the text that it was shown. */
export type PurposeConsent = {
  readonly status: ConsentStatus;
  readonly at: Date;
  readonly form?: string;
  readonly version?: string;
};

/** Whether a lead may be mailed at all, and what it said of each purpose that some form asked for. */
export type Consent = {
  readonly status: ConsentStatus;
  readonly source: string;
  readonly at: Date;
  readonly purposes?: Readonly<Record<string, PurposeConsent>>;
};

/** Fields of a lead that stand beside its address; all others are attributes. */
export const ownFields: readonly string[] = ['firstName', 'lastName', 'timezone', 'locale'];

/** A time zone that nobody told us, and by what it was guessed: "country FR". */
export type ZoneGuess = { readonly zone: string; readonly by: string };
/** A language that nobody told us, and by what it was guessed. */
export type LocaleGuess = { readonly locale: string; readonly by: string };

/** A person with an address and a history. */
export type Lead = {
  readonly id: string;
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  /** IANA name; undefined when nobody knows, and the default zone of the configuration stands in. */
  readonly timezone?: string;
  readonly locale?: string;
  /** What stands in for them where nobody told us. */
  readonly timezoneGuess?: ZoneGuess;
  readonly localeGuess?: LocaleGuess;
  readonly attributes: Readonly<Record<string, EventValue>>;
  readonly tags: readonly string[];
  readonly stage?: string;
  /** Segments that some trigger waits for, and that the lead was in when it was last looked at. */
  readonly segments?: readonly string[];
  readonly preferences?: Preferences;
  readonly consent: Consent;
  /** When its auto-replies say that it is back. */
  readonly awayUntil?: Date;
  /** Thresholds of the score that it has reached and not fallen below again. */
  readonly thresholds?: readonly string[];
  /** How often each threshold was reached or left so far, by its name. */
  readonly thresholdTurns?: Readonly<Record<string, number>>;
  readonly entries: readonly ScoreEntry[];
  readonly createdAt: Date;
};

/** The zone by whose clock a lead lives, as far as it is known or guessed. */
export function zoneOf(
  { timezone, timezoneGuess }: Pick<Lead, 'timezone' | 'timezoneGuess'>,
  fallback: string,
): string {
  return timezone ?? timezoneGuess?.zone ?? fallback;
}

/** How often a lead has reached or left a threshold. */
export function turnsSoFar({ thresholdTurns = {} }: Pick<Lead, 'thresholdTurns'>, threshold: string): number {
  return Object.hasOwn(thresholdTurns, threshold) ? (thresholdTurns[threshold] ?? 0) : 0;
}

/**
 * From the lightest: a mailbox that took no mail for a while may take it again, an unsubscribe can be taken back by the
 * person, a dead mailbox or a complaint cannot.
 */
export const suppressions = ['soft-bounced', 'unsubscribed', 'manual', 'hard-bounced', 'complained'] as const;
/** Why an address must never be mailed again. */
export type Suppression = (typeof suppressions)[number];

export function isSuppression(word: string | undefined): word is Suppression {
  return suppressions.some((reason) => reason === word);
}

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

/** Whether nothing more will become of a mail by sending. */
export function hasSettled(mail: MailFacts): boolean {
  return ['accepted', 'rejected', 'failed', 'skipped', 'uncertain'].includes(mail.state);
}

/** A mail to a lead that holds a place under the frequency cap: it went, may have gone, or is on its way. */
export type RecentMail = {
  /** When it went; of one that is under way, when it was planned. */
  readonly at: Date;
  readonly sequence: string;
  readonly step: StepId;
  readonly isUnderWay?: true;
};

/** What became of one call of a webhook step. */
export type CallFacts = {
  readonly state: 'waiting' | 'answered' | 'failed';
  readonly because?: string;
  readonly settledAt?: Date;
  /** `status`, and the plain values of the JSON object that came back. */
  readonly answer: Readonly<Record<string, EventValue>>;
};

/** What is the same for all leads: definitions that conditions and windows name, and the splits that are decided. */
export type Common = {
  readonly segments: Segments;
  readonly calendars: ReadonlyMap<string, Calendar>;
  readonly delivery: Pick<Delivery, 'caps' | 'quietHours'>;
  /** The winning way of each decided split, by the split's key. */
  readonly winners: ReadonlyMap<string, string>;
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
  /** Calls of the enrollment in question, by step. */
  readonly calls: ReadonlyMap<StepId, CallFacts>;
  /** When the lead was last sent each template, by any sequence; read only where somebody picks. */
  readonly received: ReadonlyMap<string, Date>;
  /** Mails to the lead, of whatever run, that count for the frequency cap. */
  readonly recent: readonly RecentMail[];
  readonly common: Common;
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
      return lead.locale ?? lead.localeGuess?.locale;
    case 'createdAt':
      return lead.createdAt.toISOString();
    case 'addressKind':
      return addressKindOf(lead.email);
    default:
      return Object.hasOwn(lead.attributes, field) ? lead.attributes[field] : undefined;
  }
}
