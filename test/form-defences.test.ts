import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { idFrom } from '../src/event/id.js';
import { limits, mayPass, type Passed } from '../src/form/limits.js';
import { leastMs, mostMs, paceOf, pressAgain, readPress, signPress } from '../src/form/press.js';
import { type FormAttempts, openFormAttempts } from '../src/store/form-attempts.js';
import type { SigningKeys } from '../src/message/token.js';
import { at } from './builders.js';
import { testDatabase } from './support.js';

const keys: SigningKeys = [{ id: 1, secret: Buffer.alloc(32, 1) }];
const gotAt = at('2026-03-02T09:00Z');
const press = { id: idFrom('a page'), gotAt };
const later = (ms: number): Date => new Date(gotAt.getTime() + ms);

describe('the token of a page', () => {
  const token = signPress('paper', press, keys);

  test('says which page it was, and since when it was there', () => {
    expect(token).toMatch(/^[\w-]{58}$/);
    expect(readPress('paper', token, keys)).toEqual(press);
  });

  test('is read under an older key too', () => {
    const newer: SigningKeys = [{ id: 2, secret: Buffer.alloc(32, 2) }, ...keys];
    expect(readPress('paper', token, newer)).toEqual(press);
  });

  test('with any bit turned is none', () => {
    const bytes = Buffer.from(token, 'base64url');
    const mutants = Array.from({ length: bytes.length * 8 }, (_, bit) => {
      const mutant = Buffer.from(bytes);
      mutant[bit >> 3] = (mutant[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return readPress('paper', mutant.toString('base64url'), keys);
    });
    expect(mutants.filter((read) => read !== undefined)).toEqual([]);
  });

  test.each([
    ['of another form', 'blog', token],
    ['that is longer', 'paper', `${token}AAAA`],
    ['that is cut off', 'paper', token.slice(0, -2)],
    ['with rubbish in it', 'paper', `${token.slice(0, 20)}!${token.slice(20)}`],
    ['that is none', 'paper', ''],
    ['of a megabyte', 'paper', 'A'.repeat(1_000_000)],
  ])('%s is none', (_, form, text) => {
    expect(readPress(form, text, keys)).toBeUndefined();
  });
});

describe('a page', () => {
  test.each([
    ['that was sent back at once', 0, 'too-fast'],
    ['that nobody could have read', leastMs - 1, 'too-fast'],
    ['that was there for as long as a person takes', leastMs, 'a person’s'],
    ['that was there for a day', mostMs, 'a person’s'],
    ['that was there for longer', mostMs + 1, 'too-old'],
    ['from a clock that went back since', -60_000, 'a person’s'],
  ])('%s is told as such', (_, ms, pace) => {
    expect(paceOf(press, later(ms))).toBe(pace);
  });

  test('that is shown again can be sent at once', () => {
    const now = later(mostMs + 1);
    expect(paceOf(pressAgain('id', now), now)).toBe('a person’s');
  });
});

describe('a limit', () => {
  const perHour = [{ most: 2, perMs: 3_600_000 }];
  const passed: readonly Passed[] = [
    { id: 'a', at: later(0) },
    { id: 'b', at: later(1_800_000) },
  ];

  test('lets so many pass within any of its periods, and not one more', () => {
    expect(mayPass(passed.slice(1), { id: 'c', at: later(1_800_001) }, perHour)).toBe(true);
    expect(mayPass(passed, { id: 'c', at: later(3_599_999) }, perHour)).toBe(false);
    expect(mayPass(passed, { id: 'c', at: later(3_600_000) }, perHour)).toBe(true);
  });

  test('lets the same one pass again and again', () => {
    expect(mayPass(passed, { id: 'a', at: later(3_599_999) }, perHour)).toBe(true);
  });
});

describe('what all processes have let pass', () => {
  let client: MongoClient;
  let uri: string;
  let attempts: FormAttempts;

  beforeAll(async () => {
    uri = testDatabase();
    client = await new MongoClient(uri).connect();
    attempts = await openFormAttempts(client.db(), Buffer.alloc(32, 7));
  });
  afterAll(async () => {
    await client.db().dropDatabase();
    await client.close();
  });

  /** Numbers that look like chance, the same in each run. */
  function* chance(): Generator<number> {
    for (let state = 7; ; ) {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      yield state / 2_147_483_648;
    }
  }

  test.each(['address', 'network', 'network without a page'] as const)('is decided by the rule: %s', async (what) => {
    const random = chance();
    const next = (): number => random.next().value ?? 0;
    const all = limits[what];
    const longestMs = Math.max(...all.map(({ perMs }) => perMs));
    const counts = { passed: 0, refused: 0 };
    let passed: readonly Passed[] = [];
    let now = gotAt.getTime();
    const wrong: unknown[] = [];
    for (let i = 0; i < 600; i += 1) {
      now += next() < 0.01 ? 40_000_000 * next() : 15_000 * next();
      passed = passed.filter((one) => one.at.getTime() > now - longestMs);
      const one = { id: next() < 0.1 && passed[0] ? passed[0].id : `press ${i}`, at: new Date(now) };
      const expected = mayPass(passed, one, all);
      if ((await attempts.ask(what, 'one of them', one)) !== expected) wrong.push({ i, expected });
      counts[expected ? 'passed' : 'refused'] += 1;
      if (expected && !passed.some(({ id }) => id === one.id)) passed = [...passed, one];
    }
    expect(wrong).toEqual([]);
    // It has decided both ways.
    expect(Math.min(counts.passed, counts.refused)).toBeGreaterThan(10);
  });

  test('is no more than the limit when all come at the same instant', async () => {
    const asks = Array.from({ length: 40 }, (_, i) =>
      attempts.ask('address', 'ada@example.org', { id: `at once ${i}`, at: gotAt }),
    );
    const answers = await Promise.all(asks);
    expect(answers.filter(Boolean)).toHaveLength(limits.address[0].most);
  });

  test('bears no address and no network that anybody could read or guess', async () => {
    await attempts.ask('network', '203.0.113.0/24', { id: 'x', at: gotAt });
    const rows = await client.db().collection('formAttempts').find().toArray();
    expect(rows.length).toBeGreaterThan(1);
    expect(JSON.stringify(rows)).not.toMatch(/ada|203\.0/);
    const others = await openFormAttempts(client.db(), Buffer.alloc(32, 8));
    await others.ask('network', '203.0.113.0/24', { id: 'x', at: gotAt });
    expect(await client.db().collection('formAttempts').countDocuments()).toBe(rows.length + 1);
  });

  test('is forgotten once it counts no more', async () => {
    await attempts.ask('address', 'late@example.org', { id: 'x', at: later(90 * 86_400_000) });
    expect(await client.db().collection('formAttempts').countDocuments()).toBe(1);
  });
});
