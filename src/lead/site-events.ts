import { keepEvents } from '../engine.js';
import type { EventValue } from '../event/lead-event.js';
import { timeOf, visitorEventId, visitorKey } from '../event/site-rules.js';
import type { Click } from '../message/visit-ticket.js';
import type { Visitor, VisitorEvent } from '../store/visitors.js';
import { drawAll } from './draw-all.js';
import { bringWaiting, keeperOf, showTicket, toLeadEvent, type Tools } from './join-visitor.js';

/** Something that happened on a page, as its script tells it: how long ago, for clocks of browsers are off. */
export type SiteEvent = {
  readonly id: string;
  readonly type: string;
  readonly about: string;
  readonly agoMs: number;
  readonly data?: Readonly<Record<string, EventValue>>;
};

/** What a page tells at one time. */
export type SiteCall = {
  readonly visitor: string;
  readonly events: readonly SiteEvent[];
  /** The click in a mail that opened the page. */
  readonly click?: Click;
  /** What tells that a machine reads the page. */
  readonly evidence?: readonly string[];
};

/** Why events of a call are not kept. */
export type SiteRefusal = 'machine' | 'too-many-visitors' | 'too-many-events' | 'no-consent' | 'no-lead' | 'closed';

/** What came of it: how many events are kept, as new or known before; and why the others are not. */
export type SiteAnswer = { readonly kept: number; readonly refused: number; readonly because?: SiteRefusal };

/**
 * Takes in what a page tells: of a visitor whose lead is known as that lead's events, of any other until it is. Told again,
 * it counts once, also when the lead became known meanwhile. `mayBegin`: whether one more visitor may be made where it
 * comes from.
 */
export async function takeSiteCall(call: SiteCall, mayBegin: () => boolean, tools: Tools): Promise<SiteAnswer> {
  const { store, engine } = tools;
  const id = visitorKey(call.visitor);
  const known = await store.visitors.byId(id);
  // Crawlers run scripts too, and come as another visitor each time: nobody will ever ask for what they did.
  if (call.evidence && (known?.lead === undefined || known.isHeld)) return refusing(call, 'machine');
  if (!known && !mayBegin()) return refusing(call, 'too-many-visitors');
  if (call.click && !call.evidence) await showTicket(known ?? { id }, call.click, tools);

  const now = engine.now();
  const { visitor, granted } = await store.visitors.touch(id, call.events.length, now);
  if (visitor.isClosed) return refusing(call, 'closed');
  const events = call.events.slice(0, granted).map((event) => toVisitorEvent(event, visitor, now));
  const because = await keep(events, visitor, call.evidence, tools);
  if (because) return refusing(call, because);
  const refused = call.events.length - granted;
  return { kept: granted, refused, ...(refused > 0 ? { because: 'too-many-events' } : {}) };
}

function refusing({ events }: SiteCall, because: SiteRefusal): SiteAnswer {
  return { kept: 0, refused: events.length, because };
}

function toVisitorEvent({ agoMs, id, ...event }: SiteEvent, visitor: Visitor, now: Date): VisitorEvent {
  const source = 'site';
  return { ...event, id: visitorEventId(visitor.id, source, id), source, at: timeOf(agoMs, visitor.firstAt, now) };
}

async function keep(
  events: readonly VisitorEvent[],
  visitor: Visitor,
  evidence: readonly string[] | undefined,
  tools: Tools,
): Promise<SiteRefusal | undefined> {
  const { store, engine } = tools;
  if (events.length === 0) return undefined;
  if (visitor.lead === undefined || visitor.isHeld) {
    await keepWaiting(events, visitor, tools);
    return undefined;
  }
  const keeper = await keeperOf(visitor.lead, store);
  if (keeper.kind === 'refused') return keeper.because;
  const now = engine.now();
  const { open } = await keepEvents(
    events.map((event) => ({
      ...toLeadEvent(event, keeper.lead, now),
      ...(evidence ? { machine: true, evidence } : {}),
    })),
    engine,
  );
  await drawAll(open, engine);
  return undefined;
}

/** Keeps events of a visitor until its lead is known; of each, whether it is new. */
export async function keepWaiting(
  events: readonly VisitorEvent[],
  visitor: Visitor,
  tools: Tools,
): Promise<readonly boolean[]> {
  const { store, engine } = tools;
  const isNew = await store.visitors.keep(visitor, events, engine.now());
  // Whoever joined the visitor meanwhile may have looked before these were there.
  const now = await store.visitors.byId(visitor.id);
  if (now?.lead !== undefined && !now.isHeld) await bringWaiting(now, tools);
  return isNew;
}

/** Forgets visitors whom nobody will come back for, with what they did, and what is beside them. */
export async function forgetVisits({ store, engine }: Tools): Promise<void> {
  const now = engine.now();
  await store.visitors.clear(now);
  await store.visitTickets.clear(now);
  await store.siteCounts.clear(now);
}
