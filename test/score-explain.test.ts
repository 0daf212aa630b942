import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readAskedMoment } from '../src/journey/asked-moment.js';
import { explainScore, reachedBy } from '../src/journey/explain-score.js';
import { scoreText } from '../src/cli/score-text.js';
import { explain } from '../src/lead/explain.js';
import { withOtherRules } from '../src/lead/other-rules.js';
import { aProject, aScoring, at, facts } from './builders.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

const now = at('2026-03-02T09:00Z');

describe('a moment that is asked for', () => {
  test.each([
    ['2026-03-09', '2026-03-09T08:00:00.000Z'],
    ['2026-03-09 10:30', '2026-03-09T09:30:00.000Z'],
    ['2026-03-09T10:30:00Z', '2026-03-09T10:30:00.000Z'],
    ['next monday', '2026-03-09T08:00:00.000Z'],
    ['Next  Tuesday 14:00', '2026-03-03T13:00:00.000Z'],
    ['friday', '2026-03-06T08:00:00.000Z'],
    ['in 7 days', '2026-03-09T09:00:00.000Z'],
    ['tomorrow', '2026-03-03T09:00:00.000Z'],
    ['30 days ago', '2026-01-31T09:00:00.000Z'],
    ['now', '2026-03-02T09:00:00.000Z'],
  ])('may be written "%s"', (written, instant) => {
    expect(readAskedMoment(written, 'Europe/Paris', now)?.toISOString()).toBe(instant);
  });

  test.each([
    '',
    'some day',
    '2026-02-30',
    '2026-13-01T10:00:00Z',
    'lead.renewalDate',
    'in 99999 months',
    '9999-01-01',
    'x'.repeat(10_000),
  ])('is none in "%.20s"', (written) => {
    expect(readAskedMoment(written, 'Europe/Paris', now)).toBeUndefined();
  });
});

