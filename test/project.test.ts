import { describe, expect, test } from '@jest/globals';
import { readProjectFolder } from '../src/project-folder.js';
import { readProject, readRevision } from '../src/sequence/project.js';
import { aProject, aSequence, problemsIn, rightBrand, rightTemplates } from './project-texts.js';

const mail = '{ "send": "hello", "subject": "Hello" }';

describe('a project in which all is right', () => {
  test('has no problems', async () => {
    expect(await problemsIn(aProject({ 'welcome.json': aSequence(mail) }))).toEqual([]);
  });

  test('has its sequences under their file names, ready to run', async () => {
    const { project } = await readProject(aProject({ 'welcome.json': aSequence(mail) }));
    expect([...(project?.programs ?? [])].map(([name, { title, start }]) => [name, title, start])).toEqual([
      ['welcome', 'A sequence', 'hello'],
    ]);
  });

  test('has its mails, its funnel, its points and its fields', async () => {
    const { project } = await readProject(aProject());
    expect([...(project?.templates.keys() ?? [])]).toEqual(['hello']);
    expect(project?.funnel.map(({ name }) => name)).toEqual(['lead', 'customer']);
    expect(project?.scoring.engagement.rules).toMatchObject([{ id: 'clicked', points: 10 }]);
    expect([...(project?.fields ?? [])]).toEqual([['country', 'text']]);
  });

  test('needs no lead.json', async () => {
    const { project } = await readProject(aProject({ 'lead.json': undefined }));
    expect(project).toBeDefined();
    expect(project).not.toHaveProperty('fields');
  });

  test('keeps each sequence as it was written, to be read again as the same revision', async () => {
    const { project } = await readProject(aProject({ 'welcome.json': aSequence(mail) }));
    expect(readRevision('welcome', project?.sources.get('welcome'))).toEqual(project?.programs.get('welcome'));
  });
});

test('the shipped project has no problems', async () => {
  expect(await problemsIn(await readProjectFolder('.'))).toEqual([]);
});

describe('a step is refused that names', () => {
  const names = { 'nurture.json': aSequence('{ "wait": "1 day" }'), 'late.json': aSequence('{ "wait": "1 day" }') };

  test.each([
    [
      'an unknown template',
      '{ "id": "hi", "send": "helo", "subject": "Hi" }',
      '3:23 error unknown-template: there is no template "helo". Did you mean "hello"?',
    ],
    [
      'a partial for a template',
      '{ "id": "hi", "send": "layout", "subject": "Hi" }',
      '3:23 error unknown-template: there is no template "layout". Use one of: hello.',
    ],
    [
      'an unknown sequence',
      '{ "enroll": "nurtur" }',
      '3:13 error unknown-sequence: there is no sequence "nurtur". Did you mean "nurture"?',
    ],
    [
      'an unknown step',
      '{ "tag": "a", "if": { "opened": "helo" } }',
      '3:21 error unknown-step: no mail of this sequence is called "helo". There are none yet.',
    ],
    [
      'an unknown stage',
      '{ "tag": "a", "if": { "not": { "stage": "custommer" } } }',
      '3:21 error unknown-stage: there is no stage "custommer". Did you mean "customer"?',
    ],
    [
      'an unknown field',
      '{ "tag": "a", "if": { "lead.county": "FR" } }',
      '3:21 error unknown-field: leads have no field "county". Did you mean "country"? New fields are declared in lead.json.',
    ],
    [
      'an unknown field to set',
      '{ "set": { "lead.contry": "FR" } }',
      '3:27 error unknown-field: leads have no field "contry". Did you mean "country"? New fields are declared in lead.json.',
    ],
    [
      'an unknown field in its subject',
      '{ "send": "hello", "subject": "Hi {{lead.fristName \'you\'}}" }',
      '3:31 error unknown-merge-field: there is no merge field {{lead.fristName}}. Did you mean "lead.firstName"?',
    ],
    [
      'a field that may be missing in its subject',
      '{ "send": "hello", "subject": "Hi {{lead.firstName}}" }',
      "3:31 error merge-field-may-be-missing: some leads have no lead.firstName. Give it a default, {{lead.firstName '…'}}, or put it into {{#if lead.firstName}}…{{/if}}.",
    ],
    [
      'nothing a subject can hold',
      '{ "send": "hello", "subject": "Hi {{lead.firstName" }',
      "3:31 error merge-field: this merge field or block cannot be read. Write {{field}}, {{field 'default'}} or {{#if field}}…{{/if}}.",
    ],
  ])('%s', async (_, step, problem) => {
    expect(await problemsIn(aProject({ ...names, 'welcome.json': aSequence(step) }))).toEqual([
      `sequences/welcome.json:${problem}`,
    ]);
  });

  test('an unknown step, with the mails that there are', async () => {
    const welcome = aSequence(mail, '{ "if": { "clicked": "helo" }, "then": [{ "tag": "a" }] }');
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([
      'sequences/welcome.json:4:9 error unknown-step: no mail of this sequence is called "helo". Did you mean "hello"?',
    ]);
  });

  test('a step of another sequence, or one that is no mail', async () => {
    const welcome = aSequence('{ "id": "pause", "wait": "1 day" }', '{ "tag": "a", "if": { "opened": "pause" } }');
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([
      'sequences/welcome.json:4:21 error unknown-step: no mail of this sequence is called "pause". There are none yet.',
    ]);
  });

  test('a default in double quotes, as JSON writes them, is right in a subject', async () => {
    const welcome = aSequence('{ "send": "hello", "subject": "Hi {{lead.firstName \\"you\\"}}" }');
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([]);
  });
});

