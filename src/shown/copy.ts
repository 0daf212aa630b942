import type { Project } from '../sequence/project.js';
import type { ProjectFiles } from '../sequence/project-files.js';
import { inboxLine } from './inbox.js';
import { hasDarkStyle } from './look.js';
import { emptyLead, madeUpLead, type PreviewLead } from './preview-lead.js';
import { leadsSomewhere, renderShown } from './render.js';
import { findMail, type ShownMail } from './shown-mail.js';

/** Whose values a mail is shown with: those of a lead, of somebody made up, or of nobody. */
export type ForWhom = PreviewLead | 'made up' | 'empty';

/** A mail that somebody wants to see: "welcome/hello" is a template, "welcome:hello" a step. */
export type ToShow = { readonly mail: string; readonly lead: ForWhom; readonly at: ShownAt };

/** Where and when it is shown. */
export type ShownAt = {
  /** Where pictures of `templates/assets` are, without a closing slash; '' for the server that shows it. */
  readonly assetsUrl: string;
  /** Where unsubscribe and preferences links lead. */
  readonly testMailUrl: string;
  readonly now: Date;
};

/** A link whose clicks count. */
export type ShownLink = { readonly target: string; readonly leadsSomewhere: boolean };

/** A mail as its reader would see it, and nobody's message. */
export type ShownCopy = {
  readonly name: string;
  readonly template: string;
  readonly lead: { readonly email: string; readonly origin: string };
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo?: string;
  readonly subject: string;
  /** What the list of an inbox shows after the subject. */
  readonly preheader: string;
  readonly firstWords: string;
  readonly html: string;
  readonly text: string;
  readonly links: readonly ShownLink[];
  readonly hasDarkStyle: boolean;
  /** Bytes of the HTML as it is really sent. */
  readonly htmlBytes: number;
};

/** Gmail shows about so much of a mail's HTML, and hides the rest behind a link: also the way to unsubscribe. */
export const clipBytes = 102 * 1024;

/** Shows the mail of a name; undefined where a project has none of it. */
export function showCopy({ mail, lead, at }: ToShow, project: Project, files: ProjectFiles): ShownCopy | undefined {
  const shown = findMail(mail, project);
  return shown && copyFor(shown, toLead(lead, project, files), project, at);
}

/** The lead that stands for `made up` and `empty`. */
export function toLead(whom: ForWhom, project: Project, files: ProjectFiles): PreviewLead {
  if (typeof whom === 'object') return whom;
  const madeUp = madeUpLead(project, files);
  return whom === 'empty' ? emptyLead(madeUp) : madeUp;
}

/** Renders it by the very function that sends, with every thread back to us taken out. */
export function copyFor(shown: ShownMail, lead: PreviewLead, project: Project, at: ShownAt): ShownCopy {
  const { mail, htmlBytes } = renderShown(shown, { project, lead, ...at });
  const { preheader, whole } = inboxLine(mail.html);
  return {
    name: shown.name,
    template: shown.template,
    lead: { email: lead.email, origin: lead.origin },
    from: mail.from,
    ...(mail.replyTo ? { replyTo: mail.replyTo.address } : {}),
    subject: mail.subject,
    preheader,
    firstWords: whole,
    html: mail.html,
    text: mail.text,
    links: mail.links.map((target) => ({ target, leadsSomewhere: leadsSomewhere(target) })),
    hasDarkStyle: hasDarkStyle(mail.html),
    htmlBytes,
  };
}
