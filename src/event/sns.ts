import { createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import { isoInstant, type ProviderAuth, type ProviderRequest, refuse, type Refusal } from './provider.js';
import { keysOf, refuseStale } from './webhook-auth.js';
import { parseJson } from './wire-fields.js';

/** What Amazon SNS brought, once it is known to come from there and from a topic of ours. */
export type SnsMessage =
  | { readonly kind: 'notification'; readonly id: string; readonly text: string }
  | { readonly kind: 'confirm'; readonly url: string }
  /** Somebody ended the subscription. To fetch the address in it would begin it again. */
  | { readonly kind: 'ended' }
  | Refusal;

const signedText = z.string().nullish().catch(undefined);

/** The values are signed as they are: nothing may be trimmed. */
const Envelope = z.object({
  Type: z.enum(['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation']),
  MessageId: z.string(),
  TopicArn: z.string(),
  Message: z.string(),
  Timestamp: z.string(),
  Subject: signedText,
  SubscribeURL: signedText,
  Token: signedText,
  SignatureVersion: z.enum(['1', '2']),
  Signature: z.string().regex(/^[a-z0-9+/]{1,2000}={0,2}$/i),
  SigningCertURL: z.string(),
});
type Envelope = z.infer<typeof Envelope>;

/** Verifies one call of SNS. `auth.keys` names the topics; https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html. */
export async function readSns(request: ProviderRequest, auth: ProviderAuth): Promise<SnsMessage> {
  const json = parseJson(request.body.toString());
  if (json === undefined) return refuse('malformed', 'the body is not JSON');
  const { data: envelope } = Envelope.safeParse(json);
  if (!envelope) {
    return refuse(
      'bad-signature',
      'this is no signed SNS message; turn raw message delivery off for this subscription',
    );
  }
  // The topic comes first: anybody can have a topic of their own sent to us, signed by Amazon as well as ours.
  if (!keysOf(auth.keys).includes(envelope.TopicArn)) {
    return refuse('bad-signature', 'the topic is not among the configured ones');
  }
  // Whoever names the certificate signs as they like, so nothing is fetched from anywhere else.
  if (!isCertificateUrl(envelope.SigningCertURL)) {
    return refuse('bad-signature', 'the signing certificate lies outside of Amazon SNS');
  }
  if (!isSigned(envelope, await auth.certificateOf(envelope.SigningCertURL))) {
    return refuse('bad-signature', 'the signature does not fit the message and the certificate');
  }
  return refuseStale(isoInstant(envelope.Timestamp), auth.now, auth.toleranceSeconds) ?? messageOf(envelope);
}

function messageOf(envelope: Envelope): SnsMessage {
  if (envelope.Type === 'Notification') return { kind: 'notification', id: envelope.MessageId, text: envelope.Message };
  if (envelope.Type === 'UnsubscribeConfirmation') return { kind: 'ended' };
  const url = envelope.SubscribeURL ?? '';
  if (isConfirmationUrl(url, envelope.TopicArn)) return { kind: 'confirm', url };
  return refuse('bad-signature', 'the confirmation address lies outside of Amazon SNS or is for something else');
}

/**
 * Matched as text and whole, not as a parsed URL: parsers take tabs, backslashes and full-width letters for what they are
 * not. AWS's own looser pattern admits a storage bucket called "sns".
 */
const host = 'https://sns\\.[a-z]{2}(?:-[a-z]{1,20}){1,4}-\\d\\.amazonaws\\.com(?:\\.cn)?';
const certificateUrl = new RegExp(`^${host}/SimpleNotificationService-[0-9a-f]{1,64}\\.pem$`);
const confirmationUrl = new RegExp(`^${host}/\\?[!-~]{1,2000}$`);

/** Whether a certificate under this address can only be Amazon's. */
export function isCertificateUrl(url: string): boolean {
  return certificateUrl.test(url);
}

/** Whether fetching this address can only confirm a subscription to this topic. */
export function isConfirmationUrl(url: string, topic: string): boolean {
  if (!confirmationUrl.test(url) || url.includes('#')) return false;
  const { searchParams } = new URL(url);
  const [action, ...more] = searchParams.getAll('Action');
  const [arn, ...others] = searchParams.getAll('TopicArn');
  return action === 'ConfirmSubscription' && arn === topic && more.length + others.length === 0;
}

const signedNames = {
  Notification: ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'],
  SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  UnsubscribeConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
} as const;

function isSigned(envelope: Envelope, pem: string): boolean {
  const lines = signedNames[envelope.Type].flatMap((name) => {
    const value = envelope[name];
    return value === undefined || value === null ? [] : [`${name}\n${value}\n`];
  });
  const signature = Buffer.from(envelope.Signature, 'base64');
  try {
    const key = createPublicKey(pem);
    const algorithm = envelope.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    return key.asymmetricKeyType === 'rsa' && verify(algorithm, Buffer.from(lines.join('')), key, signature);
  } catch {
    // What came back for the certificate is none.
    return false;
  }
}
