import { hash, timingSafeEqual } from 'node:crypto';
import { hmacUnder } from './hmac.js';
import type { SigningKeys } from './token.js';

/** What a signed link hands out, to whom, and until when. Of the asset it says a fingerprint alone. */
export type AssetTicket = { readonly lead: string; readonly asset: string; readonly until: Date };

/** So long a link works, unless it is asked otherwise. */
export const assetDays = 14;

const untilAt = 1;
const assetAt = 5;
const assetLength = 8;
const leadAt = assetAt + assetLength;
const macLength = 16;
/** An id of a lead is a UUID; no link of ours is much longer. */
const longest = 200;

/** By what a link names its asset: two of one project never share it by chance, and nobody reads a path in it. */
export function fingerprintOf(asset: string): string {
  return hash('sha256', asset.normalize('NFC'), 'buffer').subarray(0, assetLength).toString('hex');
}

/** `base64url(key id, seconds until which it works, fingerprint, lead, MAC)`: 87 characters for a UUID. */
export function signAsset({ lead, asset, until }: AssetTicket, [key]: SigningKeys): string {
  const head = Buffer.alloc(leadAt);
  head.writeUInt8(key.id, 0);
  head.writeUInt32BE(Math.floor(until.getTime() / 1000), untilAt);
  head.write(fingerprintOf(asset), assetAt, 'hex');
  const body = Buffer.concat([head, Buffer.from(lead)]);
  return Buffer.concat([body, macOf(body, key.secret)]).toString('base64url');
}

/** What a token that we signed says, its asset as a fingerprint; undefined for anything else. Compares in constant time. */
export function readAsset(token: string, keys: SigningKeys): AssetTicket | undefined {
  if (token.length > longest) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  // Base64 reads past rubbish: only the one spelling that we write is a token.
  if (bytes.length <= leadAt + macLength || bytes.toString('base64url') !== token) return undefined;
  const key = keys.find(({ id }) => id === bytes[0]);
  const body = bytes.subarray(0, -macLength);
  if (!key || !timingSafeEqual(macOf(body, key.secret), bytes.subarray(-macLength))) return undefined;
  return {
    lead: body.toString('utf8', leadAt),
    asset: body.toString('hex', assetAt, leadAt),
    until: new Date(body.readUInt32BE(untilAt) * 1000),
  };
}

/** The words before it keep it apart from every other MAC under the same key: those of mails are of 23 bytes, and this is longer. */
function macOf(body: Buffer, secret: Buffer): Buffer {
  const said = Buffer.concat([Buffer.from('asset link\u0000'), body]);
  return Buffer.from(hmacUnder(secret)(said), 'latin1').subarray(0, macLength);
}

/** The link by which one lead gets one asset, from an instant on for two weeks. */
export function assetUrl(
  { lead, asset, at }: { readonly lead: string; readonly asset: string; readonly at: Date },
  { publicUrl, keys }: { readonly publicUrl: string; readonly keys: SigningKeys },
): string {
  const until = new Date(at.getTime() + assetDays * 86_400_000);
  return `${publicUrl}/d/${signAsset({ lead, asset, until }, keys)}`;
}
