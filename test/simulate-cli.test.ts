import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simulateJourney } from '../src/cli/simulate.js';
import type { SimulateOptions } from '../src/cli/simulate-options.js';
import { FixableError } from '../src/errors.js';
import { aProjectFolder, aSequenceFile } from './support.js';

// The built program as a person starts it (npm test builds it first), on a project of one sequence with two mails.

let dir: string;
let project: string;

const window = { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead' };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rivulet-simulate-'));
  project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
        { wait: '2 days' },
        { if: { clicked: 'hello' }, then: [{ exit: 'has seen it' }] },
        { id: 'again', send: 'hello', subject: 'Once more' },
      ],
      {
        enroll: { on: 'lead.created', if: { not: { tag: 'partner' } } },
        send: { from: 'Mara Quay <mara@mail.example.com>', window },
      },
    ),
  });
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});

async function rivulet(args: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  const { MONGODB_URI: _, SMTP_URL: __, API_KEY: ___, ...environment } = process.env;
  const child = spawn(process.execPath, [resolve('dist/cli/rivulet.js'), ...args], {
    env: { ...environment, DATA_DIR: join(dir, 'data'), PROJECT_DIR: project, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (errors += chunk));
  const [code] = await once(child, 'close');
  return { code, output, errors };
}

/** Puts a file beside the others, and answers its path. */
async function file(name: string, content: unknown): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  return path;
}

const friday = ['--from', '2026-03-06 16:00'];

describe('simulate', () => {
  test('tells each moment in one line, on the clock of the lead, with its reason', async () => {
    const lead = await file('ada.json', { email: 'ada@example.org', firstName: 'Ada', timezone: 'Europe/Paris' });
    const { code, output } = await rivulet(['simulate', 'hello', '--lead', lead, ...friday]);
    expect(output).toBe(
      [
        'hello for ada@example.org, stage none, times in Europe/Paris',
        '--from 2026-03-06T15:00:00.000Z --until 2026-06-04T14:00:00.000Z',
        '',
        '2026-03-06 Fri 16:00  hello        enters',
        '2026-03-06 Fri 16:00  hello/hello  mail "Hello Ada"',
        '2026-03-06 Fri 16:00  hello/2      waits until 2026-03-08 Sun 16:00  · 2 days to pass',
        '2026-03-08 Sun 16:00  hello/3      took "else"  · "hello" was not clicked',
        '2026-03-08 Sun 16:00  hello/again  waits until 2026-03-09 Mon 09:00  · the send window to open',
        '2026-03-09 Mon 09:00  hello/again  mail "Once more"',
        '2026-03-09 Mon 09:00  hello        leaves  · finished',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('plays the events of a file, and shows score and stage after each', async () => {
    const events = await file('events.json', [
      { at: '2 hours after hello', event: 'clicked', link: 'https://example.com/more' },
    ]);
    const { output } = await rivulet(['simulate', '--all', '--events', events, ...friday]);
    expect(output).toContain('The whole funnel for a made-up lead, stage none, times in UTC');
    expect(output).toContain('2026-03-06 Fri 16:00                  lead.created  [score 0]\n');
    expect(output).toContain(
      '2026-03-06 Fri 18:00  hello/hello     clicked https://example.com/more  [score 10, lead]\n',
    );
    expect(output).toContain('2026-03-08 Sun 16:00  hello/3.then.1  leaves  · has seen it\n');
  });

  test('--json tells the same for programs', async () => {
    const { output } = await rivulet(['simulate', 'hello', '--json', '--until', '1 day', ...friday]);
    const told = JSON.parse(output);
    expect(told).toMatchObject({
      from: '2026-03-06T16:00:00.000Z',
      until: '2026-03-07T16:00:00.000Z',
      timeZone: 'UTC',
      sequence: 'hello',
      keptOut: null,
      unplayed: [],
    });
    expect(told.moments).toContainEqual({
      at: '2026-03-06T16:00:00.000Z',
      localTime: '2026-03-06 Fri 16:00',
      sequence: 'hello',
      step: 'hello',
      kind: 'mail',
      what: 'Hello Robin',
      because: 'its turn has come',
      template: 'hello',
      score: 0,
    });
  });

  test('without --from begins now, and says from when, so that it can be repeated', async () => {
    const before = new Date().toISOString();
    const { output } = await rivulet(['simulate', 'hello']);
    const [, from = ''] = /--from (\S+)/.exec(output) ?? [];
    expect(from >= before && from <= new Date().toISOString()).toBe(true);
  });

  test('a lead that the sequence does not let in is told with the reason, and the exit code is 1', async () => {
    const lead = await file('partner.json', { tags: ['partner'] });
    const { code, output } = await rivulet(['simulate', 'hello', '--lead', lead, ...friday]);
    expect(output).toContain('✖ The lead does not enter hello: has the tag "partner".');
    expect(code).toBe(1);
  });

  test('an event that cannot happen is told with the reason, and the exit code is 1', async () => {
    const events = await file('late.json', [{ at: '10 days after again', event: 'clicked' }]);
    const { code, output } = await rivulet(['simulate', 'hello', '--events', events, '--until', '5 days', ...friday]);
    expect(output).toContain('✖ Event 1 (clicked) never happens: the journey ends before it.');
    expect(code).toBe(1);
  });

  test('an address is a lead of the database, with the mails it has had', async () => {
    await rivulet(['lead', 'add', 'grace@example.org', '--first-name', 'Grace']);
    const { code, output } = await rivulet(['simulate', 'hello', '--lead', 'Grace@example.org', '--until', '9 days']);
    expect(code).toBe(0);
    expect(output).toContain('hello for grace@example.org, stage lead, times in UTC');
    // It is in the sequence already, so that it does not enter it again.
    expect(output).not.toContain('enters');
    expect(output).toMatch(/hello\/again +mail "Once more"/);
  }, 60_000);

  test('an address that nobody has is refused', async () => {
    const { code, errors } = await rivulet(['simulate', 'hello', '--lead', 'nobody@example.org']);
    expect(errors).toContain('nobody@example.org: there is no such lead. Add it with "rivulet lead add"');
    expect(code).toBe(1);
  });
});

/** What the command says when it refuses to begin; called as the command line calls it, without a process each. */
async function refusal(sequence: string | undefined, options: Partial<SimulateOptions>): Promise<string> {
  const error = await simulateJourney(sequence, { project, ...options }).catch((reason: unknown) => reason);
  if (!(error instanceof FixableError)) throw new Error('it was not refused', { cause: error });
  return error.message;
}

describe('a wrong command line', () => {
  test.each<[string | undefined, Partial<SimulateOptions>, string]>([
    [undefined, {}, 'name a sequence, or --all for the way of a new lead through the whole funnel, and not both'],
    [
      'hello',
      { all: true },
      'name a sequence, or --all for the way of a new lead through the whole funnel, and not both',
    ],
    ['helo', {}, 'there is no sequence "helo". Did you mean "hello"?'],
    ['hello', { from: 'soon' }, '--from "soon" is not a time. Write "2026-03-02 09:00" on the lead\'s clock'],
    ['hello', { from: '2026-02-30 10:00' }, '--from "2026-02-30 10:00" is not a time'],
    ['hello', { until: 'later' }, '--until "later" is neither a time nor a length of time. Write "90 days"'],
    ['hello', { from: '2026-03-02 09:00', until: '2026-03-01 09:00' }, 'the journey would end before it begins'],
    ['hello', { lead: 'missing.json' }, 'missing.json: this file cannot be read. Check its name.'],
    ['hello', { events: 'missing.json' }, 'missing.json: this file cannot be read. Check its name.'],
    [
      undefined,
      { all: true, lead: 'ada@example.org' },
      '--all is the way of a new lead, and an address names one that is known',
    ],
    ['hello', { seed: '7' }, '--seed is for many leads. Say how many, for example: --leads 1000'],
    ['hello', { rates: 'rates.json' }, '--rates is for many leads'],
    ['hello', { leadsFile: 'leads.csv' }, '--leads-file is for many leads'],
    ['hello', { leads: 'many' }, '--leads is a whole number from 1, not "many". For example: --leads 1000'],
    ['hello', { leads: '0' }, '--leads is a whole number from 1, not "0"'],
    ['hello', { leads: '5', seed: '-1' }, '--seed is a whole number from 0, not "-1". For example: --seed 7'],
    ['hello', { leads: '5', lead: 'ada.json' }, '--lead is for one lead'],
    ['hello', { leads: '5', events: 'events.json' }, '--events is for one lead'],
    ['helo', { leads: '5' }, 'there is no sequence "helo". Did you mean "hello"?'],
    ['hello', { leads: '5', rates: 'missing.json' }, 'missing.json: this file cannot be read'],
    ['hello', { leads: '5', leadsFile: 'missing.csv' }, 'missing.csv: this file cannot be read'],
    ['hello', { project: '/nowhere' }, 'this folder cannot be read'],
  ])('is refused with the mend: simulate %s %j', async (sequence, options, message) => {
    expect(await refusal(sequence, options)).toContain(message);
  });
});

describe('a wrong file', () => {
  test.each<['lead' | 'events', unknown, string]>([
    ['lead', { stage: 'leda' }, ':2:11 error unknown-stage: there is no stage "leda". Did you mean "lead"?'],
    ['lead', { tags: 'fair' }, ':2:10 error wrong-value: tags must be a list. Write it in square brackets.'],
    ['lead', '{ "email": ', ':1:12 error json-syntax: not valid JSON'],
    [
      'events',
      { at: 'day 1', event: 'replied' },
      ':1:1 error wrong-value: events must be a list. Write it in square brackets.',
    ],
    ['events', [{ at: 'day one', event: 'replied' }], ':3:9 error bad-time: "day one" is not a time'],
    [
      'events',
      [{ at: '1 hour after helo', event: 'clicked' }],
      ':3:9 error unknown-mail: there is no mail "helo". Did you mean "hello"?',
    ],
    ['events', [{ at: 'day 1', evnt: 'clicked' }], 'error unknown-key: unknown key "evnt". Did you mean "event"?'],
  ])('--%s is refused with the place of each mistake: %j', async (flag, content, problem) => {
    expect(await refusal('hello', { [flag]: await file('wrong.json', content) })).toContain(problem);
  });

  test.each<['rates' | 'leadsFile', string, unknown, string]>([
    ['rates', 'rates.json', { opened: 40 }, ':2:12 error wrong-value: opened must be from 0 to 1'],
    [
      'rates',
      'rates.json',
      { mails: { 'hello/helo': { opened: 1 } } },
      ':3:3 names no mail or sequence: "hello/helo". Did you mean "hello/hello"?',
    ],
    [
      'leadsFile',
      'leads.csv',
      'email,timezone\nada@example.org,Mars/Base\n',
      'leads.csv, lead 1, timezone: there is no such time zone',
    ],
    ['leadsFile', 'leads.csv', 'email\n', 'there is no lead in it'],
    ['leadsFile', 'leads.csv', 'email,firstName\na@example.org\n', 'Invalid Record Length'],
    ['leadsFile', 'leads.json', [], 'the list is empty'],
    ['leadsFile', 'leads.json', [{ stage: 'leda' }], 'there is no stage "leda"'],
  ])('--%s %s is refused: %j', async (flag, name, content, problem) => {
    expect(await refusal('hello', { leads: '5', [flag]: await file(name, content) })).toContain(problem);
  });
});

describe('simulate --leads', () => {
  test('counts what many leads get, by step, day and stage, the same for the same seed', async () => {
    const rates = await file('sure.json', { opened: 1, clicked: 1, delayHours: 1 });
    const args = [
      'simulate',
      '--all',
      '--leads',
      '12',
      '--seed',
      '3',
      '--rates',
      rates,
      '--until',
      '7 days',
      '--from',
      '2026-03-02 10:00',
    ];
    const { code, output } = await rivulet(args);
    expect(code).toBe(0);
    expect(output).toContain('12 leads over 7 days: the whole funnel, 12 mails\n');
    expect(output).toContain('--from 2026-03-02T10:00:00.000Z --until 2026-03-09T10:00:00.000Z --seed 3\n');
    expect(output).toMatch(/^hello\n {2}hello +12 +12 +12 +12 +0 +0 +0 +12$/m);
    expect(output).toContain('hello: 12 entered, 0 still on the way\n      12  left: has seen it\n');
    expect(output).toMatch(/2026-03-0[23] \w{3} +\d+ +█/);
    expect(output).toMatch(/lead +12 +█{30}\n/i);
    expect((await rivulet(args)).output).toBe(output);
  });

  test('takes leads from a file, one after the other, and --json prints the figures', async () => {
    const leads = await file(
      'few.csv',
      'email,timezone,tags\nada@example.org,Europe/Paris,\ngrace@example.org,America/New_York,partner\n',
    );
    const { output } = await rivulet([
      'simulate',
      'hello',
      '--leads',
      '10',
      '--leads-file',
      leads,
      '--json',
      ...friday,
    ]);
    expect(JSON.parse(output)).toMatchObject({
      leads: 10,
      keptOut: 5,
      seed: 7,
      sequence: 'hello',
      entered: { hello: 5 },
    });
  });
});

describe('test', () => {
  const journey = (changes: object) =>
    JSON.stringify(
      { name: 'a silent lead gets two mails', sequence: 'hello', from: '2026-03-02 10:00', expect: [], ...changes },
      null,
      2,
    );
  const asPlanned = [
    'Mon 2 Mar 10:00 mail hello/hello',
    'Wed 4 Mar 10:00 mail hello/again',
    'Wed 4 Mar 10:00 leave hello',
  ];

  test('without journeys says how to write one', async () => {
    const { code, output } = await rivulet(['test']);
    expect(output).toContain('There are no journeys yet. Write one as sequences/journeys/<name>.journey.json');
    expect(code).toBe(0);
  });

  test('plays each journey, shows where one differs and why, and ends with 1', async () => {
    const enter = 'Mon 2 Mar 10:00 enter hello';
    const folder = await aProjectFolder({
      'sequences/hello.json': await readFile(join(project, 'sequences/hello.json'), 'utf8'),
      'sequences/journeys/good.journey.json': journey({ expect: [enter, ...asPlanned] }),
      'sequences/journeys/late.journey.json': journey({
        name: 'one that begins on Friday',
        from: '2026-03-06 10:00',
        expect: [
          'Fri 6 Mar 10:00 enter hello',
          'Fri 6 Mar 10:00 mail hello/hello',
          'Sun 8 Mar 10:00 mail hello/again',
          'Mon 9 Mar 09:00 leave hello',
        ],
      }),
      'sequences/journeys/wrong.journey.json': journey({
        name: 'one with a slip',
        expect: ['Mon 2 Mar 10:00 mail hello/helo'],
      }),
    });
    const { code, output } = await rivulet(['test', folder]);
    expect(output).toBe(`✔ a silent lead gets two mails
✖ one that begins on Friday  sequences/journeys/late.journey.json
      Fri 6 Mar 10:00 enter hello
      Fri 6 Mar 10:00 mail hello/hello
    - Sun 8 Mar 10:00 mail hello/again
          it comes Mon 9 Mar 09:00
    + Mon 9 Mar 09:00 mail hello/again
          it waited for the send window to open
      Mon 9 Mar 09:00 leave hello
✖ one with a slip
sequences/journeys/wrong.journey.json:6:5 error the sequence "hello" has no step "helo" [unknown-step]
    6 │     "Mon 2 Mar 10:00 mail hello/helo"
      │     ^ Did you mean "hello"?


3 journeys: 1 as expected, 2 not as expected.
If they are right and the files are not: rivulet test --update
`);
    expect(code).toBe(1);
    await rm(folder, { recursive: true });
  });

  test('--update writes down what comes of the journeys, and the next run passes', async () => {
    const folder = await aProjectFolder({
      'sequences/hello.json': await readFile(join(project, 'sequences/hello.json'), 'utf8'),
      'sequences/journeys/new.journey.json': journey({}),
    });
    const updated = await rivulet(['test', folder, '--update']);
    expect(updated.output).toContain('✎ a silent lead gets two mails  sequences/journeys/new.journey.json');
    expect(updated.code).toBe(0);
    const written = await readFile(join(folder, 'sequences/journeys/new.journey.json'), 'utf8');
    expect(written).toBe(
      journey({
        expect: ['Mon 2 Mar 10:00 enter hello', ...asPlanned.slice(0, 2), 'Wed 4 Mar 10:00 leave hello: finished'],
      }),
    );
    const again = await rivulet(['test', folder]);
    expect(again.output).toBe('✔ a silent lead gets two mails\n\n1 journey: 1 as expected.\n');
    expect(again.code).toBe(0);
    await rm(folder, { recursive: true });
  });

  test('a project with mistakes is not played', async () => {
    const folder = await aProjectFolder({
      'sequences/hello.json': aSequenceFile([{ send: 'helo', subject: 'Hello' }]),
    });
    const { code, errors } = await rivulet(['test', folder]);
    expect(errors).toContain('unknown-template: there is no template "helo"');
    expect(code).toBe(1);
    await rm(folder, { recursive: true });
  });
});
