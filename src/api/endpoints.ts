import * as z from 'zod';
import { plain } from './lead-body.js';
import { Instant, listOf, pageOf, pageQuery, type Routes } from './route.js';
import { urlOf } from '../url.js';

/** More are a sign that one system asks for what it could tell apart by itself. */
export const mostEndpoints = 50;
const mostTypes = 100;
/** A span of so many days is replayed at one time. */
const longestReplayDays = 31;

const Url = z
  .string()
  .max(2000)
  .refine((text) => /^https?:$/.test(urlOf(text)?.protocol ?? ''), {
    error: 'this is no address of the web: write for example "https://crm.example.com/hook"',
    abort: true,
  })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
    error: 'an address shows its user and password to everybody who sees it: check the signature instead',
  })
  .describe('where it is called');
const Name = plain(100).min(1).describe('what you call it');
const Types = z
  .array(plain(100).min(1))
  .min(1, { error: 'the list is empty: leave it out for all types' })
  .max(mostTypes)
  .describe('the types of events it is told');

const AttemptView = z
  .strictObject({
    at: Instant,
    tookMs: z.number(),
    status: z.number().optional().describe('of the answer; missing when there was none'),
    answer: z.string().optional().describe('the beginning of what it answered'),
    error: z.string().optional().describe('why there was no answer'),
  })
  .meta({ id: 'EndpointAttempt' });

export const EndpointView = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    types: z.array(z.string()).nullable().describe('types of events it is told; null: all'),
    createdAt: Instant,
    since: Instant.describe('what became known before is told only by a replay'),
    disabledAt: Instant.nullable(),
    disabledBecause: z.string().nullable(),
    disabledBy: z.enum(['person', 'rivulet']).nullable(),
    failures: z.number().describe('calls in a row that it did not take'),
    failingSince: Instant.nullable(),
    restUntil: Instant.nullable().describe('it is left alone until then, as it did not answer'),
    lastFailure: z.strictObject({ at: Instant, why: z.string() }).nullable(),
    lastDeliveredAt: Instant.nullable(),
    formerSecretUntil: Instant.nullable().describe('until then calls are signed by the secret before, too'),
    isReplaying: z.boolean().describe('a span is being told again'),
    waiting: z.number().describe('deliveries that wait; counted up to 10,000'),
    dead: z.number().describe('deliveries that were given up; counted up to 10,000'),
  })
  .meta({ id: 'Endpoint' });
export type EndpointView = z.output<typeof EndpointView>;

const states = ['waiting', 'delivered', 'dead'] as const;
const deliveryShape = {
  id: z.string().describe('the `webhook-id` of every call of it'),
  event: z.string(),
  type: z.string(),
  lead: z.string(),
  knownAt: Instant.describe('when the event became known'),
  state: z.enum(states),
  because: z.string().nullable().describe('what came of the last call'),
  nextAttemptAt: Instant.nullable().describe('when it is called next, while it waits'),
  settledAt: Instant.nullable(),
};
const DeliveryView = z
  .strictObject({ ...deliveryShape, calls: z.number().describe('calls that are kept'), last: AttemptView.nullable() })
  .meta({ id: 'EndpointDelivery' });
const DeliveryInFull = z
  .strictObject({ ...deliveryShape, attempts: z.array(AttemptView).describe('the last 20, the oldest first') })
  .meta({ id: 'EndpointDeliveryInFull' });

const Moment = z.iso
  .datetime({ offset: true, error: 'a moment is written as 2026-03-02T09:00:00Z' })
  .describe('ISO 8601 with its offset');
const Replay = z
  .union(
    [
      z.strictObject({ delivery: plain(64).min(1).describe('one delivery, by its id') }),
      z.strictObject({ dead: z.literal(true).describe('all that were given up') }),
      z.strictObject({ from: Moment, to: Moment }).describe('all that became known in a span, noted before or not'),
    ],
    { error: 'say what: { "delivery": "<id>" }, { "dead": true }, or { "from": …, "to": … }' },
  )
  .refine((asked) => !('from' in asked) || Date.parse(asked.from) < Date.parse(asked.to), {
    error: 'the span ends before it begins',
  })
  .refine(
    (asked) => !('from' in asked) || Date.parse(asked.to) - Date.parse(asked.from) <= longestReplayDays * 86_400_000,
    { error: `a span has ${longestReplayDays} days at the most: ask for one after the other` },
  );

const WithSecret = EndpointView.extend({
  secret: z.string().describe('checks the signatures (Standard Webhooks); shown this once'),
}).meta({ id: 'EndpointWithSecret' });

export const endpointRoutes = {
  'GET /api/endpoints': {
    does: 'Lists the systems that are told of events',
    right: 'settings:read',
    answer: listOf(EndpointView),
  },
  'POST /api/endpoints': {
    does: 'Tells another system of events from now on',
    more: 'Each event is posted as { type, timestamp, data: { event, lead } }, signed as Standard Webhooks, at least once and always under one webhook-id. What is not taken is tried again for three days. As each is told with its lead, it takes the right `leads:read` besides.',
    right: 'settings:write',
    body: z.strictObject({ name: Name, url: Url, types: Types.optional() }),
    answer: WithSecret,
    status: [201],
    problems: { 409: `There are ${mostEndpoints} already.` },
  },
  'GET /api/endpoints/:id': {
    does: 'Tells how it stands with one system',
    right: 'settings:read',
    answer: EndpointView,
  },
  'PATCH /api/endpoints/:id': {
    does: 'Changes a system that is told of events, switches it off or on',
    more: 'Switched on again it is told what becomes known from then on; replay the span before where that is wanted. To change its URL takes the right `leads:read` besides.',
    right: 'settings:write',
    body: z.strictObject({
      name: Name.optional(),
      url: Url.optional(),
      types: Types.nullable().optional().describe('null: all types'),
      isOn: z.boolean().optional(),
    }),
    answer: EndpointView,
  },
  'DELETE /api/endpoints/:id': {
    does: 'Tells a system nothing more, and forgets what it was told',
    right: 'settings:write',
    answer: undefined,
  },
  'POST /api/endpoints/:id/secret': {
    does: 'Gives an endpoint a new secret',
    more: 'For a day calls carry two signatures, by the new secret and by the one before, so that the receiver has time to take the new one.',
    right: 'settings:write',
    answer: WithSecret,
    problems: { 409: 'Somebody else gave it a new one at the same time.' },
  },
  'POST /api/endpoints/:id/test': {
    does: 'Calls an endpoint once with an event of nobody, and says what it answered',
    right: 'settings:write',
    answer: AttemptView,
  },
  'GET /api/endpoints/:id/deliveries': {
    does: 'Lists what an endpoint was told and is to be told, the newest first',
    right: 'settings:read',
    query: z.strictObject({ ...pageQuery, state: z.enum(states).optional() }),
    answer: pageOf(DeliveryView),
  },
  'GET /api/endpoints/:id/deliveries/:delivery': {
    does: 'Tells every call of one delivery',
    right: 'settings:read',
    answer: DeliveryInFull,
  },
  'POST /api/endpoints/:id/replay': {
    does: 'Tells an endpoint again: one delivery, all that were given up, or all of a span',
    more: 'Under the same webhook-id as before. A span is done in the background.',
    right: 'settings:write',
    body: Replay,
    answer: z.strictObject({
      deliveries: z.number().nullable().describe('how many are told again; null for a span, which is gone through now'),
    }),
    problems: { 409: 'It is switched off, or a span is being replayed.' },
  },
} as const satisfies Routes;
