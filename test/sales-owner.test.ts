import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { candidatesFor, isAway, ownerAt } from '../src/sales/choose-owner.js';
import { noSales, type Owner, type Sales } from '../src/sequence/sales-file.js';
import { dayNumber } from '../src/sequence/wall-clock.js';
import { openDatabase } from '../src/store/database.js';
import { openTurns } from '../src/store/turns.js';
import { aCondition, at, facts } from './builders.js';
import { testDatabase } from './support.js';

const monday = at('2026-03-02T09:00Z');

function anOwner(name: string, changes: Partial<Owner> = {}): Owner {
  return { email: `${name}@tallybay.com`, name, weight: 1, away: [], ...changes };
}
function awayOn(from: string, until: string): Owner['away'] {
  return [{ from: dayNumber(from) ?? 0, until: dayNumber(until) ?? 0 }];
}
function sales(owners: readonly Owner[], changes: Partial<Sales> = {}): Sales {
  return { ...noSales, owners, otherwise: owners.map(({ email }) => email), ...changes };
}
const dana = anOwner('dana');
const joe = anOwner('joe');
const kim = anOwner('kim');
const french = { if: aCondition({ 'lead.country': 'FR' }), owners: ['kim@tallybay.com'] };

function namesFor(asked: Sales, lead = facts(), among?: readonly string[]): readonly string[] | undefined {
  return candidatesFor(asked, lead, monday, among)?.owners.map(({ name }) => name);
}

describe('who may get a lead', () => {
  test('the first rule that holds names them', () => {
    const everybody = { if: aCondition({ 'lead.country': { exists: true } }), owners: ['joe@tallybay.com'] };
    const found = candidatesFor(
      sales([dana, joe, kim], { rules: [french, everybody] }),
      facts({ lead: { attributes: { country: 'FR' } } }),
      monday,
    );
    expect(found?.owners).toEqual([kim]);
    expect(found?.because).toBe('by the rule: country is “FR”');
  });
  test('those who take turns, where no rule holds', () => {
    expect(namesFor(sales([dana, joe, kim], { rules: [french] }))).toEqual(['dana', 'joe', 'kim']);
    expect(namesFor(sales([dana, joe, kim], { otherwise: ['joe@tallybay.com'] }))).toEqual(['joe']);
  });
  test('those whom the step names, before any rule', () => {
    const lead = facts({ lead: { attributes: { country: 'FR' } } });
    expect(namesFor(sales([dana, joe, kim], { rules: [french] }), lead, ['DANA@tallybay.com'])).toEqual(['dana']);
  });
  test('nobody who is away, unless everybody is', () => {
    const away = { away: awayOn('2026-03-01', '2026-03-02') };
    expect(namesFor(sales([anOwner('dana', away), joe]))).toEqual(['joe']);
    const found = candidatesFor(sales([anOwner('dana', away), anOwner('joe', away)]), facts(), monday);
    expect(found?.owners.map(({ name }) => name)).toEqual(['dana', 'joe']);
    expect(found?.because).toBe('no rule names anybody; everybody is away');
  });
  test('never the lead itself', () => {
    expect(namesFor(sales([dana, joe]), facts({ lead: { email: 'Dana@Tallybay.com' } }))).toEqual(['joe']);
    expect(namesFor(sales([dana]), facts({ lead: { email: 'dana@tallybay.com' } }))).toBeUndefined();
  });
  test('nobody, where the file names none any more', () => {
    expect(namesFor(noSales)).toBeUndefined();
    expect(namesFor(sales([dana]), facts(), ['gone@tallybay.com'])).toBeUndefined();
  });
  test('turns are counted in one group, whoever is away and in whatever order the file has them', () => {
    const groupOf = (asked: Sales) => candidatesFor(asked, facts(), monday)?.group;
    const away = anOwner('dana', { away: awayOn('2026-03-01', '2026-03-09') });
    expect(groupOf(sales([away, joe]))).toBe(groupOf(sales([joe, dana])));
    expect(groupOf(sales([dana, joe]))).not.toBe(groupOf(sales([dana, kim])));
  });
});

describe('an absence', () => {
  const away = anOwner('dana', { away: awayOn('2026-03-02', '2026-03-03') });
  test.each([
    ['the day before', '2026-03-01T23:59Z', 'UTC', false],
    ['from its first minute', '2026-03-02T00:00Z', 'UTC', true],
    ['to its last', '2026-03-03T23:59Z', 'UTC', true],
    ['and not after', '2026-03-04T00:00Z', 'UTC', false],
    ['on the clock of sales', '2026-03-04T04:00Z', 'America/New_York', true],
    ['which may be ahead', '2026-03-01T15:00Z', 'Asia/Tokyo', true],
  ])('counts by days: %s', (_, now, zone, is) => {
    expect(isAway(away, at(now), zone)).toBe(is);
  });
});

describe('turns', () => {
  const order = (owners: readonly Owner[], turns: number): string =>
    Array.from({ length: turns }, (_, turn) => ownerAt(turn, owners)?.name[0]).join('');

  test('go round', () => {
    expect(order([dana, joe, kim], 7)).toBe('djkdjkd');
  });
  test('come as often as the weight says, and spread out', () => {
    expect(order([anOwner('dana', { weight: 3 }), joe], 8)).toBe('ddjdddjd');
  });
  test('are nobody’s where there is nobody', () => {
    expect(ownerAt(5, [])).toBeUndefined();
  });
});

describe('turns that are taken', () => {
  let database: Awaited<ReturnType<typeof openDatabase>>;
  let turns: Awaited<ReturnType<typeof openTurns>>;
  beforeAll(async () => {
    database = await openDatabase({ dataDir: '', uri: testDatabase(), mayShare: false, say: () => {} });
    turns = await openTurns(database.db);
  });
  afterAll(async () => {
    await database.db.dropDatabase();
    await database.stop();
  });

  test('are counted from 0, for each group by itself', async () => {
    expect([await turns.take('a', 'one'), await turns.take('a', 'two'), await turns.take('b', 'one')]).toEqual([
      0, 1, 0,
    ]);
  });
  test('are the same when asked for again, and no turn is lost by it', async () => {
    expect(await turns.take('again', 'one')).toBe(0);
    expect(await turns.take('again', 'one')).toBe(0);
    expect(await turns.take('again', 'two')).toBe(1);
    expect(await turns.take('again', 'one')).toBe(0);
  });
  test('are each taken once by many at one instant, without a gap', async () => {
    const other = await openTurns(database.db);
    const asked = Array.from({ length: 60 }, (_, i) => (i % 2 ? turns : other).take('many', `lead ${i}`));
    const taken = await Promise.all(asked);
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });
  test('are one turn where two processes ask for one lead at one instant', async () => {
    const other = await openTurns(database.db);
    const taken = await Promise.all([turns.take('both', 'lead'), other.take('both', 'lead')]);
    expect(taken).toEqual([0, 0]);
    expect(await turns.take('both', 'next')).toBe(1);
  });
  test('of whoever is called like an expression of MongoDB are counted all the same', async () => {
    expect([
      await turns.take('odd', '$next'),
      await turns.take('odd', '$next'),
      await turns.take('odd', '$taken'),
    ]).toEqual([0, 0, 1]);
  });
  test('are remembered of the last five hundred alone', async () => {
    for (let i = 0; i < 505; i += 1) await turns.take('long', `lead ${i}`);
    const row = await database.db.collection<{ _id: string; taken: unknown[] }>('turns').findOne({ _id: 'long' });
    expect(row?.taken).toHaveLength(500);
    expect(await turns.take('long', 'lead 504')).toBe(504);
  });
});
