import { type Html, html } from '../http/html.js';
import { operatorSheet } from './operator-style.js';
import type { Shown } from './watch.js';

export const stylePath = '/preview.css';
export const scriptPath = '/preview.js';

/** A page of the preview. `version` is of the reading it shows; a newer one makes it load anew. */
export function previewPage(title: Html | string, version: string, body: Html): string {
  const heading = typeof title === 'string' ? html`${title}` : title;
  return html`<!doctype html>
<html lang="en" data-version="${version}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>Preview · Rivulet</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${operatorSheet.path}"><link rel="stylesheet" href="${stylePath}"><script src="${scriptPath}" defer></script></head>
<body><a class="skip" href="#main">Skip to the content</a>
<header class="top"><div><a class="wordmark" href="/">Rivulet preview</a><nav aria-label="Main"><ul><li><a href="/">All mails</a></li></ul></nav>
<span class="live" role="status"><span class="saving">Follows what you save</span><span class="ended">The preview has ended</span></span></div></header>
<main id="main" tabindex="-1"><h1>${heading}</h1>
${body}</main></body></html>
`.html;
}

/** What stands in the way of showing a mail, as `rivulet validate` tells it. */
export function mistakesPage(mistakes: readonly Shown[], version: string): string {
  const count = mistakes.length === 1 ? 'One mistake' : `${mistakes.length} mistakes`;
  return previewPage(
    count,
    version,
    html`<p>Mend ${mistakes.length === 1 ? 'it' : 'them'} and save: the mail comes back by itself.</p>
${mistakes.map(mistakeView)}`,
  );
}

/** A folder or a lead's file that cannot be read. */
export function unreadablePage(why: string, version: string): string {
  return previewPage('Nothing to show', version, html`<p class="panel warn">${why}</p>`);
}

export function mistakeView({ file, line, column, code, message, hint, source }: Shown): Html {
  return html`<article class="mistake"><h2><code>${file}:${line}:${column}</code> ${message}</h2><p>${hint} <span class="chip">${code}</span></p>
${source !== undefined && html`<pre><span class="at">${String(line).padStart(5)} │ </span>${marked(source, column)}</pre>`}</article>`;
}

/** The line with its place marked: what stands there as a whole, or a sign where the line is at its end. */
function marked(source: string, column: number): Html {
  const before = source.slice(0, column - 1);
  const [found = ''] = /^(?:"(?:[^"\\]|\\.)*"|\{\{[^}]*\}*|<[^\s>]*|[\w.:/-]+|.)/u.exec(source.slice(column - 1)) ?? [];
  return html`${before}<mark>${found || '◂'}</mark>${source.slice(before.length + found.length)}`;
}
