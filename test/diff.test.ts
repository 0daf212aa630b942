import { execFileSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { compare } from '../src/cli/diff.js';
import { diffText, toJson } from '../src/cli/diff-text.js';
import { readConfig } from '../src/config.js';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { readProjectFolder } from '../src/project-folder.js';
import { changeInWords } from '../src/diff/change.js';
import { diffProgram } from '../src/diff/diff.js';
import { aProgram } from './builders.js';
import { aProjectFolder, aSequenceFile, startTestRivulet, testDatabase } from './support.js';

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

type Steps = readonly object[];
const marks = { new: '+', gone: '−', changed: '~', moved: '↕' } as const;

/** The changes between two files, each as it is printed. */
function changes(before: object, after: object): readonly string[] {
  return diffProgram(aProgram({ ...before }), aProgram({ ...after })).map(
    (change) => `${'  '.repeat(change.depth)}${marks[change.mark]} ${changeInWords(change)}`,
  );
}

const mail = (id: string, more: object = {}): object => ({ id, send: 'hello', subject: id.toUpperCase(), ...more });
const wait = (length: string, id?: string): object => ({ ...(id ? { id } : {}), wait: length });
const gold = { tag: 'gold' };

describe('an edit of the steps', () => {
  const series: Steps = [mail('a'), wait('3 days'), mail('b'), wait('3 days'), mail('c')];

  test.each<[string, Steps, Steps, readonly string[]]>([
    [
      'that inserts a wait before others like it is one insertion',
      series,
      [mail('a'), wait('1 day'), ...series.slice(1)],
      ['+ wait 1 day, after “a”'],
    ],
    [
      'that inserts a step at the very beginning moves nothing',
      series,
      [{ tag: 'in' }, ...series],
      ['+ tag: in, at the beginning'],
    ],
    ['that removes a wait is one removal', series, [mail('a'), ...series.slice(2)], ['− wait 3 days, after “a”']],
    [
      'that changes one of two waits that are alike names the right one',
      series,
      [...series.slice(0, 3), wait('5 days'), mail('c')],
      ['~ the wait after “b”: 3 days → 5 days'],
    ],
    [
      'that makes a wait one until a moment changes it',
      [wait('3 days', 'pause')],
      [{ id: 'pause', wait: { until: 'tuesday 10:00', timezone: 'Europe/Paris', missed: 'exit' } }],
      [
        '~ the wait “pause”: 3 days → until Tuesday 10:00 (Europe/Paris)',
        '~ latecomers of the wait “pause”: now leave',
      ],
    ],
    [
      'that changes a mail says each thing by itself',
      [mail('a', { from: 'Mara <mara@example.com>' })],
      [mail('a', { subject: 'Hello', send: 'other', if: gold })],
      [
        '~ sender of “a”: no longer Mara <mara@example.com>',
        '~ subject of “a”: “A” → “Hello”',
        '~ template of “a”: hello → other',
        '~ only-if condition of “a”: now the lead has the tag “gold”',
      ],
    ],
    [
      'that puts another mail in the place of one is not a change of it',
      [mail('a')],
      [{ send: 'other', subject: 'Other' }],
      ['− mail “a”: “A” (hello), at the beginning', '+ mail “other”: “Other” (other), at the beginning'],
    ],
    [
      'that renames a step',
      [wait('3 days', 'pause')],
      [wait('3 days', 'rest')],
      ['~ the wait “pause” has the id “rest” now'],
    ],
    [
      'that gives a step an id',
      series,
      [mail('a'), wait('3 days', 'pause'), ...series.slice(2)],
      ['~ the wait after “a” has the id “pause” now'],
    ],
    [
      'that moves a named step',
      [mail('a'), mail('b'), mail('c')],
      [mail('b'), mail('c'), mail('a')],
      ['↕ “a” stands after “c” now'],
    ],
    [
      'that puts steps into a branch moves them',
      [mail('a'), mail('b')],
      [mail('a'), { if: gold, then: [mail('b'), { tag: 'x' }] }],
      [
        '+ branch: if the lead has the tag “gold”, after “a”',
        '  ↕ “b” stands in “then” of the branch after “a” now',
        '  + then: tag: x',
      ],
    ],
    [
      'that removes a branch says what was in it',
      [mail('a'), { if: gold, then: [{ tag: 'x' }], else: [mail('b')] }],
      [mail('a'), mail('b')],
      ['− branch: if the lead has the tag “gold”, after “a”', '  − then: tag: x', '↕ “b” stands after “a” now'],
    ],
    [
      'inside a branch names the place',
      [mail('a'), { if: gold, then: [wait('1 day'), { tag: 'x' }] }],
      [mail('a'), { if: { not: gold }, then: [wait('2 days'), { tag: 'x' }, { tag: 'y' }] }],
      [
        '~ condition of the branch after “a”: the lead has the tag “gold” → not the lead has the tag “gold”',
        '~ the wait in “then” of the branch after “a”: 1 day → 2 days',
        '+ tag: y, after the tag in “then” of the branch after “a”',
      ],
    ],
    [
      'of a split names its weights and its winner',
      [{ id: 'test', split: { a: { send: 'hello', subject: 'A' }, b: { send: 'hello', subject: 'B' } } }],
      [
        {
          id: 'test',
          split: {
            a: { send: 'hello', subject: 'A', weight: 3 },
            b: { send: 'hello', subject: 'Bee' },
            c: { send: 'hello', subject: 'C' },
          },
          winner: { by: 'clicked', after: 200 },
        },
      ],
      [
        '~ weight of “a” of the split “test”: 1 → 3',
        '~ weight of “c” of the split “test”: now 1',
        '~ winner of the split “test”: now by clicked after 200 leads, “a” when equal',
        '~ subject of “test.b”: “B” → “Bee”',
        '+ mail “test.c”: “C” (hello), in way “c” of the split “test”',
      ],
    ],
    [
      'that puts a way before the others of a choice leaves them what they are',
      [{ choose: [{ if: gold, then: [{ tag: 'x' }] }] }],
      [
        {
          choose: [
            { if: { tag: 'new' }, then: [{ tag: 'y' }] },
            { if: gold, then: [{ tag: 'x' }, { tag: 'z' }] },
          ],
        },
      ],
      [
        '+ another way of the choice at the beginning: now if the lead has the tag “new”',
        '+ tag: y, in way 1 of the choice at the beginning',
        '+ tag: z, after the tag in way 2 of the choice at the beginning',
      ],
    ],
    [
      'of what is waited for',
      [{ id: 'sign', waitFor: gold, upTo: '3 days' }],
      [{ id: 'sign', waitFor: 'page.viewed:/pricing', upTo: '1 day' }],
      [
        '~ aim of the wait “sign”: the lead has the tag “gold” → “page.viewed:/pricing”',
        '~ limit of the wait “sign”: 3 days → 1 day',
      ],
    ],
    [
      'of a pool names the mail',
      [{ id: 'read', pick: [{ send: 'hello', subject: 'A' }] }],
      [
        {
          id: 'read',
          pick: [
            { send: 'hello', subject: 'A', stages: ['lead'] },
            { send: 'other', subject: 'B' },
          ],
        },
      ],
      ['~ only in the stages of “read.hello”: now lead', '+ mail “read.other”: “B” (other), after “read.hello”'],
    ],
    [
      'of a webhook shows its host alone, for its address may hold a secret',
      [{ id: 'crm', webhook: { url: 'https://crm.example.com/hook?key=1' } }],
      [{ id: 'crm', webhook: { url: 'https://crm.example.com/hook?key=2' } }],
      ['~ a detail of the webhook “crm”'],
    ],
    [
      'that makes a step one of another kind',
      [wait('3 days', 'x')],
      [mail('x')],
      [
        '+ leads leave on replied',
        '− wait 3 days (“x”), at the beginning',
        '+ mail “x”: “X” (hello), at the beginning',
      ],
    ],
    [
      'that changes only how it is written changes nothing',
      [{ send: 'hello', subject: 'A' }],
      [{ id: 'hello', send: 'hello', subject: 'A' }],
      [],
    ],
  ])('%s', (_, before, after, words) => {
    expect(changes({ steps: before }, { steps: after })).toEqual(words);
  });
});

describe('an edit above the steps', () => {
  const steps = [mail('a'), mail('b'), mail('c', { window: 'any time' })];

  test.each<[string, object, object, readonly string[]]>([
    [
      'of who enters says each event by itself',
      { enroll: { on: ['stage.entered', 'demo.asked'] }, stage: 'lead' },
      { enroll: { on: ['stage.entered', 'order.paid'], if: gold, again: 'after 90 days' }, stage: 'lead' },
      [
        '+ leads enter when order.paid comes',
        '+ leads enter only if: the lead has the tag “gold”',
        '~ how often a lead may enter: once only → again after 90 days at the earliest',
        '− leads enter when demo.asked comes',
      ],
    ],
    [
      'of who leaves, and of the goal',
      { exit: { on: ['replied', 'converted'] } },
      { exit: { on: 'replied', onStageChange: true }, goal: gold },
      [
        '+ leads leave on entering another stage',
        '+ its goal: the lead has the tag “gold”',
        '− leads leave on converted',
      ],
    ],
    [
      'of what edits do',
      {},
      { inFlight: 'drain' },
      ['~ leads on their way at an edit: finish the revision they are on → finish, and nobody enters any more'],
    ],
    [
      'of a newsletter',
      { schedule: '0 10 1 * *' },
      { schedule: '0 9 * * 1', audience: gold },
      [
        '~ its schedule: “0 10 1 * *” (UTC) → “0 9 * * 1” (UTC)',
        '~ its audience: everybody → the lead has the tag “gold”',
      ],
    ],
    [
      'of the send window is told once for all mails it changes',
      { send: { window: { days: 'mon-fri' } } },
      { send: { window: { days: 'tue' } } },
      [
        "~ send window of “a” and “b”: Monday to Friday, all day, in the lead's time zone → Tuesday, all day, in the lead's time zone",
      ],
    ],
    [
      'of urgency and priority is told',
      {},
      { send: { urgent: true }, priority: 10 },
      ['+ its priority: 10', '~ urgency of every mail: now waits for no frequency cap and no quiet hours'],
    ],
    [
      'of the sender is told once',
      { send: {} },
      { send: { from: 'Mara <m@example.com>' } },
      ['~ sender of every mail: now Mara <m@example.com>'],
    ],
  ])('%s', (_, before, after, words) => {
    expect(changes({ ...before, steps }, { ...after, steps })).toEqual(words);
  });
});

describe('held against a commit', () => {
  test('the saved files show what is new, gone and changed everywhere', async () => {
    const folder = await aRepository({
      'sequences/scoring.json':
        '{ "engagement": { "rules": [{ "on": "clicked", "points": 10 }, { "on": "opened", "points": 1 }] } }',
      'sequences/segments.json': '{ "segments": { "hot": { "if": { "score": { "gte": 60 } } } } }',
      'sequences/calendars/fr.json': '{ "name": "France", "days": ["05-01", "2026-12-25"] }',
      'sequences/lead.json': '{ "fields": { "company": { "type": "text" } } }',
      'sequences/delivery.json':
        '{ "frequencyCap": [{ "atMost": 1, "per": "1 day" }], "routes": [{ "domains": "gmail.com", "through": "smtp" }], "warmUp": { "example.com": { "starts": "2026-12-01", "days": [200] } } }',
      'sequences/old.json': aSequenceFile([mail('x')], { name: 'Old' }),
      'templates/second.mjml': aTemplate('Second'),
    });
    await save(folder, {
      'sequences/funnel.json':
        '{ "stages": [{ "name": "lead", "enter": { "on": "lead.created" } }, { "name": "hot", "enter": { "if": { "score": { "gte": 40 } } } }] }',
      'sequences/scoring.json':
        '{ "engagement": { "halfLife": "30 days", "rules": [{ "on": "clicked", "points": 15, "cap": 60 }] } }',
      'sequences/segments.json': '{ "segments": { "hot": { "if": { "score": { "gte": 80 } } } } }',
      'sequences/calendars/fr.json': '{ "name": "France", "days": ["05-01", "2027-12-25"] }',
      'sequences/lead.json': '{ "fields": { "company": { "type": "list" }, "plan": { "type": "text" } } }',
      'sequences/delivery.json':
        '{ "frequencyCap": [{ "atMost": 2, "per": "1 day" }, { "atMost": 3, "per": "7 days" }], "quietHours": { "between": ["21:00", "07:00"] }, "transports": { "smtp": { "atMost": "14 per second", "idempotencyHeader": "X-Key" } }, "routes": [{ "sequences": "h*", "through": ["ses", "smtp"] }], "domains": { "*": "60 per minute" }, "catchUp": { "moreThan": 50 } }',
      'sequences/old.json': undefined,
      'sequences/new.json': aSequenceFile([mail('x'), mail('y')], { name: 'New' }),
      'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Good day' }], {
        enroll: { on: 'lead.created' },
      }),
      'templates/hello.mjml': aTemplate('Hello'),
      'templates/second.mjml': undefined,
      'templates/third.mjml': aTemplate('Third'),
    });
    expect(await textAgainst('HEAD', folder)).toBe(`The saved files against the files of HEAD:

~ hello  Hello
  ~ subject of “hello”: “Hello {{lead.firstName "you"}}” → “Good day”

− old  Old  gone

+ new  New  new, 2 mails

templates
  ~ hello (+1 −1 lines)
  − second
  + third
  Every mail from now on uses them as they are saved, also for leads on their way.

funnel
  ~ the stages in order: lead → lead, hot
  + the stage “hot”: entered if the score is at least 40

scoring
  + fading of engagement: half after 30 days
  ~ the rule “clicked”: 10 points → 15 points
  ~ cap of the rule “clicked”: now 60
  − the rule “opened”: 1 point, events opened, reason “opened”
  Points count for what happens from now on, or for all that has happened: rivulet score recompute. Fading, limits, fit and thresholds count at once.

segments
  ~ the segment “hot”: the score is at least 60 → the score is at least 80

delivery
  ~ the frequency cap in 1 day: 1 mail → 2 mails
  + the frequency cap in 7 days: 3 mails
  + the quiet hours: 21:00–07:00, in the lead's time zone
  + the transport “smtp”: at most 14 per second, knows repeats by X-Key
  ~ the routes: mail to gmail.com through smtp → mail of h* through ses, then smtp
  + mail to any other domain: 60 per minute
  ~ a backlog is held: of more than 100 mails, 60 minutes late → of more than 50 mails, 60 minutes late
  − the warm-up of example.com: from 2026-12-01: 200

fields of leads
  ~ company: text → list
  + plan: text

calendars
  + the calendar “fr” has 2027-12-25
  − the calendar “fr” no longer has 2026-12-25

sequences: 1 new, 1 changed, 1 gone · templates: 1 new, 1 changed, 1 gone · funnel, scoring, segments, delivery, fields of leads, calendars`);
  });

  test('that says the same, nothing has changed, however the files are laid out', async () => {
    const folder = await aRepository();
    const text = aSequenceFile([{ send: 'hello', subject: 'Hello {{lead.firstName "you"}}' }], {
      enroll: { on: 'lead.created' },
    });
    await save(folder, { 'sequences/hello.json': JSON.stringify(JSON.parse(text), null, 4) });
    expect(await textAgainst('HEAD', folder)).toBe(
      '✔ Nothing has changed: the saved files say the same as the files of HEAD.',
    );
  });

  test('a folder inside its repository is held against that folder then', async () => {
    const folder = await aRepository({}, 'marketing/mails');
    await save(folder, { 'templates/third.mjml': aTemplate('Third') });
    expect(await textAgainst('HEAD', folder)).toContain('+ third');
  });

  test('what stood there then may have names and texts that git would quote', async () => {
    const folder = await aRepository({ 'templates/größer "als".mjml': aTemplate('Grüße\n\nSchön') });
    expect(await textAgainst('HEAD', folder)).toMatch(/^✔ Nothing has changed/);
  });

  test.each([
    [
      'that is none',
      'nowhere',
      '--against nowhere: there is no such commit. Name a branch, a tag or a commit, or "deployed".',
    ],
    [
      'that would be an option of git',
      '--all',
      '--against --all: there is no such commit. Name a branch, a tag or a commit, or "deployed".',
    ],
  ])('a commit %s is told', async (_, rev, message) => {
    await expect(textAgainst(rev, await aRepository())).rejects.toThrow(message);
  });

  test('files that were not valid then are told with their mistakes', async () => {
    const folder = await aRepository({ 'sequences/hello.json': aSequenceFile([{ send: 'helo', subject: 'A' }]) });
    await save(folder, { 'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'A' }]) });
    await expect(textAgainst('HEAD', folder)).rejects.toThrow(
      /at HEAD: there is 1 mistake in sequences\/ and templates\/, so nothing can be compared\..*\n.*there is no template "helo"/,
    );
  });

  test('saved files that are not valid are told with their mistakes', async () => {
    const folder = await aRepository();
    await save(folder, { 'sequences/hello.json': '{' });
    await expect(textAgainst('HEAD', folder)).rejects.toThrow(/so nothing can be compared/);
  });

  test('a folder in no repository is told', async () => {
    const folder = await aFolder();
    await expect(textAgainst('HEAD', folder)).rejects.toThrow(
      `--against HEAD: ${folder} is in no git repository. Name its folder with --dir.`,
    );
  });
});

