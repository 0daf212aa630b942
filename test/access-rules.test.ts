import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { csrfOf } from '../src/access/csrf.js';
import { flawOfPassword } from '../src/access/password.js';
import { mayDo, rights, rightsOf, rightsTell, roles } from '../src/access/rights.js';
import { apiKeyOf, digestOf, isApiKey, isSameSecret, isSecret, secretOf, shownPart } from '../src/access/secret.js';
import { absoluteMs, idleMs, isWorthNoting, sessionEndsAt } from '../src/access/session.js';
import { decideTry, forgetTriesMs, pacings, pauseMs, type Tries } from '../src/access/throttle.js';
import { beyond, isBeyond } from '../src/account/people.js';

const owner = { email: 'ada.quay@tallybay-mail.example.com', name: 'Ada Quay' };

describe('a password', () => {
  test.each([
    ['four words', 'harbour seventeen violet stairs'],
    ['twelve characters', 'kP3-vq8Zr!mw'],
    ['words of another script', 'гавань семнадцать лестниц'],
    ['a name among other words', 'Ada counts forty cranes'],
    ['as long as may be', `harbour ${'x7 '.repeat(64)}`],
  ])('is good with %s', (_, password) => {
    expect(flawOfPassword(password, owner)).toBeUndefined();
  });

  test.each([
    ['too short', 'kP3-vq8Zr!m', 'has 11 characters and needs 12'],
    ['short, though its bytes are many', '🌊'.repeat(11), 'has 11 characters'],
    ['too long', `harbour ${'x7 '.repeat(65)}`, 'longer than 200'],
    ['one character', 'aaaaaaaaaaaaaaaa', 'few characters'],
    ['a few characters', 'abcdabcdabcd', 'few characters'],
    ['digits alone', '1985-03-14 0172', 'no letters'],
    ['a word that everybody tries', 'Password2026!!', 'tried first'],
    ['such a word twice', 'passwordpassword', 'tried first'],
    ['such a word in wide letters', 'ｐａｓｓｗｏｒｄ２０２６', 'tried first'],
    ['our own name', 'Rivulet-2026-!', 'tried first'],
    ['keys beside each other', 'qwertyuiop12', 'tried first'],
    ['the alphabet', 'abcdefghijkl', 'tried first'],
    ['the alphabet round its end', 'uvwxyzabcdef', 'tried first'],
    ['the own address', owner.email.toUpperCase(), 'your own address'],
    ['the local part with digits', 'Ada.Quay.2026!', 'your own address'],
    ['the domain', 'Tallybay-Mail.1', 'your own address'],
    ['the own name', 'Ada & Quay, 1984', 'your own address'],
  ])('is refused as %s, with the reason', (_, password, reason) => {
    expect(flawOfPassword(password, owner)).toContain(reason);
  });
});

describe('a secret', () => {
  const random = randomBytes(32);

  test('has all of its 256 bits', () => {
    expect(Buffer.from(secretOf(random), 'base64url').equals(random)).toBe(true);
    expect(isSecret(secretOf(random))).toBe(true);
    expect(() => secretOf(random.subarray(1))).toThrow('32 random bytes');
  });
  test('that is a key says so, and shows of itself the first six characters', () => {
    const key = apiKeyOf(random);
    expect(key).toMatch(/^rvk_[\w-]{43}$/);
    expect(isApiKey(key)).toBe(true);
    expect(shownPart(key)).toBe(key.slice(0, 10));
  });
  test.each([
    '',
    'rvk_',
    'rvk',
    secretOf(random),
    `rvk_${'a'.repeat(42)}`,
    `rvk_${'a'.repeat(44)}`,
    `rvk_${'ä'.repeat(43)}`,
  ])('is no key as %j', (text) => {
    expect(isApiKey(text)).toBe(false);
  });
  test('is compared by digests, of whatever length the texts are', () => {
    expect(isSameSecret('one', 'one')).toBe(true);
    expect(isSameSecret('one', 'one ')).toBe(false);
    expect(isSameSecret('', 'one')).toBe(false);
  });
  test('proves a page by a text that tells neither the token nor its digest', () => {
    const token = secretOf(random);
    expect(csrfOf(token)).toMatch(/^[\w-]{43}$/);
    expect(csrfOf(token)).toBe(csrfOf(token));
    expect([token, digestOf(token)]).not.toContain(csrfOf(token));
  });
});

