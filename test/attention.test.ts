import { describe, expect, test } from '@jest/globals';
import { type Attention, attentionOf } from '../src/sequence/attention.js';
import type { Condition } from '../src/sequence/condition-file.js';
import { aCondition, aFunnel, aProgram, aScoring } from './builders.js';

type Written = Readonly<Record<string, unknown>>;

/** What a project of one sequence looks for. */
function attention(file: Written, segments: Readonly<Record<string, Written>> = {}): Attention {
  return attentionOf({
    programs: [aProgram(file)],
    funnel: [],
    scoring: aScoring(),
    segments: new Map(
      Object.entries(segments).map(([name, written]): [string, Condition] => [name, aCondition(written)]),
    ),
  });
}

const order = { event: 'order.placed' };
const tag = [{ tag: 'a' }];

describe('an event is counted in histories when it is asked for', () => {
  test.each<[string, Written]>([
    ['in the condition of a step', { steps: [{ tag: 'a', if: order }] }],
    ['in a branch', { steps: [{ if: { not: { any: [order, { tag: 'b' }] } }, then: tag }] }],
    ['in a choice', { steps: [{ choose: [{ if: order, then: tag }] }] }],
    ['in a wait for a condition', { steps: [{ waitFor: order, upTo: '1 day' }] }],
    ['in a wait for the event itself', { steps: [{ waitFor: 'order.placed:big', upTo: '1 day' }] }],
    ['in a goal of a step', { steps: [{ goal: order }] }],
    ['in a pool', { steps: [{ pick: [{ send: 'a', subject: 'A', if: order }] }] }],
    [
      'further inside',
      {
        steps: [
          { split: { a: { steps: [{ if: { tag: 'x' }, then: [{ tag: 'a', if: order }] }] }, b: { steps: tag } } },
        ],
      },
    ],
    ['by the goal of the sequence', { goal: order }],
    ['by what ends it', { exit: { if: order } }],
    ['by who may enter', { enroll: { on: 'replied', if: order } }],
    ['by an audience', { schedule: '0 10 1 * *', audience: order }],
  ])('%s', (_, file) => {
    const { counted, minded } = attention(file);
    expect([...counted]).toEqual(['order.placed']);
    expect(minded.has('order.placed')).toBe(true);
  });

  test('by a segment, also by way of another', () => {
    const segments = { buyers: order, known: { segment: 'buyers' } };
    expect([...attention({}, segments).counted]).toEqual(['order.placed']);
    expect([...attention({ steps: [{ tag: 'a', if: { segment: 'known' } }] }, segments).counted]).toEqual([
      'order.placed',
    ]);
  });

  test('by the funnel', () => {
    const funnel = aFunnel({ customer: { if: order } });
    expect([...attentionOf({ programs: [], funnel, scoring: aScoring(), segments: new Map() }).counted]).toEqual([
      'order.placed',
    ]);
  });

  test.each<[string, Written, string]>([
    [
      'fields that change, in the events that tell of them',
      { waitFor: 'field.changed:plan', upTo: '1 day' },
      'lead.updated',
    ],
    ['fields that changed, in a condition', { tag: 'a', if: { event: 'field.changed', path: 'plan' } }, 'lead.updated'],
    ['events with what they were about', { tag: 'a', if: { event: 'form.submitted:paper' } }, 'form.submitted'],
    ['clicks, for interests', { pick: [{ send: 'a', subject: 'A', interests: 'https://example.com/*' }] }, 'clicked'],
  ])('%s', (_, step, type) => {
    expect([...attention({ steps: [step] }).counted]).toEqual([type]);
  });

  test('and no other event is', () => {
    const { counted } = attention({
      steps: [{ pick: [{ send: 'a', subject: 'A' }] }, { tag: 'a', if: { opened: '1.a' } }],
    });
    expect([...counted]).toEqual([]);
  });
});

describe('an event is minded, though not counted, that', () => {
  test.each<[string, Written, string]>([
    ['brings leads in', { enroll: { on: 'form.submitted:paper' } }, 'form.submitted'],
    ['ends runs', { exit: { on: ['replied', 'trial.ended'] } }, 'trial.ended'],
    ['tells of changed fields, for a trigger', { enroll: { on: 'field.changed:plan' } }, 'lead.updated'],
  ])('%s', (_, file, type) => {
    const { counted, minded } = attention(file);
    expect(minded.has(type)).toBe(true);
    expect(counted.has(type)).toBe(false);
  });

  test('moves leads in the funnel or scores', () => {
    const funnel = aFunnel({ customer: { on: 'converted' } });
    const scoring = aScoring([{ on: 'clicked:https://example.com/*', points: 5 }]);
    const { minded } = attentionOf({ programs: [], funnel, scoring, segments: new Map() });
    expect([...minded]).toEqual(['converted', 'clicked']);
  });
});

describe('a segment is watched that', () => {
  const segments = { hot: { score: { gte: 60 } }, cold: { score: { lt: 5 } } };

  test.each<[string, Written]>([
    ['brings leads in', { enroll: { on: 'segment.entered:hot' } }],
    ['ends runs', { exit: { on: 'segment.left:hot' } }],
    ['a step waits for', { steps: [{ waitFor: 'segment.entered:hot', upTo: '1 day' }] }],
    ['a condition looks for in the history', { steps: [{ tag: 'a', if: { event: 'segment.left', path: 'hot' } }] }],
  ])('%s', (_, file) => {
    expect([...attention(file, segments).segments]).toEqual(['hot']);
  });

  test('and not one that is only asked for, or that is not there', () => {
    const file = { enroll: { on: 'segment.entered:gone' }, steps: [{ tag: 'a', if: { segment: 'hot' } }] };
    expect([...attention(file, segments).segments]).toEqual([]);
  });
});
