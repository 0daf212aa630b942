import { json, Router } from 'express';
import * as z from 'zod';
import { suppressions } from '../journey/facts.js';
import { plain } from '../api/lead-body.js';
import { isDomain, lift, readTarget, suppress } from '../lead/suppress.js';
import { cursorIn, type Looked } from '../store/suppressions.js';
import { Page } from './paging.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

const Reason = z.enum(suppressions, { error: `a reason is one of: ${suppressions.join(', ')}` });
const By = plain(100).min(1).default('the API');

const ListQuery = Page.extend({
  after: z
    .string()
    .refine((written) => cursorIn(written) !== undefined, { error: 'this is no "next" of an earlier page' })
    .optional(),
  reason: Reason.optional(),
});
const Target = plain(320).transform((written, context) => {
  const target = readTarget(written);
  if (target.ok) return target.of;
  context.addIssue({ code: 'custom', message: target.problem });
  return z.NEVER;
});
const SuppressBody = z.strictObject({
  /** An address, or "@example.com". */
  address: Target,
  reason: Reason.default('manual'),
  because: plain(300).min(1).optional(),
  by: By,
});
const LiftQuery = z.strictObject({
  because: plain(300).min(1, { error: 'say why' }),
  /** Lifts this reason alone. */
  reason: Reason.optional(),
  by: By,
});

/** Addresses and domains that get no mail: to list, to add, to lift with a reason. */
export function suppressing({ store, engine, wake }: Services): Router {
  const router = Router();
  const targetIn = (written: string): string => parse(Target, written);

  router.get('/', async (request, response) => {
    const { limit, after, reason } = parse(ListQuery, request.query);
    const { items, next } = await store.suppressions.page(limit, after, reason);
    response.json({ items: items.map(view), next: next ?? null });
  });

  router.get('/:address', async (request, response) => {
    const looked = found(await store.suppressions.look(targetIn(request.params.address)), 'suppression');
    response.json({ ...view(looked), history: looked.history });
  });

  router.post('/', json({ limit: '16kb' }), async (request, response) => {
    const { address: of, reason, because, by } = parse(SuppressBody, request.body);
    const one = { of, reason, at: engine.now(), by, ...(because ? { because } : {}) };
    const { added, leads } = await suppress([one], { store, engine });
    wake();
    const now = found(await store.suppressions.look(of), 'suppression');
    response
      .status(added > 0 ? 201 : 200)
      .location(`/api/suppressions/${encodeURIComponent(of)}`)
      .json({ ...view(now), leads });
  });

  router.delete('/:address', async (request, response) => {
    const of = targetIn(request.params.address);
    const { because, reason: only, by } = parse(LiftQuery, request.query);
    const reasons = await lift({ of, by, because, at: engine.now(), only }, { store, engine });
    if (!reasons) throw new Problem(404, await whyNotLifted(of));
    wake();
    response.json({ address: of, lifted: reasons, stillSuppressed: (await store.suppressions.of(of)) ?? null });
  });

  /** An address that gets no mail because of its domain is looked for in vain here. */
  const whyNotLifted = async (of: string): Promise<string> => {
    const domain = of.slice(of.lastIndexOf('@'));
    const byDomain = isDomain(of) ? undefined : (await store.suppressions.look(domain))?.reason;
    return byDomain
      ? `This address itself is not suppressed, but its whole domain is: lift ${domain}.`
      : 'This is not suppressed, or not for that reason. GET /api/suppressions lists what is.';
  };

  return router;
}

/** `address` is null once its lead is erased; then it is known by its hash alone. */
function view({ hash, address, reason, at, reasons }: Looked) {
  return { address: address ?? null, hash, reason: reason ?? null, since: at, reasons };
}