describe('a sequence is refused', () => {
  test('for two steps of the same id, at the second', async () => {
    expect(await problemsIn(aProject({ 'welcome.json': aSequence(mail, '{ "wait": "1 day" }', mail) }))).toEqual([
      'sequences/welcome.json:5:1 error duplicate-step: two steps are called "hello", the other one in line 3. Give one of them another "id".',
    ]);
  });

  test('for a mail without a sender', async () => {
    const welcome = `{ "name": "Welcome", "steps": [\n${mail}] }`;
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([
      'sequences/welcome.json:2:1 error no-sender: the mail "hello" has no sender. Add "send": { "from": "Name <name@example.com>" } to the sequence.',
    ]);
  });

  test('for an unknown stage', async () => {
    const welcome = '{ "name": "Welcome",\n  "stage": "custommer",\n  "steps": [{ "wait": "1 day" }] }';
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([
      'sequences/welcome.json:2:12 error unknown-stage: there is no stage "custommer". Did you mean "customer"?',
    ]);
  });

  test('for asking, before it begins, what became of its mails', async () => {
    const welcome = `{ "name": "Welcome", "enroll": { "on": "lead.created",\n"if": { "opened": "hello" } }, "steps": [{ "wait": "1 day" }] }`;
    expect(await problemsIn(aProject({ 'welcome.json': welcome }))).toEqual([
      'sequences/welcome.json:2:7 error unknown-step: only the steps of a sequence can ask for its mails. Ask for an event, for example { "event": "clicked" }.',
    ]);
  });
});

