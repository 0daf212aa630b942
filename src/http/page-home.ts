import { type Diagnostic, diagnosticLine } from '../diagnostic.js';
import type { Facts, MailState } from '../journey/facts.js';
import type { Funnel } from '../sequence/funnel-file.js';
import type { CapturedPage } from '../store/mailbox.js';
import { type Html, html } from './html.js';
import { noLeads, shortLeadTable } from './page-leads.js';
import { keepsMails, shortMailTable } from './page-mailbox.js';
import { counted, facts, number, operatorPage, share, table } from './page-shell.js';
import type { MailNumbers, SequenceNumbers } from './sequence-numbers.js';

export type Overview = {
  readonly funnel: Funnel;
  /** People by stage; null for those in none. */
  readonly stages: ReadonlyMap<string | null, number>;
  readonly sequences: readonly SequenceNumbers[];
  readonly states: ReadonlyMap<string, number>;
  /** What is wrong with the files as they are saved. */
  readonly trouble: readonly Diagnostic[];
  readonly mails: CapturedPage['items'];
  readonly leads: readonly Facts[];
  readonly transportName: string;
  readonly databaseName: string;
  readonly publicUrl: string;
  readonly timeZone: string;
};

/** The state of things on one page. */
export function homePage(overview: Overview): string {
  const { sequences, states, mails, leads, timeZone, publicUrl, transportName } = overview;
  return operatorPage(
    'Overview',
    '/',
    html`${leads.length === 0 && noLeads(publicUrl)}
${troubleView(overview.trouble)}${attention(states)}
<section><h2>Funnel</h2>${funnelView(overview)}</section>
<section><h2>Sequences</h2>${sequences.map(sequenceView)}</section>
<div class="pair"><section><h2>Newest mails</h2>${mails.length > 0 ? html`${shortMailTable(mails, timeZone)}<p><a href="/mailbox">All mails</a></p>` : html`<p>${keepsMails(transportName) ? 'None yet.' : `Mails go out by ${transportName}, and are not kept here.`}</p>`}</section>
<section><h2>Newest leads</h2>${leads.length > 0 ? html`${shortLeadTable(leads)}<p><a href="/leads">All leads</a></p>` : html`<p>None yet.</p>`}</section></div>
<section><h2>This installation</h2>${installation(overview)}</section>`,
  );
}

function troubleView(trouble: readonly Diagnostic[]): Html | undefined {
  if (trouble.length === 0) return undefined;
  const isRefused = trouble.some(({ severity }) => severity === 'error');
  const what = isRefused
    ? 'The files as they are saved have mistakes and are not in force. What ran before goes on:'
    : 'The files are in force. Worth a look in them:';
  const lines = trouble.map((diagnostic) => html`<li><code>${diagnosticLine(diagnostic)}</code></li>`);
  return html`<section class="panel warn"><h2>Sequences and templates</h2><p>${what}</p><ul>${lines}</ul></section>`;
}

/** What each state that asks for a person's eye means. */
const meanings: readonly (readonly [state: MailState, meaning: string])[] = [
  ['uncertain', 'handed to the mail server, whose answer nobody heard. They are not sent again, and count as sent.'],
  ['failed', 'could not be made, or were refused until it was too late. The timeline of each lead says why.'],
  ['deferred', 'put off by the mail server. They are tried again by themselves until they are too old.'],
];

function attention(states: Overview['states']): Html | undefined {
  const lines = meanings.flatMap(([state, meaning]) => {
    const count = states.get(state) ?? 0;
    return count > 0 ? [html`<li><strong>${counted(count, 'mail')} ${state}:</strong> ${meaning}</li>`] : [];
  });
  if (lines.length === 0) return undefined;
  const all = [...states].map(([state, count]) => `${number(count)} ${state}`);
  return html`<section class="panel warn"><h2>Worth a look</h2><ul>${lines}</ul><p>All mails: ${all.join(', ')}.</p></section>`;
}

function funnelView({ funnel, stages }: Overview): Html {
  const all = [...stages.values()].reduce((sum, count) => sum + count, 0);
  const known = funnel.map(({ name, title }) => ({ title, count: stages.get(name) ?? 0 }));
  const others = [...stages]
    .filter(([name]) => !funnel.some((stage) => stage.name === name))
    .map(([name, count]) => ({ title: name === null ? 'In no stage' : `${name} (not in the funnel any more)`, count }));
  const rows = [...known, ...others].map(
    ({ title, count }) =>
      html`<tr><th scope="row">${title}</th><td class="number">${number(count)}</td><td class="number">${share(count, all)}</td><td class="bar">${bar(count, all)}</td></tr>`,
  );
  const columns = ['Stage', { number: 'Leads' }, { number: 'Share' }, ''];
  return table('Leads by stage', columns, rows);
}

/** Widths as attributes: the pages' policy lets no inline style in. */
function bar(count: number, all: number): Html {
  const width = all === 0 ? 0 : (100 * count) / all;
  return html`<svg width="100%" height="12" aria-hidden="true" focusable="false"><rect class="track" width="100%" height="12" rx="3"/><rect width="${width.toFixed(2)}%" height="12" rx="3"/></svg>`;
}

function sequenceView({ name, title, isThere, active, mails }: SequenceNumbers): Html {
  const heading = isThere
    ? html`<a href="/sequences/${encodeURIComponent(name)}">${title}</a>`
    : html`${name} <small>(its file is gone)</small>`;
  const numbers = ['Sent', 'Opened', 'Clicked', 'Replied', 'Bounced', 'Unsubscribed'].map((column) => ({
    number: column,
  }));
  return html`<section class="sequence"><h3>${heading}</h3><p class="quiet">${counted(active, 'lead')} in it now</p>
${mails.length > 0 && table(`Mails of ${title}`, ['Mail', ...numbers], mails.map(mailRow))}</section>`;
}

function mailRow({ step, subject, counts }: MailNumbers): Html {
  const { sent, opened, clicked, replied, bounced, unsubscribed } = counts;
  const cells = [opened, clicked, replied, bounced, unsubscribed].map(
    (count) => html`<td class="number">${number(count)} <small>${count > 0 && share(count, sent)}</small></td>`,
  );
  return html`<tr><th scope="row" class="long">${subject ?? html`${step} <small>(no longer in the file)</small>`}</th><td class="number">${number(sent)}</td>${cells}</tr>`;
}

function installation({ transportName, databaseName, publicUrl, timeZone }: Overview): Html {
  const isEmbedded = databaseName.startsWith('embedded');
  return html`${facts([
    ['Mails go to', transportName],
    ['Database', databaseName],
    ['Links in mails lead to', publicUrl],
    ['Default time zone', timeZone],
  ])}
${isEmbedded && html`<p class="quiet">The embedded MongoDB is an early build of MongoDB's own code, for trying out, tests and small single-machine use. Production sets MONGODB_URI.</p>`}`;
}
