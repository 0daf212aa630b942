import type { Brand } from '../message/brand.js';
import { type Html, html } from './html.js';
import { addressed, leadPage, messagePage } from './lead-pages.js';

/** What a form was about, and the sentences whose boxes were ticked in it. */
export type AgreedTo = { readonly title: string; readonly email: string; readonly texts: readonly string[] };

/** What the reader of a mail is asked: anybody may have written this address into the form. */
export function confirmPage(brand: Brand, { title, email, texts }: AgreedTo): string {
  return leadPage(
    'Was that you?',
    brand,
    html`<p>Somebody has filled in the form “${title}” at ${brand.name} with the address ${addressed(email)}, and agreed to this:</p>
${sentences(texts)}
<form method="post" action="?choice=confirm"><button class="primary">Yes, I agree to this</button></form>
<p class="quiet">It was not you? Then close this page: you get no mails from it.</p>`,
  );
}

function sentences(texts: readonly string[]): Html {
  return html`${texts.map((text) => html`<p class="said"><bdi>${text}</bdi></p>`)}`;
}

/** Where somebody goes from here. */
export type Onward = { readonly asset?: string | undefined; readonly next?: string | undefined };

export function confirmedPage(brand: Brand, { title, texts }: AgreedTo, { asset, next }: Onward): string {
  return leadPage(
    'Thank you',
    brand,
    html`<p role="status">It is noted, for “${title}”:</p>
${sentences(texts)}
${asset && html`<p><a class="button" href="${asset}">Open what you asked for</a></p>`}
${next && html`<p><a href="${next}" rel="noreferrer">Go on</a></p>`}
<p class="quiet">You can take it back at any time, with the link in each mail.</p>`,
  );
}

/** It came too late; what was filled in is still there. */
export function expiredPage(brand: Brand, { title }: AgreedTo): string {
  return leadPage(
    'This link is too old',
    brand,
    html`<p>It worked for a week. What was agreed to in the form “${title}” does not count, and you get no mails from it.</p>
<form method="post" action="?choice=again"><button class="primary">Send me a new link</button></form>
<p class="quiet">You have thought better of it? Then close this page, and we forget what was filled in.</p>`,
  );
}

export function askedAgainPage(brand: Brand): string {
  return messagePage(
    brand,
    'A new mail is on its way',
    'Please press the button in it within a week. An address gets a few such mails a day at the most.',
  );
}

/** Why is not said: a mail to one address says nothing about another. */
export function notConfirmedPage(brand: Brand): string {
  return messagePage(
    brand,
    'This link does nothing any more',
    'It is too old, or the address has been changed since. What was agreed to does not count. Please fill in the form once more, or write to us.',
  );
}
