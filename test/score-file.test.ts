import { describe, expect, test } from '@jest/globals';
import { readProjectFolder } from '../src/project-folder.js';
import { ScoringFile, toScoring } from '../src/sequence/scoring-file.js';
import { aProject, aSequence, problemsIn } from './project-texts.js';

const mail = '{ "send": "hello", "subject": "Hello" }';

async function problemsWith(text: string): Promise<readonly string[]> {
  const found = await problemsIn(aProject({ 'scoring.json': text }));
  return found.map((problem) => problem.replace('sequences/scoring.json:', ''));
}

/** One rule of engagement, which begins in column 33 of the first line; `beside` begins on the second. */
function aRule(rule: string, beside = ''): string {
  return `{ "engagement": { "rules": [{ "on": "clicked", "points": 10${rule} }] }${beside ? `,\n${beside}` : ''} }`;
}

describe('scoring.json is refused for', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'points that fade in two ways',
      aRule(', "halfLife": "7 days", "fade": { "linear": "60 days" }'),
      ['1:92 error fades-twice: "halfLife" and "fade" both say how points become less. Keep one of them.'],
    ],
    [
      'points of all rules that fade in two ways',
      '{ "engagement": { "halfLife": "7 days", "fade": "none", "rules": [] } }',
      ['1:49 error fades-twice: "halfLife" and "fade" both say how points become less. Keep one of them.'],
    ],
    [
      'a fading that is none',
      aRule(', "fade": "slowly"'),
      ['1:70 error wrong-value: fade says how points become less. Write { "linear": "60 days" } or "none".'],
    ],
    [
      'a fading without a time',
      aRule(', "fade": { "linear": "soon" }'),
      [
        '1:82 error bad-duration: "soon" is not a length of time. Write a number and minutes, hours, days, weeks or months, for example "3 days".',
      ],
    ],
    [
      'a cap below the points of one time',
      aRule(', "cap": 5'),
      [
        '1:69 error cap-below-points: a cap of 5 takes off some of the 10 points at once. Write 10 or more, or give fewer points.',
      ],
    ],
    [
      'what counts once and several times',
      aRule(', "once": true, "perDay": 2'),
      ['1:70 error counts-twice: "once" leaves nothing for "perDay" or "again" to say. Keep one of them.'],
    ],
    [
      'what counts once not',
      aRule(', "once": false'),
      ['1:70 error wrong-value: once can only be true. Leave it out for a rule that counts each time.'],
    ],
    [
      'half a time a day',
      aRule(', "perDay": 0.5'),
      ['1:72 error wrong-value: perDay must be a whole number, 1 or more, without quotes'],
    ],
    [
      'a group that nobody defined',
      aRule(', "group": "mail"', '"groups": { "mails": { "cap": 40 } }'),
      [
        '1:71 error unknown-group: there is no group "mail". Did you mean "mails"? Groups are defined in "groups" of this file.',
      ],
    ],
    [
      'a group where there are none',
      aRule(', "group": "mails"'),
      [
        '1:71 error unknown-group: there is no group "mails". There are none yet. Groups are defined in "groups" of this file.',
      ],
    ],
    [
      'a group of engagement and fit',
      aRule(
        ', "group": "mails"',
        '"groups": { "mails": {} }, "fit": { "rules": [{ "if": { "tag": "a" }, "points": 1, "why": "x", "group": "mails" }] }',
      ),
      [
        '2:105 error mixed-group: the group "mails" has rules of engagement in it, and fit is summed up by itself. Give the rules of fit a group of their own.',
      ],
    ],
    [
      'a slip in the tests of data',
      aRule(', "where": { "value": { "gt3": 5 } }'),
      ['1:84 error unknown-key: unknown key "gt3". Did you mean "gt"?'],
    ],
    [
      'a threshold that is left above where it is reached',
      aRule('', '"thresholds": [{ "name": "mql", "score": { "gte": 60 }, "falls": { "lt": 61 } }]'),
      ['2:74 error falls-above: it would be left below 61 and is reached with 60 already. Write 60 or less.'],
    ],
    [
      'two thresholds of one name',
      aRule(
        '',
        '"thresholds": [{ "name": "mql", "score": { "gte": 60 } },\n{ "name": "mql", "score": { "gte": 80 } }]',
      ),
      ['3:1 error duplicate-name: two thresholds are called "mql". Give one of them another name.'],
    ],
    [
      'a threshold called like no path',
      aRule('', '"thresholds": [{ "name": "m.ql", "score": { "gte": 60 } }]'),
      ['2:26 error wrong-value: the name of a threshold may have letters, digits, "-" and "_" only'],
    ],
    [
      'a threshold without points',
      aRule('', '"thresholds": [{ "name": "mql" }]'),
      ['2:16 error missing-key: the key "score" is missing. Write an object with: gte.'],
    ],
    [
      'a threshold that asks for itself',
      aRule('', '"thresholds": [{ "name": "mql", "score": { "gte": 60 }, "if": { "threshold": "mql" } }]'),
      [
        '2:63 error circular-threshold: the threshold "mql" asks for itself, and nobody could ever reach it. Take this out.',
      ],
    ],
    [
      'a threshold that asks for one that nobody defined',
      aRule('', '"thresholds": [{ "name": "mql", "score": { "gte": 60 }, "if": { "threshold": "mqk" } }]'),
      ['2:63 error unknown-threshold: there is no threshold "mqk". Did you mean "mql"?'],
    ],
    [
      'a threshold that asks for a link in a mail',
      aRule(
        '',
        '"thresholds": [{ "name": "mql", "score": { "gte": 60 }, "if": { "clicked": "https://example.com" } }]',
      ),
      [
        '2:63 error link-in-threshold: a threshold has no mails of its own whose links could be meant. Write { "event": "clicked", "path": "https://example.com" }.',
      ],
    ],
    [
      'a cell that is not in the grid',
      aRule('', '"thresholds": [{ "name": "mql", "score": { "gte": 60 }, "if": { "grid": ["A1", "E1"] } }]'),
      ['2:80 error wrong-value: a cell of the grid cannot be "E1". Did you mean "A1"?'],
    ],
    [
      'bounds of the grid that do not fall',
      aRule('', '"grid": { "engagement": [60, 10, 30] }'),
      ['2:34 error grid-not-falling: the bounds of engagement must fall: 30 is not below 10. Write the highest first.'],
    ],
    [
      'two bounds of the grid',
      aRule('', '"grid": { "fit": [20, 5] }'),
      [
        '2:18 error wrong-value: fit needs three numbers: the least points for A, B and C; whoever has less is in D. Write for example [20,12,5].',
      ],
    ],
    [
      'points for what comes of points',
      '{ "engagement": { "rules": [{ "on": ["clicked", "threshold.left:mql"], "points": 10 }] }, "thresholds": [] }',
      [
        '1:37 error circular-points: "threshold.left:mql" comes of the score, and cannot give points to it. Give the points for what led there.',
      ],
    ],
    [
      'a floor above nothing',
      '{ "engagement": { "floor": 10, "rules": [] } }',
      ['1:28 error wrong-value: floor must be from -100000 to 0'],
    ],
    [
      'fit that asks for what the score is made of',
      aRule('', '"fit": { "rules": [{ "if": { "grid": "A1" }, "points": 1, "why": "x" }] }'),
      [
        '2:28 error fit-asks-score: fit is about who the lead is; it cannot ask for scores or events. Use fields, tags or the stage, or make it a rule of engagement.',
      ],
    ],
  ])('%s', async (_, text, problems) => {
    expect(await problemsWith(text)).toEqual(problems);
  });
});

