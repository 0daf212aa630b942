import { describe, expect, test } from '@jest/globals';
import { askOf } from '../src/report/ask.js';
import { inCurrency, returnOn, spent } from '../src/report/costs.js';
import { binOf, inShort, quantile } from '../src/report/durations.js';
import type { Happening, History, SentMail } from '../src/report/history.js';
import { newcombe, verdictOn, wilson } from '../src/report/interval.js';
import { countLead } from '../src/report/lead-tallies.js';
import { milestonesOf } from '../src/report/milestones.js';
import { readDay, rowsOf } from '../src/report/period.js';
import { reportCsv, type Table } from '../src/report/report.js';
import { addTo, bucketId, bucketOf, coded, decoded, deltasIn, type Sums } from '../src/report/tally.js';
import type { Cost } from '../src/sequence/costs-file.js';
import { dayNumber, dayText } from '../src/sequence/wall-clock.js';
import { at } from './builders.js';

const day = (written: string): number => dayNumber(written) ?? Number.NaN;

function happened(type: string, when: string, more: Partial<Happening> = {}): Happening {
  return { id: `${type} ${when}`, type, at: at(when), machine: false, source: 'test', ...more };
}

function aMail(when: string, more: Partial<SentMail> = {}): SentMail {
  return {
    id: 'mail',
    sequence: 'welcome',
    step: 'hello',
    enrollment: 'run',
    state: 'accepted',
    at: at(when),
    ...more,
  };
}

/** A lead of 1 March, with consent. */
function aHistory(happenings: readonly Happening[], more: Partial<History> = {}): History {
  const lead = { createdAt: at('2026-03-01T09:00Z'), source: 'fair', consent: 'granted' } as const;
  return { lead, happenings, mails: [], runs: [], ...more };
}

function reached(happenings: readonly Happening[], more: Partial<History> = {}) {
  const found = milestonesOf(aHistory(happenings, more));
  return Object.fromEntries(Object.entries(found).map(([name, when]) => [name, when.toISOString().slice(0, 10)]));
}

/** What a history counts for on its days in UTC, by series and key. */
function countedIn(history: History, zone = 'UTC'): Readonly<Record<string, number>> {
  const sums: Sums = new Map();
  addTo(sums, countLead(history), zone);
  const days = [...sums].flatMap(([id, ofMonth]) =>
    [...ofMonth].flatMap(([dayOfMonth, numbers]) => {
      const { month, series, group } = bucketOf(id);
      const where = `${dayText(month + dayOfMonth - 1)} ${series.kind} ${series.of} ${group}`;
      return [...numbers].map(([key, n]) => [`${where}.${key}`, n] as const);
    }),
  );
  return Object.fromEntries(days);
}

