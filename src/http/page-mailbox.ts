import type { Captured, CapturedPage } from '../store/mailbox.js';
import type { OpenedMail } from './captured-mail.js';
import { type Html, html } from './html.js';
import { facts, furtherLink, moment, operatorPage, table } from './page-shell.js';

export type MailboxPage = {
  readonly mails: CapturedPage;
  /** Shows only mails to this address. */
  readonly to: string | undefined;
  readonly transportName: string;
  readonly timeZone: string;
};

export function mailboxPage({ mails, to, transportName, timeZone }: MailboxPage): string {
  return operatorPage(
    'Mailbox',
    '/mailbox',
    html`<p class="panel">${
      keepsMails(transportName)
        ? html`<strong>Nothing leaves this machine.</strong> Mails are kept here instead of being sent, until SMTP_URL names a mail server.`
        : html`Mails go out by ${transportName}. Here is only what was kept while no mail server was named.`
    }</p>
${to !== undefined && html`<p>Mails to <bdi>${to}</bdi>. <a href="/mailbox">Show all</a></p>`}
${mails.items.length > 0 ? mailTable(mails.items, timeZone) : html`<p>No mail here yet. A new lead's first one comes by itself.</p>`}
${furtherLink(mails.next, to === undefined ? {} : { to })}`,
  );
}

/** Whether mails stay on this machine, which the local mailbox's name says. */
export function keepsMails(transportName: string): boolean {
  return transportName.startsWith('local');
}

/** The few that the overview shows. */
export function shortMailTable(mails: CapturedPage['items'], timeZone: string): Html {
  const rows = mails.map(
    ({ id, at, to, subject }) =>
      html`<tr><th scope="row" class="long"><a href="/mailbox/${id}"><bdi>${subject || '(no subject)'}</bdi></a><span class="under">to <bdi>${to}</bdi></span></th><td class="time">${moment(at, timeZone)}</td></tr>`,
  );
  return table('Newest mails', ['Mail', `When (${timeZone})`], rows);
}

function mailTable(mails: CapturedPage['items'], timeZone: string): Html {
  const rows = mails.map(
    ({
      id,
      at,
      to,
      subject,
    }) => html`<tr><th scope="row" class="long"><a href="/mailbox/${id}"><bdi>${subject || '(no subject)'}</bdi></a></th>
<td class="long"><bdi>${to}</bdi></td><td class="time">${moment(at, timeZone)}</td></tr>`,
  );
  return table('Mails, newest first', ['Subject', 'To', `When (${timeZone})`], rows);
}

export type MailPage = {
  readonly mail: Omit<Captured, 'raw'>;
  readonly opened: OpenedMail;
  /** Id of the lead whose address this is. */
  readonly lead: string | undefined;
  readonly timeZone: string;
};

/** One kept mail: as a wide window and as a phone show it, its plain text, and its headers. */
export function mailPage({ mail, opened, lead, timeZone }: MailPage): string {
  const { id, from, to, subject, at } = mail;
  return operatorPage(
    html`<bdi>${subject || '(no subject)'}</bdi>`,
    '/mailbox',
    html`${facts([
      ['From', html`<bdi>${from}</bdi>`],
      ['To', html`<bdi>${to}</bdi>${lead && html` <a href="/leads/${encodeURIComponent(lead)}">the lead</a>`}`],
      ['When', html`${moment(at, timeZone)} (${timeZone})`],
    ])}
<p class="links"><a href="/mailbox/${id}/mail.eml">Download .eml</a>${opened.html && html` <a href="/mailbox/${id}/mail.html?as=reader">Open as its reader (counts as opened)</a>`}</p>
${opened.html ? frames(id) : html`<p>This mail has no HTML part.</p>`}
<section><h2>Plain text</h2>${opened.text ? html`<div class="scroll" role="region" aria-label="Plain text" tabindex="0"><pre dir="auto">${opened.text}</pre></div>` : html`<p>This mail has no plain-text part.</p>`}</section>
<section><h2>Headers</h2>${headerTable(opened)}</section>`,
  );
}

function frames(id: string): Html {
  const frame = (title: string): Html =>
    html`<iframe title="${title}" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mailbox/${id}/mail.html"></iframe>`;
  return html`<p class="quiet">Looking at it here does not count as opened. Links work, and count as clicked.</p>
<div class="frames"><section class="desktop"><h2>Desktop</h2>${frame('The mail in a wide window')}</section>
<section class="phone"><h2>Phone</h2>${frame('The mail on a phone, 320 pixels wide')}</section></div>`;
}

function headerTable({ headers }: OpenedMail): Html {
  const rows = headers.map(
    ({ name, value }) => html`<tr><th scope="row">${name}</th><td class="raw">${value}</td></tr>`,
  );
  return table('Headers', ['Name', 'Value'], rows);
}
