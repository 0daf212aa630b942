import type { Frequency } from '../journey/preferences.js';
import type { Suppression } from '../journey/facts.js';
import type { Brand } from '../message/brand.js';
import type { Topic } from '../sequence/topics-file.js';
import { type Html, html } from './html.js';
import { addressed, leadPage, undoForm } from './lead-pages.js';

/** What the page shows of a lead's choices, as they stand now. */
export type Shown = {
  readonly email: string;
  readonly suppression: Suppression | undefined;
  /** The series that the mail belongs to, while it still sends. */
  readonly series?: string;
  readonly topics: readonly (Topic & { readonly isOn: boolean })[];
  readonly frequency: Frequency;
  /** What it agreed to, and has not taken back. */
  readonly agreed: readonly { readonly purpose: string; readonly text: string }[];
  readonly canChangeAddress: boolean;
  /** The last day of a pause, in words. */
  readonly pausedUntil?: string;
  readonly said?: Said;
};

/** What the last press of a button has done, and the event by which it can be taken back; or what was wrong with it. */
export type Said =
  | { readonly kind: 'done'; readonly text: string; readonly undo?: string }
  | { readonly kind: 'problem'; readonly text: string; readonly at?: 'address'; readonly typed?: string };

/** The preference centre: plain forms, each of which works by itself, without script. */
export function preferencesPage(brand: Brand, shown: Shown): string {
  const { email, said, suppression } = shown;
  const choices = suppression === undefined ? mailed(shown) : unmailed(suppression);
  return leadPage(
    'Your mails',
    brand,
    html`${said && sayingOf(said)}
<p>This is about the mails of ${brand.name} to ${addressed(email)}.</p>
${choices}`,
  );
}

function sayingOf(said: Said): Html {
  if (said.kind === 'problem')
    return html`<div class="said wrong" role="alert"><p>${said.at ? html`<a href="#email">${said.text}</a>` : said.text}</p></div>`;
  return html`<div class="said"><p role="status">${said.text}</p>${said.undo && undoForm('', said.undo)}</div>`;
}

function unmailed(suppression: Suppression): Html {
  if (suppression !== 'unsubscribed')
    return html`<p>This address gets no mails any more. If that is wrong, write to us.</p>`;
  return html`<p>You have unsubscribed: no mails come to you.</p>
<form method="post" action="?choice=back"><button class="primary">Send me mails again</button></form>`;
}

function mailed(shown: Shown): Html {
  return html`${wishes(shown)}
${pause(shown)}
${shown.agreed.length > 0 && agreements(shown)}
${shown.canChangeAddress && newAddress(shown)}
${leaving(shown)}`;
}

function agreements({ agreed }: Shown): Html {
  return html`<section><h2>What you agreed to</h2>
${agreed.map(agreement)}</section>`;
}

function agreement({ purpose, text }: Shown['agreed'][number]): Html {
  return html`<form method="post" action="?choice=withdraw"><p class="said" id="agreed-${purpose}"><bdi>${text}</bdi></p>
<input type="hidden" name="purpose" value="${purpose}"><button aria-describedby="agreed-${purpose}">Take this back</button></form>`;
}

function wishes({ topics, frequency }: Shown): Html {
  return html`<section><h2>What you get</h2>
<form method="post" action="?choice=save">
${topics.length > 0 && html`<fieldset><legend>Topics</legend>${topics.map(topicBox)}</fieldset>`}
<fieldset><legend>How often</legend>${[...frequencyTexts].map(([value, text]) => frequencyRadio(value, text, value === frequency))}</fieldset>
<button class="primary">Save</button></form></section>`;
}

function topicBox({ name, title, about, isOn }: Shown['topics'][number]): Html {
  const described = about && html` aria-describedby="about-${name}"`;
  return html`<div class="option"><input type="checkbox" id="topic-${name}" name="topic" value="${name}"${isOn && html` checked`}${described}>
<label for="topic-${name}">${title}</label><input type="hidden" name="shown" value="${name}">${about && html`<p class="quiet" id="about-${name}">${about}</p>`}</div>`;
}

const frequencyTexts: ReadonlyMap<Frequency, string> = new Map([
  ['as they come', 'As they come'],
  ['weekly', 'At most one mail a week'],
  ['monthly', 'At most one mail a month'],
]);

function frequencyRadio(value: Frequency, text: string, isChosen: boolean): Html {
  return html`<div class="option"><input type="radio" id="frequency-${value.replaceAll(' ', '-')}" name="frequency" value="${value}"${isChosen && html` checked`}>
<label for="frequency-${value.replaceAll(' ', '-')}">${text}</label></div>`;
}

const lengthTexts = [
  ['two-weeks', 'Two weeks'],
  ['one-month', 'One month'],
  ['three-months', 'Three months'],
  ['half-a-year', 'Half a year'],
  ['one-year', 'One year'],
] as const;

function pause({ pausedUntil }: Shown): Html {
  if (pausedUntil !== undefined)
    return html`<section><h2>Your pause</h2>
<p>No mails come to you until <strong>${pausedUntil}</strong>. Then they come again by themselves.</p>
<form method="post" action="?choice=wake"><button>Send me mails again now</button></form></section>`;
  return html`<section><h2>A pause</h2>
<p id="about-pause">No mails for a while; then they come again by themselves. What you wait for yourself, such as a confirmation, comes all the same.</p>
<form method="post" action="?choice=pause"><div class="field"><label for="length">How long</label>
<select id="length" name="length" aria-describedby="about-pause">${lengthTexts.map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></div>
<button>Pause my mails</button></form></section>`;
}

function newAddress({ said }: Shown): Html {
  const isWrong = said?.kind === 'problem' && said.at === 'address';
  const typed = said?.kind === 'problem' && said.typed;
  const wrong = isWrong && html` aria-invalid="true" aria-describedby="about-address wrong-address"`;
  return html`<section><h2>Another address</h2>
<p id="about-address">We send a mail to the new address. Your mails go there once you press the button that it leads to.</p>
<form method="post" action="?choice=address" novalidate><div class="field"><label for="email">New e-mail address</label>
<input type="email" id="email" name="email" autocomplete="email" maxlength="320" required${typed && html` value="${typed}"`}${wrong || html` aria-describedby="about-address"`}>
${isWrong && html`<p class="wrong" id="wrong-address">${said.text}</p>`}</div>
<button>Change the address</button></form></section>`;
}

function leaving({ series }: Shown): Html {
  return html`<section><h2>No more mails</h2>
<form method="post">${series !== undefined && html`<button formaction="?choice=series">Stop the series “${series}”</button>`}<button formaction="?choice=all">Stop all mails</button></form>
<p class="quiet">Everything here takes effect at once.</p></section>`;
}
