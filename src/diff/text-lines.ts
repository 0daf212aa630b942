import { structuredPatch } from 'diff';

/** A line of two texts that are held against each other; "cut" stands for lines that are the same in both. */
export type ComparedLine = {
  readonly mark: 'same' | 'added' | 'removed' | 'cut';
  /** Its line before and now, from 1. */
  readonly was: number | null;
  readonly is: number | null;
  readonly text: string;
};

/** Lines around a change that are shown with it. */
const around = 3;
/** Two texts that have hardly a line in common are not compared for ever: the time grows with the square of this. */
const mostEdits = 500;

/** How one text differs from another, line by line, with a few lines around each change. */
export function comparedLines(before: string, after: string): readonly ComparedLine[] {
  const options = { context: around, maxEditLength: mostEdits };
  const patch = structuredPatch('', '', ended(before), ended(after), '', '', options);
  if (!patch) return [...allOf(before, 'removed'), ...allOf(after, 'added')];
  return patch.hunks.flatMap(({ oldStart, newStart, lines }, i): readonly ComparedLine[] => {
    const isFirstLine = i === 0 && oldStart <= 1 && newStart <= 1;
    const cut: ComparedLine = { mark: 'cut', was: null, is: null, text: '' };
    return [...(isFirstLine ? [] : [cut]), ...numbered(lines, oldStart, newStart)];
  });
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function allOf(text: string, mark: 'added' | 'removed'): readonly ComparedLine[] {
  const lines = ended(text).slice(0, -1).split('\n');
  return lines.map((line, i) => {
    return { mark, was: mark === 'removed' ? i + 1 : null, is: mark === 'added' ? i + 1 : null, text: line };
  });
}

function numbered(lines: readonly string[], oldStart: number, newStart: number): readonly ComparedLine[] {
  let [was, is] = [oldStart, newStart];
  return lines.map((line): ComparedLine => {
    const text = line.slice(1);
    if (line.startsWith('-')) return { mark: 'removed', was: was++, is: null, text };
    if (line.startsWith('+')) return { mark: 'added', was: null, is: is++, text };
    return { mark: 'same', was: was++, is: is++, text };
  });
}
