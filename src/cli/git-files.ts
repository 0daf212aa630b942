import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FixableError } from '../errors.js';
import { projectFolders, readProjectFolder } from '../project-folder.js';
import type { ProjectFiles } from '../sequence/project-files.js';

/** A file of a commit: what it holds is known to git by this id. */
type Blob = { readonly id: string; readonly path: string };

/** The project of a folder as it stood in a commit. Nothing in the folder or in its repository is touched. */
export async function readCommit(root: string, rev: string): Promise<ProjectFiles> {
  const commit = (await git(root, rev, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`]))
    .toString()
    .trim();
  const blobs = await blobsOf(root, rev, commit);
  const texts = await textsOf(root, rev, blobs);
  // Laid out in a folder, so that it is read as every project is.
  const folder = await mkdtemp(join(tmpdir(), 'rivulet-diff-'));
  try {
    for (const name of projectFolders) await mkdir(join(folder, name));
    for (const [i, { path }] of blobs.entries()) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), texts[i] ?? '');
    }
    // What was handed out then is not looked at.
    const { downloads: _, ...files } = await readProjectFolder(folder);
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function blobsOf(root: string, rev: string, commit: string): Promise<readonly Blob[]> {
  const listing = await git(root, rev, ['ls-tree', '-r', '-z', commit, '--', ...projectFolders]);
  const blobs = listing
    .toString()
    .split('\0')
    .flatMap((line): readonly Blob[] => {
      const [, id, path] = /^100\d{3} blob ([0-9a-f]+)\t(.+\.(?:json|mjml))$/s.exec(line) ?? [];
      return id && path ? [{ id, path }] : [];
    });
  if (blobs.length > 0) return blobs;
  throw new FixableError({
    code: 'no-project',
    where: rev,
    what: `there was no sequences/ and no templates/ in ${root} then`,
    fix: 'Name a later commit.',
  });
}

/** The texts of all blobs by one process: a line with id and size before each. */
async function textsOf(root: string, rev: string, blobs: readonly Blob[]): Promise<readonly Buffer[]> {
  const all = await git(root, rev, ['cat-file', '--batch'], blobs.map(({ id }) => `${id}\n`).join(''));
  let at = 0;
  return blobs.map(() => {
    const start = all.indexOf('\n', at) + 1;
    const size = Number(all.subarray(at, start).toString().split(' ')[2]);
    at = start + size + 1;
    return all.subarray(start, start + size);
  });
}

const mostBytes = 256 * 1024 * 1024;

function git(root: string, rev: string, args: readonly string[], input = ''): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'git',
      ['-C', root, ...args],
      { encoding: 'buffer', maxBuffer: mostBytes },
      (cause, stdout, stderr) => {
        if (cause) reject(whyNot(rev, root, cause, stderr.toString()));
        else resolve(stdout);
      },
    );
    // It may have ended before it read anything, which its exit code tells.
    child.stdin?.on('error', () => {}).end(input);
  });
}

function whyNot(rev: string, root: string, cause: Error, stderr: string): FixableError {
  const known = { code: 'no-commit', where: `--against ${rev}` };
  if ('code' in cause && cause.code === 'ENOENT')
    return new FixableError({ ...known, what: 'git is not installed', fix: 'Install it.' }, { cause });
  if (stderr.includes('not a git repository'))
    return new FixableError(
      { ...known, what: `${root} is in no git repository`, fix: 'Name its folder with --dir.' },
      { cause },
    );
  const said = stderr.trim().split('\n')[0];
  const what = said ? `git says: ${said}` : 'there is no such commit';
  return new FixableError({ ...known, what, fix: 'Name a branch, a tag or a commit, or "deployed".' }, { cause });
}
