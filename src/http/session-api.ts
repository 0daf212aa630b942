import type { Request, Response } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { csrfOf } from '../access/csrf.js';
import { flawOfPassword, type Owner } from '../access/password.js';
import { digestOf } from '../access/secret.js';
import type { Who } from '../access/who.js';
import type { SignedIn } from '../account/account.js';
import { lookAtLink, openAccount } from '../account/links.js';
import { changePassword, signIn } from '../account/sign-in.js';
import { whoIs, whoIsIn } from '../account/who.js';
import type { RouteName } from '../api/route.js';
import { sessionRoutes } from '../api/session.js';
import type { Address } from '../message/address.js';
import type { User } from '../store/users.js';
import { type AnsweredRoute, answering } from './answering.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { giveSession, sessionTokenIn, takeSession } from './session-cookie.js';

type Exchange = { readonly request: Request; readonly response: Response };

/** Signing in and out, and all that concerns oneself. */
export function sessionApi(services: Services): readonly AnsweredRoute[] {
  const { accounts, engine, noteChange } = services;

  const note = (who: Who, route: RouteName): Promise<void> =>
    noteChange({ who, route, params: {}, fields: [], status: 200 });

  /** What a browser is told that has just been signed in. */
  const welcome = async ({ user, session, token }: SignedIn, { request, response }: Exchange, route: RouteName) => {
    giveSession(request, response, token, services);
    await note(whoIs(user), route);
    return sessionOf({
      who: whoIs(user),
      email: user.email,
      role: user.role,
      csrf: csrfOf(token),
      endsAt: session.endsAt,
    });
  };
  const sessionOf = <T extends object>(rest: T & { readonly who: Who }) => {
    const { kind, id, name, rights } = rest.who;
    return { ...rest, who: { kind, id, name, rights: [...rights] }, now: engine.now() };
  };

  return answering(sessionRoutes, services, {
    'POST /api/session': async ({ body: { email, password }, request, response }) => {
      const network = ipKeyGenerator(request.ip ?? '');
      const answer = await signIn({ email, password, network }, accounts);
      switch (answer.kind) {
        case 'signed-in':
          return welcome(answer, { request, response }, 'POST /api/session');
        case 'wait':
          throw tooManyTries(answer.waitMs, response);
        case 'flooded':
          throw new Problem(503, 'Too many people sign in this second. Try again in a moment.');
        case 'wrong':
          throw new Problem(
            401,
            'Address and password do not belong together. If you forgot the password, an admin makes you a new link.',
          );
      }
    },
    'GET /api/session': async ({ who, request }) => {
      const token = who.kind === 'user' ? sessionTokenIn(request, services) : undefined;
      const inside = token === undefined ? undefined : await whoIsIn(token, accounts);
      if (token === undefined || !inside) return sessionOf({ who, email: null, role: null, csrf: '', endsAt: null });
      const { email, role } = inside.user;
      return sessionOf({ who, email, role, csrf: csrfOf(token), endsAt: inside.session.endsAt });
    },
    'DELETE /api/session': async ({ who, request, response }) => {
      const token = sessionTokenIn(request, services);
      if (who.kind !== 'user' || token === undefined)
        throw new Problem(409, 'A key is not signed in; revoke it instead.');
      await accounts.store.sessions.end(digestOf(token));
      takeSession(request, response, services);
      await note(who, 'DELETE /api/session');
    },
    'GET /api/session/setup': async () => ({ hasAccounts: !(await accounts.store.users.isEmpty()) }),
    'POST /api/session/link/look': async ({ body: { token } }) => {
      const { link, user } = await opened(token);
      return { kind: kindOf(user), email: user?.email ?? null, name: user?.name ?? null, expiresAt: link.expiresAt };
    },
    'POST /api/session/link': async ({ body: { token, name, password, email }, request, response }) => {
      const open = await opened(token);
      const address = open.user ? { address: open.user.email, key: '' } : firstAddress(email);
      assertGood(password, { email: address.address, name });
      const signedIn = await openAccount(
        open,
        { name, password, email: address.address, address: address.key },
        accounts,
      );
      if (!signedIn) throw badLink();
      return welcome(signedIn, { request, response }, 'POST /api/session/link');
    },
    'POST /api/session/password': async ({ body: { current, password }, who, request, response }) => {
      const token = sessionTokenIn(request, services);
      const inside = token === undefined ? undefined : await whoIsIn(token, accounts);
      if (who.kind !== 'user' || token === undefined || !inside) throw new Problem(409, 'A key has no password.');
      assertGood(password, inside.user);
      const change = { user: who.id, current, next: password, session: digestOf(token) };
      const answer = await changePassword(change, accounts);
      if (answer.kind === 'wait') throw tooManyTries(answer.waitMs, response);
      if (answer.kind === 'wrong') throw wrongField('/current', 'this is not your password now');
    },
  });

  async function opened(token: string) {
    const link = await lookAtLink(token, accounts);
    if (!link) throw badLink();
    return link;
  }
}

function kindOf(user: User | undefined) {
  if (!user) return 'first-admin' as const;
  return user.hasPassword ? ('new-password' as const) : ('invitation' as const);
}

function firstAddress(email: Address | undefined): Address {
  if (email) return email;
  throw wrongField('/email', 'say the e-mail address that you will sign in by');
}

function assertGood(password: string, owner: Owner): void {
  const flaw = flawOfPassword(password, owner);
  if (flaw !== undefined) throw wrongField('/password', flaw);
}

function wrongField(pointer: string, detail: string): Problem {
  return new Problem(422, 'Some of what was sent is not as it must be.', [{ pointer, detail }]);
}

function badLink(): Problem {
  return new Problem(
    410,
    'This link was opened before, or is older than a day. Ask an admin for a new one; at the very first start, start Rivulet again.',
  );
}

function tooManyTries(waitMs: number, response: Response): Problem {
  const seconds = Math.ceil(waitMs / 1000);
  response.set('Retry-After', String(seconds));
  return new Problem(
    429,
    `Too many wrong tries. The next one is looked at in ${seconds < 90 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`}; an admin can make you a new link meanwhile.`,
  );
}
