import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { badProject } from '../bad-project.js';
import { type Diagnostic, diagnosticLine } from '../diagnostic.js';
import { FixableError } from '../errors.js';
import { readProjectFolder } from '../project-folder.js';
import { openRenderedMails } from '../rendered-mails.js';
import { readPart, type Part, type ProjectFiles } from '../sequence/project-files.js';
import { type Project, readProject } from '../sequence/project.js';

/** The files of a folder and the project they make; refused, with every mistake, when they make none. */
export async function openFolder(dir: string): Promise<{ root: string; files: ProjectFiles; project: Project }> {
  const root = resolve(dir);
  const files = await readProjectFolder(root);
  const { project, diagnostics } = await readProject(files, await openRenderedMails());
  if (project) return { root, files, project };
  throw badProject(root, diagnostics, 'nothing is played');
}

/** One error out of the mistakes of a file that the command line names. */
export function mistakesIn(where: string, diagnostics: readonly Diagnostic[]): FixableError {
  const isOne = diagnostics.length === 1;
  return new FixableError({
    code: 'mistakes',
    where,
    what: `there ${isOne ? 'is a mistake' : `are ${diagnostics.length} mistakes`} in it, so nothing is played`,
    fix: `Mend ${isOne ? 'it' : 'them'}:${diagnostics.map((diagnostic) => `\n  ${diagnosticLine(diagnostic)}`).join('')}`,
  });
}

/** Reads a JSON file that is named on the command line. */
export async function readNamed<T>(schema: z.ZodType<T>, file: string): Promise<Part<T> & { readonly value: T }> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    const fix = 'Check its name.';
    throw new FixableError({ code: 'no-file', where: file, what: 'this file cannot be read', fix }, { cause });
  });
  const part = readPart(schema, file, text);
  if (part.value === undefined) throw mistakesIn(file, part.problems);
  return { ...part, value: part.value };
}
