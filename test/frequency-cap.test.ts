import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import type { RecentMail } from '../src/journey/facts.js';
import { capInWords, heldByCap, recentAmong, recentSince } from '../src/journey/frequency-cap.js';
import { whenMayGo } from '../src/journey/may-go.js';
import { endOfQuietHours } from '../src/journey/quiet-hours.js';
import { nextOpening } from '../src/journey/send-window.js';
import { type Cap, noDelivery, type QuietHours } from '../src/sequence/delivery-file.js';
import { addDuration, parseDuration } from '../src/sequence/duration.js';
import { WindowFile } from '../src/sequence/window-file.js';
import { simulate } from '../src/simulation/simulate.js';
import { anEvent, aProgram, aProject, at, aWorld, facts } from './builders.js';
import { anInstantNear, aZone, plainMinute } from './time-arbitraries.js';

function cap(atMost: number, per: string): Cap {
  const duration = parseDuration(per);
  if (!duration) throw new Error(`"${per}" is no length of time`);
  return { atMost, per: duration };
}

function went(when: string, step = 'hello', sequence = 'welcome'): RecentMail {
  return { at: at(when), sequence, step };
}

const monday = at('2026-03-02T09:00Z');
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('a frequency cap', () => {
  const daily = [cap(1, '1 day')];
  const until = (caps: readonly Cap[], sent: readonly RecentMail[], now = monday, zone = 'UTC') =>
    heldByCap(caps, sent, now, zone)?.until;

  test('lets a mail go for which there is a place', () => {
    expect(heldByCap(daily, [], monday)).toBeUndefined();
    expect(heldByCap([cap(2, '1 day')], [went('2026-03-02T08:00Z')], monday)).toBeUndefined();
    expect(heldByCap([], [went('2026-03-02T08:00Z')], monday)).toBeUndefined();
  });

  test('holds one that is too many, until the very instant at which the first falls out of the period', () => {
    const sent = [went('2026-03-01T09:00:00.001Z')];
    expect(until(daily, sent)).toEqual(at('2026-03-02T09:00:00.001Z'));
    expect(until(daily, sent, at('2026-03-02T09:00:00.001Z'))).toBeUndefined();
  });

  test('waits for as many to fall out as are too many, in whatever order they are named', () => {
    const sent = [went('2026-03-02T07:00Z'), went('2026-03-01T12:00Z'), went('2026-03-02T06:00Z')];
    expect(until([cap(3, '1 day')], sent)).toEqual(at('2026-03-02T12:00Z'));
    expect(until([cap(2, '1 day')], sent)).toEqual(at('2026-03-03T06:00Z'));
    expect(until([cap(1, '1 day')], sent)).toEqual(at('2026-03-03T07:00Z'));
  });

  test('of several the strictest counts', () => {
    const sent = [went('2026-02-25T09:00Z'), went('2026-02-27T09:00Z'), went('2026-03-02T08:00Z')];
    expect(until([cap(1, '1 day'), cap(3, '7 days')], sent)).toEqual(at('2026-03-04T09:00Z'));
    expect(until([cap(3, '7 days'), cap(1, '1 day')], sent)).toEqual(at('2026-03-04T09:00Z'));
    expect(until([cap(1, '1 day'), cap(4, '7 days')], sent)).toEqual(at('2026-03-03T08:00Z'));
  });

  test('knows which mails hold it, the first to fall out first', () => {
    const [late, early, past] = [went('2026-03-02T08:00Z'), went('2026-03-02T07:00Z'), went('2026-02-28T07:00Z')];
    expect(heldByCap([cap(2, '1 day')], [late, early, past], monday)).toEqual({
      until: at('2026-03-03T07:00Z'),
      cap: cap(2, '1 day'),
      for: [early, late],
    });
  });

  test.each([
    ['days keep the time of day on the clock of the lead', '1 day', '2026-03-28T09:00Z', '2026-03-29T08:00Z'],
    ['hours are hours', '24 hours', '2026-03-28T09:00Z', '2026-03-29T09:00Z'],
    ['also weeks', '1 week', '2026-03-24T09:00Z', '2026-03-31T08:00Z'],
    ['and months', '1 month', '2026-03-02T09:00Z', '2026-04-02T08:00Z'],
    ['in autumn a day is longer', '1 day', '2026-10-24T08:00Z', '2026-10-25T09:00Z'],
  ])('over a change of the clocks in Paris, %s', (_, per, sent, expected) => {
    const now = new Date(at(sent).getTime() + hourMs);
    expect(until([cap(1, per)], [went(sent)], now, 'Europe/Paris')).toEqual(at(expected));
  });

  test('a mail that a clock ahead of ours has recorded holds its place', () => {
    expect(until(daily, [went('2026-03-02T09:10Z')])).toEqual(at('2026-03-03T09:10Z'));
  });

  test('says for whom a mail waits, on the clock of the lead', () => {
    const inWords = (atMost: number, per: string, sent: readonly RecentMail[]) => {
      const held = heldByCap([cap(atMost, per)], sent, monday, 'Europe/Paris');
      return held && capInWords(held, 'Europe/Paris');
    };
    expect(inWords(1, '1 day', [went('2026-03-02T08:00Z')])).toBe(
      'the frequency cap of 1 in 1 day: "welcome/hello" went at 2026-03-02 09:00',
    );
    const several = ['24', '25', '26', '27', '28'].map((day) => went(`2026-02-${day}T10:00Z`, `mail-${day}`, 'news'));
    expect(inWords(5, '7 days', several)).toBe(
      'the frequency cap of 5 in 7 days: "news/mail-24" went at 2026-02-24 11:00, "news/mail-25" went at 2026-02-25 11:00, "news/mail-26" went at 2026-02-26 11:00, 2 more',
    );
    expect(inWords(1, '1 day', [{ ...went('2026-03-02T08:00Z'), isUnderWay: true }])).toBe(
      'the frequency cap of 1 in 1 day: "welcome/hello" is on its way',
    );
  });
});

