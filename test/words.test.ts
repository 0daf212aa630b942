import { describe, expect, test } from '@jest/globals';
import { conditionInWords, entryInWords, stepInWords, windowInWords } from '../src/sequence/words.js';
import { aCondition, aProgram } from './builders.js';

describe('a sequence in words', () => {
  test.each([
    [{ clicked: 'paper' }, '“paper” was clicked'],
    [{ replied: 'paper' }, '“paper” was replied to'],
    [{ clicked: 'https://example.com/x' }, 'the link https://example.com/x was clicked'],
    [{ 'lead.country': 'FR' }, 'country is “FR”'],
    [{ 'lead.size': { gte: 10, lt: 50 } }, 'size is at least 10 and is less than 50'],
    [{ 'lead.phone': { exists: false } }, 'phone is not known'],
    [{ not: { tag: 'vip' } }, 'not the lead has the tag “vip”'],
    [
      { event: 'page.viewed', path: '/pricing', within: '7 days', atLeast: 2 },
      'page.viewed /pricing came at least 2 times within 7 days',
    ],
    [
      { any: [{ tag: 'a' }, { all: [{ tag: 'b' }, { stage: 'c' }] }] },
      'the lead has the tag “a” or (the lead has the tag “b” and the stage is c)',
    ],
  ])('%j reads "%s"', (written, words) => {
    expect(conditionInWords(aCondition(written))).toBe(words);
  });

  test.each([
    [{ wait: '3 days' }, 'Wait 3 days'],
    [{ wait: { until: 'tuesday 10:00' } }, "Wait until Tuesday 10:00, in the lead's time zone"],
    [{ score: -5, why: 'went quiet' }, 'Score -5: went quiet'],
    [{ tag: ['a', 'b'] }, 'Tag: a, b'],
    [{ set: { 'lead.read': true } }, 'Set read to true'],
    [{ exit: 'done' }, 'Leave the sequence: done'],
  ])('the step %j reads "%s"', (written, words) => {
    const [step] = aProgram({ steps: [written] }).steps.values();
    if (!step || step.kind === 'send' || step.kind === 'branch' || step.kind === 'enroll' || step.kind === 'unenroll')
      throw new Error('other kind');
    expect(stepInWords(step)).toBe(words);
  });

  test.each([
    [[1, 2, 3, 4, 5], 540, 1020, 'lead', "Monday to Friday, 09:00–17:00, in the lead's time zone"],
    [[2, 4], 0, 1440, 'UTC', 'Tuesday, Thursday, all day, UTC'],
    [[1, 2, 3, 4, 5, 6, 7], 0, 720, 'UTC', 'every day, 00:00–12:00, UTC'],
  ])('the window %j %i %i %s reads "%s"', (days, from, to, timeZone, words) => {
    expect(windowInWords({ days, from, to, timeZone, holidays: [] })).toBe(words);
  });

  test('says how leads come in, and when they may come again', () => {
    const enroll = { on: ['stage.entered', 'form.submitted:paper'], again: 'after 90 days' };
    expect(entryInWords(aProgram({ stage: 'trial', enroll }))).toBe(
      'When the stage trial is entered or form.submitted: paper comes; again after 90 days at the earliest',
    );
  });
});
