import { didYouMean, quoted } from '../diagnostic.js';
import type { Program, StepId } from '../sequence/program.js';

/** A mail as journeys name it; the mails of a split or pick are named together by the step they belong to. */
export type MailName = { readonly sequence: string; readonly step: StepId };

/** What a name stands for, or what is wrong with it: message, line break, mend. */
export type FoundMail = { readonly mail: MailName } | { readonly mistake: string };

/** Finds the mail "paper" or "consideration-white-paper/paper"; a bare step is looked for in the sequence `here` first. */
export function findMail(written: string, programs: ReadonlyMap<string, Program>, here?: string): FoundMail {
  const known = [...programs.values()].flatMap((program) => mailsOf(program));
  if (written.includes('/')) {
    const mail = known.find((one) => nameOfMail(one) === written);
    return mail ? { mail } : unknown(written, known.map(nameOfMail));
  }
  const own = known.filter(({ sequence }) => sequence === here);
  const found = own.some(({ step }) => step === written) ? own : known;
  const [mail, ...others] = found.filter(({ step }) => step === written);
  if (!mail) return unknown(written, [...new Set((own.length > 0 ? own : known).map(({ step }) => step))]);
  if (others.length === 0) return { mail };
  const ways = [mail, ...others].map(nameOfMail).join(' or ');
  return { mistake: `several sequences have a mail ${quoted(written)}\nWrite ${ways}.` };
}

function unknown(written: string, known: readonly string[]): FoundMail {
  return { mistake: `there is no mail ${quoted(written)}\n${didYouMean(written, known)}` };
}

export function nameOfMail({ sequence, step }: MailName): string {
  return `${sequence}/${step}`;
}

/** Whether a mail that went is the one that a name stands for. */
export function isMailNamed({ sequence, step }: MailName, went: MailName): boolean {
  return went.sequence === sequence && (went.step === step || went.step.startsWith(`${step}.`));
}

function mailsOf({ name, steps }: Program): readonly MailName[] {
  const all = [...steps.values()];
  return all
    .filter(
      ({ kind, id }) =>
        kind === 'send' || ((kind === 'split' || kind === 'pick') && all.some((step) => step.id.startsWith(`${id}.`))),
    )
    .map(({ id }) => ({ sequence: name, step: id }));
}
