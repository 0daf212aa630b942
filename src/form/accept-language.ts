/** More of a header than anybody's browser sends. */
const longest = 500;

/** The language that a browser asks for first (RFC 9110 §12.5.4), as leads have it: "de-AT". Undefined where it names none. */
export function languageIn(header: string | undefined): string | undefined {
  const ranges = (header ?? '').slice(0, longest).split(',');
  const weighed = ranges.flatMap((range) => {
    const [, tag = '', quality] =
      /^\s*([a-z]{2,3}(?:-[a-z\d]{2,8}){0,3})\s*(?:;\s*q=([\d.]{1,5})\s*)?$/i.exec(range) ?? [];
    const weight = quality === undefined ? 1 : Number(quality);
    return tag && weight > 0 ? [{ tag, weight }] : [];
  });
  return weighed.toSorted((a, b) => b.weight - a.weight)[0]?.tag;
}
