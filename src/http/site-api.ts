import { json, Router } from 'express';
import * as z from 'zod';
import { EventBody, tellEvents, type ToldEvent } from '../lead/tell-events.js';
import { requireKey } from './access.js';
import { parse, Problem } from './problem.js';
import type { Services } from './services.js';
import type { SiteDesk } from './site-desk.js';

/** Events in one call, and the room that they may take. */
const most = 500;
const limit = '1mb';

/** Which events there are is looked at one by one: a wrong one keeps no other from being recorded. */
const Batch = z.strictObject({
  events: z
    .array(z.unknown(), { error: 'this must be a list of events' })
    .min(1, { error: 'there is no event in it' })
    .max(most, { error: `there are more than ${most} events in it` }),
});

/** Events in bulk, and how the site's script is doing. */
export function siteApi(services: Services, desk: SiteDesk): Router {
  const { wake, apiKey, publicUrl } = services;
  const router = Router();
  router.post('/events/batch', requireKey(apiKey), json({ limit }), async (request, response) => {
    if (request.body === undefined)
      throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
    const read = parse(Batch, request.body).events.map(readEvent);
    const told = await tellEvents(
      read.flatMap((one) => ('body' in one ? one.body : [])),
      services,
    );
    wake();
    const answers = told.values();
    response.json({
      items: read.map((one) => ('body' in one ? answerOf(answers.next().value) : one)),
    });
  });
  router.get('/site', requireKey(apiKey), async (_request, response) => {
    response.json(await desk.report(publicUrl()));
  });
  return router;
}

/** An event to be recorded, or all that is wrong with it. */
function readEvent(value: unknown) {
  try {
    return { body: parse(EventBody, value) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { status: error.status, detail: error.message, problems: error.problems };
  }
}

function answerOf(told: ToldEvent | undefined) {
  if (!told || told.kind === 'nobody') return { status: 404, detail: 'There is no such lead.' };
  return toldAnswer(told);
}

/** 201 for a new event, 200 for one that was known, and for one that may not be kept. */
export function toldAnswer(told: Exclude<ToldEvent, { kind: 'nobody' }>) {
  if (told.kind === 'refused')
    return { status: told.because === 'too-many-events' ? 429 : 200, recorded: false, because: told.because };
  const { id, isNew, lead } = told;
  return { status: isNew ? 201 : 200, id, recorded: isNew, ...(lead === undefined ? { lead: null } : {}) };
}
