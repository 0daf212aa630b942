/**
 * What a reader sees of HTML. By hand, because libraries that build a tree block for seconds on a mail of nested tags,
 * and line breaks are all of the layout that the rules need. Each pattern stops at the next tag, so that it stays linear.
 */
export function htmlText(html: string): string {
  return (
    without(html, '<!--', '-->')
      .replaceAll(/<(style|script|title)\b[^<>]{0,2000}>[^<]*(?:<(?!\/\1)[^<]*)*/gi, ' ')
      .replaceAll(/[\s\u00a0]+/g, ' ')
      .replaceAll(/<p\b[^<>]{0,2000}>/gi, '\n\n')
      .replaceAll(/<(?:br|\/?(?:div|tr|li|ul|h[1-6]|table|blockquote|pre)|hr|\/p)\b[^<>]{0,2000}>/gi, '\n')
      // An address in brackets that nobody escaped is no tag.
      .replaceAll(/<(?![^<>\s@]{1,128}@)[a-z!/?][^<>]{0,4000}>/gi, '')
      .replaceAll(/&(#x?[\da-f]{1,6}|[a-z]{2,8});/gi, (entity, code: string) => entityText(code) ?? entity)
      .replaceAll(/[ \t\u00a0]+/g, ' ')
  );
}

/** Cuts out what stands between two marks; one that is never closed takes the rest with it. */
function without(text: string, open: string, close: string): string {
  const [first = '', ...rest] = text.split(open);
  return first + rest.map((piece) => piece.slice(endOf(piece, close))).join('');
}

function endOf(piece: string, close: string): number {
  const at = piece.indexOf(close);
  return at < 0 ? piece.length : at + close.length;
}

/** Those that mail programs write in the languages of the rules. */
const entities: ReadonlyMap<string, string> = new Map(
  'amp& lt< gt> quot" apos\' copy© ndash– mdash— rsquo’ lsquo‘ rdquo” ldquo“ hellip… auml\u00e4 ouml\u00f6 uuml\u00fc Auml\u00c4 Ouml\u00d6 Uuml\u00dc szlig\u00df eacuteé egraveè agraveà ecircê ccedilç ntildeñ oacuteó iacuteí aacuteá uacuteú atildeã otildeõ aringå oslashø aeligæ'
    .split(' ')
    .map((pair) => [pair.slice(0, -1), pair.slice(-1)]),
);

function entityText(code: string): string | undefined {
  if (code === 'nbsp') return ' ';
  if (!code.startsWith('#')) return entities.get(code);
  const point = /^#x/i.test(code) ? Number.parseInt(code.slice(2), 16) : Number(code.slice(1));
  return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : undefined;
}
