import { type Request, type RequestHandler, Router } from 'express';
import { whoHasKey, whoIs, whoIsIn } from '../account/who.js';
import { sessionRoutes } from '../api/session.js';
import { limitRate } from './api-rate.js';
import { assertNotForeign, assertOwnPage } from './own-page.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { sessionTokenIn } from './session-cookie.js';
import { rememberWho } from './who.js';

/**
 * Finds out who asks over the API: by a key in `Authorization`, or by the cookie of a session. Whoever says nothing is nobody
 * yet, and whoever shows a wrong key is told so, once that was counted.
 */
export function whoAsks(services: Services): RequestHandler {
  const { accounts, apiKey } = services;
  const router = Router();
  const hasWrongKey = new WeakSet<Request>();

  router.use(async (request, _response, next) => {
    const key = bearerOf(request);
    const who = key === undefined ? await whoIsSignedIn(request, services) : await whoHasKey(key, apiKey, accounts);
    if (who) rememberWho(request, who);
    else if (key !== undefined) hasWrongKey.add(request);
    next();
  });
  router.use(limitRate(services));
  router.use((request, _response, next) => {
    if (hasWrongKey.has(request))
      throw new Problem(
        401,
        'This API key is not known here, is over, or was revoked. Make one under Settings, and send it as "Authorization: Bearer <key>".',
      );
    next();
  });
  return router;
}

/** The key that is shown. Another scheme is a proxy's business, or that of the pages for the operator. */
function bearerOf({ headers }: Request): string | undefined {
  const [, key] = /^Bearer +(\S{1,200}) *$/i.exec(headers.authorization ?? '') ?? [];
  if (key === undefined && /^Bearer\b/i.test(headers.authorization ?? '')) return '';
  return key;
}

async function whoIsSignedIn(request: Request, services: Services) {
  const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  if (isWrite && isWayIn(request)) {
    // Whoever signs in is not to be signed in by somebody else's page as somebody else.
    assertNotForeign(request, services);
    return undefined;
  }
  const token = sessionTokenIn(request, services);
  const session = token === undefined ? undefined : await whoIsIn(token, services.accounts);
  if (token === undefined || !session) return undefined;
  if (isWrite) assertOwnPage(request, token, services);
  return whoIs(session.user);
}

const waysIn: ReadonlySet<string> = new Set(
  Object.entries(sessionRoutes).flatMap(([name, { right }]) => (right === 'anyone' ? [name] : [])),
);

/** A route by which somebody comes in, whatever old cookie the browser still sends. */
function isWayIn({ method, baseUrl, path }: Request): boolean {
  return waysIn.has(`${method} ${baseUrl}${path}`.replace(/\/$/, ''));
}
