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
  type Seen,
  type TagContext,
} from './provider.js';
import { tagText } from './tag-text.js';
import { refuseStranger } from './webhook-auth.js';
import { parseJson, plainFields, wireAny, wireFlag, wireId, wireList, wireObject, wireText } from './wire-fields.js';

/** Reads one call of Postmark's webhooks, the inbound one among them. Postmark signs nothing: the call shows credentials. */
export async function readPostmark(
  request: ProviderRequest,
  { keys }: Pick<ProviderAuth, 'keys'>,
): Promise<ProviderAnswer> {
  const refusal = refuseStranger(request, keys);
  if (refusal) return refusal;

  const call = z.record(z.string(), z.unknown()).safeParse(parseJson(request.body.toString()));
  if (!call.success) return refuse('malformed', 'the body is not a JSON object');
  const isInbound = call.data['RecordType'] === undefined && call.data['FromFull'] !== undefined;
  return { kind: 'events', events: [isInbound ? await readReply(call.data) : readEvent(WireEvent.parse(call.data))] };
}

const WireEvent = wireObject({
  RecordType: wireText,
  MessageID: wireId,
  ID: wireId,
  Type: wireText,
  Recipient: wireText,
  Email: wireText,
  DeliveredAt: wireText,
  BouncedAt: wireText,
  ReceivedAt: wireText,
  ChangedAt: wireText,
  SuppressSending: wireFlag,
  SuppressionReason: wireText,
  Inactive: wireFlag,
  OriginalLink: wireText,
  UserAgent: wireText,
  Geo: wireObject({ IP: wireText }),
  Details: wireText,
  Description: wireText,
  Metadata: wireAny,
});
type WireEvent = z.infer<typeof WireEvent>;

function readEvent(wire: WireEvent): ProviderEvent {
  const isReport = wire.RecordType === 'Bounce' || wire.RecordType === 'SpamComplaint';
  const outcome = outcomeOf(wire);
  const seen: Seen = {
    word: [wire.RecordType, wire.Type].filter(Boolean).join(' ') || undefined,
    ...outcome,
    recipient: bareAddress(wire.Recipient ?? wire.Email),
    messageRef: bareId(wire.MessageID),
    at: isoInstant(wire.DeliveredAt ?? wire.BouncedAt ?? wire.ReceivedAt ?? wire.ChangedAt),
    eventId: isReport ? wire.ID : undefined,
    userAgent: wire.UserAgent,
    ip: wire.Geo.IP,
    url: outcome.type === 'clicked' ? wire.OriginalLink : undefined,
    reason: wire.Details ?? wire.Description ?? wire.SuppressionReason,
    metadata: plainFields(wire.Metadata),
  };
  return canonicalEvent('postmark', seen);
}

type Outcome = Pick<Seen, 'type' | 'hard'>;
const hard: Outcome = { type: 'bounced', hard: true };
const soft: Outcome = { type: 'bounced', hard: false };
const nothing: Outcome = { type: 'ignored' };

/** By name: the numbers of the types differ between Postmark's own documents. */
const bounces: ReadonlyMap<string | undefined, Outcome> = new Map([
  ['HardBounce', hard],
  ['BadEmailAddress', hard],
  ['SoftBounce', soft],
  ['Blocked', soft],
  ['DMARCPolicy', soft],
  ['VirusNotification', soft],
  ['SpamNotification', soft],
  ['Unknown', soft],
  ['Transient', { type: 'deferred' }],
  ['DnsError', { type: 'deferred' }],
  ['ManuallyDeactivated', { type: 'rejected' }],
  ['Unconfirmed', { type: 'rejected' }],
  ['SMTPApiError', { type: 'rejected' }],
  ['TemplateRenderingFailed', { type: 'rejected' }],
  ['InboundError', { type: 'rejected' }],
  ['Unsubscribe', { type: 'unsubscribed' }],
  ['SpamComplaint', { type: 'complained' }],
  ['AutoResponder', nothing],
  ['AddressChange', nothing],
  ['ChallengeVerification', nothing],
  ['OpenRelayTest', nothing],
  ['Subscribe', nothing],
]);

const suppressions: ReadonlyMap<string | undefined, Outcome> = new Map([
  ['ManualSuppression', { type: 'unsubscribed' }],
  ['HardBounce', hard],
  ['SpamComplaint', { type: 'complained' }],
]);

const outcomes: ReadonlyMap<string | undefined, Outcome> = new Map([
  ['Delivery', { type: 'delivered' }],
  ['Open', { type: 'opened' }],
  ['Click', { type: 'clicked' }],
  ['SpamComplaint', { type: 'complained' }],
]);

function outcomeOf(wire: WireEvent): Outcome {
  // A bounce that is new to us, for which Postmark has closed the address, is one for good.
  if (wire.RecordType === 'Bounce') return bounces.get(wire.Type) ?? (wire.Inactive ? hard : soft);
  if (wire.RecordType !== 'SubscriptionChange') return outcomes.get(wire.RecordType) ?? nothing;
  return wire.SuppressSending ? (suppressions.get(wire.SuppressionReason) ?? nothing) : nothing;
}

const WireMail = wireObject({
  FromFull: wireObject({ Email: wireText }),
  From: wireText,
  ToFull: wireList,
  OriginalRecipient: wireText,
  Subject: wireText,
  MessageID: wireId,
  TextBody: wireText,
  HtmlBody: wireText,
  StrippedTextReply: wireText,
  Headers: wireAny,
});
const WireAddress = wireObject({ Email: wireText });

async function readReply(call: unknown): Promise<ProviderEvent> {
  const wire = WireMail.parse(call);
  const addressed = wire.ToFull.flatMap((to) => bareAddress(WireAddress.parse(to).Email) ?? []);
  const mail = await inboundMail({
    headers: wire.Headers,
    from: wire.FromFull.Email ?? wire.From,
    subject: wire.Subject,
    text: wire.StrippedTextReply ?? wire.TextBody,
    html: wire.HtmlBody,
    to: [...new Set([bareAddress(wire.OriginalRecipient) ?? [], addressed].flat())],
    eventId: wire.MessageID,
    ref: wire.MessageID,
  });
  return inboundEvent('postmark', mail);
}

/** Postmark gives `X-PM-Metadata-…` back with every event. Without KeepID it puts its own Message-ID in place of ours. */
export function postmarkHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-PM-Metadata-rivulet': messageId, 'X-PM-Tag': tagText(sequence), 'X-PM-KeepID': 'true' };
}
