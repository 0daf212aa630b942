import { expect, test } from '@jest/globals';
import { type Due, type Engine, recordEvent, runDueSteps } from '../src/engine.js';
import type { Enrollment } from '../src/journey/enrollment.js';
import { anEnrollment, anEvent, aProgram, aProject, at, aWorld, facts } from './builders.js';

/** An engine in memory that hands out `due` and notes in order what is asked of it. */
function anEngine(due: readonly Due[], lost: readonly string[] = []) {
  const asked: string[] = [];
  const faults: unknown[] = [];
  const saved: Enrollment[] = [];
  const engine: Engine = {
    now: () => at('2026-03-02T09:00Z'),
    project: () => aProject(),
    due: async () => due.map(({ enrollment }) => enrollment),
    postpone: async (ids) => void asked.push(`postpone ${ids.join(' ')}`),
    gather: async (enrollments) => due.filter(({ enrollment }) => enrollments.includes(enrollment)),
    wake: async (ids) => void asked.push(`wake ${ids.join(' ')}`),
    save: async (changes) => {
      const enrollments = changes.map(({ to }) => to);
      saved.push(...enrollments);
      asked.push(`save ${enrollments.map(({ id }) => id).join(' ')}`);
      return new Set(enrollments.map(({ id }) => id).filter((id) => !lost.includes(id)));
    },
    clearRaised: async ({ id }) => void asked.push(`clear ${id}`),
    plan: async (sends) => {
      asked.push(`plan ${sends.map(({ due: one, step }) => `${one.enrollment.id}/${step.id}`).join(' ')}`);
      return [];
    },
    planCalls: async (calls) => {
      if (calls.length > 0) asked.push(`call ${calls.map(({ step }) => step.id).join(' ')}`);
    },
    findOwners: async () => [],
    confirm: async () => {},
    keepEvents: async (events) => {
      asked.push(`keep ${events.map(({ event }) => event.type).join(' ')}`);
      return events.map(() => 'new');
    },
    markApplied: async (events) => void asked.push(`applied ${events.map(({ type }) => type).join(' ')}`),
    gatherWorlds: async (events) => new Map(events.map(({ lead }) => [lead, aWorld()])),
    gatherWorld: async () => aWorld(),
    makeChanges: async (made) => void asked.push(...made.map(({ change }) => `change ${change.kind}`)),
    onFault: (error) => void faults.push(error),
  };
  return { engine, asked, faults, saved };
}

const greeting = aProgram({ steps: [{ id: 'hello', send: 'hello', subject: 'Hello' }] });
const tagging = aProgram({ steps: [{ tag: 'engaged' }, { wait: '1 day' }] });

const due = (id: string, program = greeting): Due => ({
  enrollment: anEnrollment(program, { id }),
  program,
  facts: facts(),
});

test('what was decided is saved before anything is done', async () => {
  const { engine, asked } = anEngine([due('a'), due('b')]);
  await runDueSteps(engine, { limit: 500 });
  expect(asked).toEqual(['save a b', 'plan a/hello b/hello']);
});

test('of two that decided on the same enrollment, the one whose save came too late does nothing', async () => {
  const { engine, asked } = anEngine([due('a'), due('b')], ['a']);
  await runDueSteps(engine, { limit: 500 });
  expect(asked).toEqual(['save a b', 'plan b/hello']);
});

test('raised events are recorded after the save, and then forgotten', async () => {
  const { engine, asked } = anEngine([due('a', tagging)]);
  await runDueSteps(engine, { limit: 500 });
  expect(asked).toEqual(['save a', 'plan ', 'keep tag.added', 'change tag', 'applied tag.added', 'clear a']);
});

test('events that a dead process left raised are recorded before anything new is decided', async () => {
  const left = { ...due('a', tagging) };
  const raised = { ...left, enrollment: { ...left.enrollment, raised: [anEvent('tag.added', { about: 'engaged' })] } };
  const { engine, asked } = anEngine([raised, due('b')]);
  await runDueSteps(engine, { limit: 500 });
  expect(asked).toEqual(['keep tag.added', 'change tag', 'applied tag.added', 'clear a', 'save b', 'plan b/hello']);
});

test('a mistake of ours about one enrollment is told by its id and stops that one alone', async () => {
  const unreadable = {
    ...facts(),
    get mails(): never {
      throw new Error('no mails to be had');
    },
  };
  const broken = { ...due('broken'), facts: unreadable };
  const { engine, asked, faults } = anEngine([broken, due('b')]);
  await runDueSteps(engine, { limit: 500 });
  expect(asked).toEqual(['postpone broken', 'save b', 'plan b/hello']);
  expect(faults).toHaveLength(1);
  expect(String(faults[0])).toContain('enrollment broken in');
});

test('an event that nothing waits for is kept as settled, and nobody is looked up for it', async () => {
  const { engine, asked } = anEngine([]);
  await recordEvent(anEvent('delivered'), engine);
  expect(asked).toEqual(['keep delivered']);
});

test('an event that was taken to its end before changes nothing', async () => {
  const { engine, asked } = anEngine([]);
  const isNew = await recordEvent(anEvent('unsubscribed'), { ...engine, keepEvents: async () => ['done'] });
  expect(isNew).toBe(false);
  expect(asked).toEqual([]);
});

test('an event that was kept but cut short is taken up again', async () => {
  const { engine, asked } = anEngine([]);
  const isNew = await recordEvent(anEvent('complained'), { ...engine, keepEvents: async () => ['open'] });
  expect(isNew).toBe(false);
  expect(asked).toEqual(['change suppress', 'applied complained']);
});
