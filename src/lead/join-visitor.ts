import { type Engine, keepEvents } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { settleMs } from '../event/machine.js';
import { isLate, isVisitor, visitorKey } from '../event/site-rules.js';
import type { Lead } from '../journey/facts.js';
import { addressKey } from '../message/address.js';
import type { Click } from '../message/visit-ticket.js';
import type { Store } from '../store/open-store.js';
import type { ShownTicket } from '../store/visit-tickets.js';
import type { Visitor, VisitorEvent } from '../store/visitors.js';
import { drawAll } from './draw-all.js';

export type Tools = { readonly store: Store; readonly engine: Engine };

/**
 * What became of joining a visitor with a lead. `joined`: it was nobody's, and all that it did is the lead's. `known`: it is
 * this lead's already. `begun`: it was another lead's, whose past stays its own; what comes from now on is this lead's.
 */
export type Joined =
  | { readonly kind: 'joined' | 'known' | 'begun' }
  | { readonly kind: 'refused'; readonly because: 'no-visitor' | 'no-lead' | 'no-consent' };

/**
 * Joins a browser with the lead that is known to sit at it: by a form that it filled in, or a click in its mail. Several
 * people may share a browser. Whoever was identified last sits there now; what the browser did before stays with whoever it
 * was known as then, for nobody's visits may become somebody else's. Done again, it changes nothing.
 */
export async function joinVisitor(visitor: string | undefined, lead: string, tools: Tools): Promise<Joined> {
  if (visitor === undefined || !isVisitor(visitor)) return { kind: 'refused', because: 'no-visitor' };
  return join(visitorKey(visitor), lead, tools);
}

async function join(id: string, lead: string, tools: Tools): Promise<Joined> {
  const { store, engine } = tools;
  const keeper = await keeperOf(lead, store);
  // It is theirs all the same, and so nothing of it is kept for anybody.
  if (keeper.kind === 'refused' && keeper.because === 'no-consent') await store.visitors.close(id, engine.now());
  if (keeper.kind === 'refused') return keeper;
  for (;;) {
    const joined = await tryToJoin(id, keeper.lead, tools);
    if (joined) return joined;
  }
}

/** Undefined when somebody else joined the visitor at the same time. */
async function tryToJoin(id: string, lead: string, tools: Tools): Promise<Joined | undefined> {
  const { store, engine } = tools;
  const visitor = await store.visitors.byId(id);
  const was = visitor?.lead;
  if (was === lead) {
    if (visitor?.isHeld) await release(visitor, tools);
    return { kind: 'known' };
  }
  // What was told before the other one sat down is the first one's; what has been held since then is not.
  if (visitor && !visitor.isHeld) await bringWaiting(visitor, tools);
  const joined =
    was === undefined
      ? await store.visitors.take(id, lead, engine.now())
      : await store.visitors.pass({ id, from: was, to: lead }, engine.now());
  if (!joined) return undefined;
  await bringWaiting(joined, tools);
  return { kind: was === undefined ? 'joined' : 'begun' };
}

/** The lead as whose events those of a browser may be kept, or why they may not. */
export type Keeper =
  | { readonly kind: 'kept'; readonly lead: string }
  | { readonly kind: 'refused'; readonly because: 'no-lead' | 'no-consent' };

/** Whose a browser's events are, given the lead that it was joined with: that one may be another's part by now. */
export async function keeperOf(id: string, store: Store): Promise<Keeper> {
  const lead = await store.leads.byId(id);
  if (!lead) return { kind: 'refused', because: 'no-lead' };
  return (await mayBeWatched(lead, store))
    ? { kind: 'kept', lead: lead.id }
    : { kind: 'refused', because: 'no-consent' };
}

async function mayBeWatched({ consent, email }: Lead, store: Store): Promise<boolean> {
  const tracking = consent.purposes?.['tracking'];
  if (consent.status === 'denied' || (tracking && tracking.status !== 'granted')) return false;
  // Whoever objects to marketing objects to being watched for it (GDPR Art. 21 (2) and (3)).
  const reasons = (await store.suppressions.look(addressKey(email)))?.reasons ?? [];
  return !reasons.some(({ reason }) => objections.includes(reason));
}

const objections: readonly string[] = ['unsubscribed', 'complained'];

/**
 * Makes what waits for a visitor's lead events of that lead, with their own times and ids. First kept, then dropped, and
 * then their consequences drawn: what a process leaves undone, "finish events" and `joinLeftBehind` take up.
 */
