import { type Engine, keepEvents } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { visitorEventId, visitorKey } from '../event/site-rules.js';
import { addressKey } from '../message/address.js';
import type { Store } from '../store/open-store.js';
import { grouped } from '../grouping.js';
import type { Visitor, VisitorEvent } from '../store/visitors.js';
import { drawAll } from './draw-all.js';
import { keeperOf, toLeadEvent } from './join-visitor.js';
import type { EventBody } from '../api/event-body.js';
import { keepWaiting, type SiteRefusal } from './site-events.js';

/** What became of an event that was told, `id` being what it is kept under. */
export type ToldEvent =
  | { readonly kind: 'kept'; readonly id: string; readonly isNew: boolean; readonly lead?: string }
  | { readonly kind: 'nobody' }
  | { readonly kind: 'refused'; readonly because: SiteRefusal };

type Place = { readonly store: Store; readonly engine: Engine; readonly newId: () => string };

/** Records what other systems tell, in bulk, and draws every consequence. Of each, in their order, what became of it. */
export async function tellEvents(bodies: readonly EventBody[], place: Place): Promise<readonly ToldEvent[]> {
  const { engine } = place;
  const plans = await planAll(bodies, place);
  const { isNew, open } = await keepEvents(
    plans.flatMap((plan) => (plan.kind === 'record' ? plan.event : [])),
    engine,
  );
  const waiting = await keepAllWaiting(plans, place);
  await drawAll(open, engine);
  const news = isNew.values();
  return plans.map((plan): ToldEvent => {
    if (plan.kind === 'record')
      return { kind: 'kept', id: plan.event.id, isNew: news.next().value === true, lead: plan.event.lead };
    return plan.kind === 'wait' ? { kind: 'kept', id: plan.event.id, isNew: waiting.get(plan) === true } : plan;
  });
}

type Plan =
  | { readonly kind: 'record'; readonly event: LeadEvent }
  | { readonly kind: 'wait'; readonly event: VisitorEvent; readonly visitor: Visitor }
  | Exclude<ToldEvent, { kind: 'kept' }>;

async function planAll(bodies: readonly EventBody[], place: Place): Promise<readonly Plan[]> {
  const { store, engine } = place;
  const [leads, emails] = await Promise.all([
    store.leads.byIds(bodies.flatMap(({ lead }) => lead ?? [])),
    store.leads.idsByEmails(bodies.flatMap(({ email }) => (email === undefined ? [] : addressKey(email)))),
  ]);
  const ofVisitors = new Map<EventBody, Plan>();
  const byVisitor = grouped(
    bodies.filter(({ visitor }) => visitor !== undefined),
    ({ visitor = '' }) => visitor,
  );
  for (const [visitor, own] of byVisitor)
    for (const [body, plan] of await planVisit(visitor, own, place)) ofVisitors.set(body, plan);
  return bodies.map((body): Plan => {
    const { lead = '', email } = body;
    const planned = ofVisitors.get(body);
    if (planned) return planned;
    const id = email === undefined ? leads.get(lead)?.id : emails.get(addressKey(email));
    return id === undefined ? { kind: 'nobody' } : { kind: 'record', event: ofLead(body, id, engine.now(), place) };
  });
}

function ofLead(body: EventBody, lead: string, now: Date, { newId }: Place): LeadEvent {
  const { type, id } = body;
  return { id: id ? idFrom('api', lead, type, id) : newId(), lead, machine: false, ...happening(body, now) };
}

/** What is told of one visitor: its lead's if that is known, else kept for it. */
async function planVisit(
  visitor: string,
  bodies: readonly EventBody[],
  { store, engine, newId }: Place,
): Promise<readonly (readonly [EventBody, Plan])[]> {
  const now = engine.now();
  const key = visitorKey(visitor);
  const { visitor: found, granted } = await store.visitors.touch(key, bodies.length, now);
  const { lead, isHeld } = found;
  const keeper = lead === undefined ? undefined : await keeperOf(lead, store);
  return bodies.map((body, i): readonly [EventBody, Plan] => {
    const { type, id } = body;
    const eventId = visitorEventId(key, 'api', ...(id ? [type, id] : [newId()]));
    const event: VisitorEvent = { id: eventId, ...happening(body, now) };
    if (found.isClosed) return [body, { kind: 'refused', because: 'closed' }];
    if (i >= granted) return [body, { kind: 'refused', because: 'too-many-events' }];
    if (!keeper || isHeld) return [body, { kind: 'wait', event, visitor: found }];
    if (keeper.kind === 'refused') return [body, keeper];
    return [body, { kind: 'record', event: toLeadEvent(event, keeper.lead, now) }];
  });
}

function happening({ type, at, about, data }: EventBody, now: Date) {
  return {
    type,
    at: at && at < now ? at : now,
    source: 'api',
    ...(about ? { about } : {}),
    ...(data ? { data } : {}),
  };
}

/** Keeps what waits for its lead; of each plan, whether its event is new. */
async function keepAllWaiting(plans: readonly Plan[], { store, engine }: Place): Promise<ReadonlyMap<Plan, boolean>> {
  const isNew = new Map<Plan, boolean>();
  const waiting = plans.flatMap((plan) => (plan.kind === 'wait' ? plan : []));
  for (const own of grouped(waiting, ({ visitor }) => visitor.id).values()) {
    const [{ visitor } = { visitor: undefined }] = own;
    if (!visitor) continue;
    const news = await keepWaiting(
      own.map(({ event }) => event),
      visitor,
      { store, engine },
    );
    for (const [i, plan] of own.entries()) isNew.set(plan, news[i] === true);
  }
  return isNew;
}
