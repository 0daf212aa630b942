import { describe, expect, test } from '@jest/globals';
import { aProject, aSequence, problemsIn, type Texts } from './project-texts.js';

const mail = '{ "send": "hello", "subject": "Hello" }';
const others: Texts = {
  'lead.json':
    '{ "fields": { "country": { "type": "text" }, "size": { "type": "number" }, "isVip": { "type": "yes/no" }, "renewalDate": { "type": "date" }, "topics": { "type": "list" } } }',
  'segments.json': '{ "segments": { "hot": { "if": { "score": { "gte": 60 } } } } }',
  'calendars/fr.json': '{ "name": "France", "days": ["05-01"] }',
  'forms/paper.json':
    '{ "title": "The paper", "fields": [{ "name": "email", "label": "Email", "type": "email" }], "consent": [{ "purpose": "news", "text": "Yes." }] }',
  'nurture.json': aSequence('{ "wait": "1 day" }'),
};

/** What is said of a sequence whose steps begin on line 3, one a line, beside files in which all is right. */
async function said(...steps: readonly string[]): Promise<readonly string[]> {
  return saidOf(aSequence(...steps));
}

async function saidOf(welcome: string, files: Texts = {}): Promise<readonly string[]> {
  const problems = await problemsIn(aProject({ ...others, ...files, 'welcome.json': welcome }));
  return problems.map((problem) => problem.replace('sequences/welcome.json:', ''));
}

/** A sequence whose second line is this key. */
function withKey(key: string, steps = mail): string {
  return `{ "name": "A sequence", "send": { "from": "mara@example.com" },\n${key},\n"steps": [${steps}] }`;
}

test('files in which all is right have no problems', async () => {
  expect(await said(mail)).toEqual([]);
});

