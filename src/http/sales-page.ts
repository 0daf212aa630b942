import type { Brand } from '../message/brand.js';
import type { SalesAnswer } from '../sequence/sales-file.js';
import { type Html, html } from './html.js';
import { leadPage } from './lead-pages.js';

/** What sales sees of a lead before it answers. */
export type SalesShown = {
  readonly who: string;
  readonly company?: string;
  readonly answers: readonly { readonly answer: SalesAnswer; readonly title: string }[];
  /** The answer to begin with: the one that was followed from the mail, or that stands. */
  readonly chosen?: SalesAnswer | undefined;
  readonly currency?: string | undefined;
  /** What was heard so far, the newest first. */
  readonly heard: readonly string[];
  readonly said?: SalesSaid | undefined;
};

/** What the last press has done, and by what it can be taken back; or what is wrong with what was sent. */
export type SalesSaid =
  | { readonly kind: 'done'; readonly text: string; readonly undo?: string }
  | { readonly kind: 'problem'; readonly text: string; readonly at: Field; readonly typed: Typed };
export type Field = 'answer' | 'value' | 'note';
export type Typed = { readonly value?: string; readonly note?: string };

/** The page that a one-click answer leads to: the answer is chosen, and counts when the button is pressed. */
export function salesPage(brand: Brand, shown: SalesShown): string {
  const { who, company, said } = shown;
  const title = said?.kind === 'done' ? 'Noted' : 'What did you hear?';
  return leadPage(
    title,
    brand,
    html`${said && saying(said)}
<p>This is about <strong><bdi>${who}</bdi></strong>${company && html` of <bdi>${company}</bdi>`}. Only ${brand.name} sees it.</p>
${said?.kind === 'done' ? changing(shown) : answerForm(shown)}
${heard(shown)}`,
  );
}

function saying(said: SalesSaid): Html {
  if (said.kind === 'problem')
    return html`<div class="said wrong" role="alert"><p><a href="#${said.at}">${said.text}</a></p></div>`;
  const undo =
    said.undo &&
    html`<form method="post" action="?choice=undo"><input type="hidden" name="of" value="${said.undo}"><button>Undo</button></form>`;
  return html`<div class="said"><p role="status">${said.text}</p>${undo}</div>`;
}

/** Once something is noted, the form is out of the way, and at hand. */
function changing(shown: SalesShown): Html {
  return html`<details><summary>Say something else</summary>${answerForm(shown)}</details>`;
}

function answerForm(shown: SalesShown): Html {
  const { answers, chosen, currency, said } = shown;
  const wrong = said?.kind === 'problem' ? said : undefined;
  const value = fieldWith('value', wrong);
  const note = fieldWith('note', wrong);
  return html`<form method="post" action="?choice=answer">
<fieldset id="answer"${wrong?.at === 'answer' && html` aria-invalid="true"`}><legend>Your answer</legend>${answers.map(({ answer, title }) => radio(answer, title, answer === chosen))}</fieldset>
<div class="field"><label for="value">What it is worth${currency && html`, in ${currency}`}</label>
<input type="text" inputmode="decimal" id="value" name="value" maxlength="20" autocomplete="off" aria-describedby="about-value${value.describedBy}"${value.invalid}${wrong?.typed.value && html` value="${wrong.typed.value}"`}>
<p class="quiet" id="about-value">For won and lost deals; may be left empty.</p>${value.text}</div>
<div class="field"><label for="note">A note</label>
<textarea id="note" name="note" rows="3" maxlength="1000" aria-describedby="about-note${note.describedBy}"${note.invalid}>${wrong?.typed.note}</textarea>
<p class="quiet" id="about-note">What colleagues should know; the lead never sees it.</p>${note.text}</div>
<button class="primary">Note it</button></form>`;
}

type Wrong = Extract<SalesSaid, { kind: 'problem' }>;

function fieldWith(field: Field, wrong: Wrong | undefined) {
  if (wrong?.at !== field) return { describedBy: '', invalid: undefined, text: undefined };
  return {
    describedBy: ` wrong-${field}`,
    invalid: html` aria-invalid="true"`,
    text: html`<p class="wrong" id="wrong-${field}">${wrong.text}</p>`,
  };
}

function radio(answer: SalesAnswer, title: string, isChosen: boolean): Html {
  return html`<div class="option"><input type="radio" id="answer-${answer}" name="answer" value="${answer}"${isChosen && html` checked`} required>
<label for="answer-${answer}">${title}</label></div>`;
}

function heard({ heard: lines }: SalesShown): Html | undefined {
  if (lines.length === 0) return undefined;
  return html`<section><h2>Heard so far</h2><ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}
