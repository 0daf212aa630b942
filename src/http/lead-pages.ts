import type { Brand } from '../message/brand.js';
import { shownAddress } from '../message/shown-address.js';
import { type Html, html } from './html.js';
import { leadSheet } from './style.js';

/** A page that a lead sees: the brand's name, one card. `tabTitle`: what the browser's tab says, where that is more. */
export function leadPage(title: string, brand: Brand, body: Html, tabTitle = title): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${tabTitle} · ${brand.name}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${leadSheet.path}"></head>
<body><div class="page"><header>${logo(brand)}</header>
<main><h1 dir="auto">${title}</h1>
${body}</main>
<footer><p><a href="${brand.website}">${brand.name}</a></p><p>${brand.postalAddress}</p></footer></div></body></html>
`.html;
}

/** A logo from another server would tell that server who unsubscribes, and the page's policy forbids it: the name stands in. */
function logo({ logo: file, logoAlt, name }: Brand): Html {
  if (/^https?:/i.test(file)) return html`${name}`;
  return html`<img src="/${file}" alt="${logoAlt || name}" width="160">`;
}

export function messagePage(brand: Brand, title: string, text: string): string {
  return leadPage(title, brand, html`<p>${text}</p>`);
}

/** What is said of an address that carries no token of ours, whatever is wrong with it. */
export function cutOffPage(brand: Brand): string {
  return messagePage(
    brand,
    'This link is not complete',
    'It may have been cut off on its way. Open it from the mail again, or answer the mail and ask us to stop.',
  );
}

/** `preferencesUrl`: where somebody finds less than leaving. */
export function unsubscribePage(brand: Brand, email: string, preferencesUrl?: string): string {
  return leadPage(
    'Unsubscribe?',
    brand,
    html`<p>No more mails from ${brand.name} to ${addressed(email)}.</p>
<form method="post"><button class="primary" name="List-Unsubscribe" value="One-Click">Yes, unsubscribe me</button></form>
${preferencesUrl && html`<p>Or would fewer mails do, or a pause? <a href="${preferencesUrl}">Choose what you get</a>.</p>`}
<p class="quiet">It takes effect at once. If you came here by accident, close this page; nothing has changed.</p>`,
  );
}

/** Somebody who has left. `undo`: the press that can be taken back. */
export function unsubscribedPage(brand: Brand, email: string, preferencesUrl: string, undo?: string): string {
  return leadPage(
    'You are unsubscribed',
    brand,
    html`<p role="status">${brand.name} sends no more mails to ${addressed(email)}.</p>
${undo === undefined ? html`<p class="quiet">Was it an accident? <a href="${preferencesUrl}">Change it back</a>.</p>` : undoForm(preferencesUrl, undo)}`,
  );
}

/** One button that takes back what has just been done. */
export function undoForm(page: string, event: string): Html {
  return html`<form method="post" action="${page}?choice=undo"><input type="hidden" name="of" value="${event}"><button>Undo</button></form>`;
}

/** An address as it stands in a sentence, whichever way its letters run. */
export function addressed(email: string): Html {
  return html`<strong><bdi>${shownAddress(email)}</bdi></strong>`;
}
