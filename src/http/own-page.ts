import type { Request } from 'express';
import { isSameSecret } from '../access/secret.js';
import { csrfOf } from '../access/csrf.js';
import { Problem } from './problem.js';
import type { Reach } from './session-cookie.js';

/** Refuses what a page of another site has its reader's browser send. What no browser sends says nothing of a page. */
export function assertNotForeign(request: Request, reach: Reach): void {
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw foreign(request);
  if (origin !== undefined && !isOurs(origin, request, reach)) throw foreign(request);
}

/** Refuses a write by cookie that does not come from a page of ours: its browser says so, and it knows the token. */
export function assertOwnPage(request: Request, sessionToken: string, reach: Reach): void {
  assertNotForeign(request, reach);
  // Every browser of today says one of them with a write; without either nobody knows where it comes from.
  const saysWhence = request.get('sec-fetch-site') === 'same-origin' || request.get('origin') !== undefined;
  if (!saysWhence) throw foreign(request);
  if (!isSameSecret(request.get('x-csrf-token') ?? '', csrfOf(sessionToken)))
    throw new Problem(403, 'Send the "csrf" of GET /api/session as the header X-CSRF-Token; load the page again.');
}

function isOurs(origin: string, request: Request, { publicUrl }: Reach): boolean {
  return origin === `${request.protocol}://${request.host}` || origin === new URL(publicUrl()).origin;
}

function foreign(request: Request): Problem {
  return new Problem(
    403,
    `This may be done from Rivulet's own pages alone, which are at ${request.protocol}://${request.host} for this request. If they are behind a proxy, set PUBLIC_URL to the address people see.`,
  );
}
