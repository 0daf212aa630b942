import { join } from 'node:path';
import express, { type Express } from 'express';
import { answers } from './answers.js';
import { routerOf } from './answering.js';
import { assets } from './assets.js';
import { slashesInFiles } from './files-api.js';
import { openApi } from './document.js';
import { forms } from './forms.js';
import { mailFrames } from './mail-frames.js';
import { preferenceCentre } from './preferences.js';
import { answerProblems, Problem } from './problem.js';
import { answeringSales } from './sales-answers.js';
import type { Services } from './services.js';
import { siteTracking } from './site.js';
import { openSiteDesk } from './site-desk.js';
import { leadSheet } from './style.js';
import { testMail } from './test-mail.js';
import { tracking } from './tracking.js';
import { unsubscribing } from './unsubscribe.js';
import { webApp } from './web-app.js';
import { webhooks } from './webhooks.js';
import { whoMay } from './who.js';
import { whoAsks } from './who-asks.js';

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
  // Under a name that changes with it, and so for ever.
  app.get(leadSheet.path, (_request, response) => {
    response.set('Cache-Control', 'public, max-age=31536000, immutable').type('css').send(leadSheet.css);
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
  app.use('/api', whoAsks(services));
  app.use('/api/files', slashesInFiles);
  app.use(openApi(services));
  app.use(routerOf(answers(services, site)));
  // Whoever is not signed in any more is told so also at an address where there is nothing: 401, not 404.
  app.use('/api', (request, _response, next) => {
    whoMay(request, { right: 'signed-in' });
    next();
  });
  app.use(mailFrames());
  app.use(webApp());
  app.use((request) => {
    throw new Problem(404, `There is nothing at ${request.method} ${request.path}.`);
  });
  app.use(answerProblems(services.onFault));
  return app;
}
