import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { inboundMail } from './inbound-mail.js';
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
  type Seen,
  type TagContext,
} from './provider.js';
import { asciiJson, tagText } from './tag-text.js';
import { refuseStranger } from './webhook-auth.js';
import {
  fieldsOf,
  parseJson,
  plainFields,
  wireAny,
  wireFlag,
  wireId,
  wireList,
  wireObject,
  wireText,
  wireTexts,
} from './wire-fields.js';

/** Reads one call of SparkPost's webhooks: a batch of events, a ping, or replies from a relay webhook. */
export async function readSparkpost(
  request: ProviderRequest,
  { keys }: Pick<ProviderAuth, 'keys'>,
): Promise<ProviderAnswer> {
  const refusal = refuseStranger(request, keys);
  if (refusal) return refusal;

  const call = parseJson(request.body.toString());
  if (!Array.isArray(call) && fieldsOf(call)['msys'] === undefined) {
    return refuse('malformed', 'the body is not a JSON array of events');
  }
  return { kind: 'events', events: await Promise.all(wireList.parse([call].flat()).map(readElement)) };
}

/** Beside `msys` there may be more; in it is one object, named after its class, or nothing at all in a ping. */
const WireElement = wireObject({ msys: z.record(z.string(), z.unknown()).catch({}) });

async function readElement(element: unknown): Promise<ProviderEvent> {
  const { msys } = WireElement.parse(element);
  if (msys['relay_message'] !== undefined) return readReply(msys['relay_message']);
  return readEvent(WireEvent.parse(Object.values(msys)[0]));
}

const WireEvent = wireObject({
  type: wireText,
  event_id: wireId,
  transmission_id: wireId,
  timestamp: wireAny,
  rcpt_to: wireText,
  raw_rcpt_to: wireText,
  rcpt_meta: wireAny,
  bounce_class: wireId,
  raw_reason: wireText,
  reason: wireText,
  target_link_url: wireText,
  ip_address: wireText,
  user_agent: wireText,
  user_agent_parsed: wireObject({ is_prefetched: wireFlag }),
});
type WireEvent = z.infer<typeof WireEvent>;

function readEvent(wire: WireEvent): ProviderEvent {
  const outcome = outcomeOf(wire);
  const seen: Seen = {
    word: wire.type,
    ...outcome,
    // The raw one keeps the case in which we wrote it.
    recipient: bareAddress(wire.raw_rcpt_to) ?? bareAddress(wire.rcpt_to),
    messageRef: bareId(wire.transmission_id),
    at: epochInstant(wire.timestamp) ?? isoInstant(wire.timestamp),
    eventId: wire.event_id,
    machine: wire.user_agent_parsed.is_prefetched === true,
    userAgent: wire.user_agent,
    ip: wire.ip_address,
    url: outcome.type === 'clicked' ? wire.target_link_url : undefined,
    reason: wire.raw_reason ?? wire.reason,
    metadata: plainFields(wire.rcpt_meta),
  };
  return canonicalEvent('sparkpost', seen);
}

const typeOfEvent: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  ['delivery', 'delivered'],
  ['delay', 'deferred'],
  ['policy_rejection', 'rejected'],
  ['generation_failure', 'rejected'],
  ['generation_rejection', 'rejected'],
  ['spam_complaint', 'complained'],
  ['open', 'opened'],
  ['initial_open', 'opened'],
  ['amp_open', 'opened'],
  ['amp_initial_open', 'opened'],
  ['click', 'clicked'],
  ['amp_click', 'clicked'],
  ['list_unsubscribe', 'unsubscribed'],
  ['link_unsubscribe', 'unsubscribed'],
]);

/** https://support.sparkpost.com: what the classes of bounces mean; every class that is not here is soft. */
const typeOfBounce: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  ['25', 'rejected'],
  ['90', 'unsubscribed'],
  ['60', 'ignored'],
  ['80', 'ignored'],
  ['100', 'ignored'],
]);

function outcomeOf({ type, bounce_class: bounceClass }: WireEvent): Pick<Seen, 'type' | 'hard'> {
  if (type !== 'bounce' && type !== 'out_of_band') return { type: typeOfEvent.get(type) ?? 'ignored' };
  const other = typeOfBounce.get(bounceClass);
  // 10 is an unknown recipient, 30 one that takes no mail at all.
  return other ? { type: other } : { type: 'bounced', hard: bounceClass === '10' || bounceClass === '30' };
}

const WireRelayed = wireObject({
  friendly_from: wireText,
  msg_from: z.string().optional().catch(undefined),
  rcpt_to: wireText,
  content: wireObject({
    email_rfc822: wireText,
    email_rfc822_is_base64: wireFlag,
    headers: wireAny,
    text: wireText,
    html: wireText,
    subject: wireText,
    to: wireList,
  }),
});

async function readReply(relayed: unknown): Promise<ProviderEvent> {
  const { content, friendly_from, msg_from, rcpt_to } = WireRelayed.parse(relayed);
  const mime = content.email_rfc822;
  const to = rcpt_to === undefined ? wireTexts(content.to) : [rcpt_to];
  const mail = await inboundMail({
    headers: content.headers,
    from: friendly_from,
    subject: content.subject,
    text: content.text,
    html: content.html,
    to: to.flatMap((address) => bareAddress(address) ?? []),
    envelopeFrom: msg_from,
    mime: mime === undefined ? undefined : Buffer.from(mime, content.email_rfc822_is_base64 ? 'base64' : 'utf8'),
  });
  return inboundEvent('sparkpost', mail);
}

/**
 * SparkPost gives the metadata back with every event. Over SMTP it tracks nothing unless told to, and we have it not told:
 * our own links and pixel are in the mail already.
 */
export function sparkpostHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-MSYS-API': asciiJson({ campaign_id: tagText(sequence), metadata: { rivulet: messageId } }) };
}
