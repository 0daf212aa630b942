import type { Due, Engine } from '../engine.js';
import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { assess } from '../journey/assess.js';
import { type Enrollment, leave } from '../journey/enrollment.js';
import type { Facts, Lead, MailFacts, Suppression } from '../journey/facts.js';
import type { Change, World } from '../journey/react.js';
import { addressKey } from '../message/address.js';
import type { Project } from '../sequence/project.js';
import { toFacts } from './messages.js';
import type { Store } from './open-store.js';

export type EngineSetting = {
  readonly now: () => Date;
  readonly newId: () => string;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
  readonly onFault: (error: unknown) => void;
};

/** A mail not gone after this time is not worth sending any more. */
const mailLifeMs = 48 * 3_600_000;

/** What the story needs, told by the store. */
export function engineOn(store: Store, setting: EngineSetting): Engine {
  const { now, newId, project, onFault } = setting;
  return {
    now,
    onFault,
    project,
    claimDue: async (limit) => gatherDue(await store.enrollments.claimDue(now(), limit, newId()), store, setting),
    save: (enrollments) => store.enrollments.save(enrollments, newId()),
    clearRaised: ({ id, generation }) => store.enrollments.clearRaised(id, generation, now()),
    plan: async (sends) => {
      const plannedAt = now();
      const expiresAt = new Date(plannedAt.getTime() + mailLifeMs);
      await store.messages.plan(
        sends.map(({ enrollment: { id, lead, sequence, revision }, step }) => {
          return {
            id: idFrom('message', id, step.id),
            enrollment: id,
            lead,
            sequence,
            revision,
            step: step.id,
            plannedAt,
            expiresAt,
          };
        }),
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

/** The facts of claimed enrollments, read for all of them at once. */
async function gatherDue(
  claimed: readonly Enrollment[],
  store: Store,
  setting: EngineSetting,
): Promise<readonly Due[]> {
  if (claimed.length === 0) return [];
  const now = setting.now();
  const leadIds = [...new Set(claimed.map(({ lead }) => lead))];
  const [leads, mails, events] = await Promise.all([
    store.leads.byIds(leadIds),
    store.messages.factsOf(claimed.map(({ id }) => id)),
    store.events.ofLeads(leadIds, [...setting.project().attention.counted]),
  ]);
  const suppressions = await store.suppressions.ofMany([...leads.values()].map(({ email }) => addressKey(email)));

  const due: Due[] = [];
  for (const enrollment of claimed) {
    const lead = leads.get(enrollment.lead);
    const program = await store.revisions.program(enrollment.revision);
    // Without its lead or its revision nothing can be decided. Its claim runs out, and it is looked at again.
    if (!lead || !program) continue;
    const facts = factsOf(
      lead,
      suppressions.get(addressKey(lead.email)),
      mails.get(enrollment.id),
      events.get(lead.id),
      now,
      setting,
    );
    due.push({ enrollment, program, facts });
  }
  return due;
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
  // Outside a sequence a step's name says nothing by itself: mails are known by sequence and step.
  const mails = new Map(messages.map((message) => [`${message.sequence}/${message.step}`, toFacts(message)]));
  const running = await Promise.all(
    runs
      .filter(({ status }) => status === 'active')
      .map(async (enrollment) => ({ enrollment, program: await store.revisions.program(enrollment.revision) })),
  );
  return {
    facts: factsOf(lead, suppression, mails, events.get(lead.id), setting.now(), setting),
    running: running.flatMap(({ enrollment, program }) => (program ? [{ enrollment, program }] : [])),
    runs,
  };
}

/** Puts together what is known of a lead at `now`. */
export function factsOf(
  lead: Lead,
  suppression: Suppression | undefined,
  mails: ReadonlyMap<string, MailFacts> = new Map(),
  events: readonly LeadEvent[] = [],
  now: Date,
  { project, defaultTimeZone }: Pick<EngineSetting, 'project' | 'defaultTimeZone'>,
): Facts {
  const facts = {
    lead,
    timeZone: lead.timezone ?? defaultTimeZone,
    mails,
    events,
    ...(suppression ? { suppression } : {}),
  };
  return { ...facts, score: assess(facts, project().scoring, now) };
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
    if ((await store.enrollments.save([leave(enrollment, because, now)], newId())).has(id)) break;
  }
  await store.messages.skipOpen({ enrollment: id }, because, now);
}