describe('held against what is deployed', () => {
  const series = [mail('a'), wait('3 days', 'pause'), mail('b'), wait('2 days', 'later'), mail('c')];

  test('in a database of nobody, everything is new', async () => {
    const { text } = await aDatabase();
    expect(await text(await aFolder())).toBe(`The saved files against a database into which nothing was ever deployed:

+ hello  Hello  new, 1 mail

sequences: 1 new`);
  });

  test('the same files have not changed', async () => {
    const { deploy, text } = await aDatabase();
    await deploy(hello(series));
    expect(await text(await aFolder(hello(series)))).toBe(
      '✔ Nothing has changed: the saved files say the same as what is deployed since 02 Mar 2026, 09:00 (UTC).',
    );
  });

  test('templates and rules are held against what was deployed last, too', async () => {
    const { deploy, text } = await aDatabase();
    await deploy({ 'templates/second.mjml': aTemplate('Second') });
    await deploy({ 'templates/hello.mjml': aTemplate('Hello') });
    expect(await text(await aFolder({ 'templates/hello.mjml': aTemplate('Good day') }))).toContain(
      'templates\n  ~ hello (+1 −1 lines)\n',
    );
    expect(await text(await aFolder({ 'templates/hello.mjml': aTemplate('Hello') }))).toMatch(/^✔ Nothing has changed/);
  });

  test('an older revision that was deployed again is the one in force', async () => {
    const { deploy, text } = await aDatabase();
    for (const subject of ['One', 'Two', 'One']) await deploy(hello([mail('a', { subject })]));
    expect(await text(await aFolder(hello([mail('a', { subject: 'Two' })])))).toContain(
      '~ subject of “a”: “One” → “Two”',
    );
  });

  test('a sequence that was deployed away is new when it comes back', async () => {
    const { deploy, text } = await aDatabase();
    const other = { 'sequences/other.json': aSequenceFile([mail('x')], { name: 'Other' }) };
    await deploy(other);
    await deploy({});
    expect(await text(await aFolder(other))).toContain('+ other  Other  new, 1 mail');
  });

  test('pinned leads are counted at each step, and see nothing of it', async () => {
    const { deploy, text } = await aDatabase();
    await deploy(hello([mail('a'), wait('3 days'), mail('b')]), ['ada@example.com', 'bob@example.com']);
    expect(await text(await aFolder(hello([mail('a'), wait('5 days'), mail('b')])))).toContain(`~ hello  Hello
  ~ the wait after “a”: 3 days → 5 days
  ● 2 leads on their way: they finish the revision they are on and see nothing of this.
    2 at the wait after “a”`);
  });

  test('leads that an edit takes along are told where they go on, and who need not wait any longer', async () => {
    const { deploy, text, json } = await aDatabase();
    await deploy(hello(series), ['ada@example.com', 'bob@example.com']);
    await deploy(hello(series), ['eve@example.com'], '2026-03-04T09:00:00Z');
    const edited = [mail('a'), wait('1 day', 'pause'), mail('b'), mail('c')];
    const folder = await aFolder(hello(edited, { inFlight: 'migrate' }));
    expect(await text(folder, '2026-03-04T10:00:00Z')).toContain(`  ● 3 leads on their way:
    3 at the wait “pause” go on there in the new revision; 2 are due at once`);
    // At the wait that is gone, three days later.
    await deploy(hello(series), [], '2026-03-05T09:00:00Z');
    expect((await json(folder, '2026-03-05T09:00:00Z')).sequences[0]?.leads).toMatchObject([
      {
        where: 'the wait “pause”',
        count: 1,
        fate: 'go-on',
        dueAtOnce: 1,
        words: 'goes on there in the new revision; is due at once',
      },
      {
        where: 'the wait “later”',
        count: 2,
        fate: 'come-over',
        dueAtOnce: 0,
        words: 'finish the old revision as far as “c”, which is in both, and go on in the new one',
      },
    ]);
  });

  test.each<[string, Steps | undefined, object, string]>([
    [
      'drained',
      [mail('a')],
      { inFlight: 'drain' },
      '● 1 lead on their way: they finish the revision they are on and see nothing of this. Nobody enters any more.',
    ],
    ['gone', undefined, {}, '● 1 lead on their way: they finish it. Nobody enters any more.'],
    [
      'to be taken along, with nothing in common',
      [mail('z')],
      { inFlight: 'migrate' },
      '1 at the wait “pause” finishes the old revision',
    ],
  ])('leads of a sequence that is %s', async (_, steps, header, words) => {
    const { deploy, text } = await aDatabase();
    await deploy(hello([mail('a'), wait('3 days', 'pause'), mail('b')]), ['ada@example.com']);
    const files = steps
      ? hello(steps, header)
      : { 'sequences/hello.json': undefined, 'sequences/other.json': aSequenceFile([mail('x')]) };
    expect(await text(await aFolder(files))).toContain(words);
  });

  test('leads on an older revision than the deployed one count as well', async () => {
    const { deploy, text } = await aDatabase();
    await deploy(hello([mail('a'), wait('3 days')]), ['ada@example.com']);
    await deploy(hello([mail('a'), wait('4 days')]), ['bob@example.com']);
    expect(await text(await aFolder(hello([mail('a'), wait('5 days')])))).toContain('● 2 leads on their way');
  });

  test('a template that leads on their way still need is told', async () => {
    const { deploy, text } = await aDatabase();
    await deploy(
      {
        ...hello([mail('a'), wait('1 day'), mail('b', { send: 'second' })]),
        'templates/second.mjml': aTemplate('Second'),
      },
      ['ada@example.com'],
    );
    expect(await text(await aFolder(hello([mail('a')])))).toContain(
      '! The template "second" is gone, but leads on an older revision of hello may still be due it.',
    );
  });

  test('looking deploys nothing', async () => {
    const { deploy, text, uri } = await aDatabase();
    await deploy(hello([mail('a')]));
    const folder = await aFolder(hello([mail('b')]));
    const first = await text(folder);
    expect(await text(folder)).toBe(first);
    const { rivulet } = await aRivulet(await aFolder(hello([mail('c')])), uri);
    const names = await rivulet.store.db.collection('sequences').countDocuments();
    expect(names).toBe(2);
  });
});

