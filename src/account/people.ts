import { type Right, type Role, rightsOf } from '../access/rights.js';
import type { Who } from '../access/who.js';
import type { Address } from '../message/address.js';
import type { User } from '../store/users.js';
import type { AccountStore } from './account.js';
import { linkFor, type ShownLink } from './links.js';

export type Invitation = Address & { readonly name: string; readonly role: Role };
export type Invited = { readonly user: User; readonly link: ShownLink };

/** Makes an account for somebody, who opens it by the link; undefined when the address has one. */
export async function invite(
  { address: email, key: address, name, role }: Invitation,
  by: string,
  tools: AccountStore,
): Promise<Invited | undefined> {
  const { store, now } = tools;
  const isNew = await store.users.add({ address, email, name, role, createdAt: now(), createdBy: by });
  const user = isNew ? await store.users.byAddress(address) : undefined;
  return user && { user, link: await linkFor(user, by, tools) };
}

/** Rights that would be given by somebody who does not have them: nobody makes others more than they are. */
export function beyond({ rights: held }: Pick<Who, 'rights'>, given: readonly Right[]): readonly Right[] {
  return given.filter((right) => !held.includes(right));
}

/** The same of a role. */
export function isBeyond(who: Pick<Who, 'rights'>, role: Role): boolean {
  return beyond(who, rightsOf[role]).length > 0;
}

/** `last-admin`: nobody would be left who says who may do what. `meanwhile`: somebody else changed it this instant. */
export type Outcome = 'done' | 'last-admin' | 'meanwhile';

export async function changeRole(user: User, to: Role, { store }: AccountStore): Promise<Outcome> {
  const { id, role: from } = user;
  if (from === to) return 'done';
  return withAnAdminLeft(user, store.users.countAdmins, {
    change: () => store.users.setRole(id, { from, to }),
    back: () => store.users.setRole(id, { from: to, to: from }),
  });
}

/** Disables an account: it is signed in nowhere any more, and no link opens it. */
export async function disable(user: User, { store, now }: AccountStore): Promise<Outcome> {
  const { id } = user;
  const outcome = await withAnAdminLeft(user, store.users.countAdmins, {
    change: () => store.users.disable(id, now()),
    back: () => store.users.enable(id),
  });
  if (outcome !== 'done') return outcome;
  await store.signInLinks.dropOf(id);
  await store.sessions.endAll(id);
  return 'done';
}

type Changes = { readonly change: () => Promise<boolean>; readonly back: () => Promise<boolean> };

/**
 * Takes an admin away unless it is the last. Counted before, and after: two admins who take each other's role away at one
 * instant both find the other one, and both put back what they did.
 */
async function withAnAdminLeft(
  { role, disabledAt, hasPassword }: User,
  countAdmins: () => Promise<number>,
  { change, back }: Changes,
): Promise<Outcome> {
  const isAdmin = role === 'admin' && !disabledAt && hasPassword;
  if (isAdmin && (await countAdmins()) < 2) return 'last-admin';
  if (!(await change())) return 'meanwhile';
  if (!isAdmin || (await countAdmins()) > 0) return 'done';
  await back();
  return 'last-admin';
}
