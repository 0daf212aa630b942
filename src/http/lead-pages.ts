import type { Suppression } from '../journey/facts.js';
import type { Brand } from '../message/brand.js';
import { type Html, html } from './html.js';
import { leadSheet } from './style.js';

/** A page that a lead sees: the brand's name, one card, no script. */
function leadPage(title: string, brand: Brand, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${title} · ${brand.name}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${leadSheet.path}"></head>
<body><div class="page"><header>${logo(brand)}</header>
<main><h1>${title}</h1>
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

export function unsubscribePage(brand: Brand, email: string): string {
  return leadPage(
    'Unsubscribe?',
    brand,
    html`<p>No more mails from ${brand.name} to ${addressed(email)}.</p>
<form method="post"><button class="primary" name="List-Unsubscribe" value="One-Click">Yes, unsubscribe me</button></form>
<p class="quiet">It takes effect at once. If you came here by accident, close this page; nothing has changed.</p>`,
  );
}

/** `preferencesUrl`: where somebody who pressed by accident can come back. */
export function unsubscribedPage(brand: Brand, email: string, preferencesUrl: string): string {
  return leadPage(
    'You are unsubscribed',
    brand,
    html`<p role="status">${brand.name} sends no more mails to ${addressed(email)}.</p>
<p class="quiet">Was it an accident? <a href="${preferencesUrl}">Change it back</a>.</p>`,
  );
}

export type Preferences = {
  readonly email: string;
  /** Of the series that the mail belongs to. */
  readonly title: string;
  /** Whether that series still sends to this lead. */
  readonly isRunning: boolean;
  readonly suppression: Suppression | undefined;
  /** What the last press of a button has done. */
  readonly said?: string;
};

export function preferencesPage(brand: Brand, preferences: Preferences): string {
  const { email, said } = preferences;
  return leadPage(
    'Your mails',
    brand,
    html`${said && html`<p class="said" role="status">${said}</p>`}
<p>This is about the mails of ${brand.name} to ${addressed(email)}.</p>
${choices(preferences)}`,
  );
}

function choices({ suppression, title, isRunning }: Preferences): Html {
  if (suppression === undefined)
    return html`<form method="post">${isRunning && choice('series', `Stop the series “${title}”`)}${choice('all', 'Stop all mails')}</form>
<p class="quiet">It takes effect at once.</p>`;
  if (suppression === 'unsubscribed')
    return html`<p>You have unsubscribed: no mails come to you.</p>
<form method="post">${choice('back', 'Send me mails again', 'primary')}</form>`;
  return html`<p>This address gets no mails any more. If that is wrong, write to us.</p>`;
}

function choice(name: string, label: string, kind?: 'primary'): Html {
  return html`<button${kind && html` class="${kind}"`} formaction="?choice=${name}">${label}</button>`;
}

function addressed(email: string): Html {
  return html`<strong><bdi>${email}</bdi></strong>`;
}
