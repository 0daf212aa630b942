import type { Request, Response } from 'express';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { urlOf } from '../url.js';

type Setting = Pick<Services, 'formOrigins' | 'publicUrl'>;

/**
 * Lets other sites' pages use the forms: any, or those of FORM_ORIGINS. Nothing here goes by a cookie or a login, so that a
 * strange site can do no more with a browser than with a program of its own; what a list keeps off is one's own form on
 * somebody else's page. Credentials are never allowed.
 */
export function allowOrigin(request: Request, response: Response, { formOrigins, publicUrl }: Setting): void {
  const origin = request.get('origin');
  if (formOrigins === undefined) {
    response.set('Access-Control-Allow-Origin', '*');
    return;
  }
  response.vary('Origin');
  if (origin === undefined) return;
  if (!formOrigins.includes(origin) && !isOwn(origin, request, publicUrl()))
    throw new Problem(403, 'This form may not be used from that site.');
  response.set('Access-Control-Allow-Origin', origin);
}

/** Our own pages, by the name that we give ourselves, or the one that we were called by. */
function isOwn(origin: string, request: Request, publicUrl: string): boolean {
  const url = urlOf(origin);
  return url !== undefined && (origin === new URL(publicUrl).origin || url.host === request.get('host'));
}

/** Lets the sites that are named show a page of a form in a frame, beside ourselves; nobody else, as a press in a frame may be got by trickery. */
export function allowFrames(response: Response, { formOrigins = [] }: Pick<Services, 'formOrigins'>): Response {
  // The older header can name nobody but ourselves.
  if (formOrigins.length > 0) response.removeHeader('X-Frame-Options');
  const ancestors = ["'self'", ...formOrigins].join(' ');
  const policy = `default-src 'self'; img-src 'self' data:; frame-ancestors ${ancestors}; base-uri 'none'; form-action 'self'`;
  return response.set('Content-Security-Policy', policy);
}
