import { leadRoutes } from '../api/leads.js';
import { leadBodyFor } from '../api/lead-body.js';
import { askWhy } from '../lead/ask-why.js';
import { captureLead } from '../lead/capture.js';
import { purposesIn, readConsentHistory } from '../lead/consent-history.js';
import { tellStory } from '../lead/story.js';
import { type AnsweredRoute, answering } from './answering.js';
import { captureBatch } from './lead-batch.js';
import { setPreferences } from './preferences-api.js';
import { found, parse, Problem } from './problem.js';
import { scoreAsked } from './scores.js';
import type { Services } from './services.js';
import { factsOfLeads, leadView } from './views.js';

/** Leads: made, changed, listed, and all that is known of one. */
export function leadsApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, project, newId, wake } = services;
  const storyOf = async (id: string) => found(await tellStory(id, store, engine, project()), 'lead');

  return answering(leadRoutes, services, {
    'POST /api/leads': async ({ request, response }) => {
      // Which fields there are is said by the project.
      const input = parse(leadBodyFor(project().fields), request.body);
      const { lead, isNew } = await captureLead(input, 'api', store, engine, newId);
      wake();
      const { facts } = await storyOf(lead.id);
      response.status(isNew ? 201 : 200).location(`/api/leads/${lead.id}`);
      return leadView(facts);
    },
    'POST /api/leads/batch': ({ body }) => captureBatch(body.leads, services),
    'GET /api/leads': async ({ query: { limit, after } }) => {
      const { items, next } = await store.leads.page(limit, after);
      return { items: (await factsOfLeads(items, services)).map(leadView), next: next ?? null };
    },
    'GET /api/leads/:id': async ({ params }) => {
      const { facts, enrollments, next } = await storyOf(params.id);
      return {
        ...leadView(facts),
        scoreExplained: facts.score,
        enrollments: enrollments.map(
          ({ id, sequence, revision, status, step, dueAt, waitsFor, startedAt, endedAt, endedBecause, because }) => {
            return { id, sequence, revision, status, step, dueAt, waitsFor, startedAt, because, endedAt, endedBecause };
          },
        ),
        next: next[0] ?? null,
      };
    },
    'GET /api/leads/:id/timeline': async ({ params }) => {
      const { timeline, next } = await storyOf(params.id);
      return { past: timeline, next };
    },
    'GET /api/leads/:id/why': async ({ params, query: { sequence, step } }) => {
      const asked = { lead: params.id, sequence, ...(step === undefined ? {} : { step }) };
      const answer = await askWhy(asked, store, engine, project());
      if (!('missing' in answer)) return answer;
      const { missing, known } = answer;
      const detail = known.length > 0 ? `Use one of: ${known.join(', ')}.` : '';
      throw new Problem(404, `There is no such ${missing}. ${detail}`.trim());
    },
    'GET /api/leads/:id/score': ({ params, query: { at } }) => scoreAsked({ id: params.id, at }, services),
    'POST /api/leads/:id/score': ({ params, body }) => scoreAsked({ id: params.id, ...body }, services),
    'PUT /api/leads/:id/preferences': ({ params, body }) => setPreferences(params.id, body, services),
    'GET /api/leads/:id/consent': async ({ params }) => {
      const lead = found(await store.leads.byId(params.id), 'lead');
      const { consent, ...rest } = await readConsentHistory(lead, store);
      const { purposes: _, ...overall } = consent;
      return { ...rest, consent: overall, purposes: purposesIn(consent) };
    },
  });
}
