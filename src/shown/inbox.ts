import { compile as htmlToText } from 'html-to-text';

const words = htmlToText({
  wordwrap: false,
  selectors: [
    { selector: 'img', format: 'skip' },
    { selector: 'a', options: { ignoreHref: true } },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});

/** More than any list of mails shows. */
const longestLine = 300;

/** What the list of an inbox shows after the subject: the preheader, and where that ends the first words of the mail. */
export function inboxLine(html: string): { readonly preheader: string; readonly whole: string } {
  const [, hidden = ''] = /<div\b[^>]*style="display:none[^"]*"[^>]*>([\s\S]*?)<\/div>/i.exec(html) ?? [];
  return { preheader: oneLine(words(hidden)), whole: oneLine(words(html)).slice(0, longestLine) };
}

/** Without the unseen characters by which some mails keep their first words out of the list. */
function oneLine(text: string): string {
  return text.replace(/(?:\s|\u00ad|\u034f|[\u200b-\u200f\u2060\ufeff])+/g, ' ').trim();
}
