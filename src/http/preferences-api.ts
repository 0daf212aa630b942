import { json, Router } from 'express';
import * as z from 'zod';
import { didYouMean } from '../diagnostic.js';
import { zoneOf } from '../journey/facts.js';
import { type Choice, frequencies, type Preferences } from '../journey/preferences.js';
import { endOfPause } from '../journey/unwanted.js';
import { Instant } from '../lead/lead-body.js';
import { prefer } from '../lead/prefer.js';
import { onlyIfSound } from '../schema.js';
import { requireKey } from './access.js';
import { preferencesView } from './preferences-view.js';
import { found, parse, Problem } from './problem.js';
import type { Services } from './services.js';

const longestPauseMs = 367 * 86_400_000;

/** What a lead chose somewhere else: on a site of yours, on the telephone. What is left out stays as it is. */
const Body = z
  .strictObject({
    topicsOff: z.array(z.string().max(60)).max(100).optional(),
    frequency: z.enum(frequencies, { error: `this must be one of: ${frequencies.join(', ')}` }).optional(),
    snoozedUntil: Instant.nullable().optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    ...onlyIfSound,
    error: 'say "topicsOff", "frequency" or "snoozedUntil"',
  });

/** `PUT /api/leads/:id/preferences`: the preference centre for programs. */
export function preferencesApi(services: Services): Router {
  const { store, engine, wake, apiKey, project, defaultTimeZone } = services;
  const router = Router();

  router.put('/:id/preferences', requireKey(apiKey), json({ limit: '16kb' }), async (request, response) => {
    const lead = found(await store.leads.byId(String(request.params['id'])), 'lead');
    const now = engine.now();
    const topics = project().topics?.map(({ name }) => name) ?? [];
    if (request.body === undefined)
      throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
    const choice = checked(parse(Body, request.body), { topics, now, preferences: lead.preferences });
    const told = { source: 'api' };
    const event = await prefer(lead, choice, { told, engine, timeZone: zoneOf(lead, defaultTimeZone) });
    if (event) wake();
    const after = found(await store.leads.byId(lead.id), 'lead');
    response.json(preferencesView(after.preferences));
  });
  return router;
}

type Known = {
  readonly topics: readonly string[];
  readonly now: Date;
  readonly preferences: Preferences | undefined;
};

function checked(body: z.output<typeof Body>, { topics, now, preferences = {} }: Known): Choice {
  const { topicsOff, frequency, snoozedUntil } = body;
  // What was turned off once may have been taken out of the file since.
  const unknown = (topicsOff ?? []).filter((name) => ![...topics, ...(preferences.topicsOff ?? [])].includes(name));
  const isAbsurd = snoozedUntil && (snoozedUntil <= now || snoozedUntil.getTime() - now.getTime() > longestPauseMs);
  const problems = [
    ...unknown.map((name) => ({
      pointer: '/topicsOff',
      detail: `there is no topic "${name}". ${didYouMean(name, topics)}`,
    })),
    ...(isAbsurd ? [{ pointer: '/snoozedUntil', detail: 'a pause ends in the future, within a year' }] : []),
  ];
  if (problems.length > 0) throw new Problem(422, 'Some of what was sent is not as it must be.', problems);
  return {
    ...(topicsOff ? { topicsOff: [...new Set(topicsOff)] } : {}),
    ...(frequency ? { frequency } : {}),
    ...(snoozedUntil === undefined ? {} : ending(snoozedUntil, preferences, now)),
  };
}

/** Null ends a pause now; where there is none, there is nothing to end. */
function ending(until: Date | null, preferences: Preferences, now: Date): Choice {
  if (until) return { snoozedUntil: until };
  return endOfPause({ preferences }, now) ? { snoozedUntil: now } : {};
}
