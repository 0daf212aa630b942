import { conditionsIn } from './condition-file.js';
import { conditionsOf, type ProgramStep } from './program.js';

/**
 * The events that end the runs of a sequence which names none: a reply. Whoever answers a mail has a person's attention, and
 * the next mail of the series would show that nobody has read it. A sequence whose steps ask for replies themselves has a
 * plan for them, and one that mails nobody but us has nobody to stop.
 */
export function exitsUnlessSaid(steps: readonly ProgramStep[]): readonly string[] {
  const mailsLead = steps.some(({ kind }) => kind === 'send');
  return mailsLead && !steps.some(asksForReplies) ? [reply] : [];
}

const reply = 'replied';

function asksForReplies(step: ProgramStep): boolean {
  if (step.kind === 'wait-for' && 'event' in step.for && step.for.event.split(':')[0] === reply) return true;
  const pool = step.kind === 'pick' ? step.pool.flatMap((mail) => mail.if ?? []) : [];
  return [...conditionsOf(step).map(({ condition }) => condition), ...pool]
    .flatMap(conditionsIn)
    .some((part) =>
      part.kind === 'mail' ? part.happened === reply : part.kind === 'event' && part.event.split(':')[0] === reply,
    );
}