describe('a lead is', () => {
  test('reached by the first mail that was taken and did not come back', () => {
    const mails = [aMail('2026-03-02T09:00Z', { id: 'a' }), aMail('2026-03-04T09:00Z', { id: 'b' })];
    expect(reached([], { mails })).toMatchObject({ reached: '2026-03-02' });
    const bounced = happened('bounced', '2026-03-03T09:00Z', { message: 'a', hard: false });
    expect(reached([bounced], { mails })).toMatchObject({ reached: '2026-03-04' });
    expect(reached([], { mails: [aMail('2026-03-02T09:00Z', { state: 'rejected' })] })).not.toHaveProperty('reached');
  });

  test.each(['clicked', 'replied', 'form.submitted', 'asset.downloaded', 'converted'])(
    'reached and interested by %s of its own, and by no machine',
    (type) => {
      expect(reached([happened(type, '2026-03-05T09:00Z')])).toMatchObject({
        reached: '2026-03-05',
        interested: '2026-03-05',
      });
      expect(reached([happened(type, '2026-03-05T09:00Z', { machine: true })])).toEqual({
        created: '2026-03-01',
      });
    },
  );

  test('interested when its score reaches a threshold, but not by an open', () => {
    expect(reached([happened('opened', '2026-03-05T09:00Z')])).not.toHaveProperty('interested');
    expect(reached([happened('threshold.reached', '2026-03-05T09:00Z', { about: 'mql' })])).toMatchObject({
      interested: '2026-03-05',
      qualified: '2026-03-05',
    });
  });

  const clicked = happened('clicked', '2026-03-05T09:00Z');
  test.each<[string, readonly Happening[], Partial<History['lead']>, string | undefined]>([
    ['consent was there', [clicked], {}, '2026-03-05'],
    ['consent is not given yet', [clicked], { consent: 'pending' }, undefined],
    ['consent is given afterwards', [clicked, happened('consent.granted', '2026-03-07T09:00Z')], {}, '2026-03-07'],
    [
      'consent was withdrawn before',
      [happened('consent.withdrawn', '2026-03-02T09:00Z'), clicked],
      { consent: 'denied' },
      undefined,
    ],
    [
      'it was withdrawn later',
      [clicked, happened('consent.withdrawn', '2026-03-09T09:00Z')],
      { consent: 'denied' },
      '2026-03-05',
    ],
    [
      'the address had bounced for good',
      [happened('bounced', '2026-03-04T09:00Z', { hard: true }), clicked],
      {},
      undefined,
    ],
    ['it had bounced softly', [happened('bounced', '2026-03-04T09:00Z', { hard: false }), clicked], {}, '2026-03-05'],
    [
      'the address is dead and sales can call',
      [happened('bounced', '2026-03-04T09:00Z', { hard: true }), clicked, happened('handed-over', '2026-03-08T09:00Z')],
      {},
      '2026-03-08',
    ],
    [
      'it unsubscribed and came back',
      [happened('unsubscribed', '2026-03-04T09:00Z'), clicked, happened('resubscribed', '2026-03-06T09:00Z')],
      {},
      '2026-03-06',
    ],
    [
      'two reasons stood against it and one was lifted',
      [
        happened('unsubscribed', '2026-03-03T09:00Z'),
        happened('suppressed', '2026-03-04T09:00Z', { about: 'manual' }),
        clicked,
        happened('suppression.lifted', '2026-03-06T09:00Z', { about: 'manual' }),
      ],
      {},
      undefined,
    ],
    [
      'both were lifted',
      [
        happened('unsubscribed', '2026-03-03T09:00Z'),
        happened('suppressed', '2026-03-04T09:00Z', { about: 'manual' }),
        clicked,
        happened('suppression.lifted', '2026-03-06T09:00Z', { about: 'unsubscribed, manual' }),
      ],
      {},
      '2026-03-06',
    ],
  ])('contactable or not where %s', (_, happenings, lead, on) => {
    const { lead: usual } = aHistory([]);
    expect(reached(happenings, { lead: { ...usual, ...lead } })['contactable']).toBe(on);
  });

  test.each<[string, readonly string[]]>([
    ['contacted', ['contacted']],
    ['not-reachable', []],
    ['still-interested', ['contacted', 'still-interested']],
    ['not-interested', ['contacted', 'lost']],
    ['won', ['contacted', 'still-interested', 'won']],
    ['lost', ['contacted', 'lost']],
  ])('what sales answers: %s', (about, milestones) => {
    const { created: _, ...found } = reached([happened('sales.answered', '2026-03-09T09:00Z', { about })]);
    expect(Object.keys(found).toSorted()).toEqual([...milestones].toSorted());
  });
});

