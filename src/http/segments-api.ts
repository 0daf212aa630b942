import { segmentRoutes } from '../api/segments.js';
import { leadsIn, openSegmentCounts } from '../lead/members.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found } from './problem.js';
import type { Services } from './services.js';
import { factsOfLeads, leadView } from './views.js';

/** The segments of the project with how many leads are in each, and who they are. */
export function segmentsApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, project, defaultTimeZone } = services;
  const tools = { store, now: engine.now, project, defaultTimeZone };
  const counts = openSegmentCounts(tools);

  return answering(segmentRoutes, services, {
    'GET /api/segments': async () => ({ items: await counts.all() }),
    'GET /api/segments/:name': async ({ params: { name } }) => found(await counts.count(name), 'segment'),
    'GET /api/segments/:name/leads': async ({ params: { name }, query: { limit, after } }) => {
      found(project().segments.get(name), 'segment');
      const leads = [];
      for await (const { lead } of leadsIn(name, tools, { after, limit: limit + 1 })) leads.push(lead);
      const items = leads.slice(0, limit);
      const next = leads.length > limit ? items.at(-1)?.id : undefined;
      return { items: (await factsOfLeads(items, services)).map(leadView), next: next ?? null };
    },
  });
}
