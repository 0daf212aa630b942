import type { TagContext } from '../event/provider.js';
import type { ProviderName } from '../event/provider-names.js';
import { providers } from '../event/providers.js';
import type { TransportUrl } from './transport-url.js';

/** The mail provider whose SMTP server a host is; undefined for any other server. */
export function providerAt(host: string): ProviderName | undefined {
  const bare = host.toLowerCase().replace(/\.$/, '');
  return hosts.find(([pattern]) => pattern.test(bare))?.[1];
}

/** Their hosts as their documentation names them, with those of regions and of names that they had before. */
const hosts: readonly (readonly [RegExp, ProviderName])[] = [
  [/^smtp(\.eu)?\.sendgrid\.net$/, 'sendgrid'],
  [/^smtp(\.eu)?\.mailgun\.org$/, 'mailgun'],
  [/^smtp(-broadcasts)?\.postmarkapp\.com$/, 'postmark'],
  [/^email-smtp(-fips)?\.[a-z0-9-]{5,30}\.amazonaws\.com(\.cn)?$/, 'ses'],
  [/^smtp(\.eu)?\.sparkpostmail\.com$/, 'sparkpost'],
  [/^[a-z0-9-]{1,63}\.smtp\.e\.sparkpost\.com$/, 'sparkpost'],
  [/^smtp-relay\.(brevo|sendinblue)\.com$/, 'brevo'],
  [/^in(-v3)?\.mailjet\.com$/, 'mailjet'],
  [/^smtp\.resend\.com$/, 'resend'],
  [/^smtp\.mailersend\.net$/, 'mailersend'],
];

/** The headers by which a provider gives the id of a mail back; it is in them, and nothing of the lead. */
export type TagHeaders = (message: string, context: TagContext) => Readonly<Record<string, string>>;

/** Those of the provider that a rule names, or else whose server it is; of no other server, as they would only tell readers how a mail was sent. */
export function tagHeadersFor(url: TransportUrl, named: ProviderName | undefined): TagHeaders {
  const provider = named ?? (url.kind === 'smtp' ? providerAt(new URL(url.url).hostname) : undefined);
  return providers.get(provider ?? '')?.tagHeaders ?? (() => ({}));
}
