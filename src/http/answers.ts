import { accessApi } from './access-api.js';
import type { AnsweredRoute } from './answering.js';
import { endpointsApi } from './endpoints-api.js';
import { filesApi } from './files-api.js';
import { eventsApi } from './events-api.js';
import { leadsApi } from './leads-api.js';
import { peopleApi } from './people-api.js';
import { salesApi } from './sales-api.js';
import { mailsApi } from './mails-api.js';
import { sequencesApi } from './sequences-api.js';
import { sessionApi } from './session-api.js';
import { simulationsApi } from './simulations-api.js';
import { transfersApi } from './transfers-api.js';
import type { Services } from './services.js';

/** What answers the routes of the contract. */
export function answers(services: Services): readonly AnsweredRoute[] {
  return [
    ...leadsApi(services),
    ...peopleApi(services),
    ...eventsApi(services),
    ...transfersApi(services),
    ...salesApi(services),
    ...filesApi(services),
    ...endpointsApi(services),
    ...sequencesApi(services),
    ...mailsApi(services),
    ...simulationsApi(services),
    ...sessionApi(services),
    ...accessApi(services),
  ];
}
