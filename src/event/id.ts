import { createHash } from 'node:crypto';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** A stable id from parts: 160 bits of SHA-256 as 32 lower-case base32 characters, safe in addresses and Message-IDs. */
export function idFrom(...parts: readonly string[]): string {
  return idOfBytes(createHash('sha256').update(parts.join('\u0000')).digest().subarray(0, 20));
}

/** 20 bytes as 32 base32 characters: five bits a character, from the left. */
export function idOfBytes(bytes: Uint8Array): string {
  let id = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) id += alphabet[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return id;
}

/** The 20 bytes of an id, or undefined when the text is none. */
export function bytesOfId(id: string): Buffer | undefined {
  if (!isId(id)) return undefined;
  const bytes: number[] = [];
  let held = 0;
  let bits = 0;
  for (const character of id) {
    held = (held << 5) | alphabet.indexOf(character);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(held >> bits);
    held &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}

export function isId(text: string): boolean {
  return /^[a-z2-7]{32}$/.test(text);
}
