import { isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import type { Condition } from '../sequence/condition-file.js';
import type { Funnel, Stage } from '../sequence/funnel-file.js';

/** The furthest stage beyond `current` that this event lets a lead enter; undefined when it stays. Nobody moves backwards. */
export function stageAfter(
  funnel: Funnel,
  current: string | undefined,
  event: LeadEvent,
  holds: (condition: Condition) => boolean,
): Stage | undefined {
  const reached = funnel.findIndex((stage) => stage.name === current);
  return funnel.slice(reached + 1).findLast(({ on, if: condition }) => {
    const isCalled = on.length === 0 ? !event.machine : on.some((trigger) => isTriggeredBy(trigger, event));
    return isCalled && (!condition || holds(condition));
  });
}
