import { createHash, hash, timingSafeEqual } from 'node:crypto';
import type { InboundClass } from '../inbound/classified.js';
import { classify } from '../inbound/classify.js';
import { type ToldMail, webhookMail } from '../inbound/webhook-mail.js';
import type { ProviderEvent } from './canonical.js';

/** A webhook call as it came in. Signatures cover the exact bytes, so the body is never a re-serialised one. */
export type ProviderRequest = {
  readonly body: Buffer;
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
};

/** What a provider file makes of a call. Refusals are answers, not errors: the world may send anything. */
export type ProviderAnswer =
  | { readonly kind: 'events'; readonly events: readonly ProviderEvent[] }
  /** Amazon SNS asks whether we want the topic: the edge says yes by fetching `url`, which was verified. */
  | { readonly kind: 'confirm'; readonly url: string }
  | Refusal;

/** What a call is judged by. */
export type ProviderAuth = {
  /** The text of the provider's setting. Several keys are separated by commas, so that they can be rotated. */
  readonly keys: string;
  readonly now: Date;
  /** How far the signed time may be from `now`, where the provider signs one. Unset, the provider's own rule counts. */
  readonly toleranceSeconds?: number | undefined;
  /** Gives the PEM text of a certificate; asked only for URLs of Amazon's own. May reject: then nothing is verified. */
  readonly certificateOf: (url: string) => Promise<string>;
};

/** Reads one call. It throws only if `certificateOf` does, and never for what was sent. */
export type ProviderReader = (request: ProviderRequest, auth: ProviderAuth) => Promise<ProviderAnswer>;

/** What else of a mail goes to the provider beside its id. */
export type TagContext = { readonly sequence: string; readonly step: string };

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

  return present({ machine: false, metadata: {}, ...seen, type, hard, dedupeKey });
}

/** What was not there is left out. Each field has been read by zod once; to do so again takes as long as all the rest. */
function present(fields: Seen & Pick<ProviderEvent, 'dedupeKey'>): ProviderEvent {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the loop does cannot be told in types
  return kept as ProviderEvent;
}

/** SHA-256 of the parts in their order; no two lists of parts look alike to it. */
export function fingerprint(parts: readonly (string | number | boolean | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts.map((part) => part ?? null)), 'hex');
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
  // Rounded to a microsecond first: 1001.001 s times 1000 is a hair less than 1001001.
  const ms = Math.floor(number > 1e11 ? number : Math.round(number * 1e6) / 1000);
  // Zero is how providers write "not set".
  return ms > 0 && ms <= endOfYear9999 ? new Date(ms) : undefined;
}

/** An instant as ISO 8601 writes it, with as many fraction digits as there are; without a zone it is UTC. */
export function isoInstant(value: unknown): Date | undefined {
  const iso = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)\s?(Z|[+-]\d\d(?::?\d\d)?)?$/i;
  const [, day, time, zone = 'Z'] = iso.exec(typeof value === 'string' ? value.trim() : '') ?? [];
  if (day === undefined || time === undefined) return undefined;
  const offset = zone.length === 3 ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
  const ms = Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  return ms > 0 && ms <= endOfYear9999 ? new Date(ms) : undefined;
}

/** An enhanced status code (RFC 3463 §2) as such; three digits of SMTP or a text are none. */
export function enhancedStatus(text: string | undefined): string | undefined {
  return text !== undefined && /^[245](\.\d{1,3}){2}$/.test(text) ? text : undefined;
}

/** The one address in a text such as `Alice <alice@example.com>`; undefined if there is none or more than one. */
export function bareAddress(text: string | undefined): string | undefined {
  if (text === undefined || text.length > longestAddressText) return undefined;
  const bracketed = [...text.matchAll(/<([^<>]*)>/g)].flatMap(([, address]) => (address ? [address.trim()] : []));
  const found = bracketed.length > 0 ? bracketed.filter((address) => address.includes('@')) : [text.trim()];
  const [only = ''] = found;
  return found.length === 1 && /^[^\s@,]+@[^\s@,]+$/.test(only) ? only : undefined;
}

/** An address has 254 characters at most (RFC 5321 §4.5.3.1), a name before it not many more. */
const longestAddressText = 1000;

/** An id without angle brackets and blanks; undefined when nothing is left. */
export function bareId(value: string | undefined): string | undefined {
  return value?.replaceAll(/[<>\s]/g, '') || undefined;
}

/** A mail that somebody sent to us, as far as a webhook tells. */
export type InboundMail = ToldMail & {
  readonly eventId?: string | undefined;
  /** The provider's own id of this mail, where it is kept for us. */
  readonly ref?: string | undefined;
};

/** Message-IDs of an answer that are looked at; each is looked for in the database. */
const mostCited = 50;

/** What a mail that somebody sent becomes. Reports that come this way bear no proof of ours, so nobody is given up for them. */
const typeOfMail: Readonly<Partial<Record<InboundClass, 'replied' | 'auto-replied' | 'unsubscribed'>>> = {
  reply: 'replied',
  'auto-reply': 'auto-replied',
  'unsubscribe-request': 'unsubscribed',
};

/** Tells a person's reply from a robot's and from a report, and finds the mail that it answers. */
export function inboundEvent(provider: string, mail: InboundMail): ProviderEvent {
  const told = classify(webhookMail(mail));
  const type = typeOfMail[told.class] ?? 'ignored';
  const inReplyTo = told.messageIds.slice(0, mostCited);
  const ref = mail.ref ? { ref: mail.ref } : {};
  const seen: Seen = {
    type,
    recipient: mail.from || undefined,
    messageRef: inReplyTo[0],
    at: mail.at,
    eventId: mail.eventId,
    returnsAt: told.returnsAt,
    reply:
      type === 'ignored'
        ? undefined
        : { text: mail.text, auto: type === 'auto-replied', inReplyTo, to: mail.to, ...ref },
  };
  const ownId = mail.eventId ?? bareId(mail.header('message-id'));
  return canonicalEvent(provider, seen, ownId ?? fingerprint([mail.header('date'), mail.subject, mail.text]));
}
