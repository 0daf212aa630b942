import { Router } from 'express';
import { turn } from '../lead/prefer.js';
import { addressKey } from '../message/address.js';
import { answerLeads, asLeadPage, fromMail, openLink } from './lead-link.js';
import { cutOffPage, unsubscribedPage, unsubscribePage } from './lead-pages.js';
import type { Services } from './services.js';

/**
 * Leaving. RFC 8058 §3.1: the POST carries nothing but the token, so there is no cookie, no session and no origin to
 * check, and nothing of its body is read; it answers 200 and never redirects. GET, which link scanners use, changes nothing.
 */
export function unsubscribing(services: Services): Router {
  const { store, engine, wake, project } = services;
  const router = Router();
  const brand = () => project().brand;

  router.get('/u/:token', async (request, response) => {
    const found = await openLink('unsubscribe', request.params.token, services);
    if (!found) {
      asLeadPage(response, 404).send(cutOffPage(brand()));
      return;
    }
    const { lead, preferencesUrl } = found;
    const suppression = await store.suppressions.of(addressKey(lead.email));
    const page = suppression ? unsubscribedPage : unsubscribePage;
    asLeadPage(response).send(page(brand(), lead.email, preferencesUrl));
  });

  router.post('/u/:token', async (request, response) => {
    const found = await openLink('unsubscribe', request.params.token, services);
    if (!found) {
      asLeadPage(response, 404).send(cutOffPage(brand()));
      return;
    }
    const { message, lead, preferencesUrl } = found;
    const isGone = (await store.suppressions.of(addressKey(lead.email))) === 'unsubscribed';
    const event = isGone ? undefined : await turn('unsubscribed', lead.id, { told: fromMail(message), engine, store });
    if (event) wake();
    asLeadPage(response).send(unsubscribedPage(brand(), lead.email, preferencesUrl, event?.id));
  });

  router.use('/u', answerLeads(services));
  return router;
}
