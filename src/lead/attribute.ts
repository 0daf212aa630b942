import { type Engine, keepEvents } from '../engine.js';
import type { ProviderEvent } from '../event/canonical.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { machineBehind } from '../event/machine.js';
import type { Machines } from '../event/machine-rule.js';
import type { Mailed } from '../store/message-row.js';
import type { Store } from '../store/open-store.js';
import type { EventCounts } from '../store/provider-calls.js';
import { drawAll } from './draw-all.js';
import { asMeant, type Owner, type OwnerRules, ownersOf } from './owners.js';

/** How many of a batch were new, known before, about nobody we know, or nothing to act on. */
export type Attribution = EventCounts;

/** What became of one event: whose it was, if anybody's. */
export type Fate = {
  readonly kind: keyof Attribution;
  readonly event: ProviderEvent;
  /** As it was, or is already, recorded. */
  readonly recorded?: LeadEvent;
};

/** What keeping events came to, of each in their order. `open`: what has consequences that are still to be drawn. */
export type KeptEvents = { readonly fates: readonly Fate[]; readonly open: readonly LeadEvent[] };

/** Events in one write: a provider's largest batch, and far from what one command of MongoDB may hold. */
const batchSize = 1000;

/** Gives provider events to the mails and leads they are about, records them and draws every consequence. */
export async function recordProviderEvents(
  source: string,
  events: readonly ProviderEvent[],
  store: Store,
  engine: Engine,
  rules: OwnerRules = {},
): Promise<Attribution> {
  const { fates, open } = await keepProviderEvents(source, events, { store, engine, rules });
  await drawAll(open, engine);
  return countsOf(fates);
}

/** How many there were of each kind. */
export function countsOf(fates: readonly Fate[]): Attribution {
  const counts = { recorded: 0, known: 0, stray: 0, ignored: 0 };
  for (const { kind } of fates) counts[kind] += 1;
  return counts;
}

/** Where events are kept, and how they are given to leads. */
export type Place = { readonly store: Store; readonly engine: Engine; readonly rules?: OwnerRules };

/** Gives provider events to the mails and leads they are about, and keeps them in bulk. What belongs to nobody is kept apart. */
export async function keepProviderEvents(
  source: string,
  events: readonly ProviderEvent[],
  place: Place,
): Promise<KeptEvents> {
  const meant = events.map((event) => asMeant(event, place.rules));
  const kept: KeptEvents[] = [];
  for (let start = 0; start < meant.length; start += batchSize)
    kept.push(await keepBatch(source, meant.slice(start, start + batchSize), place));
  return { fates: kept.flatMap(({ fates }) => fates), open: kept.flatMap(({ open }) => open) };
}

/** What would become of events, each by itself; nothing is written. */
export async function foreseeProviderEvents(
  source: string,
  told: readonly ProviderEvent[],
  { store, engine, rules }: Place,
): Promise<readonly Fate[]> {
  const events = told.map((event) => asMeant(event, rules));
  const now = engine.now();
  const day = { now, machines: engine.project().machines };
  const foreseen = toldBy(source, events, await ownersOf(events, store, now, rules), day);
  const known = await store.events.keptAmong(foreseen.flatMap((one) => one?.id ?? []));
  return events.map((event, i) => fateOf(event, foreseen[i], !known.has(foreseen[i]?.id ?? '')));
}

async function keepBatch(
  source: string,
  events: readonly ProviderEvent[],
  { store, engine, rules }: Place,
): Promise<KeptEvents> {
  const now = engine.now();
  const owners = await ownersOf(events, store, now, rules);
  const told = toldBy(source, events, owners, { now, machines: engine.project().machines });
  const unproven = owners.flatMap(({ message }) => (message?.state === 'uncertain' ? message.id : []));
  const strays = events.flatMap((event, i) => (told[i] ? [] : toStray(source, event)));
  const [{ isNew, open }] = await Promise.all([
    keepEvents(
      told.flatMap((one) => one ?? []),
      engine,
      unproven,
    ),
    store.strays.keep(strays, now),
    store.messages.noteMachines(told.flatMap((one) => (one?.machine ? one : []))),
  ]);
  const news = isNew.values();
  const fates = events.map((event, i) => fateOf(event, told[i], told[i] !== undefined && news.next().value === true));
  // In the order in which they happened, as far as it is known.
  return { fates, open: open.toSorted((a, b) => a.at.getTime() - b.at.getTime()) };
}

/** The events as they are recorded; of those that belong to nobody, none. */
function toldBy(
  source: string,
  events: readonly ProviderEvent[],
  owners: readonly Owner[],
  day: Day,
): readonly (LeadEvent | undefined)[] {
  return events.map((event, i) => {
    const { lead, message } = owners[i] ?? {};
    return lead === undefined ? undefined : toLeadEvent(source, event, { lead, message }, day);
  });
}

function fateOf(event: ProviderEvent, recorded: LeadEvent | undefined, isNew: boolean): Fate {
  if (recorded) return { kind: isNew ? 'recorded' : 'known', event, recorded };
  return { kind: event.type === 'ignored' ? 'ignored' : 'stray', event };
}

function toStray(source: string, { type, word, dedupeKey }: ProviderEvent) {
  return { id: idFrom(source, dedupeKey), type, source, ...(word ? { word } : {}) };
}

/** Characters of what people write, of what servers answer, and of addresses of the web: what is beyond them nobody reads. */
const longest = { reply: 20_000, reason: 500, url: 2000 } as const;

type LeadsOwn = { readonly lead: string; readonly message: Mailed | undefined };

/** When it is, and by what machines are known. */
type Day = { readonly now: Date; readonly machines: Machines };

function toLeadEvent(
  source: string,
  event: ProviderEvent,
  { lead, message }: LeadsOwn,
  { now, machines }: Day,
): LeadEvent {
  // A clock ahead of ours must not give points that have not begun to count.
  const at = event.at && event.at < now ? event.at : now;
  const why = event.reply?.text.slice(0, longest.reply) || event.reason?.slice(0, longest.reason);
  return {
    id: idFrom(source, event.dedupeKey),
    type: event.type,
    lead,
    at,
    source,
    ...doneBy(source, event, machines),
    ...(message
      ? { message: message.id, enrollment: message.enrollment, sequence: message.sequence, step: message.step }
      : {}),
    ...(event.url ? { about: event.url.slice(0, longest.url) } : {}),
    ...(event.hard === undefined ? {} : { hard: event.hard }),
    ...(why ? { why } : {}),
    ...(event.returnsAt ? { data: { returnsAt: event.returnsAt.toISOString() } } : {}),
  };
}

const visits: ReadonlyMap<string, 'open' | 'click'> = new Map([
  ['opened', 'open'],
  ['clicked', 'click'],
]);

/** Whether a machine did it, and what tells so: the provider, or the name and network of the program. */
function doneBy(
  source: string,
  { type, machine, userAgent, ip }: ProviderEvent,
  machines: Machines,
): Pick<LeadEvent, 'machine' | 'evidence'> {
  const visit = { ...(userAgent ? { userAgent } : {}), ...(ip ? { ip } : {}) };
  const kind = visits.get(type);
  const behind = kind && machineBehind({ kind, ...visit }, machines);
  const evidence = [...(machine ? [`${source} says that a machine did it`] : []), ...(behind ?? [])];
  return evidence.length > 0 ? { machine: true, evidence } : { machine: false };
}
