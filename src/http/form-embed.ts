import { assetText } from './form-page.js';
import { pageName, referrerName, timezoneName, utmNames, visitorName } from '../form/read-origin.js';

/**
 * Shows a form within another site's page, where an element with `data-rivulet-form` names it. In a shadow root, and not in a
 * frame: it is as high as its content, password managers and autofill take it for part of the page, and the page's address and
 * campaign are at hand; the site's style sheets do not reach into it all the same. What is in that element before, such as a
 * link to the form's own page, stays where this cannot run. The markup is that of the form's own page, with its mistakes too.
 */
export function embedScript(name: string, publicUrl: string): string {
  const place = JSON.stringify({ name, base: publicUrl }).replaceAll('<', '\\u003c');
  return `(({ name, base }) => {
  const known = new URLSearchParams(location.search);
  const toldOf = () => ({
    ${JSON.stringify(pageName)}: location.origin + location.pathname,
    ${JSON.stringify(referrerName)}: document.referrer,
    ${JSON.stringify(timezoneName)}: Intl.DateTimeFormat().resolvedOptions().timeZone || '',
    ...Object.fromEntries(${JSON.stringify(utmNames)}.flatMap((key) => known.has(key) ? [[key, known.get(key)]] : [])),
    // The site's own script keeps it so; its events do not come out of a shadow root.
    ${JSON.stringify(visitorName)}: (/(?:^|; )rivulet_visitor=([\\w-]*)/.exec(document.cookie) || [])[1] || '',
    _html: 'yes',
  });
  const show = (root, html) => {
    const template = document.createElement('template');
    template.innerHTML = html;
    // The focus is set below, once all stands.
    template.content.querySelector('[autofocus]')?.removeAttribute('autofocus');
    root.replaceChildren(template.content);
    root.querySelector('form').addEventListener('submit', (event) => send(event, root));
    for (const link of root.querySelectorAll('a[href^="#"]'))
      link.addEventListener('click', (event) => {
        event.preventDefault();
        root.getElementById(link.hash.slice(1)).focus();
      });
    root.querySelector('[role="alert"]')?.focus();
  };
  const say = (role, { title, text }, links = []) => {
    const box = document.createElement('div');
    box.className = 'said';
    box.setAttribute('role', role);
    box.tabIndex = -1;
    const lines = [['strong', title], ['p', text]].map(([tag, words]) => {
      const line = document.createElement(tag);
      line.textContent = words;
      return line;
    });
    box.append(...lines);
    for (const [href, words] of links) {
      if (!href) continue;
      const link = document.createElement('a');
      link.href = href;
      link.textContent = words;
      const line = document.createElement('p');
      line.append(link);
      box.append(line);
    }
    return box;
  };
  const send = async (event, root) => {
    event.preventDefault();
    const form = event.target;
    if (form.ariaBusy === 'true') return;
    form.ariaBusy = 'true';
    const told = {};
    for (const [key, value] of new FormData(form)) told[key] = key in told ? [told[key], value].flat() : value;
    try {
      const answer = await fetch(form.action, {
        method: 'POST',
        credentials: 'omit',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...told, ...toldOf() }),
      });
      const said = await answer.json();
      if (said.html) return show(root, said.html);
      if (!answer.ok) throw new Error(said.detail);
      if (said.next && said.kind === 'taken' && !said.asset) return location.assign(said.next);
      const box = say('status', said, [[said.asset, ${JSON.stringify(assetText)}], [said.next, 'Go on']]);
      root.replaceChildren(box);
      box.focus();
    } catch {
      form.ariaBusy = 'false';
      root.querySelector('.said')?.remove();
      const text = 'Nothing you wrote is lost. Please press the button again.';
      const box = say('alert', { title: 'This could not be sent just now.', text });
      form.before(box);
      box.focus();
    }
  };
  const place = async (box) => {
    if (box.shadowRoot) return;
    const answer = await fetch(base + '/f/' + encodeURIComponent(name) + '/form.json', { credentials: 'omit' });
    if (!answer.ok) return;
    const { html, style } = await answer.json();
    if (box.shadowRoot) return;
    const root = box.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
    show(root, html);
  };
  const placeAll = () => {
    for (const box of document.querySelectorAll('[data-rivulet-form]'))
      if (box.dataset.rivuletForm === name) place(box).catch(() => {});
  };
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', placeAll);
  else placeAll();
})(${place});
`;
}

/** Letters and colours are the page's own; what acts is in the colour of the brand, or in what the page sets in its place. */
export const embedStyle = `
:host {
  display: block;
  --act: var(--rivulet-action, #0f6b62); --on-act: var(--rivulet-on-action, #ffffff); --bad: #a3261c;
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --act: var(--rivulet-action, light-dark(#0f6b62, #82d4c7)); --on-act: var(--rivulet-on-action, light-dark(#ffffff, #0c1f1c));
    --bad: light-dark(#a3261c, #ff9d93);
  }
}
* { box-sizing: border-box; font: inherit; }
form { display: grid; gap: 14px; max-width: 34rem; margin: 0; overflow-wrap: anywhere; }
p { margin: 0; }
.field { display: grid; gap: 6px; }
label, legend { display: block; }
legend { padding: 0; }
.field label, legend, strong, button { font-weight: bold; }
fieldset { min-width: 0; margin: 0; padding: 0; border: 0; }
.option { display: grid; grid-template-columns: 24px 1fr; column-gap: 12px; align-items: center; }
.option.top { align-items: start; }
.option input { width: 22px; height: 22px; margin: 0; accent-color: var(--act); }
.option.top input { margin-top: 9px; }
.option label { padding: 8px 0; cursor: pointer; }
select, textarea, .field input {
  width: 100%; min-height: 48px; padding: 10px 12px; border: 1px solid currentColor; border-radius: 6px;
  background: Canvas; color: CanvasText;
}
button {
  justify-self: start; min-height: 48px; padding: 12px 22px; border: 2px solid var(--act); border-radius: 6px;
  background: var(--act); color: var(--on-act); cursor: pointer;
}
a { color: inherit; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
[aria-invalid='true'], .field [aria-invalid='true'] { border-color: var(--bad); outline-color: var(--bad); }
.wrong, .must { color: var(--bad); }
p.wrong { font-weight: bold; }
.said { max-width: 34rem; margin: 0 0 16px; padding: 14px 18px; border: 2px solid currentColor; border-radius: 8px; }
.said strong { display: block; }
.said ul { margin: 8px 0 0; padding-inline-start: 20px; }
.said a { display: inline-block; padding: 4px 0; }
.away { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
