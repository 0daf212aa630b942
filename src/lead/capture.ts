import { isDeepStrictEqual } from 'node:util';
import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { fieldOf, type Lead, ownFields } from '../journey/facts.js';
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
  const before = await store.leads.byEmail(input.emailKey);
  const { lead, isNew } = await store.leads.upsert(input, newId(), source, at);
  const event = { lead: lead.id, at, source, machine: false };
  // A request that died after making the lead is made good by the next one: the ids of these events are always the same.
  const created = { ...event, id: idFrom('lead.created', lead.id), type: 'lead.created', at: lead.createdAt };
  const isCreation = await recordEvent(created, engine);
  const changes = isCreation
    ? tagsAdded(undefined, lead, (tag) => idFrom('tag.added', lead.id, tag))
    : changesOf(before, lead, input, newId);
  for (const change of changes) await recordEvent({ ...event, ...change }, engine);
  return { lead: (await store.leads.byId(lead.id)) ?? lead, isNew };
}

type CaptureChange = Pick<LeadEvent, 'id' | 'type' | 'about' | 'data'>;

/** What a second telling changed, as the events that triggers wait for. */
function changesOf(
  before: Lead | undefined,
  lead: Lead,
  input: LeadInput,
  newId: () => string,
): readonly CaptureChange[] {
  const data = before ? changedFields(before, lead, input) : {};
  const hasChanged = Object.keys(data).length > 0;
  const updated = { id: newId(), type: consentEvent(before, lead) ?? 'lead.updated' };
  return [
    { ...updated, ...(hasChanged && updated.type === 'lead.updated' ? { data } : {}) },
    ...(hasChanged && updated.type !== 'lead.updated' ? [{ id: newId(), type: 'lead.updated', data }] : []),
    ...tagsAdded(before, lead, () => newId()),
  ];
}

function changedFields(before: Lead, lead: Lead, input: LeadInput): Readonly<Record<string, EventValue>> {
  const told = [...ownFields, ...Object.keys(input.attributes ?? {})];
  const changed = told.flatMap((field): readonly (readonly [string, EventValue])[] => {
    const value = fieldOf(lead, field);
    return value === undefined || isDeepStrictEqual(value, fieldOf(before, field)) ? [] : [[field, value]];
  });
  return Object.fromEntries(changed);
}

function tagsAdded(before: Lead | undefined, lead: Lead, idOf: (tag: string) => string): readonly CaptureChange[] {
  const added = lead.tags.filter((tag) => !before?.tags.includes(tag));
  return added.map((tag) => ({ id: idOf(tag), type: 'tag.added', about: tag }));
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
