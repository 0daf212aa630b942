import { expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { judge } from '../src/journey/condition.js';
import { stageAfter } from '../src/scoring/funnel.js';
import type { Condition } from '../src/sequence/condition-file.js';
import { aFunnel, anEvent, facts } from './builders.js';

const funnel = aFunnel({
  welcome: { on: 'lead.created' },
  consideration: { if: { score: { gte: 25 } } },
  decision: { on: ['page.viewed:/pricing', 'replied'], if: { score: { gte: 50 } } },
  customer: { on: 'converted' },
});

/** The stage that an event lets a lead enter whose score is `score`. */
function stageFor(event: LeadEvent, current: string | undefined, score = 0): string | undefined {
  const holds = (condition: Condition): boolean => judge(condition, facts({ score }), event.at).holds;
  return stageAfter(funnel, current, event, holds)?.name;
}

test('a new lead enters the first stage by its event', () => {
  expect(stageFor(anEvent('lead.created'), undefined)).toBe('welcome');
});

test('an event that no stage names lets nobody in whose score is low', () => {
  expect(stageFor(anEvent('opened'), 'welcome', 24)).toBeUndefined();
});

test('a stage without an event is entered as soon as its condition holds, by any event', () => {
  expect(stageFor(anEvent('opened'), 'welcome', 25)).toBe('consideration');
});

test('a stage without a condition is entered by its event, whatever the score', () => {
  expect(stageFor(anEvent('converted'), 'welcome', 0)).toBe('customer');
});

test('a stage with both is not entered by its event alone', () => {
  expect(stageFor(anEvent('replied'), 'consideration', 49)).toBeUndefined();
});

test('a stage with both is not entered by its condition alone', () => {
  expect(stageFor(anEvent('opened'), 'consideration', 50)).toBeUndefined();
});

test('a stage with both is entered when its event finds its condition true', () => {
  expect(stageFor(anEvent('replied'), 'consideration', 50)).toBe('decision');
});

test('any one of several events is enough', () => {
  expect(stageFor(anEvent('page.viewed', { about: '/pricing' }), 'consideration', 50)).toBe('decision');
});

test('an event about something else is another event', () => {
  expect(stageFor(anEvent('page.viewed', { about: '/jobs' }), 'consideration', 50)).toBeUndefined();
});

test('of several stages that a lead may enter, it enters the furthest', () => {
  expect(stageFor(anEvent('replied'), 'welcome', 50)).toBe('decision');
});

test('a lead may skip stages it does not fulfil', () => {
  expect(stageFor(anEvent('converted'), undefined, 0)).toBe('customer');
});

test('nobody moves backwards', () => {
  expect(stageFor(anEvent('replied'), 'customer', 50)).toBeUndefined();
});

test('nobody enters the stage they are in', () => {
  expect(stageFor(anEvent('converted'), 'customer', 0)).toBeUndefined();
});

test('a machine moves nobody by an event', () => {
  expect(stageFor(anEvent('converted', { machine: true }), 'welcome', 0)).toBeUndefined();
});

test('a machine moves nobody by a condition', () => {
  expect(stageFor(anEvent('opened', { machine: true }), 'welcome', 25)).toBeUndefined();
});

test('a lead in a stage that the funnel no longer has starts again from the first', () => {
  expect(stageFor(anEvent('lead.created'), 'renamed')).toBe('welcome');
});
