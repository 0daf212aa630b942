import type { Config } from '../config.js';
import { FixableError } from '../errors.js';
import type { Delivery } from '../sequence/delivery-file.js';
import type { Store } from '../store/open-store.js';
import { openLocalMailbox } from './local-mailbox.js';
import { type TagHeaders, tagHeadersFor } from './provider-of.js';
import { unknownTransports } from './route.js';
import { openSmtp } from './smtp.js';
import type { Transport } from './transport.js';
import { readTransportUrl, type TransportUrl } from './transport-url.js';

/** A way out, by the name that rules and pauses know it by. */
export type NamedTransport = {
  readonly name: string;
  readonly transport: Transport;
  /** What each mail that goes this way has to carry. */
  readonly headers: Readonly<Record<string, string>>;
  /** What each mail has to carry of its own, so that its provider tells us which one it was. */
  readonly tagHeaders: TagHeaders;
};
export type Transports = ReturnType<typeof openTransports>;

type Urls = Pick<Config, 'SMTP_URL' | 'SMTP_URLS' | 'SMTP_CONNECTIONS'>;

/**
 * Opens every transport that the environment names: SMTP_URL is "smtp", SMTP_URL_SES is "ses", and so on; without any, the
 * local mailbox alone. Their order is that in which they are tried where no route says another.
 */
export function openTransports(
  config: Urls,
  mailbox: Store['mailbox'],
  rules: Pick<Delivery, 'routes' | 'transports'>,
) {
  const all = namedUrls(config).map(({ name, url }): NamedTransport => {
    const { idempotencyHeader, provider } = rules.transports.get(name) ?? {};
    const tagHeaders = tagHeadersFor(url, provider);
    if (url.kind === 'mailbox') return { name, transport: openLocalMailbox(mailbox), headers: {}, tagHeaders };
    const setting = idempotencyHeader ? { idempotencyHeader } : {};
    return { name, transport: openSmtp(url.url, config.SMTP_CONNECTIONS, setting), headers: url.headers, tagHeaders };
  });
  const byName = new Map(all.map((one) => [one.name, one]));
  return {
    all,
    names: all.map(({ name }) => name),
    byName: (name: string): NamedTransport | undefined => byName.get(name),
    /** Whether mails leave this machine. */
    reachesPeople: namedUrls(config).some(({ url }) => url.kind === 'smtp'),
    stop: async (): Promise<void> => {
      await Promise.all(all.map(({ transport }) => transport.stop()));
    },
  };
}

/** Refuses rules for transports that there are not: their mails would wait for ever, or go unlimited. */
export function assertTransportsExist(rules: Pick<Delivery, 'routes' | 'transports'>, names: readonly string[]): void {
  const unknown = unknownTransports(rules, names);
  if (unknown.length === 0) return;
  const settings = unknown.map((name) => `SMTP_URL_${name.toUpperCase().replaceAll('-', '_')}`);
  throw new FixableError({
    code: 'unknown-transport',
    where: 'sequences/delivery.json',
    what: `it names transports that there are not: ${unknown.join(', ')}`,
    fix: `There ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}; ${settings.join(' and ')} would make the missing`,
  });
}

/** The addresses of all transports, read; of several mistakes all are told. */
function namedUrls({ SMTP_URL, SMTP_URLS }: Urls): readonly { readonly name: string; readonly url: TransportUrl }[] {
  const named = [...(SMTP_URL ? [['smtp', 'SMTP_URL', SMTP_URL] as const] : []), ...othersIn(SMTP_URLS)];
  if (named.length === 0) return [{ name: 'mailbox', url: { kind: 'mailbox' } }];
  const mistakes: FixableError[] = [];
  const read = named.flatMap(([name, setting, text]) => {
    try {
      return [{ name, url: readTransportUrl(setting, text) }];
    } catch (error) {
      if (!(error instanceof FixableError)) throw error;
      mistakes.push(error);
      return [];
    }
  });
  const [first, ...rest] = mistakes;
  if (!first) return read;
  if (rest.length === 0) throw first;
  throw new FixableError({
    code: 'bad-transport-url',
    where: 'environment',
    what: mistakes.map(({ message }) => message).join('; '),
    fix: 'Mend them all',
  });
}

function othersIn(urls: Urls['SMTP_URLS']): readonly (readonly [string, string, string])[] {
  return Object.entries(urls)
    .map(([setting, url]) => [nameOf(setting), setting, url] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** SMTP_URL_MAIL_2 is the transport "mail-2". */
function nameOf(setting: string): string {
  return setting.slice('SMTP_URL_'.length).toLowerCase().replaceAll('_', '-');
}
