import { webhookRoutes } from '../api/webhooks.js';
import { reportWebhooks } from '../lead/webhook-report.js';
import { type AnsweredRoute, answering } from './answering.js';
import type { Services } from './services.js';

/** What comes in by the webhooks of mail providers. */
export function webhooksApi(services: Services): readonly AnsweredRoute[] {
  return answering(webhookRoutes, services, {
    'GET /api/webhooks': async () => ({
      items: await reportWebhooks(services.store, services.webhookKeys, services.publicUrl()),
    }),
  });
}
