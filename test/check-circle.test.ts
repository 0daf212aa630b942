import { describe, expect, test } from '@jest/globals';
import { findEndlessCircle } from '../src/sequence/check-circle.js';
import { aProgram } from './builders.js';

type Written = Readonly<Record<string, unknown>>;

/** The circle among these sequences, by their names; "none" where there is none. */
function circle(files: Readonly<Record<string, Written>>): string {
  const programs = Object.entries(files).map(([name, file]) => aProgram(file, name));
  return findEndlessCircle(programs)?.path.join(' → ') ?? 'none';
}

/** A sequence that anybody may enter at any time by this trigger. */
function open(on: string, ...steps: readonly Written[]): Written {
  return { enroll: { on, again: 'always' }, steps };
}

const leadsBack = { enroll: 'a' };

describe('sequences turn for ever when each step sets the next going', () => {
  test.each<[string, Written, string]>([
    ['a tag', { tag: 'x' }, 'tag.added:x'],
    ['any tag', { tag: ['x', 'y'] }, 'tag.added'],
    ['a tag like the one named', { tag: 'warm-lead' }, 'tag.added:warm*'],
    ['a tag that is taken off', { untag: 'x' }, 'tag.removed:x'],
    ['a field', { set: { 'lead.plan': 'gold' } }, 'field.changed:plan'],
    ['any field', { set: { 'lead.plan': 'gold' } }, 'field.changed'],
    ['a change of the lead', { set: { 'lead.plan': 'gold' } }, 'lead.updated'],
    ['a stage', { stage: 'customer' }, 'stage.entered:customer'],
    ['any stage', { stage: 'customer' }, 'stage.entered'],
    ['points', { score: 5, why: 'x' }, 'score.adjusted'],
    ['the end of a sequence', { unenroll: 'c' }, 'sequence.ended:c'],
  ])('by %s', (_, step, trigger) => {
    expect(circle({ a: { steps: [step] }, b: open(trigger, leadsBack) })).toBe('a → b → a');
  });

  test.each<[string, Written, Written]>([
    ['another tag', { tag: 'y' }, open('tag.added:x', leadsBack)],
    ['a tag that is put on instead of off', { tag: 'x' }, open('tag.removed:x', leadsBack)],
    ['another field', { set: { 'lead.size': 5 } }, open('field.changed:plan', leadsBack)],
    ['another stage', { stage: 'lead' }, open('stage.entered:customer', leadsBack)],
    ['a stage that is not its own', { stage: 'lead' }, { ...open('stage.entered', leadsBack), stage: 'customer' }],
    ['a tag, once', { tag: 'x' }, { ...open('tag.added:x', leadsBack), enroll: { on: 'tag.added:x', again: 'never' } }],
    [
      'a tag, after a time',
      { tag: 'x' },
      { ...open('tag.added:x', leadsBack), enroll: { on: 'tag.added:x', again: 'after 1 day' } },
    ],
    [
      'a tag, once for each value',
      { tag: 'x' },
      { ...open('tag.added:x', leadsBack), enroll: { on: 'tag.added:x', again: { perKey: 'id' } } },
    ],
  ])('and not by %s', (_, step, b) => {
    expect(circle({ a: { steps: [step] }, b })).toBe('none');
  });

  test('of its own stage', () => {
    const b = { ...open('stage.entered', leadsBack), stage: 'customer' };
    expect(circle({ a: { steps: [{ stage: 'customer' }] }, b })).toBe('a → b → a');
  });
});

describe('what stands before the step that leads back', () => {
  const hello = { send: 'hello', subject: 'Hello' };
  const before = (...steps: readonly Written[]) =>
    circle({ a: { steps: [...steps, { enroll: 'b' }] }, b: { steps: [leadsBack] } });
  const inside = (step: Written) => circle({ a: { steps: [step] }, b: { steps: [leadsBack] } });
  const on = [{ enroll: 'b' }];
  const pause = [{ wait: '1 day' }];

  test.each<[string, Written]>([
    ['a mail', hello],
    ['a notice', { notify: { email: 'sales@example.com', template: 'hot' } }],
    ['a webhook', { webhook: { url: 'https://crm.example.com' } }],
    ['a goal that is waited for, as it may be reached', { goal: { tag: 'x' }, else: 'wait' }],
    ['a wait for something, as it may come at once', { waitFor: { tag: 'x' }, upTo: '9 days' }],
    ['a wait that may be passed over', { wait: '9 days', if: { tag: 'x' } }],
    ['a pick', { pick: [hello], quiet: '4 days' }],
    ['an exit that may be passed over', { exit: 'x', if: { tag: 'x' } }],
  ])('(%s) does not break the circle', (_, step) => {
    expect(before(step)).toBe('a → b → a');
  });

  test.each<[string, Written]>([
    ['a wait', { wait: '1 minute' }],
    ['a wait for a moment', { wait: { until: 'monday' } }],
    ['an exit', { exit: 'x' }],
    ['a wait on each way', { choose: [{ if: { tag: 'x' }, then: pause }], otherwise: pause }],
    ['a wait on each way of a split', { split: { a: { steps: pause }, b: { steps: pause } } }],
  ])('(%s) breaks it', (_, step) => {
    expect(before(step)).toBe('none');
  });

  test.each<[string, Written, string]>([
    ['when what is waited for comes', { waitFor: 'replied', upTo: '9 days', then: on }, 'a → b → a'],
    ['but not when it was waited for in vain', { waitFor: 'replied', upTo: '9 days', then: pause, else: on }, 'none'],
    [
      'on a way of a choice',
      {
        choose: [
          { if: { tag: 'x' }, then: pause },
          { if: { tag: 'y' }, then: on },
        ],
      },
      'a → b → a',
    ],
    ['on the otherwise of a choice', { choose: [{ if: { tag: 'x' }, then: pause }], otherwise: on }, 'a → b → a'],
    ['on a way of a split', { split: { a: hello, b: { steps: on } } }, 'a → b → a'],
    [
      'when a wait for something is passed over',
      { waitFor: 'replied', upTo: '9 days', then: pause, else: pause, if: { tag: 'x' } },
      'none',
    ],
  ])('it turns %s', (_, step, found) => {
    expect(inside(step)).toBe(found);
  });
});

test('the step is named that closes the circle', () => {
  const a = aProgram({ steps: [{ tag: 'x' }, { id: 'on', enroll: 'b' }] }, 'a');
  const b = aProgram({ steps: [{ id: 'back', enroll: 'a' }] }, 'b');
  expect(findEndlessCircle([a, b])?.step.id).toBe('back');
});
