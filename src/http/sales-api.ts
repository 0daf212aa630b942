import { didYouMean, quoted } from '../diagnostic.js';
import { salesRoutes } from '../api/sales.js';
import { fieldOf } from '../journey/facts.js';
import { answerSales, answerViews, salesEventsOf } from '../lead/answer-sales.js';
import { assignOwner, countsByOwner, type SalesCase, salesCases, wantedAmong } from '../lead/hand-over.js';
import { parseAddress } from '../message/address.js';
import { isSalesAnswer, noSales, ownerField, ownerNamed } from '../sequence/sales-file.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';
import { displayName } from './views.js';

const dayMs = 86_400_000;
const usualDays = 90;

/** The leads that sales was given, what it says of each, and whose they are. */
export function salesApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, project, wake } = services;
  const leadOf = async (id: string) => found(await store.leads.byId(id), 'lead');

  return answering(salesRoutes, services, {
    'GET /api/sales': async ({ query: { owner, open, since, limit } }) => {
      const from = since ?? new Date(engine.now().getTime() - usualDays * dayMs);
      const all = await salesCases(from, store);
      const wanted = wantedAmong(all, { owner, isWaiting: open });
      const items = wanted.slice(0, limit).map((one) => caseView(one, engine.now()));
      return { since: from, items, more: Math.max(0, wanted.length - limit), owners: countsByOwner(all) };
    },
    'GET /api/leads/:id/sales-answers': async ({ params }) => {
      const lead = await leadOf(params.id);
      return { items: answerViews(await salesEventsOf(lead.id, store)) };
    },
    'POST /api/leads/:id/sales-answers': async ({ params, body, response }) => {
      const lead = await leadOf(params.id);
      const { answer, value, currency: own, ...rest } = body;
      if (!isSalesAnswer(answer)) throw new Error('an answer that is none was not refused');
      const inCurrency = value === undefined ? undefined : (own ?? project().sales?.currency);
      const telling = { ...rest, answer, value, currency: inCurrency };
      const { event, isNew } = await answerSales(lead.id, telling, { engine, store });
      if (isNew) wake();
      const after = await leadOf(lead.id);
      response.status(isNew ? 201 : 200);
      return { id: event.id, recorded: isNew, stage: after.stage ?? null };
    },
    'PUT /api/leads/:id/owner': async ({ params, body, who }) => {
      const lead = await leadOf(params.id);
      const { owner, by = who.kind === 'operator' ? 'api' : who.name } = body;
      const named = ownerOr422(owner, services);
      const event = await assignOwner(lead, named, { by, engine, store });
      if (event) wake();
      return { lead: lead.id, owner: named, changed: event !== undefined };
    },
  });
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

/** Only colleagues: whoever stands there is mailed of the lead. */
function ownerOr422(owner: string, { project }: Pick<Services, 'project'>): string {
  const { owners } = project().sales ?? noSales;
  const named = parseAddress(owner).ok ? ownerNamed(owner, owners) : undefined;
  if (named) return named.email;
  const known = owners.map(({ email }) => email);
  const hint = known.length > 0 ? didYouMean(owner, known) : 'Name your colleagues in sequences/sales.json.';
  throw new Problem(422, `There is no ${ownerField} ${quoted(owner)}.`, [{ pointer: '/owner', detail: hint }]);
}
