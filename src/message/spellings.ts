import { domainToUnicode } from 'node:url';

/**
 * Every spelling, in lower case, that an address is written in by what Rivulet keeps: as it is, with the domain in its own
 * script, in a link (RFC 3986 §2.1) and in HTML. Made from its key.
 */
export function spellingsOf(key: string): readonly string[] {
  const at = key.lastIndexOf('@');
  const plain = [key, `${key.slice(0, at)}@${domainToUnicode(key.slice(at + 1))}`];
  return [
    ...new Set([...plain, ...plain.map(encodeURIComponent), ...plain.map(inHtml)].map((one) => one.toLowerCase())),
  ];
}

/** As Handlebars writes what a local part may have (RFC 5322 §3.2.3). */
function inHtml(text: string): string {
  return text.replaceAll(/[&'`=]/g, (character) => `&${entities[character] ?? ''};`);
}
const entities: Readonly<Record<string, string>> = { '&': 'amp', "'": '#x27', '`': '#x60', '=': '#x3D' };

/**
 * All that can be read in bytes, in lower case: as they stand, with quoted-printable undone (RFC 2045 §6.7), and what lines of
 * base64 say (§6.8). For looking for a text, not for showing: where something is read in two ways, both are in it.
 */
export function readableIn(bytes: Buffer): string {
  const raw = bytes.toString('latin1');
  const unfolded = raw.replaceAll(/=\r?\n/g, '').replaceAll(/=([\dA-F]{2})/gi, (_, hex: string) => {
    return String.fromCharCode(Number.parseInt(hex, 16));
  });
  const decoded = base64Lines(raw).map((text) => Buffer.from(text, 'base64').toString('latin1'));
  return [raw, unfolded, ...decoded]
    .flatMap((text) => [text, ...inUtf8(text)])
    .join('\n')
    .toLowerCase();
}

/** Bytes beside a line that do not keep it from being one. */
const mostBeside = 32;

/** Runs of lines that are base64 and nothing else, and words of a header in it (RFC 2047 §2), each as one text. */
function base64Lines(raw: string): readonly string[] {
  const runs: string[] = [];
  let run = '';
  for (const line of raw.split(/\r?\n/)) {
    const [text = ''] = /[A-Za-z0-9+/]{4,}={0,2}/.exec(line) ?? [];
    // What surrounds a mail in its row may stand beside its last line.
    if (text.length > 0 && text.length >= line.length - mostBeside) run += text;
    else if (run !== '') {
      runs.push(run);
      run = '';
    }
  }
  const words = [...raw.matchAll(/\?b\?([A-Za-z0-9+/]+={0,2})\?=/gi)].flatMap(([, word]) => word ?? []);
  return [...runs, ...(run === '' ? [] : [run]), ...words];
}

function inUtf8(latin1: string): readonly string[] {
  return /[\u0080-\u00ff]/.test(latin1) ? [Buffer.from(latin1, 'latin1').toString('utf8')] : [];
}
