import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pc from 'picocolors';
import type { Diagnostic } from '../diagnostic.js';

/** A problem with its line of the file and a caret under the place. */
export async function excerpt(
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
