import { createHash, timingSafeEqual } from 'node:crypto';
import { ProviderEvent } from './canonical.js';

/** A webhook call as it came in. Signatures cover the exact bytes, so the body is never a re-serialised one. */
export type ProviderRequest = {
  readonly body: Buffer;
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** What a provider file makes of a call. Refusals are answers, not errors: the world may send anything. */
export type ProviderAnswer = { readonly kind: 'events'; readonly events: readonly ProviderEvent[] } | Refusal;

/** A call that is not read; `what` says why and holds no secret and no address. */
export type Refusal = {
  readonly kind: 'refused';
  readonly because: 'bad-signature' | 'malformed';
  readonly what: string;
};

/** The answer to a call that cannot be trusted or read. */
export function refuse(because: Refusal['because'], what: string): Refusal {
  return { kind: 'refused', because, what };
}

/** What a provider file read out of one event; a field that was not there may be undefined. */
export type Seen = { readonly [Field in keyof Omit<ProviderEvent, 'dedupeKey'>]?: ProviderEvent[Field] | undefined };

/**
 * Completes what was read to a canonical event. `id` tells apart two events of the same mail and defaults to the
 * provider's own event id.
 */
export function canonicalEvent(provider: string, seen: Seen, id = seen.eventId): ProviderEvent {
  // Nobody to credit it to and no mail to find: nothing can be done with it, whatever happened.
  const isTraceable = seen.recipient ?? seen.messageRef ?? seen.smtpId;
  const type = isTraceable ? (seen.type ?? 'ignored') : 'ignored';
  const hard = type === 'bounced' ? seen.hard === true : undefined;

  const who = [seen.recipient?.toLowerCase(), type, hard];
  const what = id ? [id] : [seen.messageRef, seen.at?.getTime(), seen.url];
  const dedupeKey = fingerprint([provider, ...who, ...what]);

  const fields = { machine: false, metadata: {}, ...seen, type, hard, dedupeKey };
  return ProviderEvent.parse(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));
}

/** SHA-256 of the parts in their order; no two lists of parts look alike to it. */
export function fingerprint(parts: readonly (string | number | boolean | undefined)[]): string {
  return createHash('sha256')
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest('hex');
}

/** Compares secrets or digests without telling by the time it takes how much was right. */
export function isEqualSecret(given: string, expected: string): boolean {
  // Digests of equal length: timingSafeEqual throws on unequal ones, and a length is a hint too.
  const [a, b] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

const endOfYear9999 = 253_402_300_799_999;

/** An instant from epoch seconds or milliseconds, as number or digits; undefined if it is neither or no date we could mean. */
export function epochInstant(value: unknown): Date | undefined {
  const number = typeof value === 'string' && /^\d{1,20}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  const ms = Math.round(number > 1e11 ? number : number * 1000);
  // Zero is how providers write "not set".
  return ms > 0 && ms <= endOfYear9999 ? new Date(ms) : undefined;
}

/** An id without angle brackets and blanks; undefined when nothing is left. */
export function bareId(value: string | undefined): string | undefined {
  return value?.replaceAll(/[<>\s]/g, '') || undefined;
}

/** The fields of a posted form as bytes, since a mail's text is in the mail's own charset; undefined if it is no whole form. */
export function readForm({ body, headers }: ProviderRequest): ReadonlyMap<string, Buffer> | undefined {
  const type = headers['content-type'] ?? '';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return new Map([...new URLSearchParams(body.toString())].map(([name, value]) => [name, Buffer.from(value)]));
  }
  const [, quoted, plain] = /^multipart\/form-data\b.*?;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/is.exec(type) ?? [];
  const boundary = quoted ?? plain;
  return boundary === undefined ? undefined : readMultipart(body, boundary);
}

/**
 * RFC 7578 by hand, because the platform's `formData()` refuses the whole form for one odd file name (a quote in an
 * attachment's name would cost the reply) and decodes every field as UTF-8.
 */
