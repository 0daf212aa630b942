import { describe, expect, test } from '@jest/globals';
import { advance, mindsEvents } from '../src/journey/advance.js';
import { mayMatter } from '../src/journey/react.js';
import { simulate } from '../src/simulation/simulate.js';
import { noSales, type Sales } from '../src/sequence/sales-file.js';
import { anEnrollment, anEvent, aProgram, aProject, at, aWorld, changesOf, facts } from './builders.js';

const monday = at('2026-03-02T09:00Z');
const program = aProgram({
  enroll: { on: 'form.submitted' },
  steps: [
    { id: 'give', handOver: { why: 'it is ready' } },
    { id: 'pause', wait: '1 day' },
  ],
});
const sales: Sales = {
  ...noSales,
  owners: [{ email: 'dana@tallybay.com', name: 'Dana', weight: 1, away: [] }],
  otherwise: ['dana@tallybay.com'],
};
const owned = facts({ lead: { attributes: { owner: 'dana@tallybay.com' } }, score: 12 });

describe('a step that hands over', () => {
  test('asks for an owner where the lead has none, and waits there', () => {
    const { enrollment, handOver } = advance(program, anEnrollment(program), facts(), monday);
    expect(handOver?.step.id).toBe('give');
    expect(enrollment).toMatchObject({
      step: 'give',
      waitsFor: 'an owner',
      dueAt: at('2026-03-02T09:15Z'),
      raised: [],
    });
    expect(mindsEvents(program, enrollment)).toBe(true);
  });
  test('asks again while there is none: whoever was asked may have died', () => {
    const waiting = advance(program, anEnrollment(program), facts(), monday).enrollment;
    expect(advance(program, waiting, facts(), at('2026-03-02T09:15Z')).handOver?.step.id).toBe('give');
  });
  test.each([
    ['nobody', ''],
    ['nobody at all', '  '],
    ['a number', 7],
  ])('takes %s for no owner', (_, owner) => {
    expect(
      advance(program, anEnrollment(program), facts({ lead: { attributes: { owner } } }), monday).handOver,
    ).toBeDefined();
  });
  test('tells whom it gives the lead to, with the score of that moment, and goes on', () => {
    const { enrollment, handOver } = advance(program, anEnrollment(program), owned, monday);
    expect(handOver).toBeUndefined();
    expect(enrollment).toMatchObject({ step: 'pause', waitsFor: 'its own changes' });
    expect(enrollment.raised).toMatchObject([
      {
        type: 'handed-over',
        about: 'dana@tallybay.com',
        why: 'it is ready',
        data: { score: 12, engagement: 12, fit: 0 },
        source: 'sequence',
        step: 'give',
      },
    ]);
    expect(enrollment.history.at(-1)).toMatchObject({
      did: 'handed over to dana@tallybay.com',
      because: 'it is ready',
    });
  });
  test('raises the same event when it is decided again, so that it is told once', () => {
    const ids = [monday, at('2026-03-02T10:00Z')].map(
      (now) => advance(program, anEnrollment(program), owned, now).enrollment.raised[0]?.id,
    );
    expect(ids[0]).toBe(ids[1]);
  });
  test('names what began the run where the file gives no reason', () => {
    const plain = aProgram({ steps: [{ id: 'give', handOver: {} }] });
    const { enrollment } = advance(plain, anEnrollment(plain), owned, monday);
    expect(enrollment.raised[0]?.why).toBe('form.submitted');
  });
  test('is passed over like any other when its condition does not hold', () => {
    const only = aProgram({ steps: [{ id: 'give', handOver: {}, if: { tag: 'hot' } }, { wait: '1 day' }] });
    const { enrollment, handOver } = advance(only, anEnrollment(only), facts(), monday);
    expect(handOver).toBeUndefined();
    expect(enrollment.step).toBe('2');
  });
});

describe('an owner that is assigned', () => {
  const project = aProject({ programs: [program] });
  const assigned = anEvent('owner.assigned', { id: 'a', about: 'dana@tallybay.com', at: monday });

  test('stands in the field of the lead, and wakes the run that waits for one', () => {
    const waiting = advance(program, anEnrollment(program), facts(), monday).enrollment;
    const world = aWorld({ running: [{ enrollment: waiting, program }] });
    expect(mayMatter(assigned, project)).toBe(true);
    expect(changesOf(assigned, world, project)).toEqual(
      expect.arrayContaining([
        { kind: 'fields', fields: { owner: 'dana@tallybay.com' } },
        { kind: 'wake', enrollments: [waiting.id] },
      ]),
    );
  });
  test('is not undone by an earlier turn that is told late', () => {
    const later = anEvent('owner.assigned', { id: 'b', about: 'joe@tallybay.com', at: at('2026-03-02T10:00Z') });
    const world = aWorld({ facts: facts({ events: [assigned, later] }) });
    expect(changesOf(assigned, world, project).filter(({ kind }) => kind === 'fields')).toEqual([]);
    expect(changesOf(later, world, project)).toContainEqual({ kind: 'fields', fields: { owner: 'joe@tallybay.com' } });
  });
});

describe('a simulation', () => {
  const played = (known: Sales | undefined, lead = {}) => {
    const notice = {
      notify: { email: 'team@tallybay.com', template: 'told', subject: '{{dossier.name}}: {{dossier.score}}' },
    };
    const whole = aProgram({
      send: { from: 'mara@tallybay.com' },
      steps: [{ id: 'give', handOver: {} }, { id: 'tell', ...notice }, { wait: '1 day' }],
    });
    const project = { ...aProject({ programs: [whole] }), ...(known ? { sales: known } : {}) };
    const world = aWorld({ facts: facts({ lead: { firstName: 'Ada', ...lead } }) });
    const script = [anEvent('sequence.called', { about: 'welcome', at: monday })];
    const moments = simulate(world, project, { from: monday, until: at('2026-05-31T09:00Z'), script });
    return moments.map(({ kind, what, because }) => [kind, what, because]);
  };

  test('gives the lead to the first whose turn it may be, and goes on at once', () => {
    expect(played(sales)).toEqual([
      ['event', 'sequence.called welcome', 'told by test'],
      ['enter', 'entered', 'called by test'],
      ['event', 'owner.assigned dana@tallybay.com', 'told by sales'],
      ['step', 'handed over to dana@tallybay.com', 'called by test'],
      ['notice', 'Ada: 0', 'to team@tallybay.com'],
      ['step', 'notified', 'team@tallybay.com'],
      ['wait', 'waits', '1 day to pass'],
      ['leave', 'left', 'finished'],
    ]);
  });
  test('leaves a lead with its owner', () => {
    const told = played(sales, { attributes: { owner: 'kim@tallybay.com' } });
    expect(told).toContainEqual(['step', 'handed over to kim@tallybay.com', 'called by test']);
    expect(told.flat().join()).not.toContain('owner.assigned');
  });
  test('stops where there is nobody, and looks for nobody for ninety days', () => {
    expect(played(undefined)).toEqual([
      ['event', 'sequence.called welcome', 'told by test'],
      ['enter', 'entered', 'called by test'],
    ]);
  });
});
