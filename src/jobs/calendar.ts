import { type Engine, recordEvent } from '../engine.js';
import type { LeadEvent } from '../event/lead-event.js';
import { broadcastEvent, changesByTime, dateEvents, lookEvent } from '../journey/timed-events.js';
import { judge } from '../journey/condition.js';
import { type Facts, type Lead, zoneOf } from '../journey/facts.js';
import type { Condition } from '../sequence/condition-file.js';
import { addDuration, type Duration } from '../sequence/duration.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { allConditionsIn } from '../sequence/segments-file.js';
import type { DateTrigger } from '../sequence/sequence-file.js';
import { factsOf } from '../store/engine-store.js';
import type { Store } from '../store/open-store.js';

/** What time alone brings about for many leads at once. Each can be run twice: its events are recorded once. */
export type CalendarSetting = {
  readonly store: Store;
  readonly engine: Engine;
  readonly project: () => Project;
  readonly defaultTimeZone: string;
};

/** Leads read from the database at one time. */
const batchSize = 500;

/** Calls everybody in the audience of a newsletter. */
export async function callAudience(program: Program, setting: CalendarSetting): Promise<void> {
  const at = setting.engine.now();
  const audience = program.broadcast?.audience;
  await eachLead(setting, asksForMails(audience, setting.project()), async (facts) => {
    if (audience && !judge(audience, facts, at).holds) return;
    await recordEvent(broadcastEvent(program, facts.lead, at), setting.engine);
  });
}

/** Whether an audience is asked for what it did with mails, of which there are many to read. */
function asksForMails(audience: Condition | undefined, { segments }: Project): boolean {
  return audience !== undefined && allConditionsIn(audience, segments).some(({ kind }) => kind === 'clicked-link');
}

/** Starts sequences for the dates in leads' fields that have come since the last time. */
export async function callByDates(setting: CalendarSetting): Promise<void> {
  const { store, engine, project, defaultTimeZone } = setting;
  const until = engine.now();
  const after = await store.cursors.start('dates', until);
  if (!after) return;
  const dated = [...project().programs.values()].flatMap((program) =>
    program.enroll.dates.map((trigger) => ({ program, trigger })),
  );
  for (const { program, trigger } of dated) {
    for await (const lead of leadsDated(trigger, after, until, store)) {
      const events = dateEvents(program, lead, zoneOf(lead, defaultTimeZone), after, until);
      for (const event of events) await recordEvent(event, engine);
    }
  }
  await store.cursors.arrive('dates', until);
}

/** Leads whose date may fire in that time; which of them really do, `dateEvents` says. */
function leadsDated(trigger: DateTrigger, after: Date, until: Date, store: Store): AsyncIterable<Lead> {
  if (trigger.field === 'createdAt') return store.leads.all();
  return store.leads.withField(trigger.field, daysPattern(trigger, after, until));
}

const dayMs = 86_400_000;
/** Beyond this many days each day of the year is looked at. */
const mostDays = 60;

/** More days on each side: for time zones, leap days, and the 31st, which a month before is the 28th. */
const marginDays = 5;

/** The days, in any year, on which a date would fire in that time. */
function daysPattern({ offset }: DateTrigger, after: Date, until: Date): RegExp {
  const unshifted = (at: Date): Date => (offset ? addDuration(at, back(offset), 'UTC') : at);
  const [first, last] = [
    unshifted(after).getTime() - marginDays * dayMs,
    unshifted(until).getTime() + marginDays * dayMs,
  ];
  if (last - first > mostDays * dayMs) return /^\s*\d{4}-\d{2}-\d{2}/;
  const days = Array.from({ length: Math.ceil((last - first) / dayMs) + 1 }, (_, i) =>
    new Date(first + i * dayMs).toISOString().slice(5, 10),
  );
  const all = days.includes('02-28') || days.includes('03-01') ? [...days, '02-29'] : days;
  return new RegExp(`^\\s*\\d{4}-(?:${[...new Set(all)].join('|')})`);
}

function back({ by, sign }: NonNullable<DateTrigger['offset']>): Duration {
  return { ...by, amount: -sign * by.amount };
}

/** Looks at the segments of leads to whom nothing happens, where time alone may move them in or out. */
export async function lookAtSegments(setting: CalendarSetting): Promise<void> {
  const { engine, project } = setting;
  if (!changesByTime(project())) return;
  // Segments cannot ask for mails.
  await eachLead(setting, false, async (facts) => {
    const event: LeadEvent | undefined = lookEvent(facts, project(), engine.now());
    if (event) await recordEvent(event, engine);
  });
}

/** Gives each lead with what conditions outside a sequence ask of it, read in batches. */
async function eachLead(
  setting: CalendarSetting,
  withMails: boolean,
  visit: (facts: Facts) => Promise<void>,
): Promise<void> {
  const { store, engine, project, defaultTimeZone } = setting;
  let batch: Lead[] = [];
  const flush = async (): Promise<void> => {
    const ids = batch.map(({ id }) => id);
    const [events, mails] = await Promise.all([
      store.events.ofLeads(ids, [...project().attention.counted]),
      withMails ? store.messages.ofLeads(ids) : new Map(),
    ]);
    for (const lead of batch) {
      const known = { lead, events: events.get(lead.id) ?? [], mails: mails.get(lead.id) ?? new Map() };
      await visit(factsOf(known, store, { now: engine.now, project, defaultTimeZone }));
    }
    batch = [];
  };
  for await (const lead of store.leads.all()) {
    batch.push(lead);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
}
