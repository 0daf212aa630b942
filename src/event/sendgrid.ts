import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as z from 'zod';
import type { ProviderEvent } from './canonical.js';
import { parseMime, textOfHtml } from './inbound-mime.js';
import { readForm } from './posted-form.js';
import {
  bareAddress,
  bareId,
  canonicalEvent,
  enhancedStatus,
  epochInstant,
  inboundEvent,
  type InboundMail,
  type ProviderAnswer,
  type ProviderRequest,
  type Refusal,
  refuse,
  type Seen,
  type TagContext,
} from './provider.js';
import { asciiJson, tagText } from './tag-text.js';
import { keysOf, refuseStale } from './webhook-auth.js';
import { fieldsOf, parseJson, plainFields } from './wire-fields.js';

export type SendgridAuth = {
  /**
   * The verification key as SendGrid shows it: base64 of a SubjectPublicKeyInfo; PEM armour is taken off. The inbound
   * webhook has another one, so several may be given, separated by commas.
   */
  readonly publicKey: string;
  readonly now: Date;
  /** How far the signed time may be from `now`. SendGrid names no limit and retries for a day: unset, age is not judged. */
  readonly toleranceSeconds?: number | undefined;
};

/** Verifies and reads one call of SendGrid's event webhook. */
export function readSendgridWebhook(request: ProviderRequest, auth: SendgridAuth): ProviderAnswer {
  const refusal = refuseUnsigned(request, auth);
  if (refusal) return refusal;

  const batch = z.array(z.unknown()).safeParse(parseJson(request.body.toString()));
  if (!batch.success) return refuse('malformed', 'the body is not a JSON array of events');
  return { kind: 'events', events: batch.data.map(readEvent) };
}

/** Reads one call of SendGrid's Inbound Parse webhook; without a `publicKey` the caller must know by other means who calls. */
export async function readSendgridInbound(
  request: ProviderRequest,
  auth: Partial<SendgridAuth> & { readonly now: Date },
): Promise<ProviderAnswer> {
  const { publicKey } = auth;
  const refusal = publicKey === undefined ? undefined : refuseUnsigned(request, { ...auth, publicKey });
  if (refusal) return refusal;

  const form = readForm(request);
  if (!form) return refuse('malformed', 'the body is not a complete form');
  if (!form.has('email') && !form.has('headers') && !form.has('from')) {
    return refuse('malformed', 'the form holds no mail');
  }
  const mail = await readInboundMail(form);
  if (!mail) return refuse('malformed', 'the mail in the form cannot be parsed');
  return { kind: 'events', events: [inboundEvent('sendgrid', mail)] };
}

/** ECDSA over the time stamp's text and the raw bytes; undefined means that SendGrid wrote this. */
function refuseUnsigned({ body, headers }: ProviderRequest, auth: SendgridAuth): Refusal | undefined {
  const signature = headers['x-twilio-email-event-webhook-signature'];
  const timestamp = headers['x-twilio-email-event-webhook-timestamp'];
  if (!signature || !timestamp) return refuse('bad-signature', 'a signature header is missing');
  // Digits only: nothing of the body may be moved into the header, and Node would decode base64 with rubbish in it.
  if (!/^\d{1,20}$/.test(timestamp)) return refuse('bad-signature', 'the signed time is not a number');
  if (!/^[a-z0-9+/]+={0,2}$/i.test(signature)) return refuse('bad-signature', 'the signature is not base64');

  const signed = Buffer.concat([Buffer.from(timestamp), body]);
  if (!isSigned(signed, signature, auth.publicKey)) {
    return refuse('bad-signature', 'the signature does not fit the body and the configured public key');
  }
  return refuseStale(epochInstant(timestamp), auth.now, auth.toleranceSeconds);
}

function isSigned(signed: Buffer, signature: string, publicKeys: string): boolean {
  const keys = keysOf(publicKeys).flatMap((key) => keyOf(key) ?? []);
  try {
    return keys.some((key) => verify('sha256', signed, key, Buffer.from(signature, 'base64')));
  } catch {
    // A signature that is not ASN.1: this is not signed for us.
    return false;
  }
}

