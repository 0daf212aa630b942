/** What a mail that came to us is. */
export const inboundClasses = [
  'hard-bounce',
  'soft-bounce',
  'delayed',
  'delivered-dsn',
  'complaint',
  'auto-reply',
  'reply',
  'unsubscribe-request',
  'other',
] as const;

export type InboundClass = (typeof inboundClasses)[number];

/** A mail that came to us, understood: what it is, about whom, about which of our mails, and by what that was told. */
export type Classified = {
  readonly class: InboundClass;
  /**
   * The address that failed, was reported or left, bare; on a reply, who wrote it. The first of `recipients`; where a report
   * is about several, a dead one comes first, and `status`, `reason`, `words` and `hard` are about that one alone.
   */
  readonly recipient?: string;
  readonly recipients: readonly string[];
  /** The Message-ID that it is about, without brackets. The first of `messageIds`. */
  readonly messageId?: string;
  /** Everything that may name our mail, the likeliest first: embedded original, X-Original-Message-ID, In-Reply-To, References. */
  readonly messageIds: readonly string[];
  /** Original-Envelope-Id (RFC 3464 §2.2.1). */
  readonly envelopeId?: string;
  /** Enhanced status code, RFC 3463 §2. */
  readonly status?: string;
  /** On bounces and delays: one word for why, such as `no-mailbox`, `mailbox-full`, `spam`. */
  readonly reason?: string;
  /** The receiving server's own words for it. */
  readonly words?: string;
  /** The address itself is dead. */
  readonly hard: boolean;
  /** 0 to 1. */
  readonly confidence: number;
  /** What it was told by, the weightiest first, for people to read. */
  readonly evidence: readonly string[];
  /** Its own Message-ID, without brackets. */
  readonly ownId?: string;
  /** Who wrote it, bare. */
  readonly from?: string;
  /** Every address that its headers say it was delivered to: a token of ours may be among them. */
  readonly to: readonly string[];
  readonly subject: string;
  /** What a person wrote anew, without what was quoted; on replies, auto-replies and unsubscribe requests. */
  readonly text?: string;
  /** Its Date header. */
  readonly at?: Date;
  /** On auto-replies: when the person says to be back, if a day is named. */
  readonly returnsAt?: Date;
};
