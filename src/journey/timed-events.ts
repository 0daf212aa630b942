import { idFrom } from '../event/id.js';
import type { LeadEvent } from '../event/lead-event.js';
import { type Condition, conditionsIn } from '../sequence/condition-file.js';
import type { Program } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { allConditionsIn } from '../sequence/segments-file.js';
import { judge } from './condition.js';
import { type Facts, fieldOf, type Lead } from './facts.js';
import { occurrencesOf } from './moment.js';
import { openTurns } from './threshold-events.js';

/** What time alone brings about for a lead: the dates in its fields, newsletters, segments that it grows into. */

/** A sequence that a date in one of the lead's fields starts, later than `after` and not later than `until`. */
export function dateEvents(
  { name, enroll }: Program,
  lead: Lead,
  timeZone: string,
  after: Date,
  until: Date,
): readonly LeadEvent[] {
  return enroll.dates.flatMap((trigger) =>
    occurrencesOf(trigger, fieldOf(lead, trigger.field), timeZone, after, until).map(({ at, day }) => {
      const { field, offset } = trigger;
      // Of two rules for one field ("7 days before", "on the day") each fires.
      const shift = offset ? `${offset.sign * offset.by.amount} ${offset.by.unit}` : '';
      const id = idFrom('date', name, field, shift, day, lead.id);
      return { ...called(name, lead, at), id, source: 'date', why: `${field} is ${day}` };
    }),
  );
}

/** The newsletter that goes to a lead when its schedule strikes. Struck twice within a minute, it is one. */
export function broadcastEvent({ name }: Program, lead: Lead, at: Date): LeadEvent {
  const id = idFrom('broadcast', name, at.toISOString().slice(0, 16), lead.id);
  return { ...called(name, lead, at), id, source: 'schedule' };
}

function called(name: string, lead: Lead, at: Date): Omit<LeadEvent, 'id'> {
  return { type: 'sequence.called', about: name, lead: lead.id, at, source: '', machine: false };
}

/** The hour (UTC) at which segments are looked at that change by time alone. */
export const lookHour = 6;

/** A look at a lead's segments and thresholds; undefined when none of those that triggers wait for has changed. */
export function lookEvent(
  facts: Facts,
  project: Pick<Project, 'attention' | 'scoring'>,
  at: Date,
): LeadEvent | undefined {
  const { attention } = project;
  const { id: lead, segments = [] } = facts.lead;
  const hasChanged = [...attention.segments].some(
    (segment) => judge({ kind: 'segment', segment }, facts, at).holds !== segments.includes(segment),
  );
  if (!hasChanged && openTurns(facts, project, at).length === 0) return undefined;
  const id = idFrom('look', lead, at.toISOString().slice(0, 13));
  return { id, type: 'segments.looked-at', lead, at, source: 'calendar', machine: false };
}

/** Whether some segment that a trigger waits for, or a threshold, may change though nothing happens to the lead. */
export function changesByTime({
  attention,
  segments,
  scoring,
}: Pick<Project, 'attention' | 'segments' | 'scoring'>): boolean {
  // A score fades, and new rules may have come into force since anything happened.
  if (scoring.thresholds.length > 0) return true;
  const watched = [...attention.segments].flatMap((name) => segments.get(name) ?? []);
  return watched.flatMap((condition) => allConditionsIn(condition, segments)).some(isTimed);
}

function isTimed(condition: Condition): boolean {
  return conditionsIn(condition).some((part) => {
    if (part.kind === 'points' || part.kind === 'grid') return true;
    if (part.kind === 'event') return part.within !== undefined;
    return part.kind === 'field' && (part.test.before ?? part.test.after ?? part.test.on) !== undefined;
  });
}
