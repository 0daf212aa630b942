import { eventTypeOf, isTriggeredBy, type LeadEvent } from '../event/lead-event.js';
import type { Program, ProgramStep, StepId, Target } from './program.js';
import { waysFrom } from './program.js';

/** A step that starts another sequence in the same instant, and which one. */
type Call = { readonly from: ProgramStep; readonly sequence: string };
export type Circle = { readonly path: readonly string[]; readonly step: ProgramStep };
/** Sequences that let anybody in at any time, by the type of event that each of their triggers waits for. */
type Open = ReadonlyMap<string, readonly { readonly trigger: string; readonly program: Program }[]>;

/** Sequences that start each other in a circle with no wait in it, which would turn for ever at once. */
export function findEndlessCircle(programs: readonly Program[]): Circle | undefined {
  const open = byEvent(programs);
  const calls = new Map(programs.map((program) => [program.name, callsWithoutWait(program, open)]));
  const harmless = new Set<string>();
  const follow = (name: string, above: readonly string[]): Circle | undefined => {
    const path = [...above, name];
    for (const { from: step, sequence } of calls.get(name) ?? []) {
      if (path.includes(sequence)) return { path: [...path.slice(path.indexOf(sequence)), sequence], step };
      const found = harmless.has(sequence) ? undefined : follow(sequence, path);
      if (found) return found;
    }
    harmless.add(name);
    return undefined;
  };
  for (const { name } of programs) {
    const found = harmless.has(name) ? undefined : follow(name, []);
    if (found) return found;
  }
  return undefined;
}

function byEvent(programs: readonly Program[]): Open {
  // One that lets nobody in twice cannot turn for ever.
  const open = programs.filter(({ enroll }) => enroll.again.kind === 'always');
  const waiting = new Map<string, { trigger: string; program: Program }[]>();
  for (const program of open) {
    for (const trigger of program.enroll.on) {
      const type = eventTypeOf(trigger);
      const others = waiting.get(type);
      if (others) others.push({ trigger, program });
      else waiting.set(type, [{ trigger, program }]);
    }
  }
  return waiting;
}

function callsWithoutWait(program: Program, open: Open): readonly Call[] {
  const calls: Call[] = [];
  const seen = new Set<StepId>();
  const walk = (id: Target): void => {
    const step = id === null || seen.has(id) ? undefined : program.steps.get(id);
    if (!step) return;
    seen.add(step.id);
    calls.push(...startedBy(step, open).map((sequence) => ({ from: step, sequence })));
    for (const way of waysInNoTime(step)) walk(way);
  };
  walk(program.start);
  return calls;
}

/** Where a step may lead in the same instant. A wait that is passed over by its `if` holds nobody up. */
function waysInNoTime(step: ProgramStep): readonly Target[] {
  const passedOver = step.if ? [step.next] : [];
  if (step.kind === 'wait' || step.kind === 'wait-until') return passedOver;
  // What it waits for may come at once; only who waits in vain takes the other way.
  return step.kind === 'wait-for' ? [step.then, ...passedOver] : waysFrom(step);
}

/** The sequences that a step starts by itself: by name, or by the events that it raises. */
function startedBy(step: ProgramStep, open: Open): readonly string[] {
  if (step.kind === 'enroll') return [step.sequence];
  const started = raisedBy(step).flatMap((event) =>
    (open.get(event.type) ?? []).filter(
      ({ trigger, program: { stage } }) =>
        // On its own, "stage.entered" means the stage of the sequence.
        isTriggeredBy(trigger, { ...event, machine: false }) &&
        (trigger !== 'stage.entered' || stage === undefined || stage === event.about),
    ),
  );
  return [...new Set(started.map(({ program }) => program.name))];
}

function raisedBy(step: ProgramStep): readonly Pick<LeadEvent, 'type' | 'about' | 'data'>[] {
  if (step.kind === 'score') return [{ type: 'score.adjusted' }];
  if (step.kind === 'tag') return step.tags.map((about) => ({ type: 'tag.added', about }));
  if (step.kind === 'untag') return step.tags.map((about) => ({ type: 'tag.removed', about }));
  if (step.kind === 'set') return [{ type: 'lead.updated', data: step.fields }];
  if (step.kind === 'stage') return [{ type: 'stage.entered', about: step.stage }];
  // To whom, nobody knows beforehand.
  if (step.kind === 'hand-over') return [{ type: 'owner.assigned' }, { type: 'handed-over' }];
  return step.kind === 'unenroll' ? [{ type: 'sequence.ended', about: step.sequence }] : [];
}
