import { Router } from 'express';
import { purposesIn, readConsentHistory } from '../lead/consent-history.js';
import { requireKey } from './access.js';
import { found } from './problem.js';
import type { Services } from './services.js';

/** `GET /api/leads/:id/consent`: what a lead agreed to, in which words, and by what that is proved. */
export function consentApi({ store, apiKey }: Pick<Services, 'store' | 'apiKey'>): Router {
  const router = Router();
  router.get('/:id/consent', requireKey(apiKey), async (request, response) => {
    const lead = found(await store.leads.byId(String(request.params['id'])), 'lead');
    const { consent, ...rest } = await readConsentHistory(lead, store);
    const { purposes: _, ...overall } = consent;
    response.json({ ...rest, consent: overall, purposes: purposesIn(consent) });
  });
  return router;
}
