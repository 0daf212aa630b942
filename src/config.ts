import { resolve } from 'node:path';
import * as z from 'zod';
import { FixableError } from './errors.js';
import { readNetwork } from './event/network.js';
import type { ProviderName } from './event/provider-names.js';
import { providers } from './event/providers.js';
import { readReturnAddress, type ReturnAddress } from './message/return-address.js';
import { isTimeZone } from './sequence/duration.js';
import { urlOf } from './url.js';

const TransportUrl = z.url({
  protocol: /^(?:smtps?|ses|mailbox)$/,
  error: 'it is an address that begins with smtp://, smtps://, ses:// or mailbox://',
});

/** An address that mail comes back to, behind whose name there is room for a plus and a token. */
const ReturnAddressText = z.string().transform((text, context): ReturnAddress => {
  const result = readReturnAddress(text);
  if (result.ok) return result.value;
  context.issues.push({ code: 'custom', message: result.problem, input: text });
  return z.NEVER;
});

/** Where to listen: "0.0.0.0:2525", "[::]:25". */
const HostAndPort = z.string().transform((text, context): { readonly host: string; readonly port: number } => {
  const [, literal, name, port] = /^(?:\[([\da-f:.]{2,45})\]|([a-z\d.-]{1,253})):(\d{1,5})$/i.exec(text) ?? [];
  if (Number(port) <= 65_535) return { host: literal ?? name ?? '', port: Number(port) };
  context.issues.push({ code: 'custom', message: 'it is an address and a port such as 0.0.0.0:2525', input: text });
  return z.NEVER;
});

/** Proxies before us: their number, or addresses, networks and the names that Express has for those of one's own. */
const ProxiesText = z.string().transform((text, context): number | readonly string[] => {
  if (/^[1-9]$/.test(text)) return Number(text);
  const proxies = text.split(',').map((one) => one.trim());
  if (proxies.every((one) => isOwnNetwork(one) || readNetwork(one) !== undefined)) return proxies;
  context.issues.push({
    code: 'custom',
    message: 'it is a number from 1 to 9, or addresses such as 10.0.0.0/8',
    input: text,
  });
  return z.NEVER;
});

/** Sites by their origins (RFC 6454 §6.1): scheme, host and port, as browsers send them. */
const OriginsText = z.string().transform((text, context): readonly string[] => {
  const origins = text.split(',').map((one) => one.trim().replace(/\/$/, ''));
  if (origins.every((one) => /^https?:[^*]+$/.test(one) && urlOf(one)?.origin === one)) return origins;
  context.issues.push({
    code: 'custom',
    message: 'it is origins such as https://example.com, with commas between',
    input: text,
  });
  return z.NEVER;
});

/** The same, or "none". */
const SiteOriginsText = z.string().transform((text, context): readonly string[] => {
  if (text.trim() === 'none') return [];
  const origins = OriginsText.safeParse(text);
  if (origins.success) return origins.data;
  context.issues.push({
    code: 'custom',
    message: 'it is origins such as https://example.com, with commas between, or "none"',
    input: text,
  });
  return z.NEVER;
});

