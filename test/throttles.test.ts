import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { MongoClient } from 'mongodb';
import { type Asking, type Limits, openThrottles } from '../src/delivery/throttles.js';
import { openThrottleRows } from '../src/store/throttles.js';
import { quotaOf, reserve, slowed, take, type Tally, untouched } from '../src/store/throttle.js';
import { at } from './builders.js';
import { testDatabase } from './support.js';

const second = 1000;
const minute = 60_000;
const start = at('2026-03-02T09:00Z');
const later = (ms: number): Date => new Date(start.getTime() + ms);

const uri = testDatabase();
const clients: MongoClient[] = [];
/** Three processes with the same limits. */
async function threeProcesses(own: Limits, counts: 'given' | 'database' = 'given') {
  const [one, two, three] = await Promise.all(
    [0, 1, 2].map(async (i) => openThrottles(await rowsOf(i), () => own, counts)),
  );
  if (!one || !two || !three) throw new Error('there are not three');
  return [one, two, three] as const;
}
const rowsOf = async (i: number) => openThrottleRows((clients[i] ?? new MongoClient(uri)).db());

beforeAll(async () => {
  for (let i = 0; i < 3; i += 1) clients.push(await new MongoClient(uri).connect());
});
beforeEach(async () => {
  await clients[0]?.db().collection('throttles').deleteMany({});
});
afterAll(async () => {
  await clients[0]?.db().dropDatabase();
  for (const client of clients) await client.close();
});

function limits(changes: Partial<Limits> = {}): Limits {
  return { transports: new Map(), domains: new Map(), warmUp: new Map(), ...changes };
}

function mails(count: number, changes: Partial<Asking> = {}, from = 0): readonly Asking[] {
  const one = { transport: 'smtp', domain: 'gmail.com', sendingDomain: 'mail.example.com', ...changes };
  return Array.from({ length: count }, (_, i) => ({ id: `mail-${from + i}`, ...one }));
}

/** How many milliseconds after the start. */
function afterStart(slots: ReadonlyMap<string, Date>): readonly number[] {
  return [...slots.values()].map((slot) => slot.getTime() - start.getTime());
}

describe('what the database works out', () => {
  test('of a rate is what the rule says', async () => {
    const rows = await rowsOf(0);
    const steps = fc.array(
      fc.record({
        what: fc.constantFrom('ask', 'ask', 'ask', 'slow down'),
        afterMs: fc.integer({ min: -500, max: 70_000 }),
        fresh: fc.nat(40),
        returning: fc.nat(40),
        sinceMs: fc.nat(20_000),
        rate: fc.constantFrom({ mails: 7, perMs: second }, { mails: 60, perMs: minute }, { mails: 1, perMs: 7000 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    let name = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const id = `rate ${(name += 1)}`;
        let pace = untouched;
        let now = start;
        for (const { what, afterMs, fresh, returning, sinceMs, rate } of all) {
          now = new Date(now.getTime() + afterMs);
          if (what === 'slow down') {
            pace = slowed(pace, now);
            await rows.slowDown(id, now);
            continue;
          }
          const ask = { fresh, returning, since: now.getTime() - sinceMs };
          const expected = reserve(pace, ask, rate, now);
          pace = expected.pace;
          expect((await rows.reserve(id, ask, rate, now)).slots).toEqual(expected.slots);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('of a quota is what the rule says', async () => {
    const rows = await rowsOf(0);
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: -minute, max: 20 * minute }), count: fc.nat(40) }), {
      maxLength: 8,
    });
    const quota = quotaOf({ mails: 100, perMs: 60 * minute });
    let name = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const id = `quota ${(name += 1)}`;
        let tally: Tally = [];
        let now = start;
        for (const { afterMs, count } of all) {
          now = new Date(now.getTime() + afterMs);
          const expected = take(tally, count, quota, now);
          tally = expected.tally;
          const { taken, againAt } = await rows.take(id, count, quota, now);
          expect({ taken, againAt }).toEqual({ taken: expected.taken, againAt: expected.againAt });
        }
      }),
      { numRuns: 100 },
    );
  });

  test('takes its own time where that is asked for, however wrong ours is', async () => {
    const rows = await rowsOf(0);
    const rate = { mails: 1, perMs: minute };
    const first = await rows.reserve('own time', { fresh: 1, returning: 0 }, rate, 'database');
    const then = await rows.reserve('own time', { fresh: 1, returning: 0 }, rate, 'database');
    expect(first.slots[0]).toEqual(first.now);
    expect(then.slots[0]?.getTime()).toBeCloseTo(first.now.getTime() + minute, -1);
  });
});

