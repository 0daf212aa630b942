import { EventBody } from '../api/event-body.js';
import { eventRoutes } from '../api/events.js';
import { tellEvents, type ToldEvent } from '../lead/tell-events.js';
import { type AnsweredRoute, answering } from './answering.js';
import { parse, Problem } from './problem.js';
import type { Services } from './services.js';

/** What the site, the CRM and other systems tell, one by one or in bulk. */
export function eventsApi(services: Services): readonly AnsweredRoute[] {
  const { wake } = services;
  return answering(eventRoutes, services, {
    'POST /api/events': async ({ body, response }) => {
      const [told] = await tellEvents([body], services);
      wake();
      if (!told || told.kind === 'nobody') throw new Problem(404, 'There is no such lead.');
      const { status, ...answer } = toldAnswer(told);
      response.status(status);
      return answer;
    },
    // A wrong one keeps no other from being recorded.
    'POST /api/events/batch': async ({ body }) => {
      const read = body.events.map(readEvent);
      const told = await tellEvents(
        read.flatMap((one) => ('body' in one ? one.body : [])),
        services,
      );
      wake();
      const answers = told.values();
      return { items: read.map((one) => ('body' in one ? answerOf(answers.next().value) : one)) };
    },
  });
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
function toldAnswer(told: Exclude<ToldEvent, { kind: 'nobody' }>) {
  if (told.kind === 'refused')
    return { status: told.because === 'too-many-events' ? 429 : 200, recorded: false, because: told.because };
  const { id, isNew, lead } = told;
  return { status: isNew ? 201 : 200, id, recorded: isNew, ...(lead === undefined ? { lead: null } : {}) };
}
