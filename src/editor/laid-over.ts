import type { ProjectFiles, SourceText } from '../sequence/project-files.js';

/** Texts by their paths in the project; null takes a file away. */
export type Texts = Readonly<Record<string, string | null>>;

/** A project's files with others in the place of those as they are saved, or beside them. The paths are checked before. */
export function laidOver(files: ProjectFiles, texts: Texts): ProjectFiles {
  const sequences = new Map(files.sequences);
  const templates = new Map(files.templates);
  let { brand } = files;
  for (const [file, text] of Object.entries(texts)) {
    if (file === brandFile) brand = { file, text: text ?? '' };
    else if (file.startsWith('templates/'))
      put(templates, file.slice('templates/'.length, -'.mjml'.length), file, text);
    else put(sequences, file.slice('sequences/'.length), file, text);
  }
  return { ...files, sequences: inOrder(sequences), templates: inOrder(templates), brand };
}

/** The text of a file among those of a project, by its path there. */
export function textIn({ sequences, templates, brand }: ProjectFiles, path: string): string | undefined {
  if (path === brandFile) return brand.text === '' ? undefined : brand.text;
  if (path.startsWith('templates/')) return templates.get(path.slice('templates/'.length, -'.mjml'.length))?.text;
  return sequences.get(path.slice('sequences/'.length))?.text;
}

const brandFile = 'templates/brand.json';

function put(texts: Map<string, SourceText>, name: string, file: string, text: string | null): void {
  if (text === null) texts.delete(name);
  else texts.set(name, { file, text });
}

/** As a folder is read: by path. */
function inOrder(texts: ReadonlyMap<string, SourceText>): ReadonlyMap<string, SourceText> {
  return new Map([...texts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
