import { type Html, html } from '../http/html.js';

/** A table that scrolls in its own box where it is too wide, also by keyboard. `name`: what it shows, in words. */
export function table(name: string, columns: readonly Column[], rows: readonly Html[], foot?: Html): Html {
  const heads = columns.map((column) =>
    typeof column === 'string'
      ? html`<th scope="col">${column}</th>`
      : html`<th scope="col" class="number">${column.number}</th>`,
  );
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${heads}</tr></thead>
<tbody>${rows}</tbody>${foot && html`<tfoot>${foot}</tfoot>`}</table></div>`;
}
/** A column's heading; numbers stand to the right. */
export type Column = string | { readonly number: string };

/** Names and their values, one under the other. What has no value is left out. */
export function facts(pairs: readonly (readonly [name: string, value: Html | string | undefined])[]): Html {
  const there = pairs.filter(([, value]) => value !== undefined && value !== '');
  return html`<dl class="facts">${there.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function number(value: number): string {
  return new Intl.NumberFormat('en', { maximumFractionDigits: 2 }).format(value);
}

/** "1 lead", "2 leads". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}
