import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { FixableError } from './errors.js';
import { downloadsFolder } from './sequence/asset-file.js';
import type { ProjectFiles } from './sequence/project-files.js';

/** The folders that hold a project. */
export const projectFolders: readonly string[] = ['sequences', 'templates'];

/** Reads the texts of `sequences/` and `templates/` under `root`. What they mean is not looked at here. */
export async function readProjectFolder(root: string): Promise<ProjectFiles> {
  const [sequences, templates] = await Promise.all([
    textsIn(join(root, 'sequences'), (path) => path.endsWith('.json') && !path.startsWith('schema/'), root),
    textsIn(join(root, 'templates'), (path) => path.endsWith('.mjml') || path === 'brand.json', root),
  ]);
  const brand = templates.get('brand.json') ?? { file: 'templates/brand.json', text: '' };
  const downloads = await namesIn(join(root, 'templates', downloadsFolder));
  const mjml = [...templates].filter(([path]) => path.endsWith('.mjml'));
  const sources = new Map(mjml.map(([path, source]) => [path.replace(/\.mjml$/, ''), source]));
  return { sequences, templates: sources, brand, downloads };
}

/** The files of a folder that a project may lack. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((path) => `${downloadsFolder}/${relative(folder, path).split(sep).join('/')}`).toSorted();
}

/** Files under `templates/assets`, by their path under `templates/`. */
export async function assetsUnder(root: string): Promise<ReadonlySet<string>> {
  const names = await readdir(join(root, 'templates', 'assets'), { recursive: true }).catch(() => []);
  return new Set(names.map((name) => `assets/${name.split(sep).join('/')}`));
}

type Texts = Map<string, { file: string; text: string }>;

async function textsIn(folder: string, isWanted: (path: string) => boolean, root: string): Promise<Texts> {
  let names: string[];
  try {
    names = await readdir(folder, { recursive: true });
  } catch (cause) {
    const where = relative(process.cwd(), folder) || folder;
    throw new FixableError(
      {
        code: 'no-project',
        where,
        what: 'this folder cannot be read',
        fix: 'Start Rivulet in a folder that has sequences/ and templates/, or name one.',
      },
      { cause },
    );
  }
  const wanted = names
    .map((name) => name.split(sep).join('/'))
    .filter(isWanted)
    .toSorted();
  const texts = await Promise.all(
    wanted.map(async (path) => {
      const file = relative(root, join(folder, path)).split(sep).join('/');
      const text = await textOf(join(folder, path), file);
      return text === undefined ? [] : [[path, { file, text }] as const];
    }),
  );
  return new Map(texts.flat());
}

/** The text of a file; undefined when it has gone since its folder was read. */
async function textOf(path: string, file: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = typeof cause === 'object' && cause && 'code' in cause ? String(cause.code) : String(cause);
    if (code === 'ENOENT') return undefined;
    const fix = 'Make it a file that the user Rivulet runs as may read, or take it away.';
    throw new FixableError(
      { code: 'unreadable-file', where: file, what: `this file cannot be read (${code})`, fix },
      { cause },
    );
  }
}
