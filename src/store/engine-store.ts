import type { Due, Engine } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { assess } from '../journey/assess.js';
import { recentAmong, recentSince, withOwnCaps } from '../journey/frequency-cap.js';
import type { Enrollment } from '../journey/enrollment.js';
import { type Common, type Facts, type Lead, type Suppression, zoneOf } from '../journey/facts.js';
import { inForce } from '../journey/in-flight.js';
import { lookedBackAt } from '../journey/react.js';
import type { World } from '../journey/world.js';
import { recipientOf } from '../journey/recipient.js';
import { addressKey } from '../message/address.js';
import { durationMs } from '../sequence/duration.js';
import type { Program, ProgramStep } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { findOwners } from './find-owners.js';
import { makeChanges } from './make-changes.js';
import { type Message, receivedIn, toFacts } from './message-row.js';
import type { Store } from './open-store.js';
import { isPaused, parkedMs } from './pauses.js';

export type EngineSetting = {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  readonly onFault: (error: unknown) => void;
};

/** A mail not gone after this time is not worth sending any more. */
const mailLifeMs = 48 * 3_600_000;

/** When what could not be decided is looked at again: a lead or a file may be there by then. */
const undecidedMs = 2 * 60_000;

/** What the story needs, told by the store. */
export function engineOn(store: Store, setting: EngineSetting): Engine {
  const { now, newId, project, onFault } = setting;
  return {
    now,
    onFault,
    project,
    due: (limit, skip) => dueRuns(limit, skip, store, setting),
    gather: (enrollments) => gatherDue(enrollments, store, setting),
    wake: (ids) => store.enrollments.wake(ids, now()),
    postpone: (ids) => store.enrollments.postpone(ids, new Date(now().getTime() + undecidedMs)),
    save: async (saves) => {
      const current = await Promise.all(
        saves.map(async ({ from, to }) => ({ from, to: await unlessOvertaken(to, store, setting) })),
      );
      return store.enrollments.save(current, newId());
    },
    clearRaised: ({ id, generation }) => store.enrollments.clearRaised(id, generation, now()),
    plan: async (sends, claim) => {
      const plannedAt = now();
      const expiresAt = new Date(plannedAt.getTime() + mailLifeMs);
      const messages = await store.messages.plan(
        sends.map(({ due: { enrollment, facts }, step }) => ({
          ...errandOf(enrollment, 'message', step),
          template: step.template,
          ...(step.kind === 'notify' ? { to: recipientOf(step, facts.lead) } : {}),
          plannedAt,
          expiresAt,
        })),
        claim,
      );
      if (!claim) return [];
      const bySend = new Map(sends.map((send) => [send.due.enrollment.id, send]));
      return messages.flatMap((message) => {
        const send = bySend.get(message.enrollment);
        return send ? [{ ...send, message }] : [];
      });
    },
    planCalls: async (calls) => {
      const plannedAt = now();
      await store.calls.plan(
        calls.map(({ due: { enrollment }, step }) => ({
          ...errandOf(enrollment, 'call', step),
          plannedAt,
          expiresAt: new Date(plannedAt.getTime() + durationMs(step.upTo)),
        })),
      );
    },
    findOwners: (handOvers) => findOwners(handOvers, store, setting),
    confirm: (messages) => store.messages.confirm(...messages),
    keepEvents: (events) => store.events.keep(events, now()),
    markApplied: (events) => store.events.markApplied(events.map(({ id }) => id)),
    gatherWorlds: (events) => gatherWorlds(events, store, setting),
    gatherWorld: async (event) => (await gatherWorlds([event], store, setting)).get(event.lead),
    makeChanges: (made) => makeChanges(made, store, setting),
  };
}

/** Runs that are due, those of sequences of high priority first; what a pause holds is put off until it ends. */
async function dueRuns(limit: number, skip: number, store: Store, { now, project }: EngineSetting) {
  if (limit === 0) return [];
  const { programs } = project();
  const priorityOf = (sequence: string): number => programs.get(sequence)?.priority ?? 0;
  const found = await store.enrollments.due(now(), limit, skip, priorityOf);
  const pauses = await store.pauses.refresh();
  const held = found.filter(({ sequence }) => isPaused(pauses, { sequence }));
  await store.enrollments.park(
    held.map(({ id }) => id),
    new Date(now().getTime() + parkedMs),
  );
  return held.length === 0 ? found : found.filter((enrollment) => !held.includes(enrollment));
}

/** What a message or call is known by. Its id comes from enrollment and step, so that it exists once. */
function errandOf({ id, lead, sequence, revision }: Enrollment, what: string, step: ProgramStep) {
  return { id: idFrom(what, id, step.id), enrollment: id, lead, sequence, revision, step: step.id };
}

