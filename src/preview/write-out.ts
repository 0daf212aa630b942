import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMime } from '../message/mail.js';
import type { Rendered } from '../shown/render.js';

/** Writes a mail as .html, .txt and .eml; answers the paths. */
export async function writeOut(folder: string, name: string, { mail }: Rendered): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const base = join(folder, fileNameOf(name));
  const parts = [
    [`${base}.html`, mail.html],
    [`${base}.txt`, mail.text],
    [`${base}.eml`, await toMime(mail)],
  ] as const;
  await Promise.all(parts.map(([path, content]) => writeFile(path, content)));
  return parts.map(([path]) => path);
}

/** "welcome/hello" and "welcome:hello" as a file name that every system takes. */
export function fileNameOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
}
