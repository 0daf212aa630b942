import { hiddenName } from '../form/defences.js';
import { askedName, consentName } from '../form/read-answers.js';
import { fieldMarkup, type FormView, idOf, mark, mistakeAt } from './form-fields.js';
import { type Html, html } from './html.js';

/** The form itself: on its own page, within another site's, and as plain HTML to be pasted there. */
export function formMarkup(view: FormView): Html {
  const { name, form, action, unseen, sent } = view;
  const asks = view.mistakes.find((mistake) => mistake.asks)?.asks ?? sent.get(askedName)?.[0] ?? '';
  return html`${summary(view)}<form method="post" action="${action}" accept-charset="utf-8" dir="${directionOf(form.title)}" novalidate>
<p class="quiet"><bdi>What is marked with ${star} must be filled in.</bdi></p>
${form.fields.map((field) => fieldMarkup(field, view))}${consents(view)}<div class="away" aria-hidden="true"><label for="${name}-${hiddenName}">Leave this empty</label><input type="text" id="${name}-${hiddenName}" name="${hiddenName}" tabindex="-1" autocomplete="off"></div>
${[...unseen].map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}">\n`)}<input type="hidden" name="${askedName}" value="${asks}">
<button class="primary">${form.submit ?? 'Send'}</button></form>
`;
}

const star = html`<span class="must" aria-hidden="true">*</span><span class="away">an asterisk</span>`;

/** Which way a form runs: that of the first letter of its title. */
function directionOf(title: string): 'ltr' | 'rtl' {
  const [first = ''] = /\p{L}/u.exec(title) ?? [];
  return rightToLeft.test(first) ? 'rtl' : 'ltr';
}

const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** All that is wrong, each with the way to it; the focus is here when the page opens. */
function summary({ name, form, mistakes, says }: FormView): Html | undefined {
  if (mistakes.length === 0)
    return says === undefined
      ? undefined
      : html`<div class="said wrong" role="alert" tabindex="-1" autofocus><p>${says}</p></div>\n`;
  const labels = new Map(form.fields.map((field) => [field.name, field.label]));
  const links = mistakes.map(
    ({ at, of, text }) =>
      html`<li><a href="#${idOf(name, at, of)}">${of === 'field' && html`<bdi>${labels.get(at)}</bdi> – `}${text}</a></li>`,
  );
  return html`<div class="said wrong" role="alert" tabindex="-1" autofocus>
<p>${says ?? 'Not sent yet. Please look at this again:'}</p><ul>${links}</ul></div>
`;
}

/** Boxes that nobody has ticked before: consent by what is ticked already is none (CJEU C-673/17, "Planet49"). */
function consents(view: FormView): Html | undefined {
  const { name, form, sent } = view;
  if (!form.consent) return undefined;
  const ticked = sent.get(consentName) ?? [];
  const boxes = form.consent.map(({ purpose, text, required }) => {
    const id = idOf(name, purpose, 'consent');
    const wrong = mistakeAt(view, purpose, 'consent');
    const about = wrong && html` aria-invalid="true" aria-describedby="${id}-wrong"`;
    return html`${wrong && html`<p class="wrong" id="${id}-wrong"><bdi>${wrong}</bdi></p>`}<div class="option top"><input type="checkbox" id="${id}" name="${consentName}" value="${purpose}"${ticked.includes(purpose) && html` checked`}${required && html` required`}${about}>
<label for="${id}" dir="auto">${text}${mark(required)}</label></div>
`;
  });
  return html`<fieldset class="consent"><legend class="away">What you agree to</legend>${boxes}</fieldset>
`;
}