describe('of the mails in the ledger', () => {
  const plannedAt = at('2026-03-02T08:00Z');
  const settledAt = at('2026-03-02T08:05Z');
  const mail = { sequence: 'welcome', step: 'hello', plannedAt };
  const known = { sequence: 'welcome', step: 'hello' };

  test.each(['queued', 'claimed', 'sending', 'deferred'] as const)('one that is %s holds a place', (state) => {
    expect(recentAmong([{ ...mail, state }])).toEqual([{ ...known, at: plannedAt, isUnderWay: true }]);
  });
  test.each(['accepted', 'uncertain'] as const)('one that is %s holds its place from when it went', (state) => {
    expect(recentAmong([{ ...mail, state, settledAt }])).toEqual([{ ...known, at: settledAt }]);
  });
  test.each(['rejected', 'failed', 'skipped'] as const)('one that was %s holds none', (state) => {
    expect(recentAmong([{ ...mail, state, settledAt }])).toEqual([]);
  });
  test('one about the lead, to a person of ours, holds none', () => {
    expect(recentAmong([{ ...mail, state: 'accepted', settledAt, to: 'sales@example.com' }])).toEqual([]);
  });
});

test('those are to be known that may still hold a place, and none where there is no cap', () => {
  expect(recentSince([], monday)).toBeUndefined();
  fc.assert(
    fc.property(
      aZone.chain((zone) => fc.tuple(fc.constant(zone), anInstantNear(zone))),
      fc.tuple(fc.integer({ min: 1, max: 60 }), fc.constantFrom('minutes', 'hours', 'days', 'weeks', 'months')),
      ([zone, sentAt], [amount, unit]) => {
        const caps = [cap(1, `${amount} ${unit}`)];
        const held = heldByCap(caps, [{ ...went('2026-03-02T09:00Z'), at: sentAt }], sentAt, zone);
        const last = new Date((held?.until.getTime() ?? 0) - 1);
        expect(recentSince(caps, last)?.getTime()).toBeLessThanOrEqual(sentAt.getTime());
      },
    ),
    { numRuns: 1000 },
  );
});

