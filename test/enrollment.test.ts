import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { type Enrollment, leave } from '../src/journey/enrollment.js';
import { withFields } from '../src/journey/change.js';
import type { World } from '../src/journey/world.js';
import type { Program } from '../src/sequence/program.js';
import { aLead, anEnrollment, anEvent, aProgram, aProject, at, aWorld, facts, changesOf } from './builders.js';

const submitted = anEvent('form.submitted', { about: 'white-paper' });

function enrolledBy(again: string | undefined, rest: Readonly<Record<string, unknown>> = {}): Program {
  return aProgram({ enroll: { on: 'form.submitted:white-paper', ...(again ? { again } : {}), ...rest } });
}

/** Whom the event enrolls into the program. */
function entering(program: Program, world: World, event: LeadEvent = submitted): readonly Enrollment[] {
  const changes = changesOf(event, world, aProject({ programs: [program] }));
  return changes.flatMap((change) => (change.kind === 'enroll' ? [change.enrollment] : []));
}

function ranSince(startedAt: string): World {
  return aWorld({ runs: [{ sequence: 'welcome', startedAt: at(startedAt) }] });
}

describe('a new run', () => {
  test('stands at the first step, due at once', () => {
    expect(entering(enrolledBy('never'), aWorld())).toMatchObject([
      {
        lead: 'ada',
        sequence: 'welcome',
        status: 'active',
        step: 'hello',
        dueAt: at('2026-03-02T09:00Z'),
        history: [],
        raised: [],
      },
    ]);
  });

  test('belongs to the revision of its program', () => {
    const program = enrolledBy('never');
    expect(entering(program, aWorld())[0]?.revision).toBe(program.revision);
  });

  test('says what began it', () => {
    expect(entering(enrolledBy('never'), aWorld())[0]?.because).toBe('form.submitted: white-paper');
  });

  test('is not begun by an event the sequence does not name', () => {
    expect(entering(enrolledBy('always'), aWorld(), anEvent('form.submitted', { about: 'webinar' }))).toEqual([]);
  });

  test('is begun by a call from another sequence, whatever the sequence names', () => {
    const called = anEvent('sequence.called', { about: 'welcome' });
    expect(entering(enrolledBy('never'), aWorld(), called)).toHaveLength(1);
  });

  test('is not begun by a call for another sequence', () => {
    expect(entering(enrolledBy('never'), aWorld(), anEvent('sequence.called', { about: 'other' }))).toEqual([]);
  });
});

describe('coming again', () => {
  test.each([
    ['never: a lead that was never in it enters', 'never', [], 1],
    ['never: a lead that was in it long ago stays out', 'never', ['2020-01-01T09:00Z'], 0],
    ['always: a lead that was in it a minute ago enters', 'always', ['2026-03-02T08:59Z'], 1],
    ['after 90 days: a lead that was never in it enters', 'after 90 days', [], 1],
    ['after 90 days: a lead enters on the 90th day to the minute', 'after 90 days', ['2025-12-02T09:00Z'], 1],
    ['after 90 days: a lead stays out a minute before', 'after 90 days', ['2025-12-02T09:01Z'], 0],
    ['after 90 days: the latest run counts', 'after 90 days', ['2026-02-01T09:00Z', '2025-01-01T09:00Z'], 0],
    ['unless the file says so, a lead comes once', undefined, ['2020-01-01T09:00Z'], 0],
  ])('%s', (_, again, starts, times) => {
    const runs = starts.map((startedAt) => ({ sequence: 'welcome', startedAt: at(startedAt) }));
    expect(entering(enrolledBy(again), aWorld({ runs }))).toHaveLength(times);
  });

  test('runs of another sequence do not count', () => {
    const runs = [{ sequence: 'other', startedAt: at('2026-03-01T09:00Z') }];
    expect(entering(enrolledBy('never'), aWorld({ runs }))).toHaveLength(1);
  });

  test('a call from another sequence keeps to the rule too', () => {
    const called = anEvent('sequence.called', { about: 'welcome' });
    expect(entering(enrolledBy('never'), ranSince('2026-01-01T09:00Z'), called)).toEqual([]);
  });

  test.each(['never', 'always', 'after 90 days'])('%s: a lead that is in it now does not enter', (again) => {
    const program = enrolledBy(again);
    const enrollment = anEnrollment(program, { startedAt: at('2020-01-01T09:00Z') });
    const running = [{ program, enrollment }];
    expect(entering(program, aWorld({ running, runs: [enrollment] }))).toEqual([]);
  });
});

