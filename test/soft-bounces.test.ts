import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { softBouncesInARow } from '../src/journey/soft-bounces.js';
import { noDelivery } from '../src/sequence/delivery-file.js';
import { simulateToEnd } from '../src/simulation/simulate.js';
import { anEnrollment, anEvent, aProgram, aProject, aScoring, at, aWorld, changesOf, facts } from './builders.js';

const rule = { most: 3, within: { amount: 30, unit: 'days' } } as const;

/** An event of a day in March, in short: "bounced 4" on the 4th, "delivered 4 m1" of the mail m1, "clicked 4 machine". */
function told(line: string, i = 0): LeadEvent {
  const [type = '', day = '', ...words] = line.split(' ');
  const mail = words.find((word) => word.startsWith('m') && word !== 'machine');
  return anEvent(type, {
    id: `${line}-${i}`,
    at: at(`2026-03-${day.padStart(2, '0')}T09:00Z`),
    machine: words.includes('machine'),
    ...(type === 'bounced' ? { hard: words.includes('hard') } : {}),
    ...(mail ? { message: mail } : {}),
  });
}

describe('soft bounces in a row', () => {
  test.each<[string, readonly string[], readonly number[]]>([
    ['are all there are, where nothing lies between', ['bounced 1', 'bounced 5', 'bounced 9'], [1, 5, 9]],
    ['count from the last open of a person', ['bounced 1', 'opened 2', 'bounced 5'], [5]],
    ['count from the last click of a person', ['bounced 1', 'clicked 2', 'bounced 5'], [5]],
    ['count from the last reply', ['bounced 1', 'replied 2', 'bounced 5'], [5]],
    ['count from an auto-reply, which came out of that mailbox', ['bounced 1', 'auto-replied 2', 'bounced 5'], [5]],
    ['count from a mail that a server took', ['bounced 1 m1', 'delivered 2 m2', 'bounced 5 m3'], [5]],
    [
      'go on past what a machine opened or clicked',
      ['bounced 1', 'opened 2 machine', 'clicked 3 machine', 'bounced 5'],
      [1, 5],
    ],
    [
      'go on past a mail that was taken first and came back later',
      ['bounced 1 m1', 'delivered 2 m2', 'bounced 2 m2'],
      [1, 2],
    ],
    ['end with a mail that came through at last', ['bounced 1 m1', 'delivered 3 m1', 'bounced 5 m2'], [5]],
    ['are one for each mail, however many tell of it', ['bounced 1 m1', 'bounced 2 m1', 'bounced 3 m2'], [2, 3]],
    ['are one for each report where nobody knows the mail', ['bounced 1', 'bounced 2'], [1, 2]],
    ['are no hard ones', ['bounced 1 hard', 'bounced 5'], [5]],
    [
      'stand in the order in which they happened, not in which they were told',
      ['bounced 9', 'opened 2', 'bounced 5', 'bounced 1'],
      [5, 9],
    ],
  ])('%s', (_, lines, days) => {
    const found = softBouncesInARow(lines.map(told), rule, at('2026-03-20T09:00Z'));
    expect(found.map((event) => event.at.getUTCDate())).toEqual(days);
  });

  test.each([
    ['count while they are young enough', '2026-03-31T08:59Z', 1],
    ['are forgotten at the very end of the time', '2026-03-31T09:00Z', 0],
  ])('%s', (_, now, count) => {
    expect(softBouncesInARow([told('bounced 1')], rule, at(now))).toHaveLength(count);
  });
});

describe('a soft bounce', () => {
  const project = aProject({ delivery: { ...noDelivery, softBounces: rule } });
  const events = ['bounced 1 m1', 'bounced 5 m2'].map(told);
  const third = { ...told('bounced 9 m3'), why: '452 4.2.2 mailbox full' };

  test('that is one too many tells that the address is suppressed, and why', () => {
    expect(changesOf(third, aWorld({ facts: facts({ events }) }), project)).toContainEqual({
      kind: 'raise',
      event: expect.objectContaining({
        type: 'suppressed',
        about: 'soft-bounced',
        lead: 'ada',
        why: '3 soft bounces in a row within 30 days, the last: 452 4.2.2 mailbox full',
      }),
    });
  });

  test('counts once, also where it stands in the history already', () => {
    expect(changesOf(third, aWorld({ facts: facts({ events: [...events.slice(1), third] }) }), project)).toEqual([
      { kind: 'mail', message: 'm3', happened: 'bouncedAt', at: third.at },
    ]);
  });

  test('tells nothing of an address that is suppressed anyway', () => {
    const known = facts({ events, suppression: 'unsubscribed' });
    expect(changesOf(third, aWorld({ facts: known }), project).map(({ kind }) => kind)).toEqual(['mail']);
  });

  test('by itself is no more than a bounced mail', () => {
    expect(changesOf(told('bounced 1 m1'), aWorld(), project).map(({ kind }) => kind)).toEqual(['mail']);
  });
});

