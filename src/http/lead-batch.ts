import { json, Router } from 'express';
import * as z from 'zod';
import { captureMany } from '../lead/capture-many.js';
import { leadBodyFor } from '../lead/lead-body.js';
import type { LeadInput } from '../store/leads.js';
import { requireKey } from './access.js';
import { idempotent } from './idempotency.js';
import { type BodyProblem, parse, Problem, problemsOf } from './problem.js';
import type { Services } from './services.js';

const mostLeads = 500;
const Body = z.strictObject({
  leads: z
    .array(z.unknown(), { error: 'this must be a list of leads' })
    .min(1, { error: 'the list is empty' })
    .max(mostLeads, { error: `${mostLeads} leads are the most; send more in further requests` }),
});

/** What became of one lead of the list. */
type Result =
  | { readonly status: 'created' | 'changed' | 'unchanged'; readonly id: string; readonly email: string }
  | { readonly status: 'refused'; readonly problems: readonly BodyProblem[] };

/**
 * `POST /api/leads/batch`: many leads at once, each as `POST /api/leads` takes it. One that is wrong is refused by itself; the
 * answers stand in the order of the list.
 */
export function leadBatch(services: Services): Router {
  const { apiKey, project, wake } = services;
  const router = Router();
  const reading = [requireKey(apiKey), json({ limit: '4mb' }), idempotent(services)];

  router.post('/batch', ...reading, async (request, response) => {
    if (request.body === undefined)
      throw new Problem(415, 'Send JSON, with the header "Content-Type: application/json".');
    const { leads } = parse(Body, request.body);
    const LeadBody = leadBodyFor(project().fields);
    const read = leads.map((lead) => LeadBody.safeParse(lead));
    const results = new Map<number, Result>();
    for (const [i, { error }] of read.entries())
      if (error) results.set(i, { status: 'refused', problems: problemsOf(error) });
    const told = read.flatMap(({ data }, at) => (data ? [{ at, input: data }] : []));
    for (const round of roundsOf(told))
      for (const [at, result] of await capture(round, services)) results.set(at, result);
    wake();
    const ordered = leads.flatMap((_, i) => results.get(i) ?? []);
    const count = (status: Result['status']): number => ordered.filter((one) => one.status === status).length;
    const counts = {
      created: count('created'),
      changed: count('changed'),
      unchanged: count('unchanged'),
      refused: count('refused'),
    };
    response.json({ ...counts, results: ordered });
  });
  return router;
}

type Told = { readonly at: number; readonly input: LeadInput };

/** Whoever stands in the list twice is told of twice, one after the other. */
function roundsOf(told: readonly Told[]): readonly (readonly Told[])[] {
  const rounds: Map<string, Told>[] = [];
  for (const one of told) {
    const free = rounds.find((round) => !round.has(one.input.emailKey));
    if (free) free.set(one.input.emailKey, one);
    else rounds.push(new Map([[one.input.emailKey, one]]));
  }
  return rounds.map((round) => [...round.values()]);
}

async function capture(round: readonly Told[], services: Services): Promise<readonly (readonly [number, Result])[]> {
  const captured = await captureMany(
    round.map(({ input }) => input),
    'api',
    services,
  );
  return round.flatMap(({ at, input }) => {
    const found = captured.get(input.emailKey);
    return found ? [[at, { ...found, email: input.email }] as const] : [];
  });
}
