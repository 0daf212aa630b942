import { timingSafeEqual } from 'node:crypto';
import { bytesOfId, idOfBytes } from '../event/id.js';
import { hmacUnder } from './hmac.js';

/** Secrets that sign links, newest first. Older ones still verify: an unsubscribe link never dies. `id` is one byte. */
export type SigningKeys = readonly [SigningKey, ...SigningKey[]];
export type SigningKey = { readonly id: number; readonly secret: Buffer };

const purposes = { open: 1, click: 2, unsubscribe: 3, preferences: 4, sales: 5 } as const;
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
/** What only few mails have stands beyond the last link, in a block of its own. */
const slots = { open: 0, unsubscribe: 1, preferences: 2, sales: 0xfffe * slotsOfBlock } as const;
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

/** What an address is for: `return` takes bounces, `reply` takes answers, and whatever comes to `leave` is an unsubscribe. */
const addressSlots = { return: 0, reply: 1, leave: 2 } as const;
export type AddressPurpose = keyof typeof addressSlots;

/** No link comes as far: the last of them is in block 16,384. */
const addressBlock = 0xffff;
const idCharacters = 32;
const macCharacters = 20;
/** As many as the characters are made of; more would only be encoded for nothing. */
const macBytes = 13;
export const addressTokenLength = idCharacters + macCharacters;

/**
 * A token for the local part of an address: message id and MAC in base32, 52 characters. Mail servers may change capital
 * letters there, so it has none to lose, and a local part has 64 octets at most (RFC 5321 §4.5.3.1.1). So it says neither key
 * nor purpose: they are in the MAC alone, and whoever reads one tries those that there are. The MAC has the first 100 bits
 * of a quarter of a block of its own: IPsec makes do with 96 (RFC 2404 §2), and here each guess costs a mail, or a command
 * to a server that hangs up after ten.
 */
export function signAddress(purpose: AddressPurpose, message: string, keys: SigningKeys): string {
  return addressSignerOf(message, keys)(purpose);
}

/** Signs all addresses of one mail by one HMAC, which is not made before it is asked for. */
export function addressSignerOf(message: string, [key]: SigningKeys): (purpose: AddressPurpose) => string {
  const id = bytesOfId(message);
  if (!id) throw new Error(`"${message}" is not a message id`);
  const blockOf = blocksOf(id, key);
  return (purpose) => message + addressMac(blockOf(addressBlock), purpose);
}

/** The message of a token that we signed for this purpose, in capital letters or not; undefined for anything else. */
export function readAddress(purpose: AddressPurpose, token: string, keys: SigningKeys): string | undefined {
  if (token.length !== addressTokenLength || !/^[a-z2-7]+$/i.test(token)) return undefined;
  const text = token.toLowerCase();
  const message = text.slice(0, idCharacters);
  const mac = Buffer.from(text.slice(idCharacters));
  const id = bytesOfId(message);
  if (!id) return undefined;
  const signed = keys.map((key) => Buffer.from(addressMac(blocksOf(id, key)(addressBlock), purpose)));
  return signed.some((one) => timingSafeEqual(one, mac)) ? message : undefined;
}

function addressMac(block: string, purpose: AddressPurpose): string {
  const at = addressSlots[purpose] * macLength;
  return idOfBytes(Buffer.from(block.slice(at, at + macBytes), 'latin1')).slice(0, macCharacters);
}
