import type { Response } from 'express';
import { simpleParser } from 'mailparser';

/** A kept mail, taken apart. Header lines are as they went out, in their order. */
export type OpenedMail = {
  readonly html: string;
  readonly text: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
};

export async function openCaptured(raw: Buffer): Promise<OpenedMail> {
  const parsed = await simpleParser(raw, { skipTextToHtml: true, skipHtmlToText: true, skipImageLinks: true });
  const headers = parsed.headerLines.map(({ line }) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  });
  return { html: parsed.html || '', text: parsed.text ?? '', headers };
}

/** Runs no script, has no origin, and reaches nothing but pictures. */
const mailPolicy =
  "default-src 'none'; img-src 'self' data: https:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/** Shows a mail's own markup under the policy of a mail. Its links open beside it, as in a mail program. */
export function sendMarkup(response: Response, markup: string): void {
  response
    .set({
      'Content-Security-Policy': mailPolicy,
      'X-Frame-Options': 'SAMEORIGIN',
      'Cross-Origin-Resource-Policy': 'same-origin',
    })
    .type('html')
    .send(withLinksBeside(markup));
}

function withLinksBeside(markup: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(markup) ? markup.replace(/<head[^>]*>/i, (head) => head + base) : base + markup;
}
