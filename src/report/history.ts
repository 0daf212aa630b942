import type { EventValue } from '../event/lead-event.js';
import type { ConsentStatus, MailState } from '../journey/facts.js';

/** What reports look at of an event. */
export type Happening = {
  readonly id: string;
  readonly type: string;
  readonly at: Date;
  readonly machine: boolean;
  readonly about?: string;
  readonly message?: string;
  readonly sequence?: string;
  readonly source: string;
  readonly hard?: boolean;
  readonly data?: Readonly<Record<string, EventValue>>;
};

/** A mail to the lead that was handed to a server, or that one refused. */
export type SentMail = {
  readonly id: string;
  readonly sequence: string;
  readonly step: string;
  readonly enrollment: string;
  readonly state: MailState;
  readonly at: Date;
};

/** A way that a run took at a split, with the mails by which it is judged and the event that its rule counts. */
export type TakenWay = {
  readonly split: string;
  readonly way: string;
  readonly at: Date;
  readonly mails: readonly string[];
  /** `opened`, `clicked` and `replied` are counted anyway; this is another type of event. */
  readonly by?: string;
};

/** A run through a sequence, as far as reports ask. */
export type Run = {
  readonly id: string;
  readonly sequence: string;
  /** When it reached the goal of its sequence, or ended because the lead converted; known once it has ended. */
  readonly goalAt?: Date;
  readonly ways: readonly TakenWay[];
};

/** All that is known of one lead for reports. Everything that is counted follows from this alone. */
export type History = {
  readonly lead: {
    readonly createdAt: Date;
    /** Its attribute `source`, where it has one. */
    readonly source?: string;
    readonly consent: ConsentStatus;
  };
  readonly happenings: readonly Happening[];
  readonly mails: readonly SentMail[];
  readonly runs: readonly Run[];
};

/** Types of events that reports look at. The rule of a split may count one more. */
export const countedTypes: readonly string[] = [
  'lead.created',
  'delivered',
  'opened',
  'clicked',
  'replied',
  'unsubscribed',
  'complained',
  'bounced',
  'form.submitted',
  'asset.downloaded',
  'converted',
  'threshold.reached',
  'stage.entered',
  'handed-over',
  'sales.answered',
  'consent.granted',
  'consent.withdrawn',
  'suppressed',
  'resubscribed',
  'suppression.lifted',
];

/** In the order in which they happened; of one instant by their ids, so that every recount comes to the same. */
export function inOrderOfTime(happenings: readonly Happening[]): readonly Happening[] {
  return happenings.toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
}
