import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import { whyForbidden } from '../journey/advance.js';
import { judge } from '../journey/condition.js';
import type { Enrollment } from '../journey/enrollment.js';
import { whyUnwanted } from '../journey/unwanted.js';
import { addDuration, durationInWords } from '../sequence/duration.js';
import type { Program } from '../sequence/program.js';
import { sortableTime } from '../simulation/narrate.js';
import type { Known, Reason } from './reason.js';

/** Why a lead that is not in a sequence is not: each rule of entering, in the order in which `react` asks them. */
export function entryReasons(program: Program, known: Known): readonly Reason[] {
  return [
    triggerReason(program, known),
    ...forbidden(program, known),
    ...unwanted(program, known),
    ...(program.inFlight === 'drain' ? [drained] : []),
    ...againReason(program, known),
    ...conditionReason(program, known),
  ];
}

/** That a lead entered, and what brought it. */
export function entry({ startedAt, because }: Pick<Enrollment, 'startedAt' | 'because'>): Reason {
  return { rule: 'run', says: 'yes', why: `entered: ${because}`, at: startedAt };
}

const drained: Reason = {
  rule: 'no new leads',
  says: 'no',
  why: 'the file says "inFlight": "drain": whoever is in it goes on, and nobody enters',
};

/** What forbids a sequence to the lead; nothing where it may be mailed, or where nobody but us is. */
export function forbidden(program: Program, { world: { facts } }: Pick<Known, 'world'>): readonly Reason[] {
  const because = whyForbidden(program, facts);
  if (because === undefined) return [];
  const { suppression, lead } = facts;
  if (!suppression)
    return [{ rule: 'consent', says: 'no', why: because, at: lead.consent.at, data: { ...lead.consent } }];
  return [{ rule: 'suppression', says: 'no', why: `the address is suppressed: ${because}`, data: { suppression } }];
}

/** What the lead itself has chosen against a sequence. */
function unwanted(program: Program, { world: { facts }, now }: Known): readonly Reason[] {
  const because = whyUnwanted(program, facts, now);
  return because ? [{ rule: 'topic', says: 'no', why: because, data: { topic: program.topic } }] : [];
}

function triggerReason(program: Program, known: Known): Reason {
  const { enroll, broadcast } = program;
  const data = {
    on: enroll.on,
    ...(enroll.dates.length > 0 ? { dates: enroll.dates.map(({ field }) => field) } : {}),
    ...(broadcast ? { schedule: broadcast.schedule } : {}),
  };
  const event = lastTrigger(program, known.events);
  if (event) {
    const about = event.about ? ` ${event.about}` : '';
    return { rule: 'trigger', says: 'yes', why: `${event.type}${about} calls for it`, at: event.at, data };
  }
  return { rule: 'trigger', says: 'no', why: `${whatStarts(program)} has not happened`, data };
}

/** The last thing that would have started the sequence. */
function lastTrigger({ name, stage, enroll }: Program, events: readonly LeadEvent[]): LeadEvent | undefined {
  return events.findLast(
    (event) =>
      (event.type === 'sequence.called' && event.about === name) ||
      enroll.on.some(
        (trigger) => isTriggeredBy(trigger, event) && (trigger !== 'stage.entered' || !stage || event.about === stage),
      ),
  );
}

function whatStarts({ name, stage, enroll, broadcast }: Program): string {
  const triggers = enroll.on.map((trigger) =>
    trigger === 'stage.entered' && stage ? `stage.entered ${stage}` : trigger,
  );
  const ways = [
    ...triggers,
    ...enroll.dates.map(({ field }) => `the day of lead.${field}`),
    ...(broadcast ? [`its schedule "${broadcast.schedule}"`] : []),
  ];
  return ways.length > 0 ? ways.join(' or ') : `a call of ${name} by another sequence or the API`;
}

function againReason({ name, enroll: { again } }: Program, { world, now }: Known): readonly Reason[] {
  const { timeZone } = world.facts;
  const last = world.runs.filter(({ sequence }) => sequence === name).at(-1);
  if (!last) return [];
  const was = `the lead entered it ${sortableTime(last.startedAt, timeZone)}`;
  const data = { startedAt: last.startedAt };
  if (again.kind === 'per-key') {
    const why = `${was}; each "${again.field}" has one run, and this one has had its own`;
    return last.key === undefined ? [] : [{ rule: 'again', says: 'no', why, data: { ...data, key: last.key } }];
  }
  if (again.kind !== 'after')
    return again.kind === 'never'
      ? [{ rule: 'again', says: 'no', why: `${was}, and nobody enters it twice`, data }]
      : [];
  const until = addDuration(last.startedAt, again.after, timeZone);
  const why = `${was}, and may again after ${durationInWords(again.after)}`;
  return until <= now ? [] : [{ rule: 'again', says: 'wait', why, until, data }];
}

function conditionReason({ enroll, broadcast }: Program, { world: { facts }, now }: Known): readonly Reason[] {
  return [enroll.if, broadcast?.audience].flatMap((condition): readonly Reason[] => {
    if (!condition) return [];
    const { holds, because } = judge(condition, facts, now);
    return [{ rule: 'condition', says: holds ? 'yes' : 'no', why: because, data: { condition } }];
  });
}
