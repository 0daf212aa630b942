import { json, type Request, Router } from 'express';
import * as z from 'zod';
import { captureLead } from '../lead/capture.js';
import { recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import { askWhy } from '../lead/ask-why.js';
import { tellStory } from '../lead/story.js';
import { reportWebhooks } from '../lead/webhook-report.js';
import { EventBody, tellEvents } from '../lead/tell-events.js';
import { addressKey } from '../message/address.js';
import type { StepCounts } from '../store/messages.js';
import { requireKey } from './access.js';
import { openCaptured, sendMarkup } from './captured-mail.js';
import { leadBodyFor, NamedValues, plain } from '../lead/lead-body.js';
import { idempotent } from './idempotency.js';
import { Page } from './paging.js';
import { pausing } from './pauses.js';
import { found, parse, Problem } from './problem.js';
import { reporting } from './reports.js';
import { reportForms } from '../lead/form-report.js';
import { type Counts, noCounts } from './sequence-numbers.js';
import { scoring } from './scores.js';
import type { Services } from './services.js';
import { toldAnswer } from './site-api.js';
import { suppressing } from './suppressions.js';
import { factsOfLeads, leadView } from './views.js';

type Who = { readonly lead?: string | undefined; readonly email?: string | undefined };
const nameOne = 'name the lead by "lead" (its id) or by "email"';

function namesOne({ lead, email }: Who): boolean {
  return (lead === undefined) !== (email === undefined);
}

/** Starts a sequence for a lead, by the rules of the sequence: whoever is in it, or may not come again, stays out. */
const EnrollBody = z
  .strictObject({
    lead: plain(100).optional(),
    email: plain(320).optional(),
    /** What a sequence with one run per key looks into. */
    data: NamedValues.optional(),
    /** Asked twice with the same id, it counts once. */
    id: plain(200).min(1).optional(),
  })
  .refine(namesOne, { error: nameOne });

/** Which mail somebody asks about; without a step, all of the sequence. */
const WhyQuery = z.strictObject({ sequence: plain(100).min(1), step: plain(100).min(1).optional() });

export function api(services: Services): Router {
  const { store, engine, project, newId, wake } = services;
  const router = Router();
  router.use(requireKey(services.apiKey), json({ limit: '256kb' }));

  router.post('/leads', idempotent(services), async (request, response) => {
    const input = parse(leadBodyFor(project().fields), bodyOf(request));
    const { lead, isNew } = await captureLead(input, 'api', store, engine, newId);
    wake();
    const story = found(await tellStory(lead.id, store, engine, project()), 'lead');
    response
      .status(isNew ? 201 : 200)
      .location(`/api/leads/${lead.id}`)
      .json(leadView(story.facts));
  });

  router.get('/leads', async (request, response) => {
    const { limit, after } = parse(Page, request.query);
    const { items, next } = await store.leads.page(limit, after);
    const views = (await factsOfLeads(items, services)).map(leadView);
    response.json({ items: views, next: next ?? null });
  });

  router.get('/leads/:id', async (request, response) => {
    const { facts, enrollments, next } = found(await tellStory(request.params.id, store, engine, project()), 'lead');
    response.json({
      ...leadView(facts),
      scoreExplained: facts.score,
      enrollments: enrollments.map(
        ({ id, sequence, revision, status, step, dueAt, waitsFor, startedAt, endedAt, endedBecause, because }) => {
          return { id, sequence, revision, status, step, dueAt, waitsFor, startedAt, because, endedAt, endedBecause };
        },
      ),
      next: next[0] ?? null,
    });
  });

  router.use('/leads', scoring(services));

  router.get('/leads/:id/timeline', async (request, response) => {
    const { timeline, next } = found(await tellStory(request.params.id, store, engine, project()), 'lead');
    response.json({ past: timeline, next });
  });

  router.get('/leads/:id/why', async (request, response) => {
    const { sequence, step } = parse(WhyQuery, request.query);
    const asked = { lead: request.params.id, sequence, ...(step === undefined ? {} : { step }) };
    const answer = await askWhy(asked, store, engine, project());
    if ('missing' in answer) {
      const { missing, known } = answer;
      const detail = known.length > 0 ? `Use one of: ${known.join(', ')}.` : '';
      throw new Problem(404, `There is no such ${missing}. ${detail}`.trim());
    }
    response.json(answer);
  });

  router.post('/events', async (request, response) => {
    const [told] = await tellEvents([parse(EventBody, bodyOf(request))], services);
    wake();
    if (!told || told.kind === 'nobody') throw new Problem(404, 'There is no such lead.');
    const { status, ...answer } = toldAnswer(told);
    response.status(status).json(answer);
  });

  router.post('/sequences/:name/enroll', async (request, response) => {
    const { name } = request.params;
    found(project().programs.get(name), 'sequence');
    const body = parse(EnrollBody, bodyOf(request));
    const lead = found(await leadOf(body, store), 'lead');
    const { data, id } = body;
    const event = {
      id: id ? idFrom('api', lead.id, 'sequence.called', name, id) : newId(),
      type: 'sequence.called',
      about: name,
      lead: lead.id,
      at: engine.now(),
      source: 'api',
      machine: false,
      ...(data ? { data } : {}),
    };
    await recordEvent(event, engine);
    wake();
    const runs = await store.enrollments.ofLead(lead.id);
    const run = runs.findLast(({ sequence, status }) => sequence === name && status === 'active');
    response.json({ enrolled: run !== undefined, enrollment: run?.id ?? null });
  });

  router.get('/sequences', async (_request, response) => {
    const [active, steps] = await Promise.all([store.enrollments.countActive(), store.messages.countBySteps()]);
    const items = [...project().programs.values()].map(({ name, title, stage, revision, steps: all }) => ({
      name,
      title,
      stage,
      revision,
      active: active.find(({ sequence }) => sequence === name)?.count ?? 0,
      mails: [...all.values()].flatMap((step) =>
        step.kind === 'send' ? [{ step: step.id, subject: step.subject, ...countsOf(steps, name, step.id) }] : [],
      ),
    }));
    response.json({ items });
  });

  router.use('/pauses', pausing(services));
  router.get('/webhooks', async (_request, response) => {
    response.json({ items: await reportWebhooks(store, services.webhookKeys, services.publicUrl()) });
  });
  router.get('/forms', async (_request, response) => {
    response.json({ items: await reportForms(store, project().forms, services.publicUrl()) });
  });
  router.use('/suppressions', suppressing(services));
  router.use('/reports', reporting(services));

  router.get('/mailbox', async (request, response) => {
    const { limit, after } = parse(Page, request.query);
    const { items, next } = await store.mailbox.page(limit, after);
    response.json({ items, next: next ?? null });
  });

  router.get('/mailbox/:id', async (request, response) => {
    const [, id = '', ending = ''] = /^([a-z2-7]+)(\.eml|\.html)?$/.exec(request.params.id) ?? [];
    const mail = found(await store.mailbox.byId(id), 'mail');
    if (ending === '.eml') {
      response.type('message/rfc822').attachment(`${id}.eml`).send(mail.raw);
      return;
    }
    const { html, text, headers } = await openCaptured(mail.raw);
    if (ending === '.html') {
      sendMarkup(response, html);
      return;
    }
    const { raw: _, ...summary } = mail;
    response.json({
      ...summary,
      text,
      html,
      headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
    });
  });

  router.use((request) => {
    throw new Problem(404, `There is nothing at ${request.method} ${request.baseUrl}${request.path}.`);
  });
  return router;
}

function leadOf({ lead, email = '' }: Who, store: Services['store']) {
  return lead ? store.leads.byId(lead) : store.leads.byEmail(addressKey(email));
}

/** A body without its content type is not read at all, and its sender would look for the fault in the body. */
function bodyOf(request: Request): unknown {
  if (request.body === undefined)
    throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
  return request.body;
}

function countsOf(steps: readonly StepCounts[], sequence: string, step: string): Counts {
  const {
    sequence: _,
    step: __,
    ...counts
  } = steps.find((one) => one.sequence === sequence && one.step === step) ?? {
    sequence,
    step,
    ...noCounts,
  };
  return counts;
}
