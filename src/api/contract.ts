import { accessRoutes } from './access.js';
import { endpointRoutes } from './endpoints.js';
import { fileRoutes } from './files.js';
import { eventRoutes } from './events.js';
import { leadRoutes } from './leads.js';
import { peopleRoutes } from './people.js';
import { salesRoutes } from './sales.js';
import { mailRoutes } from './mails.js';
import { sequenceRoutes } from './sequences.js';
import { sessionRoutes } from './session.js';
import { simulationRoutes } from './simulations.js';
import { transferRoutes } from './transfers.js';

/** Every route of the public API. The document, the typed client and the web application's types are made of this. */
export const contract = {
  ...leadRoutes,
  ...peopleRoutes,
  ...eventRoutes,
  ...transferRoutes,
  ...salesRoutes,
  ...fileRoutes,
  ...sequenceRoutes,
  ...mailRoutes,
  ...simulationRoutes,
  ...endpointRoutes,
  ...sessionRoutes,
  ...accessRoutes,
} as const;

export type Contract = typeof contract;
