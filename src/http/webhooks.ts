import { type Request, Router, raw } from 'express';
import { recordProviderEvents } from '../lead/attribute.js';
import type { ProviderAnswer, ProviderRequest } from '../event/provider.js';
import { readSendgridInbound, readSendgridWebhook } from '../event/sendgrid.js';
import { found, Problem } from './problem.js';
import type { Services } from './services.js';

/** What providers report. 2xx is answered only once everything is kept; 401 for a bad signature, 400 for what cannot be read. */
export function webhooks({ store, engine, sendgridKey, wake }: Services): Router {
  const router = Router();
  // Signatures cover the exact bytes, so nothing may parse them first.
  router.use(raw({ type: () => true, limit: '10mb' }));

  const answer = async (provider: string, read: ProviderAnswer) => {
    if (read.kind === 'refused') throw new Problem(read.because === 'bad-signature' ? 401 : 400, read.what);
    const counts = await recordProviderEvents(provider, read.events, store, engine);
    wake();
    return counts;
  };

  // SendGrid names no tolerance for the signed time and repeats a call for 24 hours; a replay is known by its event ids.
  router.post('/sendgrid', async (request, response) => {
    const publicKey = found(sendgridKey, 'webhook; set SENDGRID_WEBHOOK_KEY');
    response.json(await answer('sendgrid', readSendgridWebhook(requestOf(request), { publicKey, now: engine.now() })));
  });
  router.post('/sendgrid/inbound', async (request, response) => {
    const publicKey = found(sendgridKey, 'webhook; set SENDGRID_WEBHOOK_KEY');
    response.json(
      await answer('sendgrid', await readSendgridInbound(requestOf(request), { publicKey, now: engine.now() })),
    );
  });
  return router;
}

function requestOf(request: Request): ProviderRequest {
  const headers = Object.entries(request.headers).map(
    ([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value] as const,
  );
  return { body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), headers: Object.fromEntries(headers) };
}
