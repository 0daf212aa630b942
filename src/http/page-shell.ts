import { isTimeZone } from '../sequence/duration.js';
import { type Html, html } from './html.js';
import { operatorSheet } from './style.js';

const places = [
  { href: '/', label: 'Overview' },
  { href: '/leads', label: 'Leads' },
  { href: '/mailbox', label: 'Mailbox' },
] as const;
export type Place = (typeof places)[number]['href'];

/** A page for the person who runs Rivulet. `place`: where in the navigation it belongs. */
export function operatorPage(title: Html | string, place: Place | undefined, body: Html): string {
  const heading = typeof title === 'string' ? html`${title}` : title;
  const links = places.map(
    ({ href, label }) => html`<li><a href="${href}"${href === place && html` aria-current="page"`}>${label}</a></li>`,
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${plain(heading)} · Rivulet</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${operatorSheet.path}"></head>
<body><a class="skip" href="#main">Skip to the content</a>
<header class="top"><div><a class="wordmark" href="/">Rivulet</a><nav aria-label="Main"><ul>${links}</ul></nav></div></header>
<main id="main" tabindex="-1"><h1>${heading}</h1>
${body}</main></body></html>
`.html;
}

/** A title has no markup; its text is escaped already. */
function plain({ html: markup }: Html): Html {
  const text = html``;
  return { ...text, html: markup.replace(/<[^>]*>/g, '') };
}

/** A table that scrolls in its own box where it is too wide, also by keyboard. `name`: what it shows, in words. */
export function table(name: string, columns: readonly Column[], rows: readonly Html[], foot?: Html): Html {
  const heads = columns.map((column) =>
    typeof column === 'string'
      ? html`<th scope="col">${column}</th>`
      : html`<th scope="col" class="number">${column.number}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody>${foot && html`<tfoot>${foot}</tfoot>`}</table></div>`;
}
/** A column's heading; numbers stand to the right. */
export type Column = string | { readonly number: string };

/** Names and their values, one under the other. What has no value is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Html | string | undefined])[]): Html {
  const there = pairs.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">${there.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A link to the next part of a list; nothing at its end. */
export function furtherLink(next: string | undefined, query: Readonly<Record<string, string>> = {}): Html | undefined {
  if (!next) return undefined;
  return html`<p><a rel="next" href="?${String(new URLSearchParams({ ...query, after: next }))}">Older ones</a></p>`;
}

/** What sequences are called, by their names. */
export type Titles = ReadonlyMap<string, string>;

/** A sequence by its title; one whose file is gone by its name alone. */
export function sequenceLink(name: string, titles: Titles): Html {
  const title = titles.get(name);
  return title === undefined ? html`${name}` : html`<a href="/sequences/${encodeURIComponent(name)}">${title}</a>`;
}

export function chips(words: readonly string[]): Html {
  return html`${words.map((word) => html`<span class="chip"><bdi>${word}</bdi></span> `)}`;
}

/** "12 Oct 2026, 09:30" on the clock of a zone. */
export function moment(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${written(at, timeZone, { ...dayParts, ...clockParts })}</time>`;
}

/** "09:30". */
export function clock(at: Date, timeZone: string): Html {
  return html`<time datetime="${at.toISOString()}">${written(at, timeZone, clockParts)}</time>`;
}

/** "Mon 12 Oct 2026". */
export function day(at: Date, timeZone: string): string {
  return written(at, timeZone, { ...dayParts, weekday: 'short' });
}

const dayParts = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const clockParts = { hour: '2-digit', minute: '2-digit' } as const;

function written(at: Date, timeZone: string, parts: Intl.DateTimeFormatOptions): string {
  // A page must open for whatever an older version let into the database.
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC';
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...parts }).format(at);
}

export function number(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: 2 }).format(value);
}

/** "1 lead", "2 leads". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** "42 %"; nothing of nothing is no share, and something is never 0 %. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '';
  const percent = Math.round((100 * part) / whole);
  return part > 0 && percent === 0 ? '<1 %' : `${percent} %`;
}
