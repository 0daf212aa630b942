import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { FixableError } from '../errors.js';
import type { Refusal } from '../editor/file-kind.js';

/** Where a file of a project is on disk, or would be. */
export type Place = {
  readonly path: string;
  readonly folder: string;
  /** There is something: a file, and no link. */
  readonly isThere: boolean;
};

/**
 * Follows a path into the project's folder by the names that are really there. A link could lead out of it, and what differs
 * by capital letters alone is one file here and two on another machine: neither is opened. The path is one of `kindOf`.
 */
export async function placeOf(root: string, path: string): Promise<Place | Refusal> {
  let folder = await realpath(root);
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  for (const [i, part] of parts.entries()) {
    const found = await entryIn(folder, part);
    if (found === 'missing')
      return { path: join(folder, ...parts.slice(i), name), folder: join(folder, ...parts.slice(i)), isThere: false };
    if (found !== 'folder') return whyNot(found, part, 'folder');
    folder = join(folder, part);
  }
  const found = await entryIn(folder, name);
  if (found !== 'missing' && found !== 'file') return whyNot(found, name, 'file');
  return { path: join(folder, name), folder, isThere: found === 'file' };
}

type Entry = 'missing' | 'file' | 'folder' | 'link' | 'other' | { readonly spelled: string };

async function entryIn(folder: string, name: string): Promise<Entry> {
  const names = await readdir(folder);
  if (!names.includes(name)) {
    const spelled = names.find((one) => one.toLowerCase() === name.toLowerCase());
    return spelled === undefined ? 'missing' : { spelled };
  }
  try {
    const stat = await lstat(join(folder, name));
    if (stat.isSymbolicLink()) return 'link';
    if (stat.isDirectory()) return 'folder';
    return stat.isFile() ? 'file' : 'other';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'missing';
    throw error;
  }
}

function whyNot(found: Exclude<Entry, 'missing'>, name: string, wanted: string): Refusal {
  if (typeof found === 'object')
    return {
      refused: `there is "${found.spelled}", which differs from "${name}" by capital letters only`,
      mend: `Use "${found.spelled}".`,
    };
  const what = found === 'link' ? 'a link' : found === 'folder' ? 'a folder' : `no ${wanted}`;
  return {
    refused: `"${name}" is ${what} on disk`,
    mend: `Put a ${wanted} in its place; links are not followed here.`,
  };
}

/** The code of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}

/** What the file system refuses, in words for whoever runs Rivulet. */
export function diskTrouble(path: string, cause: unknown): Error {
  const code = codeOf(cause);
  const what = {
    EACCES: noRight,
    EPERM: noRight,
    EROFS: 'the disk can only be read',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full',
  }[String(code)];
  if (what === undefined) return new Error(`${path} cannot be read or written`, { cause });
  const fix = 'Nothing was changed. Whoever runs Rivulet can mend it on the server.';
  return new FixableError({ code: 'unwritable-file', where: path, what: `${what} (${code})`, fix }, { cause });
}

const noRight = 'the user that Rivulet runs as has no right to it';
