import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { Problem } from './problem.js';
import type { Services } from './services.js';
import { whoAsked } from './who.js';

const windowMs = 60_000;

/**
 * So many calls a minute for each person and key, and for each address that says nobody. The address is the one that `trust
 * proxy` vouches for: what a client writes into X-Forwarded-For gives it no other bucket. Each process counts for itself, in
 * memory: whoever floods us must not make us write. Whoever runs Rivulet is not limited.
 */
export function limitRate({ apiRate }: Pick<Services, 'apiRate'>): RequestHandler {
  return rateLimit({
    windowMs,
    limit: apiRate,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'api',
    keyGenerator: (request) => {
      const who = whoAsked(request);
      // Of an IPv6 address its network: who has one has 2^64 of them.
      return who ? `${who.kind} ${who.id}` : ipKeyGenerator(request.ip ?? '');
    },
    skip: (request) => whoAsked(request)?.kind === 'operator',
    // That X-Forwarded-For is not looked at without TRUST_PROXY is meant so.
    validate: false,
    handler: (_request, _response, next) => {
      next(
        new Problem(
          429,
          `More than ${apiRate} calls came within a minute. Wait as long as Retry-After says; fetch lists in larger pages, or raise API_RATE.`,
        ),
      );
    },
  });
}
