import { domainToUnicode } from 'node:url';

/**
 * An address as its person writes it: a domain of another script in its own letters, and as the A-label "xn--…" where those
 * letters could pass for others. So do browsers in their address bars (UTS #39 §5.2, "highly restrictive").
 */
export function shownAddress(email: string): string {
  const at = email.lastIndexOf('@');
  const domain = email.slice(at + 1);
  if (!domain.includes('xn--')) return email;
  const labels = domain.split('.');
  const isAsciiEnding = !(labels.at(-1) ?? '').startsWith('xn--');
  return email.slice(0, at + 1) + labels.map((label) => shownLabel(label, isAsciiEnding)).join('.');
}

function shownLabel(label: string, isAsciiEnding: boolean): string {
  if (!label.startsWith('xn--')) return label;
  const written = domainToUnicode(label);
  // A whole word of letters that look Latin, below an ending that is Latin, is there to be taken for that word.
  if (isAsciiEnding && looksLatin.test(written)) return label;
  return written !== '' && scripts.some((script) => script.test(written)) ? written : label;
}

/** Letters of one script, or of those that one language mixes. Digits and hyphens go with each. */
const scripts: readonly RegExp[] = [
  /^[\p{Script=Latin}\p{M}\d-]+$/u,
  /^[\p{Script=Cyrillic}\p{M}\d-]+$/u,
  /^[\p{Script=Greek}\p{M}\d-]+$/u,
  /^[\p{Script=Arabic}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Hebrew}\p{M}\d-]+$/u,
  /^[\p{Script=Armenian}\p{M}\d-]+$/u,
  /^[\p{Script=Georgian}\p{M}\d-]+$/u,
  /^[\p{Script=Devanagari}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Bengali}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Tamil}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Thai}\p{M}\p{Nd}-]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\d-]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}\d-]+$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Bopomofo}\d-]+$/u,
];

/** Cyrillic and Greek letters that nobody tells from Latin ones (UTS #39, confusables.txt). */
const looksLatin = /^[асԁеһіјӏорԛѕԝхуԍьɡаαονρυιкмнтв\d-]+$/u;
