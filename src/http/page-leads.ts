import type { Facts } from '../journey/facts.js';
import { type Html, html } from './html.js';
import { chips, furtherLink, moment, number, operatorPage, table } from './page-shell.js';
import { displayName } from './views.js';

export type LeadList = {
  readonly leads: readonly Facts[];
  readonly next: string | undefined;
  /** Times in lists of many leads are in one zone. */
  readonly timeZone: string;
  readonly publicUrl: string;
};

export function leadsPage({ leads, next, timeZone, publicUrl }: LeadList): string {
  const body = leads.length > 0 ? leadTable(leads, timeZone) : noLeads(publicUrl);
  return operatorPage('Leads', '/leads', html`${body}${furtherLink(next)}`);
}

/** The few that the overview shows. */
export function shortLeadTable(leads: readonly Facts[]): Html {
  const rows = leads.map(
    (facts) =>
      html`<tr><th scope="row" class="long">${leadLink(facts.lead)}${note(facts)}</th><td>${facts.lead.stage}</td><td class="number">${number(facts.score.total)}</td></tr>`,
  );
  return table('Newest leads', ['Lead', 'Stage', { number: 'Score' }], rows);
}

function leadTable(leads: readonly Facts[], timeZone: string): Html {
  const columns = ['Lead', 'Stage', { number: 'Score' }, 'Tags', `Created (${timeZone})`];
  return table(
    'Leads, newest first',
    columns,
    leads.map((facts) => leadRow(facts, timeZone)),
  );
}

function leadRow(facts: Facts, timeZone: string): Html {
  const { lead, score } = facts;
  return html`<tr><th scope="row" class="long">${leadLink(lead)}${note(facts)}</th>
<td>${lead.stage}</td><td class="number">${number(score.total)}</td><td class="long">${chips(lead.tags)}</td><td class="time">${moment(lead.createdAt, timeZone)}</td></tr>`;
}

function leadLink(lead: Facts['lead']): Html {
  const name = displayName(lead);
  const address = name === lead.email ? undefined : html` <span class="under"><bdi>${lead.email}</bdi></span>`;
  return html`<a href="/leads/${encodeURIComponent(lead.id)}"><bdi>${name}</bdi></a>${address}`;
}

/** Why this lead gets no mail, where it gets none. */
function note({ suppression, lead }: Facts): Html | undefined {
  const why = suppression ?? (lead.consent.status === 'granted' ? undefined : `consent ${lead.consent.status}`);
  return why ? html` <span class="chip warn">${why}</span>` : undefined;
}

/** What to do when there is nobody yet. */
export function noLeads(url: string): Html {
  return html`<section class="panel"><h2>No leads yet</h2>
<p>Add the first one; its first mail is in the mailbox a moment later:</p>
<div class="scroll" role="region" aria-label="Command that adds a lead" tabindex="0"><pre><code>curl ${url}/api/leads \\
  -H "Authorization: Bearer $(cat data/api-key)" \\
  -H "Content-Type: application/json" \\
  -d '{"email": "ada@example.com", "firstName": "Ada", "timezone": "Europe/London"}'</code></pre></div>
<p>The API key was shown at the first start and is kept in <code>api-key</code> in the data folder. Or watch 200 invented leads go through 45 days in about a minute, in a folder of their own: <code>npm run demo</code></p></section>`;
}
