import { inboundMail } from './inbound-mail.js';
import type { ProviderEvent } from './canonical.js';
import {
  bareAddress,
  canonicalEvent,
  inboundEvent,
  isoInstant,
  type ProviderAnswer,
  type ProviderAuth,
  type ProviderRequest,
  type TagContext,
} from './provider.js';
import { sesEvents, sesTypeOf, WireSesMail } from './ses-event.js';
import { readSns } from './sns.js';
import { tagText } from './tag-text.js';
import { keysOf } from './webhook-auth.js';
import { fieldsOf, parseJson, wireList, wireObject, wireText, wireTexts } from './wire-fields.js';

/**
 * Verifies and reads one call of Amazon SNS with what Amazon SES publishes: events of a configuration set, the older
 * notifications of an identity, which hold the same, and mails received.
 */
export async function readSes(request: ProviderRequest, auth: ProviderAuth): Promise<ProviderAnswer> {
  const message = await readSns(request, auth);
  switch (message.kind) {
    case 'refused':
    case 'confirm':
      return message;
    case 'ended':
      return { kind: 'events', events: [canonicalEvent('ses', {})] };
    case 'notification':
      return { kind: 'events', events: await readMessage(message.id, message.text) };
  }
}

/** `id` is that of the SNS message, which stays the same when SNS tries again. */
async function readMessage(id: string, text: string): Promise<readonly ProviderEvent[]> {
  const message = parseJson(text);
  // SES greets a new topic with a sentence, or with an object that is about no mail.
  if (fieldsOf(message)['mail'] === undefined) return [canonicalEvent('ses', {}, id)];
  return sesTypeOf(message) === 'Received' ? [await readReply(id, message)] : sesEvents(message, id);
}

const WireReceived = wireObject({
  mail: WireSesMail,
  receipt: wireObject({ recipients: wireList, timestamp: wireText, action: wireObject({ encoding: wireText }) }),
  content: wireText,
});

/** A receipt rule's notification. Its SNS action brings the mail, the others only the headers. */
async function readReply(id: string, message: unknown): Promise<ProviderEvent> {
  const { mail, receipt, content } = WireReceived.parse(message);
  const encoding = receipt.action.encoding?.toUpperCase() === 'BASE64' ? 'base64' : 'utf8';
  const told = await inboundMail({
    headers: mail.headers,
    from: wireTexts(mail.commonHeaders.from)[0],
    subject: mail.commonHeaders.subject,
    to: wireTexts(receipt.recipients).flatMap((address) => bareAddress(address) ?? []),
    envelopeFrom: mail.source,
    eventId: id,
    at: isoInstant(mail.timestamp ?? receipt.timestamp),
    ref: mail.messageId,
    mime: content === undefined ? undefined : Buffer.from(content, encoding),
  });
  return inboundEvent('ses', told);
}

/** SES gives the tags back with every event; names and values are letters, digits, "_" and "-". */
export function sesHeaders(messageId: string, { sequence, step }: TagContext): Record<string, string> {
  const tags = { rivulet: messageId, sequence: tagText(sequence), step: tagText(step) };
  const written = Object.entries(tags).map(([name, value]) => `${name}=${value}`);
  return { 'X-SES-MESSAGE-TAGS': written.join(', ') };
}

/** Why a text cannot be SES_WEBHOOK_TOPICS; undefined if it can. */
export function flawOfTopics(topics: string): string | undefined {
  const given = keysOf(topics);
  const isArn = (topic: string) => /^arn:aws[a-z-]{0,20}:sns:[a-z\d-]{1,40}:\d{12}:[\w.-]{1,261}$/.test(topic);
  if (given.length > 0 && given.every(isArn)) return undefined;
  return 'it is the ARN of the SNS topic, such as arn:aws:sns:eu-west-1:123456789012:mail-events, or several, separated by commas';
}
