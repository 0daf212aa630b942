import { describe, expect, test } from '@jest/globals';
import { assert, double, integer, nat, property, record } from 'fast-check';
import { linksOf, luckOf } from '../src/simulation/crowd.js';
import { type Crowd, type Figures, openMonteCarlo, type StepFigures } from '../src/simulation/monte-carlo.js';
import { compileTemplate } from '../src/message/template.js';
import type { Project } from '../src/sequence/project.js';
import { type Rates, RatesFile, ratesFor } from '../src/simulation/rates-file.js';
import { aFunnel, aProgram, aProject, aScoring, at } from './builders.js';

const welcome = aProgram({
  stage: 'new',
  enroll: { on: 'stage.entered' },
  exit: { on: 'replied', onStageChange: true },
  steps: [
    { send: 'hello', subject: 'Hello' },
    { wait: '3 days' },
    { send: 'tips', subject: 'Tips' },
    { wait: '3 days' },
    { exit: 'read to the end' },
  ],
});
const warm = aProgram(
  { stage: 'warm', enroll: { on: 'stage.entered' }, steps: [{ send: 'case', subject: 'Case' }] },
  'warm',
);
const project = aProject({
  programs: [welcome, warm],
  scoring: aScoring([{ id: 'click', on: 'clicked', points: 10 }]),
  funnel: aFunnel({ new: { on: 'lead.created' }, warm: { if: { score: { gte: 10 } } } }),
});

/** What becomes of so many leads in 20 days from Monday, 2 March 2026. */
function figures(
  rates: Rates,
  { leads = 50, ...changes }: Partial<Omit<Crowd, 'leads'>> & { leads?: number } = {},
  of: Project = project,
): Figures {
  const crowd: Crowd = {
    leads: Array.from({ length: leads }, (_, i) => ({ email: `lead${i}@example.com` })),
    seed: 7,
    rates,
    from: at('2026-03-02T09:00Z'),
    until: at('2026-03-22T09:00Z'),
    all: true,
    defaultTimeZone: 'UTC',
    ...changes,
  };
  const run = openMonteCarlo(crowd, of);
  while (run.playNext());
  return run.figures();
}

function mail({ steps }: Figures, name: string): StepFigures | undefined {
  return steps.find(({ sequence, step }) => `${sequence}/${step}` === name);
}

const some: Rates = {
  opened: 0.5,
  clicked: 0.2,
  replied: 0.1,
  unsubscribed: 0.05,
  complained: 0.02,
  bounced: 0.1,
  delayHours: 20,
};

