import type { Refusal } from '../event/smtp-reply.js';

/** What came of handing a mail to a transport. */
export type Handover =
  /** The server took responsibility. */
  | { readonly kind: 'accepted'; readonly reply: string }
  /** The server said no, for now or for good; or nothing could be handed over, which is no attempt of the mail (`unavailable`). */
  | (Refusal & { readonly reply: string })
  /** Handed over whole, and then no answer came. Nobody can know. */
  | { readonly kind: 'uncertain'; readonly reply: string };

export type Parcel = {
  readonly id: string;
  readonly from: string;
  /** Where bounces go, if not to `from`. */
  readonly returnPath?: string;
  readonly to: string;
  readonly subject: string;
  readonly at: Date;
  readonly mime: Buffer;
  /** The same with the dot that ends it, where who made it knows that it can be sent as it is (RFC 5321 §4.5.2). */
  readonly wire?: Buffer;
};

/** A way for mails to leave. `connections` of them can be on their way at one time. */
export type Transport = {
  /** In words, for the start-up line. */
  readonly name: string;
  readonly connections: number;
  /** Header by which the provider takes the same mail once only; a mail that carries it may be said twice. */
  readonly idempotencyHeader?: string;
  readonly deliver: (parcel: Parcel) => Promise<Handover>;
  /** Why it cannot be used now; undefined when it can. */
  readonly check: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
};
