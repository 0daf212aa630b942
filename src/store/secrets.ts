import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { FixableError } from '../errors.js';
import type { SigningKeys } from '../message/token.js';
import { journaled } from './rows.js';

export type Secrets = {
  readonly keys: SigningKeys;
  /** Key of the hashes that suppressed addresses are kept as. */
  readonly pepper: Buffer;
  /** Signs what webhook steps tell other systems. */
  readonly webhookKey: Buffer;
};

/** A secret from its setting, or from a file in the data directory that is made at first start (mode 600). */
export async function keptSecret(
  dataDir: string,
  name: string,
  setting: string | undefined,
): Promise<{ secret: string; isNew: boolean }> {
  if (setting) return { secret: setting, isNew: false };
  const file = join(dataDir, name);
  await mkdir(dataDir, { recursive: true });
  const secret = randomBytes(32).toString('base64url');
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    // Linked only when it is whole: of two processes that start at once, one makes it, and neither reads it half written.
    await writeFile(unfinished, `${secret}\n`, { mode: 0o600, flush: true });
    await link(unfinished, file);
    return { secret, isNew: true };
  } catch (error) {
    if (!isFileExists(error)) throw error;
    await chmod(file, 0o600);
    return { secret: (await readFile(file, 'utf8')).trim(), isNew: false };
  } finally {
    await rm(unfinished, { force: true });
  }
}

function isFileExists(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
}

/** The keys that follow from the one secret an operator keeps. */
export function deriveSecrets(secret: string): Secrets {
  const derive = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', secret, 'rivulet', purpose, 32));
  return { keys: [{ id: 1, secret: derive('links') }], pepper: derive('suppressions'), webhookKey: derive('webhooks') };
}

/**
 * Refuses a process that would sign with another secret than the rest on this database: its links would be dead, and its
 * suppressions invisible, without anybody noticing.
 */
export async function assertSharedSecret(db: Db, secrets: Secrets): Promise<void> {
  const settings = db.collection<{ _id: string; fingerprint: string }>('settings', journaled);
  const fingerprint = createHash('sha256').update(secrets.pepper).digest('hex').slice(0, 16);
  await settings.updateOne({ _id: 'secret' }, { $setOnInsert: { fingerprint } }, { upsert: true });
  const shared = await settings.findOne({ _id: 'secret' });
  if (shared?.fingerprint === fingerprint) return;
  throw new FixableError({
    code: 'other-secret',
    where: 'SIGNING_SECRET',
    what: 'this database was set up with another signing secret, so links in mails already sent would die and suppressed addresses would be mailed again',
    fix: 'Set SIGNING_SECRET to the one the other processes use, or copy their DATA_DIR/signing-secret here',
  });
}
