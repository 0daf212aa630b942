/** Characters of a local part as seen in reports: RFC 5321 §4.1.2 and UTF-8, without the brackets and quotes that surround it. */
const address =
  /[^\s<>()[\]",;:@|\\、。，：；（）「」『』【】《》]{1,128}@(?:[\p{L}\p{N}_-]{1,63}\.){0,8}[\p{L}\p{N}_-]{1,63}/gu;

/** All addresses in a text, bare, in their order, each once. */
export function addressesIn(text: string): readonly string[] {
  const found = text.match(address) ?? [];
  return uniqueAddresses(found.map(tidy).filter(isAddress));
}

/** The first address in a text. */
export function addressIn(text: string): string | undefined {
  return addressesIn(text)[0];
}

/** The address in a From or To header: that in brackets before one in a name. */
export function headerAddress(value: string): string | undefined {
  const [, bracketed] = /<([^<>]{1,320})>[^<>]*$/.exec(value) ?? [];
  return addressIn(bracketed ?? '') ?? addressIn(value);
}

/** Without regard to case, the first writing of each kept. */
export function uniqueAddresses(addresses: readonly string[]): readonly string[] {
  return [...new Map(addresses.toReversed().map((one) => [one.toLowerCase(), one])).values()].toReversed();
}

export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Chinese, Japanese and Korean put no space between an address and their words. */
const gluedBefore = /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}ー]+(?=[!-~]+@)/u;
const gluedBehind = /(@[a-z\d.-]{1,250}\.[a-z]{2,63})[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}].*$/iu;

/** Prose and markup lean on addresses: "mailto:ada@example.com", "=ada@example.com", "`ada@example.com". */
function tidy(found: string): string {
  // An address that is an encoded word begins with "=?".
  return found
    .replace(/^(?:mailto:|rfc822;)/i, '')
    .replace(/^(?!=\?)[`'*=.~-]+/, '')
    .replace(gluedBefore, '')
    .replace(gluedBehind, '$1')
    .replace(/[.`'*-]+$/, '');
}

function isAddress(found: string): boolean {
  return /^[^@]+@[^@]*\p{L}[^@]*$/u.test(found);
}
