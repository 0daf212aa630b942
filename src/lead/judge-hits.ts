import { type Engine, keepEvents } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { companyMs, judge, settleMs } from '../event/machine.js';
import type { KeptHit } from '../store/hits.js';
import type { Message } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import { grouped } from '../grouping.js';
import { drawAll } from './draw-all.js';
import { joinClickers } from './join-visitor.js';

/** Hits in one round, of which each mail's are read with their company. */
const roundSize = 500;
/** Mails that are judged at the same time, and hits of one mail in a round: the rest is for the next. */
const atOnce = 10;
const mostOfMail = 200;
/** When hits of a mail that could not be judged are looked at again. */
const laterMs = 2 * 60_000;
/** How long judged hits stay: beyond being company they only serve to look into what was judged. */
const keptMs = 86_400_000;

/**
 * Judges the hits that have waited long enough for their company, and records them as opened and clicked, a person's or a
 * machine's; then whose click it was is known, and so whose visit. Made again after a crash it comes to the same: an event has
 * its id from mail, link and minute. Answers how many events were new.
 */
export async function judgeHits(store: Store, engine: Engine): Promise<number> {
  await store.hits.written();
  let recorded = 0;
  for (;;) {
    const due = await store.hits.due(engine.now(), roundSize);
    if (due.length > 0) recorded += await judgeRound(due, store, engine);
    if (due.length < roundSize) break;
  }
  await joinClickers({ store, engine });
  return recorded;
}

/** Forgets hits that were judged a day ago, with what was kept of addresses and names of programs. */
export async function forgetHits(store: Store, engine: Engine): Promise<void> {
  await store.hits.forget(new Date(engine.now().getTime() - keptMs));
}

async function judgeRound(due: readonly KeptHit[], store: Store, engine: Engine): Promise<number> {
  const mails = [...grouped(due, ({ message }) => message)];
  const judged: Judged[] = [];
  for (let i = 0; i < mails.length; i += atOnce)
    judged.push(
      ...(await Promise.all(
        mails.slice(i, i + atOnce).map(([id, own]) => judgeOrPostpone(id, own.slice(0, mostOfMail), store, engine)),
      )),
    );
  const events = judged.flatMap((one) => one.events);
  const settled = judged.flatMap((one) => one.settled);
  const machines = judged.flatMap((one) => one.machines);
  return recordAll({ events, settled, machines }, store, engine);
}

/** `machines`: of the settled hits those that are no person's. */
type Judged = {
  readonly events: readonly LeadEvent[];
  readonly settled: readonly string[];
  readonly machines: readonly string[];
};

/** One mail that cannot be judged keeps no other from it. */
async function judgeOrPostpone(id: string, own: readonly KeptHit[], store: Store, engine: Engine): Promise<Judged> {
  const settled = own.map((hit) => hit.id);
  try {
    return { ...(await judgeMail(id, own, store, engine)), settled };
  } catch (cause) {
    engine.onFault(new Error(`the hits of mail ${id} cannot be judged`, { cause }));
    await store.hits.postpone(settled, new Date(engine.now().getTime() + laterMs));
    return { events: [], settled: [], machines: [] };
  }
}

/** Kept first, then settled: what a process leaves between the two is judged again, and its consequences are drawn by another. */
async function recordAll({ events, settled, machines }: Judged, store: Store, engine: Engine): Promise<number> {
  // Of what came twice within its minute the first tells more.
  const once = [...new Map(events.toReversed().map((event) => [event.id, event])).values()].toReversed();
  const { isNew, open } = await keepEvents(once, engine);
  await store.messages.noteMachines(once.filter(({ machine }) => machine));
  await store.hits.settle(settled, machines);
  await drawAll(open, engine);
  return isNew.filter(Boolean).length;
}

/** What the due hits of one mail were, told with all that came around them. */
async function judgeMail(
  id: string,
  due: readonly KeptHit[],
  store: Store,
  engine: Engine,
): Promise<Pick<Judged, 'events' | 'machines'>> {
  const message = await store.messages.byId(id);
  // Erased meanwhile, or never one of this database: there is nobody whose it could be.
  if (!message) return { events: [], machines: [] };
  const times = due.map(({ at }) => at.getTime());
  const [from, until] = [new Date(Math.min(...times) - companyMs), new Date(Math.max(...times) + settleMs)];
  const [company, links, deliveredAt] = await Promise.all([
    store.hits.ofMail(id, from, until),
    message.links ? store.linkSets.byId(message.links) : [],
    deliveredAtOf(message, store),
  ]);
  const targets = links ?? [];
  const hits = [...new Map([...company, ...due].map((hit) => [hit.id, hit])).values()];
  const acceptedAt = message.attempts.findLast(({ outcome }) => outcome === 'accepted')?.at;
  const found = judge(hits, { acceptedAt, deliveredAt, links: targets.length });
  const isDue = new Set(due.map((hit) => hit.id));
  const judged = hits.filter((hit) => isDue.has(hit.id));
  const { website } = engine.project().brand;
  return {
    events: judged.map((hit) => eventOf(hit, message, targets, found.get(hit), website)),
    machines: judged.filter((hit) => found.has(hit)).map((hit) => hit.id),
  };
}

async function deliveredAtOf({ id, lead }: Message, store: Store): Promise<Date | undefined> {
  const delivered = (await store.events.ofLeads([lead], ['delivered'])).get(lead) ?? [];
  return delivered.find(({ message }) => message === id)?.at;
}

/** Mail programs fetch twice what a person opened once: within a minute it is one event, and a machine's another. */
function eventOf(
  hit: KeptHit,
  { id: message, lead, enrollment, sequence, step }: Message,
  targets: readonly string[],
  evidence: readonly string[] | undefined,
  website: string,
): LeadEvent {
  const type = hit.kind === 'open' ? 'opened' : 'clicked';
  const about = hit.kind === 'trap' ? website : hit.link === undefined ? undefined : targets[hit.link];
  const parts = [
    message,
    ...(hit.kind === 'open' ? [] : [String(hit.link ?? hit.kind)]),
    hit.at.toISOString().slice(0, 16),
  ];
  return {
    id: idFrom(type, ...parts, ...(evidence ? ['machine'] : [])),
    type,
    lead,
    at: hit.at,
    source: 'mail',
    machine: evidence !== undefined,
    ...(evidence ? { evidence } : {}),
    message,
    enrollment,
    sequence,
    step,
    ...(about ? { about } : {}),
  };
}
