import { didYouMean } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import type { StepOfKind } from '../sequence/program.js';
import type { Project } from '../sequence/project.js';

/** A mail that can be shown: what a step sends, or a template with the subject and sender of the first step that sends it. */
export type ShownMail = {
  /** What a person types: "welcome/hello" is a template, "welcome:hello" a step. */
  readonly name: string;
  readonly template: string;
  readonly subject: string;
  readonly from: string | undefined;
  readonly replyTo?: string;
  /** It is about the lead, and goes to one of ours. */
  readonly notice?: { readonly to?: string; readonly answersTo?: 'lead'; readonly asksLead?: true };
  /** What {{assetUrl}} leads to. */
  readonly asset?: string;
  readonly step: string;
  readonly sequence: { readonly name: string; readonly title: string };
  /** No step sends this template, so its subject and sender only stand in for those of a step. */
  readonly isStandIn: boolean;
};

/** What the steps of all sequences send, in reading order: mails to leads, and about leads to people of ours. */
export function stepMails({ programs }: Project): readonly ShownMail[] {
  return [...programs.values()].flatMap(({ name, title, steps }) =>
    [...steps.values()].flatMap((step) =>
      step.kind === 'send' || step.kind === 'notify' ? [mailOf(step, { name, title })] : [],
    ),
  );
}

function mailOf(step: StepOfKind<'send' | 'notify'>, sequence: ShownMail['sequence']): ShownMail {
  return {
    name: `${sequence.name}:${step.id}`,
    template: step.template,
    subject: step.subject,
    from: step.from,
    ...(step.kind === 'send' && step.replyTo ? { replyTo: step.replyTo } : {}),
    ...(step.kind === 'send' && step.asset ? { asset: step.asset } : {}),
    ...(step.kind === 'notify' ? { notice: noticeOf(step) } : {}),
    step: step.id,
    sequence,
    isStandIn: false,
  };
}

function noticeOf({ email, answersTo, asksConsent }: StepOfKind<'notify'>): NonNullable<ShownMail['notice']> {
  if (asksConsent) return { asksLead: true };
  return { to: email, ...(answersTo ? { answersTo } : {}) };
}

/** Every template by its own name. */
export function templateMails(project: Project): readonly ShownMail[] {
  const steps = stepMails(project);
  return [...project.templates.keys()].map((name) => {
    const sender = steps.find(({ template }) => template === name);
    return sender ? { ...sender, name } : standIn(name, project, steps);
  });
}

function standIn(name: string, { brand }: Project, steps: readonly ShownMail[]): ShownMail {
  return {
    name,
    template: name,
    subject: name,
    from: steps[0]?.from,
    step: name.split('/').at(-1) ?? name,
    sequence: { name: 'preview', title: brand.name },
    isStandIn: true,
  };
}

/** The mail that somebody named, also by the path of its file. A template's name wins over a step's. */
export function findMail(what: string, project: Project): ShownMail | undefined {
  const name = what
    .replace(/^(?:\.\/)?(?:sequences|templates)\//, '')
    .replace(/\.mjml$/, '')
    .replace(/\.json(?=:)/, '');
  return [...templateMails(project), ...stepMails(project)].find((mail) => mail.name === name);
}

/** The mail that somebody named, or a refusal with the names there are. */
export function mailNamed(what: string, project: Project): ShownMail {
  const mail = findMail(what, project);
  if (mail) return mail;
  throw new FixableError({
    code: 'unknown-mail',
    where: what,
    what: 'there is no such template, and no such step of a sequence',
    fix: namesNear(what, project),
  });
}

/** What somebody may have meant. */
export function namesNear(what: string, project: Project): string {
  return didYouMean(
    what,
    [...templateMails(project), ...stepMails(project)].map(({ name }) => name),
  );
}
