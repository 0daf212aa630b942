import { Router } from 'express';
import * as z from 'zod';
import { leadsIn, openSegmentCounts } from '../lead/members.js';
import { requireKey } from './access.js';
import { found, parse } from './problem.js';
import type { Services } from './services.js';
import { factsOfLeads, leadView } from './views.js';

const Page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z
    .string()
    .regex(/^[\w-]{1,100}$/, { error: 'this is no "next" of an earlier page' })
    .optional(),
});

/** The segments of the project with how many leads are in each, and who they are. */
export function segmentsApi(services: Services): Router {
  const { store, engine, project, defaultTimeZone, apiKey } = services;
  const tools = { store, now: engine.now, project, defaultTimeZone };
  const counts = openSegmentCounts(tools);
  const router = Router();
  router.use(requireKey(apiKey));

  router.get('/', async (_request, response) => {
    response.json({ items: await counts.all() });
  });

  router.get('/:name', async (request, response) => {
    response.json(found(await counts.count(request.params.name), 'segment'));
  });

  router.get('/:name/leads', async (request, response) => {
    const { name } = request.params;
    found(project().segments.get(name), 'segment');
    const { limit, after } = parse(Page, request.query);
    const leads = [];
    for await (const { lead } of leadsIn(name, tools, { after, limit: limit + 1 })) leads.push(lead);
    const items = leads.slice(0, limit);
    const next = leads.length > limit ? items.at(-1)?.id : undefined;
    response.json({ items: (await factsOfLeads(items, services)).map(leadView), next: next ?? null });
  });
  return router;
}
