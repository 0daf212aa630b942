import { type Engine, recordEvent } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { fieldOf, type Lead } from '../journey/facts.js';
import { type HandedOver, type HandOverState, handOverOf } from '../sales/standing.js';
import { addressKey } from '../message/address.js';
import { ownerField } from '../sequence/sales-file.js';
import type { Store } from '../store/open-store.js';

/**
 * Gives a lead to a colleague by hand. Undefined when it is theirs already. Told twice at the same instant it is one event:
 * its id comes from whose the lead was before.
 */
export async function assignOwner(
  lead: Lead,
  owner: string,
  {
    by,
    engine,
    store,
  }: { readonly by: string; readonly engine: Engine; readonly store: Pick<Store, 'events' | 'leads'> },
): Promise<LeadEvent | undefined> {
  const type = 'owner.assigned';
  const last = (await store.events.ofLeads([lead.id], [type])).get(lead.id)?.at(-1);
  // It may be this very moment that somebody else does the same, or was about to when it died: then that is done first.
  if (last?.about === owner) await recordEvent(last, engine);
  const before = fieldOf((await store.leads.byId(lead.id)) ?? lead, ownerField);
  if (before === owner) return undefined;
  const id = idFrom(type, lead.id, owner, String(before ?? ''), last?.id ?? '');
  const event = { id, type, about: owner, lead: lead.id, at: engine.now(), source: 'sales' };
  const told = { ...event, machine: false, why: `by hand: ${by}`, data: { by } };
  await recordEvent(told, engine);
  return told;
}

/** A lead that was handed over, with whom it belongs to now. */
export type SalesCase = HandedOver & { readonly who: Lead; readonly ownedBy: string };

/** How many leads an owner has been given, and how it stands with them. */
export type OwnerCount = Readonly<Record<HandOverState | 'won' | 'given', number>> & { readonly owner: string };

/** Leads that are looked up in one go. */
const together = 500;

/** The leads that were handed over since a day, of each its last hand-over, the newest first. */
export async function salesCases(since: Date, store: Pick<Store, 'events' | 'leads'>): Promise<readonly SalesCase[]> {
  const ids = await store.events.leadsHandedOver(since);
  const cases: SalesCase[] = [];
  for (let at = 0; at < ids.length; at += together) cases.push(...(await casesOf(ids.slice(at, at + together), store)));
  return cases;
}

export type Wanted = { readonly owner?: string | undefined; readonly isWaiting?: boolean | undefined };

/** Those of one owner, or of whom nobody has answered yet. */
export function wantedAmong(cases: readonly SalesCase[], { owner, isWaiting }: Wanted): readonly SalesCase[] {
  const key = owner === undefined ? undefined : addressKey(owner);
  return cases.filter(
    ({ ownedBy, state }) => (key === undefined || addressKey(ownedBy) === key) && (!isWaiting || state === 'waiting'),
  );
}

async function casesOf(ids: readonly string[], store: Pick<Store, 'events' | 'leads'>): Promise<readonly SalesCase[]> {
  const [events, leads] = await Promise.all([
    store.events.ofLeads(ids, ['handed-over', 'sales.answered']),
    store.leads.byIds(ids),
  ]);
  return ids.flatMap((id): readonly SalesCase[] => {
    const who = leads.get(id);
    const one = handOverOf(events.get(id) ?? []);
    // A lead that is erased while this is read is nobody's any more.
    return who && one ? [{ ...one, who, ownedBy: String(fieldOf(who, ownerField) ?? one.owner) }] : [];
  });
}

/** The same counted by owner, the one with most that wait first. */
export function countsByOwner(cases: readonly SalesCase[]): readonly OwnerCount[] {
  const none = { given: 0, waiting: 0, active: 0, closed: 0, won: 0 };
  const counts = new Map<string, OwnerCount>();
  for (const { ownedBy: owner, state, answer } of cases) {
    const so = counts.get(owner) ?? { owner, ...none };
    const won = so.won + (answer?.answer === 'won' ? 1 : 0);
    counts.set(owner, { ...so, given: so.given + 1, [state]: so[state] + 1, won });
  }
  return [...counts.values()].toSorted((a, b) => b.waiting - a.waiting || (a.owner < b.owner ? -1 : 1));
}
