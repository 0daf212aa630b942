import { resolve } from 'node:path';
import * as z from 'zod';
import { FixableError } from './errors.js';
import { isTimeZone } from './sequence/duration.js';

const TransportUrl = z.url({
  protocol: /^(?:smtps?|ses|mailbox)$/,
  error: 'it is an address that begins with smtp://, smtps://, ses:// or mailbox://',
});

/** Every setting, with its unit, default and effect. Only `readConfig` looks at the environment. */
const Environment = z.object({
  /** Address to listen on. Behind a proxy leave it as it is; "0.0.0.0" opens it to the network. */
  HOST: z.string().default('127.0.0.1'),
  /** Port of the page, the API and the tracking links. 0 takes any free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** Where leads reach this server: in links, pixels and unsubscribe headers. Mail clients want https. Default: this machine. */
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Folder for the embedded MongoDB, the API key and the signing secret. */
  DATA_DIR: z.string().min(1).default('./data'),
  /** Folder that holds `sequences/` and `templates/`. */
  PROJECT_DIR: z.string().min(1).default('.'),
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
  /** At least 32 characters; signs links. The same for every process on one database. Without it one is made and kept in DATA_DIR. */
  SIGNING_SECRET: z.string().min(32).optional(),
  /** Time zone of leads whose own nobody knows. */
  DEFAULT_TIMEZONE: z.string().refine(isTimeZone, { error: 'there is no such time zone' }).default('UTC'),
  /** Lets webhook steps call addresses inside your own network, which they else refuse. */
  WEBHOOK_ALLOW_PRIVATE: z.stringbool().default(false),
  /** Public key of SendGrid's signed event webhook (base64). Without it POST /webhooks/sendgrid answers 404. */
  SENDGRID_WEBHOOK_KEY: z.string().min(40).optional(),
});

export type Config = Readonly<Omit<z.output<typeof Environment>, 'PUBLIC_URL'>> & { readonly PUBLIC_URL?: string };

/** The checked configuration; a FixableError names every wrong setting at once, never a value, which may be a secret. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const others = Object.entries(set).filter(([name]) => name.startsWith(otherTransports));
  const result = Environment.safeParse({ ...set, SMTP_URLS: Object.fromEntries(others) });
  const misnamed = others.flatMap(([name]) => whyNoName(name, others));
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
    ...(PUBLIC_URL ? { PUBLIC_URL: PUBLIC_URL.replace(/\/+$/, '') } : {}),
  });
}

const otherTransports = 'SMTP_URL_';

/** What is wrong with a value; of a further transport, under the name of its own setting. */
function toProblem({ path, message }: z.core.$ZodIssue): string {
  return `${path.filter((part) => part !== 'SMTP_URLS').join('.')} (${message})`;
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
