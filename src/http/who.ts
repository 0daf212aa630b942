import type { Request } from 'express';
import { mayDo } from '../access/rights.js';
import type { Who } from '../access/who.js';
import type { Route } from '../api/route.js';
import { Problem } from './problem.js';

/** Who asks, by the request; nothing that a request could bring along itself. */
const askers = new WeakMap<Request, Who>();

export function rememberWho(request: Request, who: Who): void {
  askers.set(request, who);
}

export function whoAsked(request: Request): Who | undefined {
  return askers.get(request);
}

/** Who asks, if it may: 401 for whoever did not say who it is, 403 for who may not. */
export function whoMay(request: Request, { right }: Pick<Route, 'right'>): Who {
  const who = askers.get(request);
  if (right === 'anyone') return who ?? nobody;
  if (!who) throw new Problem(401, 'Sign in, or send an API key as "Authorization: Bearer <key>".');
  if (right !== 'signed-in' && !mayDo(who.rights, right))
    throw new Problem(403, `This takes the right "${right}", which ${who.name} does not have. Ask an admin for it.`);
  return who;
}

const nobody: Who = { kind: 'key', id: 'nobody', name: 'nobody', rights: [] };
