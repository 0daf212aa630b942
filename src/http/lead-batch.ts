import { captureMany } from '../lead/capture-many.js';
import { leadBodyFor } from '../api/lead-body.js';
import type { LeadInput } from '../journey/lead-input.js';
import { type BodyProblem, problemsOf } from './problem.js';
import type { Services } from './services.js';

/** What became of one lead of the list. */
type Result =
  | { readonly status: 'created' | 'changed' | 'unchanged'; readonly id: string; readonly email: string }
  | { readonly status: 'refused'; readonly problems: readonly BodyProblem[] };

/**
 * Makes or changes many leads at once. One that is wrong is refused by itself; the answers stand in the order of the list.
 */
export async function captureBatch(leads: readonly unknown[], services: Services) {
  const LeadBody = leadBodyFor(services.project().fields);
  const read = leads.map((lead) => LeadBody.safeParse(lead));
  const results = new Map<number, Result>();
  for (const [i, { error }] of read.entries())
    if (error) results.set(i, { status: 'refused', problems: problemsOf(error) });
  const told = read.flatMap(({ data }, at) => (data ? [{ at, input: data }] : []));
  for (const round of roundsOf(told))
    for (const [at, result] of await capture(round, services)) results.set(at, result);
  services.wake();
  const ordered = leads.flatMap((_, i) => results.get(i) ?? []);
  const count = (status: Result['status']): number => ordered.filter((one) => one.status === status).length;
  return {
    created: count('created'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    results: ordered,
  };
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