/** The facts of enrollments, read for all of them at once. */
async function gatherDue(
  enrollments: readonly Enrollment[],
  store: Store,
  setting: EngineSetting,
): Promise<readonly Due[]> {
  if (enrollments.length === 0) return [];
  const runs = await Promise.all(enrollments.map((enrollment) => withProgram(enrollment, store, setting)));
  const running = runs.flatMap(({ enrollment, program }) => (program ? [{ enrollment, program }] : []));
  // A run that nobody has changed yet has planned nothing.
  const begun = running.filter(({ enrollment }) => enrollment.generation > 0).map(({ enrollment }) => enrollment.id);
  const calling = running.filter(({ program }) => has(program, 'webhook')).map(({ enrollment }) => enrollment.id);
  const leadIds = [...new Set(running.map(({ enrollment }) => enrollment.lead))];
  const picking = running.filter(({ program }) => has(program, 'pick')).map(({ enrollment }) => enrollment.lead);
  const since = recentSince(setting.project().delivery.caps, setting.now());
  const [leads, mails, calls, events, received, recent] = await Promise.all([
    store.leads.byIds(leadIds),
    store.messages.factsOf(begun),
    store.calls.factsOf(calling),
    store.events.ofLeads(leadIds, [...setting.project().attention.counted]),
    store.messages.received(picking),
    since ? store.messages.recent(leadIds, since) : undefined,
  ]);
  const suppressions = await store.suppressions.ofMany([...leads.values()].map(({ email }) => addressKey(email)));
  // Few leads have a limit of their own, and how far it looks back is known only now.
  const own = withOwnCaps([...leads.values()], setting.now());
  const ownRecent = own && (await store.messages.recent(own.leads, own.since));

  return running.flatMap(({ enrollment, program }): readonly Due[] => {
    const lead = leads.get(enrollment.lead);
    // Without its lead nothing can be decided. Its claim runs out, and it is looked at again.
    if (!lead) return [];
    const suppression = suppressions.get(addressKey(lead.email));
    const facts = factsOf(
      {
        lead,
        mails: mails.get(enrollment.id) ?? new Map(),
        calls: calls.get(enrollment.id) ?? new Map(),
        events: events.get(lead.id) ?? [],
        received: received.get(lead.id) ?? new Map(),
        recent: recentAmong(ownRecent?.get(lead.id) ?? recent?.get(lead.id) ?? []),
        ...(suppression ? { suppression } : {}),
      },
      store,
      setting,
    );
    return [{ enrollment, program, facts }];
  });
}

/** A run with the program that it goes through now. */
async function withProgram(enrollment: Enrollment, store: Store, { project, now }: EngineSetting) {
  const own = await store.revisions.program(enrollment.revision);
  return inForce(enrollment, own, project().programs.get(enrollment.sequence), now());
}

/** A run that was decided by a revision out of which an edit has taken everybody meanwhile is looked at again at once. */
async function unlessOvertaken(enrollment: Enrollment, store: Store, setting: EngineSetting): Promise<Enrollment> {
  if (enrollment.status === 'ended') return enrollment;
  const moved = (await withProgram(enrollment, store, setting)).enrollment;
  return moved.revision === enrollment.revision ? enrollment : { ...enrollment, dueAt: setting.now() };
}

/** Whether a program has steps of a kind: what only these look at need not be read for others. */
function has({ steps }: Program, kind: ProgramStep['kind']): boolean {
  return [...steps.values()].some((step) => step.kind === kind);
}

/** The worlds of the leads of some events, read for all of them at once. */
async function gatherWorlds(
  events: readonly LeadEvent[],
  store: Store,
  setting: EngineSetting,
): Promise<ReadonlyMap<string, World>> {
  const leads = await store.leads.byIds([...new Set(events.map(({ lead }) => lead))]);
  const ids = [...leads.keys()];
  const keys = [...leads.values()].map(({ email }) => addressKey(email));
  const types = new Set([...setting.project().attention.counted, ...events.flatMap(lookedBackAt)]);
  const [suppressions, runs, messages, past] = await Promise.all([
    store.suppressions.ofMany(keys),
    store.enrollments.ofLeads(ids),
    store.messages.allOfLeads(ids),
    store.events.ofLeads(ids, [...types]),
  ]);
  const worlds = [...leads.values()].map(async (lead) => {
    const read = {
      suppression: suppressions.get(addressKey(lead.email)),
      runs: runs.get(lead.id) ?? [],
      messages: messages.get(lead.id) ?? [],
      events: past.get(lead.id) ?? [],
    };
    return [lead.id, await worldOf(lead, read, store, setting)] as const;
  });
  return new Map(await Promise.all(worlds));
}

/** What was read of one lead. */
type Read = {
  readonly suppression: Suppression | undefined;
  readonly runs: readonly Enrollment[];
  readonly messages: readonly Message[];
  readonly events: readonly LeadEvent[];
};

async function worldOf(
  lead: Lead,
  { suppression, runs, messages, events }: Read,
  store: Store,
  setting: EngineSetting,
): Promise<World> {
  // Outside a sequence a step's name says nothing by itself, and whoever came twice got its mail twice.
  const mails = new Map(messages.map((message) => [message.id, toFacts(message)]));
  const running = await Promise.all(
    runs.filter(({ status }) => status === 'active').map((enrollment) => withProgram(enrollment, store, setting)),
  );
  const received = receivedIn(messages);
  const known = {
    lead,
    mails,
    received,
    recent: recentAmong(messages),
    events,
    ...(suppression ? { suppression } : {}),
  };
  return {
    facts: factsOf(known, store, setting),
    running: running.flatMap(({ enrollment, program }) => (program ? [{ enrollment, program }] : [])),
    runs,
  };
}

/** What was read of a lead; what is left out is nothing. */
type Known = Pick<Facts, 'lead'> &
  Partial<Pick<Facts, 'suppression' | 'mails' | 'calls' | 'events' | 'received' | 'recent'>>;

/** Puts together what is known of a lead at this moment. */
export function factsOf(
  known: Known,
  { winners }: Pick<Store, 'winners'>,
  setting: Pick<EngineSetting, 'now' | 'project' | 'defaultTimeZone'>,
): Facts {
  const { segments, calendars, delivery, scoring } = setting.project();
  const common: Common = { segments, calendars, delivery, winners: winners.known() };
  const facts = {
    timeZone: zoneOf(known.lead, setting.defaultTimeZone),
    mails: new Map(),
    calls: new Map(),
    events: [],
    received: new Map(),
    recent: [],
    common,
    ...known,
  };
  return { ...facts, score: assess(facts, scoring, setting.now()) };
}
