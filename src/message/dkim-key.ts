import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { checkDkimKey, type DkimKey } from './dkim.js';

/** A record to publish, as the two boxes of a DNS form. */
export type DnsRecord = { readonly name: string; readonly value: string };

/** Below 1024 bits receivers must not believe a signature; 2048 is what they ask for (RFC 8301 §3.2). */
const fewestBits = 1024;
const goodBits = 2048;

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Reads a private key for a domain and tries it out. Throws what is wrong with it, in words that name no file. */
export function readDkimKey(pem: string | Buffer, domain: string, selector: string): DkimKey {
  if (!isHostName(domain)) throw new Error('the domain is none, written in ASCII ("xn--…" where it is not)');
  if (!selector.split('.').every((part) => label.test(part)))
    throw new Error('the selector may have letters, digits and inner hyphens, such as "rivulet-2026"');
  const key = privateKeyOf(pem);
  if (key.asymmetricKeyType !== 'rsa')
    throw new Error(`it is a key for ${key.asymmetricKeyType ?? 'something else'}, and mail is signed with RSA`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < fewestBits)
    throw new Error(`it has ${bits} bits, and receivers believe none with fewer than ${fewestBits}`);
  const note =
    bits < goodBits
      ? { note: `it has ${bits} bits, which some receivers no longer believe; ${goodBits} are usual` }
      : {};
  const made: DkimKey = { domain: domain.toLowerCase(), selector: selector.toLowerCase(), key, ...note };
  checkDkimKey(made);
  return made;
}

function privateKeyOf(pem: string | Buffer): KeyObject {
  const text = pem.toString();
  if (/^-----BEGIN (?:RSA )?PUBLIC KEY-----/m.test(text))
    throw new Error('it is the public half of a key, and signing takes the private one');
  if (/ENCRYPTED/.test(text)) throw new Error('it is locked with a passphrase, which nobody would be there to type');
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error('it is not a private key in PEM ("-----BEGIN PRIVATE KEY-----")', { cause });
  }
}

function isHostName(domain: string): boolean {
  return domain.length <= 253 && domain.includes('.') && domain.split('.').every((part) => label.test(part));
}

/** The public half as receivers look it up (RFC 6376 §3.6.1). */
export function dnsRecordOf({ domain, selector, key }: DkimKey): DnsRecord {
  return { name: `${selector}._domainkey.${domain}`, value: `v=DKIM1; k=rsa; p=${publicPartOf(key)}` };
}

/** What stands after `p=`. */
export function publicPartOf(key: KeyObject): string {
  return createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
}

/** A TXT value as zone files write it: strings of at most 255 octets (RFC 1035 §3.3), which receivers join again. */
export function quotedTxt(value: string): string {
  const parts = value.match(/.{1,255}/gs) ?? [''];
  return parts.map((part) => `"${part.replace(/[\\"]/g, '\\$&')}"`).join(' ');
}
