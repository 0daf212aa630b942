import type { Engine } from '../engine.js';
import { explainScore, type Explanation, reachedBy } from '../journey/explain-score.js';
import type { LeadEvent } from '../event/lead-event.js';
import type { Lead } from '../journey/facts.js';
import { withDifference } from '../scoring/recompute.js';
import type { Project } from '../sequence/project.js';
import type { Store } from '../store/open-store.js';
import { differenceFromEvents } from './recompute.js';

/** A lead's score explained, with what must be known to read it right. */
export type Explained = {
  readonly lead: Lead;
  readonly timeZone: string;
  readonly explanation: Explanation;
  readonly notes: readonly string[];
};

type Setting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly defaultTimeZone: string;
};

/** `project`: other rules than those in force. */
export type AskedScore = { readonly lead: string; readonly at?: Date; readonly project?: Project };

/** Explains a score as it is, was or will be, or as it would be under other rules; undefined when there is no such lead. */
export async function explain(asked: AskedScore, setting: Setting): Promise<Explained | undefined> {
  const { store, engine } = setting;
  const now = engine.now();
  const world = await engine.gatherWorld({ id: '', type: '', lead: asked.lead, at: now, source: '', machine: false });
  if (!world) return undefined;
  const { lead, timeZone } = world.facts;
  const at = asked.at ?? now;
  const project = asked.project ?? engine.project();
  const events = await store.events.ofLead(lead.id);
  const entries = asked.project ? await entriesUnder(asked.project, lead, events, setting) : lead.entries;
  const facts = { ...world.facts, events, lead: { ...lead, entries } };
  const standing = { facts, project, reached: lead.thresholds ?? [], from: now };
  const reached = at > now ? reachedBy(at, standing) : at < now ? reachedThen(at, events) : standing.reached;
  return {
    lead,
    timeZone,
    explanation: explainScore({ facts, project, at, reached }),
    notes: notesOn(at, now, asked.project !== undefined),
  };
}

async function entriesUnder(project: Project, lead: Lead, events: readonly LeadEvent[], setting: Setting) {
  return withDifference(lead.entries, await differenceFromEvents(lead, events, { ...setting, project }));
}

/** The thresholds that events had told of by then; the count of its turn says which came last. */
function reachedThen(at: Date, events: readonly LeadEvent[]): readonly string[] {
  const last = new Map<string, LeadEvent>();
  const turnOf = (event: LeadEvent | undefined): number => Number(event?.data?.['turn'] ?? 0);
  for (const event of events) {
    const { type, about = '' } = event;
    const isTurn = type === 'threshold.reached' || type === 'threshold.left';
    if (isTurn && event.at <= at && turnOf(event) > turnOf(last.get(about))) last.set(about, event);
  }
  return [...last.values()].flatMap(({ type, about }) => (type === 'threshold.reached' && about ? [about] : []));
}

function notesOn(at: Date, now: Date, isOtherRules: boolean): readonly string[] {
  return [
    ...(at > now ? ['As it will be when nothing else happens.'] : []),
    ...(at < now
      ? ['As it was by what had happened until then; fields and tags are as they are now, and rules those of today.']
      : []),
    ...(isOtherRules ? ['Under other rules than those in force, computed from all events.'] : []),
  ];
}
