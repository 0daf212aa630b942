import { idFrom } from '../event/id.js';
import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import { addDuration } from '../sequence/duration.js';
import type { Program } from '../sequence/program.js';
import { itsTurn } from './advance.js';
import type { Enrollment } from './enrollment.js';
import type { Lead } from './facts.js';
import { triggerOf } from './trigger-event.js';
import type { World } from './world.js';

export function isCalled(program: Program, event: LeadEvent, lead: Lead): boolean {
  if (event.type === 'sequence.called') return event.about === program.name;
  if (event.type === 'consent.granted' && isCalledByConsent(program, event, lead)) return true;
  return program.enroll.on.some(
    (trigger) =>
      isTriggeredBy(trigger, event) && (trigger !== 'stage.entered' || !program.stage || event.about === program.stage),
  );
}

/**
 * Whoever says yes at last gets what they would have got on entering the stage they are in, or by the form that they filled
 * in. About a purpose, it calls what is for that purpose alone.
 */
function isCalledByConsent(
  { enroll: { on }, stage, purpose }: Program,
  { about, data }: LeadEvent,
  lead: Lead,
): boolean {
  if (about !== undefined && about !== purpose) return false;
  if (about !== undefined && on.includes(`form.submitted:${String(data?.['form'])}`)) return true;
  const isByStage = on.some((trigger) => trigger === 'lead.created' || trigger === 'stage.entered');
  return isByStage && (!stage || stage === lead.stage);
}

export function mayEnter(program: Program, { facts, running, runs }: World, event: LeadEvent): boolean {
  if (program.inFlight === 'drain') return false;
  const { again } = program.enroll;
  const key = keyOf(program, event);
  const isSameRun = (run: { readonly sequence: string; readonly key?: string }): boolean =>
    run.sequence === program.name && run.key === key;
  if (running.some(({ enrollment }) => isSameRun(enrollment))) return false;
  const last = runs.filter(isSameRun).reduce((latest, run) => Math.max(latest, run.startedAt.getTime()), 0);
  if (last === 0 || again.kind === 'always') return true;
  return again.kind === 'after' && addDuration(new Date(last), again.after, facts.timeZone) <= event.at;
}

/**
 * What sets a run apart from others of its sequence: the value of a field, where each has its own. What only tells us of
 * each event tells of two that come at once as of two; nobody is mailed twice by that.
 */
function keyOf({ enroll: { again }, mailsLead }: Program, { id, data }: LeadEvent): string | undefined {
  if (again.kind === 'always' && !mailsLead) return id;
  if (again.kind !== 'per-key') return undefined;
  const value = data?.[again.field];
  return value === undefined ? undefined : String(value);
}

/** A new run, not yet looked at. Its id comes from its cause, so that the same cause cannot start it twice. */
export function enroll(program: Program, event: LeadEvent): Enrollment {
  const { again } = program.enroll;
  const key = keyOf(program, event);
  const cause = again.kind === 'never' ? [] : [key === undefined ? event.id : `key ${key}`];
  return {
    id: idFrom('enrollment', event.lead, program.name, ...cause),
    lead: event.lead,
    sequence: program.name,
    revision: program.revision,
    startedAt: event.at,
    because: causeOf(event),
    status: 'active',
    step: program.start,
    since: event.at,
    dueAt: event.at,
    waitsFor: itsTurn,
    ...(key === undefined ? {} : { key }),
    ...(hasNotice(program) ? { event: triggerOf(event) } : {}),
    generation: 0,
    history: [],
    raised: [],
  };
}

/** Whether a step tells us of the lead, and so perhaps of what brought it here. Other runs need not carry it along. */
function hasNotice({ steps }: Program): boolean {
  return [...steps.values()].some(({ kind }) => kind === 'notify');
}

export function causeOf({ type, about, why, source, sequence }: LeadEvent): string {
  if (type === 'sequence.called') return why ?? (sequence ? `called by ${sequence}` : `called by ${source}`);
  return about ? `${type}: ${about}` : type;
}
