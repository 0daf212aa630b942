import * as z from 'zod';
import { EventBody } from './event-body.js';
import type { Routes } from './route.js';

const BodyProblems = z.array(z.strictObject({ pointer: z.string(), detail: z.string() }));

const EventAnswer = z.strictObject({
  id: z.string().optional().describe('what it is kept under'),
  recorded: z.boolean().describe('false: it was known already, or may not be kept'),
  because: z.string().optional().describe('why it is not kept'),
  lead: z.null().optional().describe('null: nobody knows yet whose it is'),
});

const mostEventsAtOnce = 500;
const Batch = z.strictObject({
  events: z
    .array(z.unknown(), { error: 'this must be a list of events' })
    .min(1, { error: 'there is no event in it' })
    .max(mostEventsAtOnce, { error: `there are more than ${mostEventsAtOnce} events in it` })
    .describe('each as POST /api/events takes it'),
});

/** What the site, the CRM and other systems tell. */
export const eventRoutes = {
  'POST /api/events': {
    does: 'Records what a lead or visitor did elsewhere',
    more: '201 for a new event, 200 for one that was known by its id or may not be kept.',
    right: 'leads:write',
    body: EventBody,
    answer: EventAnswer,
    status: [201, 200],
  },
  'POST /api/events/batch': {
    does: 'Records many events, each answered by itself',
    right: 'leads:write',
    body: Batch,
    bodyBytes: 1024 * 1024,
    answer: z.strictObject({
      items: z
        .array(
          EventAnswer.partial().extend({
            status: z.number(),
            detail: z.string().optional(),
            problems: BodyProblems.optional(),
          }),
        )
        .describe('in the order of the list'),
    }),
  },
} as const satisfies Routes;
