/** How a mail program colours a mail: light, with the mail's own dark style, or dark by force. */
export const looks = ['light', 'dark', 'inverted'] as const;
export type Look = (typeof looks)[number];

/** Whether a mail says anything of dark mail programs. */
export function hasDarkStyle(html: string): boolean {
  return /prefers-color-scheme\s*:\s*dark/i.test(html);
}

/**
 * The mail as it looks in such a program, whatever this browser prefers: what a mail asks of its surroundings is answered
 * here. Only style sheets, `media` attributes and the declaration of schemes are touched.
 */
export function inLook(html: string, look: Look): string {
  const isDark = look === 'dark' && hasDarkStyle(html);
  const scheme = isDark ? 'dark' : 'light';
  const settled = html
    .replace(/<style\b[\s\S]*?<\/style>|<[a-z]+\b[^>]*\smedia=[^>]*>/gi, (part) => settle(part, isDark))
    .replace(
      /(<meta\b[^>]*\bname=["']?color-scheme["']?[^>]*\bcontent=)("[^"]*"|'[^']*')/gi,
      (_, start: string) => `${start}"${scheme}"`,
    );
  return look === 'inverted' ? inHead(settled, forced) : settled;
}

function settle(css: string, isDark: boolean): string {
  const [always, never] = ['(min-width:0)', '(max-width:0)'];
  return css
    .replace(/\(\s*prefers-color-scheme\s*:\s*dark\s*\)/gi, isDark ? always : never)
    .replace(/\(\s*prefers-color-scheme\s*:\s*light\s*\)/gi, isDark ? never : always)
    .replace(/(?<![\w-])color-scheme\s*:[^;}]*/gi, `color-scheme: ${isDark ? 'dark' : 'light'}`);
}

/** Turns light into dark and leaves the hue, and pictures as they are: near to what such programs do, and no more than that. */
const forced =
  '<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}img,video,[background],[style*="background-image"]{filter:invert(1) hue-rotate(180deg)}</style>';

/** Phones have no bar beside the mail that would take of its width. */
export function onPhone(html: string): string {
  return inHead(html, '<style>html{scrollbar-width:none}</style>');
}

function inHead(html: string, markup: string): string {
  return /<\/head>/i.test(html) ? html.replace(/<\/head>/i, (end) => markup + end) : markup + html;
}
