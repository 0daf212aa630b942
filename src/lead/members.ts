import { eventTypeOf } from '../event/lead-event.js';
import { inBatches } from '../grouping.js';
import { judge } from '../journey/condition.js';
import type { Facts, Lead } from '../journey/facts.js';
import { type Condition, triggerOf } from '../sequence/condition-file.js';
import { before, durationMs } from '../sequence/duration.js';
import type { Project } from '../sequence/project.js';
import { allConditionsIn } from '../sequence/segments-file.js';
import { factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';
import { type Narrowed, narrow } from './segments-filter.js';

export type MemberTools = {
  readonly store: Store;
  readonly now: () => Date;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
};

/** Leads read from the database at one time. */
const batchSize = 500;

/** A segment as it is looked for. */
type Sought = Narrowed & {
  readonly condition: Condition;
  /** Types of events that it asks for, and since when at the longest; undefined: since ever. */
  readonly types: readonly string[];
  readonly since: Date | undefined;
};

/**
 * The leads of a segment, by the order of their ids, read as they are asked for; none of a segment that there is not. `after`: only
 * those behind this id. The database narrows them down, and `judge`, by which everything is decided, has the last word.
 */
export async function* leadsIn(
  segment: string,
  tools: MemberTools,
  { after, limit = Number.POSITIVE_INFINITY }: { readonly after?: string | undefined; readonly limit?: number } = {},
): AsyncGenerator<Facts> {
  const sought = soughtIn(segment, tools);
  if (!sought) return;
  let left = limit;
  for await (const batch of inBatches(tools.store.leads.matching(sought.query, after), batchSize)) {
    for (const facts of await membersOf(batch, sought, tools)) {
      if (left <= 0) return;
      left -= 1;
      yield facts;
    }
    if (left <= 0) return;
  }
}

/** How many leads are in a segment now; undefined where there is no such segment. */
export async function countIn(segment: string, tools: MemberTools): Promise<number | undefined> {
  const sought = soughtIn(segment, tools);
  if (!sought) return undefined;
  if (sought.isExact) return tools.store.leads.countMatching(sought.query);
  let count = 0;
  for await (const batch of inBatches(tools.store.leads.matching(sought.query), batchSize))
    count += (await membersOf(batch, sought, tools)).length;
  return count;
}

/** A segment as others look through it: what the database is asked, and who of those that it finds are in it. */
export function segmentAsked(segment: string, tools: MemberTools) {
  const sought = soughtIn(segment, tools);
  if (!sought) return undefined;
  const { query, isExact } = sought;
  return { query, isExact, membersOf: (leads: readonly Lead[]) => membersOf(leads, sought, tools) };
}

function soughtIn(segment: string, { project, now }: MemberTools): Sought | undefined {
  const { segments, scoring } = project();
  const condition = segments.get(segment);
  if (!condition) return undefined;
  const events = allConditionsIn(condition, segments).flatMap((part) => (part.kind === 'event' ? [part] : []));
  const longest = events.every(({ within }) => within)
    ? events.flatMap(({ within }) => within ?? []).toSorted((a, b) => durationMs(b) - durationMs(a))[0]
    : undefined;
  return {
    ...narrow(condition, { segments, scoring, now: now() }),
    condition,
    types: [...new Set(events.map((part) => eventTypeOf(triggerOf(part))))],
    since: longest && before(now(), longest),
  };
}

/** Those of some leads of whom it holds. */
async function membersOf(
  leads: readonly Lead[],
  { condition, types, since }: Sought,
  { store, now, project, defaultTimeZone }: MemberTools,
): Promise<readonly Facts[]> {
  const events = await store.events.ofLeads(
    leads.map(({ id }) => id),
    types,
    since,
  );
  const at = now();
  return leads
    .map((lead) => factsOf({ lead, events: events.get(lead.id) ?? [] }, store, { now, project, defaultTimeZone }))
    .filter((facts) => judge(condition, facts, at).holds);
}

/** A segment with its size. `asOf`: when it was counted. */
export type SegmentCount = {
  readonly name: string;
  readonly description?: string;
  readonly count: number;
  readonly asOf: Date;
};

/** So long a count stands: whoever looks twice within it sees the same. */
const freshMs = 60_000;

/** Counts segments, each at most once a minute and once at a time, however many ask. */
export function openSegmentCounts(tools: MemberTools) {
  const counted = new Map<
    string,
    { readonly by: string; readonly asOf: Date; readonly count: Promise<number | undefined> }
  >();

  const count = async (name: string): Promise<SegmentCount | undefined> => {
    const { segments, segmentNotes } = tools.project();
    // By all of them, as one may ask for another.
    const by = JSON.stringify([...segments]);
    const now = tools.now();
    const known = counted.get(name);
    const isFresh = known?.by === by && Math.abs(now.getTime() - known.asOf.getTime()) < freshMs;
    const own = known && isFresh ? known : { by, asOf: now, count: countIn(name, tools) };
    counted.set(name, own);
    own.count.catch(() => counted.delete(name));
    const found = await own.count;
    const description = segmentNotes?.get(name);
    return found === undefined
      ? undefined
      : { name, ...(description ? { description } : {}), count: found, asOf: own.asOf };
  };

  return {
    count,
    /** All of them, in the order of the file; one after the other, as each may have to look at many leads. */
    all: async (): Promise<readonly SegmentCount[]> => {
      const all: SegmentCount[] = [];
      for (const name of tools.project().segments.keys()) {
        const one = await count(name);
        if (one) all.push(one);
      }
      return all;
    },
  };
}
