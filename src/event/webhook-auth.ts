import { createHmac } from 'node:crypto';
import { isEqualSecret, type ProviderRequest, refuse, type Refusal } from './provider.js';

/** The keys in a setting: several, separated by commas, while one takes the place of another. */
export function keysOf(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');
}

/** Whether a digest that was sent is the HMAC-SHA256 of `signed` under one of the keys. */
export function isHmacOf(
  signed: string | Buffer,
  keys: readonly (string | Buffer)[],
  sent: { readonly digest: string; readonly encoding: 'hex' | 'base64' },
): boolean {
  const digests = keys.map((key) => createHmac('sha256', key).update(signed).digest(sent.encoding));
  return digests.some((digest) => isEqualSecret(sent.digest, digest));
}

const header = /^([!#$%&'*+.^_`|~\w-]{1,100}):\s+(\S.*)$/;
const bearer = /^Bearer\s+(\S+)$/i;

/** Why a text cannot be the setting of a provider that signs nothing; undefined if it can. */
export function flawOfCredentials(setting: string): string | undefined {
  const keys = keysOf(setting);
  const isCredential = (key: string) => header.test(key) || bearer.test(key) || /^[^\s:]+:\S/.test(key);
  if (keys.length > 0 && keys.every(isCredential)) return undefined;
  return 'it is "user:password", "Bearer <token>" or "Header-Name: value", or several of them, separated by commas';
}

/** Providers that sign nothing show a name and password, a token or a header of ours; undefined means that this one does. */
export function refuseStranger({ headers }: ProviderRequest, setting: string): Refusal | undefined {
  const isShown = keysOf(setting).map((key) => isCredentialShown(key, headers));
  if (isShown.includes(true)) return undefined;
  return refuse('bad-signature', 'the call shows none of the configured credentials');
}

function isCredentialShown(key: string, headers: ProviderRequest['headers']): boolean {
  const authorization = headers['authorization'] ?? '';
  const [, name, value] = header.exec(key) ?? [];
  if (name !== undefined && value !== undefined) return isEqualSecret(headers[name.toLowerCase()] ?? '', value);

  const token = bearer.exec(key)?.[1];
  if (token !== undefined) return isEqualSecret(bearer.exec(authorization.trim())?.[1] ?? '', token);

  // RFC 7617 §2: a password may hold colons, a name may not, so the two are one text and need no splitting.
  const basic = /^Basic\s+([\w+/-]{1,2000}={0,2})$/i.exec(authorization.trim())?.[1];
  return key.includes(':') && basic !== undefined && isEqualSecret(Buffer.from(basic, 'base64').toString(), key);
}

/** Refuses what was signed too long ago or too far ahead; without a tolerance no age is too old. */
export function refuseStale(signedAt: Date | undefined, now: Date, toleranceSeconds?: number): Refusal | undefined {
  if (toleranceSeconds === undefined) return undefined;
  if (!signedAt) return refuse('bad-signature', 'the signed time is no time');
  const offSeconds = Math.abs(now.getTime() - signedAt.getTime()) / 1000;
  if (offSeconds <= toleranceSeconds) return undefined;
  return refuse('bad-signature', `the signed time is ${Math.round(offSeconds)} s off, over ${toleranceSeconds} s`);
}
