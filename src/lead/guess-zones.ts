import type { Engine } from '../engine.js';
import type { Lead } from '../journey/facts.js';
import { leastOpens, zoneFromOpens } from '../journey/guess-from-opens.js';
import type { Store } from '../store/open-store.js';

/** Leads whose opens are read at one time, and how far back. */
const batchSize = 200;
const lookedBackMs = 180 * 86_400_000;

/**
 * Guesses the zones of leads of whom nothing else is known, from the hours at which they open mails. What machines opened is no
 * sign of anybody's day. Done again, it comes to the same. Answers of how many something new was guessed.
 */
export async function guessZones({
  store,
  engine,
}: {
  readonly store: Store;
  readonly engine: Engine;
}): Promise<number> {
  let guessed = 0;
  let batch: Lead[] = [];
  const flush = async (): Promise<void> => {
    guessed += await guessBatch(batch, store, engine.now());
    batch = [];
  };
  for await (const lead of store.leads.matching(hasNoZone)) {
    batch.push(lead);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
  return guessed;
}

/** Neither told nor guessed by where it is. */
const hasNoZone = { timezone: { $exists: false }, timezoneGuess: { $exists: false } };

async function guessBatch(leads: readonly Lead[], store: Store, now: Date): Promise<number> {
  if (leads.length === 0) return 0;
  const since = new Date(now.getTime() - lookedBackMs);
  const ids = leads.map(({ id }) => id);
  const events = await store.events.ofLeads(ids, ['opened', 'clicked'], since);
  let guessed = 0;
  for (const [lead, own] of events) {
    const times = own.filter(({ machine }) => !machine).map(({ at }) => at);
    const zone = times.length < leastOpens ? undefined : zoneFromOpens(times);
    if (!zone) continue;
    await store.leads.change(lead, { kind: 'guess', zone }, now);
    guessed += 1;
  }
  return guessed;
}
