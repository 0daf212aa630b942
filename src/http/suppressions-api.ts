import { suppressionRoutes } from '../api/suppressions.js';
import { isDomain, lift, readTarget, suppress } from '../lead/suppress.js';
import { cursorIn, type Looked } from '../store/suppressions.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem, unfitFields } from './problem.js';
import type { Services } from './services.js';

/** Addresses and domains that get no mail: to list, to add, to lift with a reason. */
export function suppressionsApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, wake } = services;

  /** An address that gets no mail because of its domain is looked for in vain here. */
  const whyNotLifted = async (of: string): Promise<string> => {
    const domain = of.slice(of.lastIndexOf('@'));
    const byDomain = isDomain(of) ? undefined : (await store.suppressions.look(domain))?.reason;
    return byDomain
      ? `This address itself is not suppressed, but its whole domain is: lift ${domain}.`
      : 'This is not suppressed, or not for that reason. GET /api/suppressions lists what is.';
  };

  return answering(suppressionRoutes, services, {
    'GET /api/suppressions': async ({ query: { limit, after, reason } }) => {
      if (after !== undefined && cursorIn(after) === undefined)
        throw unfitFields({ pointer: '/after', detail: 'this is no "next" of an earlier page' });
      const { items, next } = await store.suppressions.page(limit, after, reason);
      return { items: items.map(view), next: next ?? null };
    },
    'GET /api/suppressions/:address': async ({ params }) => {
      const looked = found(await store.suppressions.look(targetIn(params.address, '')), 'suppression');
      return { ...view(looked), history: looked.history };
    },
    'POST /api/suppressions': async ({ body: { address, reason = 'manual', because, by }, who, response }) => {
      const of = targetIn(address, '/address');
      const one = { of, reason, at: engine.now(), by: by ?? who.name, ...(because ? { because } : {}) };
      const { added, leads } = await suppress([one], { store, engine });
      wake();
      const now = found(await store.suppressions.look(of), 'suppression');
      response.status(added > 0 ? 201 : 200).location(`/api/suppressions/${encodeURIComponent(of)}`);
      return { ...view(now), leads };
    },
    'DELETE /api/suppressions/:address': async ({ params, query: { because, reason: only, by }, who }) => {
      const of = targetIn(params.address, '');
      const lifted = await lift({ of, by: by ?? who.name, because, at: engine.now(), only }, { store, engine });
      if (!lifted) throw new Problem(404, await whyNotLifted(of));
      wake();
      return { address: of, lifted, stillSuppressed: (await store.suppressions.of(of)) ?? null };
    },
  });
}

/** An address or domain as suppressions are looked up by. */
function targetIn(written: string, pointer: string): string {
  const target = readTarget(written);
  if (target.ok) return target.of;
  throw unfitFields({ pointer, detail: target.problem });
}

function view({ hash, address, reason, at, reasons }: Looked) {
  return { address: address ?? null, hash, reason: reason ?? null, since: at, reasons };
}
