import { Router } from 'express';
import * as z from 'zod';
import { tellStory } from '../lead/story.js';
import { addressKey } from '../message/address.js';
import { requireLocalOrKey } from './access.js';
import { withoutPixel } from '../shown/pixel.js';
import { openCaptured, sendMarkup } from './captured-mail.js';
import { homePage } from './page-home.js';
import { leadPage } from './page-lead.js';
import { leadsPage } from './page-leads.js';
import { mailboxPage, mailPage } from './page-mailbox.js';
import { sequencePage } from './page-sequence.js';
import type { Titles } from './page-shell.js';
import { Page } from './paging.js';
import { found, parse } from './problem.js';
import { sequenceNumbers } from './sequence-numbers.js';
import type { Services } from './services.js';
import { styleSheets } from './style.js';
import { factsOfLeads } from './views.js';

const MailboxQuery = Page.extend({ to: z.string().max(320).optional() });

/** How many of the newest the overview shows. */
const newest = 6;

/** What people see in a browser, until there is a web application: pages without script, for the person at this machine. */
export function pages(services: Services): Router {
  const { store, engine, project, projectTrouble, apiKey, transportName, databaseName, publicUrl, defaultTimeZone } =
    services;
  const timeZone = defaultTimeZone;
  const router = Router();

  // Leads see pages too, so the style is everybody's.
  for (const { path, css } of styleSheets) {
    router.get(path, (_request, response) => {
      response.set('Cache-Control', 'public, max-age=31536000, immutable').type('css').send(css);
    });
  }

  router.use(requireLocalOrKey(apiKey), (_request, response, next) => {
    response.set('Cache-Control', 'no-store').type('html');
    next();
  });

  router.get('/', async (_request, response) => {
    const [stages, active, counts, states, mails, leads] = await Promise.all([
      store.leads.countByStage(),
      store.enrollments.countActive(),
      store.messages.countBySteps(),
      store.messages.countByState(),
      store.mailbox.page(newest),
      store.leads.page(newest),
    ]);
    const overview = {
      funnel: project().funnel,
      stages,
      sequences: sequenceNumbers(project(), active, counts),
      states,
      mails: mails.items,
      leads: await factsOfLeads(leads.items, services),
      transportName,
      databaseName,
      publicUrl: publicUrl(),
      timeZone,
      trouble: projectTrouble(),
    };
    response.send(homePage(overview));
  });

  router.get('/leads', async (request, response) => {
    const { limit, after } = parse(Page, request.query);
    const { items, next } = await store.leads.page(limit, after);
    const leads = await factsOfLeads(items, services);
    response.send(leadsPage({ leads, next, timeZone, publicUrl: publicUrl() }));
  });
  router.get('/leads/:id', async (request, response) => {
    const story = found(await tellStory(request.params.id, store, engine, project()), 'lead');
    response.send(leadPage({ story, now: engine.now(), titles: titles() }));
  });

  router.get('/mailbox', async (request, response) => {
    const { limit, after, to } = parse(MailboxQuery, request.query);
    const mails = await store.mailbox.page(limit, after, to);
    response.send(mailboxPage({ mails, to, transportName, timeZone }));
  });
  router.get('/mailbox/:id', async (request, response) => {
    const { raw, ...mail } = found(await store.mailbox.byId(request.params.id), 'mail');
    const [opened, lead] = await Promise.all([openCaptured(raw), store.leads.byEmail(addressKey(mail.to))]);
    response.send(mailPage({ mail, opened, lead: lead?.id, timeZone }));
  });
  router.get('/mailbox/:id/mail.html', async (request, response) => {
    const { raw } = found(await store.mailbox.byId(request.params.id), 'mail');
    const { html } = await openCaptured(raw);
    sendMarkup(response, request.query['as'] === 'reader' ? html : withoutPixel(html));
  });
  router.get('/mailbox/:id/mail.eml', async (request, response) => {
    const { id, raw } = found(await store.mailbox.byId(request.params.id), 'mail');
    response.type('message/rfc822').attachment(`${id}.eml`).send(raw);
  });

  router.get('/sequences/:name', async (request, response) => {
    const program = found(project().programs.get(request.params.name), 'sequence');
    const [active, counts] = await Promise.all([store.enrollments.countActive(), store.messages.countBySteps()]);
    const count = active.find(({ sequence }) => sequence === program.name)?.count ?? 0;
    response.send(sequencePage({ program, active: count, counts, titles: titles() }));
  });

  const titles = (): Titles => new Map([...project().programs].map(([name, { title }]) => [name, title]));
  return router;
}