describe('an explained score', () => {
  const scoring = aScoring(
    [
      { id: 'clicked', on: 'clicked', points: 40, group: 'mails', why: 'clicked a link' },
      { id: 'left', on: 'unsubscribed', points: -10, halfLife: '10 days', why: 'unsubscribed' },
    ],
    {
      halfLife: '30 days',
      groups: { mails: { title: 'Mails', cap: 70 }, site: {} },
      thresholds: [
        { name: 'mql', title: 'Marketing-qualified', score: { gte: 60 }, falls: { lt: 45 } },
        { name: 'sql', score: { gte: 80 }, if: { tag: 'vip' } },
      ],
    },
  );
  const project = aProject({ scoring });
  const entry = (event: string, rule: string, points: number) => ({ event, rule, points, at: now, why: rule });
  const clicks = [entry('a', 'clicked', 40), entry('b', 'clicked', 40)];
  const known = facts({ lead: { entries: clicks } });

  test('has the sum of each group, with its cap', () => {
    const { groups } = explainScore({ facts: known, project, at: now, reached: [] });
    expect(groups).toEqual([
      { name: 'mails', title: 'Mails', points: 70, cap: 70 },
      { name: 'site', title: 'site', points: 0 },
    ]);
  });

  test('tells how far each threshold is away, and what else it asks', () => {
    const { thresholds } = explainScore({ facts: known, project, at: now, reached: [] });
    expect(thresholds).toEqual([
      { name: 'mql', title: 'Marketing-qualified', reachedWith: 60, leftBelow: 45, isReached: false },
      {
        name: 'sql',
        title: 'sql',
        reachedWith: 80,
        leftBelow: 80,
        isReached: false,
        missing: 10,
        because: 'has not the tag "vip"',
      },
    ]);
  });

  test('tells to the minute when fading alone brings it below a threshold', () => {
    const [mql] = explainScore({ facts: known, project, at: now, reached: ['mql'] }).thresholds;
    const leftAt = mql?.leftAt ?? now;
    const totalAt = (time: number) =>
      explainScore({ facts: known, project, at: new Date(time), reached: [] }).score.total;
    expect(totalAt(leftAt.getTime())).toBeLessThan(45);
    expect(totalAt(leftAt.getTime() - 60_000)).toBeGreaterThanOrEqual(45);
    // 80 points are 45 after 30 days times the binary logarithm of 80/45.
    expect(leftAt.toISOString().slice(0, 10)).toBe('2026-03-27');
  });

  test('never falls where nothing fades', () => {
    const lasting = aProject({
      scoring: aScoring([{ on: 'clicked', points: 80 }], { thresholds: [{ name: 'mql', score: { gte: 60 } }] }),
    });
    const [mql] = explainScore({ facts: known, project: lasting, at: now, reached: ['mql'] }).thresholds;
    expect(mql).not.toHaveProperty('leftAt');
  });

  test('falls at once where it is below already', () => {
    const [mql] = explainScore({ facts: facts(), project, at: now, reached: ['mql'] }).thresholds;
    expect(mql?.leftAt).toEqual(now);
  });

  test('of a day to come counts the thresholds that will be left and reached by then', () => {
    const reached = ['mql'];
    const by = (day: string) => reachedBy(at(day), { facts: known, project, reached, from: now });
    expect(by('2026-03-20T09:00Z')).toEqual(['mql']);
    expect(by('2026-05-20T09:00Z')).toEqual([]);
    // What was taken away fades faster here than what was given.
    const risen = facts({
      lead: { entries: [...clicks.slice(0, 1), entry('d', 'clicked', 22), entry('c', 'left', -10)] },
    });
    expect(reachedBy(at('2026-03-03T09:00Z'), { facts: risen, project, reached: [], from: now })).toEqual([]);
  });

  test('reads well on a terminal', () => {
    const lead = { ...known.lead, firstName: 'Ada', entries: [...clicks, entry('c', 'left', -10)] };
    const later = at('2026-04-01T09:00Z');
    const explanation = explainScore({ facts: { ...known, lead }, project, at: later, reached: ['mql'] });
    const text = scoreText({ lead, timeZone: 'UTC', explanation, notes: ['As it will be when nothing else happens.'] });
    expect(stripVTControlCharacters(text)).toBe(`Ada  ada@example.com
Score 38.75  D2  (engagement 38.75, fit 0)  01 Apr 2026, 09:00, UTC
As it will be when nothing else happens.

Engagement, in no group
      -1.25  left     of -10    02 Mar 2026, 09:00

Mails  40 of at most 70
      20     clicked  of 40     02 Mar 2026, 09:00
      20     clicked  of 40     02 Mar 2026, 09:00

Thresholds
  ✔ Marketing-qualified (mql): reached; below 45 by now, and left when it is next looked at
  · sql: 41.25 of 80 points away; and its condition does not hold: has not the tag "vip"`);
  });

  test('sums up on a terminal what happened very often, and still adds up', () => {
    const often = Array.from({ length: 40 }, (_, i) => entry(`e${i}`, 'left', -1));
    const lead = { ...known.lead, entries: often };
    const explanation = explainScore({ facts: { ...known, lead }, project, at: now, reached: [] });
    const text = stripVTControlCharacters(scoreText({ lead, timeZone: 'UTC', explanation, notes: [] }));
    expect(text).toContain('-30     left, 30 times before');
    expect(text.match(/^ +-1 /gm)).toHaveLength(10);
  });
});

describe('other rules', () => {
  const project = aProject({ scoring: aScoring([{ on: 'clicked', points: 10 }]) });

  test('stand in the place of those in force', () => {
    const text = '{ "engagement": { "rules": [{ "on": "opened", "points": 3 }] } }';
    const result = withOtherRules(project, { file: 'rules.json', text });
    if ('problems' in result) throw new Error(JSON.stringify(result.problems));
    expect(result.project.scoring.engagement.rules).toMatchObject([{ on: ['opened'], points: 3 }]);
    expect([...result.project.attention.minded]).toContain('opened');
  });

  test('are refused with every mistake at its place', () => {
    const text = '{ "engagement": { "rules": [{ "on": "clikced", "points": 3, "group": "x" }] } }';
    const result = withOtherRules(project, { file: 'rules.json', text });
    expect('problems' in result && result.problems.map(({ line, column, code }) => [line, column, code])).toEqual([
      [1, 37, 'unknown-event'],
      [1, 70, 'unknown-group'],
    ]);
  });

  test('that are no JSON are refused too', () => {
    expect('problems' in withOtherRules(project, { file: 'rules.json', text: '{' })).toBe(true);
  });
});

