import { describe, expect, test } from '@jest/globals';
import { diagnosticLine } from '../src/diagnostic.js';
import { type JourneyResult, runJourney, withExpectation } from '../src/simulation/journey-test.js';
import { checkJourneys, readJourneys } from '../src/simulation/check-journey.js';
import { JourneyFile } from '../src/simulation/journey-file.js';
import type { Program } from '../src/sequence/program.js';
import { aFunnel, aProgram, aProject, aScoring } from './builders.js';

type Written = Readonly<Record<string, unknown>>;

const office = { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead' };
const paris = { timezone: 'Europe/Paris' };

/** Two mails with two days between; the second in office hours only. */
const welcome = aProgram({
  exit: { on: 'replied' },
  send: { window: office },
  steps: [
    { send: 'hello', subject: 'Hello', window: 'any time' },
    { wait: '2 days' },
    { if: { clicked: 'hello' }, then: [{ tag: 'engaged' }, { exit: 'has seen enough' }] },
    { send: 'tips', subject: 'Tips' },
  ],
});

/** Plays a journey that begins on Monday, 2 March 2026 at 10:00, in UTC unless its lead says otherwise. */
function run(journey: Written, ...programs: readonly Program[]): JourneyResult {
  const file = JourneyFile.parse({
    name: 'a journey',
    sequence: 'welcome',
    from: '2026-03-02 10:00',
    expect: [],
    ...journey,
  });
  const scoring = aScoring([{ id: 'click', on: 'clicked', points: 10 }]);
  const funnel = aFunnel({ new: { on: 'lead.created' }, warm: { if: { score: { gte: 10 } } } });
  return runJourney(file, aProject({ programs: programs.length > 0 ? programs : [welcome], scoring, funnel }), 'UTC');
}

const asPlanned = [
  'Mon 2 Mar 10:00 enter welcome',
  'Mon 2 Mar 10:00 mail welcome/hello',
  'Wed 4 Mar 10:00 mail welcome/tips',
  'Wed 4 Mar 10:00 leave welcome',
];

describe('a journey', () => {
  test('passes when what comes of it is what its file expects, line by line', () => {
    expect(run({ expect: asPlanned })).toMatchObject({ passed: true, notes: [] });
  });

  test('fails when a line is missing, and when there is one too many', () => {
    expect(run({ expect: asPlanned.slice(0, 3) }).passed).toBe(false);
    expect(run({ expect: [...asPlanned, 'Thu 5 Mar 10:00 mail welcome/tips'] }).passed).toBe(false);
  });

  test('is told on the clock of its lead, also when summer time begins on the way', () => {
    const slow = aProgram({ steps: [{ wait: '1 month' }, { send: 'hello', subject: 'Hello' }] });
    const { actual } = run({ lead: paris, from: '2026-03-02T09:00:00+01:00' }, slow);
    expect(actual).toContain('Thu 2 Apr 09:00 mail welcome/hello');
  });

  test('names the year where it is another than that of its beginning', () => {
    const { actual } = run({ from: '2026-12-30 10:00' });
    expect(actual).toContain('Fri 1 Jan 2027 10:00 mail welcome/tips');
  });

  test('ends after 90 days, or when its file says', () => {
    const yearly = aProgram({ steps: [{ wait: '91 days' }, { send: 'hello', subject: 'Hello' }] });
    expect(run({}, yearly).actual).toEqual(['Mon 2 Mar 10:00 enter welcome']);
    expect(run({ until: '92 days' }, yearly).actual).toContain('Mon 1 Jun 10:00 mail welcome/hello');
    expect(run({ until: '2026-06-01 09:59' }, yearly).actual).toEqual(['Mon 2 Mar 10:00 enter welcome']);
  });

  test('with "all" begins with the capture of the lead, and follows the rules from there', () => {
    const called = aProgram({ stage: 'new', enroll: { on: 'stage.entered' } });
    const { actual } = run({ sequence: undefined, all: true }, called);
    expect(actual.slice(0, 3)).toEqual([
      'Mon 2 Mar 10:00 stage new',
      'Mon 2 Mar 10:00 enter welcome',
      'Mon 2 Mar 10:00 mail welcome/hello',
    ]);
  });

  test('with neither plays its events alone', () => {
    const asked = aProgram({ enroll: { on: 'form.submitted:demo' } });
    const events = [{ at: 'after 1 hour', event: 'form.submitted:demo' }];
    const { actual } = run({ sequence: undefined, events }, asked);
    expect(actual).toContain('Mon 2 Mar 11:00 enter welcome');
  });
});

describe('an expected line', () => {
  test.each([
    ['without its reason', 'Tue 3 Mar 10:00 leave welcome'],
    ['with its reason', 'Tue 3 Mar 10:00 leave welcome: replied'],
    ['with blanks that align columns', 'Tue  3 Mar  10:00   leave  welcome'],
  ])('holds %s', (_, line) => {
    const events = [{ at: 'day 2 10:00', event: 'replied' }];
    expect(run({ events, expect: [...asPlanned.slice(0, 2), line] }).passed).toBe(true);
  });

  test.each([
    'Tue 3 Mar 10:00 leave welcome: finished',
    'Tue 3 Mar 10:00 leave welc',
    'Tue 3 Mar 10:01 leave welcome',
    'Wed 3 Mar 10:00 leave welcome',
  ])('"%s" does not hold for "Tue 3 Mar 10:00 leave welcome: replied"', (line) => {
    const events = [{ at: 'day 2 10:00', event: 'replied' }];
    expect(run({ events, expect: [...asPlanned.slice(0, 2), line] }).passed).toBe(false);
  });

  test('of a kind that is not compared by itself has all of that kind compared', () => {
    const wait = 'Mon 2 Mar 10:00 wait welcome/2: until Wed 4 Mar 10:00';
    const [enter = '', hello = '', ...rest] = asPlanned;
    expect(run({ expect: [enter, hello, wait, ...rest] }).passed).toBe(true);
    expect(run({ lead: paris, from: '2026-03-05 10:00', expect: [enter, hello, wait, ...rest] }).actual).toContain(
      'Sat 7 Mar 10:00 wait welcome/tips: until Mon 9 Mar 09:00: the send window to open',
    );
  });

  test('with "detail" events, waits and inner steps are compared', () => {
    const events = [{ at: '1 hour after hello', event: 'clicked', link: 'https://example.com/more' }];
    expect(run({ events, detail: true }).actual).toEqual([
      'Mon 2 Mar 10:00 enter welcome',
      'Mon 2 Mar 10:00 mail welcome/hello',
      'Mon 2 Mar 10:00 wait welcome/2: until Wed 4 Mar 10:00: 2 days to pass',
      'Mon 2 Mar 11:00 event clicked https://example.com/more',
      'Mon 2 Mar 11:00 stage warm',
      'Wed 4 Mar 10:00 step welcome/3: took "then": "hello" was clicked',
      'Wed 4 Mar 10:00 step welcome/3.then.1: tagged: engaged',
      'Wed 4 Mar 10:00 leave welcome: has seen enough',
    ]);
  });
});

describe('a difference', () => {
  test('of a mail that comes at another time says what it waited for, and when it comes instead', () => {
    const { diff } = run({
      from: '2026-03-05 10:00',
      expect: [
        'Thu 5 Mar 10:00 enter welcome',
        'Thu 5 Mar 10:00 mail welcome/hello',
        'Sat 7 Mar 10:00 mail welcome/tips',
      ],
    });
    expect(diff.slice(2)).toEqual([
      { kind: 'missing', text: 'Sat 7 Mar 10:00 mail welcome/tips', because: 'it comes Mon 9 Mar 09:00' },
      {
        kind: 'unexpected',
        text: 'Mon 9 Mar 09:00 mail welcome/tips',
        because: 'it waited for the send window to open',
      },
      { kind: 'unexpected', text: 'Mon 9 Mar 09:00 leave welcome: finished' },
    ]);
  });

  test('of a mail that never comes says how its sequence ended', () => {
    const events = [{ at: 'day 2 10:00', event: 'replied' }];
    expect(run({ events, expect: asPlanned }).diff).toContainEqual({
      kind: 'missing',
      text: 'Wed 4 Mar 10:00 mail welcome/tips',
      because: 'welcome was left Tue 3 Mar 10:00: replied',
    });
  });

  test('of a mail that was passed over says why', () => {
    const picky = aProgram({ steps: [{ send: 'hello', subject: 'Hello', if: { tag: 'vip' } }] });
    expect(run({ expect: ['Mon 2 Mar 10:00 mail welcome/hello'] }, picky).diff).toContainEqual({
      kind: 'missing',
      text: 'Mon 2 Mar 10:00 mail welcome/hello',
      because: 'passed over: has not the tag "vip"',
    });
  });

  test('of a sequence that the lead never enters says so', () => {
    const other = aProgram({ name: 'Other' }, 'other');
    expect(run({ expect: ['Mon 2 Mar 10:00 mail other/hello'] }, welcome, other).diff[0]).toEqual({
      kind: 'missing',
      text: 'Mon 2 Mar 10:00 mail other/hello',
      because: 'the lead never enters other',
    });
  });
});

describe('an event', () => {
  test.each([
    ['after 2 days', 'Wed 4 Mar 10:00'],
    ['90 minutes', 'Mon 2 Mar 11:30'],
    ['day 1 18:00', 'Mon 2 Mar 18:00'],
    ['day 3', 'Wed 4 Mar 10:00'],
    ['friday 08:15', 'Fri 6 Mar 08:15'],
    ['2026-03-05 07:00', 'Thu 5 Mar 07:00'],
    ['2026-03-05T07:00:00Z', 'Thu 5 Mar 08:00'],
    ['30 minutes after hello', 'Mon 2 Mar 10:30'],
    ['1 day after welcome/hello', 'Tue 3 Mar 10:00'],
    ['2 hours before lead.callAt', 'Fri 6 Mar 13:00'],
  ])('at "%s" happens %s on the clock of the lead', (at, expected) => {
    const events = [{ at, event: 'page.viewed:/pricing' }];
    const { actual } = run({ lead: { ...paris, attributes: { callAt: '2026-03-06 15:00' } }, events, detail: true });
    expect(actual).toContain(`${expected} event page.viewed /pricing`);
  });

  test('after a mail is about that mail', () => {
    const events = [{ at: '1 hour after hello', event: 'clicked' }];
    expect(run({ events }).actual).toContain('Wed 4 Mar 10:00 leave welcome: has seen enough');
  });

  test('of a machine is told and changes nothing', () => {
    const events = [{ at: '1 hour after hello', event: 'clicked', machine: true }];
    expect(run({ events, expect: asPlanned }).passed).toBe(true);
  });

  test('on a mail that comes twice is about the first', () => {
    const often = aProgram({ enroll: { on: 'ping', again: 'always' }, steps: [{ send: 'hello', subject: 'Hello' }] });
    const events = [
      { at: 'after 1 day', event: 'ping' },
      { at: '1 hour after hello', event: 'clicked' },
    ];
    const { actual } = run({ events, detail: true }, often);
    expect(actual.filter((line) => line.includes('event clicked'))).toEqual(['Mon 2 Mar 11:00 event clicked']);
  });

  test.each([
    [{ at: '1 hour after tips', event: 'clicked' }, 'event 2 (clicked) never happens: no mail welcome/tips goes'],
    [
      { at: 'day 1 10:30', event: 'clicked', mail: 'tips' },
      'event 2 (clicked) never happens: no mail welcome/tips goes',
    ],
    [{ at: '2026-03-01 10:00', event: 'ping' }, 'event 2 (ping) never happens: the journey begins after it'],
    [{ at: 'after 91 days', event: 'ping' }, 'event 2 (ping) never happens: the journey ends before it'],
    [{ at: '3 months after hello', event: 'clicked' }, 'event 2 (clicked) never happens: the journey ends before it'],
    [
      { at: '1 day before lead.callAt', event: 'ping' },
      'event 2 (ping) never happens: its time cannot be told: the field of the lead holds no date',
    ],
  ])('that cannot happen fails the journey: %j', (event, note) => {
    const result = run({ events: [{ at: 'after 1 hour', event: 'replied' }, event] });
    expect(result.notes).toEqual([note]);
    expect(result.passed).toBe(false);
  });

  test('before its mail goes fails the journey and says when the mail goes', () => {
    const { notes } = run({ events: [{ at: 'day 2 10:30', event: 'clicked', mail: 'tips' }] });
    expect(notes).toEqual(['event 1 (clicked) never happens: the mail welcome/tips goes later']);
  });
});

describe('the world around', () => {
  test('a lead that may not come in fails the journey with the reason', () => {
    const picky = aProgram({ enroll: { on: 'ping', if: { tag: 'vip' } } });
    expect(run({}, picky).notes).toEqual(['the lead does not enter welcome: has not the tag "vip"']);
    expect(run({ lead: { consent: 'pending' } }, picky).notes).toEqual([
      'the lead does not enter welcome: consent is pending',
    ]);
  });

  test('a lead stands in the stage of its sequence unless its file says otherwise', () => {
    const staged = aProgram({ stage: 'warm', steps: [{ send: 'hello', subject: 'Hello', if: { stage: 'warm' } }] });
    expect(run({}, staged).actual).toContain('Mon 2 Mar 10:00 mail welcome/hello');
    expect(run({ lead: { stage: 'new' } }, staged).actual).not.toContain('Mon 2 Mar 10:00 mail welcome/hello');
  });

  test('webhooks are answered as the file says', () => {
    const asking = aProgram({
      steps: [
        { id: 'crm', webhook: { url: 'https://crm.example.com/hook' } },
        { if: { 'response.crm.plan': 'gold' }, then: [{ exit: 'has gold' }] },
      ],
    });
    expect(run({ answers: { crm: { plan: 'gold' } } }, asking).actual).toContain(
      'Mon 2 Mar 10:00 leave welcome: has gold',
    );
    expect(run({}, asking).actual).toContain('Mon 2 Mar 10:00 leave welcome: finished');
  });

  test.each(['short', 'long'])('a split is taken the way that the file says: %s', (way) => {
    const split = { short: { send: 'short', subject: 'Short' }, long: { send: 'long', subject: 'Long' } };
    const splitting = aProgram({ steps: [{ id: 'nudge', split }] });
    expect(run({ splits: { 'welcome/nudge': way } }, splitting).actual).toContain(
      `Mon 2 Mar 10:00 mail welcome/nudge.${way}`,
    );
  });

  test('an event on a split is on whichever of its mails goes', () => {
    const split = { short: { send: 'short', subject: 'Short' }, long: { send: 'long', subject: 'Long' } };
    const splitting = aProgram({ steps: [{ id: 'nudge', split }, { wait: '1 day' }] });
    const events = [{ at: '2 hours after nudge', event: 'clicked' }];
    expect(run({ events, detail: true }, splitting).actual).toContain('Mon 2 Mar 12:00 event clicked');
  });
});

describe('an update', () => {
  test('keeps lines that hold as their author wrote them, and leaves out what triggers say', () => {
    const expect1 = ['Mon  2 Mar  10:00  mail  welcome/hello', 'Tue 3 Mar 10:00 mail welcome/tips'];
    expect(run({ expect: expect1 }).actual).toEqual([
      'Mon 2 Mar 10:00 enter welcome',
      'Mon  2 Mar  10:00  mail  welcome/hello',
      'Wed 4 Mar 10:00 mail welcome/tips',
      'Wed 4 Mar 10:00 leave welcome: finished',
    ]);
  });

  test('written, is what the next run expects', () => {
    const { actual } = run({});
    expect(run({ expect: actual }).passed).toBe(true);
  });

  test.each([
    [
      'two blanks',
      '{\n  "name": "x",   "expect": []\n}\n',
      '{\n  "name": "x",   "expect": [\n    "a",\n    "b"\n  ]\n}\n',
    ],
    ['four blanks', '{\n    "expect": ["c"]\n}\n', '{\n    "expect": [\n        "a",\n        "b"\n    ]\n}\n'],
    ['tabs', '{\n\t"expect": []\n}', '{\n\t"expect": [\n\t\t"a",\n\t\t"b"\n\t]\n}'],
    [
      'line ends of Windows',
      '{\r\n  "expect": []\r\n}\r\n',
      '{\r\n  "expect": [\r\n    "a",\r\n    "b"\r\n  ]\r\n}\r\n',
    ],
  ])('keeps the rest of a file indented with %s', (_, before, after) => {
    expect(withExpectation(before, ['a', 'b'])).toBe(after);
  });
});

describe('a mistake in a journey file', () => {
  const project = aProject({
    programs: [
      welcome,
      aProgram(
        {
          steps: [
            { id: 'nudge', split: { a: { send: 'a', subject: 'A' }, b: { send: 'b', subject: 'B' } } },
            { send: 'hello', subject: 'H' },
          ],
        },
        'other',
      ),
    ],
    funnel: aFunnel({ new: { on: 'lead.created' } }),
  });
  const declared = {
    ...project,
    fields: new Map([
      ['company', 'text' as const],
      ['size', 'number' as const],
    ]),
  };

  /** The first problem of a file that is sound but for `changes`. */
  function firstProblem(changes: Written): string | undefined {
    const text = JSON.stringify(
      { name: 'x', sequence: 'welcome', from: '2026-03-02 10:00', expect: [], ...changes },
      null,
      1,
    );
    const sequences = new Map([['journeys/x.journey.json', { file: 'sequences/journeys/x.journey.json', text }]]);
    const [problem] = checkJourneys(readJourneys({ sequences }), declared);
    return problem && diagnosticLine(problem).replace('sequences/journeys/x.journey.json:', '');
  }

  test('there is none in a sound file', () => {
    expect(firstProblem({})).toBeUndefined();
  });

  test.each<[Written, string]>([
    [{ sequence: 'welcom' }, '3:14 error unknown-sequence: there is no sequence "welcom". Did you mean "welcome"?'],
    [
      { all: true },
      '6:9 error wrong-value: a journey begins with a sequence or with all of them. Remove "all" or "sequence".',
    ],
    [{ lead: { stage: 'nwe' } }, '7:12 error unknown-stage: there is no stage "nwe". Did you mean "new"?'],
    [
      { lead: { attributes: { compnay: 'x' } } },
      '8:15 error unknown-field: leads have no field "compnay". Did you mean "company"? New fields are declared in lead.json.',
    ],
    [
      { lead: { attributes: { size: 'x' } } },
      '8:12 error wrong-type: "size" is declared as number and used as text. Change the one or the other; fields are declared in lead.json.',
    ],
    [
      { lead: { timezone: 'Mars/Base' } },
      '7:15 error wrong-value: there is no such time zone. Write a name such as "Europe/Paris".',
    ],
    [
      { lead: { email: 'x' } },
      '7:12 error wrong-value: an e-mail address looks like name@example.com. Write for example "ada@example.org".',
    ],
    [{ lead: { frstName: 'x' } }, '7:3 error unknown-key: unknown key "frstName". Did you mean "firstName"?'],
    [
      { events: [{ at: 'sometime', event: 'replied' }] },
      '8:10 error bad-time: "sometime" is not a time. Write "2 hours after <mail>", "after 2 days", "day 2 10:00", "tuesday 10:00", "2026-03-04 10:00" or an instant.',
    ],
    [{ events: [{ at: 'day 2', evnt: 'replied' }] }, '7:3 error missing-key: the key "event" is missing. Add it.'],
    [
      { events: [{ at: '1 day after helo', event: 'clicked' }] },
      '8:10 error unknown-mail: there is no mail "helo". Did you mean "hello"?',
    ],
    [
      { events: [{ at: '1 day after other/nudg', event: 'clicked' }] },
      '8:10 error unknown-mail: there is no mail "other/nudg". Did you mean "other/nudge"?',
    ],
    [
      { sequence: undefined, events: [{ at: '1 day after hello', event: 'clicked' }] },
      '7:10 error unknown-mail: several sequences have a mail "hello". Write welcome/hello or other/hello.',
    ],
    [
      { events: [{ at: 'day 2', event: 'clicked' }] },
      '9:13 error no-mail: nobody can tell which mail is clicked. Add "mail": "<step>".',
    ],
    [
      { events: [{ at: 'day 2', event: 'clickd', mail: 'hello' }] },
      '9:13 error unknown-event: no event is called "clickd". Did you mean "clicked"? An event of your own needs a name less like it.',
    ],
    [
      { splits: { 'other/nudg': 'a' } },
      '7:3 error unknown-step: there is no split "other/nudg". Did you mean "other/nudge"?',
    ],
    [{ splits: { 'other/nudge': 'c' } }, '7:18 error unknown-way: there is no way "c". Use one of: a, b.'],
    [{ answers: { crm: { status: 500 } } }, '7:3 error unknown-step: there is no webhook "crm". There are none yet.'],
    [
      { from: 'tomorrow' },
      '4:10 error bad-time: "tomorrow" is not a time. Write "2026-03-02 09:00" on the lead\'s clock, or an instant such as "2026-03-02T09:00:00+01:00".',
    ],
    [
      { until: 'soon' },
      '6:11 error bad-time: "soon" is not a time. Write "90 days", "2026-03-02 09:00" or an instant such as "2026-03-02T09:00:00+01:00".',
    ],
    [
      { expect: ['Mon 2 Mar 10:00 mail welcom/hello'] },
      '6:3 error unknown-sequence: there is no sequence "welcom". Did you mean "welcome"?',
    ],
    [
      { expect: ['Mon 2 Mar 10:00 mail welcome/helo'] },
      '6:3 error unknown-step: the sequence "welcome" has no step "helo". Did you mean "hello"?',
    ],
    [
      { expect: ['Mon 2 Mar 10:00 stage nwe'] },
      '6:3 error unknown-stage: there is no stage "nwe". Did you mean "new"?',
    ],
    [
      { expect: ['Monday 10:00 mail welcome/hello'] },
      '6:3 error bad-line: "Monday 10:00 mail welcome/hello" is no line of a journey. Write for example "Mon 2 Mar 10:00 mail welcome/hello". After the time comes one of: mail, notice, call, enter, leave, stage, event, wait, step.',
    ],
  ])('is told with its place and mend: %j', (changes, problem) => {
    expect(firstProblem(changes)).toBe(problem);
  });

  test('in a project with mistakes is told as far as it shows by itself', () => {
    const sequences = new Map([['x.journey.json', { file: 'x.journey.json', text: '{ "name": "x" }' }]]);
    expect(checkJourneys(readJourneys({ sequences }), undefined).map(diagnosticLine)).toEqual([
      'x.journey.json:1:1 error missing-key: the key "from" is missing. Write "2026-03-02 09:00" on the lead\'s clock, or an instant such as "2026-03-02T09:00:00+01:00".',
      'x.journey.json:1:1 error missing-key: the key "expect" is missing. Write it in square brackets, or leave it empty and run "rivulet test --update".',
    ]);
  });
});
