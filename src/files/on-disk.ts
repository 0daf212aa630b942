import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, mkdir, open, rename, rm, unlink } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';
import type { Refusal } from '../editor/file-kind.js';
import { codeOf, diskTrouble, type Place, placeOf } from './place.js';

/** Longer texts are nobody's writing, and take long to compile. */
export const mostBytes = 256 * 1024;

/** A text file as it is on disk; `etag` is the SHA-256 of its bytes. */
export type OnDisk = { readonly text: string; readonly etag: string; readonly size: number; readonly mode: number };

/** Reads a file of a project; undefined where there is none. */
export async function readOnDisk(root: string, path: string): Promise<OnDisk | Refusal | undefined> {
  const place = await placeOf(root, path);
  if ('refused' in place) return place;
  return place.isThere ? await readPlace(place, path) : undefined;
}

async function readPlace(place: Place, path: string): Promise<OnDisk | Refusal | undefined> {
  let file: FileHandle | undefined;
  try {
    // Should it have become a link or a pipe since it was looked at, it is not followed and not waited for.
    file = await open(place.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return await readOpen(file, await file.stat());
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (codeOf(error) === 'ELOOP') return { refused: 'this is a link on disk', mend: 'Put a file in its place.' };
    throw diskTrouble(path, error);
  } finally {
    await file?.close();
  }
}

async function readOpen(file: FileHandle, { size, mode }: Stats): Promise<OnDisk | Refusal> {
  if (size > mostBytes) return tooLarge;
  const bytes = await file.readFile();
  const text = textOf(bytes);
  return text === undefined ? noText : { text, etag: etagOf(bytes), size: bytes.length, mode: mode & 0o777 };
}

/** The bytes of a text that may be saved. */
export function bytesOf(text: string): Buffer | Refusal {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > mostBytes) return tooLarge;
  // Half a character would be written as another one.
  return bytes.toString('utf8') === text && isText(text) ? bytes : noText;
}

const tooLarge: Refusal = {
  refused: `a file here has at most ${mostBytes / 1024} kB`,
  mend: 'Split it, or edit it on disk.',
};
const noText: Refusal = {
  refused: 'this is no text in UTF-8',
  mend: 'Pictures and other files are put into templates/assets/ on disk.',
};

/** What tells one content of a file from another. */
export function etagOf(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function textOf(bytes: Buffer): string | undefined {
  try {
    // A byte order mark stays, so that what is saved again is what was read.
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isText(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Without control characters other than tabs and line ends. */
function isText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text);
}

/** What a file must be for a write to go through: the one with this ETag, any one, or none. */
export type Match = { readonly etag: string } | 'any' | 'none';

export type Written = 'written' | { readonly now: OnDisk | undefined } | Refusal;

type Writing = { readonly root: string; readonly path: string; readonly match: Match; readonly newId: () => string };

/**
 * Puts a text in the place of what is on disk, whole or not at all: written beside it, on the disk before it takes its name.
 * What somebody else has saved meanwhile stays, and is answered.
 */
export async function writeOnDisk(bytes: Buffer, { root, path, match, newId }: Writing): Promise<Written> {
  const place = await placeOf(root, path);
  if ('refused' in place) return place;
  const before = await otherThan(match, root, path);
  if ('stop' in before) return before.stop;
  const beside = join(place.folder, `.${basename(place.path)}.${newId()}.saving`);
  try {
    await mkdir(place.folder, { recursive: true });
    await writeWhole(beside, bytes, before.mode);
    // Looked at once more, for writing took a moment.
    const again = await otherThan(match, root, path);
    if ('stop' in again) return again.stop;
    if (match === 'none') await linkNew(beside, place.path);
    else await rename(beside, place.path);
    await syncFolder(place.folder);
    return 'written';
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return { now: await asText(root, path) };
    throw diskTrouble(path, error);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Takes a file away, if it is the one that is meant. */
export async function removeOnDisk({ root, path, match }: Omit<Writing, 'newId'>): Promise<Written> {
  const place = await placeOf(root, path);
  if ('refused' in place) return place;
  const before = await otherThan(match, root, path);
  if ('stop' in before) return before.stop;
  try {
    await unlink(place.path);
    await syncFolder(dirname(place.path));
    return 'written';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { now: undefined };
    throw diskTrouble(path, error);
  }
}

/** Whether what stands on disk is what somebody takes it for. */
export function isMeant(match: Match, standing: OnDisk | undefined): boolean {
  if (match === 'none') return standing === undefined;
  return standing !== undefined && (match === 'any' || match.etag === standing.etag);
}

/** What stands in the way of a write, or the mode of the file that it replaces. */
async function otherThan(match: Match, root: string, path: string): Promise<{ stop: Written } | { mode: number }> {
  const now = await readOnDisk(root, path);
  // What the editor cannot show it must not write over.
  if (now && 'refused' in now) return { stop: now };
  return isMeant(match, now) ? { mode: now?.mode ?? 0o644 } : { stop: { now } };
}

async function asText(root: string, path: string): Promise<OnDisk | undefined> {
  const now = await readOnDisk(root, path);
  return now && 'refused' in now ? undefined : now;
}

async function writeWhole(path: string, bytes: Buffer, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Gives a new file its name, unless somebody else has taken that; where no file can have two names, by renaming it. */
async function linkNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(String(codeOf(error)))) throw error;
    await rename(from, to);
  }
}

/** The name is on the disk when its folder is. Some systems do not open folders; there the name follows in its own time. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY).catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
