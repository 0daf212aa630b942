import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { whenMayGo } from '../src/journey/may-go.js';
import { awayUntil } from '../src/journey/out-of-office.js';
import { simulate } from '../src/simulation/simulate.js';
import { anEnrollment, anEvent, aProgram, aProject, aScoring, at, aWorld, changesOf, facts } from './builders.js';

const pause = { amount: 4, unit: 'days' } as const;

/** An auto-reply, in UTC, that names the day of return or none. */
function autoReply(came: string, returnsAt?: string): LeadEvent {
  return anEvent('auto-replied', {
    id: `${came} ${returnsAt}`,
    at: at(came),
    ...(returnsAt ? { data: { returnsAt } } : {}),
  });
}

describe('a lead that answers to be away is back', () => {
  test.each<[string, string, LeadEvent, string]>([
    ['on the morning of the day it names', 'UTC', autoReply('2026-03-02T12:00Z', '2026-03-09'), '2026-03-09T09:00Z'],
    [
      'on that day, whatever hour stands beside it',
      'UTC',
      autoReply('2026-03-02T12:00Z', '2026-03-09T00:00:00.000Z'),
      '2026-03-09T09:00Z',
    ],
    [
      'in the morning where it is, west of Greenwich too',
      'America/Los_Angeles',
      autoReply('2026-03-02T12:00Z', '2026-03-06T00:00:00.000Z'),
      '2026-03-06T17:00Z',
    ],
    ['in the morning east of it', 'Asia/Tokyo', autoReply('2026-03-02T12:00Z', '2026-03-09'), '2026-03-09T00:00Z'],
    [
      'at nine after a night that loses an hour',
      'Europe/Paris',
      autoReply('2026-03-27T12:00Z', '2026-03-30'),
      '2026-03-30T07:00Z',
    ],
    [
      'at nine after a night that gains one',
      'Europe/Paris',
      autoReply('2026-10-23T12:00Z', '2026-10-26'),
      '2026-10-26T08:00Z',
    ],
    ['four days later where it names no day', 'UTC', autoReply('2026-03-02T12:00Z'), '2026-03-06T12:00Z'],
    [
      'four days later by its own clock, over a night that loses an hour',
      'Europe/Paris',
      autoReply('2026-03-27T12:00Z'),
      '2026-03-31T11:00Z',
    ],
    ['after 60 days at the latest', 'UTC', autoReply('2026-03-02T12:00Z', '2027-03-01'), '2026-05-01T12:00Z'],
    ['later on the day on which it answers', 'UTC', autoReply('2026-03-02T06:00Z', '2026-03-02'), '2026-03-02T09:00Z'],
    [
      'four days later where what it names is no day',
      'UTC',
      autoReply('2026-03-02T12:00Z', 'soon'),
      '2026-03-06T12:00Z',
    ],
    [
      'four days later where there is no such day',
      'UTC',
      autoReply('2026-03-02T12:00Z', '2026-02-30'),
      '2026-03-06T12:00Z',
    ],
  ])('%s (%s)', (_, timeZone, reply, back) => {
    expect(awayUntil([reply], { pause, timeZone })).toEqual(at(back));
  });

  test('and is not away where the day it names has passed: somebody forgot to turn it off', () => {
    const reply = autoReply('2026-03-10T12:00Z', '2026-03-09');
    expect(awayUntil([reply], { pause, timeZone: 'UTC' })?.getTime()).toBeLessThan(reply.at.getTime());
  });
});