describe('what a lead counts for', () => {
  const happenings = [
    happened('lead.created', '2026-03-01T09:00Z', { source: 'api' }),
    happened('stage.entered', '2026-03-01T09:00Z', { about: 'welcome' }),
    happened('clicked', '2026-03-05T23:30Z', { message: 'mail' }),
    happened('clicked', '2026-03-09T09:00Z', { message: 'mail' }),
    happened('stage.entered', '2026-03-06T09:00Z', { about: 'decision' }),
    happened('sales.answered', '2026-03-20T09:00Z', { about: 'won', data: { value: 1200.5, currency: 'eur' } }),
  ];
  const history = aHistory(happenings, { mails: [aMail('2026-03-02T09:00Z')] });

  test('stands on the day on which it happened, for its source, its stage of then, and the sequence that it clicked last', () => {
    expect(countedIn(history)).toMatchObject({
      '2026-03-05 source fair k.interested': 1,
      '2026-03-05 stage welcome k.interested': 1,
      '2026-03-05 sequence welcome k.interested': 1,
      '2026-03-20 stage decision k.won': 1,
      '2026-03-20 sequence welcome v.EUR': 1_200_500,
      '2026-03-01 sequence  k.created': 1,
    });
  });

  test('stands for those who came in together on the day on which it came in, with the week and the time it took', () => {
    expect(countedIn(history)).toMatchObject({
      '2026-03-01 source fair f.won': 1,
      '2026-03-01 source fair c.won/2': 1,
      '2026-03-01 source fair c.interested/0': 1,
      [`2026-03-01 source fair t.interested/${binOf(at('2026-03-05T23:30Z').getTime() - at('2026-03-02T09:00Z').getTime())}`]: 1,
      '2026-03-01 stage welcome f.onward': 1,
      '2026-03-02 sequence welcome f.won': 1,
    });
  });

  test('of a mail stands on the day on which it went, however late and often it is told', () => {
    const counts = countedIn(history);
    expect(counts).toMatchObject({
      '2026-03-02 sequence welcome m.hello/clicked': 1,
      '2026-03-02 sequence welcome m.hello/opened': 1,
    });
    expect(Object.keys(counts).filter((key) => key.includes(' m.'))).toHaveLength(3);
  });

  test('is on another day where the day is another one', () => {
    expect(countedIn(history, 'Asia/Kolkata')).toMatchObject({ '2026-03-06 source fair k.interested': 1 });
    expect(countedIn(history, 'America/New_York')).toMatchObject({ '2026-03-05 source fair k.interested': 1 });
  });

  test('is the same in whatever order it was told, and nothing of it is left when it is taken back', () => {
    expect(countLead({ ...history, happenings: happenings.toReversed() })).toEqual(countLead(history));
    const sums: Sums = new Map();
    addTo(sums, countLead(history), 'UTC');
    addTo(sums, countLead(history), 'UTC', -1);
    expect(deltasIn(sums).size).toBe(0);
  });

  test.each(['a.b', '$x', '50 % off', 'a|b', 'a/b', 'a+b=c', 'näme', '', 'a\u0000b'])(
    'may have any name: %j',
    (name) => {
      expect(decoded(coded(name))).toBe(name);
      expect(coded(name)).not.toMatch(/[.$|/+= ]/);
      const bucket = { month: 20_513, series: { kind: 'source', of: name }, group: 'k' } as const;
      expect(bucketOf(bucketId(bucket))).toEqual(bucket);
    },
  );

  test.each<[unknown, string]>([
    ['EUR', 'EUR'],
    ['usd', 'USD'],
    ['euros', '-'],
    [7, '-'],
    [undefined, '-'],
  ])('a value in the currency %j counts as %s', (currency, as) => {
    const data = { value: 10, ...(typeof currency === 'string' || typeof currency === 'number' ? { currency } : {}) };
    const counts = countedIn(aHistory([happened('converted', '2026-03-05T09:00Z', { data })]));
    expect(counts[`2026-03-05 source fair v.${as}`]).toBe(10_000);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, '12'])(
    'a value that is none counts for nothing: %p',
    (value) => {
      const counts = countedIn(aHistory([happened('converted', '2026-03-05T09:00Z', { data: { value } })]));
      expect(Object.keys(counts).filter((key) => key.includes(' v.'))).toEqual([]);
    },
  );
});

