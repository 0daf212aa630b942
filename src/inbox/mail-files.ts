import { createReadStream, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FixableError } from '../errors.js';
import { mailsInMbox } from './mbox.js';

/** A mail in a file; where it cannot be read, why. */
export type FiledMail = { readonly where: string } & (
  | { readonly raw: Buffer; readonly why?: never }
  | { readonly raw?: never; readonly why: string }
);

/** A file with mails in it, and how many bytes it has. */
export type MailFile = { readonly path: string; readonly size: number };

/**
 * The files with mails at a path: itself, or all in a folder and below. Of a Maildir those in `new` and `cur`; the rest in
 * it belongs to the mail server.
 */
export async function mailFilesAt(path: string): Promise<readonly MailFile[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new FixableError(
      { code: 'no-file', where: path, what: 'this file or folder cannot be read', fix: 'Check its name' },
      { cause },
    );
  });
  return found.isDirectory() ? filesBelow(path) : [{ path, size: found.size }];
}

async function filesBelow(folder: string): Promise<readonly MailFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const isMaildir = folders.includes('cur') && folders.includes('new');
  const wanted = isMaildir ? entries.filter(({ name }) => name === 'cur' || name === 'new') : entries.filter(isVisible);
  const files: MailFile[] = [];
  for (const entry of wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (entry.isFile() && !isMaildir) files.push({ path, size: (await stat(path)).size });
  }
  return files;
}

function isVisible({ name }: Dirent): boolean {
  return !name.startsWith('.');
}

/** The mails of a file: of an mbox file many, else one. `onRead` is told how many bytes were read. */
export async function* mailsIn(
  { path, size }: MailFile,
  maxSize: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<FiledMail> {
  try {
    if (!(await isMbox(path))) {
      const raw = await beginningOf(path, Math.min(size, maxSize));
      onRead(size);
      yield raw.length > 0 ? { where: path, raw } : { where: path, why: 'it is empty' };
      return;
    }
    const stream = createReadStream(path, { highWaterMark: 256 * 1024 });
    let told = 0;
    let number = 0;
    for await (const raw of mailsInMbox(stream, maxSize)) {
      number += 1;
      yield { where: `${path}, mail ${number}`, raw };
      onRead(stream.bytesRead - told);
      told = stream.bytesRead;
    }
    onRead(size - told);
  } catch (error) {
    if (!isOfFiles(error)) throw error;
    yield { where: path, why: `it cannot be read (${error.code})` };
  }
}

async function isMbox(path: string): Promise<boolean> {
  return (await beginningOf(path, 5)).toString('latin1') === 'From ';
}

async function beginningOf(path: string, length: number): Promise<Buffer> {
  const handle = await open(path);
  try {
    const buffer = Buffer.alloc(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

function isOfFiles(error: unknown): error is Error & { readonly code: string; readonly syscall: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
