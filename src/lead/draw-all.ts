import { drawConsequences, type Engine } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { isUnreachable } from '../store/database.js';
import type { Store } from '../store/open-store.js';

/** Leads that are seen to in one go: enough that waiting for the journal is shared, and few enough to be done in a moment. */
const most = 200;

/**
 * Draws the consequences of kept events, of each lead one after another and of many leads at once. A mistake of ours about
 * one event is told and stops that one alone: it stays open. Rejects when the database is away, and leaves the rest open too. `mayGoOn`: asked before
 * each go.
 */
export async function drawAll(
  open: readonly LeadEvent[],
  engine: Engine,
  mayGoOn = async (): Promise<boolean> => true,
): Promise<void> {
  let left = open;
  while (left.length > 0 && (await mayGoOn())) {
    const { round, rest } = oneOfEachLead(left);
    left = rest;
    await drawRound(round, engine);
  }
}

async function drawRound(round: readonly LeadEvent[], engine: Engine): Promise<void> {
  try {
    await drawConsequences(round, engine);
  } catch (cause) {
    if (isUnreachable(cause)) throw cause;
    const [only, ...others] = round;
    if (only && others.length === 0)
      return engine.onFault(new Error(`event ${only.id} could not be taken to its end`, { cause }));
    // What one of them cannot do must not keep the others from it.
    for (const event of round) await drawRound([event], engine);
  }
}

/** The first event of each lead, up to so many, and what is left in its order. */
function oneOfEachLead(events: readonly LeadEvent[]) {
  const leads = new Set<string>();
  const round: LeadEvent[] = [];
  const rest: LeadEvent[] = [];
  for (const event of events) {
    const isFirst = round.length < most && !leads.has(event.lead);
    leads.add(event.lead);
    (isFirst ? round : rest).push(event);
  }
  return { round, rest };
}

/** Events in one go of finishing what was left. */
const finishedTogether = 1000;
/** So many that cannot be finished are passed by; with more of them something is wrong that no repeating mends. */
const mostStuck = 5000;

/** Draws the consequences that a dead process left, or that came faster than they could be drawn; those kept before `before`. */
export async function finishEvents(before: Date, store: Pick<Store, 'events'>, engine: Engine): Promise<void> {
  const tried = new Set<string>();
  while (tried.size < mostStuck) {
    const found = await store.events.unapplied(before, finishedTogether, [...tried]);
    if (found.length === 0) return;
    await drawAll(found, engine);
    const done = await store.events.keptAmong(
      found.map(({ id }) => id),
      { applied: true },
    );
    for (const { id } of found) if (!done.has(id)) tried.add(id);
  }
}
