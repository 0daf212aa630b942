import { dataWith } from '../lint/sample.js';
import type { Template } from '../message/template.js';
import type { Project } from '../sequence/project.js';
import type { ShownMail } from './shown-mail.js';

/** A tracked link at one place of a mail: the same target may stand behind a picture and a button. */
export type LinkPlace = {
  /** Its number among the links of the template whose clicks count. */
  readonly link: number;
  /** Its place among all links of the mail, counted from 1. */
  readonly nth: number;
  /** What its reader sees of it. */
  readonly words: string;
};

/** What shows of a link, at most. */
const longestWords = 80;

/** Where the tracked links of a rendered mail stand, from its top to its end. */
export function placesIn(html: string, targets: readonly string[]): readonly LinkPlace[] {
  return anchorsIn(html).flatMap(({ href, inner }, i): readonly LinkPlace[] => {
    const link = targets.indexOf(href);
    return link < 0 ? [] : [{ link, nth: i + 1, words: wordsOf(inner) }];
  });
}

type Anchor = { readonly at: number; readonly tag: string; readonly href: string; readonly inner: string };

/** No link of a mail is longer; what is longer is cut off before it is looked through. */
const longestAnchor = 5000;

function anchorsIn(html: string): readonly Anchor[] {
  const lower = html.toLowerCase();
  return [...html.matchAll(/<a\s[^>]*>/gi)].map(({ 0: tag, index: at }) => {
    const [, href = ''] = /\shref="([^"]*)"/i.exec(tag) ?? [];
    const start = at + tag.length;
    const close = lower.indexOf('</a', start);
    const inner = html.slice(start, Math.min(close < 0 ? html.length : close, start + longestAnchor));
    return { at, tag, href: unescaped(href), inner };
  });
}

function unescaped(text: string): string {
  return text
    .replace(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replace(/&#x([0-9a-f]{1,5});/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

function wordsOf(inner: string): string {
  const [, alt = ''] = /\balt="([^"]*)"/i.exec(inner) ?? [];
  const words = unescaped(inner.replace(/<[^>]*>/g, ' ').replaceAll('&nbsp;', ' '))
    .replace(/\s+/g, ' ')
    .trim();
  return (words || unescaped(alt)).slice(0, longestWords);
}

/** The mail with what its links were clicked laid over it: `labels` by the number of the link. */
export function withLabels(html: string, targets: readonly string[], labels: ReadonlyMap<number, string>): string {
  let [marked, from] = ['', 0];
  for (const { at, tag, href } of anchorsIn(html)) {
    const label = labels.get(targets.indexOf(href));
    if (label === undefined) continue;
    marked += `${html.slice(from, at)}<a data-clicks${tag.slice(2)}${badge(label)}`;
    from = at + tag.length;
  }
  const style = '<style>a[data-clicks]{outline:2px solid #2563eb!important;outline-offset:2px}</style>';
  const whole = marked + html.slice(from);
  return /<\/head>/i.test(whole) ? whole.replace(/<\/head>/i, (end) => style + end) : style + whole;
}

/** Takes no room, so that the mail stands as it stands. The label is of our own making: figures and a sign. */
function badge(label: string): string {
  const [place, look] = [
    'position:relative;display:inline-block;width:0;height:0;vertical-align:top;line-height:0',
    'position:absolute;left:-6px;top:-18px;padding:0 6px;border-radius:9px;background:#2563eb;color:#fff;font:600 11px/18px sans-serif;text-decoration:none;white-space:nowrap;z-index:9',
  ];
  return `<span style="${place}"><span style="${look}">${label}</span></span>`;
}

/** Stands for whatever of a link is a lead's own. Letters alone, which no part of an address writes in another way. */
const ownPart = 'zqLEADqz';

/** What the clicked addresses of a template's links have in common: the parts that no lead changes, in their order. */
export type LinkPattern = readonly string[];

export function linkPatterns(
  template: Template,
  { sequence }: Pick<ShownMail, 'sequence'>,
  { brand }: Pick<Project, 'brand'>,
  publicUrl: string,
): readonly LinkPattern[] {
  const assetUrl = `${publicUrl}/d/${ownPart}`;
  const data = { ...dataWith(brand, ownPart), sequence: { name: sequence.title }, assetUrl };
  return template.targets.map((target) => target(data).split(ownPart));
}

/** The link that an address was clicked at; undefined for one that the mail has no more. */
export function linkOf(address: string, patterns: readonly LinkPattern[]): number | undefined {
  const fitting = patterns.flatMap((parts, link) =>
    fits(address, parts) ? [{ link, known: parts.join('').length }] : [],
  );
  return fitting.toSorted((a, b) => b.known - a.known)[0]?.link;
}

function fits(address: string, [first = '', ...others]: LinkPattern): boolean {
  if (others.length === 0) return address === first;
  const last = others.pop() ?? '';
  if (!address.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = address.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return address.length - last.length >= at && address.endsWith(last);
}