describe('over HTTP', () => {
  let rivulet: HttpRivulet;
  let lead: string;
  let made = 0;

  beforeAll(async () => {
    rivulet = await startHttpRivulet({
      PROJECT_DIR: await aProjectFolder({
        'sequences/scoring.json': JSON.stringify({
          engagement: {
            halfLife: '30 days',
            rules: [{ id: 'viewed', on: 'page.viewed', points: 40, why: 'viewed a page' }],
          },
          thresholds: [{ name: 'mql', score: { gte: 60 }, falls: { lt: 45 } }],
        }),
      }),
    });
  });
  afterAll(() => rivulet.close());
  beforeEach(async () => {
    made += 1;
    lead = (await rivulet.api('/api/leads', { email: `lead-${made}@example.com` })).body.id;
    for (const id of ['a', 'b']) await rivulet.api('/api/events', { type: 'page.viewed', lead, about: '/pricing', id });
  });

  test('a lead has its cell of the grid and the thresholds that it has reached', async () => {
    expect((await rivulet.api(`/api/leads/${lead}`)).body).toMatchObject({
      score: 80,
      grid: 'D1',
      thresholds: ['mql'],
    });
  });

  test('a score is explained as it is, will be and was', async () => {
    const of = async (query = '') => (await rivulet.api(`/api/leads/${lead}/score${query}`)).body;
    const today = await of();
    expect(today).toMatchObject({ lead, total: 80, grid: 'D1', notes: [], at: '2026-03-02T09:00:00.000Z' });
    expect(today.lines).toHaveLength(2);
    expect(today.thresholds).toMatchObject([{ name: 'mql', isReached: true }]);
    const later = await of('?at=in+30+days');
    expect(later).toMatchObject({ total: 40, notes: ['As it will be when nothing else happens.'] });
    expect(later.thresholds).toMatchObject([{ isReached: false, missing: 20 }]);
    const before = await of('?at=yesterday');
    expect(before).toMatchObject({ total: 0, lines: [], thresholds: [{ isReached: false, missing: 60 }] });
    expect(before.notes[0]).toMatch(/^As it was by what had happened until then/);
  });

  test('a score of the past knows what had been reached then, and not what was left since', async () => {
    const { clock, store, engine, defaultTimeZone } = rivulet;
    const day = clock.now;
    clock.now = new Date(day.getTime() + 40 * 86_400_000);
    await rivulet.api('/api/events', { type: 'page.viewed', lead, about: '/', id: 'c', at: '2026-01-01T00:00:00Z' });
    expect((await rivulet.api(`/api/leads/${lead}`)).body.thresholds).toEqual([]);
    const then = await explain({ lead, at: new Date(day.getTime() + 60_000) }, { store, engine, defaultTimeZone });
    expect(then?.explanation.thresholds).toMatchObject([{ name: 'mql', isReached: true }]);
    clock.now = day;
  });

  test('a score is explained under other rules, computed from all events', async () => {
    const rules = { engagement: { rules: [{ on: 'page.viewed:/pricing', points: 5, once: true, why: 'pricing' }] } };
    const { status, body } = await rivulet.api(`/api/leads/${lead}/score`, { rules });
    expect(status).toBe(200);
    expect(body).toMatchObject({ total: 5, thresholds: [] });
    expect(body.lines).toMatchObject([{ points: 5 }, { points: 5 }, { why: '"pricing" counts once', points: -5 }]);
    expect((await rivulet.api(`/api/leads/${lead}`)).body.score).toBe(80);
  });

  test.each<[string, string, object | undefined, number, string]>([
    ['a moment that is none', '?at=some+day', undefined, 422, 'next monday'],
    ['a key that is none', '?when=now', undefined, 422, '/when'],
    ['rules that are none', '', { rules: [] }, 422, '/rules'],
    [
      'rules with a mistake',
      '',
      { rules: { engagement: { rules: [{ on: 'a', points: 1, group: 'x' }] } } },
      422,
      'there is no group',
    ],
    ['no rules at all', '', {}, 422, '/rules'],
  ])('%s is refused', async (_, query, body, status, said) => {
    const answer = await rivulet.api(`/api/leads/${lead}/score${query}`, body);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(said);
  });

  test('nobody knows the score of a lead that there is not', async () => {
    expect((await rivulet.api('/api/leads/nobody/score')).status).toBe(404);
  });
});
