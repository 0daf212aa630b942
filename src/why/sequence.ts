import { sortableTime } from '../simulation/narrate.js';
import { entry, entryReasons } from './entry.js';
import { whyMail } from './mail.js';
import type { Known, Reason, WhySequence } from './reason.js';

/** Why a lead is, was, or is not in a sequence, with the answer for each of its mails. Undefined when there is no such sequence. */
export function whySequence(known: Known, sequence: string): WhySequence | undefined {
  const { runs, project, next } = known;
  const run = runs.findLast(({ enrollment }) => enrollment.sequence === sequence);
  const program = project.programs.get(sequence) ?? run?.program;
  if (!program) return undefined;
  const entering = next.find((moment) => moment.kind === 'enter' && moment.sequence === sequence);
  const reasons = run?.enrollment.status === 'active' ? [] : entryReasons(program, known);
  const mails = [...(run?.program ?? program).steps.values()]
    .filter(({ kind }) => kind === 'send' || kind === 'notify')
    .map(({ id }) => whyMail(known, { sequence, step: id }));
  const told = tell(known, run?.enrollment, entering?.at);
  return { sequence, ...told, reasons: [...(run ? runReasons(run.enrollment) : []), ...reasons], mails };
}

type Enrollment = Known['runs'][number]['enrollment'];

function tell(
  { world }: Known,
  run: Enrollment | undefined,
  enteringAt: Date | undefined,
): Pick<WhySequence, 'verdict' | 'answer'> {
  const time = (at: Date): string => sortableTime(at, world.facts.timeZone);
  if (run?.status === 'active')
    return { verdict: 'running', answer: `In it since ${time(run.startedAt)}, and waits for ${run.waitsFor}.` };
  if (enteringAt) return { verdict: 'will-enter', answer: `Enters it ${time(enteringAt)} if nothing else happens.` };
  if (!run) return { verdict: 'not-entered', answer: 'Was never in it.' };
  const ended = run.endedAt ? ` until ${time(run.endedAt)}` : '';
  return {
    verdict: 'over',
    answer: `Was in it from ${time(run.startedAt)}${ended}: ${run.endedBecause ?? 'finished'}.`,
  };
}

function runReasons(run: Enrollment): readonly Reason[] {
  const { status, endedAt, endedBecause } = run;
  const entered = entry(run);
  if (status === 'active') return [entered];
  return [
    entered,
    { rule: 'run', says: 'no', why: `left: ${endedBecause ?? 'finished'}`, ...(endedAt ? { at: endedAt } : {}) },
  ];
}
