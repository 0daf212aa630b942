import { describe, expect, test } from '@jest/globals';
import type { LeadEvent } from '../src/event/lead-event.js';
import { amountInWords, answerInWords } from '../src/sales/answer-words.js';
import { answersIn, handOverOf, standingAnswer } from '../src/sales/standing.js';
import { noSales } from '../src/sequence/sales-file.js';
import { anEvent, at } from './builders.js';

const given = anEvent('handed-over', { id: 'given', about: 'dana@tallybay.com', at: at('2026-03-02T09:00Z') });

function said(answer: string, time: string, data: LeadEvent['data'] = {}, id = `${answer} ${time}`): LeadEvent {
  return anEvent('sales.answered', { id, about: answer, at: at(time), data });
}

describe('the answer that counts', () => {
  test('is the newest, in whatever order they are told; those before it stay in the history', () => {
    const events = [said('lost', '2026-03-05T09:00Z'), said('contacted', '2026-03-03T09:00Z')];
    expect(standingAnswer(events)?.answer).toBe('lost');
    expect(answersIn(events).map(({ answer }) => answer)).toEqual(['contacted', 'lost']);
  });
  test('of several at one instant is the one that was given upon the others', () => {
    const now = '2026-03-03T09:00Z';
    const [a, b, c] = [
      said('contacted', now, {}, 'a'),
      said('won', now, { after: 'a' }, 'b'),
      said('lost', now, { after: 'b' }, 'c'),
    ];
    for (const events of [
      [a, b, c],
      [a, c, b],
      [b, a, c],
      [b, c, a],
      [c, a, b],
      [c, b, a],
    ])
      expect(standingAnswer(events)?.answer).toBe('lost');
  });
  test('is the one before, once the newest is taken back', () => {
    const events = [
      said('contacted', '2026-03-03T09:00Z'),
      said('won', '2026-03-04T09:00Z', { value: 10 }, 'slip'),
      said('taken-back', '2026-03-04T09:01Z', { of: 'slip' }),
    ];
    expect(standingAnswer(events)?.answer).toBe('contacted');
    expect(answersIn(events).map(({ answer, isTakenBack }) => [answer, isTakenBack])).toEqual([
      ['contacted', false],
      ['won', true],
    ]);
  });
  test('is none where nobody has answered, or all is taken back', () => {
    expect(standingAnswer([given])).toBeUndefined();
    const slip = said('won', '2026-03-04T09:00Z', {}, 'slip');
    expect(standingAnswer([slip, said('taken-back', '2026-03-04T09:01Z', { of: 'slip' })])).toBeUndefined();
  });
  test('keeps what is of the kind that it should be, and passes over the rest', () => {
    const odd = said('won', '2026-03-04T09:00Z', { value: 'much', currency: 7, note: 'ok', by: 'dana' });
    const [answer] = answersIn([odd, said('maybe', '2026-03-05T09:00Z')]);
    expect(answer).toEqual({
      id: odd.id,
      lead: 'ada',
      at: odd.at,
      answer: 'won',
      note: 'ok',
      by: 'dana',
      isTakenBack: false,
    });
  });
});

describe('a hand-over', () => {
  test('waits until somebody answers', () => {
    expect(handOverOf([given])).toEqual({
      lead: 'ada',
      at: given.at,
      owner: 'dana@tallybay.com',
      state: 'waiting',
    });
  });
  test.each([
    ['contacted', 'active'],
    ['not-reachable', 'active'],
    ['still-interested', 'active'],
    ['not-interested', 'closed'],
    ['won', 'closed'],
    ['lost', 'closed'],
  ])('that is answered with %s is %s', (answer, state) => {
    expect(handOverOf([given, said(answer, '2026-03-03T09:00Z')])).toMatchObject({ state, answer: { answer } });
  });
  test('waits again after another hand-over: an answer before it was about the earlier one', () => {
    const again = anEvent('handed-over', { id: 'again', about: 'joe@tallybay.com', at: at('2026-06-01T09:00Z') });
    expect(handOverOf([given, said('not-interested', '2026-03-03T09:00Z'), again])).toMatchObject({
      owner: 'joe@tallybay.com',
      at: again.at,
      state: 'waiting',
    });
  });
  test('that never was is none', () => {
    expect(handOverOf([said('won', '2026-03-03T09:00Z')])).toBeUndefined();
  });
});

describe('an answer in words', () => {
  const titles = { ...noSales, titles: { ...noSales.titles, won: 'Signed' } };
  test('says when, what, how much, by whom, and the note', () => {
    const [answer] = answersIn([
      said('won', '2026-03-03T23:30Z', {
        value: 4800,
        currency: 'EUR',
        by: 'dana@tallybay.com',
        note: 'Starts in May.',
      }),
    ]);
    expect(answer && answerInWords(answer, { ...titles, timeZone: 'Europe/Paris' })).toBe(
      '4 March 2026: Signed, €4,800, by dana@tallybay.com: “Starts in May.”',
    );
  });
  test('leaves out what was not said', () => {
    const [answer] = answersIn([said('contacted', '2026-03-03T09:00Z')]);
    expect(answer && answerInWords(answer, noSales)).toBe('3 March 2026: Contacted');
  });
  test.each([
    [4800, 'USD', 'US$4,800'],
    [4800.5, 'EUR', '€4,800.50'],
    [0, 'EUR', '€0'],
    [1234567.891, undefined, '1,234,567.89'],
  ])('has %d in %s as %s', (value, currency, words) => {
    expect(amountInWords(value, currency)).toBe(words);
  });
});