function keyOf(publicKey: string): KeyObject | undefined {
  try {
    const der = Buffer.from(publicKey.replaceAll(/-----[^-]*-----|\s/g, ''), 'base64');
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ec' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Why a text cannot be SENDGRID_WEBHOOK_KEY; undefined if it can. */
export function flawOfSendgridKey(keys: string): string | undefined {
  const given = keysOf(keys);
  if (given.length > 0 && given.every((key) => keyOf(key) !== undefined)) return undefined;
  return 'it is the verification key that SendGrid shows beside its signed event webhook, beginning with MFkw';
}

/** SendGrid gives `unique_args` back with every event, and takes the header out of the mail. */
export function sendgridHeaders(messageId: string, { sequence }: TagContext): Record<string, string> {
  return { 'X-SMTPAPI': asciiJson({ unique_args: { rivulet: messageId }, category: [tagText(sequence)] }) };
}

/** Each field for itself: one of a wrong type counts as missing and does not cost the event. */
const wireTexts = [
  'event',
  'email',
  'sg_event_id',
  'sg_message_id',
  'smtp-id',
  'type',
  'status',
  'bounce_classification',
  'reason',
  'response',
  'url',
  'ip',
  'useragent',
] as const;
type WireEvent = Readonly<Partial<Record<(typeof wireTexts)[number], string>>>;

/** By hand: of all providers SendGrid sends most at a time, and zod takes five times as long. */
function wireEventOf(record: Readonly<Record<string, unknown>>): WireEvent {
  const wire: { -readonly [Name in keyof WireEvent]: WireEvent[Name] } = {};
  for (const name of wireTexts) {
    const value = record[name];
    if (typeof value === 'string' && value.trim() !== '') wire[name] = value.trim();
  }
  return wire;
}

/** SendGrid's keys that we do not read; any other unknown key at the top level is one of ours coming back. */
const otherKnownKeys = [
  'timestamp sg_machine_open category url_offset attempt tls cert_err asm_group_id sg_content_type pool send_at newsletter',
  'post_type sg_user_id sg_template_id sg_template_name marketing_campaign_id marketing_campaign_name',
  'marketing_campaign_version marketing_campaign_split_id',
];
const knownKeys = new Set<string>([...wireTexts, ...otherKnownKeys.join(' ').split(' ')]);

const typeOfEvent: ReadonlyMap<string | undefined, ProviderEvent['type']> = new Map([
  ['delivered', 'delivered'],
  ['deferred', 'deferred'],
  ['bounce', 'bounced'],
  ['dropped', 'rejected'],
  ['open', 'opened'],
  ['click', 'clicked'],
  ['spamreport', 'complained'],
  ['unsubscribe', 'unsubscribed'],
  ['group_unsubscribe', 'unsubscribed'],
]);

function readEvent(element: unknown): ProviderEvent {
  const record = fieldsOf(element);
  const wire = wireEventOf(record);
  const type = typeOfEvent.get(wire.event) ?? 'ignored';
  const seen: Seen = {
    word: wire.event,
    type,
    hard: type === 'bounced' ? isHard(wire) : undefined,
    recipient: bareAddress(wire.email),
    messageRef: messageRefOf(wire.sg_message_id),
    at: epochInstant(record['timestamp']),
    eventId: wire.sg_event_id,
    machine: record['sg_machine_open'] === true,
    userAgent: wire.useragent,
    ip: wire.ip,
    url: type === 'clicked' ? wire.url : undefined,
    reason: wire.reason ?? wire.response,
    status: enhancedStatus(wire.status),
    metadata: ownKeys(record),
    smtpId: bareId(wire['smtp-id']),
  };
  return canonicalEvent('sendgrid', seen);
}

/** SendGrid's word for it decides: a mail that was `blocked` leaves the address good, even with a 5.x.x status. */
function isHard(wire: WireEvent): boolean {
  if (wire.type) return wire.type === 'bounce';
  return wire.bounce_classification === 'Invalid Address' || wire.status?.startsWith('5.') === true;
}

/** The id that SMTP answered with: `sg_message_id` up to SendGrid's own host name. It may contain dots itself. */
function messageRefOf(sgMessageId: string | undefined): string | undefined {
  const id = bareId(sgMessageId);
  return id?.startsWith('filter') ? id : id?.replace(/\.(filter|recvd|stfilter).*$/s, '') || undefined;
}

function ownKeys(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return plainFields(Object.fromEntries(Object.entries(record).filter(([key]) => !knownKeys.has(key))));
}

const Envelope = z.object({
  to: z.array(z.string()).optional().catch(undefined),
  from: z.string().optional().catch(undefined),
});

/** Both modes: `email` is the whole mail, otherwise `headers` is its head and the texts are fields of their own. */
async function readInboundMail(form: ReadonlyMap<string, Buffer>): Promise<InboundMail | undefined> {
  const mail = await parseMime(form.get('email') ?? headOf(form));
  if (!mail) return undefined;

  const text = mail.text || (await readText(form, 'text')) || textOfHtml(mail.html || (await readText(form, 'html')));
  const envelope = Envelope.safeParse(parseJson(form.get('envelope')?.toString() ?? '')).data;
  const { header, subject, from } = mail;
  return { header, subject, text, from, to: envelope?.to ?? mail.to, envelopeFrom: envelope?.from };
}

function headOf(form: ReadonlyMap<string, Buffer>): Buffer {
  const known = form.get('headers')?.toString('latin1').trim();
  const lines = ['from', 'to', 'subject'].map((name) => `${name}: ${form.get(name)?.toString('latin1').trim() ?? ''}`);
  return Buffer.from(`${known || lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Reads a field in the charset that `charsets` gives it: SendGrid passes the sender's bytes on as they were. */
async function readText(form: ReadonlyMap<string, Buffer>, name: string): Promise<string> {
  const bytes = form.get(name) ?? Buffer.alloc(0);
  const charsets = z.record(z.string(), z.string()).safeParse(parseJson(form.get('charsets')?.toString() ?? '')).data;
  const charset = charsets?.[name] ?? 'utf-8';
  if (/^(utf-?8|us-ascii)$/i.test(charset) || !/^[\w.:-]+$/.test(charset)) return bytes.toString();

  // As a mail of its own, since Node 20's TextDecoder takes windows-1252 for latin1 and loses the quotes and dashes.
  const head = Buffer.from(`Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n`);
  const mail = await parseMime(Buffer.concat([head, bytes]));
  return mail?.text || bytes.toString();
}
