import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { inboundMail } from './inbound-mail.js';
import {
  bareAddress,
  bareId,
  canonicalEvent,
  inboundEvent,
  isoInstant,
  type ProviderAnswer,
  type ProviderAuth,
  type ProviderRequest,
  refuse,
  type Refusal,
  type Seen,
  type TagContext,
} from './provider.js';
import { tagText } from './tag-text.js';
import { isHmacOf, keysOf } from './webhook-auth.js';
import { fieldsOf, parseJson, wireAny, wireId, wireList, wireObject, wireText, wireTexts } from './wire-fields.js';

/** Verifies and reads one call of MailerSend's webhooks, or of an inbound route, which has a secret of its own. */
export async function readMailersend(
  request: ProviderRequest,
  { keys }: Pick<ProviderAuth, 'keys'>,
): Promise<ProviderAnswer> {
  if (isUrlTest(request)) return { kind: 'events', events: [canonicalEvent('mailersend', {})] };
  const refusal = refuseUnsigned(request, keysOf(keys));
  if (refusal) return refusal;

  const call = z.record(z.string(), z.unknown()).safeParse(parseJson(request.body.toString()));
  if (!call.success) return refuse('malformed', 'the body is not a JSON object');
  const isInbound = call.data['type'] === 'inbound.message';
  return { kind: 'events', events: [isInbound ? await readReply(call.data) : readEvent(WireEvent.parse(call.data))] };
}

/** HMAC over the raw body. The API's documents and the newest SDK give the header different names. */
function refuseUnsigned({ body, headers }: ProviderRequest, secrets: readonly string[]): Refusal | undefined {
  const given = [headers['signature'], headers['x-mailersend-signature']].flatMap((digest) => digest ?? []);
  if (given.length === 0) return refuse('bad-signature', 'the signature header is missing');
  const isSigned = given.some((digest) =>
    isHmacOf(body, secrets, { digest: digest.trim().toLowerCase(), encoding: 'hex' }),
  );
  return isSigned
    ? undefined
    : refuse('bad-signature', 'the signature does not fit the body and the configured secret');
}

/**
 * Before it keeps a webhook, MailerSend tries the address, and signs that with a secret that is the same for everybody and
 * public: https://developers.mailersend.com/api/v1/webhooks.html. It may say this one thing, and nothing follows from it.
 */
const publicTestSecret = 'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G';
const longestTest = 1000;

function isUrlTest(request: ProviderRequest): boolean {
  if (request.body.length > longestTest || refuseUnsigned(request, [publicTestSecret])) return false;
  return fieldsOf(parseJson(request.body.toString()))['type'] === 'webhook.test';
}

const WireAddress = wireObject({ email: wireText });
const WireEmail = wireObject({ tags: wireList, message: wireObject({ id: wireId }), recipient: WireAddress });

/** What a reader's program told, or a server answered: `morph` in version 1 of the webhooks, `meta` in version 2. */
const WireMore = wireObject({
  reason: wireText,
  readable_reason: wireText,
  bounce_reason: wireText,
  suppression_reason: wireText,
  unsubscribe_reason: wireText,
  url: wireText,
  ip: wireText,
  user_agent: wireText,
});

/** Version 1 has objects in objects; version 2, of September 2025, is flat. */
const WireEvent = wireObject({
  type: wireText,
  created_at: wireText,
  data: wireObject({
    id: wireId,
    created_at: wireText,
    message_id: wireId,
    recipient: wireText,
    tags: wireList,
    email: wireAny,
    morph: WireMore.optional(),
    meta: WireMore.optional(),
  }),
});
type WireEvent = z.infer<typeof WireEvent>;

const outcomes: ReadonlyMap<string | undefined, Pick<Seen, 'type' | 'hard'>> = new Map([
  ['activity.delivered', { type: 'delivered' }],
  ['activity.deferred', { type: 'deferred' }],
  ['activity.soft_bounced', { type: 'bounced', hard: false }],
  ['activity.hard_bounced', { type: 'bounced', hard: true }],
  ['activity.opened', { type: 'opened' }],
  ['activity.opened_unique', { type: 'opened' }],
  ['activity.clicked', { type: 'clicked' }],
  ['activity.clicked_unique', { type: 'clicked' }],
  ['activity.unsubscribed', { type: 'unsubscribed' }],
  ['activity.spam_complaint', { type: 'complained' }],
  ['activity.suppressed', { type: 'rejected' }],
]);

function readEvent({ type, created_at, data }: WireEvent): ProviderEvent {
  const email = WireEmail.parse(data.email);
  const more = data.morph ?? data.meta ?? WireMore.parse({});
  const outcome = outcomes.get(type) ?? { type: 'ignored' };
  const address = data.recipient ?? wireText.parse(data.email) ?? email.recipient.email;
  const seen: Seen = {
    word: type,
    ...outcome,
    recipient: bareAddress(address),
    messageRef: bareId(data.message_id ?? email.message.id),
    at: isoInstant(data.created_at ?? created_at),
    eventId: data.id,
    userAgent: more.user_agent,
    ip: more.ip,
    url: outcome.type === 'clicked' ? more.url : undefined,
    reason:
      more.readable_reason ?? more.bounce_reason ?? more.suppression_reason ?? more.unsubscribe_reason ?? more.reason,
    metadata: metadataOf(wireTexts([...data.tags, ...email.tags])),
  };
  return canonicalEvent('mailersend', seen);
}

/** MailerSend takes no metadata, so our id is one of the tags. */
const ownTag = /^rivulet-([a-z\d]{1,64})$/;

function metadataOf(tags: readonly string[]): Record<string, string> {
  const [rivulet] = tags.flatMap((tag) => ownTag.exec(tag)?.[1] ?? []);
  return rivulet === undefined ? {} : { rivulet };
}

const WireMail = wireObject({
  data: wireObject({
    id: wireId,
    created_at: wireText,
    recipients: wireObject({ rcptTo: wireList }),
    from: WireAddress,
    sender: WireAddress,
    subject: wireText,
    headers: wireAny,
    text: wireText,
    html: wireText,
    raw: wireText,
  }),
});

async function readReply(call: unknown): Promise<ProviderEvent> {
  const { data } = WireMail.parse(call);
  const mail = await inboundMail({
    headers: data.headers,
    from: data.from.email ?? data.sender.email,
    subject: data.subject,
    text: data.text,
    html: data.html,
    to: data.recipients.rcptTo.flatMap((to) => bareAddress(WireAddress.parse(to).email) ?? []),
    envelopeFrom: data.sender.email,
    eventId: data.id,
    at: isoInstant(data.created_at),
    ref: data.id,
    mime: data.raw === undefined ? undefined : Buffer.from(data.raw),
  });
  return inboundEvent('mailersend', mail);
}

/** At most five tags, separated by commas. */
export function mailersendHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-MailerSend-Tags': `rivulet-${messageId},${tagText(sequence)}` };
}

/** Why a text cannot be MAILERSEND_WEBHOOK_SECRET; undefined if it can. */
export function flawOfMailersendSecret(keys: string): string | undefined {
  const given = keysOf(keys);
  if (given.length > 0 && given.every((key) => /^[!-~]{16,}$/.test(key))) return undefined;
  return 'it is the signing secret of the webhook, without blanks';
}