describe('sequences that enroll into each other', () => {
  const circle = (path: string) =>
    `error endless-circle: these sequences start each other without a wait: ${path}. Put a "wait" before one of the steps.`;
  const enroll = (name: string) => `{ "enroll": "${name}" }`;

  test('are refused when one enrolls into itself', async () => {
    expect(await problemsIn(aProject({ 'a.json': aSequence(enroll('a')) }))).toEqual([
      `sequences/a.json:3:1 ${circle('a → a')}`,
    ]);
  });

  test('are refused when the circle goes through others', async () => {
    const files = {
      'a.json': aSequence('{ "tag": "a" }', enroll('b')),
      'b.json': aSequence(enroll('c')),
      'c.json': aSequence(enroll('a')),
    };
    expect(await problemsIn(aProject(files))).toEqual([`sequences/c.json:3:1 ${circle('a → b → c → a')}`]);
  });

  test('are refused when a branch leads around the wait', async () => {
    const way = '{ "if": { "tag": "a" }, "then": [{ "wait": "1 day" }], "else": [{ "tag": "b" }] }';
    expect(await problemsIn(aProject({ 'a.json': aSequence(way, enroll('a')) }))).toEqual([
      `sequences/a.json:4:1 ${circle('a → a')}`,
    ]);
  });

  test('are refused when a condition may pass over the wait', async () => {
    const wait = '{ "wait": "1 day", "if": { "tag": "a" } }';
    expect(await problemsIn(aProject({ 'a.json': aSequence(wait, enroll('a')) }))).toEqual([
      `sequences/a.json:4:1 ${circle('a → a')}`,
    ]);
  });

  test.each([
    ['a wait', '{ "wait": "1 minute" }'],
    ['a wait for a moment', '{ "wait": { "until": "monday" } }'],
    ['an exit', '{ "exit": "done" }'],
    ['a wait on every way', '{ "if": { "tag": "a" }, "then": [{ "wait": "1 day" }], "else": [{ "wait": "2 days" }] }'],
  ])('are right when the circle has %s in it', async (_, step) => {
    const files = { 'a.json': aSequence(step, enroll('b')), 'b.json': aSequence(enroll('a')) };
    expect(await problemsIn(aProject(files))).toEqual([]);
  });
});