test('being suppressed ends the runs that mail the lead, for this reason', () => {
  const program = aProgram();
  const running = [{ program, enrollment: anEnrollment(program) }];
  const event = anEvent('suppressed', { about: 'soft-bounced', why: '3 soft bounces' });
  expect(changesOf(event, aWorld({ running }), aProject({ programs: [program] }))).toEqual([
    { kind: 'suppress', reason: 'soft-bounced', because: '3 soft bounces' },
    { kind: 'leave', enrollment: running[0]?.enrollment, because: 'soft-bounced' },
  ]);
});

test('a reason that nobody knows suppresses nobody', () => {
  expect(changesOf(anEvent('suppressed', { about: 'bored' }), aWorld(), aProject())).toEqual([]);
});

describe('an address that soft-bounced too often', () => {
  const bounces = ['bounced 1 m1', 'bounced 5 m2', 'bounced 9 m3'].map(told);
  const known = facts({ events: bounces, suppression: 'soft-bounced' });
  const kindsAfter = (event: LeadEvent): readonly string[] =>
    changesOf(event, aWorld({ facts: known }), aProject()).map(({ kind }) => kind);

  test.each(['clicked 12', 'replied 12', 'resubscribed 12'])('takes mail again once its person shows (%s)', (line) => {
    expect(kindsAfter(told(line))).toContain('lift-soft-bounce');
  });

  test.each([
    ['an open, which a program may have done', 'opened 12'],
    ['a click of a machine', 'clicked 12 machine'],
    ['a click from before the last bounce', 'clicked 7'],
    ['an answer that nobody wrote', 'auto-replied 12'],
    ['a mail that a server took', 'delivered 12 m4'],
  ])('takes none after %s', (_, line) => {
    expect(kindsAfter(told(line))).not.toContain('lift-soft-bounce');
  });

  test('may be enrolled by the very click that shows it', () => {
    const program = aProgram({ enroll: { on: 'clicked' } }, 'thanks');
    const changes = changesOf(told('clicked 12'), aWorld({ facts: known }), aProject({ programs: [program] }));
    expect(changes.map(({ kind }) => kind)).toEqual(['raise', 'lift-soft-bounce', 'enroll']);
  });

  test.each(['unsubscribed', 'manual', 'hard-bounced', 'complained'] as const)(
    'and is %s too, stays so',
    (suppression) => {
      const world = aWorld({ facts: facts({ events: bounces, suppression }) });
      expect(changesOf(told('clicked 12'), world, aProject()).map(({ kind }) => kind)).not.toContain(
        'lift-soft-bounce',
      );
    },
  );
});

test('a simulated lead whose mails bounce softly leaves as a real one does, and a click brings its address back', () => {
  const program = aProgram({ steps: [{ wait: '40 days' }, { send: 'hello', subject: 'Hello' }] });
  const project = aProject({
    programs: [program],
    scoring: aScoring(),
    delivery: { ...noDelivery, softBounces: rule },
  });
  const running = [{ program, enrollment: anEnrollment(program, { startedAt: at('2026-03-01T09:00Z') }) }];
  const script = ['bounced 3 m1', 'bounced 5 m2', 'bounced 9 m3', 'clicked 12'].map(told);
  const simulation = { from: at('2026-03-01T09:00Z'), until: at('2026-03-31T09:00Z'), script };
  const { moments, facts: after } = simulateToEnd(aWorld({ running }), project, simulation);
  expect(moments.filter(({ kind }) => kind === 'leave')).toEqual([
    expect.objectContaining({ at: at('2026-03-09T09:00Z'), because: 'soft-bounced' }),
  ]);
  expect(after.suppression).toBeUndefined();
});
