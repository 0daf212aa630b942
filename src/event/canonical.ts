import * as z from 'zod';

/** What can happen to one mail, in Rivulet's words; every provider's own words are translated into these. */
export const mailEventTypes = [
  'delivered',
  'deferred',
  'bounced',
  'complained',
  'opened',
  'clicked',
  'replied',
  'auto-replied',
  'unsubscribed',
  'rejected',
] as const;

export type MailEventType = (typeof mailEventTypes)[number];

export function isMailEvent(type: string): type is MailEventType {
  return mailEventTypes.some((one) => one === type);
}

const text = z.string().min(1).exactOptional();

/** One thing a provider tells us about one mail, in Rivulet's words. */
export const ProviderEvent = z
  .strictObject({
    /** `ignored`: understood, or not, but nothing to do. `rejected`: the provider never attempted delivery. */
    type: z.enum([...mailEventTypes, 'ignored']),
    /** The provider's own word for what happened. */
    word: text,
    /** On `bounced` only: the address is no good. False is a soft bounce: this mail failed, the address may be fine. */
    hard: z.boolean().exactOptional(),
    /** Bare address as the provider wrote it; compare case-insensitively. On a reply, who wrote it. */
    recipient: text,
    /** The provider's id of the mail, or on a reply the Message-ID that it answers. */
    messageRef: text,
    /** When it happened, if the provider says so. Events arrive out of order: this is not when we heard. */
    at: z.date().exactOptional(),
    /** The provider's own id of the event, for looking it up there. */
    eventId: text,
    /** Equal for two deliveries of the same event. A digest, so that no address is left in an index after an erasure. */
    dedupeKey: z.string().min(1),
    /** True only if the provider flags a bot or a prefetching proxy: false does not prove a person. */
    machine: z.boolean(),
    /** What the reader's program calls itself. */
    userAgent: text,
    /** Where the reader's program asked from. */
    ip: text,
    /** What was clicked. */
    url: text,
    /** The provider's or the receiving server's words. */
    reason: text,
    /** Enhanced status code, RFC 3463 §2. */
    status: z
      .string()
      .regex(/^[245](\.\d{1,3}){2}$/)
      .exactOptional(),
    /** Our own keys coming back. */
    metadata: z.record(z.string(), z.string()).readonly(),
    /** Our own Message-ID without angle brackets, where the provider gives it back. */
    smtpId: text,
    /** On `auto-replied`: when the person says to be back. */
    returnsAt: z.date().exactOptional(),
    /** On `replied` and `auto-replied`. */
    reply: z
      .strictObject({
        /** What was written: without the quoted parts where the provider tells them apart, else all of it. */
        text: z.string(),
        auto: z.boolean(),
        /** Message-IDs that it answers, the likeliest first: In-Reply-To, then References from the last. */
        inReplyTo: z.array(z.string()).readonly(),
        /** Addresses that it was delivered to: a plus-hash here names our mail even when no id does. */
        to: z.array(z.string()).readonly(),
        /** The provider's own id of this mail, for fetching there what its webhook leaves out. */
        ref: text,
      })
      .readonly()
      .exactOptional(),
  })
  .refine((event) => (event.hard !== undefined) === (event.type === 'bounced'), {
    error: 'hard belongs to bounced, and bounced needs it',
  })
  .refine((event) => event.type !== 'replied' || event.reply !== undefined, { error: 'replied needs the reply' })
  .readonly();

export type ProviderEvent = z.infer<typeof ProviderEvent>;
