import type { Condition } from '../sequence/condition-file.js';
import { durationMs } from '../sequence/duration.js';
import type { RelativeDate, Until } from '../sequence/moment-file.js';
import { type Program, type ProgramStep, type StepId, type StepOfKind, waysFrom } from '../sequence/program.js';
import { dayMs, dayNumber, minuteMs } from '../sequence/wall-clock.js';

/** A moment that a lead stands at, as it has waited for it. `isExact`: nobody can have come there too late. */
export type Anchor = { readonly step: StepOfKind<'wait-until'>; readonly isExact: boolean };

/** The least time that a wait takes; undefined where it may be over at once. `held`: what holds when it begins. */
export function sureWait(
  step: StepOfKind<'wait-until'>,
  held: readonly Condition[],
  from: Anchor | undefined,
): number | undefined {
  const { until } = step;
  const since = from && from.step.timeZone === step.timeZone ? timeBetween(from, until) : undefined;
  return since ?? (until.kind === 'field' ? timeUntil(until, held) : undefined);
}

/** The least time from one awaited moment to another. */
function timeBetween({ step, isExact }: Anchor, to: Until): number | undefined {
  if (step.until.kind === 'clock' && to.kind === 'clock') return clockTime(step.until, to);
  // Whoever came too late for the first went on at once, and may be at any moment.
  const [first, second] = isExact ? [momentOf(step.until), momentOf(to)] : [];
  if (!first || !second || first.of !== second.of || second.ms < first.ms) return undefined;
  return second.ms - first.ms;
}

type Clock = Extract<Until, { kind: 'clock' }>;

function clockTime(from: Clock, to: Clock): number | undefined {
  const [start, end] = [from.minutes, to.minutes ?? from.minutes];
  if (start === undefined || end === undefined) return undefined;
  const [days, round] =
    from.weekday !== undefined && to.weekday !== undefined ? [to.weekday - from.weekday, 7] : [0, 1];
  const minutes = (days * 1440 + end - start + round * 1440) % (round * 1440);
  return (minutes || round * 1440) * minuteMs;
}

/** A moment as so long from a date. */
function momentOf(until: Until): { readonly of: string; readonly ms: number } | undefined {
  switch (until.kind) {
    case 'clock':
      return undefined;
    case 'date':
      return { of: 'date', ms: (dayNumber(until.date) ?? 0) * dayMs + (until.minutes ?? 9 * 60) * minuteMs };
    case 'field':
      return { of: `${until.field} ${until.minutes ?? ''}`, ms: offsetOf(until) };
  }
}

type Field = Extract<Until, { kind: 'field' }>;

function offsetOf({ offset }: Field): number {
  return offset ? offset.sign * durationMs(offset.by) : 0;
}

/** The time left by a condition such as `{ "lead.webinarAt": { "after": "in 4 days" } }`. */
function timeUntil(until: Field, held: readonly Condition[]): number | undefined {
  // A time of day moves the moment by up to a day.
  if (until.minutes !== undefined) return undefined;
  const left = held
    .flatMap((condition) => (condition.kind === 'all' ? condition.of : [condition]))
    .flatMap((condition) => (condition.kind === 'field' && condition.field === until.field ? condition.test.after : []))
    .flatMap((after) => (after ? timeTo(after) : []));
  const sure = Math.max(...left) + offsetOf(until);
  return sure >= 0 ? sure : undefined;
}

function timeTo(date: RelativeDate): number | readonly [] {
  switch (date.kind) {
    case 'now':
      return 0;
    case 'day':
      return date.days * dayMs;
    case 'offset':
      return date.sign * durationMs(date.by);
    case 'date':
      return [];
  }
}

/** Steps that take no time. */
const instant: readonly ProgramStep['kind'][] = [
  'branch',
  'choose',
  'split',
  'score',
  'tag',
  'untag',
  'set',
  'enroll',
  'unenroll',
];

/** The moment that all who come to a step have just waited for, if there is one. */
export function anchorBefore(id: StepId, program: Program): Anchor | undefined {
  const step = onlyStepBefore(id, program);
  if (!step) return undefined;
  if (step.kind !== 'wait-until') return instant.includes(step.kind) ? anchorBefore(step.id, program) : undefined;
  if (step.if) return undefined;
  const above = onlyStepBefore(step.id, program);
  const held = above?.kind === 'branch' && above.then === step.id && above.else !== step.id ? [above.on] : [];
  return { step, isExact: step.missed === 'exit' || sureWait(step, held, undefined) !== undefined };
}

function onlyStepBefore(id: StepId, { steps }: Program): ProgramStep | undefined {
  const [only, ...others] = [...steps.values()].filter((step) => waysFrom(step).includes(id));
  return others.length === 0 ? only : undefined;
}
