import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pc from 'picocolors';
import type { Diagnostic } from '../diagnostic.js';
import { readProjectFolder } from '../project-folder.js';
import { readProject } from '../sequence/project.js';

/** Checks a folder and shows every problem with its line; exit code 1 when there is one. */
export async function validate(dir: string, { json }: { json?: boolean }): Promise<void> {
  const root = resolve(dir);
  const { project, diagnostics } = await readProject(await readProjectFolder(root));
  if (diagnostics.some(({ severity }) => severity === 'error')) process.exitCode = 1;
  if (json) {
    console.log(JSON.stringify(diagnostics, null, 2));
    return;
  }
  for (const diagnostic of diagnostics) console.log(await excerpt(root, diagnostic));
  const mails = project
    ? [...project.programs.values()].flatMap(({ steps }) => [...steps.values()]).filter(({ kind }) => kind === 'send')
        .length
    : 0;
  if (project)
    console.log(
      `${pc.green('✔')} ${project.programs.size} sequences with ${mails} mails, ${project.templates.size} templates: no mistakes.`,
    );
  else console.log(`${pc.red('✖')} ${diagnostics.length} ${diagnostics.length === 1 ? 'mistake' : 'mistakes'}.`);
}

/** The problem with its line of the file and a caret under the place. */
async function excerpt(
  root: string,
  { file, line, column, code, message, hint, severity }: Diagnostic,
): Promise<string> {
  const text = await readFile(join(root, file), 'utf8').catch(() => '');
  const source = text.split(/\r?\n/)[line - 1];
  const colour = severity === 'error' ? pc.red : pc.yellow;
  const head = `${pc.bold(`${file}:${line}:${column}`)} ${colour(severity)} ${message} ${pc.dim(`[${code}]`)}`;
  if (source === undefined) return `${head}\n  ${hint}\n`;
  // Long lines are shown around the place, so that the caret stays on screen.
  const from = Math.max(0, column - 60);
  const shown = source.slice(from, from + 100).replaceAll('\t', ' ');
  const gutter = pc.dim(`${String(line).padStart(5)} │ `);
  const below = `${' '.repeat(5)}${pc.dim(' │ ')}${' '.repeat(Math.max(0, column - 1 - from))}${colour('^')}`;
  return `${head}\n${gutter}${shown}\n${below} ${hint}\n`;
}
