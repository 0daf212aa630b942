import { generateKeyPair } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FixableError } from '../errors.js';
import type { DkimKey } from '../message/dkim.js';
import { readDkimKey } from '../message/dkim-key.js';

/** A key as it lies in the data directory. */
export type DkimKeyFile = { readonly file: string; readonly key: DkimKey; readonly notes: readonly string[] };

export type DkimKeys = {
  /** Every key, those that sign first. */
  readonly files: readonly DkimKeyFile[];
  /** What signs mails from this domain, or why nothing does. */
  readonly keyFor: (fromDomain: string) => { readonly key: DkimKey } | { readonly missing: string };
};

/** `mail.example.com.rivulet-2026.pem`: the selector is the last part, so it has no dots here. */
const fileName = /^(.+)\.([a-z0-9-]+)\.pem$/i;

const folderOf = (dataDir: string): string => join(dataDir, 'dkim');

/** Reads every key of `DATA_DIR/dkim` and tries it out, so that a broken one stops the start and not a mail. */
export async function openDkimKeys(dataDir: string): Promise<DkimKeys> {
  const folder = folderOf(dataDir);
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.pem'));
  const read = await Promise.all(names.map((name) => readFileOf(join(folder, name), name)));
  const broken = read.flatMap((one) => ('problem' in one ? [`${one.file}: ${one.problem}`] : []));
  if (broken.length > 0) throw brokenKeys(folder, broken);
  const files = read.flatMap((one) => ('key' in one ? [one] : [])).toSorted(bySelector);

  const signing = new Map(files.toReversed().map(({ key }) => [key.domain, key]));
  return {
    files,
    keyFor: (fromDomain) => {
      const key = nearest(fromDomain.toLowerCase(), signing);
      if (key) return { key };
      return {
        missing: `there is no DKIM key for ${fromDomain} in ${folder}; "rivulet dkim generate ${fromDomain}" makes one`,
      };
    },
  };
}

/** The key of a domain or else of one above it, with which From is still aligned (RFC 9989 §4.4: relaxed). */
function nearest(domain: string, keys: ReadonlyMap<string, DkimKey>): DkimKey | undefined {
  for (let rest = domain; rest !== ''; rest = rest.slice(rest.indexOf('.') + 1)) {
    const key = keys.get(rest);
    if (key) return key;
    if (!rest.includes('.')) return undefined;
  }
  return undefined;
}

/**
 * The last selector first, numbers in it counted. By name and not by the time of the file, so that every process with a
 * copy of the folder signs with the same key.
 */
const bySelector = (one: DkimKeyFile, other: DkimKeyFile): number =>
  compareText(one.key.domain, other.key.domain) || compareText(other.key.selector, one.key.selector);
const { compare: compareText } = new Intl.Collator('en', { numeric: true });

type Broken = { readonly file: string; readonly problem: string };

async function readFileOf(file: string, name: string): Promise<DkimKeyFile | Broken> {
  const [, domain, selector] = fileName.exec(name) ?? [];
  if (!domain || !selector) return { file, problem: 'its name is not <domain>.<selector>.pem' };
  try {
    const [pem, { mode }] = await Promise.all([readFile(file), stat(file)]);
    const key = readDkimKey(pem, domain, selector);
    const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0;
    const open = isOpen ? [`others on this machine may read it; chmod 600 ${file}`] : [];
    return { file, key, notes: [...(key.note ? [key.note] : []), ...open] };
  } catch (error) {
    const code = codeOf(error);
    if (code) return { file, problem: `it cannot be read (${code})` };
    return { file, problem: error instanceof Error ? error.message : String(error) };
  }
}

function brokenKeys(folder: string, broken: readonly string[]): FixableError {
  const isOne = broken.length === 1;
  return new FixableError({
    code: 'bad-dkim-key',
    where: folder,
    what: `${isOne ? 'a key' : `${broken.length} keys`} cannot sign mail, which would go unsigned: ${broken.join('; ')}`,
    fix: `Put back ${isOne ? 'its backup' : 'their backups'}, or move ${isOne ? 'it' : 'them'} away and make ${isOne ? 'another' : 'others'} with "rivulet dkim generate"`,
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new FixableError(
      {
        code: 'unreadable-dkim',
        where: folder,
        what: `this folder cannot be read (${codeOf(cause)})`,
        fix: 'Make it a folder that the user Rivulet runs as may read',
      },
      { cause },
    );
  }
}

/** Makes a key for a domain and keeps it; one that is there is never overwritten, as its public half may be published. */
export async function makeDkimKey(dataDir: string, { domain, selector, bits }: KeyOrder): Promise<DkimKeyFile> {
  if (selector.includes('.')) throw badOrder('a selector of Rivulet has no dots');
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: bits });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const key = keyFrom(pem, domain, selector);
  const file = join(folderOf(dataDir), `${key.domain}.${key.selector}.pem`);
  await mkdir(folderOf(dataDir), { recursive: true, mode: 0o700 });
  try {
    // "wx" fails when the file exists; and it is nobody else's to read from its first byte on.
    await writeFile(file, pem, { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    throw notWritten(file, cause);
  }
  return { file, key, notes: [] };
}

export type KeyOrder = { readonly domain: string; readonly selector: string; readonly bits: number };

function keyFrom(pem: string | Buffer, domain: string, selector: string): DkimKey {
  try {
    return readDkimKey(pem, domain, selector);
  } catch (cause) {
    throw badOrder(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function badOrder(what: string, cause?: unknown): FixableError {
  const at = { code: 'bad-dkim-order', where: 'rivulet dkim generate', what, fix: 'No key was made' };
  return new FixableError(at, { cause });
}

function notWritten(file: string, cause: unknown): FixableError {
  const isThere = codeOf(cause) === 'EEXIST';
  return new FixableError(
    {
      code: isThere ? 'dkim-key-exists' : 'dkim-key-not-written',
      where: file,
      what: isThere
        ? 'this key is there already, and mails on their way may be signed with it'
        : `it cannot be written (${codeOf(cause)})`,
      fix: isThere
        ? '"rivulet dkim show" prints its record; for a new key name another selector with --selector'
        : 'Let DATA_DIR be a folder that this user may write to',
    },
    { cause },
  );
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : undefined;
}