function hello(steps: Steps, header: object = {}): Readonly<Record<string, string>> {
  return { 'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' }, ...header }) };
}

function aTemplate(words: string): string {
  return `<mj-section><mj-column><mj-text>${words}, <a href="{{unsubscribeUrl}}">unsubscribe</a></mj-text></mj-column></mj-section>\n`;
}

async function aFolder(files: Readonly<Record<string, string | undefined>> = {}): Promise<string> {
  const folder = await aProjectFolder(files);
  opened.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function save(folder: string, files: Readonly<Record<string, string | undefined>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (text === undefined) await rm(join(folder, path));
    else await writeFile(join(folder, path), text);
  }
}

/** A project in a git repository with one commit; `under` is the folder of the project in it. */
async function aRepository(files: Readonly<Record<string, string>> = {}, under = ''): Promise<string> {
  const project = await aFolder(files);
  const repository = under ? await aFolder() : project;
  const folder = join(repository, under);
  if (under) await save(folder, await textsIn(project));
  const git = (...args: readonly string[]) => execFileSync('git', ['-C', repository, ...args], { stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A');
  git(
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.com',
    '-c',
    'commit.gpgsign=false',
    'commit',
    '-qm',
    'first',
  );
  return folder;
}

async function textsIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const { sequences, templates, brand } = await readProjectFolder(folder);
  const files = [...sequences.values(), ...templates.values(), brand];
  return Object.fromEntries(files.map(({ file, text }) => [file, text]));
}

async function textAgainst(rev: string, dir: string): Promise<string> {
  const told = await compare({ against: rev, dir }, readConfig({}), new Date());
  return stripVTControlCharacters(diffText(told));
}

const secret = { SIGNING_SECRET: 'the same secret for all of these runs' };

async function aRivulet(folder: string, uri: string, at = '2026-03-02T09:00:00Z') {
  const rivulet = await startTestRivulet({ PROJECT_DIR: folder, MONGODB_URI: uri, ...secret }, at);
  opened.push(rivulet.close);
  return { rivulet };
}

/** A database into which one project after the other may be deployed, and edits held against it. */
async function aDatabase() {
  const uri = testDatabase();
  const told = async (dir: string, now: string) => {
    const config = readConfig({ MONGODB_URI: uri, DATA_DIR: dir, ...secret });
    return compare({ against: 'deployed', dir }, config, new Date(now));
  };
  return {
    uri,
    /** Deploys these files, captures leads, and does what is due then. */
    deploy: async (
      files: Readonly<Record<string, string>>,
      leads: readonly string[] = [],
      at?: string,
    ): Promise<void> => {
      const folder = await aFolder(files);
      const { rivulet } = await aRivulet(folder, uri, at);
      await rivulet.store.revisions.keepFiles(await readProjectFolder(folder));
      for (const email of leads)
        await captureLead(LeadBody.parse({ email }), 'test', rivulet.store, rivulet.engine, rivulet.newId);
      await rivulet.dispatcher.wake();
    },
    text: async (dir: string, now = '2026-03-02T10:00:00Z') => stripVTControlCharacters(diffText(await told(dir, now))),
    json: async (dir: string, now = '2026-03-02T10:00:00Z') => toJson(await told(dir, now)),
  };
}
