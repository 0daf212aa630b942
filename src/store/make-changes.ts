import type { Made, Makeable } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { leave } from '../journey/enrollment.js';
import { rejoined } from '../journey/rejoin.js';
import { addressKey } from '../message/address.js';
import type { Store } from './open-store.js';
import { isDuplicate } from './rows.js';

type Setting = { readonly now: () => Date; readonly newId: () => string };

/** Makes changes: the frequent ones of all events at once, the others one after another. */
export async function makeChanges(made: readonly Made<Makeable>[], store: Store, setting: Setting): Promise<void> {
  const now = setting.now();
  const all = <Kind extends Makeable['kind']>(kind: Kind): readonly Made<Extract<Makeable, { kind: Kind }>>[] =>
    made.flatMap(({ change, event }) => (isOf(change, kind) ? [{ change, event }] : []));
  await store.messages.note(all('mail').map(({ change }) => change));
  await store.leads.changeEntries(new Map(all('score').map(({ change, event }) => [event.lead, change])), now);
  for (const { change, event } of made) if (isRare(change)) await makeChange(change, event, store, setting);
  const awake = all('wake').flatMap(({ change }) => change.enrollments);
  if (awake.length > 0) await store.enrollments.wake(awake, now);
}

function isOf<Kind extends Makeable['kind']>(
  change: Makeable,
  kind: Kind,
): change is Extract<Makeable, { kind: Kind }> {
  return change.kind === kind;
}

type Rare = Exclude<Makeable, { kind: 'mail' | 'score' | 'wake' }>;

function isRare(change: Makeable): change is Rare {
  return change.kind !== 'mail' && change.kind !== 'score' && change.kind !== 'wake';
}

async function makeChange(change: Rare, event: LeadEvent, store: Store, { now, newId }: Setting): Promise<void> {
  switch (change.kind) {
    case 'suppress': {
      const lead = await store.leads.byId(event.lead);
      const { reason, because } = change;
      const entry = { reason, at: event.at, by: event.source, ...(because ? { because } : {}) };
      if (lead && !change.domain) await store.suppressions.add({ of: addressKey(lead.email), ...entry });
      // Calls of its runs end with them; what only tells us of the lead goes on.
      return store.messages.skipOpen({ lead: event.lead }, change.reason, now());
    }
    case 'lift-unsubscribe': {
      const lead = await store.leads.byId(event.lead);
      if (lead) await store.suppressions.liftUnsubscribe(addressKey(lead.email), event.at);
      return;
    }
    case 'lift-soft-bounce': {
      const lead = await store.leads.byId(event.lead);
      const turn = { at: event.at, by: event.source, because: event.type };
      if (lead) await store.suppressions.lift(addressKey(lead.email), turn, ['soft-bounced']);
      return;
    }
    case 'leave':
      return leaveRun(change.enrollment.id, change.because, store, now(), newId);
    case 'enroll':
      await store.enrollments.start(change.enrollment);
      return;
    case 'prefer':
      await store.leads.change(event.lead, change, now());
      return store.messages.rouse(event.lead, now());
    case 'rejoin':
      return rejoinRun(change.enrollment, store, now(), newId);
    case 'join':
    case 'part':
    case 'reach':
    case 'fall':
    case 'stage':
    case 'tag':
    case 'untag':
    case 'fields':
    case 'guess':
    case 'address':
    case 'consent':
    case 'away':
      return store.leads.change(event.lead, change, now());
  }
}

/** Ends a run, whoever else is changing it, and stops its mails that are not yet on their way. */
export async function leaveRun(
  id: string,
  because: string,
  store: Store,
  now: Date,
  newId: () => string,
): Promise<void> {
  for (;;) {
    const enrollment = await store.enrollments.byId(id);
    if (!enrollment || enrollment.status === 'ended') break;
    const left = { from: enrollment, to: leave(enrollment, because, now) };
    if ((await store.enrollments.save([left], newId())).has(id)) break;
  }
  await store.messages.skipOpen({ enrollment: id }, because, now);
  await store.calls.skipOpen({ enrollment: id }, because, now);
}

/** Has a run go on that had ended, unless another one of its sequence has begun meanwhile. */
async function rejoinRun(id: string, store: Store, now: Date, newId: () => string): Promise<void> {
  for (;;) {
    const enrollment = await store.enrollments.byId(id);
    if (!enrollment || enrollment.status === 'active') return;
    const back = { from: enrollment, to: rejoined(enrollment, now) };
    try {
      if ((await store.enrollments.save([back], newId())).has(id)) return;
    } catch (error) {
      if (isDuplicate(error)) return;
      throw error;
    }
  }
}
