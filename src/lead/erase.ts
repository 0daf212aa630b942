import type { Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import type { Erasure } from '../store/erasures.js';
import type { Store } from '../store/open-store.js';
import { inOrder, type Person, type Personal } from '../store/personal.js';
import { type Remains, searchFor } from './erase-search.js';
import { personOf, together } from './person.js';

export type EraseTools = {
  readonly store: Store;
  readonly now: () => Date;
  readonly onProgress?: (share: number) => void;
};
export type EraseOrder = {
  /** Who has it done. */
  readonly by: string;
  /** The address gets no mail for ever, whoever brings it in again; else only if it was suppressed before. */
  readonly suppress?: boolean;
};

/**
 * What came of erasing. `waiting`: a mail is being handed over this instant, and somebody comes back to it. `remains`: rows
 * that still name the person, none if all is well.
 */
export type Erased =
  | { readonly state: 'waiting' }
  | { readonly state: 'erased'; readonly note: Erasure; readonly remains: readonly Remains[] };

/** A mail may have been claimed, a hit been made or a form been sent just before: what comes of that is swept up so much later. */
const watchMs = 3_600_000;
/** So often all is gone through, until nothing more is found: somebody may write while we erase. */
const mostPasses = 5;

/**
 * Erases a lead and everything that names it (GDPR Art. 17), but for the keyed hash that keeps its address suppressed. It is
 * noted before anything goes, and the lead itself goes last: whatever becomes of this process, `finishErasures` does the rest.
 */
export async function eraseLead(lead: Lead, { by, suppress = false }: EraseOrder, tools: EraseTools): Promise<Erased> {
  const { store, now } = tools;
  const person = await personOf(lead, store);
  const note = await store.erasures.begin(lead.id, { leads: person.leads, at: now(), by, suppress });
  return takeOut(lead, note, tools);
}

async function takeOut(lead: Lead, note: Erasure, tools: EraseTools): Promise<Erased> {
  const { store, now } = tools;
  const parts = inOrder(store.personal);
  const leads = note.leads ?? [lead.id];
  if (note.suppress) {
    const of = addressKey(lead.email);
    await store.suppressions.add({ of, reason: 'manual', at: note.at, by: note.by });
  }
  // The lead first: what is decided of it meanwhile comes to no mail.
  for (const part of parts.toReversed()) await part.halt?.(leads, now());
  if (await isBusy(parts, leads)) return { state: 'waiting' };

  const others = parts.filter(({ collection }) => !whoItIs.includes(collection));
  let person = await personOf(lead, store);
  for (let pass = 0; pass < mostPasses; pass += 1) {
    if ((await eraseFrom(others, person, note, tools)) === 0) break;
    person = together(person, await personOf(lead, store));
  }
  const remains = await searchFor({ ...person, name: nameOf(lead) }, { ...tools, db: store.db, isKnown: isOf(person) });
  // And again what may have been written of it as long as it was there.
  await eraseFrom(
    parts.filter(({ goes }) => goes === 'lead'),
    person,
    note,
    tools,
  );
  const certain = remains.filter(({ by }) => by !== 'name');
  await store.erasures.watch(note.id, certain.length, now(), new Date(now().getTime() + watchMs));
  return { state: 'erased', note: (await store.erasures.of(lead.id)) ?? note, remains };
}

/** Where a lead is known by its id and its address: without these nobody could go on with what was begun. */
const whoItIs: readonly string[] = ['leads', 'leadAliases'];

/** What is noted or goes last, and names nobody but by the id of the lead. */
function isOf({ leads }: Person): (collection: string, id: string) => boolean {
  return (collection, id) => collection === 'erasures' || (whoItIs.includes(collection) && leads.includes(id));
}

function nameOf({ firstName, lastName }: Lead): string | undefined {
  return firstName && lastName ? `${firstName} ${lastName}` : undefined;
}

async function isBusy(parts: readonly Personal[], leads: readonly string[]): Promise<boolean> {
  for (const part of parts) if (await part.isBusy?.(leads)) return true;
  return false;
}

/** Takes a person out of collections, one after the other. Answers how many rows went. */
async function eraseFrom(
  parts: readonly Personal[],
  person: Person,
  { id }: Pick<Erasure, 'id'>,
  { store, now }: EraseTools,
): Promise<number> {
  let all = 0;
  for (const { collection, erase } of parts) {
    const count = await erase(person, now());
    all += count;
    await store.erasures.count(id, { [collection]: count });
  }
  return all;
}

/** Waits a while for what is being handed over; resolves to `waiting` where that takes longer. */
export async function eraseSoon(
  lead: Lead,
  order: EraseOrder,
  tools: EraseTools & { readonly pause: () => Promise<void> },
): Promise<Erased> {
  for (let left = mostPauses; ; left -= 1) {
    const erased = await eraseLead(lead, order, tools);
    if (erased.state === 'erased' || left === 0) return erased;
    await tools.pause();
  }
}
const mostPauses = 20;

/** Takes erasures to their end that dead processes left, or that had to wait; and sweeps up behind those that are done. */
export async function finishErasures(tools: EraseTools): Promise<void> {
  const { store, now } = tools;
  for (const note of await store.erasures.due(now())) {
    const [id] = note.leads ?? [];
    const lead = id === undefined ? undefined : await store.leads.byId(id);
    if (note.state === 'erasing' && lead) await takeOut(lead, note, tools);
    else if (note.state === 'erasing') await store.erasures.watch(note.id, 0, now(), now());
    else await sweepUp(note, tools);
  }
}

/** By its ids alone, as nobody knows its address any more. */
async function sweepUp(note: Erasure, tools: EraseTools): Promise<void> {
  const { store } = tools;
  const leads = note.leads ?? [];
  const [messages, enrollments] = await Promise.all([
    store.messages.allOfLeads(leads),
    store.enrollments.ofLeads(leads),
  ]);
  const mails = [...messages.values()].flat();
  const person = {
    leads,
    addresses: [],
    messages: mails.map(({ id }) => id),
    enrollments: [...enrollments.values()].flat().map(({ id }) => id),
    linkSets: mails.flatMap(({ links }) => links ?? []),
    words: [],
  };
  await eraseFrom(inOrder(store.personal), person, note, tools);
  await store.erasures.close(note.id);
}
