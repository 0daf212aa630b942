import type { Engine } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { inBatches } from '../grouping.js';
import { assess, pointsFor } from '../journey/assess.js';
import type { Facts, Lead } from '../journey/facts.js';
import { openTurns } from '../journey/threshold-events.js';
import { type Difference, differenceOf, scoredTypes, withDifference } from '../scoring/recompute.js';
import type { Score, ScoreEntry } from '../scoring/score.js';
import type { Turn } from '../scoring/threshold.js';
import type { Project } from '../sequence/project.js';
import { factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';

/** What the events of a lead come to, beside what is kept of its score. */
export type Recomputed = {
  readonly lead: Lead;
  /** Empty on both sides where what is kept is what the events come to. */
  readonly difference: Difference;
  /** As it is kept, by the rules in force. */
  readonly before: Score;
  /** As the events come to, by the rules that were asked about. */
  readonly after: Score;
  /** Thresholds that it would reach or leave by that. */
  readonly turns: readonly Turn[];
};

export type RecomputeSetting = {
  readonly store: Store;
  readonly engine: Pick<Engine, 'now' | 'project'>;
  readonly defaultTimeZone: string;
  /** By whose rules; those in force, or others that somebody thinks of. */
  readonly project: Project;
};

/** Leads whose histories are asked for at one time. */
const batchSize = 200;

/** Computes scores from events, of one lead or of all, one after another. With `apply` what differs is written; done again, it comes to the same. */
export async function* recomputeScores(
  { leads, apply }: { readonly leads?: readonly Lead[]; readonly apply: boolean },
  setting: RecomputeSetting,
): AsyncGenerator<Recomputed> {
  for await (const batch of inBatches(leads ?? setting.store.leads.all(), batchSize)) {
    const told = await recomputeBatch(batch, setting);
    const differing = told.filter(({ difference }) => isAny(difference));
    if (apply && differing.length > 0) {
      const changes = new Map(differing.map(({ lead, difference }) => [lead.id, difference]));
      await setting.store.leads.changeEntries(changes, setting.engine.now());
    }
    yield* told;
  }
}

export function isAny({ entries, surplus }: Difference): boolean {
  return entries.length + surplus.length > 0;
}

async function recomputeBatch(batch: readonly Lead[], setting: RecomputeSetting): Promise<readonly Recomputed[]> {
  const { store, project } = setting;
  const { counted } = project.attention;
  const types = [...new Set([...scoredTypes(project.scoring), ...counted])];
  const leads = new Map(batch.map((lead) => [lead.id, lead]));
  const told = new Map<string, Recomputed>();
  for await (const [id, history] of store.events.histories([...leads.keys()], types)) {
    const lead = leads.get(id);
    if (lead) told.set(id, await recomputeOne(lead, history, setting));
  }
  // Those to whom nothing of it ever happened come in none of the histories.
  return Promise.all(batch.map(async (lead) => told.get(lead.id) ?? (await recomputeOne(lead, [], setting))));
}

async function recomputeOne(lead: Lead, history: readonly LeadEvent[], setting: RecomputeSetting): Promise<Recomputed> {
  const { store, engine, project } = setting;
  const difference = await differenceOfLead(lead, history, setting);
  const now = engine.now();
  const events = history.filter(({ type }) => project.attention.counted.has(type));
  const facts = factsOf({ lead, events }, store, { ...setting, now: engine.now, project: () => project });
  const after = withEntries(facts, withDifference(lead.entries, difference), project, now);
  return {
    lead,
    difference,
    before: assess(facts, engine.project().scoring, now),
    after: after.score,
    turns: openTurns(after, project, now),
  };
}

/** The facts with other entries, and the score of that. */
export function withEntries(facts: Facts, entries: readonly ScoreEntry[], { scoring }: Project, at: Date): Facts {
  const other = { ...facts, lead: { ...facts.lead, entries } };
  return { ...other, score: assess(other, scoring, at) };
}

/**
 * What differs, and still does when the lead is read once more: what happened since it was first read is in its history
 * already, or in its row and not yet in its history.
 */
async function differenceOfLead(
  lead: Lead,
  history: readonly LeadEvent[],
  setting: RecomputeSetting,
): Promise<Difference> {
  const first = await differenceFromEvents(lead, history, setting);
  if (!isAny(first)) return first;
  const again = await setting.store.leads.byId(lead.id);
  return again ? differenceFromEvents(again, history, setting) : { entries: [], surplus: [] };
}

/** What differs between the entries kept and those that events come to, be they read before or not. */
export async function differenceFromEvents(
  { id, entries }: Lead,
  history: readonly LeadEvent[],
  { store, project: { scoring } }: Pick<RecomputeSetting, 'store' | 'project'>,
): Promise<Difference> {
  const read = new Set(history.map((event) => event.id));
  const unread = [...new Set(entries.flatMap(({ event }) => (read.has(event) ? [] : [event])))];
  // Whatever has given points and is there can be asked again, by whichever rules.
  const others = await store.events.ofIds(id, unread);
  const there = new Set([...read, ...others.map((event) => event.id)]);
  const given = [...history, ...others].flatMap((event) => pointsFor(event, scoring));
  return differenceOf(entries, given, (event) => !there.has(event), scoring);
}
