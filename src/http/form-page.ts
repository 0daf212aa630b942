import type { Brand } from '../message/brand.js';
import type { FormView } from './form-fields.js';
import { formMarkup } from './form-markup.js';
import { formScript } from './form-script.js';
import { html } from './html.js';
import { leadPage, messagePage } from './lead-pages.js';
import { urlOf } from '../url.js';

/** A form on a page of its own. */
export function formPage(brand: Brand, view: FormView): string {
  const { title, intro } = view.form;
  const isWrong = view.mistakes.length > 0 || view.says !== undefined;
  return leadPage(
    title,
    brand,
    html`${intro && html`<p dir="auto">${intro}</p>\n`}${formMarkup(view)}<script src="${formScript.path}" defer></script>`,
    isWrong ? `Not sent yet: ${title}` : title,
  );
}

export function noFormPage(brand: Brand): string {
  return messagePage(brand, 'There is no such form', 'Its address may be mistyped, or the form is over.');
}

/** What is said once a form is sent. It is the same whether the address is known or not, or a stranger could ask who is here. */
export type Thanks = { readonly title: string; readonly text: string };

export const thanks: Thanks = { title: 'Thank you', text: 'What you sent has arrived.' };
export const lookIntoMailbox: Thanks = {
  title: 'Please look into your mailbox',
  text: 'A mail is on its way to the address that you gave. It leads to a button; once you press that, everything is done. If it is not there in a few minutes, look among the unwanted mails.',
};

/** Where somebody goes from here: to what the form gives, and to the page that its file names. */
type Onward = { readonly asset?: string | undefined; readonly next?: string | undefined };

/** What the link says by which somebody gets what the form gives. */
export const assetText = 'Open what you asked for';

export function thanksPage(brand: Brand, { title, text }: Thanks, { asset, next }: Onward): string {
  return leadPage(
    title,
    brand,
    html`<p role="status">${text}</p>
${asset && html`<p><a class="button" href="${asset}">${assetText}</a></p>\n`}${next && html`<p><a href="${next}">Go on to ${hostOf(next)}</a></p>`}`,
  );
}

function hostOf(next: string): string {
  return urlOf(next)?.host ?? 'the next page';
}
