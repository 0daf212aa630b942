import { type Right, rights, rightsOf, rightsTell, type Role, roles, rolesTell } from '../access/rights.js';
import type { Who } from '../access/who.js';
import { makeKey } from '../account/keys.js';
import { linkFor, type ShownLink } from '../account/links.js';
import { beyond, changeRole, disable, invite, isBeyond, type Outcome } from '../account/people.js';
import { accessRoutes } from '../api/access.js';
import { contract } from '../api/contract.js';
import type { ApiKey } from '../store/api-keys.js';
import type { AuditEntry } from '../store/audit-log.js';
import type { User } from '../store/users.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem, unfitFields } from './problem.js';
import type { Services } from './services.js';

/** Who may use Rivulet, and what they did. */
export function accessApi(services: Services): readonly AnsweredRoute[] {
  const { accounts, store, publicUrl } = services;
  const { users, apiKeys } = accounts.store;
  const linkView = ({ token, expiresAt }: ShownLink) => ({ url: welcomeUrl(publicUrl(), token), expiresAt });
  /** Somebody whom the one who asks may change: nobody changes those who may do more. */
  const changeable = async (id: string, who: Who): Promise<User> => {
    const user = found(await users.byId(id), 'person');
    assertMayGive(who, user.role);
    return user;
  };

  return answering(accessRoutes, services, {
    'GET /api/roles': () => ({
      roles: roles.map((name) => ({ name, tells: rolesTell[name], rights: [...rightsOf[name]] })),
      rights: rights.map((name) => ({ name, tells: rightsTell[name] })),
    }),

    'GET /api/users': async ({ who }) => ({ items: (await users.all()).map((user) => userView(user, who)) }),
    'POST /api/users': async ({ body: { email, name, role }, who, response }) => {
      assertMayGive(who, role);
      const invited = await invite({ ...email, name, role }, who.name, accounts);
      if (!invited) throw new Problem(409, 'This address has an account. Make a new link for it, or enable it again.');
      response.location(`/api/users/${invited.user.id}`);
      return { user: userView(invited.user, who), link: linkView(invited.link) };
    },
    'PATCH /api/users/:id': async ({ params: { id }, body: { role, isDisabled }, who }) => {
      const user = await changeable(id, who);
      if (role !== undefined) {
        assertMayGive(who, role);
        assertDone(await changeRole(user, role, accounts));
      } else if (isDisabled && !user.disabledAt) assertDone(await disable(user, accounts));
      else if (!isDisabled) await users.enable(id);
      return userView(found(await users.byId(id), 'person'), who);
    },
    'POST /api/users/:id/link': async ({ params: { id }, who }) => {
      const user = await changeable(id, who);
      if (user.disabledAt) throw new Problem(409, 'This account is disabled. Enable it first.');
      return linkView(await linkFor(user, who.name, accounts));
    },

    'GET /api/keys': async () => {
      const now = accounts.now();
      return { items: (await apiKeys.all()).map((key) => keyView(key, now)) };
    },
    'POST /api/keys': async ({ body: { name, rights: wanted, expiresAt }, who, response }) => {
      assertHolds(who, wanted);
      const until = expiresAt === undefined ? {} : { expiresAt: inFuture(expiresAt, accounts.now()) };
      const given = rights.filter((right) => wanted.includes(right));
      const { key, secret } = await makeKey({ name, rights: given, createdBy: who.name, ...until }, accounts);
      response.location(`/api/keys/${key.id}`);
      return { key: keyView(key, accounts.now()), secret };
    },
    'DELETE /api/keys/:id': async ({ params: { id }, who }) => {
      const key = found(await apiKeys.byId(id), 'key');
      assertHolds(who, key.rights);
      await apiKeys.revoke(id, accounts.now());
    },

    'GET /api/audit-log': async ({ query: { limit, after, who, thing } }) => {
      const { items, next } = await store.auditLog.page(limit, after, { who, thing });
      return { items: items.map(auditView), next: next ?? null };
    },
  });
}

/** Where a one-time link leads. What stands behind the "#" is sent to no server, so that no log has it. */
export function welcomeUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/welcome#${token}`;
}

function assertMayGive(who: Who, role: Role): void {
  if (isBeyond(who, role)) throw new Problem(403, `The role "${role}" may do more than you. Ask an admin.`);
}

function assertHolds(who: Who, wanted: readonly Right[]): void {
  const more = beyond(who, wanted);
  if (more.length > 0) throw new Problem(403, `Nobody gives rights that they do not have: ${more.join(', ')}.`);
}

function assertDone(outcome: Outcome): void {
  if (outcome === 'last-admin')
    throw new Problem(409, 'This is the last admin, and somebody must say who may do what. Make another one first.');
  if (outcome === 'meanwhile')
    throw new Problem(409, 'Somebody else changed this account this instant. Load it again.');
}

function inFuture(written: string, now: Date): Date {
  const at = new Date(written);
  if (at > now) return at;
  throw unfitFields({
    pointer: '/expiresAt',
    detail: 'a key that is over already opens nothing: say a later time',
  });
}

function userView({ disabledAt, hasPassword, signedInAt, ...user }: User, who: Who) {
  const state = disabledAt ? ('disabled' as const) : hasPassword ? ('active' as const) : ('invited' as const);
  const isYou = who.kind === 'user' && who.id === user.id;
  return { ...user, state, isYou, signedInAt: signedInAt ?? null };
}

function keyView({ expiresAt, usedAt, revokedAt, ...key }: ApiKey, now: Date) {
  const isOver = expiresAt !== undefined && expiresAt <= now;
  const state = revokedAt ? ('revoked' as const) : isOver ? ('expired' as const) : ('active' as const);
  const instants = { expiresAt: expiresAt ?? null, usedAt: usedAt ?? null, revokedAt: revokedAt ?? null };
  return { ...key, rights: [...key.rights], state, ...instants };
}

const routes: Readonly<Record<string, { readonly does: string }>> = contract;

function auditView({ things, fields, ...entry }: AuditEntry) {
  return { ...entry, things: [...things], fields: [...fields], does: routes[entry.route]?.does ?? null };
}
