/** The text of every file under `templates/`, by path without ending: `layout`, `partials/footer`, `welcome/hello`. */
export type TemplateFiles = ReadonlyMap<string, { readonly file: string; readonly text: string }>;

/** One line of a composed document and the file it came from. */
export type SourceLine = {
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
};

export type CompositionProblem = {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly include: string;
  readonly why: 'unknown' | 'circular' | 'unreadable';
};

export type Composition = { readonly lines: readonly SourceLine[]; readonly problems: readonly CompositionProblem[] };

const include = /<mj-include\s+path="([^"]*)"\s*\/>/g;
const preview = /<mj-preview\b[^>]*>[\s\S]*?<\/mj-preview>/;

/** Names that are no mails of their own. */
export function isMail(name: string): boolean {
  return name !== 'layout' && !name.startsWith('partials/');
}

/**
 * Puts a mail into the layout and the partials into both, in memory: MJML itself never opens a file. Every line remembers
 * where it came from, so that a problem found later is shown there.
 */
export function composeMail(name: string, files: TemplateFiles): Composition {
  const mail = files.get(name);
  const preheader = mail ? (preview.exec(mail.text)?.[0] ?? '') : '';
  const slots: TemplateFiles = new Map([
    ...files,
    ['preview', { file: mail?.file ?? name, text: preheader }],
    // Blanked out instead of cut, so that the lines below keep their numbers.
    ['content', { file: mail?.file ?? name, text: withoutPreview(mail?.text ?? '') }],
  ]);
  const problems: CompositionProblem[] = [];
  return { lines: expand('layout', slots, [], problems), problems };
}

/** The mail below its preheader, every line in its place. */
export function withoutPreview(text: string): string {
  return text.replace(preview, (found) => found.replace(/[^\n]/g, ''));
}

/** The text of the mail's own preheader. */
export function preheaderOf(text: string): string {
  return (preview.exec(text)?.[0] ?? '')
    .replace(/<\/?mj-preview\b[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function expand(
  name: string,
  files: TemplateFiles,
  above: readonly string[],
  problems: CompositionProblem[],
): readonly SourceLine[] {
  const { file, text } = files.get(name) ?? { file: name, text: '' };
  return text.split(/\r?\n/).flatMap((line, i) => {
    // MJML would drop it without a word.
    const unreadable = line.replace(include, (found) => ' '.repeat(found.length)).indexOf('<mj-include');
    if (unreadable >= 0) problems.push({ file, line: i + 1, column: unreadable + 1, include: '', why: 'unreadable' });

    const parts: SourceLine[] = [];
    let from = 0;
    for (const found of line.matchAll(include)) {
      const [tag, path = ''] = found;
      parts.push({ text: line.slice(from, found.index), file, line: i + 1, column: from + 1 });
      const isCircular = path === name || above.includes(path);
      if (files.has(path) && !isCircular) parts.push(...expand(path, files, [...above, name], problems));
      else
        problems.push({
          file,
          line: i + 1,
          column: found.index + 1,
          include: path,
          why: isCircular ? 'circular' : 'unknown',
        });
      from = found.index + tag.length;
    }
    return [...parts, { text: line.slice(from), file, line: i + 1, column: from + 1 }];
  });
}
