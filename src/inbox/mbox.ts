/** The line that begins each mail of an mbox file is no longer. */
const longestLine = 200;
const mark = '\nFrom ';

/**
 * The mails of an mbox file (RFC 4155), one after the other, with no more of it in memory than the largest mail. Of a mail
 * larger than `maxSize` its beginning is given, which tells what it is.
 */
export async function* mailsInMbox(source: AsyncIterable<unknown>, maxSize: number): AsyncGenerator<Buffer> {
  const mail = openMail(maxSize);
  // As if a line had ended before the first one.
  let unread: Buffer = Buffer.from('\n');
  for await (const chunk of source) {
    if (!Buffer.isBuffer(chunk)) continue;
    unread = Buffer.concat([unread, chunk]);
    let start = 0;
    let search = 0;
    let kept = -1;
    for (let at = unread.indexOf(mark); at >= 0; at = unread.indexOf(mark, search)) {
      const end = unread.indexOf('\n', at + 1);
      if (end < 0 && unread.length - at <= longestLine) {
        // Whether a mail begins here, its next piece tells.
        kept = at;
        break;
      }
      search = at + 1;
      if (end < 0 || !isFirstLine(unread.toString('latin1', at + 1, Math.min(end, at + 1 + longestLine)))) continue;
      mail.add(unread.subarray(start, at + 1));
      const whole = mail.take();
      if (whole) yield whole;
      start = end + 1;
      search = end;
    }
    // The mark may be cut in two.
    if (kept < 0) kept = Math.max(start, unread.length - mark.length + 1);
    mail.add(unread.subarray(start, kept));
    unread = unread.subarray(kept);
  }
  mail.add(unread);
  const last = mail.take();
  if (last) yield last;
}

/** "From ada@example.org Mon Mar  2 09:00:00 2026", and not "From here on we walked": some programs do not escape such lines. */
function isFirstLine(line: string): boolean {
  return /\s\d{1,2}:\d{2}/.test(line) && /\b(?:19|20)\d{2}\b/.test(line);
}

/** Puts a mail together from the pieces that it is read in. */
function openMail(maxSize: number) {
  let pieces: Buffer[] = [];
  let size = 0;
  return {
    add: (piece: Buffer): void => {
      const fitting = piece.subarray(0, Math.max(0, maxSize - size));
      size += fitting.length;
      if (fitting.length > 0) pieces.push(fitting);
    },
    /** What was put together; undefined where that is nothing but the space between mails. */
    take: (): Buffer | undefined => {
      const whole = unescaped(Buffer.concat(pieces));
      pieces = [];
      size = 0;
      return whole.toString('latin1', 0, 1000).trim() === '' ? undefined : whole;
    },
  };
}

/** A line of a mail that begins with "From " is written with a ">" before it, and one that begins so with another. */
function unescaped(mail: Buffer): Buffer {
  const trimmed = mail[0] === 10 ? mail.subarray(1) : mail;
  if (!trimmed.includes('>From ')) return trimmed;
  return Buffer.from(trimmed.toString('latin1').replace(/^>(>*From )/gm, '$1'), 'latin1');
}
