import { timingSafeEqual } from 'node:crypto';
import { bytesOfId, idOfBytes } from '../event/id.js';
import { hmacUnder } from './hmac.js';

/** Secrets that sign links, newest first. Older ones still verify: an unsubscribe link never dies. `id` is one byte. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];
export type SigningKey = { readonly id: number; readonly secret: Buffer };

const purposes = { open: 1, click: 2, unsubscribe: 3, preferences: 4 } as const;
export type Purpose = keyof typeof purposes;

/** What a link carries: which mail it is of, and for clicks which link. No address, no name, no target. */
export type Ticket = { readonly message: string; readonly link: number };

const idLength = 20;
const linkAt = 2 + idLength;
const macAt = linkAt + 2;
const macLength = 16;
const tokenLength = macAt + macLength;

/**
 * Every token that a mail can have is a slot: three that stand alone, and one for each link. The MACs of four slots are the
 * four quarters of one HMAC-SHA512 over key id, message id and the number of the quartet. HMAC is a pseudorandom function,
 * so nobody who has one quarter knows anything of another; a token is read against the quarter of its own purpose and link
 * alone, so none serves for another. A mail with five links is signed by two HMACs instead of eight, which were a tenth of making it.
 */
const slotsOfBlock = 4;
const slots = { open: 0, unsubscribe: 1, preferences: 2 } as const;
const firstOfLinks = 3;

/** `base64url(key id, purpose, message id, link, MAC)`: 54 characters. */
export function signToken(purpose: Purpose, ticket: Ticket, keys: SigningKeys): string {
  return signerOf(ticket.message, keys)(purpose, ticket.link);
}

/** Signs all tokens of one mail, which differ in little, in the same few bytes. */
export function signerOf(message: string, [key]: SigningKeys): (purpose: Purpose, link?: number) => string {
  const id = bytesOfId(message);
  if (!id) throw new Error(`"${message}" is not a message id`);
  const token = Buffer.alloc(tokenLength);
  token.writeUInt8(key.id, 0);
  id.copy(token, 2);
  const blockOf = blocksOf(id, key);
  return (purpose, link = 0) => {
    const slot = slotOf(purpose, link);
    if (slot === undefined) throw new RangeError(`the link ${link} of "${purpose}" is out of range`);
    token.writeUInt8(purposes[purpose], 1);
    token.writeUInt16BE(link, linkAt);
    token.write(macOf(blockOf, slot), macAt, 'latin1');
    return token.toString('base64url');
  };
}

/** The ticket of a token that we signed for this purpose; undefined for anything else. Compares in constant time. */
export function readToken(purpose: Purpose, token: string, keys: SigningKeys): Ticket | undefined {
  const bytes = Buffer.from(token, 'base64url');
  // Base64 reads past rubbish: only the one spelling that we write is a token.
  if (bytes.length !== tokenLength || bytes.toString('base64url') !== token) return undefined;
  const key = keys.find((candidate) => candidate.id === bytes[0]);
  const id = bytes.subarray(2, linkAt);
  const link = bytes.readUInt16BE(linkAt);
  const slot = slotOf(purpose, link);
  if (!key || bytes[1] !== purposes[purpose] || slot === undefined) return undefined;
  const mac = Buffer.from(macOf(blocksOf(id, key), slot), 'latin1');
  return timingSafeEqual(mac, bytes.subarray(macAt)) ? { message: idOfBytes(id), link } : undefined;
}

/** Undefined where there is none: only clicks have a number, of two bytes. */
function slotOf(purpose: Purpose, link: number): number | undefined {
  if (purpose !== 'click') return link === 0 ? slots[purpose] : undefined;
  return Number.isInteger(link) && link >= 0 && link <= 0xffff ? firstOfLinks + link : undefined;
}

/** The blocks of a mail, each made when it is first asked for. Each character is a byte. */
function blocksOf(id: Buffer, key: SigningKey): (block: number) => string {
  const input = Buffer.alloc(1 + idLength + 2);
  input.writeUInt8(key.id, 0);
  id.copy(input, 1);
  const made = new Map<number, string>();
  return (block) => {
    const known = made.get(block);
    if (known !== undefined) return known;
    input.writeUInt16BE(block, 1 + idLength);
    const text = macUnder(key, input);
    made.set(block, text);
    return text;
  };
}

/** What is the same for all mails under a key. */
const underKeys = new WeakMap<SigningKey, ReturnType<typeof hmacUnder>>();

function macUnder(key: SigningKey, input: Buffer): string {
  const known = underKeys.get(key) ?? hmacUnder(key.secret);
  underKeys.set(key, known);
  return known(input);
}

function macOf(blockOf: (block: number) => string, slot: number): string {
  const at = (slot % slotsOfBlock) * macLength;
  return blockOf(Math.floor(slot / slotsOfBlock)).slice(at, at + macLength);
}
