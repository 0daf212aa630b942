import { type Condition, conditionsIn } from '../sequence/condition-file.js';
import { durationMs } from '../sequence/duration.js';
import type { JsonPath } from '../sequence/json-source.js';
import { type Anchor, anchorBefore, sureWait } from './anchor.js';
import { excludes } from './exclusive.js';
import type { Program, ProgramStep, StepOfKind, Target } from '../sequence/program.js';
import { dayMs } from '../sequence/wall-clock.js';

/** A lead on its way: what is known of it there. */
export type Walk = {
  readonly at: Target;
  /** The least time it has taken so far. */
  readonly gapMs: number;
  /** What must hold for whoever comes this way. */
  readonly held: readonly Condition[];
  readonly anchor?: Anchor;
  /** The last wait on the way that may be over sooner than it looks. */
  readonly by?: StepOfKind<'wait' | 'wait-until' | 'wait-for'>;
};

/** A mail, or the start of another sequence, that is met on a way within a day. */
export type Met = Pick<Walk, 'gapMs' | 'by'> & { readonly step: StepOfKind<'send' | 'pick' | 'enroll'> };

/** Branches without a wait or mail in them multiply; nobody's sequence has so many ways. */
const mostVisits = 5000;

/** What comes next on all ways from a step, or from the start, as far as less than a day is sure to pass before. */
export function walkFrom(step: ProgramStep | undefined, program: Program): readonly Met[] {
  const met: Met[] = [];
  const anchor = step && anchorBefore(step.id, program);
  const open: Walk[] = [
    {
      at: step ? step.next : program.start,
      gapMs: 0,
      held: step ? heldAt(step, program) : [],
      ...(anchor ? { anchor } : {}),
    },
  ];
  for (let visits = 0; visits < mostVisits; visits += 1) {
    const walk = open.pop();
    if (!walk) break;
    const next = walk.at === null ? undefined : program.steps.get(walk.at);
    if (next) open.push(...visited(next, walk, met));
  }
  return met;
}

/** What holds for whoever comes from a step: it was done, and the ways were taken that led into it. */
function heldAt(step: ProgramStep, { steps }: Program): readonly Condition[] {
  const around = [...steps.values()].flatMap((outer) => {
    const isAround = outer.path.length < step.path.length && outer.path.every((key, i) => step.path[i] === key);
    return isAround ? heldInside(outer, step.path.slice(outer.path.length)) : [];
  });
  const sent: readonly Condition[] = step.kind === 'send' ? [{ kind: 'mail', happened: 'sent', step: step.id }] : [];
  return [...around.filter(isLasting), ...(step.if ? [step.if] : []), ...sent];
}

function heldInside(outer: ProgramStep, [way, index]: JsonPath): readonly Condition[] {
  if (outer.kind === 'branch') return [way === 'then' ? outer.on : not(outer.on)];
  if (outer.kind !== 'choose') return [];
  return way === 'choose' ? heldInWay(outer, Number(index)) : outer.ways.map((other) => not(other.if));
}

/** Of several ways the first that holds is taken. */
function heldInWay({ ways }: StepOfKind<'choose'>, index: number): readonly Condition[] {
  return ways.slice(0, index + 1).map((way, i) => (i === index ? way.if : not(way.if)));
}

/** The ways on from a step: doing it, and passing it over. Those that what is known rules out are none. */
function visited(step: ProgramStep, walk: Walk, met: Met[]): readonly Walk[] {
  const done = step.if ? holding(walk, [step.if]) : walk;
  const passed = step.if && step.kind !== 'branch' ? holding({ ...walk, at: step.next }, [not(step.if)]) : undefined;
  const over = passed && step.kind === 'wait' ? { ...passed, by: step } : passed;
  return [...(done ? waysOn(step, done, met) : []), ...(over ? [over] : [])].filter(({ gapMs }) => gapMs < dayMs);
}

