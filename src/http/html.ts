const isMarkup = Symbol('markup');

/** Text that is markup already; everything else that comes into `html` is escaped. Data cannot pass for it: it has no such symbol. */
export type Html = { readonly [isMarkup]: true; readonly html: string };

/** What may stand in a page. Objects other than markup may not: nobody could say how they read. */
export type Content = Html | string | number | boolean | null | undefined | readonly Content[];

/** A template tag that escapes every value: `html\`<p>${name}</p>\``. Lists are joined; undefined, null and false leave nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  const whole = parts.reduce((so, part, i) => so + part + (i < values.length ? written(values[i]) : ''), '');
  return { [isMarkup]: true, html: whole };
}

function written(value: Content): string {
  if (value === undefined || value === null || value === false) return '';
  if (typeof value === 'object') return isMarkup in value ? value.html : value.map(written).join('');
  return String(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