describe('a split', () => {
  const ways = [{ split: 'key', way: 'b', at: at('2026-03-03T09:00Z'), mails: ['hello'], by: 'booked' }];
  const mails = [aMail('2026-03-03T09:00Z'), aMail('2026-03-08T09:00Z', { id: 'other', step: 'later' })];
  const factsOf = (happenings: readonly Happening[]) => {
    const runs = [{ id: 'run', sequence: 'welcome', ways }];
    const counts = countedIn(aHistory(happenings, { mails, runs }));
    return Object.keys(counts).flatMap((key) => /^2026-03-03 sequence welcome w\.key\/b\/(.*)$/.exec(key)?.[1] ?? []);
  };

  test('counts those who took a way on the day they took it, and what they did with its own mails', () => {
    expect(factsOf([])).toEqual(['entered']);
    expect(factsOf([happened('clicked', '2026-03-09T09:00Z', { message: 'mail' })])).toEqual([
      'entered',
      'opened',
      'clicked',
    ]);
    expect(factsOf([happened('clicked', '2026-03-09T09:00Z', { message: 'other' })])).toEqual(['entered']);
  });

  test('counts what its rule counts only after the way was taken', () => {
    expect(factsOf([happened('booked', '2026-03-02T09:00Z')])).toEqual(['entered']);
    expect(factsOf([happened('booked', '2026-03-04T09:00Z')])).toEqual(['entered', 'counted']);
  });
});

