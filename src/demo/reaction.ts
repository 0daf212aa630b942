/** What a simulated person does with one mail, and how long after it arrived. */
export type Reaction =
  | { readonly kind: 'open'; readonly afterMs: number; readonly machine: boolean }
  | { readonly kind: 'click'; readonly afterMs: number; readonly link: number }
  | { readonly kind: 'reply'; readonly afterMs: number; readonly text: string }
  | { readonly kind: 'bounce'; readonly afterMs: number; readonly hard: boolean }
  | { readonly kind: 'complain'; readonly afterMs: number }
  | { readonly kind: 'unsubscribe'; readonly afterMs: number }
  | { readonly kind: 'convert'; readonly afterMs: number };

/** A mail in a simulated person's mailbox. */
export interface ArrivedMail {
  /** The address, by which the person is known. */
  readonly person: string;
  readonly sequence: string;
  readonly step: string;
  readonly stage: string;
  /** How many links there are to click, the unsubscribe link not counted. */
  readonly links: number;
  readonly at: Date;
  readonly timeZone: string;
  /** How many mails of this sequence the person has had before: each makes the next less of an event. */
  readonly earlierMails?: number;
}
