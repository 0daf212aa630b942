import { accessRoutes } from './access.js';
import { activityRoutes } from './activity.js';
import { suppressionRoutes } from './suppressions.js';
import { pauseRoutes } from './pauses.js';
import { mailboxRoutes } from './mailbox.js';
import { webhookRoutes } from './webhooks.js';
import { deliverabilityRoutes } from './deliverability.js';
import { endpointRoutes } from './endpoints.js';
import { fileRoutes } from './files.js';
import { formRoutes } from './forms.js';
import { eventRoutes } from './events.js';
import { leadSearchRoutes } from './lead-search.js';
import { leadRoutes } from './leads.js';
import { peopleRoutes } from './people.js';
import { reportRoutes } from './reports.js';
import { salesRoutes } from './sales.js';
import { segmentRoutes } from './segments.js';
import { mailRoutes } from './mails.js';
import { sequenceRoutes } from './sequences.js';
import { sessionRoutes } from './session.js';
import { forecastRoutes } from './forecast.js';
import { overviewRoutes } from './overview.js';
import { simulationRoutes } from './simulations.js';
import { siteRoutes } from './site.js';
import { transferRoutes } from './transfers.js';

/** Every route of the public API. The document, the typed client and the web application's types are made of this. */
export const contract = {
  ...leadRoutes,
  ...leadSearchRoutes,
  ...peopleRoutes,
  ...eventRoutes,
  ...transferRoutes,
  ...salesRoutes,
  ...fileRoutes,
  ...formRoutes,
  ...segmentRoutes,
  ...reportRoutes,
  ...siteRoutes,
  ...sequenceRoutes,
  ...mailRoutes,
  ...simulationRoutes,
  ...forecastRoutes,
  ...overviewRoutes,
  ...suppressionRoutes,
  ...pauseRoutes,
  ...mailboxRoutes,
  ...webhookRoutes,
  ...deliverabilityRoutes,
  ...endpointRoutes,
  ...activityRoutes,
  ...sessionRoutes,
  ...accessRoutes,
} as const;

export type Contract = typeof contract;
