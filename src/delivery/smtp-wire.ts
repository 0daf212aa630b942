/** A mail in bytes. `wire` is the same with the dot that ends it, where nothing in it has to be changed to be sent. */
export type Written = { readonly mime: Buffer; readonly wire?: Buffer };

/** Mails share memory of this size: making a buffer for each takes twice as long as writing it, and more to clear away. */
const sheetLength = 256 * 1024;
const dot = '.\r\n';

/** What would have to be changed in a head: a leading dot, a lone CR or LF. It has in it what people typed. */
const unclean = /^\.|\n\.|\r(?!\n)|(?:^|[^\r])\n/;

/**
 * Writes mails one behind the other on large sheets of memory. A sheet is let go with the last mail on it, so what it keeps
 * in memory is bounded by how many mails are on their way.
 */
export function openWriter() {
  let sheet = Buffer.alloc(0);
  let used = 0;

  const room = (length: number): Buffer => {
    if (length > sheet.length - used) {
      sheet = Buffer.allocUnsafeSlow(Math.max(length, sheetLength));
      used = 0;
    }
    used += length;
    return sheet.subarray(used - length, used);
  };

  /**
   * Each character is a byte. `head` has its fields with their line ends, without the empty line; of `body` every line ends
   * with CRLF and none begins with a dot, as `quotedPrintable` writes them, so that it is not looked at again.
   */
  return (head: string, body: string): Written => {
    const text = `${head}\r\n${body}${dot}`;
    const wire = room(text.length);
    wire.write(text, 'latin1');
    const mime = wire.subarray(0, -dot.length);
    return unclean.test(head) || !head.endsWith('\r\n') ? { mime } : { mime, wire };
  };
}