describe('the figures', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(figures(some)).toEqual(figures(some));
    expect(figures(some, { seed: 8 })).not.toEqual(figures(some));
  });

  test('of nobody who does anything are those of the sequence alone', () => {
    const all = figures({});
    expect(all.mails).toBe(100);
    expect(mail(all, 'welcome/hello')).toEqual({
      sequence: 'welcome',
      step: 'hello',
      reached: 50,
      sent: 50,
      opened: 0,
      clicked: 0,
      replied: 0,
      bounced: 0,
      unsubscribed: 0,
      left: 0,
    });
    expect(mail(all, 'welcome/tips')).toMatchObject({ sent: 50, left: 50 });
    expect(all.ends).toEqual([{ sequence: 'welcome', because: 'read to the end', count: 50 }]);
    expect(all.stages).toEqual(new Map([['new', 50]]));
    expect(all.mailsPerDay.slice(0, 5)).toEqual([50, 0, 0, 50, 0]);
    expect(all.mailsPerDay).toHaveLength(21);
  });

  test('count mails by the calendar of the default zone', () => {
    const evening = { from: at('2026-03-02T23:30Z'), until: at('2026-03-04T00:00Z') };
    expect(figures({}, evening).mailsPerDay).toEqual([50, 0, 0]);
    expect(figures({}, { ...evening, defaultTimeZone: 'Asia/Tokyo' }).mailsPerDay).toEqual([50, 0]);
  });

  test('tell after which mail people leave, and why', () => {
    const all = figures({ replied: 1, delayHours: 0 });
    expect(mail(all, 'welcome/hello')).toMatchObject({ sent: 50, opened: 50, replied: 50, left: 50 });
    expect(mail(all, 'welcome/tips')).toBeUndefined();
    expect(all.ends).toEqual([{ sequence: 'welcome', because: 'replied', count: 50 }]);
  });

  test('follow the leads from stage to stage', () => {
    const all = figures({ clicked: 1, delayHours: 1 });
    expect(mail(all, 'welcome/hello')).toMatchObject({ opened: 50, clicked: 50 });
    expect(mail(all, 'warm/case')).toMatchObject({ reached: 50, sent: 50 });
    expect(all.stages).toEqual(new Map([['warm', 50]]));
    expect(all.entered).toEqual(
      new Map([
        ['welcome', 50],
        ['warm', 50],
      ]),
    );
  });

  test('of dead addresses have one mail each', () => {
    const all = figures({ bounced: 1, opened: 1 });
    expect(all.mails).toBe(50);
    expect(mail(all, 'welcome/hello')).toMatchObject({ bounced: 50, opened: 0 });
    expect(all.ends).toEqual([{ sequence: 'welcome', because: 'hard-bounced', count: 50 }]);
  });

  test('count leads that a sequence does not let in', () => {
    const picky = aProgram({ enroll: { on: 'ping', if: { tag: 'vip' } } });
    const all = figures({}, { all: false, sequence: 'welcome' }, aProject({ programs: [picky] }));
    expect(all).toMatchObject({ leads: 50, mails: 0, keptOut: 50, steps: [] });
  });

  test('add up, whatever the rates', () => {
    const share = double({ min: 0, max: 1, noNaN: true });
    const rates = record({
      opened: share,
      clicked: share,
      replied: share,
      unsubscribed: share,
      complained: share,
      bounced: share,
      delayHours: integer({ min: 0, max: 100 }),
    });
    assert(
      property(rates, nat(), (drawn, seed) => {
        const all = figures(drawn, { leads: 8, seed });
        const sent = all.steps.reduce((sum, step) => sum + step.sent, 0);
        expect(sent).toBe(all.mails);
        expect(all.mailsPerDay.reduce((sum, mails) => sum + mails, 0)).toBe(all.mails);
        expect([...all.stages.values()].reduce((sum, count) => sum + count, 0)).toBe(8);
        for (const { sequence, count } of all.ends) expect(count).toBeLessThanOrEqual(all.entered.get(sequence) ?? 0);
        for (const step of all.steps) {
          expect(step.clicked).toBeLessThanOrEqual(step.opened);
          expect(step.opened).toBeLessThanOrEqual(step.sent);
          expect(step.sent).toBeLessThanOrEqual(step.reached);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the rates', () => {
  test('come out as shares of the mails', () => {
    const all = figures(
      { opened: 0.4, clicked: 0.1 },
      { leads: 2000 },
      aProject({ programs: [aProgram({ enroll: { on: 'lead.created' } })] }),
    );
    const hello = mail(all, 'welcome/hello');
    // Four standard deviations of 2,000 draws.
    expect(Math.abs((hello?.opened ?? 0) - 800)).toBeLessThan(88);
    expect(Math.abs((hello?.clicked ?? 0) - 200)).toBeLessThan(54);
  });

  test('of one mail weigh more than those of its sequence, and these more than the general ones', () => {
    const rates = {
      opened: 0.1,
      clicked: 0.01,
      mails: { welcome: { opened: 0.2, clicked: 0.02 }, 'welcome/hello': { opened: 0.3 } },
    };
    expect(ratesFor(rates, 'welcome', 'hello')).toEqual({ opened: 0.3, clicked: 0.02 });
    expect(ratesFor(rates, 'welcome', 'tips')).toEqual({ opened: 0.2, clicked: 0.02 });
    expect(ratesFor(rates, 'warm', 'case')).toEqual({ opened: 0.1, clicked: 0.01 });
  });

  test('of a split are those of its mails', () => {
    expect(ratesFor({ mails: { 'welcome/nudge': { opened: 0.5 } } }, 'welcome', 'nudge.a')).toEqual({ opened: 0.5 });
  });

  test('of a day bring events by themselves', () => {
    const asked = aProgram({ enroll: { on: 'form.submitted:demo', again: 'always' } });
    const demo = aProject({ programs: [asked] });
    expect(figures({ perDay: { 'form.submitted:demo': 1 } }, { leads: 5 }, demo).mails).toBe(5 * 20);
    expect(figures({ perDay: { 'form.submitted:demo': 0 } }, { leads: 5 }, demo).mails).toBe(0);
    expect(figures({ perDay: { 'form.submitted:other': 1 } }, { leads: 5 }, demo).mails).toBe(0);
  });

  test('let the leads come one after the other', () => {
    const { mailsPerDay } = figures(
      { arriveOver: { amount: 5, unit: 'days' } },
      { leads: 200 },
      aProject({ programs: [aProgram({ enroll: { on: 'lead.created' } })] }),
    );
    expect(mailsPerDay.slice(6).every((mails) => mails === 0)).toBe(true);
    for (const mails of mailsPerDay.slice(0, 5)) expect(mails).toBeGreaterThan(15);
  });

  test.each<[unknown, string]>([
    [{ opened: 40 }, 'opened must be from 0 to 1'],
    [{ opend: 0.4 }, 'unknown key\nDid you mean "opened"?'],
    [{ perDay: { 'form.submitted': 2 } }, 'a chance must be from 0 to 1'],
    [{ mails: { welcome: { opened: '0.4' } } }, 'opened must be a number without quotes'],
    [
      { arriveOver: 'a month' },
      '"a month" is not a length of time\nWrite a number and minutes, hours, days, weeks or months, for example "3 days".',
    ],
  ])('refuse %j', (written, message) => {
    expect(RatesFile.safeParse(written).error?.issues[0]?.message).toBe(message);
  });
});

test('luck is even, and the same for the same words', () => {
  const luck = luckOf(7, 'ada');
  expect(luck('x', 1)).toBe(luckOf(7, 'ada')('x', 1));
  const draws = Array.from({ length: 4000 }, (_, i) => luck('mean', i));
  expect(Math.abs(draws.reduce((sum, draw) => sum + draw, 0) / draws.length - 0.5)).toBeLessThan(0.02);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...draws)).toBeLessThan(1);
});

test('clicks are on links of the mail that are web addresses', async () => {
  const texts = {
    layout: '<mjml><mj-body><mj-include path="content" /></mj-body></mjml>',
    hello:
      '<mj-section><mj-column><mj-text><a href="{{brand.website}}/tour">Tour</a> <a href="mailto:mara@example.com">Mara</a> <a href="https://example.com/a">A</a></mj-text></mj-column></mj-section>',
  };
  const files = new Map(Object.entries(texts).map(([name, text]) => [name, { file: `templates/${name}.mjml`, text }]));
  const { template } = await compileTemplate('hello', files);
  expect(template && linksOf(template, project.brand)).toEqual([
    'https://tallybay.example.com/tour',
    'https://example.com/a',
  ]);
});
