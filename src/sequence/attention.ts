import { eventTypeOf } from '../event/lead-event.js';
import { type Condition, triggerOf } from './condition-file.js';
import type { Funnel } from './funnel-file.js';
import { conditionsOf, type Program, type ProgramStep } from './program.js';
import { conditionsOfSales, type Sales } from './sales-file.js';
import type { Scoring } from './scoring-file.js';
import { allConditionsIn, type Segments } from './segments-file.js';

/** Which events the files of a project ask for at all. */
export type Attention = {
  /** Types that some condition counts in a lead's history; only these are read from it. */
  readonly counted: ReadonlySet<string>;
  /** Types that enroll, end, score or move somebody, or are counted; any other changes nothing by a rule. */
  readonly minded: ReadonlySet<string>;
  /** Segments whose comings and goings some trigger waits for. */
  readonly segments: ReadonlySet<string>;
};

/** What asks for events. */
export type Rules = {
  /** All that anybody may run through: the current ones, and older revisions with leads on their way. */
  readonly programs: readonly Program[];
  readonly funnel: Funnel;
  readonly scoring: Scoring;
  readonly segments: Segments;
  readonly sales?: Sales;
};

/** Reads off the rules which events they wait for. */
export function attentionOf({ programs, funnel, scoring, segments, sales }: Rules): Attention {
  const steps = programs.flatMap((program) => [...program.steps.values()]);
  const conditions: readonly (Condition | undefined)[] = [
    ...funnel.map((stage) => stage.if),
    ...segments.values(),
    ...scoring.thresholds.map((threshold) => threshold.if),
    ...(sales ? conditionsOfSales(sales).map(({ condition }) => condition) : []),
    ...programs.flatMap(({ enroll, exit, goal, broadcast }) => [enroll.if, exit.if, goal, broadcast?.audience]),
    ...steps.flatMap((step) => conditionsOf(step).map(({ condition }) => condition)),
    ...steps.flatMap((step) => (step.kind === 'pick' ? step.pool.map((mail) => mail.if) : [])),
  ];
  const asked = conditions.flatMap((condition) => (condition ? allConditionsIn(condition, segments) : []));
  const inHistory = [...asked.flatMap(lookedFor), ...steps.flatMap(awaitedBy)];
  const counted = [...inHistory.map(eventTypeOf), ...steps.flatMap(countedBy)];
  const triggers = [
    ...inHistory,
    ...programs.flatMap(({ enroll, exit }) => [...enroll.on, ...exit.on]),
    ...funnel.flatMap(({ on }) => on),
    ...scoring.engagement.rules.flatMap(({ on }) => on),
  ];
  return {
    counted: new Set(counted),
    minded: new Set([...counted, ...triggers.map(eventTypeOf)]),
    segments: new Set(triggers.flatMap(watchedSegment).filter((name) => segments.has(name))),
  };
}

/** What a condition looks for in a lead's history, as a trigger would name it. */
function lookedFor(condition: Condition): readonly string[] {
  return condition.kind === 'event' ? [triggerOf(condition)] : [];
}

function awaitedBy(step: ProgramStep): readonly string[] {
  return step.kind === 'wait-for' && 'event' in step.for ? [step.for.event] : [];
}

function countedBy(step: ProgramStep): readonly string[] {
  return step.kind === 'pick' && step.pool.some(({ interests }) => interests.length > 0) ? ['clicked'] : [];
}

function watchedSegment(trigger: string): readonly string[] {
  const [, segment] = /^segment\.(?:entered|left):(.+)$/.exec(trigger) ?? [];
  return segment === undefined ? [] : [segment];
}