describe('three processes at once', () => {
  test('keep a rate together', async () => {
    const domains = new Map([['gmail.com', { mails: 10, perMs: second }]]);
    const all = await threeProcesses(limits({ domains }));
    const asked = await Promise.all(
      all.flatMap(({ slotsFor }, process) =>
        Array.from({ length: 10 }, (_, i) => slotsFor(mails(5, {}, 5 * (10 * process + i)), start)),
      ),
    );
    const slots = asked.flatMap(afterStart).toSorted((a, b) => a - b);
    expect(slots).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      ...Array.from({ length: 140 }, (_, i) => 100 * (i + 1)),
    ]);
  });

  test('keep a warm-up together, and whoever is over it comes back the next day at a time of its own', async () => {
    const warmUp = new Map([['mail.example.com', { starts: '2026-03-02', days: [200, 400] }]]);
    const all = await threeProcesses(limits({ warmUp }));
    const asked = await Promise.all(
      all.flatMap(({ slotsFor }, process) =>
        Array.from({ length: 10 }, (_, i) => slotsFor(mails(10, {}, 10 * (10 * process + i)), start)),
      ),
    );
    const slots = asked.flatMap(afterStart);
    const put = slots.filter((slot) => slot > 0);
    expect(put).toHaveLength(100);
    const nextDay = at('2026-03-03T00:00Z').getTime() - start.getTime();
    expect(Math.min(...put)).toBeGreaterThanOrEqual(nextDay);
    expect(Math.max(...put)).toBeLessThan(nextDay + 60 * minute);
    expect(new Set(put).size).toBeGreaterThan(95);
  });
});

