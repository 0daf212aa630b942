/** Characters of an encoded line; the standard allows 76, the last of which may be the "=" of a soft line break. */
const width = 75;
/** What stands for itself, and what does so on a line of its own: short, and with nothing that its place would change. */
const plain = /^[\t -<>-~]*$/;
const readyLine = /^(?:(?!\.|From )[\t -<>-~]{0,74}[!-<>-~])?$/;

/**
 * Text as quoted-printable (RFC 2045 §6.7) that begins and ends at the start of a line, so that pieces encoded one by one
 * can be put together in any order. Line breaks of every kind become CRLF. No line begins with a dot, which SMTP would
 * have to double (RFC 5321 §4.5.2), or with "From ", which mailboxes alter (RFC 2049 §3).
 */
export function quotedPrintable(text: string): string {
  if (plain.test(text)) return text === '' ? '' : wrapped(text, '=\r\n');
  const lines = text.split(/\r\n?|\n/);
  const last = lines.pop() ?? '';
  let encoded = '';
  for (const line of lines)
    encoded += readyLine.test(line) ? `${line}\r\n` : wrapped(withoutBlankEnd(escaped(line)), '\r\n');
  return last === '' ? encoded : encoded + wrapped(escaped(last), '=\r\n');
}

/** Blanks before a line break get lost on the way (rule 3). */
function withoutBlankEnd(line: string): string {
  return line.replace(/[\t ]$/, (blank) => (blank === ' ' ? '=20' : '=09'));
}

function escaped(line: string): string {
  if (plain.test(line)) return line;
  return line.replace(/[^\t -<>-~]+/g, (run) => encodeURIComponent(wellFormed(run)).replaceAll('%', '='));
}

/** Half of a surrogate pair is no character, and has no UTF-8. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}

/** An escaped line in pieces with soft line breaks in between, none of them inside of an escape. */
function wrapped(line: string, end: string): string {
  let written = '';
  for (let at = 0; ; ) {
    const start = startAt(line, at);
    const rest = start === '' ? at : at + 1;
    const room = width - start.length;
    if (line.length - rest <= room) return written + start + line.slice(rest) + end;
    const cut = cutBefore(line, rest + room);
    written += `${start}${line.slice(rest, cut)}=\r\n`;
    at = cut;
  }
}

/** What is to be written in place of a character that must not begin a line. */
function startAt(line: string, at: number): string {
  if (line.startsWith('.', at)) return '=2E';
  return line.startsWith('From ', at) ? '=46' : '';
}

function cutBefore(line: string, at: number): number {
  if (line[at - 1] === '=') return at - 1;
  return line[at - 2] === '=' ? at - 2 : at;
}
