import { rights, rightsOf } from '../access/rights.js';
import { digestOf, isApiKey, isSameSecret, isSecret } from '../access/secret.js';
import type { Who } from '../access/who.js';
import type { Session } from '../store/sessions.js';
import type { User } from '../store/users.js';
import type { AccountStore } from './account.js';

/** Whoever runs Rivulet. */
export const operator: Who = { kind: 'operator', id: 'operator', name: 'the operator', rights };

/** Whose key this is: the operator's, or one of those that were made; undefined for any other text. */
export async function whoHasKey(key: string, operatorKey: string, tools: AccountStore): Promise<Who | undefined> {
  if (isSameSecret(key, operatorKey)) return operator;
  const known = isApiKey(key) ? await tools.store.apiKeys.use(key, tools.now()) : undefined;
  return known && { kind: 'key', id: known.id, name: known.name, rights: known.rights };
}

export type InSession = { readonly user: User; readonly session: Session };

/**
 * Who is signed in by a token, which is used by that or only looked at. The account is read each time: whoever was disabled
 * is out with the next request.
 */
export async function whoIsIn(
  token: string,
  { store, now }: AccountStore,
  how: 'use' | 'look' = 'use',
): Promise<InSession | undefined> {
  const session = isSecret(token) ? await store.sessions[how](digestOf(token), now()) : undefined;
  const user = session && (await store.users.byId(session.user));
  return session && user && !user.disabledAt ? { user, session } : undefined;
}

export function whoIs({ id, name, role }: User): Who {
  return { kind: 'user', id, name, rights: rightsOf[role] };
}
