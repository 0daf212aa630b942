import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { inboundMail } from './inbound-mail.js';
import { readForm } from './posted-form.js';
import {
  bareAddress,
  bareId,
  canonicalEvent,
  enhancedStatus,
  epochInstant,
  inboundEvent,
  type ProviderAnswer,
  type ProviderAuth,
  type ProviderRequest,
  refuse,
  type Refusal,
  type Seen,
  type TagContext,
} from './provider.js';
import { asciiJson, tagText } from './tag-text.js';
import { isHmacOf, keysOf, refuseStale } from './webhook-auth.js';
import { parseJson, plainFields, wireAny, wireId, wireObject, wireText } from './wire-fields.js';

type MailgunAuth = Omit<ProviderAuth, 'certificateOf'>;

/** Verifies and reads one call of Mailgun's webhooks; a form is a reply that a route forwards. */
export async function readMailgun(request: ProviderRequest, auth: MailgunAuth): Promise<ProviderAnswer> {
  const form = readForm(request);
  if (form) return readForward(form, auth);

  const call = z.record(z.string(), z.unknown()).safeParse(parseJson(request.body.toString()));
  if (!call.success) return refuse('malformed', 'the body is neither a JSON object nor a complete form');
  const refusal = refuseUnsigned(WireSignature.parse(call.data['signature']), auth);
  if (refusal) return refusal;

  const element = z.record(z.string(), z.unknown()).safeParse(call.data['event-data']);
  if (!element.success) return refuse('malformed', 'the call holds no event-data');
  return { kind: 'events', events: [readEvent(WireEvent.parse(element.data))] };
}

const WireSignature = wireObject({
  timestamp: wireId,
  token: wireText,
  signature: wireText,
  'parent-signature': wireText,
});

/**
 * HMAC over time and token alone: the body is not signed, so a captured call could be given another body. Mailgun repeats
 * calls for eight hours under the same token; what comes again is known by the event's id.
 */
function refuseUnsigned(wire: z.infer<typeof WireSignature>, auth: MailgunAuth): Refusal | undefined {
  const { timestamp, token, signature } = wire;
  if (!timestamp || !token || !signature) return refuse('bad-signature', 'a part of the signature is missing');
  // Ten digits until the year 2286: nothing of the token may be moved into the time, or the other way about.
  if (!/^\d{10}$/.test(timestamp)) return refuse('bad-signature', 'the signed time is no number of seconds');

  // Events of a subaccount are signed with its own key and again with that of the account above it.
  const digests = [signature, wire['parent-signature'] ?? ''].map((digest) => digest.toLowerCase());
  const isSigned = digests.some((digest) =>
    isHmacOf(timestamp + token, keysOf(auth.keys), { digest, encoding: 'hex' }),
  );
  if (!isSigned) return refuse('bad-signature', 'the signature does not fit the configured webhook signing key');
  return refuseStale(epochInstant(timestamp), auth.now, auth.toleranceSeconds);
}

const WireEvent = wireObject({
  event: wireText,
  id: wireId,
  timestamp: wireAny,
  recipient: wireText,
  severity: wireText,
  reason: wireText,
  url: wireText,
  ip: wireText,
  message: wireObject({ headers: wireObject({ 'message-id': wireText, to: wireText }) }),
  'delivery-status': wireObject({
    code: wireId,
    'enhanced-code': wireText,
    'bounce-code': wireText,
    message: wireText,
    description: wireText,
  }),
  reject: wireObject({ reason: wireText }),
  'client-info': wireObject({ bot: wireText, 'user-agent': wireText }),
  'user-variables': wireAny,
});
type WireEvent = z.infer<typeof WireEvent>;

function readEvent(wire: WireEvent): ProviderEvent {
  const headers = wire.message.headers;
  const status = wire['delivery-status'];
  const client = wire['client-info'];
  const seen: Seen = {
    word: wire.event,
    ...outcomeOf(wire),
    // A mail that was refused before it was taken apart has only the header to say for whom it was.
    recipient: bareAddress(wire.recipient ?? (wire.event === 'rejected' ? headers.to : undefined)),
    messageRef: bareId(headers['message-id']),
    smtpId: bareId(headers['message-id']),
    at: epochInstant(wire.timestamp),
    eventId: wire.id,
    machine: client.bot !== undefined,
    userAgent: client['user-agent'],
    ip: wire.ip,
    url: wire.event === 'clicked' ? wire.url : undefined,
    reason: status.message ?? status.description ?? wire.reject.reason ?? wire.reason,
    status: enhancedStatus(status['enhanced-code'] ?? status['bounce-code']),
    metadata: plainFields(wire['user-variables']),
  };
  return canonicalEvent('mailgun', seen);
}

const typeOfEvent: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  ['delivered', 'delivered'],
  ['complained', 'complained'],
  ['unsubscribed', 'unsubscribed'],
  ['opened', 'opened'],
  ['clicked', 'clicked'],
  ['rejected', 'rejected'],
]);

function outcomeOf(wire: WireEvent): Pick<Seen, 'type' | 'hard'> {
  if (wire.event !== 'failed') return { type: typeOfEvent.get(wire.event) ?? 'ignored' };
  if (wire.severity === 'temporary') return { type: 'deferred' };

  const status = wire['delivery-status'];
  const code = Number(status.code);
  // Mailgun's own codes for an address on its suppression lists, where no delivery is tried.
  if (wire.reason?.startsWith('suppress-') || [605, 606, 607].includes(code)) return { type: 'rejected' };
  const isPermanent = [status['enhanced-code'], status['bounce-code']].some((text) => text?.startsWith('5.'));
  return { type: 'bounced', hard: (code >= 500 && code <= 599) || isPermanent };
}

/** A route's `forward()`: the mail in parts, or as MIME where the address that is called ends in "mime". */
async function readForward(form: ReadonlyMap<string, Buffer>, auth: MailgunAuth): Promise<ProviderAnswer> {
  const field = (name: string) => form.get(name)?.toString();
  const signed = { timestamp: field('timestamp'), token: field('token'), signature: field('signature') };
  const refusal = refuseUnsigned(WireSignature.parse(signed), auth);
  if (refusal) return refusal;
  if (!form.has('from') && !form.has('message-headers') && !form.has('body-mime')) {
    return refuse('malformed', 'the form holds no mail');
  }
  const mail = await inboundMail({
    headers: parseJson(field('message-headers') ?? ''),
    from: field('from'),
    subject: field('subject'),
    // Without a new line of the reader's the quotation is better than nothing.
    text: field('stripped-text') || field('body-plain') || undefined,
    html: field('stripped-html') || field('body-html') || undefined,
    to: (field('recipient') ?? '').split(',').flatMap((address) => bareAddress(address) ?? []),
    envelopeFrom: field('sender'),
    eventId: signed.token,
    at: epochInstant(signed.timestamp),
    mime: form.get('body-mime'),
  });
  return { kind: 'events', events: [inboundEvent('mailgun', mail)] };
}

/** Mailgun gives the variables back with every event, and reports the Message-ID as well. */
export function mailgunHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-Mailgun-Variables': asciiJson({ rivulet: messageId }), 'X-Mailgun-Tag': tagText(sequence) };
}

/** Why a text cannot be MAILGUN_WEBHOOK_KEY; undefined if it can. */
export function flawOfMailgunKey(keys: string): string | undefined {
  const given = keysOf(keys);
  if (given.length > 0 && given.every((key) => /^[!-~]{16,}$/.test(key))) return undefined;
  return 'it is the HTTP webhook signing key of the account, without blanks';
}
