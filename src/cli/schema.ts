import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import pc from 'picocolors';
import { fileKinds, schemaText } from '../editor/json-schema.js';
import { say } from './terminal.js';

/** Writes the schemas by which editors complete and check a project's files; with `check`, only tells which are out of date. */
export async function schema(dir: string, { check = false }: { readonly check?: boolean }): Promise<void> {
  const folder = join(resolve(dir), 'sequences', 'schema');
  const stale = await staleFiles(folder);
  if (check) {
    for (const { file } of stale) say(`${pc.red('✖')} ${shown(file)} is out of date`);
    say(stale.length > 0 ? 'Run "npx rivulet schema".' : `${pc.green('✔')} The schemas are up to date.`);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  await mkdir(folder, { recursive: true });
  for (const { file, text } of stale) {
    await writeFile(file, text);
    say(`${pc.green('✔')} ${shown(file)}`);
  }
  if (stale.length === 0) say(`${pc.green('✔')} The schemas were up to date.`);
}

/** Schema files that are missing or differ from what the language says now. */
async function staleFiles(folder: string): Promise<readonly { readonly file: string; readonly text: string }[]> {
  const kinds = [...fileKinds].map(([name, kind]) => ({
    file: join(folder, `${name}.schema.json`),
    text: schemaText(kind),
  }));
  const written = await Promise.all(kinds.map(({ file }) => readFile(file, 'utf8').catch(() => undefined)));
  // An editor or git may have changed the line ends.
  return kinds.filter(({ text }, i) => written[i]?.replaceAll('\r\n', '\n') !== text);
}

function shown(file: string): string {
  return relative(process.cwd(), file);
}
