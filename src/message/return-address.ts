import { domainOf, parseAddress } from './address.js';
import { addressSignerOf, addressTokenLength, type AddressPurpose, readAddress, type SigningKeys } from './token.js';

/** An address of ours that mail comes back to. Each mail to a lead gets it with a token of its own behind a plus. */
export type ReturnAddress = { readonly local: string; readonly domain: string };

/** Where mail comes back to, as far as it is set: bounces to `returns`, answers to `replies`. */
export type WaysBack = { readonly returns?: ReturnAddress; readonly replies?: ReturnAddress };

/** The addresses of one mail. `unsubscribe` stands in its List-Unsubscribe. */
export type OwnAddresses = { readonly returnPath?: string; readonly replyTo?: string; readonly unsubscribe?: string };

export type ReturnAddressResult =
  | { readonly ok: true; readonly value: ReturnAddress }
  | { readonly ok: false; readonly problem: string };

/** RFC 5321 §4.5.3.1.1 allows 64 octets; one is left over for who counts the @ in. */
const longestLocal = 63;
const longestOwn = longestLocal - '+'.length - addressTokenLength;

/** Reads the address that a setting names, or says what is wrong with it. */
export function readReturnAddress(text: string): ReturnAddressResult {
  const result = parseAddress(text);
  if (!result.ok) return { ok: false, problem: result.problem };
  const { key } = result.value;
  const local = key.slice(0, key.lastIndexOf('@'));
  if (local.includes('+'))
    return { ok: false, problem: 'the part before the @ has a plus, behind which Rivulet writes which mail it was' };
  if (local.length > longestOwn)
    return {
      ok: false,
      problem: `the part before the @ has more than ${longestOwn} characters, which leaves no room for the token behind it`,
    };
  return { ok: true, value: { local, domain: domainOf(key) } };
}

/** An address with this token in it (VERP). */
export function addressWith({ local, domain }: ReturnAddress, token: string): string {
  return `${local}+${token}@${domain}`;
}

/** The addresses of one mail, signed by one HMAC; by none where nothing is set. */
export function ownAddresses(message: string, { returns, replies }: WaysBack, keys: SigningKeys): OwnAddresses {
  if (!returns && !replies) return {};
  const sign = addressSignerOf(message, keys);
  return {
    ...(returns ? { returnPath: addressWith(returns, sign('return')) } : {}),
    ...(replies
      ? { replyTo: addressWith(replies, sign('reply')), unsubscribe: addressWith(replies, sign('leave')) }
      : {}),
  };
}

/** The second way out of a mail (RFC 2369 §3.2): a mail program sends this for its reader. */
export function unsubscribeMailto(address: string): string {
  return `mailto:${address}?subject=unsubscribe`;
}

/** What an address of ours says. `message` is missing at the bare address, which people write to by hand. */
export type Addressed = { readonly purpose: AddressPurpose; readonly message?: string };

/** Reads an address that a mail was sent to; undefined when it is none of ours, or its token is none that we signed for it. */
export function readAddressed(
  address: string,
  { returns, replies }: WaysBack,
  keys: SigningKeys,
): Addressed | undefined {
  const at = address.lastIndexOf('@');
  const domain = domainKey(address.slice(at + 1));
  const plus = address.indexOf('+');
  const end = plus < 0 || plus > at ? at : plus;
  const local = address.slice(0, Math.max(end, 0)).toLowerCase();
  const token = address.slice(Math.min(end + 1, at), at);
  const isAt = (own: ReturnAddress | undefined): boolean => own?.local === local && own.domain === domain;
  const signed = (purpose: AddressPurpose): Addressed | undefined => {
    const message = readAddress(purpose, token, keys);
    return message === undefined ? undefined : { purpose, message };
  };

  if (isAt(replies) && end === at) return { purpose: 'reply' };
  // Both may be the same address: what its mail is for, the token says.
  const fromReturn = isAt(returns) ? signed('return') : undefined;
  return fromReturn ?? (isAt(replies) ? (signed('reply') ?? signed('leave')) : undefined);
}

/** A domain as settings have it; a dot at its end is the same name (RFC 1034 §3.1). */
function domainKey(domain: string): string {
  return domain.toLowerCase().replace(/\.$/, '');
}
