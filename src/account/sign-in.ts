import type { Paced } from '../access/throttle.js';
import { addressKey } from '../message/address.js';
import { userIdOf } from '../store/users.js';
import { type Accounts, type SignedIn, startSession } from './account.js';

export type Credentials = { readonly email: string; readonly password: string; readonly network: string };

/** `wrong` says neither whether there is such an account nor whether it is disabled. */
export type SignInAnswer =
  | ({ readonly kind: 'signed-in' } & SignedIn)
  | { readonly kind: 'wrong' | 'flooded' }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly of: Paced };

/**
 * Signs somebody in by address and password. An address that nobody has takes the same way: it is counted under its own row,
 * and a password is computed for it.
 */
export async function signIn({ email, password, network }: Credentials, tools: Accounts): Promise<SignInAnswer> {
  const { store, passwords, now } = tools;
  if (passwords.isFlooded()) return { kind: 'flooded' };
  const account = userIdOf(addressKey(email));
  // The network first: what it may not try any more is not held against the account.
  for (const [of, id] of [
    ['network', network],
    ['account', account],
  ] as const) {
    const waitMs = await store.signInAttempts.ask(of, id, now());
    if (waitMs > 0) return { kind: 'wait', waitMs, of };
  }
  const kept = await store.users.passwordOf(account);
  const isRight = await passwords.isRight(password, kept);
  const user = await store.users.byId(account);
  if (!isRight || !kept || !user || user.disabledAt) return { kind: 'wrong' };

  await store.signInAttempts.succeeded(account, network, now());
  if (passwords.isOutdated(kept)) await store.users.setPassword(account, await passwords.hash(password), kept);
  return { kind: 'signed-in', ...(await startSession(user, tools)) };
}

export type PasswordChange = {
  readonly user: string;
  readonly current: string;
  readonly next: string;
  /** The session that stays. */
  readonly session: string;
};
export type ChangeAnswer = { readonly kind: 'changed' | 'wrong' } | { readonly kind: 'wait'; readonly waitMs: number };

/** Changes one's own password. A wrong one counts like a try to sign in: a browser left open must not be a way to guess. */
export async function changePassword(
  { user, current, next, session }: PasswordChange,
  { store, passwords, now }: Accounts,
): Promise<ChangeAnswer> {
  const waitMs = await store.signInAttempts.ask('account', user, now());
  if (waitMs > 0) return { kind: 'wait', waitMs };
  const kept = await store.users.passwordOf(user);
  if (!(await passwords.isRight(current, kept)) || !kept) return { kind: 'wrong' };
  await store.signInAttempts.forgive(user);
  // Of two changes at once the second finds another password than the one it was told.
  if (!(await store.users.setPassword(user, await passwords.hash(next), kept))) return { kind: 'wrong' };
  await store.sessions.endAll(user, session);
  await store.signInLinks.dropOf(user);
  return { kind: 'changed' };
}