/** Every setting, with its unit, default and effect. Only `readConfig` looks at the environment. */
const Environment = z.object({
  /** Address to listen on. Behind a proxy leave it as it is; "0.0.0.0" opens it to the network. */
  HOST: z.string().default('127.0.0.1'),
  /** Port of the page, the API and the tracking links. 0 takes any free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /**
   * Whose word is taken for where a reader comes from: how many proxies of yours stand before Rivulet, or their addresses and
   * networks with commas between. Without it X-Forwarded-For is not looked at, as anybody can write it.
   */
  TRUST_PROXY: ProxiesText.optional(),
  /** Where leads reach this server: in links, pixels and unsubscribe headers. Mail clients want https. Default: this machine. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Sites whose pages may send your forms and show them in frames: origins, with commas between. Default: any may send them, none may frame them. */
  FORM_ORIGINS: OriginsText.optional(),
  /**
   * Sites whose pages may tell what is done on them, by the script /site.js: origins, with commas between. Default: that of
   * `website` in templates/brand.json, with and without "www."; "none" takes nothing from any page.
   */
  SITE_ORIGINS: SiteOriginsText.optional(),
  /** Folder for the embedded MongoDB, the API key and the signing secret. */
  DATA_DIR: z.string().min(1).default('./data'),
  /** Folder that holds `sequences/` and `templates/`. */
  PROJECT_DIR: z.string().min(1).default('.'),
  /** Lets people change the files of PROJECT_DIR in a browser and over the API, where they have the right to. Without it the files are changed on disk alone. */
  EDIT: z.stringbool().default(false),
  /** A MongoDB server, 6.0 or newer. Without it an embedded one runs, which is for trying out, tests and small single machines. */
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\/[^/]/, { error: 'it begins with mongodb:// or mongodb+srv://' })
    .optional(),
  /** Where mails go: smtp://user:password@host:587, smtps://…:465 or ses://KEY:SECRET@region. Without it they stay in the local mailbox. */
  SMTP_URL: TransportUrl.optional(),
  /** Further transports, by the settings that name them: SMTP_URL_SES is the transport "ses". For routes and fail-over. */
  SMTP_URLS: z.record(z.string(), TransportUrl).default({}),
  /** Connections to each SMTP server at one time. More than it allows is answered with 421. */
  SMTP_CONNECTIONS: z.coerce.number().int().min(1).max(100).default(5),
  /** Mails from a domain without a DKIM key in DATA_DIR/dkim do not leave. Without it they leave unsigned, for a relay that signs them. */
  DKIM_REQUIRED: z.stringbool().default(false),
  /** Key for the API, at least 16 characters. Without it one is made at first start and kept in DATA_DIR. */
  API_KEY: z.string().min(16).optional(),
  /** Calls of the API that each person, each key and each network of strangers may make in a minute. API_KEY is not limited. */
  API_RATE: z.coerce.number().int().min(1).max(1_000_000).default(600),
  /** At least 32 characters; signs links. The same for every process on one database. Without it one is made and kept in DATA_DIR. */
  SIGNING_SECRET: z.string().min(32).optional(),
  /** Time zone of leads whose own nobody knows. */
  DEFAULT_TIMEZONE: z.string().refine(isTimeZone, { error: 'there is no such time zone' }).default('UTC'),
  /** Lets webhook steps call addresses inside your own network, which they else refuse. */
  WEBHOOK_ALLOW_PRIVATE: z.stringbool().default(false),
  /** Bounces come to it: "bounces@in.example.com" makes every mail to a lead leave with an envelope sender of its own, bounces+TOKEN@… */
  RETURN_ADDRESS: ReturnAddressText.optional(),
  /** Answers come to it: Reply-To is replies+TOKEN@… wherever a step names no other, and List-Unsubscribe gets a second, mailto form. */
  REPLY_ADDRESS: ReturnAddressText.optional(),
  /** Takes mail to these two by SMTP itself: address and port such as "0.0.0.0:2525". */
  INBOUND_SMTP: HostAndPort.optional(),
  /** The largest mail that is taken in, in bytes. */
  INBOUND_MAX_SIZE: z.coerce.number().int().min(65_536).max(15_000_000).default(10_000_000),
  /** Files with a certificate (and its chain) and its key, in PEM: INBOUND_SMTP offers STARTTLS with them. */
  INBOUND_TLS_CERT: z.string().min(1).optional(),
  INBOUND_TLS_KEY: z.string().min(1).optional(),
  /** A mailbox that mail comes back to: imaps://user:password@host:993/INBOX. What is in it stays there. */
  IMAP_URL: z
    .string()
    .regex(/^imaps?:\/\/[^/]/, { error: 'it begins with imap:// or imaps://' })
    .optional(),
});

export type Config = Readonly<Omit<z.output<typeof Environment>, 'PUBLIC_URL'>> & {
  readonly PUBLIC_URL?: string;
  /** What proves calls of mail providers, by provider; each has a setting of its own. Without it POST /webhooks/<provider> answers 404. */
  readonly WEBHOOK_KEYS: ReadonlyMap<ProviderName, string>;
};

