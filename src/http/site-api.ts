import { siteRoutes } from '../api/site.js';
import { type AnsweredRoute, answering } from './answering.js';
import type { Services } from './services.js';
import type { SiteDesk } from './site-desk.js';

/** How the site's script is doing. */
export function siteApi(services: Services, desk: SiteDesk): readonly AnsweredRoute[] {
  return answering(siteRoutes, services, {
    'GET /api/site': () => desk.report(services.publicUrl()),
  });
}
