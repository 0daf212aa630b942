import { setTimeout as sleep } from 'node:timers/promises';
import { json, Router } from 'express';
import * as z from 'zod';
import { eraseSoon } from '../lead/erase.js';
import { plain } from '../lead/lead-body.js';
import { mergeLeads } from '../lead/merge.js';

import { exportPerson } from '../lead/person.js';
import type { Erasure } from '../store/erasures.js';
import { requireKey } from './access.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

const EraseQuery = z.strictObject({
  /** The address gets no mail for ever, whoever brings it in again. */
  keepSuppressed: z.stringbool({ error: 'this is true or false' }).default(false),
  by: plain(100).min(1).default('the API'),
});
const MergeBody = z.strictObject({
  /** The id or address of the lead that becomes part of this one. */
  with: plain(320).min(1),
});

/** What a person may ask for: to be erased (GDPR Art. 17), and to see all that is held of it (Art. 15, 20). And merging two who are one. */
export function personApi(services: Services): Router {
  const { store, engine, apiKey, wake, newId } = services;
  const router = Router();
  router.use(['/:id/export', '/:id/merge', '/erasures'], requireKey(apiKey));

  router.get('/:id/export', async (request, response) => {
    const lead = found(await store.leads.byId(request.params.id), 'lead');
    response.attachment(`person-${lead.id}.json`).json(await exportPerson(lead, store, engine.now()));
  });

  // The method for what is to be gone, which may be asked for again after an answer that was lost (RFC 9110 §9.3.5, §9.2.2).
  router.delete('/:id', requireKey(apiKey), async (request, response) => {
    const { by, keepSuppressed: suppress } = parse(EraseQuery, request.query);
    const id = String(request.params['id']);
    const lead = await store.leads.byId(id);
    if (!lead) {
      response.json(viewOf(found(await store.erasures.of(id), 'lead')));
      return;
    }
    const pause = (): Promise<void> => sleep(pauseMs);
    const erased = await eraseSoon(lead, { by, suppress }, { store, now: engine.now, pause });
    const note = found(await store.erasures.of(lead.id), 'erasure');
    const remains = erased.state === 'erased' ? erased.remains : [];
    response.status(erased.state === 'erased' ? 200 : 202).json({ ...viewOf(note), remains });
  });

  router.post('/:id/merge', json({ limit: '16kb' }), async (request, response) => {
    if (request.body === undefined)
      throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
    const { with: other } = parse(MergeBody, request.body);
    const id = request.params.id;
    const merged = await mergeLeads(id, other, { store, engine, newId });
    if (merged.kind === 'missing') throw new Problem(404, `There is no lead "${merged.who}".`);
    if (merged.kind === 'same') throw new Problem(422, 'These two are the same lead already.');
    wake();
    response.json({ id: merged.lead.id, merged: merged.from });
  });
  return router;
}

const pauseMs = 250;

/** By a hash, when and how much. */
function viewOf({ id, at, state, finishedAt, erased }: Erasure) {
  return { erasure: id, at, state: state === 'erasing' ? 'erasing' : 'erased', finishedAt: finishedAt ?? null, erased };
}
