import { digestOf, isSecret } from '../access/secret.js';
import { linkMs } from '../access/session.js';
import type { SignInLink } from '../store/sign-in-links.js';
import type { User } from '../store/users.js';
import { type Accounts, type AccountStore, newSecret, type SignedIn, startSession } from './account.js';

/** A link as it is shown, once. */
export type ShownLink = { readonly token: string; readonly expiresAt: Date };

/** Makes a link by which somebody chooses a password; those that were made for them before open nothing any more. */
export async function linkFor(user: User, by: string, { store, now }: AccountStore): Promise<ShownLink> {
  await store.signInLinks.dropOf(user.id);
  return addLink({ user: user.id, by }, { store, now });
}

/** A link by which the first admin comes in; undefined when there is somebody who may sign in already. */
export async function firstLink(tools: AccountStore): Promise<ShownLink | undefined> {
  return (await tools.store.users.isEmpty()) ? addLink({ by: 'the first start' }, tools) : undefined;
}

async function addLink(
  { user, by }: { readonly user?: string; readonly by: string },
  { store, now }: AccountStore,
): Promise<ShownLink> {
  const [token, createdAt] = [newSecret(), now()];
  const expiresAt = new Date(createdAt.getTime() + linkMs);
  const owner = user === undefined ? {} : { user };
  await store.signInLinks.add({ digest: digestOf(token), ...owner, createdAt, createdBy: by, expiresAt });
  return { token, expiresAt };
}

/** What a link opens: the account of somebody, or the first one. */
export type Opened = { readonly link: SignInLink; readonly user?: User };

/** What a link opens, without opening it; undefined for one that is used, too old, or none of ours. */
export async function lookAtLink(token: string, { store, now }: AccountStore): Promise<Opened | undefined> {
  const link = isSecret(token) ? await store.signInLinks.look(digestOf(token), now()) : undefined;
  if (!link) return undefined;
  if (link.user === undefined) return (await store.users.isEmpty()) ? { link } : undefined;
  const user = await store.users.byId(link.user);
  return user && !user.disabledAt ? { link, user } : undefined;
}

/** What somebody chooses who opened a link; the first one says its address too. */
export type Chosen = {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly email: string;
};

/**
 * Opens an account by a link that was looked at. The link goes first: whatever becomes of this process, it opens nothing
 * twice, and a new one is soon made. Undefined when somebody else was faster.
 */
export async function openAccount(
  { link, user }: Opened,
  chosen: Chosen,
  tools: Accounts,
): Promise<SignedIn | undefined> {
  const { store, passwords, now } = tools;
  const hash = await passwords.hash(chosen.password);
  if (!(await store.signInLinks.take(link.digest, now()))) return undefined;
  if (!user) {
    const { address, email, name } = chosen;
    const first = { address, email, name, role: 'admin', createdAt: now(), createdBy: 'the first start' } as const;
    if (!(await store.users.addFirst(first, hash))) return undefined;
    const made = await store.users.byAddress(address);
    return made ? startSession(made, tools) : undefined;
  }
  await store.users.setPassword(user.id, hash);
  await store.users.rename(user.id, chosen.name);
  // Whoever was signed in by the password of before is not any more.
  await store.sessions.endAll(user.id);
  await store.signInLinks.dropOf(user.id);
  await store.signInAttempts.forgive(user.id);
  const opened = await store.users.byId(user.id);
  return opened && !opened.disabledAt ? startSession(opened, tools) : undefined;
}
