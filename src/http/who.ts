import type { Request } from 'express';
import { mayDo, type Right } from '../access/rights.js';
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
  if (right !== 'signed-in') assertMay(who, right);
  return who;
}

/** 403 for whoever lacks a right; also for one that a route takes only when certain things are asked of it. */
export function assertMay({ rights, name }: Who, right: Right, what = 'This'): void {
  if (mayDo(rights, right)) return;
  throw new Problem(403, `${what} takes the right "${right}", which ${name} does not have. Ask an admin for it.`);
}

const nobody: Who = { kind: 'key', id: 'nobody', name: 'nobody', rights: [] };
