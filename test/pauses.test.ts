import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { isPaused, isPauseOf, openPauses, type Pause, pauseOf, type PauseStore } from '../src/store/pauses.js';
import { at } from './builders.js';
import { testDatabase } from './support.js';

const since = at('2026-03-02T09:00Z');
const byPerson = { since, because: 'the offer is wrong', by: 'person' } as const;
const byRivulet = { since, because: '535 wrong password', by: 'rivulet' } as const;

describe('what is paused', () => {
  const pauses = (...of: readonly Pause['of'][]) => new Map(of.map((one) => [one, { of: one, ...byPerson }]));

  test.each<[Pause['of'], { sequence?: string; transport?: string }, boolean]>([
    ['everything', { sequence: 'welcome' }, true],
    ['everything', { transport: 'smtp' }, true],
    ['everything', {}, true],
    ['sequence:welcome', { sequence: 'welcome' }, true],
    ['sequence:welcome', { sequence: 'welcome', transport: 'smtp' }, true],
    ['sequence:welcome', { sequence: 'welcome-2' }, false],
    ['sequence:smtp', { transport: 'smtp' }, false],
    ['transport:smtp', { transport: 'smtp' }, true],
    ['transport:smtp', { sequence: 'smtp' }, false],
    ['transport:smtp', {}, false],
  ])('%s: %p: %p', (of, what, expected) => {
    expect(isPaused(pauses(of), what)).toBe(expected);
  });

  test('is told by the widest of several pauses', () => {
    const all = pauses('transport:smtp', 'sequence:welcome', 'everything');
    expect(pauseOf(all, { sequence: 'welcome', transport: 'smtp' })?.of).toBe('everything');
  });

  test.each(['everything', 'sequence:welcome', 'sequence:spring.sale_2-b', 'transport:ses'])('may be %s', (text) => {
    expect(isPauseOf(text)).toBe(true);
  });
  test.each([
    '',
    'all',
    'sequence:',
    'sequence',
    'step:welcome',
    'sequence:a b',
    'sequence:a\n',
    'transport:$where',
    'EVERYTHING',
    'Sequence:welcome',
  ])('cannot be %p', (text) => {
    expect(isPauseOf(text)).toBe(false);
  });
});

describe('a pause', () => {
  const uri = testDatabase();
  let clients: readonly MongoClient[];
  let one: PauseStore;
  let other: PauseStore;
  beforeAll(async () => {
    clients = [await new MongoClient(uri).connect(), await new MongoClient(uri).connect()];
  });
  beforeEach(async () => {
    const [db, otherDb] = clients.map((client) => client.db());
    if (!db || !otherDb) throw new Error('there are no clients');
    await db.collection('pauses').deleteMany({});
    one = await openPauses(db);
    other = await openPauses(otherDb);
  });
  afterAll(async () => {
    await clients[0]?.db().dropDatabase();
    for (const client of clients) await client.close();
  });

  test('is known at once to the process that made it, and to others when they look', async () => {
    await one.pause('sequence:welcome', byPerson);
    expect(isPaused(one.known(), { sequence: 'welcome' })).toBe(true);
    expect(isPaused(await other.all(), { sequence: 'welcome' })).toBe(true);
    expect(isPaused(other.known(), { sequence: 'welcome' })).toBe(true);
  });

  test('is not looked for in the database by every mail', async () => {
    await one.pause('sequence:welcome', byPerson);
    expect(await other.refresh()).toEqual(new Map());
    expect(await Promise.all([other.refresh(), other.refresh()])).toEqual([new Map(), new Map()]);
  });

  test('is there for a process that starts later', async () => {
    await one.pause('everything', byPerson);
    const [client] = clients;
    const later = client && (await openPauses(client.db()));
    expect([...(later?.known().values() ?? [])]).toEqual([{ of: 'everything', ...byPerson }]);
  });

  test('that is made again stands since the first time, with the newest reason', async () => {
    await one.pause('everything', byPerson);
    await one.pause('everything', { ...byPerson, since: at('2026-03-05T09:00Z'), because: 'still wrong' });
    expect(one.known().get('everything')).toEqual({ of: 'everything', ...byPerson, because: 'still wrong' });
  });

  test('of a person is not taken over by Rivulet, but the other way round', async () => {
    await one.pause('transport:smtp', byPerson);
    await other.pause('transport:smtp', byRivulet);
    expect(other.known().get('transport:smtp')).toEqual({ of: 'transport:smtp', ...byPerson });
    await one.pause('transport:ses', byRivulet);
    await other.pause('transport:ses', byPerson);
    expect(other.known().get('transport:ses')).toMatchObject({ by: 'person', because: 'the offer is wrong' });
  });

  test('ends once', async () => {
    await one.pause('everything', byPerson);
    expect(await one.resume('everything', 'rivulet')).toBe(false);
    expect(await one.resume('everything')).toBe(true);
    expect(await other.resume('everything')).toBe(false);
    expect(other.known()).toEqual(new Map());
  });
});