describe('the rules of a project are refused', () => {
  test.each([
    [
      'a file that is missing',
      undefined,
      ['1:1 error missing-file: this file is missing. The README shows what belongs into it.'],
    ],
    ['no stage', '{ "stages": [] }', ['1:13 error wrong-value: stages is an empty list. Name at least one.']],
    [
      'a stage nobody can enter',
      '{ "stages": [{ "name": "lead", "enter": {} }] }',
      ['1:41 error wrong-value: nobody says how this stage is entered. Add "on" (events), "if" (a condition) or both.'],
    ],
    [
      'two stages of one name',
      '{ "stages": [{ "name": "lead", "enter": { "on": "a" } },\n{ "name": "lead", "enter": { "on": "b" } }] }',
      ['2:1 error duplicate-name: two stages are called "lead". Give one of them another name.'],
    ],
    [
      'an unknown field',
      '{ "stages": [{ "name": "lead", "enter": { "if": { "lead.size": { "gt": 5 } } } }] }',
      [
        '1:49 error unknown-field: leads have no field "size". Use one of: email, firstName, lastName, timezone, locale, createdAt, addressKind, country. New fields are declared in lead.json.',
      ],
    ],
    [
      'a mail that no stage can know',
      '{ "stages": [{ "name": "lead", "enter": { "if": { "opened": "hello" } } }] }',
      [
        '1:49 error unknown-step: only the steps of a sequence can ask for its mails. Ask for an event, for example { "event": "clicked" }.',
      ],
    ],
  ])('for %s in funnel.json', async (_, text, problems) => {
    expect(await problemsIn(aProject({ 'funnel.json': text }))).toEqual(
      problems.map((problem) => `sequences/funnel.json:${problem}`),
    );
  });

  test.each([
    [
      'a file that is missing',
      undefined,
      ['1:1 error missing-file: this file is missing. The README shows what belongs into it.'],
    ],
    [
      'fit that asks for the score',
      '{ "engagement": { "rules": [] },\n"fit": { "rules": [{ "if": { "score": 5 }, "points": 1, "why": "x" }] } }',
      [
        '2:28 error fit-asks-score: fit is about who the lead is; it cannot ask for scores or events. Use fields, tags or the stage, or make it a rule of engagement.',
      ],
    ],
    [
      'fit that asks for events inside of another condition',
      '{ "engagement": { "rules": [] },\n"fit": { "rules": [{ "if": { "not": { "event": "a" } }, "points": 1, "why": "x" }] } }',
      [
        '2:28 error fit-asks-score: fit is about who the lead is; it cannot ask for scores or events. Use fields, tags or the stage, or make it a rule of engagement.',
      ],
    ],
    [
      'points in quotes',
      '{ "engagement": { "rules": [{ "on": "a", "points": "5" }] } }',
      ['1:52 error wrong-value: points must be a number without quotes'],
    ],
    [
      'a cap below zero',
      '{ "engagement": { "cap": -1, "rules": [] } }',
      ['1:26 error wrong-value: cap must be from 0 to 100000'],
    ],
    [
      'a half-life that is none',
      '{ "engagement": { "halfLife": "30", "rules": [] } }',
      [
        '1:31 error bad-duration: "30" is not a length of time. Write a number and minutes, hours, days, weeks or months, for example "3 days".',
      ],
    ],
    [
      'two rules for the same event',
      '{ "engagement": { "rules": [{ "on": "a", "points": 5 },\n{ "on": "a", "points": 6 }] } }',
      ['2:1 error duplicate-name: two rules are called "a". Give one of them another name.'],
    ],
    [
      'no engagement',
      '{}',
      [
        '1:1 error missing-key: the key "engagement" is missing. Write an object with: halfLife, fade, cap, floor, rules.',
      ],
    ],
  ])('for %s in scoring.json', async (_, text, problems) => {
    expect(await problemsIn(aProject({ 'scoring.json': text }))).toEqual(
      problems.map((problem) => `sequences/scoring.json:${problem}`),
    );
  });

  test.each([
    [
      'an unknown type',
      '{ "fields": { "size": { "type": "numbr" } } }',
      ['1:33 error wrong-value: type cannot be "numbr". Did you mean "number"?'],
    ],
    [
      'no type',
      '{ "fields": { "size": {} } }',
      ['1:23 error missing-key: the key "type" is missing. Use one of: text, number, yes/no, date, list.'],
    ],
    [
      'a name with a space',
      '{ "fields": { "shoe size": { "type": "number" } } }',
      ['1:15 error wrong-key: a field name has letters, digits, "_" and "-" only'],
    ],
    [
      'a list of fields',
      '{ "fields": ["size"] }',
      ['1:13 error wrong-value: this must be an object. Write { "<field>": { "type": "text" } }.'],
    ],
  ])('for %s in lead.json', async (_, text, problems) => {
    expect(await problemsIn(aProject({ 'lead.json': text }))).toEqual(
      problems.map((problem) => `sequences/lead.json:${problem}`),
    );
  });

  test.each([
    [
      'a file that is missing',
      '',
      ['1:1 error missing-file: this file is missing. The README shows what belongs into it.'],
    ],
    [
      'a misspelt key',
      rightBrand.replace('"logo"', '"lgo"'),
      [
        '1:1 error missing-key: the key "logo" is missing. Add it.',
        '1:101 error unknown-key: unknown key "lgo". Did you mean "logo"?',
      ],
    ],
    [
      'a website that is none',
      rightBrand.replace('https://example.com', 'example'),
      ['1:34 error wrong-value: this is not the address of a website. Write for example "https://example.com".'],
    ],
    [
      'a script for a website',
      rightBrand.replace('https://example.com', 'javascript:alert(1)'),
      ['1:34 error wrong-value: this is not the address of a website. Write for example "https://example.com".'],
    ],
    [
      'a short postal address',
      rightBrand.replace('2100 Harbor Row, Toledo', 'Toledo'),
      ['1:74 error wrong-value: the postal address is too short. The law asks for a full one in every marketing mail.'],
    ],
    [
      'a name that is a number',
      rightBrand.replace('"Tallybay"', '5'),
      ['1:11 error wrong-value: the name must be text in quotes'],
    ],
    [
      'JSON that cannot be read',
      '{ "name": "Tallybay" "website" }',
      [
        '1:22 error json-syntax: not valid JSON: comma expected. Look at this place and just before it.',
        '1:32 error json-syntax: not valid JSON: colon expected. Look at this place and just before it.',
      ],
    ],
  ])('for %s in brand.json', async (_, text, problems) => {
    expect(await problemsIn(aProject({}, {}, text))).toEqual(
      problems.map((problem) => `templates/brand.json:${problem}`),
    );
  });
});