describe('an interval', () => {
  // Newcombe RG. Interval estimation for the difference between independent proportions. Stat Med 1998; 17: 873–890, table II.
  test.each([
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
  ])('of the difference of %i of %i and %i of %i is the one of the paper', (a, m, b, n, low, high) => {
    const found = newcombe({ part: a, whole: m }, { part: b, whole: n });
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  // Newcombe RG. Two-sided confidence intervals for the single proportion. Stat Med 1998; 17: 857–872, table I, method 3.
  test.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('of %i of %i is the one of the paper', (part, whole, low, high) => {
    const found = wilson({ part, whole });
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  test('of nobody may be anything, and of all of them reaches to all', () => {
    expect(wilson({ part: 0, whole: 0 })).toEqual({ low: 0, high: 1 });
    expect(wilson({ part: 4, whole: 4 }).high).toBe(1);
  });
});

describe('the verdict on a split', () => {
  const way = (name: string, part: number, whole: number) => ({ name, part, whole });
  const says = (...ways: ReturnType<typeof way>[]) => verdictOn(ways).says;

  test.each<[string, ReturnType<typeof way>[]]>([
    ['"b" is better than "a" by 3 to 9 points', [way('a', 120, 1000), way('b', 180, 1000)]],
    ['too early: about 250 more needed, if they go on as they do', [way('a', 12, 100), way('b', 22, 100)]],
    ['too early: about 53 more needed, if they go on as they do', [way('a', 0, 3), way('b', 3, 4)]],
    ['no difference to be seen: if there is one, it is less than 3 points', [way('a', 100, 1000), way('b', 101, 1000)]],
    ['no difference to be seen: if there is one, it is less than 79 points', [way('a', 0, 1), way('b', 0, 1)]],
    ['nobody took more than one way yet: there is nothing to compare', [way('a', 3, 10), way('b', 0, 0)]],
    ['nobody took more than one way yet: there is nothing to compare', []],
  ])('is: %s', (said, ways) => {
    expect(says(...ways)).toBe(said);
  });

  test('asks more of the best of many ways than of the better of two', () => {
    const two = [way('a', 100, 1000), way('b', 130, 1000)];
    expect(verdictOn(two).best).toBe('b');
    expect(verdictOn([...two, way('c', 100, 1000), way('d', 100, 1000)]).best).toBeUndefined();
  });
});

describe('a period', () => {
  const today = day('2026-03-31');
  test.each([
    ['2026-03-01', '2026-03-01'],
    ['2026-02', '2026-02-01'],
    ['today', '2026-03-31'],
    ['Yesterday', '2026-03-30'],
    ['30 days ago', '2026-03-01'],
    ['2 weeks ago', '2026-03-17'],
    ['1 month ago', '2026-02-28'],
  ])('may begin on %j', (written, is) => {
    expect(dayText(readDay(written, today) ?? 0)).toBe(is);
  });
  test.each(['2026-02-30', '26-03-01', '2026-13', 'soon', '', '99999 years ago', '-1 days ago', '1'.repeat(90)])(
    'begins on no day called %j',
    (written) => {
      expect(readDay(written, today)).toBeUndefined();
    },
  );
  test('that ends in a month ends with its last day', () => {
    expect(dayText(readDay('2024-02', today, true) ?? 0)).toBe('2024-02-29');
  });

  test('has a row for each week from Monday, and for each month; the first and last may be parts', () => {
    const period = { from: day('2026-02-26'), to: day('2026-03-10'), zone: 'UTC' };
    expect(rowsOf(period, 'week').map(({ name, from, to, isWhole }) => [name, to - from + 1, isWhole])).toEqual([
      ['2026-02-23', 4, false],
      ['2026-03-02', 7, true],
      ['2026-03-09', 2, false],
    ]);
    expect(rowsOf(period, 'month').map(({ name }) => name)).toEqual(['2026-02', '2026-03']);
    expect(rowsOf(period, 'day')).toHaveLength(13);
  });
});

describe('a question', () => {
  const setting = {
    now: at('2026-03-31T23:30Z'),
    zone: 'Europe/Berlin',
    sequences: ['welcome', 'retention'],
    stages: ['decision'],
    sources: ['fair', 'form'],
  };
  const problems = (report: Parameters<typeof askOf>[0], query: object) =>
    askOf(report, setting)
      .safeParse(query)
      .error?.issues.map(({ path, message }) => `${path.join('.')}: ${message.replace('\n', '. ')}`);

  test('that says nothing is of the last weeks until today, in the zone that is kept', () => {
    const ask = askOf('kpi', setting).parse({});
    expect(ask).toMatchObject({ by: 'week', period: { to: day('2026-04-01'), zone: 'Europe/Berlin' } });
    expect(ask.period.to - ask.period.from).toBe(55);
  });

  test.each<[Parameters<typeof askOf>[0], object, string]>([
    [
      'kpi',
      { from: '2026-03-02', to: '2026-03-01' },
      'from: the period ends before it begins. Give "to" a later day than "from".',
    ],
    ['kpi', { from: '1826-01-01' }, 'from: this is longer than ten years. Ask for a shorter period.'],
    ['kpi', { from: 'soon' }, 'from: "soon" is no day. Write "2026-03-01", "2026-03", "today" or "30 days ago".'],
    ['kpi', { zone: 'Europe/Berln' }, 'zone: there is no time zone "Europe/Berln". Did you mean "Europe/Berlin"?'],
    ['kpi', { zone: '+02:00' }, 'zone: there is no time zone "+02:00". Write a name such as "Europe/Paris".'],
    ['kpi', { by: 'weak' }, 'by: the report kpi has no rows by "weak". Did you mean "week"?'],
    [
      'sequence',
      { by: 'source' },
      'by: the report sequence has no rows by "source". Use one of: day, week, month, sequence.',
    ],
    ['sequence', { sequence: 'welcom' }, 'sequence: there is no sequence "welcom". Did you mean "welcome"?'],
    ['kpi', { source: 'faire' }, 'source: there is no source "faire". Did you mean "fair"?'],
    ['cohort', { stage: 'decision' }, 'stage: the report cohort cannot be of one stage. Leave it out.'],
    ['kpi', { source: 'fair', sequence: 'welcome' }, 'sequence: these are not counted together. Name one of them.'],
    [
      'kpi',
      { by: 'stage', source: 'fair' },
      'by: what is counted by stage cannot be of one source alone. Leave out one of them.',
    ],
  ])('is refused with its mend: %s %j', (report, query, said) => {
    expect(problems(report, query)).toEqual([said]);
  });

  test('is told all that is wrong with it at once', () => {
    expect(problems('kpi', { zone: 'Nowhere', from: 'x', by: 'y' })).toHaveLength(3);
    expect(problems('kpi', { form: '2026-03-01' })).toHaveLength(1);
    expect(problems('kpi', { from: ['2026-03-01', '2026-03-02'] })).toHaveLength(1);
    expect(problems('kpi', { from: 'x'.repeat(1000) })).toHaveLength(1);
  });
});

describe('a cost', () => {
  const cost = (from: string, until: string, amount: number, more: Partial<Cost> = {}): Cost => {
    return { what: 'ads', from: day(from), until: day(until), thousandths: amount * 1000, currency: 'EUR', ...more };
  };
  const in2026 = (from: string, to: string) => ({ from: day(from), to: day(to) });

  test('is spread over its days, and its parts in all periods come to the whole', () => {
    const costs = { currency: 'EUR', costs: [cost('2026-03-01', '2026-03-07', 100)] };
    expect(spent(costs, in2026('2026-03-01', '2026-03-31'))).toEqual(new Map([['EUR', 100_000]]));
    const days = Array.from({ length: 31 }, (_, i) => in2026('2026-03-01', '2026-03-01').from + i);
    const parts = days.map((one) => spent(costs, { from: one, to: one })?.get('EUR') ?? 0);
    expect(parts.slice(0, 8)).toEqual([14_286, 14_285, 14_286, 14_286, 14_286, 14_285, 14_286, 0]);
    expect(parts.reduce((sum, n) => sum + n, 0)).toBe(100_000);
  });

  test('that nobody has given is not nothing: then nothing can be said', () => {
    expect(spent(undefined, in2026('2026-03-01', '2026-03-31'))).toBeUndefined();
    expect(returnOn(new Map([['EUR', 5]]), undefined)).toBeUndefined();
  });

  test('has a return only in the currency of what came in', () => {
    expect(returnOn(new Map([['EUR', 240_000]]), new Map([['EUR', 100_000]]))).toBeCloseTo(1.4);
    expect(returnOn(new Map(), new Map([['EUR', 100_000]]))).toBe(-1);
    expect(returnOn(new Map([['USD', 1]]), new Map([['EUR', 1]]))).toBeUndefined();
    expect(returnOn(new Map([['EUR', 1]]), new Map([['EUR', 0]]))).toBeUndefined();
  });

  test('gives its currency to values of which nobody said one', () => {
    const values = new Map([
      ['-', 5],
      ['EUR', 2],
    ]);
    expect(inCurrency(values, { currency: 'EUR', costs: [] })).toEqual(new Map([['EUR', 7]]));
    expect(inCurrency(values, undefined)).toEqual(values);
  });
});

describe('how long it took', () => {
  const hourMs = 3_600_000;
  test('is known to a sixth', () => {
    const times = Array.from({ length: 1001 }, (_, i) => (i + 1) * 0.01 * hourMs);
    const bins = new Map<number, number>();
    for (const ms of times) bins.set(binOf(ms), (bins.get(binOf(ms)) ?? 0) + 1);
    for (const [q, hours] of [
      [0.5, 5.01],
      [0.9, 9.01],
    ] as const) {
      const found = (quantile(bins, q) ?? 0) / hourMs;
      expect(Math.abs(found - hours) / hours).toBeLessThan(1 / 6);
    }
    expect(quantile(new Map(), 0.5)).toBeUndefined();
  });
  test.each([
    [-5, 0],
    [0, 0],
    [59_999, 0],
    [60_000, 1],
    [100 * 365 * 24 * hourMs, 50],
  ])('%i ms fall into a span of their own: %i', (ms, bin) => {
    expect(binOf(ms)).toBe(bin);
  });
  test.each([
    [30_000, '< 1 min'],
    [12 * 60_000, '12 min'],
    [5 * hourMs, '5 h'],
    [84 * hourMs, '3.5 d'],
    [400 * hourMs, '17 d'],
  ])('%i ms are told as %s', (ms, told) => {
    expect(inShort(ms)).toBe(told);
  });
});

test('a file has a column for each bound of a share and each currency, and is empty where nothing can be said', () => {
  const column = (key: string) => ({ key, title: key, means: '' });
  const table: Table = {
    name: 'x',
    title: 'X',
    columns: ['name', 'share', 'value', 'time', 'n'].map(column),
    rows: [
      [
        'a',
        { share: { part: 3, whole: 4 } },
        {
          money: new Map([
            ['USD', 1500],
            ['EUR', 20],
          ]),
        },
        { took: { ms: 61_000 } },
        2,
      ],
      ['b', null, null, null, null],
    ],
  };
  expect(reportCsv(table)).toEqual([
    [
      'name',
      'share',
      'share low',
      'share high',
      'share part',
      'share whole',
      'value EUR',
      'value USD',
      'time seconds',
      'n',
    ],
    ['a', 0.75, 0.3006, 0.9544, 3, 4, 0.02, 1.5, 61, 2],
    ['b', '', '', '', '', '', '', '', '', ''],
  ]);
});
