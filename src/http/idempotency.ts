import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { KeptAnswer } from '../store/idempotency.js';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { whoMay } from './who.js';

/** Answers larger than this are not kept: the request is done again then, and comes to the same. */
const mostKept = 1024 * 1024;

/**
 * Does a request with an `Idempotency-Key` once, however often it comes within a day, and answers each time what it answered
 * first (draft-ietf-httpapi-idempotency-key-header §2). Stands behind whatever proves who asks and reads the body.
 */
export function idempotent({ store, engine, newId, onFault }: Services): RequestHandler {
  return async (request, response, next) => {
    const written = request.get('idempotency-key');
    if (written === undefined) return next();
    // A string of RFC 8941 is in quotes, and most programs leave them out.
    const key = written.replace(/^"(.*)"$/, '$1');
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new Problem(400, 'An Idempotency-Key is 1 to 255 visible ASCII characters, best a random UUID.');
    // Two who chose the same key by chance, or one who guesses it, must not get the answer of the other.
    const { kind, id: asker } = whoMay(request, { right: 'signed-in' });
    const id = digest(`${kind} ${asker}\n${request.method} ${request.baseUrl}${request.path}\n${key}`);
    const run = newId();
    const claim = await store.requests.claim(id, requestDigest(request), { run, now: engine.now() });
    switch (claim.kind) {
      case 'answered':
        return replay(claim.answer, response);
      case 'in-flight':
        response.set('Retry-After', '1');
        throw new Problem(
          409,
          'The first request with this Idempotency-Key is still being seen to. Try again in a moment.',
        );
      case 'other':
        throw new Problem(
          422,
          'This Idempotency-Key was used for another request within the last day. Take a new one for each.',
        );
      case 'ours':
        keepAnswer(response, {
          keep: (answer) => store.requests.answer(id, run, answer),
          release: () => store.requests.release(id, run),
          onFault,
        });
        return next();
    }
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function requestDigest({ originalUrl, body }: Request): string {
  const text: unknown = body;
  return digest(`${originalUrl}\n${JSON.stringify(text ?? null)}`);
}

function replay({ status, type, location, body }: KeptAnswer, response: Response): void {
  response.status(status).set('Idempotency-Replayed', 'true');
  if (type) response.set('Content-Type', type);
  if (location) response.location(location);
  response.end(body);
}

type Keeping = {
  readonly keep: (answer: KeptAnswer) => Promise<void>;
  readonly release: () => Promise<void>;
  readonly onFault: (error: unknown) => void;
};

/**
 * Has the answer kept before it is sent. Whoever gets it can rely on getting it again; a fault of ours is no answer, and the
 * request may be tried again.
 */
function keepAnswer(response: Response, { keep, release, onFault }: Keeping): void {
  const send = response.send.bind(response);
  let isKept = false;
  response.send = (body: unknown) => {
    // An object is sent once more, as text.
    if (isKept || typeof body !== 'string') return send(body);
    isKept = true;
    const { statusCode: status } = response;
    const type = response.get('Content-Type');
    const location = response.get('Location');
    const isAnswer = status < 500 && body.length <= mostKept;
    const kept = isAnswer
      ? keep({ status, body, ...(type ? { type } : {}), ...(location ? { location } : {}) })
      : release();
    // Whether it is kept or not, what was done is done: the answer goes.
    void kept.catch(onFault).then(() => send(body));
    return response;
  };
}
