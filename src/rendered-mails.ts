import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import type { RenderedMails } from './message/template.js';

/** When there are more, the oldest go, down to half of them: some 20 MB. */
const mostKept = 2000;

/**
 * What MJML made of mails, kept in files of `folder`: making it takes longer than all else that most commands do. A file is
 * named by all that went into it, so that an edited mail, another MJML or another Rivulet finds none, and it says what it
 * holds, so that one that was cut short is no mail. Without such a folder every mail is made anew, and nothing else changes.
 */
export function renderedMailsIn(folder: string): RenderedMails {
  let makers: Promise<string | undefined> | undefined;
  let pruned: Promise<void> | undefined;
  const placeOf = async (source: string): Promise<string | undefined> => {
    const stamp = await (makers ??= makeOwn(folder).then((isOwn) => (isOwn ? stampOfMakers() : undefined)));
    return stamp && join(folder, sha256(`${stamp}\n${source}`));
  };
  return {
    find: async (source) => {
      const place = await placeOf(source);
      const [, sum, html = ''] = /^([0-9a-f]{64})\n(.*)$/s.exec((place && (await textOf(place))) ?? '') ?? [];
      return sum === sha256(html) ? html : undefined;
    },
    keep: async (source, html) => {
      const place = await placeOf(source);
      if (!place) return;
      await write(place, `${sha256(html)}\n${html}`);
      await (pruned ??= prune(folder));
    },
  };
}

/** Those that are kept where programs of this user keep what they can make again; undefined for a user without a home. */
export async function openRenderedMails(): Promise<RenderedMails | undefined> {
  // Loaded here, as loading it fails for such a user.
  const { default: envPaths } = await import('env-paths').catch(() => ({ default: undefined }));
  return envPaths && renderedMailsIn(join(envPaths('rivulet', { suffix: '' }).cache, 'mails'));
}

/** Makes the folder; false when it cannot be used, or when others could lay a mail of theirs into it. */
async function makeOwn(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = await lstat(folder);
    return uid === (process.getuid?.() ?? uid) && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

/** Who makes HTML of a source, and says whether anything is wrong with it. */
async function stampOfMakers(): Promise<string> {
  const load = createRequire(import.meta.url);
  const versions = ['mjml', 'mjml-core'].map((name): string => load(`${name}/package.json`).version);
  const own = await Promise.all(
    ['template', 'mjml-tags'].map((name) =>
      readFile(new URL(`./message/${name}${extname(import.meta.url)}`, import.meta.url), 'utf8'),
    ),
  );
  return sha256([...versions, ...own].join('\n'));
}

async function textOf(place: string): Promise<string | undefined> {
  // Missing or unreadable, it is made again.
  return readFile(place, 'utf8').catch(() => undefined);
}

/** Whole or not at all, as other processes read it. On a full disk it is not kept, which costs time and nothing else. */
async function write(place: string, text: string): Promise<void> {
  const draft = `${place}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, place);
  } catch {
    await rm(draft, { force: true }).catch(() => {});
  }
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^[0-9a-f]{64}/.test(name));
  if (names.length <= mostKept) return;
  const aged = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      // One that another process has just taken away is the oldest of all.
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
      return { path, mtimeMs };
    }),
  );
  const oldest = aged.toSorted((a, b) => a.mtimeMs - b.mtimeMs).slice(0, names.length - mostKept / 2);
  await Promise.all(oldest.map(({ path }) => rm(path, { force: true })));
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
