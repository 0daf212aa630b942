import type { Project } from '../sequence/project.js';
import type { StepCounts } from '../store/messages.js';

export type Counts = Omit<StepCounts, 'sequence' | 'step'>;

/** What became of the mails of one step. Without a subject the step is no longer in the file. */
export type MailNumbers = { readonly step: string; readonly subject?: string; readonly counts: Counts };

export type SequenceNumbers = {
  readonly name: string;
  readonly title: string;
  /** False when its file is gone, and only what it has done is left. */
  readonly isThere: boolean;
  readonly active: number;
  readonly mails: readonly MailNumbers[];
};

/** The numbers of a mail of which nothing is known yet. */
export const noCounts: Counts = {
  sent: 0,
  opened: 0,
  clicked: 0,
  replied: 0,
  bounced: 0,
  unsubscribed: 0,
  machineOpens: 0,
  machineClicks: 0,
};

/** Every sequence with its numbers, along the funnel, and what is left of steps and sequences that are no longer in the files. */
export function sequenceNumbers(
  { programs, funnel }: Pick<Project, 'programs' | 'funnel'>,
  active: readonly { readonly sequence: string; readonly count: number }[],
  counts: readonly StepCounts[],
): readonly SequenceNumbers[] {
  const names = new Set([...programs.keys(), ...[...active, ...counts].map(({ sequence }) => sequence)]);
  const placeOf = (name: string): number => {
    const place = funnel.findIndex((stage) => stage.name === programs.get(name)?.stage);
    return place < 0 ? funnel.length + (programs.has(name) ? 0 : 1) : place;
  };
  const ordered = [...names].toSorted((a, b) => placeOf(a) - placeOf(b));
  return ordered.map((name) => {
    const program = programs.get(name);
    const own = counts.filter(({ sequence }) => sequence === name);
    const planned = [...(program?.steps.values() ?? [])].flatMap((step): readonly MailNumbers[] =>
      step.kind === 'send'
        ? [{ step: step.id, subject: step.subject, counts: own.find((one) => one.step === step.id) ?? noCounts }]
        : [],
    );
    const left = own
      .filter(({ step }) => !planned.some((mail) => mail.step === step))
      .map((one): MailNumbers => ({ step: one.step, counts: one }));
    return {
      name,
      title: program?.title ?? name,
      isThere: program !== undefined,
      active: active.find(({ sequence }) => sequence === name)?.count ?? 0,
      mails: [...planned, ...left],
    };
  });
}
