import type { Enrollment } from '../journey/enrollment.js';
import type { Facts } from '../journey/facts.js';
import { wishesInWords } from '../journey/preferences.js';
import type { LeadStory } from '../lead/story.js';
import { type Html, html } from './html.js';
import {
  chips,
  facts as factList,
  moment,
  number,
  operatorPage,
  sequenceLink,
  table,
  type Titles,
} from './page-shell.js';
import { timelineView } from './page-timeline.js';
import { displayName } from './views.js';

export type LeadPage = {
  readonly story: LeadStory;
  readonly now: Date;
  readonly titles: Titles;
};

/** One lead: who it is, why its score is what it is, what happened to it, and what comes next. */
export function leadPage({ story, now, titles }: LeadPage): string {
  const { facts, enrollments } = story;
  return operatorPage(
    html`<bdi>${displayName(facts.lead)}</bdi>`,
    '/leads',
    html`${who(facts, now)}
<section><h2>Sequences</h2>${runs(enrollments, facts.timeZone, titles)}</section>
<section><h2>Score: ${number(facts.score.total)}</h2>${scoreExplained(facts)}</section>
<section><h2>Timeline</h2>${timelineView(story, now, titles)}</section>`,
  );
}

function who({ lead, timeZone, suppression }: Facts, now: Date): Html {
  const { consent, attributes } = lead;
  return html`${suppression && html`<p class="panel warn">This address is ${suppression}: it gets no mail.</p>`}
${factList([
  [
    'Email',
    html`<bdi>${lead.email}</bdi> <a href="/mailbox?${String(new URLSearchParams({ to: lead.email }))}">mails in the mailbox</a>`,
  ],
  ['Stage', lead.stage ?? 'none'],
  ['Consent', html`${consent.status}, <bdi>${consent.source}</bdi>, ${moment(consent.at, timeZone)}`],
  ['Wishes', wishesInWords(lead.preferences, { at: now, timeZone })],
  ['Time zone', lead.timezone ?? `${timeZone} (${zoneHint(lead)})`],
  ['Language', lead.locale ?? (lead.localeGuess && `${lead.localeGuess.locale} (guessed from ${lead.localeGuess.by})`)],
  ['Thresholds', lead.thresholds?.length ? chips(lead.thresholds) : undefined],
  ['Tags', lead.tags.length > 0 ? chips(lead.tags) : undefined],
  ['Created', moment(lead.createdAt, timeZone)],
  ...Object.entries(attributes).map(
    ([name, value]) => [name, html`<bdi>${value === false ? 'false' : value}</bdi>`] as const,
  ),
])}`;
}

function zoneHint({ timezoneGuess }: Facts['lead']): string {
  return timezoneGuess ? `guessed from ${timezoneGuess.by}` : "the default; nobody knows this lead's own";
}

function runs(enrollments: readonly Enrollment[], timeZone: string, titles: Titles): Html {
  if (enrollments.length === 0) return html`<p>In none so far.</p>`;
  const rows = enrollments.map(
    (run) => html`<tr><th scope="row">${sequenceLink(run.sequence, titles)}</th><td>${standing(run, timeZone)}</td>
<td class="time">${moment(run.startedAt, timeZone)}<span class="under">${run.because}</span></td></tr>`,
  );
  return table('Sequences of this lead', ['Sequence', 'Now', 'Entered'], rows);
}

/** Where a run stands, and why. */
function standing({ status, dueAt, waitsFor, endedAt, endedBecause }: Enrollment, timeZone: string): Html {
  if (status === 'active')
    return html`waits for ${waitsFor}${dueAt && html`<span class="under">until ${moment(dueAt, timeZone)}</span>`}`;
  return html`left${endedAt && html` ${moment(endedAt, timeZone)}`}<span class="under">${endedBecause}</span>`;
}

/** Every line that the score is the sum of. */
function scoreExplained({ score, timeZone }: Facts): Html {
  if (score.lines.length === 0) return html`<p>Nothing counts for this lead yet.</p>`;
  const rows = score.lines.map(
    ({ part, why, points, of, at }) => html`<tr><th scope="row">${why}</th><td class="number">${number(points)}</td>
<td class="number">${points === of ? undefined : number(of)}</td><td>${part}</td><td class="time">${at && moment(at, timeZone)}</td></tr>`,
  );
  const foot = html`<tr><th scope="row">Sum</th><td class="number">${number(score.total)}</td>
<td></td><td colspan="2">engagement ${number(score.engagement)}, fit ${number(score.fit)}: ${score.grid}</td></tr>`;
  const columns = ['Why', { number: 'Points' }, { number: 'At first' }, 'Part', 'When'];
  return table('Score, line by line', columns, rows, foot);
}
