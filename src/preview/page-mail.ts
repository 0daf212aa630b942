import type { OpenedMail } from '../http/captured-mail.js';
import { type Html, html } from '../http/html.js';
import { facts, table } from './markup.js';
import { clipBytes } from '../shown/copy.js';
import { inboxLine } from '../shown/inbox.js';
import { hasDarkStyle, type Look } from '../shown/look.js';
import { previewPage } from './page.js';
import type { PreviewLead } from '../shown/preview-lead.js';
import { leadsSomewhere, type Rendered } from '../shown/render.js';
import type { ShownMail } from '../shown/shown-mail.js';

/** What of a mail is shown. */
export type View = Look | 'text' | 'links' | 'headers';
export type Choice = {
  readonly view: View;
  /** Whose values it is filled with: the chosen lead's, or those of nobody. */
  readonly lead: 'given' | 'empty';
  /** Width of the phone in pixels. */
  readonly phone: 375 | 320;
};

export const firstChoice: Choice = { view: 'light', lead: 'given', phone: 375 };

const viewNames: readonly (readonly [View, string])[] = [
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['inverted', 'Dark by force'],
  ['text', 'Plain text'],
  ['links', 'Links'],
  ['headers', 'Headers'],
];

/** The page, or a part of it under `/frame` and `/eml`, for a choice. */
export function addressOf(name: string, choice: Choice = firstChoice, part: 'mail' | 'frame' | 'eml' = 'mail'): string {
  const path = name.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':');
  const query = new URLSearchParams({
    ...(choice.view === firstChoice.view ? {} : { view: choice.view }),
    ...(choice.lead === firstChoice.lead ? {} : { lead: choice.lead }),
    ...(choice.phone === firstChoice.phone ? {} : { phone: String(choice.phone) }),
  });
  return `/${part}/${path}${query.size > 0 ? `?${String(query)}` : ''}`;
}

export type MailPage = {
  readonly shown: ShownMail;
  /** The mails before and after it, and others of the same template. */
  readonly around: readonly { readonly label: string; readonly mail: ShownMail }[];
  readonly rendered: Rendered;
  readonly opened: OpenedMail;
  readonly bytes: number;
  readonly lead: PreviewLead;
  readonly choice: Choice;
  readonly version: string;
};

export function mailPage(page: MailPage): string {
  const { shown, rendered, choice, version, around } = page;
  const tabs = viewNames.map(
    ([view, label]) =>
      html`<li><a href="${addressOf(shown.name, { ...choice, view })}#mail"${view === choice.view && html` aria-current="page"`}>${label}</a></li>`,
  );
  return previewPage(
    html`<bdi>${rendered.mail.subject || '(no subject)'}</bdi>`,
    version,
    html`${around.length > 0 && html`<p class="around">${around.map(({ label, mail }) => html`<span>${label} <a href="${addressOf(mail.name, choice)}">${mail.name}</a></span>`)}</p>`}
${shown.isStandIn && html`<p class="panel">No sequence sends this template: its subject and sender stand in for those of a step.</p>`}
${aboutMail(page)}
<section><h2>In the inbox</h2>${inbox(page)}</section>
<section id="mail"><h2>The mail</h2><ul class="tabs">${tabs}</ul>${body(page)}</section>`,
  );
}

function aboutMail({ shown, rendered, lead, choice, bytes }: MailPage): Html {
  const { from, replyTo } = rendered.mail;
  const other = choice.lead === 'given' ? 'empty' : 'given';
  return facts([
    ['From', html`<bdi>${from.name} &lt;${from.address}&gt;</bdi>`],
    ['To', shown.notice && html`<bdi>${shown.notice.to}</bdi>, one of yours: it tells of the lead`],
    ['Reply to', replyTo && html`<bdi>${replyTo.address}</bdi>`],
    [
      'Lead',
      html`<bdi>${lead.email}</bdi>, ${lead.origin}. <a href="${addressOf(shown.name, { ...choice, lead: other })}">${other === 'empty' ? 'Show it for a lead without any fields' : 'Show it for the lead with fields'}</a>`,
    ],
    ['Size', sizes(rendered, bytes)],
    [
      'Files',
      html`<code>templates/${shown.template}.mjml</code>${!shown.isStandIn && html`, sent by step <code>${shown.step}</code> of <code>sequences/${shown.sequence.name}.json</code>`}. <a href="${addressOf(shown.name, { ...choice, view: 'light' }, 'eml')}">Download .eml</a>`,
    ],
  ]);
}

