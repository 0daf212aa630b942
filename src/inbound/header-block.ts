/** Header lines by name in lower case, each name with its values in order. */
export type HeaderBlock = ReadonlyMap<string, readonly string[]>;

const name = /^([!-9;-~]{1,76})[ \t]{0,9}:(.*)$/s;

/** Splits header lines from the body behind them. A first line that cannot be a header ends them even without a blank line. */
export function splitMail(source: string): { readonly head: HeaderBlock; readonly body: string } {
  const lines: string[] = [];
  let at = 0;
  while (at < source.length) {
    const end = source.indexOf('\n', at);
    const line = source.slice(at, end < 0 ? undefined : end).replace(/\r$/, '');
    const isFolded = /^[ \t]/.test(line) && lines.length > 0;
    if (line === '' || (!isFolded && !name.test(line))) {
      return { head: blockOf(lines), body: source.slice(line === '' && end >= 0 ? end + 1 : at) };
    }
    lines.push(line);
    at = end < 0 ? source.length : end + 1;
  }
  return { head: blockOf(lines), body: '' };
}

/** The blocks of header lines in a part, divided by blank lines, as RFC 3464 §2.1 has them. Other lines are passed over. */
export function headerBlocks(part: string): readonly HeaderBlock[] {
  const blocks = part.replaceAll('\r', '').split(/\n[ \t]*\n/);
  return blocks.map((block) => blockOf(block.split('\n'))).filter(({ size }) => size > 0);
}

/** First value of a name, empty if it is not there. */
export function valueOf(block: HeaderBlock, key: string): string {
  return block.get(key)?.[0] ?? '';
}

function blockOf(lines: readonly string[]): HeaderBlock {
  const block = new Map<string, string[]>();
  for (const line of unfolded(lines)) {
    const [, key = '', value = ''] = name.exec(line) ?? [];
    if (key === '') continue;
    const values = block.get(key.toLowerCase()) ?? [];
    values.push(value.trim());
    block.set(key.toLowerCase(), values);
  }
  return block;
}

/** Folded lines joined to the one that they continue (RFC 5322 §2.2.3). */
function unfolded(lines: readonly string[]): readonly string[] {
  const whole: string[][] = [];
  for (const line of lines) {
    const last = whole.at(-1);
    if (/^[ \t]/.test(line) && last) last.push(line.trim());
    else whole.push([line]);
  }
  return whole.map((pieces) => pieces.join(' '));
}