function waysOn(step: ProgramStep, walk: Walk, met: Met[]): readonly Walk[] {
  const on = { ...walk, at: step.next };
  switch (step.kind) {
    case 'send':
      met.push(metAt(step, walk));
      return [];
    case 'pick': {
      const rested = Math.max(walk.gapMs, step.quiet ? durationMs(step.quiet) : 0);
      if (rested < dayMs) met.push(metAt(step, { ...walk, gapMs: rested }));
      // It may find nothing to send.
      return [waited(on, rested - walk.gapMs)];
    }
    case 'enroll':
      met.push(metAt(step, walk));
      return [on];
    case 'wait':
      return [waited(on, 'businessDays' in step.for ? step.for.businessDays * dayMs : durationMs(step.for))];
    case 'wait-until':
      return [untilMoment(step, on)];
    case 'wait-for':
      return [
        { ...waited({ ...walk, at: step.then }, 0), by: step },
        waited({ ...walk, at: step.else }, durationMs(step.upTo)),
      ];
    case 'branch':
      return parted(walk, [
        [step.then, [step.on]],
        [step.else, [not(step.on)]],
      ]);
    case 'choose':
      return parted(walk, [
        ...step.ways.map(({ to }, i) => [to, heldInWay(step, i)] as const),
        [step.otherwise, step.ways.map((way) => not(way.if))] as const,
      ]);
    case 'split':
      return step.ways.map(({ to }) => ({ ...walk, at: to }));
    case 'exit':
      return [];
    case 'score':
    case 'tag':
    case 'untag':
    case 'set':
    case 'stage':
    case 'webhook':
    case 'hand-over':
      return [{ ...on, held: walk.held.filter((condition) => !mayChange(condition, step)) }];
    case 'goal':
    case 'notify':
    case 'unenroll':
      return [on];
  }
}

function metAt(step: Met['step'], { gapMs, by }: Walk): Met {
  return { step, gapMs, ...(by ? { by } : {}) };
}

function parted(walk: Walk, to: readonly (readonly [Target, readonly Condition[]])[]): readonly Walk[] {
  return to.flatMap(([at, conditions]) => holding({ ...walk, at }, conditions) ?? []);
}

/** The walk of those for whom these conditions hold too; undefined when nobody is left. */
function holding(walk: Walk, conditions: readonly Condition[]): Walk | undefined {
  const isRuledOut = conditions.some((condition) => walk.held.some((held) => excludes(held, condition)));
  return isRuledOut ? undefined : { ...walk, held: [...walk.held, ...conditions] };
}

function waited(before: Walk, ms: number): Walk {
  const { anchor: _, ...walk } = before;
  // What leads do, they may do meanwhile; what is known about them stays.
  return { ...walk, gapMs: walk.gapMs + ms, held: walk.held.filter(isLasting) };
}

function untilMoment(step: StepOfKind<'wait-until'>, walk: Walk): Walk {
  const sure = sureWait(step, walk.held, walk.anchor);
  const isExact = step.missed === 'exit' || sure !== undefined;
  const after = { ...waited(walk, sure ?? 0), anchor: { step, isExact } };
  return sure === undefined || sure === 0 ? { ...after, by: step } : after;
}

/** Whether it holds as well a while later: fields stay, but "in 4 days" comes nearer. */
function isLasting(condition: Condition): boolean {
  return conditionsIn(condition).every((part) => {
    if (part.kind === 'field') return !(part.test.after ?? part.test.before ?? part.test.on);
    return part.kind === 'all' || part.kind === 'any' || part.kind === 'not';
  });
}

/** Whether doing a step may be what makes a condition hold, or fail. */
function mayChange(condition: Condition, { kind }: ProgramStep): boolean {
  return conditionsIn(condition).some((part) => {
    if (part.kind === 'segment' || part.kind === 'threshold') return true;
    if (part.kind === 'tag') return kind === 'tag' || kind === 'untag';
    if (part.kind === 'field') return ['set', 'webhook', 'hand-over'].includes(kind);
    return !['all', 'any', 'not', 'mail', 'clicked-link'].includes(part.kind);
  });
}

function not(condition: Condition): Condition {
  return { kind: 'not', of: condition };
}
