import { createHash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** A stable id from parts: 160 bits of SHA-256 as 32 lower-case base32 characters, safe in addresses and Message-IDs. */
export function idFrom(...parts: readonly string[]): string {
  return idOfBytes(createHash('sha256').update(parts.join('\u0000')).digest().subarray(0, 20));
}

/** 20 bytes as 32 base32 characters. */
export function idOfBytes(bytes: Uint8Array): string {
  let bits = '';
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0');
  return bits.replace(/.{5}/g, (five) => alphabet[Number.parseInt(five, 2)] ?? '');
}

/** The 20 bytes of an id, or undefined when the text is none. */
export function bytesOfId(id: string): Buffer | undefined {
  if (!isId(id)) return undefined;
  const bits = Array.from(id, (character) => alphabet.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export function isId(text: string): boolean {
  return /^[a-z2-7]{32}$/.test(text);
}
