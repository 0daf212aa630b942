import { inBatches } from '../grouping.js';
import type { ConsentStatus, Facts, Lead, Suppression } from '../journey/facts.js';
import { wordsIn } from '../journey/search-words.js';
import { addressKey } from '../message/address.js';
import { factsOf } from '../store/engine-store.js';
import type { By, Place, Sort, Span } from '../store/lead-search.js';
import { type MemberTools, segmentAsked } from './members.js';

/** Which leads are meant; what is left out is not asked. All of it has to hold. */
export type Wanted = {
  /** Beginnings of words of the address or the name. */
  readonly text?: string | undefined;
  readonly segment?: string | undefined;
  readonly stage?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly scoreFrom?: number | undefined;
  readonly scoreTo?: number | undefined;
  readonly consent?: ConsentStatus | undefined;
  /** "yes": whatever the reason. */
  readonly suppressed?: 'yes' | 'no' | Suppression | undefined;
};

type Query = Readonly<Record<string, unknown>>;
/** What the database is asked, and who of those that it finds is meant. `isExact`: all of them. */
export type Asked = {
  readonly query: Query;
  /** By which index it is looked for; undefined: by the one of the order. */
  readonly by: By | undefined;
  readonly isExact: boolean;
  readonly meant: (leads: readonly Lead[]) => Promise<readonly Facts[]>;
};

/** Leads that are looked through for one page, or one count, where the database cannot tell alone who is meant. */
const mostLooked = 2000;
const batchSize = 250;

/** Who is meant, as a question to the database; undefined where the segment is none. */
export function asked(wanted: Wanted, tools: MemberTools): Asked | undefined {
  const segment = wanted.segment === undefined ? undefined : segmentAsked(wanted.segment, tools);
  if (wanted.segment !== undefined && !segment) return undefined;
  const parts = [...rowQueries(wanted), ...(segment ? [segment.query] : [])];
  const everyFact = async (leads: readonly Lead[]): Promise<readonly Facts[]> =>
    leads.map((lead) => factsOf({ lead }, tools.store, tools));
  return {
    query: parts.length > 0 ? { $and: parts } : {},
    by: indexFor(wanted),
    isExact: (segment?.isExact ?? true) && wanted.suppressed === undefined,
    meant: async (leads) => {
      const members = segment && !segment.isExact ? await segment.membersOf(leads) : await everyFact(leads);
      return (await withSuppression(members, tools)).filter(({ suppression }) => fits(wanted.suppressed, suppression));
    },
  };
}

/**
 * The one that narrows it down most. A stage holds so many that those of its highest score are found faster by the score; and
 * what a segment asks of the rows may be what an index is made of, too.
 */
function indexFor({ text, tag, stage, segment }: Wanted): By | undefined {
  if (segment !== undefined) return undefined;
  if (wordsIn(text ?? '').length > 0) return 'words';
  if (tag && tag.length > 0) return 'tag';
  return stage === undefined ? undefined : 'stage';
}

function fits(wanted: Wanted['suppressed'], suppression: Suppression | undefined): boolean {
  if (wanted === undefined) return true;
  if (wanted === 'yes') return suppression !== undefined;
  return wanted === 'no' ? suppression === undefined : suppression === wanted;
}

async function withSuppression(all: readonly Facts[], { store }: MemberTools): Promise<readonly Facts[]> {
  const keyed = all.map((facts) => ({ facts, key: addressKey(facts.lead.email) }));
  const found = await store.suppressions.ofMany(keyed.map(({ key }) => key));
  return keyed.map(({ facts, key }) => {
    const suppression = found.get(key);
    return suppression ? { ...facts, suppression } : facts;
  });
}

function rowQueries({ text, stage, tag = [], scoreFrom, scoreTo, consent }: Wanted): readonly Query[] {
  const words = wordsIn(text ?? '').slice(0, 6);
  const range = {
    ...(scoreFrom === undefined ? {} : { $gte: scoreFrom }),
    ...(scoreTo === undefined ? {} : { $lte: scoreTo }),
  };
  return [
    ...firstByIndex(
      words.toSorted((a, b) => b.length - a.length),
      {
        byIndex: (word) => ({ 'sought.words': { $regex: `^${escaped(word)}` } }),
        beside: (word) => ({ $expr: { $in: [0, beginnings(word)] } }),
      },
    ),
    ...(stage === undefined ? [] : [{ stage }]),
    ...firstByIndex(tag, {
      byIndex: (one) => ({ tags: one }),
      beside: (one) => ({ $expr: { $in: [{ $literal: one }, '$tags'] } }),
    }),
    ...(Object.keys(range).length > 0 ? [{ 'sought.score': range }] : []),
    ...(consent === undefined ? [] : [{ 'consent.status': consent }]),
  ];
}