describe('a step is refused for', () => {
  test.each<[string, string, string]>([
    [
      'an unknown template of a notice',
      '{ "notify": { "email": "sales@example.com", "template": "helo" } }',
      '3:57 error unknown-template: there is no template "helo". Did you mean "hello"?',
    ],
    [
      'a subject of a notice with an unknown field',
      '{ "notify": { "email": "sales@example.com", "template": "hello", "subject": "{{lead.contry}}" } }',
      '3:77 error unknown-merge-field: there is no merge field {{lead.contry}}. Did you mean "lead.country"?',
    ],
    [
      'a body of a webhook with an unknown field',
      '{ "webhook": { "url": "https://crm.example.com", "body": { "n": 1, "plan": "{{lead.siz}}" } } }',
      '3:76 error unknown-merge-field: there is no merge field {{lead.siz}}. Did you mean "lead.size"?',
    ],
    [
      'an unknown stage to move to',
      '{ "stage": "custommer" }',
      '3:12 error unknown-stage: there is no stage "custommer". Did you mean "customer"?',
    ],
    [
      'an unknown sequence to leave',
      '{ "unenroll": "nurtur" }',
      '3:15 error unknown-sequence: there is no sequence "nurtur". Did you mean "nurture"?',
    ],
    [
      'an unknown segment',
      '{ "tag": "a", "if": { "segment": "hott" } }',
      '3:21 error unknown-segment: there is no segment "hott". Did you mean "hot"?',
    ],
    [
      'an unknown webhook',
      '{ "tag": "a", "if": { "response.crm.status": 200 } }',
      '3:21 error unknown-step: no webhook of this sequence is called "crm". There are none yet.',
    ],
    [
      'a slip in the event that it waits for',
      '{ "waitFor": "convertd", "upTo": "3 days" }',
      '3:14 error unknown-event: no event is called "convertd". Did you mean "converted"? An event of your own needs a name less like it.',
    ],
    [
      'a form nobody has, that it waits for',
      '{ "waitFor": "form.submitted:papr", "upTo": "3 days" }',
      '3:14 error unknown-form: there is no form "papr". Did you mean "paper"?',
    ],
    [
      'a form nobody has, in a condition',
      '{ "tag": "a", "if": { "event": "form.submitted", "path": "papr" } }',
      '3:21 error unknown-form: there is no form "papr". Did you mean "paper"?',
    ],
    [
      'a slip in the event that it waits for by a condition',
      '{ "waitFor": { "event": "convertd" }, "upTo": "3 days" }',
      '3:14 error unknown-event: no event is called "convertd". Did you mean "converted"? An event of your own needs a name less like it.',
    ],
    [
      'an unknown field in a choice',
      '{ "choose": [{ "if": { "tag": "a" }, "then": [{ "tag": "b" }] }, { "if": { "lead.contry": "FR" }, "then": [{ "tag": "b" }] }] }',
      '3:74 error unknown-field: leads have no field "contry". Did you mean "country"? New fields are declared in lead.json.',
    ],
    [
      'an unknown stage in a goal',
      '{ "goal": { "stage": "client" } }',
      '3:11 error unknown-stage: there is no stage "client". Use one of: lead, customer.',
    ],
    [
      'a slip in what decides a split',
      '{ "split": { "a": { "send": "hello", "subject": "A" }, "b": { "send": "hello", "subject": "B" } }, "winner": { "by": "cliked", "after": 9 } }',
      '3:118 error unknown-event: no event is called "cliked". Did you mean "clicked"? An event of your own needs a name less like it.',
    ],
    [
      'an unknown template of a way of a split',
      '{ "split": { "a": { "send": "hello", "subject": "A" }, "b": { "send": "helo", "subject": "B" } } }',
      '3:71 error unknown-template: there is no template "helo". Did you mean "hello"?',
    ],
    [
      'an unknown stage for a mail to pick',
      '{ "pick": [{ "send": "hello", "subject": "A", "stages": ["lead", "client"] }] }',
      '3:57 error unknown-stage: there is no stage "client". Use one of: lead, customer.',
    ],
    [
      'an unknown step in the condition of a mail to pick',
      '{ "pick": [{ "send": "hello", "subject": "A", "if": { "opened": "paper" } }] }',
      '3:53 error unknown-step: no mail of this sequence is called "paper". Use one of: 1, 1.hello.',
    ],
    [
      'a wait for a field that nobody has',
      '{ "wait": { "until": "3 days before lead.renewalDat" } }',
      '3:22 error unknown-field: leads have no field "renewalDat". Did you mean "renewalDate"? New fields are declared in lead.json.',
    ],
    [
      'a wait for a field that is no date',
      '{ "wait": { "until": "lead.size" } }',
      '3:22 error wrong-type: "size" is declared as number and used as date. Change the one or the other; fields are declared in lead.json.',
    ],
    [
      'an address to set',
      '{ "set": { "lead.email": "ada@example.com" } }',
      '3:26 error fixed-field: no step can change lead.email. Set a field of your own; fields are declared in lead.json.',
    ],
    [
      'a time zone to set that is none',
      '{ "set": { "lead.timezone": "Mars/Base" } }',
      '3:29 error unknown-time-zone: there is no time zone "Mars/Base". Write a name such as "Europe/Paris".',
    ],
    [
      'a built-in field to set to another type',
      '{ "set": { "lead.firstName": 5 } }',
      '3:30 error wrong-type: "firstName" is declared as text and used as number. Change the one or the other; fields are declared in lead.json.',
    ],
  ])('%s', async (_, step, problem) => {
    expect(await said(step)).toEqual([problem]);
  });

  test.each<[string, string, string]>([
    ['a number held against text', '{ "lead.size": "big" }', '"size" is declared as number and used as text'],
    [
      'text held against a number',
      '{ "lead.country": { "gte": 5 } }',
      '"country" is declared as text and used as number',
    ],
    ['yes/no held against a number', '{ "lead.isVip": 1 }', '"isVip" is declared as yes/no and used as number'],
    [
      'text held against a date',
      '{ "lead.country": { "before": "today" } }',
      '"country" is declared as text and used as date',
    ],
    ['a number in a pattern', '{ "lead.size": { "matches": "5" } }', '"size" is declared as number and used as text'],
    ['a list held against one value', '{ "lead.topics": "docks" }', '"topics" is declared as list and used as text'],
  ])('a test that no lead can pass: %s', async (_, condition, message) => {
    const mend = 'Change the one or the other; fields are declared in lead.json.';
    expect(await said(`{ "tag": "a", "if": ${condition} }`)).toEqual([`3:21 error wrong-type: ${message}. ${mend}`]);
  });

  test.each([
    '{ "lead.size": { "gte": 5, "lt": 9 } }',
    '{ "lead.renewalDate": { "before": "in 7 days" } }',
    '{ "lead.renewalDate": "2026-12-01" }',
    '{ "lead.topics": { "contains": "docks" } }',
    '{ "lead.isVip": true }',
    '{ "lead.createdAt": { "before": "30 days ago" } }',
    '{ "event": "form.submitted", "path": "pap*" }',
    '{ "event": "form.submitted" }',
  ])('but not for %s', async (condition) => {
    expect(await said(`{ "tag": "a", "if": ${condition} }`)).toEqual([]);
  });

  test('a misspelt split or pick, which could be asked as a group', async () => {
    const split =
      '{ "id": "nudge", "split": { "a": { "send": "hello", "subject": "A" }, "b": { "steps": [{ "send": "hello", "subject": "B" }] } } }';
    expect(await said(split, '{ "tag": "a", "if": { "clicked": "nudge" } }')).toEqual([]);
    expect(await said(split, '{ "tag": "a", "if": { "clicked": "nugde" } }')).toEqual([
      '4:21 error unknown-step: no mail of this sequence is called "nugde". Did you mean "nudge"?',
    ]);
  });

  test('a misspelt webhook among several', async () => {
    const webhook = '{ "id": "crm", "webhook": { "url": "https://crm.example.com" } }';
    expect(await said(webhook, '{ "tag": "a", "if": { "response.cmr.status": 200 } }')).toEqual([
      '4:21 error unknown-step: no webhook of this sequence is called "cmr". Did you mean "crm"?',
    ]);
  });
});