describe('the same cause', () => {
  test.each(['never', 'always', 'after 90 days'])(
    '%s: begins a run of the same id, so that it is kept once',
    (again) => {
      const program = enrolledBy(again);
      expect(entering(program, aWorld())[0]?.id).toBe(entering(program, aWorld())[0]?.id);
    },
  );

  test('another one begins another run where a lead may come again', () => {
    const program = enrolledBy('always');
    const later = { ...submitted, id: 'form.submitted-2' };
    expect(entering(program, aWorld(), later)[0]?.id).not.toBe(entering(program, aWorld())[0]?.id);
  });

  test('another one begins the very same run where a lead comes once', () => {
    const program = enrolledBy('never');
    const later = { ...submitted, id: 'form.submitted-2' };
    expect(entering(program, aWorld(), later)[0]?.id).toBe(entering(program, aWorld())[0]?.id);
  });

  test('begins different runs for different leads', () => {
    const program = enrolledBy('never');
    const grace = { ...submitted, lead: 'grace' };
    expect(entering(program, aWorld(), grace)[0]?.id).not.toBe(entering(program, aWorld())[0]?.id);
  });
});

describe('nobody enters', () => {
  test.each(['unsubscribed', 'complained', 'hard-bounced', 'manual'] as const)(
    'whose address is suppressed (%s)',
    (suppression) => {
      expect(entering(enrolledBy('always'), aWorld({ facts: facts({ suppression }) }))).toEqual([]);
    },
  );

  test.each(['pending', 'denied'] as const)('whose consent is %s', (status) => {
    const consent = { status, source: 'form', at: at('2026-03-01T09:00Z') };
    expect(entering(enrolledBy('always'), aWorld({ facts: facts({ lead: { consent } }) }))).toEqual([]);
  });

  test('by the event that suppresses the address', () => {
    const sorry = aProgram({ enroll: { on: 'unsubscribed' } });
    expect(entering(sorry, aWorld(), anEvent('unsubscribed'))).toEqual([]);
  });

  test('for whom the condition does not hold', () => {
    const program = enrolledBy('always', { if: { 'lead.country': 'FR' } });
    expect(entering(program, aWorld({ facts: facts({ lead: { attributes: { country: 'DE' } } }) }))).toEqual([]);
  });

  test('by a call from another sequence, when the condition does not hold', () => {
    const program = enrolledBy('always', { if: { tag: 'vip' } });
    expect(entering(program, aWorld(), anEvent('sequence.called', { about: 'welcome' }))).toEqual([]);
  });
});

test('a condition for entering sees what its own event changed', () => {
  const program = aProgram({ enroll: { on: 'tag.added:vip', if: { tag: 'vip' } } });
  expect(entering(program, aWorld(), anEvent('tag.added', { about: 'vip' }))).toHaveLength(1);
});

describe('leaving', () => {
  const run = anEnrollment(aProgram());
  const noon = at('2026-03-02T12:00Z');

  test('ends a run with its time and reason', () => {
    expect(leave(run, 'replied', noon)).toMatchObject({
      status: 'ended',
      endedAt: noon,
      endedBecause: 'replied',
      dueAt: null,
      waitsFor: '',
    });
  });

  test('stands in the history, with the step it left from', () => {
    expect(leave(run, 'replied', noon).history).toEqual([{ at: noon, step: 'hello', did: 'left', because: 'replied' }]);
  });

  test('a second time changes nothing', () => {
    const ended = leave(run, 'replied', noon);
    expect(leave(ended, 'unsubscribed', at('2026-03-03T12:00Z'))).toBe(ended);
  });
});

describe("a lead's fields", () => {
  test('that are built in are set in their place', () => {
    expect(withFields(aLead(), { firstName: 'Ada' })).toMatchObject({ firstName: 'Ada', attributes: {} });
  });

  test('that are not built in become attributes, beside those there are', () => {
    const lead = aLead({ attributes: { country: 'FR' } });
    expect(withFields(lead, { company: 'Tallybay' }).attributes).toEqual({ country: 'FR', company: 'Tallybay' });
  });

  test('never change the address', () => {
    expect(withFields(aLead(), { email: 'eve@example.com' })).toEqual(aLead());
  });

  test('named like something else of a lead touch nothing but attributes', () => {
    expect(withFields(aLead(), { tags: 'vip' })).toMatchObject({ tags: [], attributes: { tags: 'vip' } });
  });
});
