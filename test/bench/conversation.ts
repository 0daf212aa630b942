const endOfData = Buffer.from('\r\n.\r\n');
const endOfHead = Buffer.from('\r\n\r\n');
const idHeader = Buffer.from('\r\nMessage-ID:');
const crlf: Buffer = Buffer.from('\r\n');
const lf = 10;
/** RFC 1870, RFC 2920 and RFC 6152, as every common server has them. */
const extensions = '250-sink\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250 8BITMIME\r\n';

/** Told of every mail; `whole` only while `isKeeping` says that mails are kept. */
export type Listener = {
  readonly isKeeping: () => boolean;
  readonly taken: (mail: { readonly bytes: number; readonly id: string | undefined; readonly whole?: Buffer }) => void;
};
export type Conversation = {
  /** Takes what a client wrote; answers what it is told, which may be nothing yet. */
  readonly take: (chunk: Buffer) => string;
  readonly hasEnded: () => boolean;
};

/**
 * The server's side of an SMTP connection that takes every mail. It looks at each byte once, by `indexOf`, and keeps none
 * beyond a mail's head: the sink must never be what a measured sender waits for.
 */
export function openConversation({ isKeeping, taken }: Listener): Conversation {
  let line = '';
  let hasEnded = false;
  let isInMail = false;
  let bytes = 0;
  let id: string | undefined;
  let hasHead = false;
  /** Parts of the mail until its head is whole; all of them while mails are kept. */
  let held: Buffer[] = [];
  // The line before the body ended with CRLF, so a lone dot may be the whole of it (RFC 5321 §4.1.1.4).
  let tail = crlf;

  const obey = (command: string): string => {
    switch (command.slice(0, 4).toUpperCase()) {
      case 'MAIL':
      case 'RCPT':
      case 'RSET':
      case 'NOOP':
      case 'HELO':
        return '250 ok\r\n';
      case 'DATA':
        [isInMail, bytes, id, hasHead, held, tail] = [true, 0, undefined, false, [], crlf];
        return '354 go on\r\n';
      case 'EHLO':
        return extensions;
      case 'QUIT':
        hasEnded = true;
        return '221 bye\r\n';
      default:
        return '502 what?\r\n';
    }
  };

  const lookAt = (part: Buffer): void => {
    bytes += part.length;
    if (hasHead && !isKeeping()) return;
    held.push(part);
    if (hasHead) return;
    const start = held.length === 1 ? part : Buffer.concat(held);
    id = idIn(start);
    hasHead = id !== undefined || start.includes(endOfHead);
  };

  /** Takes a part of a mail; answers where in the chunk the mail ends, or -1 when it goes on. */
  const takeMail = (chunk: Buffer): number => {
    const end = endIn(chunk, tail);
    lookAt(end < 0 ? chunk : chunk.subarray(0, end));
    if (end < 0) {
      tail = (chunk.length >= 4 ? chunk : Buffer.concat([tail, chunk])).subarray(-4);
      return -1;
    }
    taken({ bytes, id, ...(isKeeping() ? { whole: Buffer.concat(held) } : {}) });
    [isInMail, held] = [false, []];
    return end;
  };

  /** The next step with what is left: what it says, and where what follows begins; undefined when more must come first. */
  const step = (rest: Buffer): { reply: string; end: number } | undefined => {
    if (isInMail) {
      const end = takeMail(rest);
      return end < 0 ? undefined : { reply: '250 taken\r\n', end };
    }
    const end = rest.indexOf(lf);
    const command = line + rest.toString('latin1', 0, end < 0 ? rest.length : end);
    line = end < 0 ? command : '';
    return end < 0 ? undefined : { reply: obey(command), end: end + 1 };
  };

  return {
    take: (chunk) => {
      let replies = '';
      let rest = chunk;
      while (rest.length > 0 && !hasEnded) {
        const next = step(rest);
        if (!next) break;
        replies += next.reply;
        rest = rest.subarray(next.end);
      }
      // All together, so that commands that came together are answered in one write (RFC 2920 §3.2).
      return replies;
    },
    hasEnded: () => hasEnded,
  };
}

/** Where the mail ends in a chunk, also where the five bytes fall into two of them; -1 when it does not. */
function endIn(chunk: Buffer, tail: Buffer): number {
  const seam = Buffer.concat([tail, chunk.subarray(0, 4)]);
  const inSeam = seam.indexOf(endOfData);
  const end = inSeam >= 0 ? inSeam - tail.length : chunk.indexOf(endOfData);
  return inSeam >= 0 || end >= 0 ? end + endOfData.length : -1;
}

/** The Message-ID in the beginning of a mail, if it is there by now. */
function idIn(start: Buffer): string | undefined {
  const headEnd = start.indexOf(endOfHead);
  const head = headEnd < 0 ? start : start.subarray(0, headEnd + crlf.length);
  const at = head.indexOf(idHeader);
  const isFirst = at < 0 && head.indexOf(idHeader.subarray(crlf.length)) === 0;
  // A long one stands on the line after its name (RFC 5322 §2.2.3).
  const from = at < 0 && !isFirst ? -1 : head.indexOf('<', Math.max(at, 0));
  const to = from < 0 ? -1 : head.indexOf('>', from);
  return to < 0 ? undefined : head.toString('latin1', from, to + 1);
}
