import { hash, timingSafeEqual } from 'node:crypto';

/** Bytes of chance in every secret that we give out: nobody guesses 256 bits, so one fast hash is enough to keep them by. */
export const secretBytes = 32;
/** Tells a key of ours from others wherever one is found: in a log, in a repository that should not have it. */
const keyMark = 'rvk_';
/** What a list may show of a key. The 216 bits behind it stay unknown. */
const shownLength = keyMark.length + 6;

/** The text of an API key. */
export function apiKeyOf(random: Uint8Array): string {
  return keyMark + secretOf(random);
}

export function isApiKey(text: string): boolean {
  return text.startsWith(keyMark) && isSecret(text.slice(keyMark.length));
}

/** The beginning of a key, by which its owner knows it again. */
export function shownPart(key: string): string {
  return key.slice(0, shownLength);
}

/** The text of a secret that stands in a cookie or a link. */
export function secretOf(random: Uint8Array): string {
  if (random.length !== secretBytes) throw new RangeError(`a secret has ${secretBytes} random bytes`);
  return Buffer.from(random).toString('base64url');
}

/** Whether a text can be one at all; whatever else a request brings is not looked for. */
export function isSecret(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

/** What is kept of a secret. */
export function digestOf(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Compares two texts of secrets or digests by their digests, in constant time. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
