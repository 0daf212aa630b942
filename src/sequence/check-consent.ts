import { type Diagnostic, didYouMean, quoted } from '../diagnostic.js';
import type { FormFile } from './form-file.js';
import type { JsonSource } from './json-source.js';
import type { Program, ProgramStep, StepOfKind } from './program.js';
import { nameOf, type Part } from './project-files.js';

/** Events by which a form asks an address to confirm. */
const asked = 'consent.asked';

/** The purposes that forms name; undefined without forms, as any may be vouched for by the API then. */
export function purposesOf(forms: readonly Pick<FormFile, 'consent'>[]): readonly string[] | undefined {
  if (forms.length === 0) return undefined;
  return [...new Set(forms.flatMap(({ consent = [] }) => consent.map(({ purpose }) => purpose)))];
}

/** A sequence for a purpose that nobody is asked about mails nobody. */
export function checkPurpose(
  { purpose }: Program,
  source: JsonSource,
  known: readonly string[] | undefined,
): readonly Diagnostic[] {
  if (purpose === undefined || !known || known.includes(purpose)) return [];
  const message = `no form asks for consent to ${quoted(purpose)}`;
  return [source.problem(['purpose'], { code: 'unknown-purpose', message, hint: purposeHint(purpose, known) })];
}

export function purposeHint(purpose: string, known: readonly string[]): string {
  return known.length > 0 ? didYouMean(purpose, known) : 'Add it to "consent" in one of the forms.';
}

/** Forms that need an address confirmed, where nothing would ask it. */
export function checkOptIn(forms: readonly Part<FormFile>[], programs: readonly Program[]): readonly Diagnostic[] {
  // Without a sequence nobody gets anything, and there is nothing that would not come.
  if (programs.length === 0) return [];
  return forms.flatMap(({ source, value }) => {
    const name = nameOf(source.file);
    if (!value?.doubleOptIn || !value.consent || programs.some((program) => asksFor(name, program))) return [];
    const message = 'nothing asks the address to confirm, so that nobody who agrees to something could ever get a mail';
    const hint = `Add a sequence with "enroll": { "on": "${asked}", "again": "always" } and a "notify" to "lead"; sequences/confirm-opt-in.json is one.`;
    return [source.problem(['doubleOptIn'], { code: 'nobody-asks', message, hint })];
  });
}

/** Whether a sequence asks by mail for what was agreed to in a form. */
function asksFor(form: string, { enroll, steps }: Program): boolean {
  const isCalled = enroll.on.some((trigger) => trigger === asked || trigger === `${asked}:${form}`);
  return isCalled && [...steps.values()].some(isQuestion);
}

function isQuestion(step: ProgramStep): step is StepOfKind<'notify'> {
  return step.kind === 'notify' && step.asksConsent === true;
}

/**
 * A notice to the lead itself goes past all rules that protect leads, for the one question whether it was they who agreed:
 * it belongs into a sequence of its own, which each question starts anew.
 */
export function checkQuestions({ enroll, mailsLead, steps }: Program, source: JsonSource): readonly Diagnostic[] {
  const questions = [...steps.values()].filter(isQuestion);
  const isAlone = enroll.dates.length === 0 && enroll.on.every((trigger) => trigger.split(':')[0] === asked);
  if (questions.length === 0 || (isAlone && enroll.on.length > 0 && enroll.again.kind === 'always' && !mailsLead))
    return [];
  const message = 'a notice to the lead itself only asks it to confirm what it agreed to';
  const hint = `Write "send" for a mail to the lead; or "enroll": { "on": "${asked}", "again": "always" } in a sequence that sends nothing else to it.`;
  return questions.map(({ path }) =>
    source.problem([...path, 'notify', 'email'], { code: 'notice-to-lead', message, hint }),
  );
}
