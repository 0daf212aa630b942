import { Router } from 'express';
import { requireKey } from './access.js';
import type { Services } from './services.js';
import type { SiteDesk } from './site-desk.js';

/** How the site's script is doing. */
export function siteApi({ apiKey, publicUrl }: Services, desk: SiteDesk): Router {
  const router = Router();
  router.get('/site', requireKey(apiKey), async (_request, response) => {
    response.json(await desk.report(publicUrl()));
  });
  return router;
}
