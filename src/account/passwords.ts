import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { normalPassword } from '../access/password.js';
import type { PasswordHash } from '../store/users.js';

/** N, r and p of RFC 7914 §2. */
export type Cost = Pick<PasswordHash, 'cost' | 'blockSize' | 'parallel'>;

/**
 * What one guess costs whoever stole both the database and the signing secret: 32 MB and a quarter of a second, as OWASP's
 * Password Storage Cheat Sheet asks. Raised here, it is raised for everybody with their next sign-in.
 */
const usualCost: Cost = { cost: 2 ** 15, blockSize: 8, parallel: 3 };
const keyLength = 32;
/** Hashes that are computed at one time; each takes a thread of Node's four, which files and names are read by too. */
const mostAtOnce = 2;
/** More than wait in front of that are a flood. */
const mostWaiting = 20;

export type Passwords = ReturnType<typeof openPasswords>;

/**
 * Hashes passwords, a few at a time. What scrypt gets is a keyed hash of the password: without the signing secret, which is in
 * no database, nobody can even begin to guess.
 */
export function openPasswords(pepper: Buffer, { cost, blockSize, parallel }: Cost = usualCost) {
  const made = { kind: 'scrypt', cost, blockSize, parallel } as const;
  const waiting: (() => void)[] = [];
  let running = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= mostAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
  const derived = (password: string, by: Omit<PasswordHash, 'hash'>): Promise<Buffer> => {
    const peppered = createHmac('sha256', pepper)
      .update(`password ${normalPassword(password)}`)
      .digest();
    return inTurn(() => scryptOf(peppered, by));
  };
  const hash = async (password: string): Promise<PasswordHash> => {
    const by = { ...made, salt: randomBytes(16).toString('base64url') };
    return { ...by, hash: (await derived(password, by)).toString('base64url') };
  };
  /** Stands in for the password of somebody who is not there, so that it takes as long to say no. */
  const nobodys = { ...made, salt: 'AAAAAAAAAAAAAAAAAAAAAA' };

  return {
    hash,
    /** Whether it is the password that was kept; of nobody's it is not, and takes the same work. */
    isRight: async (password: string, kept: PasswordHash | undefined): Promise<boolean> => {
      const given = await derived(password, kept ?? nobodys);
      const expected = Buffer.from(kept?.hash ?? '', 'base64url');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
    /** Whether one was made when less was asked of it. */
    isOutdated: (kept: PasswordHash): boolean =>
      kept.cost !== cost || kept.blockSize !== blockSize || kept.parallel !== parallel,
    isFlooded: (): boolean => waiting.length >= mostWaiting,
  };
}

function scryptOf(password: Buffer, { cost: N, blockSize: r, parallel: p, salt }: Omit<PasswordHash, 'hash'>) {
  // RFC 7914 §2: it takes 128 · N · r bytes, and some.
  const maxmem = 128 * N * r + 1024 * 1024 * p;
  return new Promise<Buffer>((resolve, reject) => {
    scrypt(password, Buffer.from(salt, 'base64url'), keyLength, { N, r, p, maxmem }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}
