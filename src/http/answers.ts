import { accessApi } from './access-api.js';
import { activityApi } from './activity-api.js';
import type { AnsweredRoute } from './answering.js';
import { suppressionsApi } from './suppressions-api.js';
import { pausesApi } from './pauses-api.js';
import { mailboxApi } from './mailbox-api.js';
import { webhooksApi } from './webhooks-api.js';
import { deliverabilityApi } from './deliverability-api.js';
import { endpointsApi } from './endpoints-api.js';
import { filesApi } from './files-api.js';
import { formsApi } from './forms-api.js';
import { eventsApi } from './events-api.js';
import { leadSearchApi } from './lead-search-api.js';
import { leadsApi } from './leads-api.js';
import { peopleApi } from './people-api.js';
import { reportsApi } from './reports-api.js';
import { salesApi } from './sales-api.js';
import { segmentsApi } from './segments-api.js';
import { mailsApi } from './mails-api.js';
import { sequencesApi } from './sequences-api.js';
import { sessionApi } from './session-api.js';
import { forecastApi } from './forecast-api.js';
import { overviewApi } from './overview-api.js';
import { simulationsApi } from './simulations-api.js';
import { siteApi } from './site-api.js';
import type { SiteDesk } from './site-desk.js';
import { transfersApi } from './transfers-api.js';
import type { Services } from './services.js';

/** What answers the routes of the contract. */
export function answers(services: Services, site: SiteDesk): readonly AnsweredRoute[] {
  return [
    ...leadsApi(services),
    ...leadSearchApi(services),
    ...peopleApi(services),
    ...eventsApi(services),
    ...transfersApi(services),
    ...salesApi(services),
    ...filesApi(services),
    ...formsApi(services),
    ...segmentsApi(services),
    ...reportsApi(services),
    ...siteApi(services, site),
    ...suppressionsApi(services),
    ...pausesApi(services),
    ...mailboxApi(services),
    ...webhooksApi(services),
    ...deliverabilityApi(services),
    ...endpointsApi(services),
    ...activityApi(services),
    ...sequencesApi(services),
    ...mailsApi(services),
    ...simulationsApi(services),
    ...forecastApi(services),
    ...overviewApi(services),
    ...sessionApi(services),
    ...accessApi(services),
  ];
}
