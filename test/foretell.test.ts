import { describe, expect, test } from '@jest/globals';
import { foretell, type Foretold, type ForetellSetting } from '../src/simulation/foretell.js';
import { type Limit, throughLimits } from '../src/simulation/through-limits.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const from = Date.parse('2026-03-02T00:00:00Z');
const firstDay = from / dayMs;

const setting: ForetellSetting = {
  zone: 'UTC',
  until: new Date(from + 7 * dayMs),
  limitsOf: () => [],
  lifeMs: 2 * dayMs,
};

/** A mail so many hours after the beginning. */
const mail = (hours: number, step = 'hello') => ({ at: from + hours * hourMs, sequence: 'welcome', step });
/** A lead that gets these mails in each draw. */
const lead = (...draws: readonly (readonly ReturnType<typeof mail>[])[]) => ({ domain: 'example.org', draws });
const told = (what: Partial<Foretold>, how: Partial<ForetellSetting> = {}) =>
  foretell({ strata: [], expected: [], queued: [], ...what }, { ...setting, ...how });

describe('what is foretold', () => {
  test('of leads who were all played, and whose draws agree, has no doubt', () => {
    const played = [lead([mail(1)], [mail(1)]), lead([mail(30)], [mail(30)]), lead([], [])];
    const { total, leads, days, steps } = told({ strata: [{ leads: 3, played }] });
    expect(total).toEqual({ expected: 2, low: 2, high: 2 });
    expect(leads).toEqual({ expected: 2, low: 2, high: 2 });
    expect([...days]).toEqual([
      [firstDay, { expected: 1, low: 1, high: 1 }],
      [firstDay + 1, { expected: 1, low: 1, high: 1 }],
    ]);
    expect(steps.get('welcome/hello')).toEqual({ expected: 2, low: 2, high: 2 });
  });

  test('of leads whose draws differ lies between bounds about their mean', () => {
    const played = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? lead([mail(1)], []) : lead([], [])));
    const { total } = told({ strata: [{ leads: 100, played }] });
    expect(total.expected).toBe(25);
    expect(total.low).toBeLessThan(20);
    expect(total.high).toBeGreaterThan(30);
  });

  test('of a sample stands for all of its stratum, and knows the less the fewer were played', () => {
    const half = (count: number) =>
      Array.from({ length: count }, (_, i) => (i % 2 === 0 ? lead([mail(1)], [mail(1)]) : lead([], [])));
    const few = told({ strata: [{ leads: 10_000, played: half(20) }] }).total;
    const many = told({ strata: [{ leads: 10_000, played: half(400) }] }).total;
    expect([few.expected, many.expected]).toEqual([5000, 5000]);
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 3);
    expect(many.low).toBeGreaterThan(4000);
  });

  test('of a sample in which all are alike is not held for certain', () => {
    const played = Array.from({ length: 20 }, () => lead([mail(1)], [mail(1)]));
    const { low, high } = told({ strata: [{ leads: 1000, played }] }).total;
    expect([low, high]).not.toEqual([1000, 1000]);
  });

  test('of those who are expected to come is as uncertain as their coming', () => {
    const expected = [{ ...lead([mail(1)], [mail(1)]), weight: 16 }];
    const { total } = told({ expected });
    expect(total.expected).toBe(16);
    expect(total.low).toBe(0);
  });

  test('of mails in the outbox is what waits there', () => {
    expect(told({ queued: [{ ...mail(0), mails: 12 }] }).total).toEqual({ expected: 12, low: 12, high: 12 });
  });

  test('counts in the days of the zone', () => {
    const { days } = told({ queued: [{ ...mail(23.5), mails: 1 }] }, { zone: 'Europe/Paris' });
    expect([...days.keys()]).toEqual([firstDay + 1]);
  });
});

describe('mails before a limit', () => {
  const perDay = (mails: number): Limit => ({ id: 'day', windowMs: dayMs, mailsFrom: () => mails });
  const flow = (hours: number, mails: number, of = 'a') => ({ of, at: from + hours * hourMs, mails });
  const through = (flows: readonly ReturnType<typeof flow>[], limits: readonly Limit[]) =>
    throughLimits(flows, () => limits, { until: from + 7 * dayMs, lifeMs: 2 * dayMs }).map(({ of, at, mails }) => [
      of,
      (at - from) / hourMs,
      mails,
    ]);

  test('go at their time where there is room', () => {
    expect(through([flow(1.5, 5)], [perDay(10)])).toEqual([['a', 1.5, 5]]);
  });

  test('wait for the next day when that of today is used up, and those that came first go first', () => {
    expect(through([flow(2, 6, 'late'), flow(1, 8, 'early')], [perDay(10)])).toEqual([
      ['early', 1, 8],
      ['late', 2, 2],
      ['late', 24, 4],
    ]);
  });

  test('pass the narrowest of several limits', () => {
    const perHour: Limit = { id: 'hour', windowMs: hourMs, mailsFrom: () => 2 };
    expect(through([flow(0, 5)], [perDay(100), perHour])).toEqual([
      ['a', 0, 2],
      ['a', 1, 2],
      ['a', 2, 1],
    ]);
  });

  test('that have waited for longer than a mail lives do not go', () => {
    expect(through([flow(0, 5)], [perDay(1)])).toEqual([
      ['a', 0, 1],
      ['a', 24, 1],
    ]);
  });
});