describe('a sequence is refused for', () => {
  test.each<[string, string, string]>([
    [
      'a slip in a trigger, at its place among dates',
      '"enroll": { "on": [{ "date": "lead.renewalDate" }, "replied", "lead.create"] }',
      '2:63 error unknown-event: no event is called "lead.create". Did you mean "lead.created"? An event of your own needs a name less like it.',
    ],
    [
      'a date in a field that nobody has, at its place among others',
      '"enroll": { "on": ["replied", { "date": "lead.renewalDate" }, { "date": "lead.birthday" }] }',
      '2:63 error unknown-field: leads have no field "birthday". Use one of: email, firstName, lastName, timezone, locale, createdAt, addressKind, country, size, isVip, renewalDate, topics. New fields are declared in lead.json.',
    ],
    [
      'a date in a field of another type',
      '"enroll": { "on": { "date": "lead.size", "after": "2 days" } }',
      '2:19 error wrong-type: "size" is declared as number and used as date. Change the one or the other; fields are declared in lead.json.',
    ],
    [
      'a trigger for an unknown segment',
      '"enroll": { "on": "segment.entered:hott" }',
      '2:19 error unknown-segment: there is no segment "hott". Did you mean "hot"?',
    ],
    [
      'a trigger for no segment',
      '"exit": { "on": ["replied", "segment.left"] }',
      '2:29 error no-segment: this trigger names no segment. Write "segment.left:<segment>".',
    ],
    [
      'a trigger for an unknown form',
      '"enroll": { "on": "form.submitted:papr" }',
      '2:19 error unknown-form: there is no form "papr". Did you mean "paper"?',
    ],
    [
      'a trigger for an unknown field',
      '"enroll": { "on": "field.changed:contry" }',
      '2:19 error unknown-field: leads have no field "contry". Did you mean "country"? New fields are declared in lead.json.',
    ],
    [
      'an unknown segment of its audience',
      '"schedule": "0 10 1 * *", "audience": { "segment": "hott" }',
      '2:39 error unknown-segment: there is no segment "hott". Did you mean "hot"?',
    ],
    [
      'an unknown step in its goal',
      '"goal": { "clicked": "helo" }',
      '2:9 error unknown-step: no mail of this sequence is called "helo". Did you mean "hello"?',
    ],
    [
      'an unknown step in what ends it',
      '"exit": { "if": { "clicked": "helo" } }',
      '2:17 error unknown-step: no mail of this sequence is called "helo". Did you mean "hello"?',
    ],
    [
      'a webhook in what lets leads in, which nobody has called yet',
      '"enroll": { "on": "replied", "if": { "response.crm.status": 200 } }',
      '2:36 error unknown-step: only the steps of a sequence can ask for its webhooks. Ask for an event, for example { "event": "clicked" }.',
    ],
  ])('%s', async (_, key, problem) => {
    expect(await saidOf(withKey(key))).toEqual([problem]);
  });

  test('an unknown calendar, once and where it is named', async () => {
    const send = '"send": { "from": "mara@example.com", "window": { "holidays": ["fr", "company"] } }';
    const steps = [mail, '{ "wait": "2 business days" }', '{ "id": "more", "send": "hello", "subject": "More" }'];
    expect(await saidOf(`{ "name": "A",\n${send},\n"steps": [${steps.join(', ')}] }`)).toEqual([
      '2:70 error unknown-calendar: there is no calendar "company". Use one of: fr.',
    ]);
  });

  test('an unknown calendar of one mail, at that mail', async () => {
    const own = '{ "send": "hello", "subject": "Hello", "window": { "holidays": "frr" } }';
    expect(await said(own)).toEqual(['3:64 error unknown-calendar: there is no calendar "frr". Did you mean "fr"?']);
  });

  test('holidays that would keep it shut for ever', async () => {
    const days = Array.from({ length: 366 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(5, 10));
    const files = { 'calendars/all.json': `{ "name": "All", "days": ${JSON.stringify(days)} }` };
    const shut = (key: string, steps: string) =>
      `{ "name": "A",\n"send": { "from": "mara@example.com"${key} },\n"steps": [${steps}] }`;
    const problem =
      'error impossible-window: with these holidays nothing would go for more than a year. Take some days out of the calendar.';
    const window = ', "window": { "holidays": "all" }';
    expect(await saidOf(shut(window, mail), files)).toEqual([`3:11 ${problem}`]);
    expect(await saidOf(shut(window, '{ "wait": "1 business day" }'), files)).toEqual([`3:11 ${problem}`]);
    expect(await saidOf(shut(window, '{ "wait": "1 day" }'), files)).toEqual([]);
  });

  test('a pool, its mistakes once, however many steps pick from it', async () => {
    const pools = '"pools": { "blog": [{ "send": "helo", "subject": "A", "stages": "client" }] }';
    expect(await saidOf(withKey(pools, '{ "pick": "blog" }, { "pick": "blog" }'))).toEqual([
      '2:31 error unknown-template: there is no template "helo". Did you mean "hello"?',
      '2:65 error unknown-stage: there is no stage "client". Use one of: lead, customer.',
    ]);
  });

  test.each<[string, string, string]>([
    [
      'a goal inside another step',
      '{ "if": { "tag": "a" }, "then": [{ "goal": { "tag": "b" } }] }',
      '3:34 error goal-inside: a goal inside another step cannot be reached from outside it. Move it to the outermost list of steps.',
    ],
    [
      'a pool that is not there',
      '{ "pick": "blog" }',
      '3:11 error unknown-pool: there is no pool "blog". Add it to "pools".',
    ],
    [
      'a tie that no way bears',
      '{ "split": { "a": { "send": "hello", "subject": "A" }, "b": { "send": "hello", "subject": "B" } }, "winner": { "by": "clicked", "after": 9, "tie": "c" } }',
      '3:148 error unknown-way: no way is called "c". Use one of: a, b, keep splitting.',
    ],
    [
      'a way that could never win',
      '{ "split": { "a": { "send": "hello", "subject": "A" }, "b": { "steps": [{ "tag": "b" }] } }, "winner": { "by": "clicked", "after": 9 } }',
      '3:61 error way-without-mail: no mail of the way "b" can be clicked. Send one in it, or judge the ways by an event, for example { "by": "converted" }.',
    ],
  ])('%s', async (_, step, problem) => {
    expect(await said(step)).toEqual([problem]);
  });

  test('steps without a name where edits take leads along', async () => {
    const migrating = withKey(
      '"inFlight": "migrate"',
      `${mail},\n{ "wait": "1 day" },\n{ "id": "b", "wait": "1 day" }`,
    );
    expect(await saidOf(migrating)).toEqual([
      '4:1 error step-needs-id: leads may stand at this step when the file is edited, and only an id lets them be found again. Give it an "id".',
    ]);
  });
});

describe('segments are refused', () => {
  test.each<[string, string, readonly string[]]>([
    [
      'that ask for each other',
      '{ "segments": {\n"a": { "if": { "segment": "b" } },\n"b": { "if": { "not": { "segment": "a" } } },\n"c": { "if": { "tag": "c" } } } }',
      [
        '2:6 error circular-segment: the segment "a" asks for itself. Take one of the segments out of the circle.',
        '3:6 error circular-segment: the segment "b" asks for itself. Take one of the segments out of the circle.',
      ],
    ],
    [
      'that ask for what is not there',
      '{ "segments": {\n"a": { "if": { "segment": "bb", "stage": "client" } } } }',
      [
        '2:14 error unknown-stage: there is no stage "client". Use one of: lead, customer.',
        '2:14 error unknown-segment: there is no segment "bb". Use one of: a.',
      ],
    ],
    [
      'that ask for a mail of a sequence',
      '{ "segments": {\n"a": { "if": { "opened": "hello" } } } }',
      [
        '2:14 error unknown-step: only the steps of a sequence can ask for its mails. Ask for an event, for example { "event": "clicked" }.',
      ],
    ],
    [
      'that ask for a link',
      '{ "segments": {\n"a": { "if": { "clicked": "https://example.com/docks" } } } }',
      [
        '2:14 error link-in-segment: a segment has no mails of its own whose links could be meant. Write { "event": "clicked", "path": "https://example.com/docks" }.',
      ],
    ],
    [
      'without a condition',
      '{ "segments": {\n"a": {} } }',
      ['2:6 error missing-key: the key "if" is missing. Write for example { "opened": "a-step" }.'],
    ],
    [
      'in a list',
      '{ "segments": [] }',
      ['1:15 error wrong-value: segments must be an object. Write { "hot": { "if": { "score": { "gte": 60 } } } }.'],
    ],
  ])('%s', async (_, text, problems) => {
    const found = await problemsIn(aProject({ 'segments.json': text, 'welcome.json': aSequence(mail) }));
    expect(found).toEqual(problems.map((problem) => `sequences/segments.json:${problem}`));
  });

  test('once: those of a faulty file do not show again where they are named', async () => {
    const found = await problemsIn(
      aProject({
        'segments.json': '{ "segments": 5 }',
        'welcome.json': aSequence('{ "tag": "a", "if": { "segment": "hot" } }'),
      }),
    );
    expect(found.map((problem) => problem.split(' ')[0])).toEqual(['sequences/segments.json:1:15']);
  });

  test('that fit asks for, when they are about scores', async () => {
    const scoring =
      '{ "engagement": { "rules": [] },\n"fit": { "rules": [{ "if": { "segment": "hot" }, "points": 1, "why": "x" }] } }';
    const found = await problemsIn(aProject({ ...others, 'scoring.json': scoring }));
    expect(found).toEqual([
      'sequences/scoring.json:2:28 error fit-asks-score: fit is about who the lead is; it cannot ask for scores or events. Use fields, tags or the stage, or make it a rule of engagement.',
    ]);
  });
});

describe('a sequence with a mistake is still checked for others, and for none that follow from it', () => {
  const nudge = (a: string) =>
    `{ "id": "nudge", "split": { "a": ${a}, "b": { "steps": [{ "id": "long", "send": "hello", "subject": "B" }] } } }`;

  test.each<[string, readonly string[], readonly string[]]>([
    [
      'a faulty way of a split',
      [
        nudge('{ "send": "hello" }'),
        '{ "if": { "clicked": "nudge.a" }, "then": [{ "tag": "a", "if": { "clicked": "long" } }] }',
      ],
      ['3:34 error missing-key: the key "subject" is missing. Add it.'],
    ],
    [
      'a faulty winner',
      [
        nudge('{ "send": "hello", "subject": "A" }').replace(/ }$/, ', "winner": { "by": "clicked" } }'),
        '{ "tag": "a", "if": { "clicked": "nudge" } }',
      ],
      ['3:154 error missing-key: the key "after" is missing. Add it.'],
    ],
    [
      'a faulty condition of a branch, whose steps others ask for',
      [
        '{ "if": { "tg": "a" }, "then": [{ "id": "in", "send": "hello", "subject": "Hi" }] }',
        '{ "tag": "a", "if": { "clicked": "in" } }',
      ],
      ['3:11 error unknown-key: unknown condition "tg". Did you mean "tag"?'],
    ],
    [
      'a faulty way of a choice',
      [
        '{ "choose": [{ "if": { "tg": "a" }, "then": [{ "id": "in", "send": "hello", "subject": "Hi" }] }], "otherwise": [{ "send": "helo", "subject": "Hi" }] }',
        '{ "tag": "a", "if": { "clicked": "in" } }',
      ],
      [
        '3:24 error unknown-key: unknown condition "tg". Did you mean "tag"?',
        '3:124 error unknown-template: there is no template "helo". Did you mean "hello"?',
      ],
    ],
    [
      'a wait for something, without an end',
      [
        '{ "waitFor": "replied", "then": [{ "id": "in", "send": "hello", "subject": "Hi" }] }',
        '{ "tag": "a", "if": { "clicked": "in" } }',
      ],
      ['3:1 error missing-key: the key "upTo" is missing. Write for example "3 days".'],
    ],
    [
      'a faulty mail to pick',
      [
        '{ "id": "p", "pick": [{ "send": "hello" }, { "id": "more", "send": "hello", "subject": "B" }] }',
        '{ "if": { "sent": "p" }, "then": [{ "tag": "a", "if": { "clicked": "p.more" } }] }',
      ],
      ['3:23 error missing-key: the key "subject" is missing. Add it.'],
    ],
    [
      'a faulty "quiet" of a pick',
      [
        '{ "id": "p", "pick": [{ "send": "helo", "subject": "A" }], "quiet": 4 }',
        '{ "tag": "a", "if": { "sent": "p" } }',
      ],
      [
        '3:33 error unknown-template: there is no template "helo". Did you mean "hello"?',
        '3:69 error wrong-value: a length of time must be text in quotes. Write for example "3 days".',
      ],
    ],
    [
      'a faulty webhook',
      ['{ "id": "crm", "webhook": "https://crm.example.com" }', '{ "tag": "a", "if": { "response.crm.status": 200 } }'],
      ['3:27 error wrong-value: this must be an object. Write an object with: url, body, upTo.'],
    ],
    [
      'a faulty condition of a mail',
      ['{ "send": "helo", "subject": "Hi", "if": { "tg": "a" } }', '{ "tag": "a", "if": { "clicked": "helo" } }'],
      [
        '3:11 error unknown-template: there is no template "helo". Did you mean "hello"?',
        '3:44 error unknown-key: unknown condition "tg". Did you mean "tag"?',
      ],
    ],
    [
      'a misspelt lint rule',
      ['{ "if": { "tag": "a" }, "then": [{ "send": "helo", "subject": "Hi" }], "lint": { "dead-lnk": "x" } }'],
      [
        '3:44 error unknown-template: there is no template "helo". Did you mean "hello"?',
        '3:82 error unknown-key: unknown key "dead-lnk". Did you mean "dead-link"?',
      ],
    ],
    [
      'faulty steps at every depth',
      [
        '{ "if": { "tg": "a" }, "then": [{ "tag": 5 }, { "choose": [{ "if": {}, "then": [{ "wait": "soon" }, { "send": "helo", "subject": "Hi" }] }] }] }',
      ],
      [
        '3:11 error unknown-key: unknown condition "tg". Did you mean "tag"?',
        '3:42 error wrong-value: a tag must be text in quotes',
        '3:68 error wrong-value: this condition is empty. Write for example { "opened": "a-step" }.',
        '3:91 error bad-duration: "soon" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
        '3:111 error unknown-template: there is no template "helo". Did you mean "hello"?',
      ],
    ],
  ])('%s', async (_, steps, problems) => {
    expect(await said(...steps)).toEqual(problems);
  });

  test.each<[string, string, string, readonly string[]]>([
    [
      'a faulty mail of a pool',
      '"pools": { "blog": [{ "send": "hello" }] }',
      '{ "id": "p", "pick": "blog" }, { "tag": "a", "if": { "sent": "p" } }',
      ['2:21 error missing-key: the key "subject" is missing. Add it.'],
    ],
    [
      'a faulty schedule, whose audience stays behind',
      '"schedule": "monthly", "audience": { "tag": "a" }',
      '{ "send": "helo", "subject": "Hi" }',
      [
        '2:13 error bad-cron: this is not a cron schedule. Write five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
        '3:21 error unknown-template: there is no template "helo". Did you mean "hello"?',
      ],
    ],
  ])('%s', async (_, key, steps, problems) => {
    expect(await saidOf(withKey(key, steps))).toEqual(problems);
  });
});