describe('a threshold that nobody defined is refused', () => {
  const scoring = '{ "engagement": { "rules": [] }, "thresholds": [{ "name": "mql", "score": { "gte": 60 } }] }';
  const problems = (files: Readonly<Record<string, string>>) =>
    problemsIn(aProject({ 'scoring.json': scoring, 'a.json': aSequence(mail), ...files }));
  const sequence = (key: string): string =>
    `{ "name": "A", "send": { "from": "m@example.com" },\n${key}, "steps": [${mail}] }`;

  test.each<[string, Readonly<Record<string, string>>]>([
    ['in a trigger', { 'a.json': sequence('"enroll": { "on": "threshold.reached:mqk" }') }],
    ['in an exit', { 'a.json': sequence('"exit": { "on": ["replied", "threshold.left:mqk"] }') }],
    ['in a condition', { 'a.json': sequence('"goal": { "threshold": "mqk" }') }],
    ['in the funnel', { 'funnel.json': '{ "stages": [{ "name": "a", "enter": { "on": "threshold.reached:mqk" } }] }' }],
    ['in a segment', { 'segments.json': '{ "segments": { "hot": { "if": { "threshold": "mqk" } } } }' }],
  ])('%s', async (_, files) => {
    const [problem = '', ...others] = await problems(files);
    expect(problem).toContain('unknown-threshold: there is no threshold "mqk". Did you mean "mql"?');
    expect(others).toEqual([]);
  });

  test('and one that is defined is not, nor any of them', async () => {
    expect(
      await problems({ 'a.json': sequence('"enroll": { "on": ["threshold.reached:mql", "threshold.left"] }') }),
    ).toEqual([]);
  });

  test('also where the event itself has a slip in it', async () => {
    const [problem = ''] = await problems({ 'a.json': sequence('"enroll": { "on": "threshold.reachd:mql" }') });
    expect(problem).toContain('Did you mean "threshold.reached"?');
  });
});

test('what a file of before says is read as before, and everything new is nothing unless said', () => {
  const before = { engagement: { halfLife: '30 days', rules: [{ on: 'clicked', points: 10 }] } };
  expect(toScoring(ScoringFile.parse(before))).toEqual({
    engagement: {
      cap: Infinity,
      floor: -Infinity,
      fading: { kind: 'half-life', over: { amount: 30, unit: 'days' } },
      rules: [
        {
          id: 'clicked',
          on: ['clicked'],
          points: 10,
          cap: Infinity,
          fading: { kind: 'half-life', over: { amount: 30, unit: 'days' } },
          why: 'clicked',
        },
      ],
    },
    fit: { cap: Infinity, rules: [] },
    groups: new Map(),
    thresholds: [],
    grid: { fit: [20, 12, 5], engagement: [60, 30, 10] },
  });
});

test('the shipped scoring has groups, thresholds and a grid of its own', async () => {
  const { sequences } = await readProjectFolder('.');
  const text = sequences.get('scoring.json')?.text ?? '';
  const { groups, thresholds } = toScoring(ScoringFile.parse(JSON.parse(text)));
  expect([...groups.keys()]).toContain('mails');
  expect(thresholds.map(({ name, reachedWith, leftBelow }) => [name, reachedWith > leftBelow])).toEqual([
    ['mql', true],
    ['sql', true],
  ]);
});
