import { quoted } from '../diagnostic.js';
import { durationInWords, durationMs } from '../sequence/duration.js';
import { type Finding, type Linted, placeIn } from './finding.js';
import { type Met, walkFrom, type Walk } from './walk.js';
import type { Program, ProgramStep } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';
import { dayMs, minuteMs } from '../sequence/wall-clock.js';

/** Mails of which some lead may get two within a day, in one sequence or by way of one that it starts. */
export function findCrowding({ project }: Linted): readonly Finding[] {
  return [...project.programs.values()].flatMap((program) => {
    const nearest = new Map<string, Crowd>();
    for (const crowd of crowdsIn(program, project.programs)) {
      if (isKeptApart(crowd, project)) continue;
      const key = JSON.stringify(crowd.at.path);
      const known = nearest.get(key);
      if (!known || crowd.gapMs <= known.gapMs) nearest.set(key, crowd);
    }
    return [...nearest.values()].map((crowd) => toFinding(crowd, program));
  });
}

/** Whether the frequency cap lets no second mail go within a day. */
function isKeptApart({ at }: Crowd, { delivery }: Project): boolean {
  const isUrgent = at.kind === 'send' && at.urgent === true;
  return !isUrgent && delivery.caps.some(({ atMost, per }) => atMost === 1 && durationMs(per) >= dayMs);
}

type Programs = ReadonlyMap<string, Program>;
/** `mail` may come `gapMs` after `after`; `at` is the step to look at. */
type Crowd = Pick<Met, 'gapMs' | 'by'> & { readonly at: ProgramStep; readonly mail: string; readonly after: string };

function crowdsIn(program: Program, programs: Programs): readonly Crowd[] {
  return [...program.steps.values()].flatMap((step): readonly Crowd[] => {
    if (step.kind === 'enroll') return besides(step.sequence, walkFrom(step, program), programs);
    if (step.kind !== 'pick' && (step.kind !== 'send' || isPooled(step))) return [];
    return walkFrom(step, program).flatMap((met) => crowdOf(met, named(step), programs));
  });
}

/** The first mail of a sequence that was started, and those that go on here meanwhile. */
function besides(sequence: string, met: readonly Met[], programs: Programs): readonly Crowd[] {
  const first = firstMail(sequence, programs);
  if (!first) return [];
  return met
    .filter(({ step }) => step.kind !== 'enroll')
    .map(({ step, gapMs, by }) => {
      return {
        at: step,
        mail: named(step),
        after: first.mail,
        gapMs: Math.abs(gapMs - first.gapMs),
        ...(by ? { by } : {}),
      };
    });
}

function crowdOf({ step, gapMs, by }: Met, after: string, programs: Programs): readonly Crowd[] {
  const why = by ? { by } : {};
  if (step.kind !== 'enroll') return [{ at: step, mail: named(step), after, gapMs, ...why }];
  const first = firstMail(step.sequence, programs);
  const total = gapMs + (first?.gapMs ?? 0);
  return first && total < dayMs ? [{ at: step, mail: first.mail, after, gapMs: total, ...why }] : [];
}

/** The mail that comes first in a sequence, if it may come within a day of its start, also by way of another one. */
function firstMail(
  sequence: string,
  programs: Programs,
  above: readonly string[] = [],
): { mail: string; gapMs: number } | undefined {
  const program = programs.get(sequence);
  if (!program || above.includes(sequence)) return undefined;
  const met = walkFrom(undefined, program).flatMap(({ step, gapMs }) => {
    if (step.kind !== 'enroll') return [{ mail: `${named(step)} of ${quoted(program.title)}`, gapMs }];
    const inner = firstMail(step.sequence, programs, [...above, sequence]);
    return inner ? [{ ...inner, gapMs: gapMs + inner.gapMs }] : [];
  });
  return met.toSorted((a, b) => a.gapMs - b.gapMs).find(({ gapMs }) => gapMs < dayMs);
}

function isPooled({ path }: ProgramStep): boolean {
  return path[0] === 'pools' || path.at(-2) === 'pick';
}

function named(step: ProgramStep): string {
  return step.kind === 'pick' ? `what ${quoted(step.id)} picks` : quoted(step.id);
}

function toFinding({ at, mail, after, gapMs, by }: Crowd, program: Program): Finding {
  const when = gapMs === 0 ? 'right after' : `${inWords(gapMs)} after`;
  return {
    rule: 'two-mails-within-a-day',
    place: placeIn(program, at.path),
    message: `${mail} may come ${when} ${after}${by ? `, ${reason(by)}` : ''}`,
    hint: 'Put { "wait": "1 day" } or more between them, or say in "lint" why it may stay.',
  };
}

/** What on the way is over sooner than it looks. */
function reason(by: NonNullable<Walk['by']>): string {
  if (by.kind === 'wait-for') return 'as soon as what is waited for comes';
  return by.kind === 'wait-until'
    ? 'as the moment that is waited for may be near'
    : 'as the wait between them may be passed over';
}

function inWords(ms: number): string {
  const minutes = Math.round(ms / minuteMs);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const parts = [
    ...(hours > 0 ? [durationInWords({ amount: hours, unit: 'hours' })] : []),
    ...(rest > 0 ? [durationInWords({ amount: rest, unit: 'minutes' })] : []),
  ];
  return parts.join(' and ');
}
