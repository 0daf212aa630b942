/**
 * Tidies a text: a block that does not hold leaves its lines behind, empty. No line ends in blanks, no two empty lines
 * follow each other, the first and the last line say something.
 */
export function tidied(text: string): string {
  return `${tidiedWithin(text).trim()}\n`;
}

function tidiedWithin(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return text;
  const lines = text.split(/\r\n?|\n/);
  const last = lines.pop() ?? '';
  return [...lines.map((line) => line.trimEnd()), last].join('\n').replace(/\n{3,}/g, '\n\n');
}

/** A piece of a text, tidied as far as it can be alone: blanks at its ends may join those of its neighbours. */
export type Patch = { readonly before: string; readonly core: string; readonly after: string };

/** Cuts the blanks from the ends of a piece and writes the rest as `write` does. */
export function patchOf(text: string, write: (core: string) => string): Patch {
  const core = text.trim();
  if (core === '') return { before: text, core, after: '' };
  const start = core.length === text.length ? 0 : text.indexOf(core);
  const end = start + core.length;
  return { before: text.slice(0, start), core: write(tidiedWithin(core)), after: text.slice(end) };
}

/** Sews patches together to what `tidied` makes of the whole text, without its last line break. */
export function sewn(blank: (text: string) => void, core: (text: string) => void): (patch: Patch) => void {
  let isBegun = false;
  let gap = '';
  return (patch) => {
    gap += patch.before;
    if (patch.core === '') return;
    if (isBegun && gap !== '') blank(tidiedWithin(gap));
    core(patch.core);
    isBegun = true;
    gap = patch.after;
  };
}
