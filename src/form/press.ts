import { timingSafeEqual } from 'node:crypto';
import { bytesOfId, idFrom, idOfBytes } from '../event/id.js';
import { hmacUnder } from '../message/hmac.js';
import type { SigningKeys } from '../message/token.js';
import { dayMs } from '../sequence/wall-clock.js';

/** One page of a form as somebody got it: what is sent from it bears its id, and cannot say that it was got at another time. */
export type Press = { readonly id: string; readonly gotAt: Date };

const idLength = 20;
const timeLength = 6;
const macAt = 1 + timeLength + idLength;
const macLength = 16;
const tokenLength = macAt + macLength;

/** `base64url(key id, time, id, MAC)`: 58 characters. Of another form it is no token. */
export function signPress(form: string, { id, gotAt }: Press, [key]: SigningKeys): string {
  const bytes = bytesOfId(id);
  if (!bytes) throw new Error(`"${id}" is not an id`);
  const token = Buffer.alloc(tokenLength);
  token.writeUInt8(key.id, 0);
  token.writeUIntBE(gotAt.getTime(), 1, timeLength);
  bytes.copy(token, 1 + timeLength);
  macOf(form, token, key.secret).copy(token, macAt);
  return token.toString('base64url');
}

/** What a token of ours for this form says; undefined for anything else. Compares in constant time. */
export function readPress(form: string, token: string, keys: SigningKeys): Press | undefined {
  const bytes = Buffer.from(token.slice(0, 2 * tokenLength), 'base64url');
  // Base64 reads past rubbish: only the one spelling that we write is a token.
  if (bytes.length !== tokenLength || bytes.toString('base64url') !== token) return undefined;
  const key = keys.find(({ id }) => id === bytes[0]);
  if (!key || !timingSafeEqual(macOf(form, bytes, key.secret), bytes.subarray(macAt))) return undefined;
  const gotAt = new Date(bytes.readUIntBE(1, timeLength));
  return { id: idOfBytes(bytes.subarray(1 + timeLength, macAt)), gotAt };
}

/** The words before it keep it apart from every other MAC under the same key. */
function macOf(form: string, token: Buffer, secret: Buffer): Buffer {
  const said = Buffer.concat([Buffer.from(`form press ${form}\u0000`), token.subarray(0, macAt)]);
  return Buffer.from(hmacUnder(secret)(said), 'latin1').subarray(0, macLength);
}

/** Faster nobody reads a form, fills it in and presses its button; a browser that fills it in by itself takes as long to load it. */
export const leastMs = 2000;
/** So long a page is taken from whoever left it open: longer, a token fetched once would serve a bot for ever. */
export const mostMs = dayMs;

/** Whether a page was there as long as a person takes. A clock that went back meanwhile is nobody's fault. */
export function paceOf({ gotAt }: Press, now: Date): 'too-fast' | 'too-old' | 'a person’s' {
  const passedMs = now.getTime() - gotAt.getTime();
  if (passedMs >= 0 && passedMs < leastMs) return 'too-fast';
  return passedMs > mostMs ? 'too-old' : 'a person’s';
}

/** A page that is shown to somebody who has filled it in already: nobody need wait to press again. */
export function pressAgain(id: string, now: Date): Press {
  return { id: idFrom(id), gotAt: new Date(now.getTime() - leastMs) };
}
