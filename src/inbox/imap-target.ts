import { FixableError } from '../errors.js';
import { urlOf } from '../url.js';

/** A mailbox elsewhere, and how to get in. */
export type ImapTarget = {
  readonly host: string;
  readonly port: number;
  /** `always` encrypts from the first byte, `upgrade` before the login, `offered` only where the server can. */
  readonly tls: 'always' | 'upgrade' | 'offered';
  readonly user: string;
  readonly pass: string;
  /** The folder, part by part. */
  readonly mailbox: readonly string[];
};

const form = 'Write imaps://user:password@host:993/INBOX';
const escapes = 'In a user or password write @ as %40, / as %2F, # as %23, ? as %3F, : as %3A and % as %25';

/** Reads the address of a mailbox. Nothing of it is told, for it holds a password. */
export function readImapUrl(text: string): ImapTarget {
  const refuse = (what: string, fix: string): FixableError =>
    new FixableError({ code: 'bad-imap-url', where: 'IMAP_URL', what, fix });
  const url = urlOf(text);
  if (!url) throw refuse('this is not an address of the form imaps://user:password@host/INBOX', escapes);
  const isSecure = url.protocol === 'imaps:';
  if (!isSecure && url.protocol !== 'imap:') throw refuse('it does not begin with imap:// or imaps://', form);
  if (!url.hostname) throw refuse('it names no host', form);
  if (url.port === '0') throw refuse('there is no port 0', 'Take the port that your provider names');
  if (!url.username || !url.password) throw refuse('the user or the password is missing', `${form}. ${escapes}`);
  if (url.hash) throw refuse('something stands behind the mailbox that is no option', escapes);
  const isPlain = readOptions(url, refuse);
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw refuse('it has a % that begins no escape', escapes);
    }
  };
  const mailbox = url.pathname.split('/').map(decode).filter(Boolean);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (isSecure ? 993 : 143),
    tls: isSecure ? 'always' : isPlain ? 'offered' : 'upgrade',
    user: decode(url.username),
    pass: decode(url.password),
    mailbox: mailbox.length > 0 ? mailbox : ['INBOX'],
  };
}

/** Whether the password may go over the wire for all to read. An option that nobody reads would be trusted to work. */
function readOptions({ searchParams }: URL, refuse: (what: string, fix: string) => FixableError): boolean {
  const isKnown = [...searchParams].every(([name, value]) => name === 'requireTLS' && /^(?:true|false)$/.test(value));
  if (!isKnown)
    throw refuse(
      'it has options that are none',
      `Only ?requireTLS=false can stand there, for a server of your own network. ${escapes}`,
    );
  return searchParams.get('requireTLS') === 'false';
}
