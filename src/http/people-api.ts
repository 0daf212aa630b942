import { setTimeout as sleep } from 'node:timers/promises';
import { peopleRoutes } from '../api/people.js';
import { eraseSoon } from '../lead/erase.js';
import { mergeLeads } from '../lead/merge.js';
import { exportPerson } from '../lead/person.js';
import type { Erasure } from '../store/erasures.js';
import { type AnsweredRoute, answering } from './answering.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** What a person may ask for: to be erased, and to see all that is held of it. And merging two who are one. */
export function peopleApi(services: Services): readonly AnsweredRoute[] {
  const { store, engine, wake, newId } = services;
  const pause = (): Promise<void> => sleep(pauseMs);

  return answering(peopleRoutes, services, {
    'GET /api/leads/:id/export': async ({ params, response }) => {
      const lead = found(await store.leads.byId(params.id), 'lead');
      response.attachment(`person-${lead.id}.json`);
      return exportPerson(lead, store, engine.now());
    },
    // The method for what is to be gone, which may be asked for again after an answer that was lost (RFC 9110 §9.3.5, §9.2.2).
    'DELETE /api/leads/:id': async ({ params, query, who, response }) => {
      const { by = who.name, keepSuppressed: suppress } = query;
      const lead = await store.leads.byId(params.id);
      if (!lead) return viewOf(found(await store.erasures.of(params.id), 'lead'));
      const erased = await eraseSoon(lead, { by, suppress }, { store, now: engine.now, pause });
      const note = found(await store.erasures.of(lead.id), 'erasure');
      response.status(erased.state === 'erased' ? 200 : 202);
      return { ...viewOf(note), remains: erased.state === 'erased' ? erased.remains : [] };
    },
    'POST /api/leads/:id/merge': async ({ params, body }) => {
      const merged = await mergeLeads(params.id, body.with, { store, engine, newId });
      if (merged.kind === 'missing') throw new Problem(404, `There is no lead "${merged.who}".`);
      if (merged.kind === 'same') throw new Problem(422, 'These two are the same lead already.');
      wake();
      return { id: merged.lead.id, merged: merged.from };
    },
  });
}

const pauseMs = 250;

/** By a hash, when and how much. */
function viewOf({ id, at, state, finishedAt, erased }: Erasure) {
  return {
    erasure: id,
    at,
    state: state === 'erasing' ? ('erasing' as const) : ('erased' as const),
    finishedAt: finishedAt ?? null,
    erased,
  };
}