export async function bringWaiting(
  visitor: Pick<Visitor, 'id' | 'lead' | 'joinedAt'>,
  { store, engine }: Tools,
): Promise<void> {
  const { id, lead, joinedAt } = visitor;
  const waiting = await store.visitors.waiting(id);
  if (lead === undefined || waiting.length === 0) return;
  const keeper = await keeperOf(lead, store);
  // Late by when it was joined, and not by now: brought a second time, it comes to the same.
  const knownAt = joinedAt ?? engine.now();
  const events = keeper.kind === 'kept' ? waiting.map((event) => toLeadEvent(event, keeper.lead, knownAt)) : [];
  const { open } = await keepEvents(events, engine);
  await store.visitors.drop(waiting.map((event) => event.id));
  await drawAll(open, engine);
}

/** What a visitor did, as something that its lead did; `knownAt` is when that became known. */
export function toLeadEvent(event: VisitorEvent, lead: string, knownAt: Date): LeadEvent {
  return { ...event, lead, machine: false, ...(isLate(event.at, knownAt) ? { late: true } : {}) };
}

/** It is the same person after all: what was held is theirs. */
async function release(visitor: Visitor, tools: Tools): Promise<void> {
  await tools.store.visitors.hold(visitor.id, false);
  await bringWaiting(visitor, tools);
}

/**
 * Notes that a page was opened by a click in a mail, which is judged half a minute after it was made. If it is another
 * lead's mail than the browser's, somebody else may sit there now: what it tells waits until that is known.
 */
export async function showTicket(
  visitor: Pick<Visitor, 'id' | 'lead' | 'joinedAt' | 'isHeld'>,
  click: Click,
  tools: Tools,
): Promise<void> {
  const { store } = tools;
  const message = await store.messages.byId(click.message);
  // What goes to somebody else, as to the colleague who looks after the lead, is no proof of who clicks in it.
  if (!message || message.to !== undefined) return;
  if (visitor.lead !== undefined && visitor.lead !== message.lead && !visitor.isHeld) {
    await bringWaiting(visitor, tools);
    await store.visitors.hold(visitor.id, true);
  }
  await store.visitTickets.show(visitor.id, click, new Date(click.at.getTime() + settleMs));
}

/** Tickets in one round. */
const roundSize = 200;
/** A click that nobody knows of after so long was never kept: the database was away when it was made. */
const unheardMs = 10 * 60_000;

/** Joins the browsers whose click was a person's; one that a machine made joins nobody, whatever ran the script. */
export async function joinClickers(tools: Tools): Promise<void> {
  const { store, engine } = tools;
  const due = await store.visitTickets.due(engine.now(), roundSize);
  const decided: string[] = [];
  for (const ticket of due) if (await decide(ticket, tools)) decided.push(ticket.id);
  await store.visitTickets.settle(decided);
}

/** Whether it is decided. */
async function decide({ visitor, ...ticket }: ShownTicket, tools: Tools): Promise<boolean> {
  const { store } = tools;
  const verdict = await verdictOf(ticket, tools);
  if (verdict === 'open') return false;
  const message = await store.messages.byId(ticket.message);
  if (verdict === 'person' && message) await join(visitor, message.lead, tools);
  const now = await store.visitors.byId(visitor);
  if (now?.isHeld) await release(now, tools);
  return true;
}

/** Who made the click of a ticket, by all requests for its link in that second: programs ask twice what is kept once. */
async function verdictOf(
  { message, link, at }: Click,
  { store, engine }: Tools,
): Promise<'person' | 'machine' | 'open'> {
  const second = Math.floor(at.getTime() / 1000) * 1000;
  const around = await store.hits.ofMail(message, new Date(second), new Date(second + 999));
  const own = around.filter((hit) => hit.kind === 'click' && hit.link === link);
  if (own.some(({ dueAt }) => dueAt !== undefined)) return 'open';
  if (own.length > 0) return own.some(({ isMachine }) => isMachine) ? 'machine' : 'person';
  return engine.now().getTime() - at.getTime() > unheardMs ? 'machine' : 'open';
}

/** A joining is over by then, and so is every call that had not heard of it. */
const overMs = 60_000;

/** Takes up what a dead process left of joinings. */
export async function joinLeftBehind(tools: Tools): Promise<void> {
  const { store, engine } = tools;
  for (const visitor of await store.visitors.leftBehind(new Date(engine.now().getTime() - overMs), roundSize)) {
    await bringWaiting(visitor, tools);
    await store.visitors.settle(visitor.id);
  }
}
