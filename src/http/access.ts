import type { Request, RequestHandler } from 'express';
import { isEqualSecret } from '../event/provider.js';
import { Problem } from './problem.js';

/** Lets in whoever shows the API key as `Authorization: Bearer …`; compares digests in constant time. */
export function requireKey(apiKey: string): RequestHandler {
  return (request, _response, next) => {
    if (!isEqualSecret(bearerOf(request), apiKey))
      throw new Problem(401, 'Send the API key as "Authorization: Bearer <key>".');
    next();
  };
}

/**
 * The pages show leads, so they are for the person at this machine: a loopback connection under a loopback name (a name
 * of somebody else's could be made to point here) that no proxy passed on. Anyone else signs in with the API key as password.
 */
export function requireLocalOrKey(apiKey: string): RequestHandler {
  return (request, response, next) => {
    if (isLocal(request) || isEqualSecret(passwordOf(request), apiKey)) return next();
    response.set('WWW-Authenticate', 'Basic realm="Rivulet: any name, the API key as password", charset="UTF-8"');
    return response.status(401).type('text').send('Sign in with any name and the API key as password.');
  };
}

function isLocal(request: Request): boolean {
  const from = request.socket.remoteAddress ?? '';
  const name = (request.headers.host ?? '').replace(/:\d+$/, '');
  const isForwarded = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via', 'x-real-ip'].some(
    (header) => request.headers[header] !== undefined,
  );
  return (
    ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(from) &&
    ['localhost', '127.0.0.1', '[::1]'].includes(name) &&
    !isForwarded
  );
}

function bearerOf({ headers }: Request): string {
  const [, key = ''] = /^Bearer\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? [];
  return key;
}

function passwordOf({ headers }: Request): string {
  const [, encoded = ''] = /^Basic\s+(\S+)\s*$/i.exec(headers.authorization ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString('utf8').split(':').slice(1).join(':');
}