describe('the problems of a project', () => {
  test('come all at once, file by file from the top', async () => {
    const files = aProject(
      {
        'funnel.json': '{ "stages": [{ "name": "lead" }] }',
        'a.json': aSequence('{ "tag": "a" }', '{ "wait": "soon" }', '{ "tag": 5 }'),
        'b.json': aSequence('{ "enroll": "c" }', '{ "id": "hi", "send": "helo", "subject": "Hi" }'),
      },
      { hello: 'Hi\n{{lead.goal}}' },
      '{}',
    );
    const { diagnostics } = await readProject(files);
    expect(diagnostics.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      'sequences/a.json:4 bad-duration',
      'sequences/a.json:5 wrong-value',
      'sequences/b.json:3 unknown-sequence',
      'sequences/b.json:4 unknown-template',
      'sequences/funnel.json:1 missing-key',
      'templates/brand.json:1 missing-key',
      'templates/brand.json:1 missing-key',
      'templates/brand.json:1 missing-key',
      'templates/brand.json:1 missing-key',
      'templates/brand.json:1 missing-key',
      'templates/hello.mjml:1 mjml',
      'templates/hello.mjml:2 unknown-merge-field',
    ]);
  });

  test('of a layout or partial show once, however many mails include it', async () => {
    const layout = '<mjml><mj-body><mj-include path="content" />\n<mj-include path="partials/foot" /></mj-body></mjml>';
    expect(await problemsIn(aProject({}, { layout, again: rightTemplates['hello'] }))).toEqual([
      'templates/layout.mjml:2:1 error unknown-include: there is no partial "partials/foot". There are none yet.',
    ]);
  });

  test('of the funnel do not show again at every stage that others name', async () => {
    const welcome = '{ "name": "Welcome", "stage": "lead", "steps": [{ "wait": "1 day", "if": { "stage": "lead" } }] }';
    expect(await problemsIn(aProject({ 'funnel.json': '{ "stages": 5 }', 'welcome.json': welcome }))).toEqual([
      'sequences/funnel.json:1:13 error wrong-value: stages must be a list. Write it in square brackets.',
    ]);
  });
});

describe('a slip in the name of an event is found', () => {
  test.each([
    ['"stage.enterd"', '2:21 error unknown-event: no event is called "stage.enterd". Did you mean "stage.entered"?'],
    [
      '["replied", "lead.create"]',
      '2:33 error unknown-event: no event is called "lead.create". Did you mean "lead.created"?',
    ],
    ['"stage.entered:custommer"', '2:21 error unknown-stage: there is no stage "custommer". Did you mean "customer"?'],
  ])('in %s', async (on, problem) => {
    const text = `{ "name": "A sequence", "send": { "from": "mara@example.com" },\n  "enroll": { "on": ${on} }, "steps": [${mail}] }`;
    const [found = ''] = await problemsIn(aProject({ 'welcome.json': text }));
    expect(found).toContain(`sequences/welcome.json:${problem}`);
  });

  test.each([
    'replied',
    'form.submitted:white-paper',
    'clicked:https://example.com/*',
    'trial.ended',
    'webinar.attended',
  ])('and %s is none', async (on) => {
    const text = `{ "name": "A sequence", "send": { "from": "mara@example.com" }, "enroll": { "on": "${on}" }, "steps": [${mail}] }`;
    expect(await problemsIn(aProject({ 'welcome.json': text }))).toEqual([]);
  });

  test('in the funnel and in the scoring too', async () => {
    const problems = await problemsIn(
      aProject({
        'funnel.json':
          '{ "stages": [{ "name": "lead", "enter": { "on": "lead.creatd" } }, { "name": "customer", "enter": { "on": "converted" } }] }',
        'scoring.json': '{ "engagement": { "rules": [{ "on": "cliked", "points": 10 }] } }',
      }),
    );
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'sequences/funnel.json:1:49',
      'sequences/scoring.json:1:37',
    ]);
  });
});
