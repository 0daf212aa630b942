import { json, Router } from 'express';
import { reportWebhooks } from '../lead/webhook-report.js';
import { requireKey } from './access.js';
import { openCaptured, sendMarkup } from './captured-mail.js';
import { Page } from './paging.js';
import { pausing } from './pauses.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';
import { suppressing } from './suppressions.js';

export function api(services: Services): Router {
  const { store } = services;
  const router = Router();
  router.use(requireKey(services.apiKey), json({ limit: '256kb' }));

  router.use('/pauses', pausing(services));
  router.get('/webhooks', async (_request, response) => {
    response.json({ items: await reportWebhooks(store, services.webhookKeys, services.publicUrl()) });
  });
  router.use('/suppressions', suppressing(services));

  router.get('/mailbox', async (request, response) => {
    const { limit, after } = parse(Page, request.query);
    const { items, next } = await store.mailbox.page(limit, after);
    response.json({ items, next: next ?? null });
  });

  router.get('/mailbox/:id', async (request, response) => {
    const [, id = '', ending = ''] = /^([a-z2-7]+)(\.eml|\.html)?$/.exec(request.params.id) ?? [];
    const mail = found(await store.mailbox.byId(id), 'mail');
    if (ending === '.eml') {
      response.type('message/rfc822').attachment(`${id}.eml`).send(mail.raw);
      return;
    }
    const { html, text, headers } = await openCaptured(mail.raw);
    if (ending === '.html') {
      sendMarkup(response, html);
      return;
    }
    const { raw: _, ...summary } = mail;
    response.json({
      ...summary,
      text,
      html,
      headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    });
  });

  router.use((request) => {
    throw new Problem(404, `There is nothing at ${request.method} ${request.baseUrl}${request.path}.`);
  });
  return router;
}
