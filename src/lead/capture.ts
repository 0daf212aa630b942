import { isDeepStrictEqual } from 'node:util';
import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { EventValue, LeadEvent } from '../event/lead-event.js';
import { ofPurpose } from '../journey/consent.js';
import { fieldOf, type Lead, ownFields } from '../journey/facts.js';
import type { LeadInput } from '../journey/lead-input.js';
import type { Store } from '../store/open-store.js';
import { withTold } from './told.js';

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
  // A request that died after making the lead is made good by the next one: the ids of these events are always the same.
  const isCreation = await recordEvent(createdEvent(lead, source), engine);
  const told = withTold(lead, input);
  const changes = isCreation
    ? firstTags(lead, source, at)
    : changesOf({ before, lead: told, input }, { source, at, newId });
  for (const change of changes) await recordEvent(change, engine);
  // The event tells of what is gone as of an empty field, and has it be one.
  await store.leads.removeFields(lead.id, input.removed ?? []);
  return { lead: (await store.leads.byId(lead.id)) ?? lead, isNew };
}

export function createdEvent({ id: lead, createdAt: at }: Lead, source: string): LeadEvent {
  return { id: idFrom('lead.created', lead), type: 'lead.created', lead, at, source, machine: false };
}

/** The tags that a lead is made with. */
export function firstTags({ id: lead, tags }: Lead, source: string, at: Date): readonly LeadEvent[] {
  return tags.map((about) => {
    const id = idFrom('tag.added', lead, about);
    return { id, type: 'tag.added', about, lead, at, source, machine: false };
  });
}

/** A lead before and after it was told of. `before` is missing where it was made meanwhile. */
export type Retold = { readonly before: Lead | undefined; readonly lead: Lead; readonly input: LeadInput };
export type Telling = { readonly source: string; readonly at: Date; readonly newId: () => string };

/** What a second telling changed, as the events that triggers wait for. */
export function changesOf({ before, lead, input }: Retold, { source, at, newId }: Telling): readonly LeadEvent[] {
  const data = before ? changedFields(before, lead, input) : {};
  const hasChanged = Object.keys(data).length > 0;
  const consent = consentEvent(before, lead);
  const added = lead.tags.filter((tag) => !before?.tags.includes(tag));
  const changes = [
    ...(consent ? [{ type: consent }] : []),
    ...(before ? purposesChanged(before, lead) : []),
    ...(hasChanged || !consent ? [{ type: 'lead.updated', ...(hasChanged ? { data } : {}) }] : []),
    ...added.map((about) => ({ type: 'tag.added', about })),
  ];
  return changes.map((change) => ({ id: newId(), lead: lead.id, at, source, machine: false, ...change }));
}

function changedFields(before: Lead, lead: Lead, input: LeadInput): Readonly<Record<string, EventValue>> {
  const told = [...ownFields, ...Object.keys(input.attributes ?? {}), ...(input.removed ?? [])];
  const changed = told.flatMap((field): readonly (readonly [string, EventValue])[] => {
    // A field that was removed is empty now.
    const [was, is] = [fieldOf(before, field) ?? '', fieldOf(lead, field) ?? ''];
    return isDeepStrictEqual(is, was) ? [] : [[field, is]];
  });
  return Object.fromEntries(changed);
}

/** Purposes that were granted or withdrawn. */
function purposesChanged({ consent: was }: Lead, { consent }: Lead): readonly { type: string; about: string }[] {
  return Object.entries(consent.purposes ?? {}).flatMap(([about, { status }]) => {
    if (status === 'pending' || ofPurpose(was, about)?.status === status) return [];
    return [{ type: status === 'granted' ? 'consent.granted' : 'consent.withdrawn', about }];
  });
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
