import { json, type Request, Router } from 'express';
import * as z from 'zod';
import { didYouMean, quoted } from '../diagnostic.js';
import { answerSales, answerViews, salesEventsOf } from '../lead/answer-sales.js';
import { assignOwner, countsByOwner, type SalesCase, salesCases, wantedAmong } from '../lead/hand-over.js';
import { Instant, plain } from '../lead/lead-body.js';
import { parseAddress } from '../message/address.js';
import { fieldOf } from '../journey/facts.js';
import { isSalesAnswer, noSales, ownerField, ownerNamed, salesAnswers } from '../sequence/sales-file.js';
import { requireKey } from './access.js';
import { found, parse, Problem } from './problem.js';
import { isWorth, mostWorth } from './sales-form.js';
import type { Services } from './services.js';
import { displayName } from './views.js';

const dayMs = 86_400_000;
const usualDays = 90;

const currency = z.string().regex(/^[A-Z]{3}$/, { error: 'a currency has three letters, such as "EUR"' });

const AnswerBody = z
  .strictObject({
    answer: z.string().superRefine((answer, context) => {
      if (isSalesAnswer(answer)) return;
      const message = `there is no answer ${quoted(answer)}. ${didYouMean(answer, salesAnswers)}`;
      context.addIssue({ code: 'custom', message });
    }),
    /** What a deal is worth, in whole and hundredth parts of the currency. */
    value: z.number().min(0).max(mostWorth).optional(),
    currency: currency.optional(),
    note: plain(1000).min(1).optional(),
    by: plain(320).min(1).optional(),
    at: Instant.optional(),
    id: plain(200).min(1).optional(),
  })
  .superRefine(({ answer, value, currency: inCurrency }, context) => {
    if (value !== undefined && isSalesAnswer(answer) && !isWorth(answer))
      context.addIssue({ code: 'custom', path: ['value'], message: 'only "won" and "lost" are worth something' });
    if (inCurrency !== undefined && value === undefined)
      context.addIssue({ code: 'custom', path: ['currency'], message: 'a currency belongs to a "value"' });
  });

const OwnerBody = z.strictObject({ owner: plain(320).min(1), by: plain(320).min(1).optional() });

const SalesQuery = z.strictObject({
  owner: plain(320).optional(),
  open: z.stringbool().optional(),
  since: Instant.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `GET /api/sales`: the leads that sales was given, and how many wait with whom. */
export function salesApi(services: Services): Router {
  const { store, engine, apiKey } = services;
  const router = Router();
  router.get('/', requireKey(apiKey), async (request, response) => {
    const { owner, open, since, limit } = parse(SalesQuery, request.query);
    const from = since ?? new Date(engine.now().getTime() - usualDays * dayMs);
    const all = await salesCases(from, store);
    const wanted = wantedAmong(all, { owner, isWaiting: open });
    const items = wanted.slice(0, limit).map((one) => caseView(one, engine.now()));
    response.json({ since: from, items, more: Math.max(0, wanted.length - limit), owners: countsByOwner(all) });
  });
  return router;
}

/** A case as programs see it. */
export function caseView({ lead, who, ownedBy, at, why, state, answer }: SalesCase, now: Date) {
  return {
    lead,
    name: displayName(who),
    email: who.email,
    company: fieldOf(who, 'company'),
    stage: who.stage,
    owner: ownedBy,
    handedOverAt: at,
    ageHours: Math.floor((now.getTime() - at.getTime()) / 3_600_000),
    why,
    state,
    answer: answer?.answer,
    answeredAt: answer?.at,
    value: answer?.value,
    currency: answer?.currency,
  };
}

/** Below `/api/leads`: what sales says of one lead, and whose it is. */
export function salesOfLead(services: Services): Router {
  const { store, engine, project, apiKey, wake } = services;
  const router = Router();
  const mayWrite = [requireKey(apiKey), json({ limit: '16kb' })] as const;
  const leadIn = async ({ params }: Request) => found(await store.leads.byId(String(params['id'])), 'lead');

  router.post('/:id/sales-answers', ...mayWrite, async (request, response) => {
    const lead = await leadIn(request);
    const { answer, value, currency: own, ...rest } = parse(AnswerBody, bodyOf(request));
    if (!isSalesAnswer(answer)) throw new Error('an answer that is none was not refused');
    const inCurrency = value === undefined ? undefined : (own ?? project().sales?.currency);
    const telling = { ...rest, answer, value, currency: inCurrency };
    const { event, isNew } = await answerSales(lead.id, telling, { engine, store });
    if (isNew) wake();
    const after = found(await store.leads.byId(lead.id), 'lead');
    response.status(isNew ? 201 : 200).json({ id: event.id, recorded: isNew, stage: after.stage ?? null });
  });

  router.get('/:id/sales-answers', requireKey(apiKey), async (request, response) => {
    const lead = await leadIn(request);
    response.json({ items: answerViews(await salesEventsOf(lead.id, store)) });
  });

  router.put('/:id/owner', ...mayWrite, async (request, response) => {
    const lead = await leadIn(request);
    const { owner, by = 'api' } = parse(OwnerBody, bodyOf(request));
    const named = ownerOr422(owner, services);
    const event = await assignOwner(lead, named, { by, engine, store });
    if (event) wake();
    response.json({ lead: lead.id, owner: named, changed: event !== undefined });
  });
  return router;
}

/** Only colleagues: whoever stands there is mailed of the lead. */
function ownerOr422(owner: string, { project }: Pick<Services, 'project'>): string {
  const { owners } = project().sales ?? noSales;
  const named = parseAddress(owner).ok ? ownerNamed(owner, owners) : undefined;
  if (named) return named.email;
  const known = owners.map(({ email }) => email);
  const hint = known.length > 0 ? didYouMean(owner, known) : 'Name your colleagues in sequences/sales.json.';
  throw new Problem(422, `There is no ${ownerField} ${quoted(owner)}.`, [{ pointer: '/owner', detail: hint }]);
}

/** A body without its content type is not read at all, and its sender would look for the fault in the body. */
function bodyOf(request: Request): unknown {
  if (request.body === undefined)
    throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
  return request.body;
}