type Ways = { readonly byIndex: (word: string) => Query; readonly beside: (word: string) => Query };

/** The first of several words is looked up in an index, the others in what that finds: of two ways to begin the planner would have to choose. */
function firstByIndex([first, ...rest]: readonly string[], { byIndex, beside }: Ways): readonly Query[] {
  return first === undefined ? [] : [byIndex(first), ...rest.map(beside)];
}

/** Where a text stands in each of a lead's words; 0 is its beginning. */
function beginnings(text: string): Query {
  return { $map: { input: { $ifNull: ['$sought.words', []] }, in: { $indexOfCP: ['$$this', { $literal: text }] } } };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

export type Page = { readonly items: readonly Facts[]; readonly next: Place | undefined };
export type PageAsk = { readonly sort: Sort; readonly limit: number; readonly after?: Place | undefined };

/**
 * A page of those who are meant. Where each has to be looked at, it looks at so many at most: the page may be shorter than
 * asked for, or empty, and still have a next one.
 */
export async function searchLeads(
  { query, by = 'newest', isExact, meant }: Asked,
  { sort, limit, after }: PageAsk,
  { store }: MemberTools,
): Promise<Page> {
  const items: Facts[] = [];
  let [looked, last]: [number, Place | undefined] = [0, after];
  const step = isExact ? limit + 1 : batchSize;
  const isByOrder = sort === 'score' && (by === 'newest' || by === 'stage');
  const order = { sort, by: isByOrder ? ('score' as const) : by, after };
  for await (const places of inBatches(store.leadSearch.places(query, order), step)) {
    const leads = await store.leads.byIds(places.map(({ id }) => id));
    const facts = await meant(places.flatMap(({ id }) => leads.get(id) ?? []));
    const byId = new Map(facts.map((one) => [one.lead.id, one]));
    for (const place of places) {
      const found = byId.get(place.id);
      if (found && items.length === limit) return { items, next: last };
      if (found) items.push(found);
      last = place;
    }
    looked += places.length;
    if (places.length < step) return { items, next: undefined };
    if (looked >= mostLooked) return { items, next: last };
  }
  return { items, next: undefined };
}

/** So far leads are counted; of what is said beyond it, nobody needs the last digit. */
const mostCounted = 10_000;

/** How many are meant. Not exact: at least so many. */
export async function countLeads(
  { query, by = 'newest', isExact, meant }: Asked,
  { store }: MemberTools,
): Promise<{ readonly count: number; readonly isExact: boolean }> {
  if (isExact) {
    const most = Object.keys(query).length === 0 ? mostCounted * 100 : mostCounted;
    const count = await store.leadSearch.count(query, by, most + 1);
    return { count: Math.min(count, most), isExact: count <= most };
  }
  let [count, looked] = [0, 0];
  for await (const places of inBatches(store.leadSearch.places(query, { sort: 'newest', by }), batchSize)) {
    const leads = await store.leads.byIds(places.map(({ id }) => id));
    count += (await meant([...leads.values()])).length;
    looked += places.length;
    if (places.length === batchSize && looked >= mostLooked) return { count, isExact: false };
  }
  return { count, isExact: true };
}

/** All who are meant and were there by then, in the order of their ids: what is done to them does not change whose turn it is. */
export async function* leadsMeant(who: Asked, tools: MemberTools, span: Span = {}): AsyncGenerator<Facts> {
  for await (const { found } of batchesMeant(who, tools, span)) yield* found;
}

/** The same as they are looked through: of so many leads those who are meant, who may be none, and up to whom was looked. */
export async function* batchesMeant(
  { query, meant }: Asked,
  { store }: MemberTools,
  span: Span,
): AsyncGenerator<{ readonly found: readonly Facts[]; readonly upTo: string }> {
  for await (const ids of inBatches(store.leadSearch.ids(query, span), batchSize)) {
    const leads = await store.leads.byIds(ids);
    yield { found: await meant(ids.flatMap((id) => leads.get(id) ?? [])), upTo: ids.at(-1) ?? '' };
  }
}
