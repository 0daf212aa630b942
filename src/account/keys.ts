import { randomBytes } from 'node:crypto';
import { apiKeyOf, secretBytes } from '../access/secret.js';
import type { ApiKey, NewKey } from '../store/api-keys.js';
import type { AccountStore } from './account.js';

/** A key with its text, which is shown this once. */
export type MadeKey = { readonly key: ApiKey; readonly secret: string };

export async function makeKey(wanted: Omit<NewKey, 'createdAt'>, { store, now }: AccountStore): Promise<MadeKey> {
  const secret = apiKeyOf(randomBytes(secretBytes));
  return { secret, key: await store.apiKeys.add(secret, { ...wanted, createdAt: now() }) };
}
