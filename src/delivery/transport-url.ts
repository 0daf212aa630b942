import { createHmac } from 'node:crypto';
import { FixableError } from '../errors.js';
import { urlOf } from '../url.js';

/** Where mails go, as a setting names it. */
export type TransportUrl =
  | { readonly kind: 'mailbox' }
  | {
      readonly kind: 'smtp';
      /** smtp:// or smtps://, with the login in it. */
      readonly url: string;
      /** What each mail that goes this way has to carry. */
      readonly headers: Readonly<Record<string, string>>;
    };

type Mistake = { readonly what: string; readonly fix: string };
type Refuse = (mistake: Mistake) => FixableError;

/** Reads a transport's address. `setting` is the variable that has it; nothing of the address is told, for it holds a password. */
export function readTransportUrl(setting: string, text: string): TransportUrl {
  const refuse: Refuse = (mistake) => new FixableError({ code: 'bad-transport-url', where: setting, ...mistake });
  const url = urlOf(text);
  if (!url) throw refuse(unreadable(text));
  switch (url.protocol) {
    case 'smtp:':
    case 'smtps:':
      return readSmtp(text, url, refuse);
    case 'ses:':
      return readSes(url, refuse);
    case 'mailbox:':
      if (!/^mailbox:\/*$/i.test(text))
        throw refuse({ what: 'the local mailbox has no host, login or options', fix: 'Write mailbox:// alone' });
      return { kind: 'mailbox' };
    default:
      throw refuse({ what: 'mails cannot go by such an address', fix: `It begins with ${schemes}` });
  }
}

const schemes = 'smtp://, smtps://, ses:// or mailbox://';
const escapes = 'In a password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25';

function unreadable(text: string): Mistake {
  return /^(?:smtps?|ses|mailbox):\/\//i.test(text)
    ? { what: 'this is not an address of the form scheme://user:password@host', fix: escapes }
    : { what: 'this is not an address', fix: `It begins with ${schemes}` };
}

function readSmtp(text: string, url: URL, refuse: Refuse): TransportUrl {
  const { user } = loginIn(url, refuse);
  if (!url.hostname) throw refuse({ what: 'it names no host', fix: 'Write smtp://user:password@host:587' });
  if (url.port === '0') throw refuse({ what: 'there is no port 0', fix: 'Take the port that your provider names' });
  if (url.password && !user) throw refuse({ what: 'it has a password, but no user', fix: escapes });
  refuseRest(url, refuse);
  refuseOptions(
    url,
    (name) => name.startsWith('tls.'),
    'those of TLS, such as ?tls.servername=mail.example.com',
    refuse,
  );
  return { kind: 'smtp', url: text, headers: {} };
}

/** User and password as they are meant. */
function loginIn({ username, password }: URL, refuse: Refuse): { user: string; pass: string } {
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    throw refuse({ what: 'its user or password has a % that begins no escape', fix: escapes });
  }
}

/** What stands behind the host is most often the rest of a password that was not escaped. */
function refuseRest({ pathname, hash }: URL, refuse: Refuse): void {
  if (hash || (pathname !== '' && pathname !== '/'))
    throw refuse({ what: 'something stands behind its host that is no option', fix: escapes });
}

/** An option that nobody reads would be trusted to work. It is not named: it may be a password with a "?" in it. */
function refuseOptions(url: URL, isKnown: (name: string) => boolean, known: string, refuse: Refuse): void {
  if ([...url.searchParams.keys()].every(isKnown)) return;
  throw refuse({ what: 'it has options that are none', fix: `Only ${known} can stand there. ${escapes}` });
}

const sesForm = 'Write ses://ACCESS_KEY_ID:SECRET@eu-west-1';

/**
 * Amazon SES by its SMTP interface, without an SDK: ses://ACCESS_KEY_ID:SECRET@eu-west-1?configurationSet=name. Port 465,
 * so that the connection is encrypted from its first byte.
 */
function readSes(url: URL, refuse: Refuse): TransportUrl {
  const { user, pass } = loginIn(url, refuse);
  const region = url.hostname.toLowerCase();
  refuseRest(url, refuse);
  if (!/^[a-z]{2,3}(?:-[a-z]+){1,3}-\d{1,2}$/.test(region) || url.port)
    throw refuse({ what: 'it does not name a region of AWS behind the @, and nothing else', fix: sesForm });
  const mistake = mistakeInKeys(user, pass, region);
  if (mistake) throw refuse(mistake);
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(sesPassword(pass, region))}`;
  const host = `email-smtp.${region}.amazonaws.com`;
  return { kind: 'smtp', url: `smtps://${login}@${host}:465`, headers: sesHeaders(url, refuse) };
}

function mistakeInKeys(user: string, pass: string, region: string): Mistake | undefined {
  if (!user || !pass) return { what: 'the access key or its secret is missing', fix: sesForm };
  if (user.startsWith('ASIA'))
    return {
      what: 'this is a temporary access key, which the SMTP interface of SES does not take',
      fix: 'Make an access key of an IAM user that may ses:SendRawEmail',
    };
  if (!/^[A-Z0-9]{16,128}$/.test(user)) return { what: 'the access key is none of AWS', fix: sesForm };
  if (isSesPassword(pass))
    return {
      what: 'this is an SMTP password of SES, not the secret of an access key',
      fix: `Use it as it is: smtps://USER:PASSWORD@email-smtp.${region}.amazonaws.com:465`,
    };
  return undefined;
}

function sesHeaders(url: URL, refuse: Refuse): Readonly<Record<string, string>> {
  refuseOptions(url, (name) => name === 'configurationSet', '?configurationSet=name', refuse);
  const set = url.searchParams.get('configurationSet');
  if (set === null) return {};
  if (!/^[\w-]{1,64}$/.test(set))
    throw refuse({
      what: 'the name of the configuration set is none',
      fix: 'It has up to 64 letters, digits, "-" and "_"',
    });
  return { 'X-SES-CONFIGURATION-SET': set };
}

const sesVersion = 4;

/**
 * The SMTP password that belongs to the secret of an access key, for one region: a chain of HMAC-SHA256 like that of AWS
 * Signature Version 4, with a date that never was, and a version byte before it ("Converting existing AWS credentials",
 * SES Developer Guide).
 */
export function sesPassword(secret: string, region: string): string {
  const steps = ['11111111', region, 'ses', 'aws4_request', 'SendRawEmail'];
  const signature = steps.reduce(
    (key: Buffer, step) => createHmac('sha256', key).update(step).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return Buffer.concat([Buffer.of(sesVersion), signature]).toString('base64');
}

function isSesPassword(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 33 && bytes[0] === sesVersion && bytes.toString('base64') === text;
}
