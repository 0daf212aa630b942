import { createHmac, timingSafeEqual } from 'node:crypto';
import { bytesOfId, idOfBytes } from '../event/id.js';

/** Secrets that sign links, newest first. Older ones still verify: an unsubscribe link never dies. `id` is one byte. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];
export type SigningKey = { readonly id: number; readonly secret: Buffer };

const purposes = { open: 1, click: 2, unsubscribe: 3, preferences: 4 } as const;
export type Purpose = keyof typeof purposes;

/** What a link carries: which mail it is of, and for clicks which link. No address, no name, no target. */
export type Ticket = { readonly message: string; readonly link: number };

const idLength = 20;
const macLength = 16;
const tokenLength = 2 + idLength + 2 + macLength;

/** `base64url(key id, purpose, message id, link, MAC)`: 54 characters. The MAC covers the purpose, so no token serves another. */
export function signToken(purpose: Purpose, ticket: Ticket, keys: SigningKeys): string {
  return signerOf(ticket.message, keys)(purpose, ticket.link);
}

/** Signs all tokens of one mail, which differ in little, in the same few bytes. */
export function signerOf(message: string, [key]: SigningKeys): (purpose: Purpose, link?: number) => string {
  const id = bytesOfId(message);
  if (!id) throw new Error(`"${message}" is not a message id`);
  const token = Buffer.alloc(tokenLength);
  const body = token.subarray(0, -macLength);
  token.writeUInt8(key.id, 0);
  id.copy(token, 2);
  return (purpose, link = 0) => {
    token.writeUInt8(purposes[purpose], 1);
    token.writeUInt16BE(link, 2 + idLength);
    token.write(mac(body, key), body.length, 'latin1');
    return token.toString('base64url');
  };
}

/** The ticket of a token that we signed for this purpose; undefined for anything else. Compares in constant time. */
export function readToken(purpose: Purpose, token: string, keys: SigningKeys): Ticket | undefined {
  const bytes = Buffer.from(token, 'base64url');
  // Base64 reads past rubbish: only the one spelling that we write is a token.
  if (bytes.length !== tokenLength || bytes.toString('base64url') !== token) return undefined;
  const body = bytes.subarray(0, -macLength);
  const key = keys.find((candidate) => candidate.id === body[0]);
  if (
    !key ||
    body[1] !== purposes[purpose] ||
    !timingSafeEqual(Buffer.from(mac(body, key), 'latin1'), bytes.subarray(-macLength))
  )
    return undefined;
  return { message: idOfBytes(body.subarray(2, 2 + idLength)), link: body.readUInt16BE(2 + idLength) };
}

/** Each character is a byte: making such a text takes half the time of making a buffer. */
function mac(body: Buffer, key: SigningKey): string {
  return createHmac('sha256', key.secret).update(body).digest('binary').slice(0, macLength);
}