describe('a mail', () => {
  test('goes when nothing limits it, and the database is not asked', async () => {
    const rows = await rowsOf(0);
    const domains = new Map([['yahoo.com', { mails: 1, perMs: minute }]]);
    const { slotsFor } = openThrottles(rows, () => limits({ domains }), 'given');
    expect(afterStart(await slotsFor(mails(100), start))).toEqual(Array.from({ length: 100 }, () => 0));
    expect(await clients[0]?.db().collection('throttles').countDocuments()).toBe(0);
  });

  test('goes when all of its limits let it', async () => {
    const domains = new Map([
      ['gmail.com', { mails: 1, perMs: second }],
      ['*', { mails: 2, perMs: second }],
    ]);
    const transports = new Map([['smtp', { rates: [{ mails: 3, perMs: second }] }]]);
    const { slotsFor } = openThrottles(await rowsOf(0), () => limits({ domains, transports }), 'given');
    const asking = [
      ...mails(2, { domain: 'gmail.com' }),
      ...mails(2, { domain: 'one.example' }, 2),
      ...mails(2, { domain: 'two.example' }, 4),
    ];
    const going = [...(await slotsFor(asking, start))].filter(([, slot]) => slot <= start).map(([id]) => id);
    // One of the first domain, and two of the second: the third may not go for the transport's sake.
    expect(going).toEqual(['mail-0', 'mail-2', 'mail-3']);
  });

  test('that was put off goes at its turn, before others that come then', async () => {
    const domains = new Map([['gmail.com', { mails: 1, perMs: 5000 }]]);
    const { slotsFor } = openThrottles(await rowsOf(0), () => limits({ domains }), 'given');
    const slots = await slotsFor(mails(3), start);
    expect(afterStart(slots)).toEqual([0, 5000, 10_000]);
    const waiting = mails(1, { slot: later(5000) }, 1);
    const again = await slotsFor([...mails(1, {}, 9), ...waiting], later(5000));
    expect(again.get('mail-1')).toEqual(later(5000));
    expect(again.get('mail-9')).toEqual(later(15_000));
  });

  test('over a quota of its transport waits until some of it is back, and takes no turn from others until then', async () => {
    const rates = [
      { mails: 100, perMs: second },
      { mails: 10, perMs: 24 * 60 * minute },
    ];
    const transports = new Map([['smtp', { rates }]]);
    const { slotsFor } = openThrottles(await rowsOf(0), () => limits({ transports }), 'given');
    const slots = afterStart(await slotsFor(mails(15), start));
    expect(slots.filter((slot) => slot === 0)).toHaveLength(10);
    expect(Math.min(...slots.filter((slot) => slot > 0))).toBeGreaterThan(24 * 60 * minute);

    const before = await clients[0]?.db().collection<{ _id: string }>('throttles').findOne({ _id: 'transport:smtp' });
    expect(afterStart(await slotsFor(mails(5, {}, 20), later(minute)))).not.toContain(minute);
    const after = await clients[0]?.db().collection<{ _id: string }>('throttles').findOne({ _id: 'transport:smtp' });
    expect(after).toEqual(before);
  });

  test('of a day whose warm-up was raised in the file goes at once', async () => {
    let days = [1];
    const warmUp = (): Limits['warmUp'] => new Map([['mail.example.com', { starts: '2026-03-02', days }]]);
    const { slotsFor } = openThrottles(await rowsOf(0), () => limits({ warmUp: warmUp() }), 'given');
    expect(afterStart(await slotsFor(mails(1), start))).toEqual([0]);
    expect(afterStart(await slotsFor(mails(1, {}, 1), start))).not.toEqual([0]);
    days = [5];
    expect(afterStart(await slotsFor(mails(1, {}, 2), start))).toEqual([0]);
  });
});

describe('a receiver that says "too fast"', () => {
  test('gets half, by whatever process asks', async () => {
    const domains = new Map([['gmail.com', { mails: 10, perMs: second }]]);
    const [one, other] = await threeProcesses(limits({ domains }));
    expect(await one.slowDown('gmail.com', start)).toBe(true);
    const slots = afterStart(await other.slotsFor(mails(20), start));
    expect(slots.filter((slot) => slot === 0)).toHaveLength(5);
  });

  test('without a rate of its own has none to halve', async () => {
    const { slowDown } = openThrottles(await rowsOf(0), () => limits(), 'given');
    expect(await slowDown('gmail.com', start)).toBe(false);
  });
});

describe('a process whose clock is ten minutes wrong', () => {
  test.each([-10, 10])('(%i minutes) neither hurries nor holds up the others', async (minutes) => {
    const domains = new Map([['gmail.com', { mails: 1, perMs: minute }]]);
    const [right, wrong] = await threeProcesses(limits({ domains }), 'database');
    const wrongNow = new Date(start.getTime() + minutes * minute);
    const [first] = await wrong.slotsFor(mails(1), wrongNow);
    expect(first?.[1]).toEqual(wrongNow);
    const [next] = await right.slotsFor(mails(1, {}, 1), start);
    const waits = (next?.[1].getTime() ?? 0) - start.getTime();
    expect(waits).toBeGreaterThan(0.5 * minute);
    expect(waits).toBeLessThanOrEqual(minute);
    const [third] = await wrong.slotsFor(mails(1, {}, 2), wrongNow);
    expect((third?.[1].getTime() ?? 0) - wrongNow.getTime()).toBeLessThanOrEqual(2 * minute);
  });
});
