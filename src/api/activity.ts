import * as z from 'zod';
import { plain } from './lead-body.js';
import { FieldValues } from './lead-view.js';
import { Instant, listOf, pageOf, pageQuery, type Routes } from './route.js';

const wanted = {
  type: plain(100).min(1).optional().describe('one type of event alone'),
  by: z.enum(['person', 'machine']).optional().describe('machines are mail scanners, privacy proxies and the like'),
  lead: plain(100).min(1).optional().describe('one lead alone, by its id'),
};

/** A place in the list: a time in milliseconds and an id. */
export const Place = z
  .string()
  .regex(/^\d{1,15}_[\w.-]{1,200}$/, {
    error: 'this is no "next" of an earlier page, and no id of an event of the stream',
  })
  .optional();

export const EventView = z
  .strictObject({
    id: z.string(),
    place: z.string().describe('where it stands in the list; the id of the stream'),
    type: z.string(),
    at: Instant.describe('when it happened'),
    knownAt: Instant.describe('when it became known; the list is in this order'),
    lead: z
      .strictObject({ id: z.string(), name: z.string(), email: z.string() })
      .nullable()
      .describe('null: the lead is gone'),
    source: z.string(),
    machine: z.boolean().describe('a machine did it, not the person'),
    evidence: z.array(z.string()).optional().describe('what tells that it was a machine'),
    late: z.boolean().optional().describe('told so late that it starts nothing any more'),
    about: z.string().optional().describe('the link, form, page, stage …'),
    message: z.string().optional(),
    enrollment: z.string().optional(),
    sequence: z.string().optional(),
    step: z.string().optional(),
    hard: z.boolean().optional().describe('of a bounce: the address is no good'),
    points: z.number().optional(),
    why: z.string().optional(),
    data: FieldValues.optional(),
  })
  .meta({ id: 'Event' });
export type EventView = z.output<typeof EventView>;

export const activityRoutes = {
  'GET /api/events': {
    does: 'Lists what happened, the newest first: events of all leads, and the mails that were accepted',
    more: 'A page of a rare type may hold fewer than were asked for, or none, and still have a `next`: go on until it is null.',
    right: 'leads:read',
    query: z.strictObject({ ...pageQuery, after: Place, ...wanted }),
    answer: pageOf(EventView),
  },
  'GET /api/events/types': {
    does: 'Lists the types of events that Rivulet itself tells; yours come besides',
    right: 'leads:read',
    answer: listOf(z.string()),
  },
  'GET /api/activity': {
    does: 'Streams what happens, as it becomes known in any process',
    more: 'Server-sent events: each `data` is an event as GET /api/events lists it, its `id` the place in that list. `Last-Event-ID` goes on after one. A `gap` tells that so much happened that some was left out: ask the list. The stream ends with the session.',
    right: 'leads:read',
    query: z.strictObject({
      ...wanted,
      after: Place.describe('goes on after this place, unless there is a Last-Event-ID'),
    }),
    answer: z.string(),
    answers: 'text/event-stream',
    problems: { 429: 'This account has too many streams open.' },
  },
} as const satisfies Routes;
