import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Rate } from '../src/sequence/rate-file.js';
import {
  type Ask,
  limitOn,
  type Pace,
  quotaOf,
  reserve,
  shareAt,
  slowed,
  take,
  type Tally,
  untouched,
  utcDay,
  warmUpQuota,
} from '../src/store/throttle.js';
import { at } from './builders.js';

const start = at('2026-03-02T09:00Z').getTime();
const second = 1000;
const minute = 60_000;

const rates: fc.Arbitrary<Rate> = fc.record({
  mails: fc.integer({ min: 1, max: 300 }),
  perMs: fc.constantFrom(second, 5 * second, minute, 10 * minute),
});

/** One process looks, for new mails and for those whose turn has come. Clocks of processes are not quite the same. */
type Look = { readonly afterMs: number; readonly skewMs: number; readonly fresh: number };
const looks: fc.Arbitrary<readonly Look[]> = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 4000 }),
    skewMs: fc.integer({ min: -300, max: 300 }),
    fresh: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: 1, maxLength: 60 },
);

type Played = { readonly gone: readonly number[]; readonly waiting: readonly number[]; readonly pace: Pace };

/** Plays looks one after the other; whoever is put off comes back at the first look after its turn. */
function play(rate: Rate, all: readonly Look[]): Played {
  let pace = untouched;
  let now = start;
  let waiting: number[] = [];
  const gone: number[] = [];
  for (const { afterMs, skewMs, fresh } of all) {
    now += afterMs;
    const own = new Date(now + skewMs);
    const back = waiting.filter((turn) => turn <= own.getTime()).toSorted((a, b) => a - b);
    const ask: Ask = { fresh, returning: back.length, ...(back[0] === undefined ? {} : { since: back[0] }) };
    const { slots, pace: after } = reserve(pace, ask, rate, own);
    expect(slots).toHaveLength(fresh + back.length);
    pace = after;
    gone.push(...slots.filter((slot) => slot <= own).map(() => own.getTime()));
    waiting = [...waiting.filter((turn) => turn > own.getTime()), ...slots.map(Number).filter((turn) => turn > +own)];
  }
  return { gone: gone.toSorted((a, b) => a - b), waiting, pace };
}

/** The most of these instants that lie in any time of a length. */
function mostWithin(instants: readonly number[], lengthMs: number): number {
  return Math.max(0, ...instants.map((from, i) => instants.slice(i).filter((one) => one < from + lengthMs).length));
}

describe('a rate', () => {
  test('lets the mails of one second go at once, and the rest one by one', () => {
    const { slots } = reserve(untouched, { fresh: 13, returning: 0 }, { mails: 10, perMs: second }, new Date(start));
    const after = slots.map((slot) => slot.getTime() - start);
    expect(after).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200, 300]);
  });

  test('of less than one a second lets one go at once', () => {
    const { slots } = reserve(untouched, { fresh: 3, returning: 0 }, { mails: 6, perMs: minute }, new Date(start));
    expect(slots.map((slot) => slot.getTime() - start)).toEqual([0, 10_000, 20_000]);
  });

  test('does not save up what was not used', () => {
    const rate = { mails: 10, perMs: second };
    const { pace } = reserve(untouched, { fresh: 1, returning: 0 }, rate, new Date(start));
    const { slots } = reserve(pace, { fresh: 100, returning: 0 }, rate, new Date(start + 3600 * second));
    expect(slots.filter((slot) => slot.getTime() === start + 3600 * second)).toHaveLength(10);
  });

  test('is held in any time of its length, but for the mails of one second and of the ten that who waits may be late', () => {
    fc.assert(
      fc.property(rates, looks, (rate, all) => {
        const { gone } = play(rate, all);
        const intervalMs = rate.perMs / rate.mails;
        const lateMails = Math.ceil((10 * second + 600) / intervalMs);
        expect(mostWithin(gone, rate.perMs)).toBeLessThanOrEqual(rate.mails + Math.max(1, lateMails));
      }),
    );
  });

  test('is held but for the mails of one second where nobody waited', () => {
    fc.assert(
      fc.property(rates, looks, (rate, all) => {
        let pace = untouched;
        let now = start;
        const gone: number[] = [];
        for (const { afterMs, fresh } of all) {
          now += afterMs;
          const { slots, pace: after } = reserve(pace, { fresh, returning: 0 }, rate, new Date(now));
          // Whoever is put off stays away: the queue is empty.
          pace = { ...after, tail: 0, backTail: 0 };
          gone.push(...slots.filter((slot) => slot.getTime() <= now).map(() => now));
        }
        const burst = Math.ceil(second / (rate.perMs / rate.mails));
        expect(mostWithin(gone, rate.perMs)).toBeLessThanOrEqual(rate.mails + burst);
      }),
    );
  });

  test('is reached, although nobody looks but every five seconds', () => {
    const every5 = { afterMs: 5 * second, skewMs: 0 };
    const all = [{ ...every5, fresh: 5000 }, ...Array.from({ length: 60 }, () => ({ ...every5, fresh: 0 }))];
    const { gone } = play({ mails: 10, perMs: second }, all);
    expect(gone.length).toBeGreaterThan(0.99 * 300 * 10);
    expect(gone.length).toBeLessThanOrEqual(300 * 10 + 10);
  });

  test('gives everybody who waits a turn of its own', () => {
    fc.assert(
      fc.property(rates, looks, (rate, all) => {
        const { waiting } = play(rate, all);
        // A millisecond holds more than one mail only where the rate has more than one in it.
        const inOne = Math.ceil(1 / (rate.perMs / rate.mails)) + 1;
        expect(
          mostWithin(
            waiting.toSorted((a, b) => a - b),
            1,
          ),
        ).toBeLessThanOrEqual(2 * inOne);
      }),
    );
  });

  test('lets nobody who comes later go before those who wait', () => {
    const rate = { mails: 1, perMs: 10 * second };
    const { pace } = reserve(untouched, { fresh: 3, returning: 0 }, rate, new Date(start));
    const later = new Date(start + 10 * second);
    const { slots } = reserve(pace, { fresh: 1, returning: 0 }, rate, later);
    expect(slots).toEqual([new Date(start + 30 * second)]);
    const back = reserve(pace, { fresh: 1, returning: 1, since: later.getTime() }, rate, later);
    expect(back.slots).toEqual([later, new Date(start + 30 * second)]);
  });

  test('that was edited keeps its queue in mails, not in time', () => {
    const { pace } = reserve(untouched, { fresh: 61, returning: 0 }, { mails: 1, perMs: minute }, new Date(start));
    const { slots } = reserve(pace, { fresh: 1, returning: 0 }, { mails: 10, perMs: minute }, new Date(start));
    expect(slots[0]?.getTime()).toBe(start + 61 * 6 * second);
  });
});

