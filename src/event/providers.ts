import { brevoHeaders, readBrevo } from './brevo.js';
import { flawOfMailersendSecret, mailersendHeaders, readMailersend } from './mailersend.js';
import { flawOfMailgunKey, mailgunHeaders, readMailgun } from './mailgun.js';
import { flawOfMailjetAuth, mailjetHeaders, readMailjet } from './mailjet.js';
import { postmarkHeaders, readPostmark } from './postmark.js';
import type { ProviderReader, TagContext } from './provider.js';
import type { ProviderName } from './provider-names.js';
import { flawOfResendSecret, readResend, resendHeaders } from './resend.js';
import { flawOfSendgridKey, readSendgridInbound, readSendgridWebhook, sendgridHeaders } from './sendgrid.js';
import { flawOfTopics, readSes, sesHeaders } from './ses.js';
import { readSparkpost, sparkpostHeaders } from './sparkpost.js';
import { flawOfCredentials } from './webhook-auth.js';

/** All that the webhook route, the settings and the command line need to know of a mail provider. */
export type Provider = {
  readonly name: ProviderName;
  /** As the provider writes itself. */
  readonly title: string;
  /** Environment setting that holds its key or keys. */
  readonly setting: string;
  /** Why a text cannot be that setting, for the operator; undefined if it can. */
  readonly flawOf: (keys: string) => string | undefined;
  /** Reads a call of its event webhook, and one of its inbound webhook where the body tells them apart. */
  readonly read: ProviderReader;
  /** Reads a call of its inbound webhook, which brings replies. */
  readonly readInbound?: ProviderReader;
  /** The headers of a mail by which its id comes back with every event, as `metadata.rivulet` or `smtpId`. */
  readonly tagHeaders: (messageId: string, context: TagContext) => Readonly<Record<string, string>>;
};

const all: readonly Provider[] = [
  {
    name: 'sendgrid',
    title: 'SendGrid',
    setting: 'SENDGRID_WEBHOOK_KEY',
    flawOf: flawOfSendgridKey,
    read: async (request, { keys, ...auth }) => readSendgridWebhook(request, { ...auth, publicKey: keys }),
    readInbound: (request, { keys, ...auth }) => readSendgridInbound(request, { ...auth, publicKey: keys }),
    tagHeaders: sendgridHeaders,
  },
  {
    name: 'mailgun',
    title: 'Mailgun',
    setting: 'MAILGUN_WEBHOOK_KEY',
    flawOf: flawOfMailgunKey,
    ...both(readMailgun),
    tagHeaders: mailgunHeaders,
  },
  {
    name: 'postmark',
    title: 'Postmark',
    setting: 'POSTMARK_WEBHOOK_AUTH',
    flawOf: flawOfCredentials,
    ...both(readPostmark),
    tagHeaders: postmarkHeaders,
  },
  {
    name: 'ses',
    title: 'Amazon SES',
    setting: 'SES_WEBHOOK_TOPICS',
    flawOf: flawOfTopics,
    ...both(readSes),
    tagHeaders: sesHeaders,
  },
  {
    name: 'sparkpost',
    title: 'SparkPost',
    setting: 'SPARKPOST_WEBHOOK_AUTH',
    flawOf: flawOfCredentials,
    ...both(readSparkpost),
    tagHeaders: sparkpostHeaders,
  },
  {
    name: 'brevo',
    title: 'Brevo',
    setting: 'BREVO_WEBHOOK_AUTH',
    flawOf: flawOfCredentials,
    ...both(readBrevo),
    tagHeaders: brevoHeaders,
  },
  {
    name: 'mailjet',
    title: 'Mailjet',
    setting: 'MAILJET_WEBHOOK_AUTH',
    flawOf: flawOfMailjetAuth,
    ...both(readMailjet),
    tagHeaders: mailjetHeaders,
  },
  {
    name: 'resend',
    title: 'Resend',
    setting: 'RESEND_WEBHOOK_SECRET',
    flawOf: flawOfResendSecret,
    ...both(readResend),
    tagHeaders: resendHeaders,
  },
  {
    name: 'mailersend',
    title: 'MailerSend',
    setting: 'MAILERSEND_WEBHOOK_SECRET',
    flawOf: flawOfMailersendSecret,
    ...both(readMailersend),
    tagHeaders: mailersendHeaders,
  },
];

/** Where the body tells events and replies apart, one address takes both. */
function both(read: ProviderReader): Pick<Provider, 'read' | 'readInbound'> {
  return { read, readInbound: read };
}

/** Every provider whose webhooks Rivulet reads, by its name in `/webhooks/<name>`. */
export const providers: ReadonlyMap<string, Provider> = new Map(all.map((provider) => [provider.name, provider]));