function sizes({ htmlBytes }: Rendered, bytes: number): Html {
  const share = Math.round((100 * htmlBytes) / clipBytes);
  const words = `HTML ${kilobytes(htmlBytes)}, ${share} % of the 102 kB after which Gmail clips a mail; ${kilobytes(bytes)} in all`;
  return htmlBytes > clipBytes ? html`<span class="chip warn">Gmail clips this mail</span> ${words}` : html`${words}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} kB`;
}

function inbox({ rendered: { mail } }: MailPage): Html {
  const { preheader, whole } = inboxLine(mail.html);
  const sender = html`<span class="sender"><bdi>${mail.from.name || mail.from.address}</bdi></span>`;
  const subject = html`<span class="subject"><bdi>${mail.subject || '(no subject)'}</bdi></span>`;
  const entry = html`<div class="entry">${sender}<span class="line">${subject}<span class="words"><span class="dash"> – </span><bdi>${whole}</bdi></span></span><span class="time">09:30</span></div>`;
  const phone = html`<div class="entry">${sender}<span class="time">09:30</span>${subject}<span class="words"><bdi>${whole}</bdi></span></div>`;
  return html`<div class="inboxes"><figure class="wide"><figcaption>Desktop</figcaption>${entry}</figure><figure class="narrow"><figcaption>Phone</figcaption>${phone}</figure>
<p class="quiet">Subject: ${mail.subject.length} characters. ${preheader ? `Preheader: ${preheader.length} characters; where it ends, mail programs go on with the mail's first words.` : html`<span class="chip warn">No preheader</span> Mail programs show the mail's first words instead; <code>&lt;mj-preview&gt;</code> writes one.`} How much of it shows differs between programs.</p></div>`;
}

function body(page: MailPage): Html {
  const { rendered, opened, choice } = page;
  if (choice.view === 'text')
    return html`<div class="scroll plain" role="region" aria-label="Plain text" tabindex="0"><pre dir="auto">${rendered.mail.text}</pre></div>`;
  if (choice.view === 'links') return links(rendered.mail.links);
  if (choice.view === 'headers') {
    const rows = opened.headers.map(
      ({ name, value }) => html`<tr><th scope="row">${name}</th><td class="raw">${value}</td></tr>`,
    );
    return html`${table('Headers', ['Name', 'Value'], rows)}<p class="quiet">The date and the Message-ID are those of a test${!page.shown.notice && ', and so are the addresses to unsubscribe at'}.</p>`;
  }
  return html`${remark(choice.view, rendered.mail.html)}${frames(page)}`;
}

function remark(view: Look, markup: string): Html | undefined {
  if (view === 'dark')
    return hasDarkStyle(markup)
      ? html`<p class="quiet">As programs show it that are dark and follow the mail's own dark style: Apple Mail, for example.</p>`
      : html`<p class="panel">This mail has no dark style of its own (<code>@media (prefers-color-scheme: dark)</code>): programs that do not colour by force show it light.</p>`;
  if (view === 'inverted')
    return html`<p class="quiet">Roughly as programs show it that turn colours round by themselves, such as the Gmail apps. Each does it in its own way: look for what becomes hard to read, and for pictures with an edge.</p>`;
  return undefined;
}

function frames({ shown, choice }: MailPage): Html {
  const frame = (title: string, address: string): Html =>
    html`<iframe title="${title}" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${address}"></iframe>`;
  const address = addressOf(shown.name, choice, 'frame');
  const other = choice.phone === 375 ? 320 : 375;
  const phoneAddress = `${address}${address.includes('?') ? '&' : '?'}on=phone`;
  return html`<div class="views"><section class="desktop"><h3>Desktop, 700 px</h3>${frame('The mail in a wide window', address)}</section>
<section class="phone${choice.phone === 320 && ' small'}"><h3>Phone, ${choice.phone} px · <a href="${addressOf(shown.name, { ...choice, phone: other })}#mail">${other} px</a></h3>${frame(`The mail on a phone, ${choice.phone} pixels wide`, phoneAddress)}</section></div>`;
}

function links(targets: readonly string[]): Html {
  if (targets.length === 0) return html`<p>There is no link in it whose clicks count.</p>`;
  const rows = targets.map(
    (target) =>
      html`<tr><td class="raw">${leadsSomewhere(target) ? html`<a href="${target}" target="_blank" rel="noreferrer">${target}</a>` : html`<span class="chip warn">leads nowhere</span> ${target || '(empty)'}`}</td></tr>`,
  );
  return html`${table('Links whose clicks count', ['Leads to'], rows)}<p class="quiet">Here they lead straight to their targets; in the mail that is sent, a click is recorded on the way. The links to unsubscribe and to preferences are not among them.</p>`;
}
