import { type Html, html } from '../http/html.js';
import { counted, table } from './markup.js';
import type { Project } from '../sequence/project.js';
import { addressOf } from './page-mail.js';
import { mistakeView, previewPage } from './page.js';
import { type ShownMail, stepMails, templateMails } from '../shown/shown-mail.js';
import type { Shown } from './watch.js';

export type IndexPage = {
  readonly project: Project;
  /** The subject of a mail, filled in. */
  readonly subjectOf: (mail: ShownMail) => string;
  readonly warnings: readonly Shown[];
  readonly version: string;
};

/** All mails, sequence by sequence along the funnel, and the templates that none of them sends. */
export function indexPage({ project, subjectOf, warnings, version }: IndexPage): string {
  const steps = stepMails(project);
  const order = [...project.funnel.map(({ name }) => name), undefined];
  const sequences = [...project.programs.values()].toSorted((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
  const others = templateMails(project).filter(({ isStandIn }) => isStandIn);
  const list = (title: string, mails: readonly ShownMail[]): Html | undefined =>
    mails.length > 0 ? mailList(title, mails, subjectOf) : undefined;
  return previewPage(
    'All mails',
    version,
    html`${warnings.length > 0 && html`<details class="panel warn"><summary>${counted(warnings.length, 'warning')}</summary>${warnings.map(mistakeView)}</details>`}
${sequences.map(({ name, title }) =>
  list(
    title,
    steps.filter(({ sequence }) => sequence.name === name),
  ),
)}
${list('Templates that no sequence sends', others)}
${steps.length + others.length === 0 && html`<p>There is no mail yet. Write one into <code>templates/</code>; it shows up here.</p>`}`,
  );
}

function mailList(title: string, mails: readonly ShownMail[], subjectOf: IndexPage['subjectOf']): Html {
  const rows = alikeTogether(mails).map(([mail, others]) => {
    const more = others > 0 && html` <small>and ${counted(others, 'more step')}</small>`;
    return html`<tr><th scope="row" class="long"><a href="${addressOf(mail.name)}"><bdi>${subjectOf(mail)}</bdi></a>${mail.notice && html` <span class="chip">to ${mail.notice.to}</span>`}</th>
<td class="name">${!mail.isStandIn && html`<code>${mail.name}</code>`}${more}</td><td class="name"><code>${mail.template}</code></td></tr>`;
  });
  return html`<section class="mails"><h2>${title}</h2>${table(`Mails of ${title}`, ['Subject', 'Step', 'Template'], rows)}</section>`;
}

/** A pool that is picked from more than once makes the same mails anew each time: each is shown once, with how many more there are. */
function alikeTogether(mails: readonly ShownMail[]): readonly (readonly [mail: ShownMail, others: number])[] {
  const keyOf = ({ template, subject, from, notice }: ShownMail): string =>
    JSON.stringify([template, subject, from, notice?.to]);
  return mails
    .filter((mail, i) => mails.findIndex((other) => keyOf(other) === keyOf(mail)) === i)
    .map((mail) => [mail, mails.filter((other) => keyOf(other) === keyOf(mail)).length - 1] as const);
}
