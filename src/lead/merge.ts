import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { Enrollment } from '../journey/enrollment.js';
import type { Lead, Suppression } from '../journey/facts.js';
import { unite } from '../journey/unite.js';
import { addressKey, caseOnly, personKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import type { Alias } from '../store/aliases.js';
import { leaveRun } from '../store/make-changes.js';
import type { Store } from '../store/open-store.js';
import { inOrder } from '../store/personal.js';
import { isDuplicate } from '../store/rows.js';
import { findLead } from './person.js';
import { suppress } from './suppress.js';

export type MergeTools = {
  readonly store: Store;
  readonly engine: Engine;
  readonly newId: () => string;
};
export type Merged =
  | { readonly kind: 'merged'; readonly lead: Lead; readonly from: string }
  | { readonly kind: 'missing'; readonly who: string }
  | { readonly kind: 'same' };

/**
 * Makes one lead of two who are the same person: `from` becomes part of `into`, with all that it lived through, and is found by
 * its id and its address as the other from then on. It is noted first, and each step may be done again: what a dead process
 * left of it, `finishMerges` does.
 */
export async function mergeLeads(into: string, from: string, tools: MergeTools): Promise<Merged> {
  const { store, engine } = tools;
  const [lead, other] = [await findLead(into, store), await findLead(from, store)];
  if (!lead || !other) return { kind: 'missing', who: lead ? from : into };
  if (lead.id === other.id) return { kind: 'same' };
  const alias = { id: other.id, lead: lead.id, emailKey: addressKey(other.email), at: engine.now() };
  await store.aliases.note(alias);
  await takeOver(alias, tools);
  return { kind: 'merged', lead: (await store.leads.byId(lead.id)) ?? lead, from: other.id };
}

async function takeOver(alias: Pick<Alias, 'id' | 'lead' | 'at'>, tools: MergeTools): Promise<void> {
  const { store, engine } = tools;
  const { id: from, lead: into } = alias;
  const other = await store.leads.own(from);
  const lead = await store.leads.own(into);
  // Erased meanwhile: what is left of the other went with it.
  if (!lead) return store.aliases.close(from);
  if (other) {
    await takeRuns(from, into, tools);
    await takeSuppressions(lead, other, tools);
    await moveAll(from, into, store);
    await store.leads.absorb(into, from, (one, two) => unite(one, two, engine.project().funnel), engine.now());
    await store.leads.drop(from);
  }
  await moveAll(from, into, store);
  const id = idFrom('lead.merged', into, from);
  const event = { id, type: 'lead.merged', lead: into, at: alias.at, source: 'merge', machine: false, about: from };
  await recordEvent(event, engine);
  await store.aliases.watch(from, new Date(engine.now().getTime() + watchMs));
}

/** What had begun for the merged lead just before comes in within this time. */
const watchMs = 10 * 60_000;

async function moveAll(from: string, into: string, store: Store): Promise<void> {
  for (const { move } of inOrder(store.personal)) await move?.(from, into);
}

/** Runs under way go on as the other's, unless it has been through the sequence itself: nobody gets a series twice. */
async function takeRuns(from: string, into: string, { store, engine, newId }: MergeTools): Promise<void> {
  const runs = await store.enrollments.ofLeads([from, into]);
  const known = new Set((runs.get(into) ?? []).map(placeOf));
  for (const run of (runs.get(from) ?? []).filter(({ status }) => status === 'active')) {
    const isTaken = !known.has(placeOf(run)) && (await takeRun(run, into, { store, engine, newId }));
    if (!isTaken) await leaveRun(run.id, 'merged: the lead has been through it already', store, engine.now(), newId);
  }
}

function placeOf({ sequence, key = '' }: Enrollment): string {
  return JSON.stringify([sequence, key]);
}

/** False when the other has begun one meanwhile. */
async function takeRun(first: Enrollment, into: string, { store, newId }: MergeTools): Promise<boolean> {
  let from: Enrollment | undefined = first;
  while (from && from.status === 'active') {
    const to = { ...from, lead: into, raised: from.raised.map((event) => ({ ...event, lead: into })) };
    try {
      if ((await store.enrollments.save([{ from, to }], newId())).has(from.id)) return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
    from = await store.enrollments.byId(first.id);
  }
  return true;
}

/** What a person said of itself holds for all of its addresses; that a mailbox is dead, for that mailbox alone. */
const ofThePerson: readonly Suppression[] = ['unsubscribed', 'manual', 'complained'];

async function takeSuppressions(lead: Lead, other: Lead, { store, engine }: MergeTools): Promise<void> {
  const looked = await store.suppressions.look(addressKey(other.email));
  const reasons = (looked?.reasons ?? []).filter(({ reason }) => ofThePerson.includes(reason));
  const of = addressKey(lead.email);
  if (reasons.length > 0)
    await suppress(
      reasons.map((one) => ({ ...one, of })),
      { store, engine },
    );
}

/** Takes merges to their end that dead processes left, and gathers up behind the others what was on its way just then. */
export async function finishMerges(tools: MergeTools): Promise<void> {
  const { store, engine } = tools;
  for (const alias of await store.aliases.due(engine.now())) {
    if (alias.state === 'merging') await takeOver(alias, tools);
    else {
      // Of these nobody has drawn the consequences: there was no such lead any more.
      await store.events.reopen(alias.id, alias.lead);
      await moveAll(alias.id, alias.lead, store);
      await store.aliases.close(alias.id);
    }
  }
}

/** Leads that are one person by the rules of the project, the oldest first. */
export type Duplicates = readonly (readonly Lead[])[];

/** Looks through all leads for those who are one person by their addresses. Keeps a hash of each in memory, and nothing else. */
export async function findDuplicates(
  store: Store,
  { sameAddress = caseOnly }: Pick<Project, 'sameAddress'>,
): Promise<Duplicates> {
  const seen = new Map<string, string>();
  const groups = new Map<string, Set<string>>();
  for await (const { id, key } of store.leads.keys()) {
    const shared = idFrom(personKey(key, sameAddress)).slice(0, 16);
    const first = seen.get(shared);
    if (first === undefined) seen.set(shared, id);
    else groups.set(shared, (groups.get(shared) ?? new Set([first])).add(id));
  }
  const found: Lead[][] = [];
  for (const ids of groups.values()) {
    const leads = [...(await store.leads.byIds([...ids])).values()];
    found.push(leads.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1)));
  }
  return found;
}