function readMultipart(body: Buffer, boundary: string): ReadonlyMap<string, Buffer> | undefined {
  // One latin1 character is one byte.
  const [, ...parts] = `\r\n${body.toString('latin1')}`.split(`\r\n--${boundary}`);
  // Cut off on its way: the sender will try again.
  if (!parts.some((part) => part.startsWith('--'))) return undefined;

  const fields = new Map<string, Buffer>();
  for (const part of parts) {
    const start = part.indexOf('\r\n\r\n');
    const head = part.slice(0, Math.max(start, 0)).replaceAll(/\r\n[ \t]+/g, ' ');
    const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? '';
    const name = /;\s*name="?([^";]+)/i.exec(disposition)?.[1]?.trim();
    if (name && !fields.has(name)) fields.set(name, Buffer.from(part.slice(start + 4), 'latin1'));
  }
  return fields;
}

/** A mail that somebody sent to us, as far as a webhook tells. */
export type InboundMail = {
  /** First value of a header, name in lower case; empty if there is none. */
  readonly header: (name: string) => string;
  readonly subject: string;
  readonly text: string;
  readonly from?: string | undefined;
  readonly to: readonly string[];
  /** Empty for the null sender, undefined if unknown. */
  readonly envelopeFrom?: string | undefined;
  readonly eventId?: string | undefined;
  readonly at?: Date | undefined;
};

/** Tells a person's reply from a robot's and from a report, and finds the mail that it answers. */
export function inboundEvent(provider: string, mail: InboundMail): ProviderEvent {
  const answered = messageIds(mail.header('in-reply-to'));
  const inReplyTo = [...new Set([...answered, ...messageIds(mail.header('references')).toReversed()])];
  const isReport = isDeliveryReport(mail);
  const auto = !isReport && isAutoReply(mail);
  const seen: Seen = {
    type: isReport || auto ? 'ignored' : 'replied',
    recipient: mail.from || undefined,
    messageRef: inReplyTo[0],
    at: mail.at,
    eventId: mail.eventId,
    reply: isReport ? undefined : { text: mail.text, auto, inReplyTo, to: mail.to },
  };
  const ownId = mail.eventId ?? bareId(mail.header('message-id'));
  return canonicalEvent(provider, seen, ownId ?? fingerprint([mail.header('date'), mail.subject, mail.text]));
}

/** The Message-IDs in a header, brackets and folding removed; some programs leave the brackets out. */
function messageIds(header: string): string[] {
  const found = header.includes('<') ? (header.match(/<[^<>]+>/g) ?? []) : header.split(/[\s,]+/);
  return found.map((id) => id.replaceAll(/[<>\s]/g, '')).filter((id) => id.includes('@'));
}

/** A bounce, read receipt or complaint (RFC 6522), which is about our mail but nobody's answer to it. */
function isDeliveryReport({ header, subject, from = '' }: InboundMail): boolean {
  if (/^(multipart\/report|message\/(global-)?delivery-status)\b/i.test(header('content-type').trim())) return true;
  if (header('x-failed-recipients') !== '' || /^mailer-daemon(@|$)/i.test(from)) return true;
  // In a small company the postmaster is a person who writes replies.
  return /^postmaster(@|$)/i.test(from) && !isAnswer(subject);
}

function isAnswer(subject: string): boolean {
  return /^(re|aw|sv|antw|回复)\s*:/i.test(subject);
}

const robotHeaders = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-mail-autoreply',
  'x-autoreply-from',
  'x-autogenerated',
  'x-ms-exchange-inbox-rules-loop',
  'x-ms-exchange-generated-message-source',
];

/** A vacation notice, acknowledgement or the like (RFC 3834 §5 and the headers that came before it). */
function isAutoReply({ header, subject, envelopeFrom }: InboundMail): boolean {
  const autoSubmitted = /^[^\s;(]*/.exec(header('auto-submitted').trim())?.[0].toLowerCase();
  if (autoSubmitted && autoSubmitted !== 'no') return true;
  // An empty X-Autoreply has been seen on a person's mail.
  if (robotHeaders.some((name) => /^(?!(no|false)$)\S/i.test(header(name).trim()))) return true;
  if (envelopeFrom === '' || header('return-path').replaceAll(/\s/g, '') === '<>') return true;

  const precedence = [header('precedence'), header('preference')].map((value) => value.trim().toLowerCase());
  if (precedence.includes('auto_reply')) return true;
  // Bulk is on people's replies too, when they come through a list: a reply is lost for good, a robot taken for a lead is not.
  return precedence.some((value) => /^(bulk|junk|list)$/.test(value)) && !isAnswer(subject);
}
