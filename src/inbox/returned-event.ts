import { ProviderEvent } from '../event/canonical.js';
import { fingerprint } from '../event/provider.js';
import type { Classified, InboundClass } from '../inbound/classified.js';
import { classAt, type Tie } from './tie.js';

const typeOf: Readonly<Record<InboundClass, ProviderEvent['type']>> = {
  'hard-bounce': 'bounced',
  'soft-bounce': 'bounced',
  delayed: 'deferred',
  'delivered-dsn': 'delivered',
  complaint: 'complained',
  'auto-reply': 'auto-replied',
  reply: 'replied',
  'unsubscribe-request': 'unsubscribed',
  other: 'ignored',
};

/** What a mail says that came to us by itself, and not through a provider. */
export type Returned = {
  readonly mail: Classified;
  readonly tie: Tie;
  readonly at: Date | undefined;
  /** Tells two mails without a Message-ID apart. */
  readonly digest: string;
};

/** Turns a mail that came back into the event that it tells of. */
export function returnedEvent({ mail, tie, at, digest }: Returned): ProviderEvent {
  const type = typeOf[classAt(mail.class, tie.purpose)];
  const hard = type === 'bounced' ? { hard: mail.hard } : {};
  // Whose a report is, only what it is tied by may say: the address in it is written by whoever sent it, and would have a
  // stranger put anybody on the list of those who are never mailed again. An answer may be known by who wrote it: a reply
  // must not be lost and a wish to leave is granted, and neither shuts out anybody against their will.
  const isAnswer = type === 'replied' || type === 'auto-replied' || type === 'unsubscribed';
  const recipient = isAnswer ? mail.from : undefined;
  return ProviderEvent.parse({
    type,
    ...hard,
    ...(recipient ? { recipient } : {}),
    ...(mail.messageIds[0] ? { messageRef: mail.messageIds[0] } : {}),
    ...(at ? { at } : {}),
    ...(mail.ownId ? { eventId: mail.ownId } : {}),
    // Not by its id alone: some servers give their reports the id of the mail that they report, a delay first and then the end.
    dedupeKey: fingerprint(['inbound', type, mail.hard, tie.message ?? mail.from?.toLowerCase(), mail.ownId ?? digest]),
    machine: false,
    ...(isAnswer ? {} : reasonOf(mail)),
    metadata: tie.message ? { rivulet: tie.message } : {},
    ...(type === 'auto-replied' && mail.returnsAt ? { returnsAt: mail.returnsAt } : {}),
    ...(type === 'replied' || type === 'auto-replied' ? { reply: replyIn(mail, type === 'auto-replied') } : {}),
  });
}

function reasonOf({ words, reason, status }: Classified): { reason?: string; status?: string } {
  const why = words ?? reason;
  // RFC 3463 §2: a report may have anything there.
  const isCode = status !== undefined && /^[245](?:\.\d{1,3}){2}$/.test(status);
  return { ...(why ? { reason: why } : {}), ...(isCode ? { status } : {}) };
}

function replyIn({ text = '', messageIds, to }: Classified, auto: boolean): NonNullable<ProviderEvent['reply']> {
  return { text, auto, inReplyTo: [...messageIds], to: [...to] };
}
