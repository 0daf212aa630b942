import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { headerPairs, inboundMail, ownHeaders } from './inbound-mail.js';
import {
  bareAddress,
  bareId,
  canonicalEvent,
  epochInstant,
  inboundEvent,
  isoInstant,
  type ProviderAnswer,
  type ProviderAuth,
  type ProviderRequest,
  refuse,
  type Refusal,
  type Seen,
} from './provider.js';
import { isHmacOf, keysOf, refuseStale } from './webhook-auth.js';
import { parseJson, plainFields, wireAny, wireObject, wireText, wireTexts } from './wire-fields.js';

type ResendAuth = Omit<ProviderAuth, 'certificateOf'>;

/** Svix's own limit, both ways: https://docs.svix.com/receiving/verifying-payloads/how-manual. */
const svixToleranceSeconds = 300;

/** Verifies and reads one call of Resend's webhooks, which Svix signs; `email.received` is a reply. */
export async function readResend(request: ProviderRequest, auth: ResendAuth): Promise<ProviderAnswer> {
  const refusal = refuseUnsigned(request, auth);
  if (refusal) return refusal;

  const call = z.record(z.string(), z.unknown()).safeParse(parseJson(request.body.toString()));
  if (!call.success) return refuse('malformed', 'the body is not a JSON object');
  const wire = WireEvent.parse(call.data);
  const id = svixHeader(request, 'id');
  return { kind: 'events', events: [await eventOf(wire, id)] };
}

async function eventOf(wire: WireEvent, id: string): Promise<ProviderEvent> {
  if (wire.type === undefined) return canonicalEvent('resend', {}, id);
  return wire.type === 'email.received' ? readReply(wire, id) : readEvent(wire, id);
}

/** Svix is giving its headers the names of the Standard Webhooks specification. */
function svixHeader({ headers }: ProviderRequest, name: 'id' | 'timestamp' | 'signature'): string {
  return headers[`svix-${name}`] ?? headers[`webhook-${name}`] ?? '';
}

/** HMAC over id, time and the raw body. While a secret is replaced there are several signatures, of which one fits. */
function refuseUnsigned(request: ProviderRequest, auth: ResendAuth): Refusal | undefined {
  const [id, timestamp, signature] = [
    svixHeader(request, 'id'),
    svixHeader(request, 'timestamp'),
    svixHeader(request, 'signature'),
  ];
  if (!id || !timestamp || !signature) return refuse('bad-signature', 'a signature header is missing');
  // No dots: the parts of what is signed are separated by them.
  if (!/^[\w-]{1,200}$/.test(id) || !/^\d{1,20}$/.test(timestamp)) {
    return refuse('bad-signature', 'the id or the time in the headers is none');
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), request.body]);
  const secrets = keysOf(auth.keys).map(secretOf);
  const given = signature.split(' ', mostSignatures).flatMap((part) => /^v1,(.+)$/.exec(part)?.[1] ?? []);
  if (!given.some((digest) => isHmacOf(signed, secrets, { digest, encoding: 'base64' }))) {
    return refuse('bad-signature', 'no signature fits the body and the configured secret');
  }
  return refuseStale(epochInstant(timestamp), auth.now, auth.toleranceSeconds ?? svixToleranceSeconds);
}

/** Each costs a digest over the whole body. */
const mostSignatures = 10;

function secretOf(key: string): Buffer {
  return Buffer.from(key.replace(/^whsec_/, ''), 'base64');
}

const WireVisit = wireObject({ link: wireText, ipAddress: wireText, userAgent: wireText });
const WireEvent = wireObject({
  type: wireText,
  created_at: wireText,
  data: wireObject({
    email_id: wireText,
    message_id: wireText,
    from: wireText,
    to: wireAny,
    received_for: wireAny,
    subject: wireText,
    tags: wireAny,
    headers: wireAny,
    bounce: wireObject({ type: wireText, subType: wireText, message: wireText }),
    failed: wireObject({ reason: wireText }),
    open: WireVisit,
    click: WireVisit,
  }),
});
type WireEvent = z.infer<typeof WireEvent>;

function readEvent(wire: WireEvent, eventId: string): ProviderEvent {
  const { data } = wire;
  const to = wireTexts(data.to);
  const visit = wire.type === 'email.clicked' ? data.click : data.open;
  const seen: Seen = {
    word: wire.type,
    ...outcomeOf(wire),
    // Of several it is not known which one it was.
    recipient: to.length === 1 ? bareAddress(to[0]) : undefined,
    messageRef: bareId(data.email_id),
    smtpId: bareId(data.message_id),
    at: isoInstant(wire.created_at),
    eventId,
    userAgent: visit.userAgent,
    ip: visit.ipAddress,
    url: wire.type === 'email.clicked' ? data.click.link : undefined,
    reason: data.bounce.message ?? data.failed.reason,
    metadata: metadataOf(data),
  };
  return canonicalEvent('resend', seen);
}

/** Our header and, of mails sent by its API, the tags: an object, or a list of names and values. */
function metadataOf({ headers, tags }: WireEvent['data']): Record<string, string> {
  const own = ownHeaders(headers);
  const rivulet = Object.entries(own).find(([name]) => name.toLowerCase() === 'x-rivulet')?.[1];
  const plain = Array.isArray(tags) ? Object.fromEntries(headerPairs(tags)) : plainFields(tags);
  return { ...own, ...plain, ...(rivulet ? { rivulet } : {}) };
}

const typeOfEvent: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  ['email.delivered', 'delivered'],
  ['email.delivery_delayed', 'deferred'],
  ['email.complained', 'complained'],
  ['email.opened', 'opened'],
  ['email.clicked', 'clicked'],
  ['email.failed', 'rejected'],
  ['email.suppressed', 'rejected'],
]);

function outcomeOf({ type, data: { bounce } }: WireEvent): Pick<Seen, 'type' | 'hard'> {
  if (type !== 'email.bounced') return { type: typeOfEvent.get(type) ?? 'ignored' };
  if (bounce.subType === 'Suppressed' || bounce.subType === 'OnAccountSuppressionList') return { type: 'rejected' };
  return { type: 'bounced', hard: (bounce.type ?? 'Permanent') === 'Permanent' };
}

/** The webhook brings neither text nor headers: those are fetched from Resend by `ref`. */
async function readReply({ data, created_at }: WireEvent, eventId: string): Promise<ProviderEvent> {
  const reached = wireTexts(data.received_for);
  const mail = await inboundMail({
    headers: [['Message-ID', data.message_id ?? ''], ...headerPairs(data.headers)],
    from: data.from,
    subject: data.subject,
    to: (reached.length > 0 ? reached : wireTexts(data.to)).flatMap((address) => bareAddress(address) ?? []),
    eventId,
    at: isoInstant(created_at),
    ref: data.email_id,
  });
  return inboundEvent('resend', mail);
}

/** Resend gives headers back as they were. */
export function resendHeaders(messageId: string): Record<string, string> {
  return { 'X-Rivulet': messageId };
}

/** Why a text cannot be RESEND_WEBHOOK_SECRET; undefined if it can. */
export function flawOfResendSecret(keys: string): string | undefined {
  const given = keysOf(keys);
  if (given.length > 0 && given.every((key) => /^whsec_[a-z\d+/]{16,}={0,2}$/i.test(key))) return undefined;
  return 'it is the signing secret of the webhook, beginning with whsec_';
}
