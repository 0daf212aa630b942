import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { inboundMail } from './inbound-mail.js';
import {
  bareAddress,
  bareId,
  canonicalEvent,
  epochInstant,
  inboundEvent,
  type ProviderAnswer,
  type ProviderAuth,
  type ProviderRequest,
  refuse,
  type Seen,
  type TagContext,
} from './provider.js';
import { asciiJson, tagText } from './tag-text.js';
import { refuseStranger } from './webhook-auth.js';
import { parseJson, plainFields, wireAny, wireId, wireList, wireObject, wireText, wireTexts } from './wire-fields.js';

/** Reads one call of Brevo's webhooks: an event, a batch of them, or replies. */
export async function readBrevo(
  request: ProviderRequest,
  { keys }: Pick<ProviderAuth, 'keys'>,
): Promise<ProviderAnswer> {
  const refusal = refuseStranger(request, keys);
  if (refusal) return refusal;

  const call = parseJson(request.body.toString());
  if (typeof call !== 'object' || call === null)
    return refuse('malformed', 'the body is neither a JSON object nor an array');
  const { items } = WireCall.parse(call);
  if (items) return { kind: 'events', events: await Promise.all(items.map(readReply)) };
  return { kind: 'events', events: [call].flat().map((element) => readEvent(WireEvent.parse(element))) };
}

const WireCall = wireObject({ items: z.array(z.unknown()).optional().catch(undefined) });

const WireEvent = wireObject({
  event: wireText,
  email: wireAny,
  'message-id': wireText,
  ts: wireAny,
  ts_event: wireAny,
  ts_epoch: wireAny,
  'X-Mailin-custom': wireAny,
  link: wireText,
  reason: wireText,
  user_agent: wireText,
});
type WireEvent = z.infer<typeof WireEvent>;

const outcomes: ReadonlyMap<string | undefined, Pick<Seen, 'type' | 'hard' | 'machine'>> = new Map([
  ['delivered', { type: 'delivered' }],
  ['deferred', { type: 'deferred' }],
  ['click', { type: 'clicked' }],
  ['soft_bounce', { type: 'bounced', hard: false }],
  ['hard_bounce', { type: 'bounced', hard: true }],
  ['invalid_email', { type: 'bounced', hard: true }],
  ['blocked', { type: 'rejected' }],
  ['error', { type: 'rejected' }],
  ['complaint', { type: 'complained' }],
  ['spam', { type: 'complained' }],
  ['unique_opened', { type: 'opened' }],
  ['opened', { type: 'opened' }],
  ['proxy_open', { type: 'opened', machine: true }],
  ['unique_proxy_open', { type: 'opened', machine: true }],
  ['unsubscribed', { type: 'unsubscribed' }],
  ['unsubscribe', { type: 'unsubscribed' }],
]);

function oneOf(addresses: readonly string[]): string | undefined {
  return addresses.length === 1 ? bareAddress(addresses[0]) : undefined;
}

/** Brevo gives an event no id of its own: `id` is that of the webhook. */
function readEvent(wire: WireEvent): ProviderEvent {
  const outcome = outcomes.get(wire.event) ?? { type: 'ignored' };
  const seen: Seen = {
    word: wire.event,
    ...outcome,
    // A list where contacts are added to one; events of mails name one address.
    recipient: oneOf(wireTexts(wire.email)),
    messageRef: bareId(wire['message-id']),
    smtpId: bareId(wire['message-id']),
    // The others are in the time zone of the account.
    at: epochInstant(wire.ts_epoch) ?? epochInstant(wire.ts_event) ?? epochInstant(wire.ts),
    userAgent: wire.user_agent,
    url: outcome.type === 'clicked' ? wire.link : undefined,
    reason: wire.reason,
    metadata: plainFields(wire['X-Mailin-custom']),
  };
  return canonicalEvent('brevo', seen);
}

const WireAddress = wireObject({ Address: wireText });
const WireMail = wireObject({
  Uuid: wireList,
  MessageId: wireText,
  InReplyTo: wireText,
  From: WireAddress,
  To: wireList,
  Recipients: wireList,
  Subject: wireText,
  Headers: z.record(z.string(), z.unknown()).catch({}),
  RawTextBody: wireText,
  RawHtmlBody: wireText,
  ExtractedMarkdownMessage: wireText,
});

async function readReply(item: unknown): Promise<ProviderEvent> {
  const wire = WireMail.parse(item);
  const eventId = wireId.parse(wire.Uuid[0]);
  const known = { 'Message-Id': wire.MessageId, 'In-Reply-To': wire.InReplyTo };
  const reached = wireTexts(wire.Recipients);
  const addressed = reached.length > 0 ? reached : wire.To.map((to) => WireAddress.parse(to).Address);
  const mail = await inboundMail({
    headers: { ...known, ...wire.Headers },
    from: wire.From.Address,
    subject: wire.Subject,
    text: wire.ExtractedMarkdownMessage ?? wire.RawTextBody,
    html: wire.RawHtmlBody,
    to: addressed.flatMap((address) => bareAddress(address) ?? []),
    eventId,
    ref: eventId,
  });
  return inboundEvent('brevo', mail);
}

/** Brevo gives this text back with every event, and reports the Message-ID as well. */
export function brevoHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-Mailin-custom': asciiJson({ rivulet: messageId }), 'X-Mailin-Tag': tagText(sequence) };
}
