import type { Linted } from './finding.js';
import type { Program, StepOfKind } from '../sequence/program.js';

/** A mail to leads, where a program sends it. */
export type SentMail = { readonly program: Program; readonly step: StepOfKind<'send'> };

/** Every mail to leads; what `notify` tells people of ours is none. */
export function sentMails({ project }: Pick<Linted, 'project'>): readonly SentMail[] {
  return [...project.programs.values()].flatMap((program) =>
    [...program.steps.values()].flatMap((step) => (step.kind === 'send' ? [{ program, step }] : [])),
  );
}

/** Templates of which the first answers to be a mail to leads, and not one to people of ours alone. */
export function templatesForLeads(linted: Pick<Linted, 'project'>): ReadonlySet<string> {
  return new Set(sentMails(linted).map(({ step }) => step.template));
}

/** Templates that only people of ours ever get. */
export function internalTemplates(linted: Pick<Linted, 'project'>): ReadonlySet<string> {
  const forLeads = templatesForLeads(linted);
  const steps = [...linted.project.programs.values()].flatMap((program) => [...program.steps.values()]);
  const told = steps.flatMap((step) => (step.kind === 'notify' ? step.template : []));
  return new Set(told.filter((template) => !forLeads.has(template)));
}
