import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import * as z from 'zod';
import type { ProviderAuth, ProviderRequest } from '../event/provider.js';
import type { ProviderName } from '../event/provider-names.js';

/** Makes a call one of the provider's: with its signature, or what else it shows. */
export type SignCall = (call: ProviderRequest, now: Date) => ProviderRequest;

/** Signs with the first key of a setting. Undefined for providers whose calls they alone can sign. */
export function signerFor(provider: ProviderName, keys: string): SignCall | undefined {
  const [key = ''] = keys.split(',').map((one) => one.trim());
  switch (provider) {
    case 'sendgrid':
    case 'ses':
      return undefined;
    case 'mailgun':
      return (call, now) => asMailgun(call, key, now);
    case 'resend':
      return (call, now) => asSvix(call, key, now);
    case 'mailersend':
      return (call) => withHeaders(call, { signature: createHmac('sha256', key).update(call.body).digest('hex') });
    case 'postmark':
    case 'sparkpost':
    case 'brevo':
    case 'mailjet':
      return (call) => withHeaders(call, credentials(key));
  }
}

/** A provider of our own making: whatever is read of its calls is read by the code that reads the real ones. */
export type Impostor = { readonly sign: SignCall; readonly auth: Pick<ProviderAuth, 'keys' | 'certificateOf'> };

/** Keys that are thrown away with the call: for bodies of which nobody has the signature any more. */
export function impostorOf(provider: ProviderName): Impostor {
  if (provider === 'sendgrid') return asSendgrid();
  if (provider === 'ses') return asSns();
  const secret = randomBytes(24).toString('base64');
  const auth = { keys: provider === 'resend' ? `whsec_${secret}` : `replay:${secret}`, certificateOf };
  const signed = signerFor(provider, auth.keys);
  if (!signed) throw new Error(`nobody can sign for ${provider}`);
  return { sign: signed, auth };
}

async function certificateOf(): Promise<string> {
  throw new Error('only Amazon SNS has certificates');
}

function withHeaders({ body, headers }: ProviderRequest, more: Readonly<Record<string, string>>): ProviderRequest {
  return { body, headers: { ...headers, ...more } };
}

