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
} from './provider.js';
import { keysOf, refuseStranger } from './webhook-auth.js';
import { parseJson, plainFields, wireAny, wireFlag, wireId, wireObject, wireText } from './wire-fields.js';

/** Reads one call of Mailjet's event webhook (an event, or a group of them), or one of its Parse API. */
export async function readMailjet(
  request: ProviderRequest,
  { keys }: Pick<ProviderAuth, 'keys'>,
): Promise<ProviderAnswer> {
  const refusal = refuseStranger(request, keys);
  if (refusal) return refusal;

  const call = parseJson(request.body.toString());
  if (typeof call !== 'object' || call === null)
    return refuse('malformed', 'the body is neither a JSON object nor an array');
  const mail = WireMail.parse(call);
  if (mail.Sender !== undefined && mail.Recipient !== undefined)
    return { kind: 'events', events: [await readReply(mail)] };
  return { kind: 'events', events: [call].flat().map((element) => readEvent(WireEvent.parse(element))) };
}

const WireEvent = wireObject({
  event: wireText,
  time: wireAny,
  MessageID: wireId,
  email: wireText,
  CustomID: wireText,
  Payload: wireAny,
  url: wireText,
  ip: wireText,
  agent: wireText,
  hard_bounce: wireFlag,
  error: wireText,
  error_related_to: wireText,
  comment: wireText,
  smtp_reply: wireText,
});
type WireEvent = z.infer<typeof WireEvent>;

function readEvent(wire: WireEvent): ProviderEvent {
  const outcome = outcomeOf(wire);
  const seen: Seen = {
    word: wire.event,
    ...outcome,
    recipient: bareAddress(wire.email),
    messageRef: bareId(wire.MessageID),
    at: epochInstant(wire.time),
    userAgent: wire.agent,
    ip: wire.ip,
    url: outcome.type === 'clicked' ? wire.url : undefined,
    reason: wire.comment ?? wire.error ?? wire.error_related_to ?? wire.smtp_reply,
    // The custom id is ours alone to set; both it and the payload are empty texts where nobody did.
    metadata: { ...(wire.CustomID ? { rivulet: wire.CustomID } : {}), ...plainFields(wire.Payload) },
  };
  return canonicalEvent('mailjet', seen);
}

const typeOfEvent: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  // Mailjet's word for what the server of the reader has accepted.
  ['sent', 'delivered'],
  ['open', 'opened'],
  ['click', 'clicked'],
  ['spam', 'complained'],
  ['unsub', 'unsubscribed'],
  ['blocked', 'rejected'],
]);

function outcomeOf({ event, hard_bounce, error }: WireEvent): Pick<Seen, 'type' | 'hard'> {
  if (event !== 'bounce') return { type: typeOfEvent.get(event) ?? 'ignored' };
  if (hard_bounce) return { type: 'bounced', hard: true };
  return error === 'greylisted' ? { type: 'deferred' } : { type: 'bounced', hard: false };
}

const WireMail = wireObject({
  Sender: z.string().optional().catch(undefined),
  Recipient: wireText,
  From: wireText,
  Subject: wireText,
  Headers: wireAny,
  'Text-part': wireText,
  'Html-part': wireText,
});

async function readReply(wire: z.infer<typeof WireMail>): Promise<ProviderEvent> {
  const mail = await inboundMail({
    headers: wire.Headers,
    from: wire.From,
    subject: wire.Subject,
    text: wire['Text-part'],
    html: wire['Html-part'],
    to: (wire.Recipient ?? '').split(',').flatMap((address) => bareAddress(address) ?? []),
    envelopeFrom: wire.Sender,
  });
  return inboundEvent('mailjet', mail);
}

/** Mailjet gives the custom id back with every event. */
export function mailjetHeaders(messageId: string): Record<string, string> {
  return { 'X-MJ-CustomID': messageId };
}

/** Why a text cannot be MAILJET_WEBHOOK_AUTH; undefined if it can. Mailjet takes name and password in the URL, nothing else. */
export function flawOfMailjetAuth(keys: string): string | undefined {
  const given = keysOf(keys);
  if (given.length > 0 && given.every((key) => /^[^\s:]+:\S+$/.test(key))) return undefined;
  return 'it is "user:password", or several of them, separated by commas';
}
