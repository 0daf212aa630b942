import { join } from 'node:path';
import express, { type Express } from 'express';
import { api } from './api.js';
import { assets } from './assets.js';
import { forms } from './forms.js';
import { consentApi } from './consent-api.js';
import { exporting } from './exports.js';
import { importing } from './imports.js';
import { leadBatch } from './lead-batch.js';
import { pages } from './pages.js';
import { personApi } from './person.js';
import { preferenceCentre } from './preferences.js';
import { preferencesApi } from './preferences-api.js';
import { answerProblems, Problem } from './problem.js';
import { answeringSales } from './sales-answers.js';
import { salesApi, salesOfLead } from './sales-api.js';
import { segmentsApi } from './segments.js';
import type { Services } from './services.js';
import { siteTracking } from './site.js';
import { siteApi } from './site-api.js';
import { openSiteDesk } from './site-desk.js';
import { testMail } from './test-mail.js';
import { tracking } from './tracking.js';
import { unsubscribing } from './unsubscribe.js';
import { webhooks } from './webhooks.js';

/** All that Rivulet answers over HTTP. */
export function createApp(services: Services): Express {
  const app = express();
  app.disable('x-powered-by');
  const { trustProxy = false } = services;
  app.set('trust proxy', trustProxy);
  app.use((_request, response, next) => {
    response.set({
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'SAMEORIGIN',
      'Referrer-Policy': 'same-origin',
      'Content-Security-Policy':
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'; form-action 'self'",
    });
    next();
  });

  app.get('/healthz', async (_request, response) => {
    await services.store.ping();
    response.json({ status: 'ok', transport: services.transportName, database: services.databaseName });
  });
  app.use('/assets', express.static(join(services.templatesDir, 'assets'), { maxAge: '1 day' }));
  const site = openSiteDesk(services);
  app.use(tracking(services, site));
  app.use(siteTracking(services, site));
  app.use(assets(services));
  app.use(unsubscribing(services));
  app.use(preferenceCentre(services));
  app.use(forms(services));
  app.use(testMail(() => services.project().brand));
  app.use('/webhooks', webhooks(services));
  app.use(answeringSales(services));
  app.use('/api/sales', salesApi(services));
  app.use('/api/leads', salesOfLead(services));
  app.use('/api/imports', importing(services));
  app.use('/api', exporting(services));
  app.use('/api/leads', leadBatch(services));
  app.use('/api/leads', preferencesApi(services));
  app.use('/api/leads', consentApi(services));
  app.use('/api/leads', personApi(services));
  app.use('/api/segments', segmentsApi(services));
  app.use('/api', siteApi(services, site));
  app.use('/api', api(services));
  app.use(pages(services));
  app.use((request) => {
    throw new Problem(404, `There is nothing at ${request.method} ${request.path}.`);
  });
  app.use(answerProblems(services.onFault));
  return app;
}
