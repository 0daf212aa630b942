import type { Made, Makeable, Recorder, ToKeep } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { withChange } from '../journey/change.js';
import { type Enrollment, leave } from '../journey/enrollment.js';
import type { Facts, Lead, Suppression } from '../journey/facts.js';
import type { World } from '../journey/world.js';
import type { Project } from '../sequence/project.js';
import { factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';

/** A lead that nobody knows yet, with all that has come of it so far. */
export type Draft = {
  readonly lead: Lead;
  readonly runs: readonly Enrollment[];
  readonly events: readonly LeadEvent[];
};

export type DraftSetting = {
  readonly store: Pick<Store, 'winners'>;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  readonly at: Date;
};

/** A new lead, and why its address is suppressed, if it is. */
export type Unwritten = { readonly lead: Lead; readonly suppression?: Suppression };

type Kept = {
  draft: Draft;
  readonly suppression: Suppression | undefined;
  /** What is known of the lead, and the world it stands in; missing since one of them changed. */
  facts: Facts | undefined;
  world: World | undefined;
};

/**
 * New leads that stand in memory alone. Of a lead that nobody knows there is nothing to read, so that what happens to it is
 * recorded here by the very functions that record it in the database, many times as fast, and is then written whole.
 */
export function openDrafts(leads: readonly Unwritten[], setting: DraftSetting) {
  const all = new Map(
    leads.map(({ lead, suppression }): [string, Kept] => [
      lead.id,
      { draft: { lead, runs: [], events: [] }, suppression, facts: undefined, world: undefined },
    ]),
  );
  /** Leads to whom something happens that asks for more than their own rows. */
  const beyond = new Set<string>();
  const keep = ({ event }: ToKeep): 'new' | 'done' => {
    const kept = all.get(event.lead);
    if (!kept || kept.draft.events.some(({ id }) => id === event.id)) return 'done';
    kept.draft = { ...kept.draft, events: [...kept.draft.events, event] };
    // Most events are asked for by no condition.
    if (setting.project().attention.counted.has(event.type)) [kept.facts, kept.world] = [undefined, undefined];
    return 'new';
  };
  const make = (made: Made<Makeable>): void => {
    const kept = all.get(made.event.lead);
    if (!kept) return;
    if (!isOwn(made.change)) beyond.add(made.event.lead);
    else {
      const { lead } = kept.draft;
      kept.draft = changed(kept.draft, made.change, () => factsOfKept(kept, setting), setting.at);
      kept.world = undefined;
      if (kept.draft.lead !== lead) kept.facts = undefined;
    }
  };
  const recorder: Recorder = {
    now: () => setting.at,
    project: setting.project,
    // No mail has gone to any of them.
    confirm: async () => {},
    keepEvents: async (events) => events.map(keep),
    markApplied: async () => {},
    gatherWorlds: async (events) =>
      new Map(
        events.flatMap(({ lead }) => {
          const kept = all.get(lead);
          return kept ? [[lead, worldOf(kept, setting)] as const] : [];
        }),
      ),
    makeChanges: async (made) => made.forEach(make),
  };
  return {
    recorder,
    /** What became of them; those that must be captured in the database are left out. */
    drafts: (): readonly Draft[] =>
      [...all.values()].map(({ draft }) => draft).filter(({ lead }) => !beyond.has(lead.id)),
  };
}

/** An event is looked at twice, and most change nothing of the lead itself: what it stands in is put together when it is new. */
function worldOf(kept: Kept, setting: DraftSetting): World {
  kept.world ??= newWorld(kept, setting);
  return kept.world;
}

function newWorld(kept: Kept, setting: DraftSetting): World {
  const { runs } = kept.draft;
  const { programs } = setting.project();
  const running = runs.flatMap((enrollment) => {
    const program = programs.get(enrollment.sequence);
    return enrollment.status === 'active' && program ? [{ enrollment, program }] : [];
  });
  return { facts: factsOfKept(kept, setting), running, runs };
}

function factsOfKept(kept: Kept, setting: DraftSetting): Facts {
  kept.facts ??= newFacts(kept, setting);
  return kept.facts;
}

function newFacts({ draft, suppression }: Kept, { store, project, defaultTimeZone, at }: DraftSetting): Facts {
  const events = draft.events.filter(({ type }) => project().attention.counted.has(type));
  const known = { lead: draft.lead, events, ...(suppression ? { suppression } : {}) };
  return factsOf(known, store, { now: () => at, project, defaultTimeZone });
}

/** Changes that touch nothing but the lead's row and its runs. */
const own = [
  ...(['score', 'stage', 'tag', 'untag', 'fields', 'join', 'part', 'reach', 'fall', 'guess', 'consent'] as const),
  ...(['enroll', 'leave', 'wake'] as const),
] as const;
type Own = Extract<Makeable, { kind: (typeof own)[number] }>;

function isOwn(change: Makeable): change is Own {
  return own.some((kind) => kind === change.kind);
}

/** A draft with one change made, as `makeChanges` makes it in the database. */
function changed(draft: Draft, change: Own, facts: () => Facts, at: Date): Draft {
  const { runs } = draft;
  // A save counts the generation up.
  const withRuns = (ids: readonly string[], become: (run: Enrollment) => Enrollment): Draft => ({
    ...draft,
    runs: runs.map((run) =>
      run.status === 'active' && ids.includes(run.id) ? { ...become(run), generation: run.generation + 1 } : run,
    ),
  });
  switch (change.kind) {
    case 'enroll': {
      const isThere = runs.some((run) => isInTheWay(run, change.enrollment));
      return isThere ? draft : { ...draft, runs: [...runs, change.enrollment] };
    }
    case 'leave':
      return withRuns([change.enrollment.id], (run) => leave(run, change.because, at));
    case 'wake':
      return withRuns(change.enrollments, (run) => ({ ...run, dueAt: at }));
    case 'score':
    case 'stage':
    case 'tag':
    case 'untag':
    case 'fields':
    case 'join':
    case 'part':
    case 'reach':
    case 'fall':
    case 'guess':
    case 'consent':
      return { ...draft, lead: withChange(facts(), change).lead };
  }
}

/** The same start told twice, or another run of the sequence that goes on: what the database's indexes refuse. */
function isInTheWay(run: Enrollment, { id, sequence, key }: Enrollment): boolean {
  return run.id === id || (run.status === 'active' && run.sequence === sequence && run.key === key);
}
