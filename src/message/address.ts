import { domainToASCII } from 'node:url';
import { hasControlCharacters } from '../schema.js';

/** One checked address. `address` is for sending, its domain an A-label; `key` is what two spellings of it share. */
export type Address = { readonly address: string; readonly key: string };
export type AddressResult =
  | { readonly ok: true; readonly value: Address }
  | { readonly ok: false; readonly problem: string };

const atom = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
/** What a domain is written with: ASCII letters, digits, dots and hyphens, and whatever other scripts have. */
const written = /^[a-z0-9.\u0080-\uffff-]+$/i;
/** A domain that is its own A-label form: lower case, an ending of letters alone, so that it is no number of any kind. */
const inAscii = /^(?:[a-z0-9-]+\.)+[a-z]+$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/**
 * Reads exactly one `local@domain` (RFC 5321 §4.1.2, dot-atom only), or says what is wrong with it. Nothing is cleaned
 * up silently: a text with two addresses, a comment or a line break is refused, because mail programs read such texts
 * each in their own way, and one of them is a way to other people's mailboxes.
 */
export function parseAddress(text: string): AddressResult {
  const known = results.get(text);
  if (known) return known;
  const result = read(text);
  if (results.size >= mostResults) results.clear();
  if (text.length <= longestKept) results.set(text, result);
  return result;
}

/**
 * Addresses read lately: on its way to one mail an address is read five times. A result depends on its text alone and is
 * never changed, so that it may be given twice; the bounds keep what strangers send from filling the memory.
 */
const results = new Map<string, AddressResult>();
const mostResults = 5000;
const longestKept = 320;

function read(text: string): AddressResult {
  const whole = text.trim().normalize('NFC');
  const at = whole.lastIndexOf('@');
  const [local, host] = [whole.slice(0, Math.max(at, 0)), whole.slice(at + 1)];
  const refuse = (problem: string): AddressResult => ({ ok: false, problem });

  if (hasControlCharacters(text)) return refuse('an e-mail address has no line break or control character in it');
  if (at < 1 || !host) return refuse('an e-mail address looks like name@example.com');
  if (/[\u0080-\uffff]/.test(local)) return refuse('the part before the @ may have ASCII characters only');
  if (local.length > 64 || !atom.test(local))
    return refuse('the part before the @ has characters that no mailbox has, or is longer than 64');
  // RFC 2047 §5 forbids encoded words in addresses; mail programs decode them all the same, and show and answer another one.
  if (/=\?[^?]+\?[bq]\?/i.test(local))
    return refuse('the part before the @ looks like an encoded word, which hides another address');
  const domain = asciiDomain(host);
  const labels = domain.split('.');
  if (!domain || !labels.every((part) => label.test(part))) return refuse('the part after the @ is not a domain');
  if (labels.length < 2 || /^\d+$/.test(labels.at(-1) ?? '')) return refuse('the domain has no ending such as .com');
  if (local.length + 1 + domain.length > 254) return refuse('the address is longer than 254 characters');

  const address = `${local}@${domain}`;
  return { ok: true, value: { address, key: address.toLowerCase() } };
}

/**
 * The domain in A-labels, '' when it has none. `domainToASCII` reads like the address bar of a browser: it drops tabs, undoes
 * "%2e" and stops at "/", "?" and "#". Most domains it would give back as they are, and then asking it is most of the work;
 * those with an A-label in them it checks.
 */
function asciiDomain(host: string): string {
  if (inAscii.test(host) && !host.includes('xn--')) return host;
  return written.test(host) ? domainToASCII(host) : '';
}

/** What two spellings of an address share; of a text that is no address, its lower case, which no lead has as its key. */
export function addressKey(email: string): string {
  const result = parseAddress(email);
  return result.ok ? result.value.key : email.toLowerCase();
}

/** The domain of an address, as an A-label in lower case: what throttles, routes and keys know it by. */
export function domainOf(email: string): string {
  const key = addressKey(email);
  return key.slice(key.lastIndexOf('@') + 1);
}

/** The same of a sender as files write it; nothing of a text that is none. */
export function senderDomain(text: string | undefined): string | undefined {
  const sender = parseSender(text ?? '');
  return sender && domainOf(sender.address);
}

/** `Name <name@example.com>` or a bare address, as files and settings write a sender. */
export function parseSender(text: string): { name: string; address: string } | undefined {
  const [, name = '', bracketed] = /^\s*(?:"?([^"<>]*?)"?\s*)?<([^<>]+)>\s*$/.exec(text) ?? [];
  const result = parseAddress(bracketed ?? text);
  return result.ok ? { name, address: result.value.address } : undefined;
}

/** By what two addresses are taken for one person's, beside the case of their letters. */
export type SameAddress = {
  /** What stands behind a plus in the local part says nothing: everywhere, or at these domains. */
  readonly plus: boolean | readonly string[];
  /** Domains at which dots in the local part say nothing. */
  readonly dots: readonly string[];
};
/** What a project says that says nothing of it. */
export const caseOnly: SameAddress = { plus: false, dots: [] };

/**
 * What the addresses of one person share, from the key of one of them. For finding its lead only: mail goes to the address as it
 * was told, and what is suppressed is that address and no other (RFC 5321 §2.3.11: a local part means what its host says).
 */
export function personKey(key: string, { plus, dots }: SameAddress): string {
  const at = key.lastIndexOf('@');
  const [whole, domain] = [key.slice(0, at), key.slice(at + 1)];
  const isPlus = typeof plus === 'boolean' ? plus : plus.includes(domain);
  const cut = isPlus ? whole.indexOf('+') : -1;
  const local = cut > 0 ? whole.slice(0, cut) : whole;
  return `${dots.includes(domain) ? local.replaceAll('.', '') : local}@${domain}`;
}