describe('several auto-replies', () => {
  test.each<[string, readonly LeadEvent[], string]>([
    [
      'without a day do not add up',
      [autoReply('2026-03-02T12:00Z'), autoReply('2026-03-03T12:00Z'), autoReply('2026-03-05T12:00Z')],
      '2026-03-06T12:00Z',
    ],
    [
      'without a day hold anew once the first is over',
      [autoReply('2026-03-02T12:00Z'), autoReply('2026-03-06T12:00Z')],
      '2026-03-10T12:00Z',
    ],
    [
      'count by the day that the last of them names',
      [autoReply('2026-03-02T12:00Z', '2026-03-20'), autoReply('2026-03-03T12:00Z', '2026-03-09')],
      '2026-03-09T09:00Z',
    ],
    [
      'let a named day stand against a later one without',
      [autoReply('2026-03-02T12:00Z', '2026-03-20'), autoReply('2026-03-03T12:00Z')],
      '2026-03-20T09:00Z',
    ],
    [
      'let a named day take the place of a pause',
      [autoReply('2026-03-02T12:00Z'), autoReply('2026-03-03T12:00Z', '2026-03-04')],
      '2026-03-04T09:00Z',
    ],
  ])('%s, in whatever order they come', (_, replies, back) => {
    const rule = { pause, timeZone: 'UTC' };
    expect(awayUntil(replies, rule)).toEqual(at(back));
    expect(awayUntil(replies.toReversed(), rule)).toEqual(at(back));
  });

  test('are none among other events', () => {
    expect(awayUntil([anEvent('replied'), anEvent('opened')], { pause, timeZone: 'UTC' })).toBeUndefined();
  });
});

describe('an auto-reply', () => {
  const program = aProgram({ enroll: { on: 'replied' } }, 'answered');
  const running = [{ program, enrollment: anEnrollment(program, { startedAt: at('2026-03-01T09:00Z') }) }];
  const scoring = aScoring([{ on: 'replied', points: 25 }]);

  test.each([false, true])(
    'is no reply: it scores nothing, ends nothing and begins nothing (told as a machine’s: %s)',
    (machine) => {
      const project = aProject({ programs: [program, aProgram({}, 'other')], scoring });
      const event = { ...autoReply('2026-03-02T12:00Z', '2026-03-09'), machine };
      expect(changesOf(event, aWorld({ running }), project)).toEqual([
        { kind: 'away', until: at('2026-03-09T09:00Z'), told: event.at },
        { kind: 'wake', enrollments: [running[0]?.enrollment.id] },
      ]);
    },
  );
});

describe('a mail to a lead that is away', () => {
  const away = { ...facts({ lead: { awayUntil: at('2026-03-09T09:00Z') }, timeZone: 'Europe/Paris' }) };

  test('waits until it is back, and says so', () => {
    expect(whenMayGo({}, away, at('2026-03-02T09:00Z'))).toEqual({
      until: at('2026-03-09T09:00Z'),
      waitsFor: 'the lead to be back on 2026-03-09',
      by: [],
    });
  });

  test('goes at once when it is urgent', () => {
    expect(whenMayGo({ urgent: true }, away, at('2026-03-02T09:00Z'))).toBeUndefined();
  });

  test('goes once it is back', () => {
    expect(whenMayGo({}, away, at('2026-03-09T09:00Z'))).toBeUndefined();
  });

  test('waits further for the send window to open', () => {
    const window = { days: [2], from: 600, to: 720, timeZone: 'UTC', holidays: [] };
    expect(whenMayGo({ window }, away, at('2026-03-02T09:00Z'))?.until).toEqual(at('2026-03-10T10:00Z'));
  });
});

test('a simulated lead that is away gets its mail when it is back, and what is urgent at once', () => {
  const mail = (step: string, rest: object = {}) => ({ id: step, send: step, subject: step, ...rest });
  const program = aProgram({ steps: [{ wait: '1 day' }, mail('receipt', { urgent: true }), mail('offer')] });
  const running = [{ program, enrollment: anEnrollment(program) }];
  const moments = simulate(aWorld({ running }), aProject({ programs: [program] }), {
    from: at('2026-03-02T09:00Z'),
    until: at('2026-04-02T09:00Z'),
    script: [autoReply('2026-03-02T12:00Z', '2026-03-09')],
  });
  expect(moments.filter(({ kind }) => kind === 'mail').map((moment) => [moment.step, moment.at])).toEqual([
    ['receipt', at('2026-03-03T09:00Z')],
    ['offer', at('2026-03-09T09:00Z')],
  ]);
  expect(moments.map(({ because }) => because)).toContain('the lead to be back on 2026-03-09');
});
