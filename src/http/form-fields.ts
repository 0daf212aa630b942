import { type DeclaredFields, declaredType, type Mistake } from '../form/read-answers.js';
import type { FormField } from '../form/read-field.js';
import type { Sent } from '../form/sent.js';
import type { FormFile } from '../sequence/form-file.js';
import { choiceText, type ChoiceWording } from './form-choice.js';
import { type Html, html } from './html.js';

/** A form as it is to be shown: new, or again with what was typed and what is wrong with it. */
export type FormView = {
  readonly name: string;
  readonly form: FormFile;
  readonly declared: DeclaredFields;
  /** Where it is sent to. */
  readonly action: string;
  /** What goes along unseen, by name. */
  readonly unseen: ReadonlyMap<string, string>;
  readonly sent: Sent;
  readonly mistakes: readonly Mistake[];
  /** What is said above it of the whole form. */
  readonly says?: string | undefined;
  readonly wording: ChoiceWording;
};

function isRequired({ name, required }: FormField): boolean {
  return required === true || name === 'email';
}

export function mark(isNeeded: boolean | undefined): Html | undefined {
  return isNeeded ? html` <span class="must" aria-hidden="true">*</span>` : undefined;
}

/** The place that the way to a mistake leads to; of several boxes the first. */
export function idOf(form: string, at: string, of: Mistake['of']): string {
  return of === 'consent' ? `${form}-consent-${at}` : `${form}-${at}`;
}

export function mistakeAt(view: FormView, at: string, of: Mistake['of']): string | undefined {
  return view.mistakes.find((mistake) => mistake.at === at && mistake.of === of)?.text;
}

/** One field with its name, what is wrong with it, and the way in which its kind is filled in. */
export function fieldMarkup(field: FormField, view: FormView): Html {
  const declared = declaredType(field.name, view.declared);
  if (field.type === 'yes/no') return options(field, view, { type: 'radio', choices: yesAndNo });
  if (field.type !== 'choice') return typed(field, view);
  const { choices = [] } = field;
  const texts = choices.map((choice) => [choice, choiceText(choice, declared, view.wording)] as const);
  if (declared === 'list') return options(field, view, { type: 'checkbox', choices: texts });
  return choices.length <= mostRadios
    ? options(field, view, { type: 'radio', choices: texts })
    : select(field, view, texts);
}

/** So many stand one below the other; more are chosen from a list that opens. */
const mostRadios = 6;

type Texts = readonly (readonly [value: string, text: string])[];

const yesAndNo: Texts = [
  ['yes', 'Yes'],
  ['no', 'No'],
];

/** What tells of a field besides its name: that it must be filled in, and what is wrong with it. */
function told(field: FormField, view: FormView, id: string): Html {
  const isWrong = mistakeAt(view, field.name, 'field') !== undefined;
  return html`${isRequired(field) && html` required`}${isWrong && html` aria-invalid="true" aria-describedby="${id}-wrong"`}`;
}

function wrongText(view: FormView, field: FormField, id: string): Html | undefined {
  const text = mistakeAt(view, field.name, 'field');
  return text === undefined ? undefined : html`<p class="wrong" id="${id}-wrong"><bdi>${text}</bdi></p>`;
}

function typed(field: FormField, view: FormView): Html {
  const id = idOf(view.name, field.name, 'field');
  const value = view.sent.get(field.name)?.[0] ?? '';
  const shared = html`id="${id}" name="${field.name}" dir="auto"${autocomplete(field)}${told(field, view, id)}`;
  const box =
    field.type === 'long text'
      ? html`<textarea ${shared} rows="5">\n${value}</textarea>`
      : html`<input ${kindOf(field)} ${shared}${value !== '' && html` value="${value}"`}>`;
  return html`<div class="field"><label for="${id}" dir="auto">${field.label}${mark(isRequired(field))}</label>
${wrongText(view, field, id)}${box}</div>
`;
}

/** No box for numbers: a wheel would change them unseen, and some browsers drop what they cannot read (GOV.UK design system, "Text input"). */
function kindOf({ type }: FormField): Html {
  if (type === 'number') return html`type="text" inputmode="decimal"`;
  if (type === 'email') return html`type="email" inputmode="email" autocapitalize="none" spellcheck="false"`;
  return type === 'date' ? html`type="date"` : html`type="text"`;
}

function select(field: FormField, view: FormView, texts: Texts): Html {
  const id = idOf(view.name, field.name, 'field');
  const chosen = view.sent.get(field.name) ?? [];
  const items = texts.map(
    ([value, text]) => html`<option value="${value}"${chosen.includes(value) && html` selected`}>${text}</option>`,
  );
  return html`<div class="field"><label for="${id}" dir="auto">${field.label}${mark(isRequired(field))}</label>
${wrongText(view, field, id)}<select id="${id}" name="${field.name}"${told(field, view, id)}><option value="">Please choose</option>${items}</select></div>
`;
}

type Options = { readonly type: 'radio' | 'checkbox'; readonly choices: Texts };

/** A group names its mistake once, and each of its boxes refers to it: what reads pages out tells of the box, not of the group. */
function options(field: FormField, view: FormView, { type, choices }: Options): Html {
  const id = idOf(view.name, field.name, 'field');
  const chosen = view.sent.get(field.name) ?? [];
  // Of several boxes none must be ticked by itself.
  const about = type === 'radio' ? told(field, view, id) : told({ ...field, required: false }, view, id);
  const boxes = choices.map(([value, text], i) => {
    const own = i === 0 ? id : `${id}-${i}`;
    return html`<div class="option"><input type="${type}" id="${own}" name="${field.name}" value="${value}"${chosen.includes(value) && html` checked`}${about}>
<label for="${own}" dir="auto">${text}</label></div>`;
  });
  return html`<fieldset><legend dir="auto">${field.label}${mark(isRequired(field))}</legend>${wrongText(view, field, id)}${boxes}</fieldset>
`;
}

/** What browsers may fill in (HTML Standard, "autofill field"), by the names that fields of leads usually have. */
const autofill: ReadonlyMap<string, string> = new Map([
  ['email', 'email'],
  ['firstname', 'given-name'],
  ['givenname', 'given-name'],
  ['lastname', 'family-name'],
  ['surname', 'family-name'],
  ['name', 'name'],
  ['fullname', 'name'],
  ['company', 'organization'],
  ['organisation', 'organization'],
  ['organization', 'organization'],
  ['jobtitle', 'organization-title'],
  ['phone', 'tel'],
  ['telephone', 'tel'],
  ['mobile', 'tel'],
  ['website', 'url'],
  ['street', 'street-address'],
  ['address', 'street-address'],
  ['city', 'address-level2'],
  ['zip', 'postal-code'],
  ['postcode', 'postal-code'],
  ['postalcode', 'postal-code'],
  ['country', 'country'],
  ['birthday', 'bday'],
]);

function autocomplete({ name }: FormField): Html | undefined {
  const what = autofill.get(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
  return what === undefined ? undefined : html` autocomplete="${what}"`;
}