/** The checked configuration; a FixableError names every wrong setting at once, never a value, which may be a secret. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const others = Object.entries(set).filter(([name]) => name.startsWith(otherTransports));
  const result = Environment.safeParse({ ...set, SMTP_URLS: Object.fromEntries(others) });
  const misnamed = [
    ...others.flatMap(([name]) => whyNoName(name, others)),
    ...whyNothingComesBack(set),
    ...whyNoKeys(set),
  ];
  if (!result.success || misnamed.length > 0) {
    const problems = [...(result.error?.issues ?? []).map(toProblem), ...misnamed];
    throw new FixableError({
      code: 'bad-config',
      where: 'environment',
      what: `these settings are wrong: ${problems.join(', ')}`,
      fix: 'The README lists what each of them takes',
    });
  }
  const { PUBLIC_URL, ...rest } = result.data;
  return Object.freeze({
    ...rest,
    DATA_DIR: resolve(rest.DATA_DIR),
    PROJECT_DIR: resolve(rest.PROJECT_DIR),
    WEBHOOK_KEYS: new Map(webhookKeysIn(set).map(({ provider, keys }) => [provider.name, keys])),
    ...(PUBLIC_URL ? { PUBLIC_URL: PUBLIC_URL.replace(/\/+$/, '') } : {}),
  });
}

const otherTransports = 'SMTP_URL_';

function isOwnNetwork(text: string): boolean {
  return ['loopback', 'linklocal', 'uniquelocal'].includes(text);
}

function webhookKeysIn(set: Readonly<Record<string, string | undefined>>) {
  return [...providers.values()].flatMap((provider) => {
    const keys = set[provider.setting];
    return keys === undefined ? [] : [{ provider, keys }];
  });
}

function whyNoKeys(set: Readonly<Record<string, string | undefined>>): readonly string[] {
  return webhookKeysIn(set).flatMap(({ provider: { setting, flawOf }, keys }) => {
    const flaw = flawOf(keys);
    return flaw === undefined ? [] : [`${setting} (${flaw})`];
  });
}

/** What is wrong with a value; of a further transport, under the name of its own setting. */
function toProblem({ path, message }: z.core.$ZodIssue): string {
  return `${path.filter((part) => part !== 'SMTP_URLS').join('.')} (${message})`;
}

/** Settings of ways in that say nothing without another. */
function whyNothingComesBack(set: Readonly<Record<string, unknown>>): readonly string[] {
  const { INBOUND_SMTP, INBOUND_TLS_CERT, INBOUND_TLS_KEY, RETURN_ADDRESS, REPLY_ADDRESS } = set;
  const isDeaf = INBOUND_SMTP !== undefined && RETURN_ADDRESS === undefined && REPLY_ADDRESS === undefined;
  const isHalf = (INBOUND_TLS_CERT === undefined) !== (INBOUND_TLS_KEY === undefined);
  return [
    ...(isDeaf ? ['INBOUND_SMTP (it takes mail to RETURN_ADDRESS and REPLY_ADDRESS alone; set one of them)'] : []),
    ...(isHalf ? ['INBOUND_TLS_CERT (certificate and key, INBOUND_TLS_KEY, go together)'] : []),
  ];
}

/** Why a setting cannot name a transport. Its name stands in files and addresses, where "smtp" is that of SMTP_URL. */
function whyNoName(setting: string, all: readonly (readonly [string, unknown])[]): readonly string[] {
  const name = setting.slice(otherTransports.length);
  if (!/^[A-Z0-9]+(?:_[A-Z0-9]+)*$/i.test(name) || name.length > 50)
    return [`${setting} (the name of a transport has up to 50 letters and digits, with single "_" between them)`];
  if (/^smtp$/i.test(name)) return [`${setting} ("smtp" is the transport of SMTP_URL)`];
  const isTwice = all.some(([other]) => other !== setting && other.toLowerCase() === setting.toLowerCase());
  return isTwice ? [`${setting} (another setting differs from it by capital letters only)`] : [];
}
