import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { normalPassword } from '../access/password.js';
import type { PasswordHash } from '../store/users.js';

/** 64 MB and about a fifth of a second for each: what one guess costs whoever stole both the database and the signing secret. */
const cost = { cost: 2 ** 16, blockSize: 8, parallel: 1 } as const;
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
export function openPasswords(pepper: Buffer) {
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
    const peppered = createHmac('sha256', pepper).update(`password ${normalPassword(password)}`).digest();
    return inTurn(() => scryptOf(peppered, by));
  };
  const hash = async (password: string): Promise<PasswordHash> => {
    const by = { kind: 'scrypt', ...cost, salt: randomBytes(16).toString('base64url') } as const;
    return { ...by, hash: (await derived(password, by)).toString('base64url') };
  };
  /** Stands in for the password of somebody who is not there, so that it takes as long to say no. */
  const nobodys = { kind: 'scrypt', ...cost, salt: 'AAAAAAAAAAAAAAAAAAAAAA', hash: '' } as const;

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
      kept.cost !== cost.cost || kept.blockSize !== cost.blockSize || kept.parallel !== cost.parallel,
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
