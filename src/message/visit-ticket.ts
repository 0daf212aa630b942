import { timingSafeEqual } from 'node:crypto';
import { bytesOfId, idOfBytes } from '../event/id.js';
import { hmacUnder } from './hmac.js';
import type { SigningKey, SigningKeys } from './token.js';

/** A click in a mail that led to a page of ours: which mail, which of its links, and when. */
export type Click = { readonly message: string; readonly link: number; readonly at: Date };

/** How long after the click a page may say that it was the one: addresses are copied, sent on and bookmarked. */
const lifeMs = 3_600_000;

const idLength = 20;
const linkAt = 1 + idLength;
const timeAt = linkAt + 2;
const macAt = timeAt + 6;
const macLength = 16;
export const ticketLength = ((macAt + macLength) / 3) * 4;

/** Nothing else that is signed with these keys begins so or is as long. */
const purpose = Buffer.from('a visit to the site');

/** `base64url(key id, message id, link, milliseconds, MAC)`: 60 characters, which say nothing of the lead to anybody but us. */
export function signVisit({ message, link, at }: Click, [key]: SigningKeys): string {
  const id = bytesOfId(message);
  if (!id) throw new Error(`"${message}" is not a message id`);
  const ticket = Buffer.alloc(macAt);
  ticket.writeUInt8(key.id, 0);
  id.copy(ticket, 1);
  ticket.writeUInt16BE(link, linkAt);
  ticket.writeUIntBE(at.getTime(), timeAt, 6);
  return Buffer.concat([ticket, macOf(ticket, key)]).toString('base64url');
}

/** The click that a ticket is of; undefined for one that is not ours, or too old. Compares in constant time. */
export function readVisit(text: string, keys: SigningKeys, now: Date): Click | undefined {
  if (text.length !== ticketLength) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  // Base64 reads past rubbish: only the one spelling that we write is a ticket.
  if (bytes.length !== macAt + macLength || bytes.toString('base64url') !== text) return undefined;
  const ticket = bytes.subarray(0, macAt);
  const key = keys.find(({ id }) => id === ticket[0]);
  if (!key || !timingSafeEqual(macOf(ticket, key), bytes.subarray(macAt))) return undefined;
  const at = new Date(ticket.readUIntBE(timeAt, 6));
  if (now.getTime() - at.getTime() > lifeMs) return undefined;
  return { message: idOfBytes(ticket.subarray(1, linkAt)), link: ticket.readUInt16BE(linkAt), at };
}

function macOf(ticket: Buffer, { secret }: SigningKey): Buffer {
  return Buffer.from(hmacUnder(secret)(Buffer.concat([purpose, ticket])), 'latin1').subarray(0, macLength);
}
