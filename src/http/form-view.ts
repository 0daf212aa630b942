import type { Request } from 'express';
import { type Press, signPress } from '../form/press.js';
import { pageName, referrerName, timezoneName, utmNames, visitorName } from '../form/read-origin.js';
import { firstOf, type Sent } from '../form/sent.js';
import type { FormFile } from '../sequence/form-file.js';
import { pressName } from './form-answer.js';
import type { FormView } from './form-fields.js';
import { formMarkup } from './form-markup.js';
import type { Services } from './services.js';

/** A form by the name that its address has. */
export type NamedForm = { readonly name: string; readonly form: FormFile };

/** What a form is shown with: what was typed, and what is said of it. */
export type Shown = Pick<FormView, 'sent'> & Partial<Pick<FormView, 'mistakes' | 'says' | 'action'>>;

/** A form as its own page shows it. */
export function viewOf({ name, form }: NamedForm, press: Press, shown: Shown, services: Services): FormView {
  const { project, keys, defaultTimeZone } = services;
  const { brand, fields } = project();
  const kept = [pageName, referrerName, ...utmNames].flatMap((key): [string, string][] => {
    const value = firstOf(shown.sent, key);
    return value === undefined ? [] : [[key, value]];
  });
  const filledByScript = [timezoneName, visitorName].map((key): [string, string] => [
    key,
    firstOf(shown.sent, key) ?? '',
  ]);
  return {
    name,
    form,
    declared: fields,
    action: `/forms/${encodeURIComponent(name)}`,
    unseen: new Map([[pressName, signPress(name, press, keys)], ...filledByScript, ...kept]),
    mistakes: [],
    wording: { language: brand.language, timeZone: defaultTimeZone },
    ...shown,
  };
}

/** The form as the script puts it into another site's page. */
export function embeddedMarkup(one: NamedForm, press: Press, shown: Shown, services: Services): string {
  const action = `${services.publicUrl()}/forms/${encodeURIComponent(one.name)}`;
  return formMarkup(viewOf(one, press, { action, ...shown }, services)).html;
}

/** What stands in the address of the page, and where its reader came from. */
export function ledHere(request: Request): Sent {
  const referrer = request.get('referer');
  const led = new Map(referrer === undefined ? [] : [[referrerName, [referrer]]]);
  for (const name of utmNames) {
    const value = request.query[name];
    if (typeof value === 'string') led.set(name, [value]);
  }
  return led;
}
