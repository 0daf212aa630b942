import type { Due, Engine } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { assess } from '../journey/assess.js';
import { recentAmong, recentSince } from '../journey/frequency-cap.js';
import { type Enrollment, leave } from '../journey/enrollment.js';
import type { Common, Facts } from '../journey/facts.js';
import { inForce } from '../journey/in-flight.js';
import type { Change } from '../journey/change.js';
import type { World } from '../journey/react.js';
import { addressKey } from '../message/address.js';
import { durationMs } from '../sequence/duration.js';
import type { Program, ProgramStep } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { receivedIn, toFacts } from './message-row.js';
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
        sends.map(({ due: { enrollment }, step }) => ({
          ...errandOf(enrollment, 'message', step),
          template: step.template,
          ...(step.kind === 'notify' ? { to: step.email } : {}),
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
    keepEvent: async (event, isSettled) => {
      // Whatever comes back from a mail, from a person or a machine, proves that it went.
      if (event.message) await store.messages.confirm(event.message);
      if (await store.events.keep(event, now(), isSettled)) return 'new';
      return (await store.events.isApplied(event.id)) ? 'done' : 'open';
    },
    markApplied: ({ id }) => store.events.markApplied(id),
    gatherWorld: (event) => gatherWorld(event, store, setting),
    makeChange: (change, event) => makeChange(change, event, store, setting),
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
        recent: recentAmong(recent?.get(lead.id) ?? []),
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

async function gatherWorld(event: LeadEvent, store: Store, setting: EngineSetting): Promise<World | undefined> {
  const lead = await store.leads.byId(event.lead);
  if (!lead) return undefined;
  const [suppression, runs, messages, events] = await Promise.all([
    store.suppressions.of(addressKey(lead.email)),
    store.enrollments.ofLead(lead.id),
    store.messages.ofLead(lead.id),
    store.events.ofLeads([lead.id], [...setting.project().attention.counted]),
  ]);
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
    events: events.get(lead.id) ?? [],
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
    timeZone: known.lead.timezone ?? setting.defaultTimeZone,
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

async function makeChange(
  change: Exclude<Change, { kind: 'raise' }>,
  event: LeadEvent,
  store: Store,
  { now, newId }: EngineSetting,
): Promise<void> {
  switch (change.kind) {
    case 'mail':
      return store.messages.note(change.message, change.happened, change.at, change.link);
    case 'suppress': {
      const lead = await store.leads.byId(event.lead);
      if (lead) await store.suppressions.add(addressKey(lead.email), change.reason, event.at);
      await store.calls.skipOpen({ lead: event.lead }, change.reason, now());
      return store.messages.skipOpen({ lead: event.lead }, change.reason, now());
    }
    case 'lift-unsubscribe': {
      const lead = await store.leads.byId(event.lead);
      if (lead) await store.suppressions.liftUnsubscribe(addressKey(lead.email));
      return;
    }
    case 'leave':
      return leaveRun(change.enrollment.id, change.because, store, now(), newId);
    case 'enroll':
      await store.enrollments.start(change.enrollment);
      return;
    case 'wake':
      return store.enrollments.wake(change.enrollments, now());
    case 'join':
    case 'part':
    case 'score':
    case 'stage':
    case 'tag':
    case 'untag':
    case 'fields':
      return store.leads.change(event.lead, change, now());
  }
}

/** Ends a run, whoever else is changing it, and stops its mails that are not yet on their way. */
async function leaveRun(id: string, because: string, store: Store, now: Date, newId: () => string): Promise<void> {
  for (;;) {
    const enrollment = await store.enrollments.byId(id);
    if (!enrollment || enrollment.status === 'ended') break;
    const left = { from: enrollment, to: leave(enrollment, because, now) };
    if ((await store.enrollments.save([left], newId())).has(id)) break;
  }
  await store.messages.skipOpen({ enrollment: id }, because, now);
  await store.calls.skipOpen({ enrollment: id }, because, now);
}
