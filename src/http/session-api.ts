import type { Request, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { csrfOf } from '../access/csrf.js';
import { flawOfPassword, type Owner } from '../access/password.js';
import { digestOf } from '../access/secret.js';
import type { Who } from '../access/who.js';
import type { SignedIn } from '../account/account.js';
import { lookAtLink, type Opened, openAccount } from '../account/links.js';
import { changePassword, signIn } from '../account/sign-in.js';
import { whoIs, whoIsIn } from '../account/who.js';
import type { RouteName } from '../api/route.js';
import { sessionRoutes } from '../api/session.js';
import type { Address } from '../message/address.js';
import type { User } from '../store/users.js';
import { type AnsweredRoute, answering } from './answering.js';
import { Problem, unfitFields } from './problem.js';
import type { Services } from './services.js';
import { giveSession, sessionTokenIn, takeSession } from './session-cookie.js';

type Exchange = { readonly request: Request; readonly response: Response };

/** Signing in and out, and all that concerns oneself. */
export function sessionApi(services: Services): readonly AnsweredRoute[] {
  const { accounts, engine, noteChange } = services;

  const note = (who: Who, route: RouteName): Promise<void> =>
    noteChange({ who, route, params: {}, fields: [], status: 200 });
  /** The session that a person asks in, whose use was noted by who asks; keys have none. */
  const sessionOf = async ({ kind }: Who, request: Request): Promise<SignedIn | undefined> => {
    const token = kind === 'user' ? sessionTokenIn(request, services) : undefined;
    const inside = token === undefined ? undefined : await whoIsIn(token, accounts, 'look');
    return token !== undefined && inside ? { ...inside, token } : undefined;
  };
  const told = (who: Who, inside: SignedIn | undefined, { response }: Pick<Exchange, 'response'>) => {
    const { kind, id, name, rights } = who;
    // What proves a page is kept by no cache.
    response.set('Cache-Control', 'no-store');
    return {
      who: { kind, id, name, rights: [...rights] },
      email: inside?.user.email ?? null,
      role: inside?.user.role ?? null,
      csrf: inside ? csrfOf(inside.token) : '',
      endsAt: inside?.session.endsAt ?? null,
      now: engine.now(),
    };
  };
  /** Lets somebody in who has just proved to be who they say; whoever was signed in in this browser is not any more. */
  const welcome = async (inside: SignedIn, { request, response }: Exchange, route: RouteName) => {
    const before = sessionTokenIn(request, services);
    if (before !== undefined) await accounts.store.sessions.end(digestOf(before));
    giveSession(request, response, inside.token, services);
    const who = whoIs(inside.user);
    await note(who, route);
    return told(who, inside, { response });
  };
  const opened = async (token: string): Promise<Opened> => {
    const link = await lookAtLink(token, accounts);
    if (!link) throw badLink();
    return link;
  };

  return answering(sessionRoutes, services, {
    'POST /api/session': async ({ body: { email, password }, request, response }) => {
      const network = ipKeyGenerator(request.ip ?? '');
      const answer = await signIn({ email, password, network }, accounts);
      if (answer.kind === 'signed-in') return welcome(answer, { request, response }, 'POST /api/session');
      throw answer.kind === 'wait' ? tooManyTries(answer.waitMs, response) : notIn(answer.kind);
    },
    'GET /api/session': async ({ who, request, response }) => told(who, await sessionOf(who, request), { response }),
    'DELETE /api/session': async ({ who, request, response }) => {
      const inside = await sessionOf(who, request);
      if (!inside) throw new Problem(409, 'A key is not signed in; revoke it instead.');
      await accounts.store.sessions.end(inside.session.digest);
      takeSession(request, response, services);
      await note(who, 'DELETE /api/session');
    },
    'GET /api/session/setup': async () => ({ hasAccounts: !(await accounts.store.users.isEmpty()) }),
    'POST /api/session/link/look': async ({ body: { token } }) => {
      const { link, user } = await opened(token);
      return { kind: kindOf(user), email: user?.email ?? null, name: user?.name ?? null, expiresAt: link.expiresAt };
    },
    'POST /api/session/link': async ({ body: { token, name, password, email: first }, request, response }) => {
      const open = await opened(token);
      const { address: email, key: address } = open.user ? { address: open.user.email, key: '' } : stated(first);
      assertGood(password, { email, name });
      const inside = await openAccount(open, { name, password, email, address }, accounts);
      if (!inside) throw badLink();
      return welcome(inside, { request, response }, 'POST /api/session/link');
    },
    'POST /api/session/password': async ({ body: { current, password }, who, request, response }) => {
      const inside = await sessionOf(who, request);
      if (!inside) throw new Problem(409, 'A key has no password.');
      assertGood(password, inside.user);
      const change = { user: inside.user.id, current, next: password, session: inside.session.digest };
      const answer = await changePassword(change, accounts);
      if (answer.kind === 'wait') throw tooManyTries(answer.waitMs, response);
      if (answer.kind === 'wrong') throw wrongField('/current', 'this is not your password now');
    },
  });
}

function kindOf(user: User | undefined) {
  if (!user) return 'first-admin' as const;
  return user.hasPassword ? ('new-password' as const) : ('invitation' as const);
}

function stated(email: Address | undefined): Address {
  if (email) return email;
  throw wrongField('/email', 'say the e-mail address that you will sign in by');
}

function assertGood(password: string, owner: Owner): void {
  const flaw = flawOfPassword(password, owner);
  if (flaw !== undefined) throw wrongField('/password', flaw);
}

function wrongField(pointer: string, detail: string): Problem {
  return unfitFields({ pointer, detail });
}

function badLink(): Problem {
  return new Problem(
    410,
    'This link was opened before, or is older than a day. Ask an admin for a new one; at the very first start, start Rivulet again.',
  );
}

function notIn(kind: 'wrong' | 'flooded'): Problem {
  if (kind === 'flooded') return new Problem(503, 'Too many people sign in this second. Try again in a moment.');
  return new Problem(
    401,
    'Address and password do not belong together. If you forgot the password, an admin makes you a new link.',
  );
}

function tooManyTries(waitMs: number, response: Response): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  response.set('Retry-After', String(seconds));
  const wait = seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  return new Problem(
    429,
    `Too many wrong tries. The next one is looked at in ${wait}; an admin can make you a new link meanwhile.`,
  );
}
