import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { entryKey, type ScoreEntry } from '../scoring/score.js';
import type { Enrollment } from './enrollment.js';
import { type ConsentChange, withConsent } from './consent.js';
import { type Facts, type Lead, ownFields, type Suppression, turnsSoFar, weightiest, zoneOf } from './facts.js';
import { type GuessChange, withGuess } from './guess-changes.js';
import { type Choice, withChoice } from './preferences.js';

/** What people do with a mail, as it is noted on the message. */
export type MailHappening = 'openedAt' | 'clickedAt' | 'repliedAt' | 'bouncedAt' | 'unsubscribedAt';

/** One change that an event brings about. Each can be made twice without harm. */
export type Change =
  /** `surplus`: entries that are more than a lead's row holds, and count no more. */
  | { readonly kind: 'score'; readonly entries: readonly ScoreEntry[]; readonly surplus?: readonly ScoreEntry[] }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'tag' | 'untag'; readonly tag: string }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, EventValue>> }
  | GuessChange
  /** `domain`: it is that of the lead which is suppressed, not the address; `because`: in a person's or the rule's words. */
  | { readonly kind: 'suppress'; readonly reason: Suppression; readonly domain?: string; readonly because?: string }
  | { readonly kind: 'lift-unsubscribe' }
  | { readonly kind: 'lift-soft-bounce' }
  /** The lead is out of office. `told`: when it last said so. */
  | { readonly kind: 'away'; readonly until: Date; readonly told: Date }
  | { readonly kind: 'join' | 'part'; readonly segment: string }
  /** A threshold of the score. `turn`: the count of its turns with this one. */
  | { readonly kind: 'reach' | 'fall'; readonly threshold: string; readonly turn: number }
  /** What the lead chose of its mails, and when. */
  | { readonly kind: 'prefer'; readonly choice: Choice; readonly at: Date }
  | { readonly kind: 'address'; readonly from: string; readonly to: string }
  | ({ readonly kind: 'consent' } & ConsentChange)
  | {
      readonly kind: 'mail';
      readonly message: string;
      readonly happened: MailHappening;
      readonly at: Date;
      readonly link?: string;
    }
  | { readonly kind: 'leave'; readonly enrollment: Enrollment; readonly because: string }
  | { readonly kind: 'enroll'; readonly enrollment: Enrollment }
  /** Has a run go on that had ended by what is taken back now. */
  | { readonly kind: 'rejoin'; readonly enrollment: string }
  /** Has runs looked at now: what they wait for may have come. */
  | { readonly kind: 'wake'; readonly enrollments: readonly string[] }
  | { readonly kind: 'raise'; readonly event: LeadEvent };

/** Changes to the lead itself, which the store makes without asking anything else. */
export type LeadChange = Extract<
  Change,
  {
    kind:
      | 'score'
      | 'stage'
      | 'tag'
      | 'untag'
      | 'fields'
      | 'join'
      | 'part'
      | 'reach'
      | 'fall'
      | 'guess'
      | 'away'
      | 'prefer'
      | 'address'
      | 'consent';
  }
>;

/** The facts with one change made to the lead; changes to runs and mails are not the lead's. */
export function withChange(facts: Facts, change: Change): Facts {
  const { lead } = facts;
  const withLead = (rest: Partial<Lead>): Facts => ({ ...facts, lead: { ...lead, ...rest } });
  switch (change.kind) {
    case 'stage':
      return withLead({ stage: change.stage });
    case 'tag':
      return withLead({ tags: [...new Set([...lead.tags, change.tag])] });
    case 'untag':
      return withLead({ tags: lead.tags.filter((tag) => tag !== change.tag) });
    case 'fields': {
      const changed = withFields(lead, change.fields);
      return { ...facts, lead: changed, timeZone: changed.timezone ?? facts.timeZone };
    }
    case 'guess': {
      const guessed = withGuess(lead, change);
      return { ...facts, lead: guessed, timeZone: zoneOf(guessed, facts.timeZone) };
    }
    case 'join':
      return withLead({ segments: [...new Set([...(lead.segments ?? []), change.segment])] });
    case 'part':
      return withLead({ segments: (lead.segments ?? []).filter((segment) => segment !== change.segment) });
    case 'reach':
    case 'fall':
      return { ...facts, lead: withTurn(lead, change) };
    case 'score': {
      const gone = new Set(change.surplus?.map(entryKey));
      return withLead({ entries: [...lead.entries, ...change.entries].filter((entry) => !gone.has(entryKey(entry))) });
    }
    case 'suppress':
      return { ...facts, suppression: weightiest(facts.suppression, change.reason) };
    case 'lift-unsubscribe':
      return withoutSuppression(facts, 'unsubscribed');
    case 'lift-soft-bounce':
      return withoutSuppression(facts, 'soft-bounced');
    case 'away':
      return withLead({ awayUntil: change.until });
    case 'prefer':
      return withLead({ preferences: withChoice(lead.preferences, change.choice, change.at) });
    case 'address':
      return lead.email === change.from ? withLead({ email: change.to }) : facts;
    case 'consent':
      return withLead({ consent: withConsent(lead.consent, change) });
    case 'mail':
    case 'leave':
    case 'enroll':
    case 'rejoin':
    case 'wake':
    case 'raise':
      return facts;
  }
}

/** The lead with a threshold reached or left, unless a later turn of it is known already. */
function withTurn(lead: Lead, { kind, threshold, turn }: Extract<Change, { kind: 'reach' | 'fall' }>): Lead {
  if (turnsSoFar(lead, threshold) >= turn) return lead;
  const others = (lead.thresholds ?? []).filter((name) => name !== threshold);
  const thresholds = kind === 'reach' ? [...others, threshold] : others;
  return { ...lead, thresholds, thresholdTurns: { ...lead.thresholdTurns, [threshold]: turn } };
}

function withoutSuppression(facts: Facts, lifted: Suppression): Facts {
  const { suppression, ...rest } = facts;
  return suppression === lifted ? rest : facts;
}

/** A lead with some fields changed, each in the place where it is kept. */
export function withFields(lead: Lead, fields: Readonly<Record<string, EventValue>>): Lead {
  const entries = Object.entries(fields);
  return {
    ...lead,
    ...Object.fromEntries(entries.filter(([name]) => ownFields.includes(name))),
    attributes: {
      ...lead.attributes,
      ...Object.fromEntries(entries.filter(([name]) => !ownFields.includes(name) && name !== 'email')),
    },
  };
}
