import { leadSearchRoutes } from '../api/lead-search.js';
import type { Facts } from '../journey/facts.js';
import { ownFields } from '../journey/facts.js';
import { asked, countLeads, leadsMeant, searchLeads, type Wanted } from '../lead/search.js';
import type { MemberTools } from '../lead/members.js';
import type { BulkJob } from '../store/bulk-jobs.js';
import type { Place, Sort } from '../store/lead-search.js';
import { factsOf } from '../store/engine-store.js';
import { exportLeads } from '../transfer/export-leads.js';
import { type AnsweredRoute, answering } from './answering.js';
import { sendLeadFile } from './lead-file.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';
import { leadView } from './views.js';
import { assertMay } from './who.js';

/** Leads that are made searchable before an answer, at most; the rest comes with the next minute. */
const freshenedAtOnce = 2000;
const mostTags = 1000;
/** What each deed takes, as it does where it is done to one lead. */
const takes = {
  tag: 'leads:write',
  untag: 'leads:write',
  enroll: 'sequences:write',
  suppress: 'sending:write',
} as const;

/** Leads looked for by what they are, and things done to many of them. */
export function leadSearchApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, project, defaultTimeZone, freshener, bulk } = services;
  const tools: MemberTools = { store, now: engine.now, project, defaultTimeZone };
  const askedOf = (wanted: Wanted) => found(asked(wanted, tools), 'segment');

  return answering(leadSearchRoutes, services, {
    'GET /api/leads/search': async ({ query: { limit, after, sort, ...wanted } }) => {
      const isFresh = await freshener.freshen(freshenedAtOnce);
      const place = after === undefined ? undefined : placeOf(after, sort);
      const { items, next } = await searchLeads(askedOf(wanted), { sort, limit, after: place }, tools);
      return { items: items.map(leadView), next: next ? nextOf(next, sort) : null, isBehind: !isFresh };
    },
    'GET /api/leads/count': async ({ query }) => {
      await freshener.freshen(freshenedAtOnce);
      return countLeads(askedOf(query), tools);
    },
    'GET /api/leads/choices': async () => {
      const { funnel, segments, programs, fields } = project();
      const names = [...ownFields, ...(fields?.keys() ?? []), ...(await store.leads.attributeNames())];
      return {
        stages: funnel.map(({ name }) => name),
        segments: [...segments.keys()],
        tags: [...(await store.leadSearch.tags(mostTags))],
        sequences: [...programs.values()].map(({ name, title }) => ({ name, title })),
        fields: [...new Set(names)].map((name) => ({ name, type: fields?.get(name) ?? null })),
      };
    },
    'POST /api/leads/bulk': async ({ body: { deed, leads, matching }, who, response }) => {
      assertMay(who, takes[deed.kind], `"${deed.kind}"`);
      if (deed.kind === 'enroll') found(project().programs.get(deed.sequence), 'sequence');
      const total = matching && (await countLeads(askedOf(matching), tools));
      const job = await bulk.begin({
        deed,
        leads,
        wanted: matching,
        by: who.name,
        total: total?.isExact ? total.count : undefined,
      });
      response.location(`/api/leads/bulk/${job.id}`);
      return view(job);
    },
    'GET /api/leads/bulk': async () => ({ items: (await store.bulkJobs.latest(50)).map(view) }),
    'GET /api/leads/bulk/:id': async ({ params }) => view(found(await store.bulkJobs.byId(params.id), 'job')),
    'DELETE /api/leads/bulk/:id': async ({ params }) => {
      found(await store.bulkJobs.byId(params.id), 'job');
      if (!(await store.bulkJobs.stop(params.id, engine.now()))) throw new Problem(409, 'It is over already.');
      return view(found(await store.bulkJobs.byId(params.id), 'job'));
    },
    'POST /api/leads/export': async ({ body: { leads, matching, fields, format }, response }) => {
      const from = leads ? chosen(leads, tools) : leadsMeant(askedOf(matching ?? {}), tools);
      const text = await exportLeads({ fields, format, from }, tools);
      return sendLeadFile(text, format, response);
    },
  });
}

async function* chosen(ids: readonly string[], tools: MemberTools): AsyncGenerator<Facts> {
  const leads = await tools.store.leads.byIds(ids);
  for (const id of ids) {
    const lead = leads.get(id);
    if (lead) yield factsOf({ lead }, tools.store, tools);
  }
}

/** Scores may be below zero; the text has no sign. */
const scoreOffset = 1_000_000_000;

/** Where the next page begins, as text: a moment or a score, and an id. */
function nextOf({ id, createdAt, score }: Place, sort: Sort): string {
  return `${sort === 'score' ? Math.round(score * 100) + scoreOffset : createdAt.getTime()}_${id}`;
}

function placeOf(text: string, sort: Sort): Place {
  const [at = '', ...rest] = text.split('_');
  const number = Number(at);
  const score = sort === 'score' ? (number - scoreOffset) / 100 : 0;
  return { id: rest.join('_'), createdAt: new Date(sort === 'score' ? 0 : number), score };
}

function view({ id, deed, state, total, done, changed, by, problem, startedAt, finishedAt }: BulkJob) {
  const told = { total: total ?? null, problem: problem ?? null, finishedAt: finishedAt ?? null };
  return { id, deed: JSON.parse(deed), state, done, changed, by, startedAt, ...told };
}
