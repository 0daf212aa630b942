import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import { type Choice, choiceInWords, dataOf, news } from '../journey/preferences.js';
import type { Store } from '../store/open-store.js';

/** Whom something is told of, and where from: a mail of ours, the API. */
export type Told = Pick<LeadEvent, 'source'> & Partial<Pick<LeadEvent, 'message' | 'enrollment' | 'sequence' | 'step'>>;

/**
 * Records what a lead chooses of its mails. Undefined when everything is so already. Pressed twice, also at the same
 * instant, it is one event: its id comes from what is chosen and from what it is chosen after.
 */
export async function prefer(
  lead: Lead,
  choice: Choice,
  { told, engine, timeZone }: { readonly told: Told; readonly engine: Engine; readonly timeZone: string },
): Promise<LeadEvent | undefined> {
  const { preferences } = lead;
  const changed = news(choice, preferences);
  if (!changed) return undefined;
  const at = engine.now();
  const data = dataOf(changed, preferences);
  const since = Object.values(preferences?.chosenAt ?? {}).map((chosenAt) => chosenAt.toISOString());
  const event = {
    ...told,
    id: idFrom('preferences.changed', lead.id, JSON.stringify(data), ...since.toSorted()),
    type: 'preferences.changed',
    lead: lead.id,
    at,
    machine: false,
    why: choiceInWords(changed, preferences, { at, timeZone }),
    data,
  };
  await recordEvent(event, engine);
  return event;
}

/**
 * Records that a lead leaves, or comes back. Told twice, or by mail program and person at once, it is one event. Told again
 * after its opposite, it is another, and be it a second later: so its id counts how often the lead has turned the other way.
 */
export async function turn(
  type: 'unsubscribed' | 'resubscribed',
  lead: string,
  { told, engine, store }: { readonly told: Told; readonly engine: Engine; readonly store: Pick<Store, 'events'> },
  data?: LeadEvent['data'],
): Promise<LeadEvent> {
  const opposite = type === 'unsubscribed' ? 'resubscribed' : 'unsubscribed';
  const turns = await store.events.count({ lead, type: opposite });
  const id = idFrom(type, lead, String(turns));
  const event = { ...told, id, type, lead, at: engine.now(), machine: false, ...(data ? { data } : {}) };
  await recordEvent(event, engine);
  return event;
}
