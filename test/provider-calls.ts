import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderAnswer, ProviderAuth, ProviderRequest } from '../src/event/provider.js';
import type { ProviderName } from '../src/event/provider-names.js';
import { providers } from '../src/event/providers.js';

/** A call as a provider makes it, and what it is judged by. */
export type Call = { readonly request: ProviderRequest; readonly auth: ProviderAuth };

export const now = new Date('2024-09-10T20:30:00Z');
const seconds = String(now.getTime() / 1000);

const ecdsa = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** SNS publishes certificates; a bare public key reads the same, and Node cannot make certificates. */
const snsKey = rsa.publicKey.export({ format: 'pem', type: 'spki' }).toString();
export const topic = 'arn:aws:sns:eu-west-1:123456789012:mail-events';
export const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem';

/** The setting of each provider in these tests. */
export const settings: Readonly<Record<ProviderName, string>> = {
  sendgrid: ecdsa.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  mailgun: 'mailgun-signing-key-of-a-test',
  postmark: 'hook:a:b',
  ses: topic,
  sparkpost: 'X-MessageSystems-Webhook-Token: a-token-of-a-test',
  brevo: 'Bearer a-token-of-a-test',
  mailjet: 'hook:secret',
  resend: `whsec_${Buffer.from('resend-secret-of-a-test').toString('base64')}`,
  mailersend: 'mailersend-secret-of-a-test',
};

function hmac(key: string | Buffer, signed: string | Buffer, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', key).update(signed).digest(encoding);
}

export const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

/** An SNS envelope, signed as Amazon signs, of which single fields may be told otherwise before that. */
export function snsEnvelope(
  more: Readonly<Record<string, unknown>>,
  version: '1' | '2' = '2',
): Record<string, unknown> {
  const unsigned: Record<string, unknown> = {
    Type: 'Notification',
    MessageId: 'sns-1',
    TopicArn: topic,
    Timestamp: now.toISOString(),
    ...more,
  };
  const names = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const present = names.filter((name) => unsigned[name] !== undefined && unsigned[name] !== null);
  const text = present.map((name) => `${name}\n${String(unsigned[name])}\n`).join('');
  const signature = sign(version === '1' ? 'RSA-SHA1' : 'RSA-SHA256', Buffer.from(text), rsa.privateKey);
  return {
    SignatureVersion: version,
    Signature: signature.toString('base64'),
    SigningCertURL: certificateUrl,
    ...unsigned,
  };
}

type Written = { readonly body: string | Buffer; readonly headers: Record<string, string> };

/** How each provider writes and authenticates what it has to say. */
const writers: Readonly<Record<ProviderName, (content: string) => Written>> = {
  sendgrid: (body) => {
    const signature = sign('sha256', Buffer.from(seconds + body), ecdsa.privateKey).toString('base64');
    const name = 'x-twilio-email-event-webhook';
    return { body, headers: { [`${name}-signature`]: signature, [`${name}-timestamp`]: seconds } };
  },
  mailgun: (content) => {
    const token = 'a'.repeat(50);
    const signature = hmac(settings.mailgun, seconds + token, 'hex');
    const signed = JSON.stringify({ timestamp: seconds, token, signature });
    return { body: `{"signature":${signed},"event-data":${content}}`, headers: {} };
  },
  postmark: (body) => ({ body, headers: { authorization: basic(settings.postmark) } }),
  ses: (content) => ({ body: JSON.stringify(snsEnvelope({ Message: content })), headers: {} }),
  sparkpost: (body) => ({ body, headers: { 'x-messagesystems-webhook-token': 'a-token-of-a-test' } }),
  brevo: (body) => ({ body, headers: { authorization: settings.brevo } }),
  mailjet: (body) => ({ body, headers: { authorization: basic(settings.mailjet) } }),
  resend: (body) => {
    const secret = Buffer.from('resend-secret-of-a-test');
    const signature = `v1,${hmac(secret, `msg_1.${seconds}.${body}`, 'base64')}`;
    return { body, headers: { 'svix-id': 'msg_1', 'svix-timestamp': seconds, 'svix-signature': signature } };
  },
  mailersend: (body) => ({ body, headers: { signature: hmac(settings.mailersend, body, 'hex') } }),
};

export async function certificateOf(): Promise<string> {
  return snsKey;
}

/** A genuine call with this content: text as it is, anything else as JSON. */
export function callOf(provider: ProviderName, content: unknown): Call {
  const { body, headers } = writers[provider](typeof content === 'string' ? content : JSON.stringify(content));
  return { request: { body: Buffer.from(body), headers }, auth: { keys: settings[provider], now, certificateOf } };
}

/** What the provider's adapter answers to a call. */
export async function answer(provider: ProviderName, { request, auth }: Call): Promise<ProviderAnswer> {
  const adapter = providers.get(provider);
  if (!adapter) throw new Error(`no adapter for ${provider}`);
  return adapter.read(request, auth);
}

/** The events in a genuine call with this content. */
export async function eventsIn(provider: ProviderName, content: unknown): Promise<readonly ProviderEvent[]> {
  const read = await answer(provider, callOf(provider, content));
  if (read.kind !== 'events') throw new Error(`no events, but ${JSON.stringify(read)}`);
  return read.events;
}

/** The only event in a genuine call with this content. */
export async function eventIn(provider: ProviderName, content: unknown): Promise<ProviderEvent> {
  const [event, ...more] = await eventsIn(provider, content);
  if (!event || more.length > 0) throw new Error('not one event');
  return event;
}

const address = 'alice@example.com';

/** A delivery in each provider's words, which a test changes where it looks. */
export const elements: Readonly<Record<ProviderName, (more: object) => unknown>> = {
  sendgrid: (more) => [{ event: 'delivered', email: address, timestamp: 1725999900, sg_event_id: 'e1', ...more }],
  mailgun: (more) => ({
    event: 'delivered',
    id: 'e1',
    timestamp: 1725999900.5,
    recipient: address,
    message: { headers: { 'message-id': 'm_1@example.net' } },
    ...more,
  }),
  postmark: (more) => ({
    RecordType: 'Delivery',
    MessageID: 'pm-1',
    Recipient: address,
    DeliveredAt: '2024-09-10T20:25:00Z',
    ...more,
  }),
  ses: (more) => ({
    eventType: 'Delivery',
    mail: { messageId: 'ses-1', timestamp: '2024-09-10T20:24:00.000Z', destination: [address] },
    delivery: { timestamp: '2024-09-10T20:25:00.000Z', recipients: [address] },
    ...more,
  }),
  sparkpost: (more) => [
    {
      msys: {
        message_event: {
          type: 'delivery',
          event_id: 'e1',
          transmission_id: 'sp-1',
          rcpt_to: address,
          timestamp: '1725999900',
          ...more,
        },
      },
    },
  ],
  brevo: (more) => ({
    event: 'delivered',
    email: address,
    'message-id': '<m_1@example.net>',
    ts_epoch: 1725999900000,
    ...more,
  }),
  mailjet: (more) => ({ event: 'sent', email: address, time: 1725999900, MessageID: '1152921504606846977', ...more }),
  resend: (more) => ({
    type: 'email.delivered',
    created_at: '2024-09-10T20:25:00.000Z',
    data: { email_id: 're-1', message_id: '<m_1@example.net>', to: [address] },
    ...more,
  }),
  mailersend: (more) => ({
    type: 'activity.delivered',
    data: {
      id: 'e1',
      created_at: '2024-09-10T20:25:00.000000Z',
      email: { tags: null, message: { id: 'ms-1' }, recipient: { email: address } },
      morph: null,
      ...more,
    },
  }),
};