describe('quiet hours', () => {
  const night: QuietHours = { from: 21 * 60, to: 7 * 60, timeZone: 'lead' };

  test.each([
    ['before them', '2026-03-02T20:59:59.999Z', '2026-03-02T20:59:59.999Z'],
    ['as they begin', '2026-03-02T21:00Z', '2026-03-03T07:00Z'],
    ['at midnight', '2026-03-03T00:00Z', '2026-03-03T07:00Z'],
    ['in the morning', '2026-03-03T06:59:59.999Z', '2026-03-03T07:00Z'],
    ['as they end', '2026-03-03T07:00Z', '2026-03-03T07:00Z'],
  ])('%s, a mail of %s may go at %s', (_, now, expected) => {
    expect(endOfQuietHours(night, 'UTC', at(now))).toEqual(at(expected));
  });

  test.each([
    ['on the clock of the lead', night, 'Asia/Tokyo', '2026-03-02T13:00Z', '2026-03-02T22:00Z'],
    [
      'on another clock',
      { ...night, timeZone: 'Europe/Paris' },
      'Asia/Tokyo',
      '2026-03-02T22:00Z',
      '2026-03-03T06:00Z',
    ],
    ['at noon', { from: 720, to: 840, timeZone: 'lead' }, 'UTC', '2026-03-02T13:00Z', '2026-03-02T14:00Z'],
    ['not after noon', { from: 720, to: 840, timeZone: 'lead' }, 'UTC', '2026-03-02T14:00Z', '2026-03-02T14:00Z'],
    ['up to midnight', { from: 1320, to: 0, timeZone: 'lead' }, 'UTC', '2026-03-02T23:00Z', '2026-03-03T00:00Z'],
    // The clocks go from 02:00 to 03:00.
    ['in a short night', night, 'Europe/Paris', '2026-03-28T20:00Z', '2026-03-29T05:00Z'],
    ['in a long night', night, 'Europe/Paris', '2026-10-24T19:00Z', '2026-10-25T06:00Z'],
    // Between 02:00 and 03:00 mail might go, and that hour is skipped.
    [
      'over a pause that is skipped',
      { from: 180, to: 120, timeZone: 'lead' },
      'Europe/Paris',
      '2026-03-28T12:00Z',
      '2026-03-30T00:00Z',
    ],
    // There was no 30 December 2011 in Apia.
    ['over a day that is left out', night, 'Pacific/Apia', '2011-12-30T09:00Z', '2011-12-30T17:00Z'],
  ])('%s', (_, quietHours, zone, now, expected) => {
    expect(endOfQuietHours(quietHours, zone, at(now))).toEqual(at(expected));
  });

  test('on any night of any zone, they end when those of no day hold any more, and did until then', () => {
    const minutes = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const aCase = aZone.chain((zone) => fc.tuple(fc.constant(zone), anInstantNear(zone), minutes, minutes));
    fc.assert(
      fc.property(aCase, ([timeZone, now, from, to]) => {
        fc.pre(from !== to);
        const quietHours = { from, to, timeZone };
        const end = endOfQuietHours(quietHours, 'UTC', now);
        expect(isQuiet(end, quietHours)).toBe(false);
        for (let ms = now.getTime(); ms < end.getTime(); ms += 30 * 60_000)
          expect(isQuiet(new Date(ms), quietHours)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** Whether an instant is within the quiet hours of any of the days around it. */
function isQuiet(instant: Date, { from, to, timeZone }: QuietHours): boolean {
  const today = Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone).toPlainDate();
  return [-2, -1, 0, 1].some((ahead) => {
    const day = today.add({ days: ahead });
    const ends = plainMinute(to > from ? day : day.add({ days: 1 }), to, timeZone);
    return plainMinute(day, from, timeZone) <= instant && instant < ends;
  });
}

describe('a mail may go when its send window, the quiet hours and the frequency cap agree', () => {
  const officeHours = WindowFile.parse({ days: 'mon-fri', between: ['09:00', '17:00'] });
  const night: QuietHours = { from: 21 * 60, to: 7 * 60, timeZone: 'lead' };
  const known = (recent: readonly RecentMail[], rules: Partial<typeof noDelivery>, timeZone = 'UTC') => {
    const base = facts({ recent, timeZone });
    return { ...base, common: { ...base.common, delivery: { ...noDelivery, ...rules } } };
  };
  const byCap = 'the frequency cap of 1 in 1 day: "welcome/hello" went at 2026-03-06 18:00';

  test('at once, where none of them minds', () => {
    expect(whenMayGo({}, known([], {}), monday)).toBeUndefined();
    expect(
      whenMayGo({ window: officeHours }, known([], { caps: [cap(1, '1 day')], quietHours: night }), monday),
    ).toBeUndefined();
  });

  test('when the window opens', () => {
    expect(whenMayGo({ window: officeHours }, known([], { quietHours: night }), at('2026-03-02T19:00Z'))).toEqual({
      until: at('2026-03-03T09:00Z'),
      waitsFor: 'the send window to open',
    });
  });

  test('when the quiet hours end', () => {
    expect(whenMayGo({}, known([], { quietHours: night }), at('2026-03-02T23:00Z'))).toEqual({
      until: at('2026-03-03T07:00Z'),
      waitsFor: 'the quiet hours to end',
    });
  });

  test('when the window opens after the cap has let it go, which is what it tells', () => {
    const recent = [went('2026-03-06T18:00Z')];
    const hold = whenMayGo(
      { window: officeHours },
      known(recent, { caps: [cap(1, '1 day')] }),
      at('2026-03-06T19:00Z'),
    );
    expect(hold).toEqual({ until: at('2026-03-09T09:00Z'), waitsFor: byCap, by: recent });
  });

  test('when the quiet hours end within which the cap would let it go', () => {
    const recent = [went('2026-03-02T22:00Z')];
    const rules = { caps: [cap(1, '1 day')], quietHours: night };
    expect(whenMayGo({}, known(recent, rules), at('2026-03-03T09:00Z'))?.until).toEqual(at('2026-03-04T07:00Z'));
  });

  test('when the cap lets it go that holds it as the window opens', () => {
    const recent = [went('2026-03-02T15:00Z')];
    const rules = { caps: [cap(1, '1 day')] };
    const hold = whenMayGo({ window: officeHours }, known(recent, rules), at('2026-03-03T07:00Z'));
    expect(hold?.until).toEqual(at('2026-03-03T15:00Z'));
    expect(hold?.by).toEqual(recent);
  });

  test('an urgent mail waits for its window alone', () => {
    const rules = { caps: [cap(1, '1 day')], quietHours: night };
    const recent = [went('2026-03-02T22:00Z')];
    expect(whenMayGo({ urgent: true }, known(recent, rules), at('2026-03-02T23:00Z'))).toBeUndefined();
    const urgent = { urgent: true, window: officeHours } as const;
    expect(whenMayGo(urgent, known(recent, rules), at('2026-03-02T23:00Z'))).toEqual({
      until: at('2026-03-03T09:00Z'),
      waitsFor: 'the send window to open',
    });
  });

  test('as long as a mail in its way has not gone, it is looked at again soon', () => {
    const recent = [{ ...went('2026-03-01T08:00Z'), isUnderWay: true as const }];
    expect(whenMayGo({}, known(recent, { caps: [cap(1, '1 day')] }), monday)).toEqual({
      until: at('2026-03-02T09:15Z'),
      waitsFor: 'the frequency cap of 1 in 1 day: "welcome/hello" is on its way',
      by: [{ ...recent[0], at: monday }],
    });
  });

  test('a lead whom two clocks leave no time is told, and looked at again the next day', () => {
    const quietHours = { ...night, timeZone: 'Europe/Paris' };
    const hold = whenMayGo({ window: officeHours }, known([], { quietHours }, 'Pacific/Auckland'), monday);
    expect(hold).toEqual({
      until: at('2026-03-03T09:00Z'),
      waitsFor: 'a time outside quiet hours in Pacific/Auckland',
    });
  });

  test('at the first such instant, on any night of any zone', () => {
    const aTime = fc.integer({ min: 0, max: 23 });
    const aCase = aZone.chain((zone) =>
      fc.record({
        zone: fc.constant(zone),
        now: anInstantNear(zone),
        opens: aTime,
        hours: fc.integer({ min: 1, max: 12 }),
        quiet: fc.tuple(aTime, fc.integer({ min: 1, max: 11 })),
        caps: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('3 hours', '1 day', '2 days')), {
          maxLength: 2,
        }),
        before: fc.array(fc.integer({ min: 0, max: 72 }), { maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(aCase, ({ zone, now, opens, hours, quiet: [from, length], caps: written, before }) => {
        const window = { days: [1, 3, 5, 6, 7], from: opens * 60, to: Math.min(24, opens + hours) * 60, holidays: [] };
        const ownWindow = { ...window, timeZone: 'lead' };
        const quietHours = { from: from * 60, to: ((from + length) % 24) * 60, timeZone: 'lead' };
        const caps = written.map(([atMost, per]) => cap(atMost, per));
        const recent = before.map((ago) => ({
          ...went('2026-03-02T09:00Z'),
          at: new Date(now.getTime() - ago * hourMs),
        }));
        const agrees = (instant: Date): boolean =>
          nextOpening(ownWindow, zone, instant) <= instant &&
          endOfQuietHours(quietHours, zone, instant) <= instant &&
          !heldByCap(caps, recent, instant, zone);

        const hold = whenMayGo({ window: ownWindow }, known(recent, { caps, quietHours }, zone), now);
        // Two that leave each other no time are looked at above.
        fc.pre(!hold?.waitsFor.startsWith('a time outside'));
        const until = hold?.until ?? now;
        expect(agrees(until)).toBe(true);
        // Nowhere before: it is enough to look where one of the three begins to let it go.
        expect(agrees(new Date(until.getTime() - 1)) && until > now).toBe(false);
        for (let ms = now.getTime(); ms < until.getTime(); ms += 10 * 60_000) expect(agrees(new Date(ms))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});

describe('whatever sequences want to send a lead', () => {
  const aDelivery = fc.record({
    caps: fc.uniqueArray(
      fc
        .tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom('5 hours', '1 day', '3 days'))
        .map(([n, per]) => cap(n, per)),
      { maxLength: 2, selector: ({ per }) => per.unit + per.amount },
    ),
    quietHours: fc.option(
      fc.record({ from: fc.integer({ min: 0, max: 1439 }), length: fc.integer({ min: 1, max: 900 }) }),
      { nil: undefined },
    ),
  });
  const aStep = fc.oneof(
    fc.record({ wait: fc.constantFrom('1 hour', '5 hours', '1 day', '2 days') }),
    fc
      .record({ urgent: fc.boolean() })
      .map(({ urgent }) => ({ send: 'hello', subject: 'Hello', ...(urgent ? { urgent } : {}) })),
  );
  const aSequenceFile = fc.record({
    priority: fc.integer({ min: -2, max: 2 }),
    steps: fc.array(aStep, { minLength: 1, maxLength: 8 }),
  });
  const aCase = fc.record({
    zone: fc.constantFrom('UTC', 'Europe/Paris', 'America/Santiago', 'Australia/Lord_Howe'),
    now: fc.constantFrom('2026-03-27T09:00Z', '2026-10-23T22:30Z', '2026-04-03T10:00Z', '2026-06-01T00:00Z').map(at),
    delivery: aDelivery,
    files: fc.array(aSequenceFile, { minLength: 1, maxLength: 4 }),
  });

  test('no period holds more than the cap allows, nothing goes in quiet hours, and every mail goes in the end', () => {
    let held = 0;
    fc.assert(
      fc.property(aCase, ({ zone, now, delivery: { caps, quietHours: quiet }, files }) => {
        const quietHours = quiet && { from: quiet.from, to: (quiet.from + quiet.length) % 1440, timeZone: 'lead' };
        const delivery = { ...noDelivery, caps, ...(quietHours ? { quietHours } : {}) };
        const programs = files.map(({ steps, priority }, i) =>
          aProgram(
            {
              priority,
              enroll: { on: 'lead.created' },
              steps: steps.map((step, j) => ('send' in step ? { ...step, id: `mail-${j}` } : step)),
            },
            `sequence-${i}`,
          ),
        );
        const base = facts({ timeZone: zone, lead: { timezone: zone } });
        const world = aWorld({ facts: { ...base, common: { ...base.common, delivery } } });
        const moments = simulate(world, aProject({ programs, delivery }), {
          from: now,
          until: new Date(now.getTime() + 400 * dayMs),
          script: [anEvent('lead.created', { at: now })],
        });
        const isUrgent = (sequence = '', step: string | null = ''): boolean => {
          const found = programs.find(({ name }) => name === sequence)?.steps.get(step ?? '');
          return found?.kind === 'send' && found.urgent === true;
        };
        const mails = moments.filter(({ kind }) => kind === 'mail');
        held += moments.filter(
          ({ kind, because }) => kind === 'wait' && because.startsWith('the frequency cap'),
        ).length;

        expect(mails).toHaveLength(
          programs.flatMap(({ steps }) => [...steps.values()]).filter(({ kind }) => kind === 'send').length,
        );
        const isOneTooMany = (mail: (typeof mails)[number], before: typeof mails): boolean =>
          caps.some(
            ({ atMost, per }) => before.filter((other) => addDuration(other.at, per, zone) > mail.at).length >= atMost,
          );
        const isInQuietHours = (mail: (typeof mails)[number]): boolean =>
          quietHours !== undefined && endOfQuietHours(quietHours, zone, mail.at) > mail.at;
        const wrong = mails.filter(
          (mail, i) =>
            !isUrgent(mail.sequence, mail.step) && (isOneTooMany(mail, mails.slice(0, i)) || isInQuietHours(mail)),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
    // Or it would say nothing.
    expect(held).toBeGreaterThan(100);
  });
});
