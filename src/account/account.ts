import { randomBytes } from 'node:crypto';
import { digestOf, secretBytes, secretOf } from '../access/secret.js';
import type { Store } from '../store/open-store.js';
import type { Session } from '../store/sessions.js';
import type { User } from '../store/users.js';
import type { Passwords } from './passwords.js';

/** What everything about accounts needs. */
export type Accounts = {
  readonly store: Pick<Store, 'users' | 'sessions' | 'signInLinks' | 'signInAttempts' | 'apiKeys'>;
  readonly passwords: Passwords;
  readonly now: () => Date;
};
/** What needs no passwords: also the command line. */
export type AccountStore = Omit<Accounts, 'passwords'>;

export type SignedIn = { readonly user: User; readonly session: Session; readonly token: string };

export function newSecret(): string {
  return secretOf(randomBytes(secretBytes));
}

/** Signs somebody in, in one browser, which gets the token. */
export async function startSession(user: User, { store, now }: AccountStore): Promise<SignedIn> {
  const token = newSecret();
  const session = await store.sessions.start(digestOf(token), user.id, now());
  await store.users.noteSignIn(user.id, now());
  return { user, session, token };
}
