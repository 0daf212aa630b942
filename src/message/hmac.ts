import { hash } from 'node:crypto';

/** Bytes that SHA-512 takes in at one time. */
const blockLength = 128;
const digestLength = 64;

/**
 * HMAC-SHA512 (RFC 2104 §2) under one key, as text of which each character is a byte. Two hashes in one call each take half
 * as long as `createHmac`, which makes an object for every MAC that the garbage collector has to clear away one by one.
 */
export function hmacUnder(secret: Buffer): (message: Buffer) => string {
  const key = secret.length > blockLength ? hash('sha512', secret, 'buffer') : secret;
  const inner = padded(key, 0x36);
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(digestLength)]);
  return (message) => {
    outer.write(hash('sha512', Buffer.concat([inner, message]), 'binary'), blockLength, 'latin1');
    return hash('sha512', outer, 'binary');
  };
}

function padded(key: Buffer, pad: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: blockLength }, (_, at) => (key[at] ?? 0) ^ pad));
}
