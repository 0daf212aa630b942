import type { FormFile } from '../sequence/form-file.js';
import type { DeclaredFields } from '../form/read-answers.js';
import { timezoneName, visitorName } from '../form/read-origin.js';
import { type ChoiceWording } from './form-choice.js';
import { formMarkup } from './form-markup.js';
import { html } from './html.js';

/** A form to be pasted into a page, and what it needs to know. */
export type Snippet = {
  readonly name: string;
  readonly form: FormFile;
  readonly declared: DeclaredFields;
  readonly publicUrl: string;
  readonly wording: ChoiceWording;
};

/** The script with what stands in its place where it cannot run: a link to the form's own page. */
export function scriptSnippet({ name, form: { title }, publicUrl }: Snippet): string {
  const page = `${publicUrl}/f/${encodeURIComponent(name)}`;
  return html`<div data-rivulet-form="${name}"><a href="${page}">${title}</a></div>
<script src="${page}/embed.js" async></script>`.html;
}

/**
 * Plain HTML, which works without script and in the page's own style. It has no token of a page of ours, so that it says
 * neither how long somebody took nor which press it was: tighter limits hold for what it sends.
 */
export function plainSnippet({ name, form, declared, publicUrl, wording }: Snippet): string {
  const markup = formMarkup({
    name,
    form,
    declared,
    action: `${publicUrl}/forms/${encodeURIComponent(name)}`,
    unseen: new Map([timezoneName, visitorName].map((key) => [key, ''])),
    sent: new Map(),
    mistakes: [],
    wording,
  });
  // The page has none of our style: what is there for eyes or for programs alone must be out of the way by itself.
  const away = ' style="position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%)"';
  const own = markup.html.replaceAll(/ class="([^"]*)"/g, (_, names: string) => (names === 'away' ? away : ''));
  // Nothing else tells a mistake before the page is left.
  return own.replace(' novalidate', '').trim();
}
