import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { Lead } from '../journey/facts.js';
import type { LeadInput } from '../store/leads.js';
import type { Store } from '../store/open-store.js';

/** Makes or changes a lead and sets in motion what that calls for. Sent twice, it is one lead, created once. */
export async function captureLead(
  input: LeadInput,
  source: string,
  store: Store,
  engine: Engine,
  newId: () => string,
): Promise<{ lead: Lead; isNew: boolean }> {
  const at = engine.now();
  const before = input.consent ? await store.leads.byEmail(input.emailKey) : undefined;
  const { lead, isNew } = await store.leads.upsert(input, newId(), source, at);
  const event = { lead: lead.id, at, source, machine: false };
  // A request that died after making the lead is made good by the next one: the id of the event is always the same.
  const isCreation = await recordEvent(
    { ...event, id: idFrom('lead.created', lead.id), type: 'lead.created', at: lead.createdAt },
    engine,
  );
  if (!isCreation)
    await recordEvent({ ...event, id: newId(), type: consentEvent(before, lead) ?? 'lead.updated' }, engine);
  return { lead: (await store.leads.byId(lead.id)) ?? lead, isNew };
}

/** What a change of consent is called; undefined when it stayed as it was. */
function consentEvent(
  before: Lead | undefined,
  { consent }: Lead,
): 'consent.granted' | 'consent.withdrawn' | undefined {
  const was = before?.consent.status === 'granted';
  const is = consent.status === 'granted';
  if (!before || was === is) return undefined;
  return is ? 'consent.granted' : 'consent.withdrawn';
}
