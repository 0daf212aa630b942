import type { Condition } from './condition-file.js';
import { conditionsIn } from './condition-file.js';
import type { Funnel } from './funnel-file.js';
import type { Program } from './program.js';
import type { Scoring } from './scoring-file.js';

/** Which events the files of a project ask for at all. */
export type Attention = {
  /** Types that some condition counts in a lead's history; only these are read from it. */
  readonly counted: ReadonlySet<string>;
  /** Types that enroll, end, score or move somebody, or are counted; any other changes nothing by a rule. */
  readonly minded: ReadonlySet<string>;
};

/** Reads off the rules which events they wait for. */
export function attentionOf(programs: readonly Program[], funnel: Funnel, scoring: Scoring): Attention {
  const steps = programs.flatMap((program) => [...program.steps.values()]);
  const conditions: (Condition | undefined)[] = [
    ...funnel.map((stage) => stage.if),
    ...programs.flatMap((program) => [program.enroll.if, program.broadcast?.audience]),
    ...steps.flatMap((step) => [step.if, step.kind === 'branch' ? step.on : undefined]),
  ];
  const asked = conditions.flatMap((condition) => (condition ? conditionsIn(condition) : []));
  const counted = asked.flatMap((condition) => (condition.kind === 'event' ? [condition.event] : []));
  const triggers = [
    ...programs.flatMap(({ enroll, exit }) => [...enroll.on, ...exit.on]),
    ...funnel.flatMap(({ on }) => on),
    ...scoring.engagement.rules.flatMap(({ on }) => on),
  ];
  return {
    counted: new Set(counted),
    minded: new Set([...counted, ...triggers.map((trigger) => trigger.split(':')[0] ?? trigger)]),
  };
}