describe('a session', () => {
  const at = (ms: number) => new Date(Date.UTC(2026, 2, 2) + ms);

  test('ends so long after it was last used', () => {
    expect(sessionEndsAt({ startedAt: at(0), usedAt: at(5000) })).toEqual(at(5000 + idleMs));
  });
  test('ends a week after it began, however much it is used', () => {
    expect(sessionEndsAt({ startedAt: at(0), usedAt: at(absoluteMs - 1) })).toEqual(at(absoluteMs));
  });
  test.each([
    [undefined, true],
    [at(0), true],
    [at(1), false],
  ])('notes a use once a minute (last noted %p)', (usedAt, isNoted) => {
    expect(isWorthNoting(usedAt, at(60_000))).toBe(isNoted);
  });
});

describe('tries to sign in', () => {
  const { account, network } = pacings;
  const start = new Date('2026-03-02T09:00:00Z');
  const later = (ms: number) => new Date(start.getTime() + ms);
  const tries = (count: number, waitMs = 0): Tries => ({ count, lastAt: start, nextAt: later(waitMs) });

  test.each([
    [1, 0],
    [4, 0],
    [5, 30_000],
    [6, 60_000],
    [7, 120_000],
    [9, 480_000],
    [10, 900_000],
    [11, 900_000],
    [5000, 900_000],
  ])('of one account pause after the %ith for %i ms', (count, ms) => {
    expect(pauseMs(count, account)).toBe(ms);
  });
  test.each([
    [19, 0],
    [20, 30_000],
    [27, 3_600_000],
    [100_000, 3_600_000],
  ])('of one network pause after the %ith for %i ms', (count, ms) => {
    expect(pauseMs(count, network)).toBe(ms);
  });

  test('count before anybody knows whether they are right', () => {
    expect(decideTry(undefined, start, account)).toEqual({ mayTry: true, tries: tries(1) });
    expect(decideTry(tries(4), start, account)).toEqual({ mayTry: true, tries: tries(5, 30_000) });
  });
  test('are not looked at during a pause, and do not make it longer', () => {
    expect(decideTry(tries(5, 30_000), later(10_000), account)).toEqual({ mayTry: false, waitMs: 20_000 });
  });
  test('are looked at again to the millisecond when it is over', () => {
    expect(decideTry(tries(5, 30_000), later(29_999), account).mayTry).toBe(false);
    expect(decideTry(tries(5, 30_000), later(30_000), account).mayTry).toBe(true);
  });
  test('are forgotten after a day without one', () => {
    const decision = decideTry(tries(12), later(forgetTriesMs), account);
    expect(decision).toMatchObject({ mayTry: true, tries: { count: 1 } });
    expect(decideTry(tries(12), later(forgetTriesMs - 1), account)).toMatchObject({ tries: { count: 13 } });
  });
});

describe('rights', () => {
  test('to write hold the right to read the same', () => {
    expect(mayDo(['leads:write'], 'leads:read')).toBe(true);
    expect(mayDo(['leads:read'], 'leads:write')).toBe(false);
    expect(mayDo(['leads:write'], 'sequences:read')).toBe(false);
  });
  test('are each told in words', () => {
    expect(Object.keys(rightsTell)).toEqual([...rights]);
  });
  test('of an admin are all, and of nobody else who may do what', () => {
    expect(rightsOf.admin).toEqual(rights);
    const others = roles.filter((role) => role !== 'admin');
    for (const role of others) expect(mayDo(rightsOf[role], 'access:write')).toBe(false);
  });
  test('are given by nobody who does not have them', () => {
    expect(beyond({ rights: ['leads:read', 'access:write'] }, ['leads:read', 'leads:write'])).toEqual(['leads:write']);
    expect(isBeyond({ rights: ['access:write'] }, 'viewer')).toBe(true);
    expect(isBeyond({ rights }, 'admin')).toBe(false);
  });
});