/** What a body is, by how it begins. A form that holds attachments begins with its boundary (RFC 2046 §5.1.1). */
export function typeOf(body: Buffer): string {
  const start = body.subarray(0, 200).toString('latin1').trimStart();
  const [, boundary] = /^--([^\r\n"]{1,70})\r?\n/.exec(start) ?? [];
  if (boundary !== undefined) return `multipart/form-data; boundary="${boundary}"`;
  return /^[[{]/.test(start) ? 'application/json' : 'application/x-www-form-urlencoded';
}

/** "user:password", "Bearer token" or "Header-Name: value", as the settings have them. */
function credentials(key: string): Record<string, string> {
  const [, name, value] = /^([^\s:]+):\s+(.+)$/.exec(key) ?? [];
  if (name !== undefined && value !== undefined) return { [name.toLowerCase()]: value };
  const isToken = /^Bearer\s/i.test(key);
  return { authorization: isToken ? key : `Basic ${Buffer.from(key).toString('base64')}` };
}

const Fields = z.record(z.string(), z.unknown());

/** Mailgun signs a time and a token, which stand in the body themselves. */
function asMailgun({ body, headers }: ProviderRequest, key: string, now: Date): ProviderRequest {
  const timestamp = secondsOf(now);
  const token = randomBytes(25).toString('hex');
  const signature = createHmac('sha256', key)
    .update(timestamp + token)
    .digest('hex');
  if (headers['content-type']?.startsWith('multipart/')) {
    const parts = Object.entries({ timestamp, token, signature }).map(([name, value]) => formPart(body, name, value));
    return { body: Buffer.concat([...parts, body]), headers };
  }
  if (headers['content-type'] === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(body.toString());
    for (const [name, value] of Object.entries({ timestamp, token, signature })) form.set(name, value);
    return { body: Buffer.from(form.toString()), headers };
  }
  const call = Fields.safeParse(parsed(body)).data ?? {};
  // An event by itself, as its log and API show it.
  const whole = call['event-data'] === undefined ? { 'event-data': call } : call;
  return { body: Buffer.from(JSON.stringify({ ...whole, signature: { timestamp, token, signature } })), headers };
}

/** A part before all others of a form; of two of one name the first counts. */
function formPart(body: Buffer, name: string, value: string): Buffer {
  const boundary = body.subarray(0, Math.max(body.indexOf('\r\n'), 0)).toString('latin1');
  return Buffer.from(`${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
}

/** Svix, for Resend: https://docs.svix.com/receiving/verifying-payloads/how-manual. */
function asSvix(call: ProviderRequest, secret: string, now: Date): ProviderRequest {
  const { body } = call;
  const id = `msg_${createHmac('sha256', 'replay').update(body).digest('hex').slice(0, 27)}`;
  const timestamp = secondsOf(now);
  const signature = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]))
    .digest('base64');
  return withHeaders(call, { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': `v1,${signature}` });
}

function asSendgrid(): Impostor {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  return {
    auth: { keys, certificateOf },
    sign: (call, now) => {
      const timestamp = secondsOf(now);
      const signed = Buffer.concat([Buffer.from(timestamp), call.body]);
      const signature = sign('sha256', signed, privateKey).toString('base64');
      return withHeaders(call, {
        'x-twilio-email-event-webhook-signature': signature,
        'x-twilio-email-event-webhook-timestamp': timestamp,
      });
    },
  };
}

const topic = 'arn:aws:sns:us-east-1:000000000000:replay';

/** The message of SES by itself, or in the envelope of SNS, which is signed anew. Only notifications: a subscription is between Amazon and us. */
function asSns(): Impostor {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return {
    auth: { keys: topic, certificateOf: async () => pem },
    sign: ({ body }, now) => {
      const given = z
        .object({ Message: z.string(), MessageId: z.string(), Timestamp: z.string() })
        .safeParse(parsed(body));
      const id = createHmac('sha256', 'replay').update(body).digest('hex').slice(0, 36);
      const { Message, MessageId, Timestamp } = given.data ?? {
        Message: body.toString(),
        MessageId: id,
        Timestamp: now.toISOString(),
      };
      const signed = { Message, MessageId, Timestamp, TopicArn: topic, Type: 'Notification' };
      const text = Object.entries(signed).map(([name, value]) => `${name}\n${value}\n`);
      const envelope = {
        ...signed,
        SignatureVersion: '2',
        Signature: sign('RSA-SHA256', Buffer.from(text.join('')), privateKey).toString('base64'),
        SigningCertURL: 'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem',
      };
      return { body: Buffer.from(JSON.stringify(envelope)), headers: { 'content-type': 'text/plain' } };
    },
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

function secondsOf(now: Date): string {
  return String(Math.floor(now.getTime() / 1000));
}

/** Nobody's mailbox: example.com is reserved (RFC 2606 §3). */
const nobody = 'webhook-test@example.com';

/** A delivery of a mail that never was, as a provider tells it. Each has a time of its own, so that none passes for the one before. */
export function sampleCall(provider: Exclude<ProviderName, 'sendgrid' | 'ses'>, now: Date): Buffer {
  const [seconds, id, iso] = [Number(secondsOf(now)), `rivulet-test-${now.getTime()}`, now.toISOString()];
  const samples: Readonly<Record<typeof provider, unknown>> = {
    mailgun: {
      'event-data': {
        event: 'delivered',
        id,
        timestamp: seconds,
        recipient: nobody,
        message: { headers: { 'message-id': `${id}@example.com` } },
      },
    },
    postmark: { RecordType: 'Delivery', MessageID: id, Recipient: nobody, DeliveredAt: iso },
    sparkpost: [
      {
        msys: {
          message_event: {
            type: 'delivery',
            event_id: id,
            transmission_id: id,
            rcpt_to: nobody,
            timestamp: String(seconds),
          },
        },
      },
    ],
    brevo: { event: 'delivered', email: nobody, 'message-id': `<${id}@example.com>`, ts_epoch: now.getTime() },
    mailjet: { event: 'sent', time: seconds, MessageID: now.getTime(), email: nobody },
    resend: { type: 'email.delivered', created_at: iso, data: { email_id: id, to: [nobody] } },
    mailersend: {
      type: 'activity.delivered',
      created_at: iso,
      data: { id, created_at: iso, email: { message: { id }, recipient: { email: nobody } } },
    },
  };
  return Buffer.from(JSON.stringify(samples[provider]));
}
