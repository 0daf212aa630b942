import type { EventValue, LeadEvent } from '../event/lead-event.js';
import type { ScoreEntry } from '../scoring/score.js';
import type { Enrollment } from './enrollment.js';
import { type Facts, type Lead, ownFields, type Suppression, weightiest } from './facts.js';

/** What people do with a mail, as it is noted on the message. */
export type MailHappening = 'openedAt' | 'clickedAt' | 'repliedAt' | 'bouncedAt' | 'unsubscribedAt';

/** One change that an event brings about. Each can be made twice without harm. */
export type Change =
  | { readonly kind: 'score'; readonly entries: readonly ScoreEntry[] }
  | { readonly kind: 'stage'; readonly stage: string }
  | { readonly kind: 'tag' | 'untag'; readonly tag: string }
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, EventValue>> }
  | { readonly kind: 'suppress'; readonly reason: Suppression }
  | { readonly kind: 'lift-unsubscribe' }
  | { readonly kind: 'join' | 'part'; readonly segment: string }
  | {
      readonly kind: 'mail';
      readonly message: string;
      readonly happened: MailHappening;
      readonly at: Date;
      readonly link?: string;
    }
  | { readonly kind: 'leave'; readonly enrollment: Enrollment; readonly because: string }
  | { readonly kind: 'enroll'; readonly enrollment: Enrollment }
  /** Has runs looked at now: what they wait for may have come. */
  | { readonly kind: 'wake'; readonly enrollments: readonly string[] }
  | { readonly kind: 'raise'; readonly event: LeadEvent };

/** Changes to the lead itself, which the store makes without asking anything else. */
export type LeadChange = Extract<Change, { kind: 'score' | 'stage' | 'tag' | 'untag' | 'fields' | 'join' | 'part' }>;

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
    case 'join':
      return withLead({ segments: [...new Set([...(lead.segments ?? []), change.segment])] });
    case 'part':
      return withLead({ segments: (lead.segments ?? []).filter((segment) => segment !== change.segment) });
    case 'score':
      return withLead({ entries: [...lead.entries, ...change.entries] });
    case 'suppress':
      return { ...facts, suppression: weightiest(facts.suppression, change.reason) };
    case 'lift-unsubscribe': {
      const { suppression, ...rest } = facts;
      return suppression === 'unsubscribed' ? rest : facts;
    }
    case 'mail':
    case 'leave':
    case 'enroll':
    case 'wake':
    case 'raise':
      return facts;
  }
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
