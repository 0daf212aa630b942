import type { Request, Response } from 'express';
import { isSecret } from '../access/secret.js';
import { absoluteMs } from '../access/session.js';

/** A name that browsers take over TLS alone, for this very host and all of it (RFC 6265bis §4.1.3.2). */
const overTls = '__Host-rivulet';
/** On plain http, where a browser would refuse the other one. */
const overHttp = 'rivulet';

export type Reach = { readonly publicUrl: () => string };

/** Whether the browser came over TLS: to us, to a proxy that we trust, or to the address that we are published at. */
function isOverTls(request: Request, { publicUrl }: Reach): boolean {
  if (request.secure) return true;
  const { protocol, host } = new URL(publicUrl());
  return protocol === 'https:' && host === request.host;
}

function nameFor(request: Request, reach: Reach): string {
  return isOverTls(request, reach) ? overTls : overHttp;
}

/** The token of the session that the browser says it is in. */
export function sessionTokenIn(request: Request, reach: Reach): string | undefined {
  const name = nameFor(request, reach);
  const tokens = (request.headers.cookie ?? '').split(';').flatMap((cookie) => {
    const [key = '', value = ''] = cookie.split('=');
    return key.trim() === name ? [value.trim()] : [];
  });
  return tokens.find(isSecret);
}

export function giveSession(request: Request, response: Response, token: string, reach: Reach): void {
  // The server ends it earlier when nothing is done.
  response.cookie(nameFor(request, reach), token, { ...traits(request, reach), maxAge: absoluteMs });
}

export function takeSession(request: Request, response: Response, reach: Reach): void {
  response.clearCookie(nameFor(request, reach), traits(request, reach));
}

/** No script reads it, and no other site's form or script sends it along. */
function traits(request: Request, reach: Reach) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: isOverTls(request, reach) } as const;
}