describe('a rate that was too fast for the receiver', () => {
  test('is halved, and is back after five minutes', () => {
    const slow = slowed(untouched, new Date(start));
    expect([0, 1, 2, 3, 4, 5, 6].map((minutes) => shareAt(slow, start + minutes * minute))).toEqual(
      [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1].map((share) => expect.closeTo(share)),
    );
  });

  test('is halved once by many who are told so at one time', () => {
    const once = slowed(untouched, new Date(start));
    expect(slowed(once, new Date(start + 30 * second))).toEqual(once);
    expect(slowed(once, new Date(start + minute)).share).toBeCloseTo(0.3);
  });

  test('never comes to a standstill', () => {
    let pace = untouched;
    for (let i = 0; i < 50; i += 1) pace = slowed(pace, new Date(start + i * minute));
    expect(pace.share).toBeGreaterThanOrEqual(1 / 16);
  });

  test('holds up mails as well whose turn was given before', () => {
    const rate = { mails: 10, perMs: second };
    const { pace } = reserve(untouched, { fresh: 200, returning: 0 }, rate, new Date(start));
    const halved = slowed(pace, new Date(start));
    const now = new Date(start + 10 * second);
    const { slots } = reserve(halved, { fresh: 0, returning: 100, since: start + 100 }, rate, now);
    const going = slots.filter((slot) => slot <= now).length;
    expect(going).toBeGreaterThanOrEqual(50);
    expect(going).toBeLessThanOrEqual(53);
  });
});

describe('a quota', () => {
  test('is never exceeded in any time of its length', () => {
    const quotas = fc.record({
      mails: fc.integer({ min: 1, max: 200 }),
      perMs: fc.constantFrom(3_600_000, 86_400_000),
    });
    const asks = fc.array(fc.record({ part: fc.double({ min: 0, max: 0.3, noNaN: true }), count: fc.nat(120) }), {
      maxLength: 50,
    });
    fc.assert(
      fc.property(quotas, asks, (rate, all) => {
        let tally: Tally = [];
        let now = start;
        const gone: number[] = [];
        for (const { part, count } of all) {
          now += Math.floor(part * rate.perMs);
          const result = take(tally, count, quotaOf(rate), new Date(now));
          tally = result.tally;
          expect(result.taken).toBeLessThanOrEqual(count);
          expect(tally.length).toBeLessThanOrEqual(25);
          gone.push(...Array.from({ length: result.taken }, () => now));
        }
        expect(mostWithin(gone, rate.perMs)).toBeLessThanOrEqual(rate.mails);
      }),
    );
  });

  test('may be used at once, and is back when its time and a 24th are over', () => {
    const quota = quotaOf({ mails: 100, perMs: 86_400_000 });
    const first = take([], 150, quota, new Date(start));
    expect(first).toMatchObject({ taken: 100, againAt: at('2026-03-03T10:00Z') });
    expect(take(first.tally, 50, quota, new Date(first.againAt.getTime() - 1)).taken).toBe(0);
    expect(take(first.tally, 150, quota, first.againAt).taken).toBe(100);
  });

  test('counts what a clock that is ahead has taken', () => {
    const quota = quotaOf({ mails: 100, perMs: 86_400_000 });
    const ahead = take([], 60, quota, at('2026-03-02T15:00Z'));
    expect(take(ahead.tally, 60, quota, at('2026-03-02T09:00Z')).taken).toBe(40);
  });
});

describe('a warm-up', () => {
  const plan = { starts: '2026-03-02', days: [200, 400, 800] };

  test.each([
    ['2026-03-01T12:00Z', 200],
    ['2026-03-02T00:00Z', 200],
    ['2026-03-02T23:59Z', 200],
    ['2026-03-03T00:00Z', 400],
    ['2026-03-04T23:59Z', 800],
    ['2026-03-05T00:00Z', undefined],
  ])('allows at %s %p mails', (instant, mails) => {
    expect(limitOn(utcDay(at(instant)), plan)).toBe(mails);
  });

  test('begins each day anew', () => {
    const day = take([], 250, warmUpQuota(200), at('2026-03-02T13:00Z'));
    expect(day).toMatchObject({ taken: 200, againAt: at('2026-03-03T00:00Z') });
    expect(take(day.tally, 250, warmUpQuota(400), day.againAt).taken).toBe(250);
  });
});
