import { expect, test } from '@jest/globals';
import type { Diagnostic } from '../src/diagnostic.js';
import { readJson, schemaProblems } from '../src/sequence/json-source.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';

/** What is said of a file, in a line each: place, code, message and mend. */
function problemsIn(text: string): readonly string[] {
  const source = readJson('sequences/welcome.json', text);
  const { error } = SequenceFile.safeParse(source.value);
  const problems = source.problems.length > 0 || !error ? source.problems : schemaProblems(source, error);
  return problems.map(shown);
}

function shown({ line, column, code, message, hint }: Diagnostic): string {
  return `${line}:${column} ${code}: ${message}${hint ? `. ${hint}` : ''}`;
}

/** A file whose one step begins line 2. */
function withStep(step: string): string {
  return `{ "name": "Welcome", "steps": [\n${step}\n] }`;
}

/** A file whose line 2 is this key. */
function withHead(key: string): string {
  return `{ "name": "Welcome",\n${key},\n"steps": [{ "wait": "1 day" }] }`;
}

function stepOf(written: unknown): unknown {
  return SequenceFile.parse({ name: 'Welcome', steps: [written] }).steps[0];
}

function headOf(written: Record<string, unknown>): unknown {
  return SequenceFile.parse({ name: 'Welcome', steps: [{ wait: '1 day' }], ...written });
}

function inDays(amount: number) {
  return { amount, unit: 'days' };
}

const opened = { kind: 'mail', happened: 'opened', step: 'hello' };
const afternoons = { days: [1, 2, 3, 4, 5], from: 720, to: 1020, timeZone: 'lead', holidays: [] };

test.each([
  ['a mail', { send: 'hello', subject: 'Hi' }, { send: 'hello', subject: 'Hi' }],
  [
    'a mail at its own time',
    { send: 'hello', subject: 'Hi', window: { days: 'mon-fri', between: ['12:00', '17:00'] } },
    { send: 'hello', subject: 'Hi', window: afternoons },
  ],
  [
    'a mail at any time',
    { send: 'hello', subject: 'Hi', window: 'any time' },
    { send: 'hello', subject: 'Hi', window: 'any time' },
  ],
  ['a wait', { wait: '3 days' }, { wait: { amount: 3, unit: 'days' } }],
  ['a wait for one week', { wait: '1 Week' }, { wait: { amount: 1, unit: 'weeks' } }],
  [
    'a wait for a weekday and time',
    { wait: { until: 'tuesday 10:00' } },
    { wait: { until: { kind: 'clock', weekday: 2, minutes: 600 } } },
  ],
  ['a wait for a weekday', { wait: { until: 'sun' } }, { wait: { until: { kind: 'clock', weekday: 7 } } }],
  [
    'a wait for a time in a zone',
    { wait: { until: '9:30', timezone: 'Asia/Tokyo' } },
    { wait: { until: { kind: 'clock', minutes: 570 }, timezone: 'Asia/Tokyo' } },
  ],
  [
    'a branch',
    { if: { opened: 'hello' }, then: [{ tag: 'warm' }], else: [{ exit: 'cold' }] },
    { if: opened, then: [{ tag: ['warm'] }], else: [{ exit: 'cold' }] },
  ],
  ['a score', { score: -5, why: 'no answer' }, { score: -5, why: 'no answer' }],
  ['one tag', { tag: 'warm' }, { tag: ['warm'] }],
  ['several tags', { tag: ['warm', 'paper'] }, { tag: ['warm', 'paper'] }],
  ['a tag taken away', { untag: 'cold' }, { untag: ['cold'] }],
  ['a field set', { set: { 'lead.goal': 'speed' } }, { set: { 'lead.goal': 'speed' } }],
  ['an enroll', { enroll: 'nurture' }, { enroll: 'nurture' }],
  ['an exit', { exit: 'done' }, { exit: 'done' }],
  ['a wait in business days', { wait: '2 business days' }, { wait: { businessDays: 2 } }],
  [
    'a wait for a date of the lead',
    { wait: { until: '3 days before lead.webinarAt', missed: 'exit' } },
    { wait: { until: { kind: 'field', field: 'webinarAt', offset: { by: inDays(3), sign: -1 } }, missed: 'exit' } },
  ],
  [
    'a wait for an event',
    { waitFor: 'page.viewed:/pricing', upTo: '3 days' },
    { waitFor: 'page.viewed:/pricing', upTo: inDays(3) },
  ],
  [
    'a wait for a condition, with both ways and a condition of its own',
    { waitFor: { opened: 'hello' }, upTo: '3 days', then: [{ tag: 'a' }], else: [{ tag: 'b' }], if: { tag: 'c' } },
    {
      waitFor: opened,
      upTo: inDays(3),
      then: [{ tag: ['a'] }],
      else: [{ tag: ['b'] }],
      if: { kind: 'tag', tag: 'c' },
    },
  ],
  [
    'a choice of ways',
    { choose: [{ if: { tag: 'a' }, then: [{ exit: 'a' }] }], otherwise: [{ exit: 'b' }] },
    { choose: [{ if: { kind: 'tag', tag: 'a' }, then: [{ exit: 'a' }] }], otherwise: [{ exit: 'b' }] },
  ],
  [
    'a split into a mail and a list of steps',
    {
      split: { a: { weight: 2, send: 'hello', subject: 'Hi' }, b: { steps: [{ tag: 'b' }] } },
      winner: { by: 'clicked', after: 200, deadline: '5 days', tie: 'keep splitting' },
    },
    {
      split: { a: { weight: 2, send: 'hello', subject: 'Hi' }, b: { steps: [{ tag: ['b'] }] } },
      winner: { by: 'clicked', after: 200, deadline: inDays(5), tie: 'keep splitting' },
    },
  ],
  ['a goal', { goal: { opened: 'hello' }, else: 'wait' }, { goal: opened, else: 'wait' }],
  ['a stage', { stage: 'customer' }, { stage: 'customer' }],
  ['an unenroll', { unenroll: 'welcome' }, { unenroll: 'welcome' }],
  [
    'a notice to one of ours',
    { notify: { email: 'sales@example.com', template: 'internal/hot', subject: 'A lead' } },
    { notify: { email: 'sales@example.com', template: 'internal/hot', subject: 'A lead' } },
  ],
  [
    'a webhook',
    { webhook: { url: 'https://crm.example.com/hook', body: { plan: '{{lead.plan}}', n: 1 }, upTo: '6 hours' } },
    {
      webhook: {
        url: 'https://crm.example.com/hook',
        body: { plan: '{{lead.plan}}', n: 1 },
        upTo: { amount: 6, unit: 'hours' },
      },
    },
  ],
  ['a pick from a pool', { pick: 'blog', quiet: '4 days' }, { pick: 'blog', quiet: inDays(4) }],
  [
    'a pick from its own list',
    {
      pick: [
        { send: 'a', subject: 'A', stages: 'lead', interests: ['https://example.com/*'], if: { opened: 'hello' } },
      ],
    },
    { pick: [{ send: 'a', subject: 'A', stages: ['lead'], interests: ['https://example.com/*'], if: opened }] },
  ],
  [
    'a step that silences lint rules',
    { tag: 'a', lint: { 'dead-link': 'it comes with the launch' } },
    { tag: ['a'], lint: { 'dead-link': 'it comes with the launch' } },
  ],
  ['any step under a condition', { exit: 'done', if: { opened: 'hello' } }, { exit: 'done', if: opened }],
])('%s is a step', (_, written, read) => {
  expect(stepOf(written)).toEqual(read);
});

test.each([
  [
    'triggers',
    { enroll: { on: ['lead.created', 'form.submitted:paper'] } },
    { enroll: { on: ['lead.created', 'form.submitted:paper'] } },
  ],
  [
    'when a lead may come again',
    { enroll: { on: 'a', again: 'after 90 days' } },
    { enroll: { on: ['a'], again: { kind: 'after', after: { amount: 90, unit: 'days' } } } },
  ],
  [
    'a run for each value of a field',
    { enroll: { on: 'order.placed', again: { perKey: 'orderId' } } },
    { enroll: { on: ['order.placed'], again: { kind: 'per-key', field: 'orderId' } } },
  ],
  [
    'a date of the lead that starts it',
    { enroll: { on: { date: 'lead.renewalDate', before: '7 days' } } },
    { enroll: { on: [{ field: 'renewalDate', offset: { by: inDays(7), sign: -1 }, yearly: false }] } },
  ],
  [
    'a yearly date among events',
    { enroll: { on: ['replied', { date: 'lead.birthday', after: '1 day', yearly: true, at: '18:30' }] } },
    {
      enroll: {
        on: ['replied', { field: 'birthday', offset: { by: inDays(1), sign: 1 }, yearly: true, minutes: 1110 }],
      },
    },
  ],
  [
    'what it is for, and when a run is over',
    { goal: { opened: 'hello' }, exit: { if: { tag: 'done' } } },
    { goal: opened, exit: { if: { kind: 'tag', tag: 'done' } } },
  ],
  ['what an edit does to leads on their way', { inFlight: 'migrate' }, { inFlight: 'migrate' }],
  [
    'pools of mails',
    { pools: { blog: [{ send: 'blog/a', subject: 'A', id: 'a' }] } },
    { pools: { blog: [{ send: 'blog/a', subject: 'A', id: 'a' }] } },
  ],
  [
    'which lint rules it silences',
    { lint: { 'two-mails-within-a-day': 'the second answers a click' } },
    { lint: { 'two-mails-within-a-day': 'the second answers a click' } },
  ],
  [
    'what ends it',
    { exit: { on: 'replied', onStageChange: true } },
    { exit: { on: ['replied'], onStageChange: true } },
  ],
  [
    'who sends',
    { send: { from: 'Mara <mara@example.com>', replyTo: 'sales@example.com' } },
    { send: { from: 'Mara <mara@example.com>', replyTo: 'sales@example.com' } },
  ],
  [
    'a schedule and its audience',
    { schedule: '0 10 1 * *', timezone: 'UTC', audience: { opened: 'hello' } },
    { schedule: '0 10 1 * *', timezone: 'UTC', audience: opened },
  ],
])('a file may say %s', (_, written, read) => {
  expect(headOf(written)).toMatchObject(read);
});

test.each([
  ['mon-fri', [1, 2, 3, 4, 5]],
  ['fri-mon', [1, 5, 6, 7]],
  ['mon, wed, friday', [1, 3, 5]],
  ['Saturday', [6]],
  ['sun-sun', [7]],
])('the days "%s" are weekdays by number', (days, numbers) => {
  expect(headOf({ send: { window: { days } } })).toMatchObject({ send: { window: { days: numbers } } });
});

test('a window without days, times or zone is always open in the zone of the lead', () => {
  const always = { days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440, timeZone: 'lead' };
  expect(headOf({ send: { window: {} } })).toMatchObject({ send: { window: always } });
});

test.each([
  [
    'an unknown key',
    '{ "wait": "1 day", "colour": "red" }',
    ['2:20 unknown-key: unknown key "colour". Use one of: wait, id, lint, if.'],
  ],
  [
    'a misspelt key',
    '{ "send": "hello", "subject": "Hi", "windw": "any time" }',
    ['2:37 unknown-key: unknown key "windw". Did you mean "window"?'],
  ],
  [
    'a kind nobody knows',
    '{ "call": "Ada" }',
    [
      '2:1 wrong-value: no step is named "call". Use one of: send, wait, waitFor, if, choose, split, goal, score, tag, untag, set, stage, … (19 in all).',
    ],
  ],
  ['a misspelt kind', '{ "enrol": "nurture" }', ['2:1 wrong-value: no step is named "enrol". Did you mean "enroll"?']],
  [
    'no kind',
    '{ "id": "lost" }',
    [
      '2:1 wrong-value: this step does nothing. Use one of: send, wait, waitFor, if, choose, split, goal, score, tag, untag, set, stage, enroll, unenroll, notify, webhook, pick, handOver, exit.',
    ],
  ],
  [
    'text instead of an object',
    '"3 days"',
    ['2:1 wrong-value: a step is an object. Write for example { "wait": "3 days" }.'],
  ],
  [
    'a list instead of an object',
    '[]',
    ['2:1 wrong-value: a step is an object. Write for example { "wait": "3 days" }.'],
  ],
  [
    'two kinds at once',
    '{ "tag": "hot", "untag": "cold" }',
    ['2:1 wrong-value: a step does one thing, this one has "tag" and "untag". Make 2 steps of it.'],
  ],
  ['a mail without a subject', '{ "send": "hello" }', ['2:1 missing-key: the key "subject" is missing. Add it.']],
  [
    'a mail without a template but with its keys',
    '{ "subject": "Hi", "send": null }',
    ['2:28 wrong-value: the template must be text in quotes'],
  ],
  [
    'a subject that is a number',
    '{ "send": "hello", "subject": 5 }',
    ['2:31 wrong-value: subject must be text in quotes'],
  ],
  ['an empty subject', '{ "send": "hello", "subject": "" }', ['2:31 wrong-value: subject is empty']],
  ['a blank subject', '{ "send": "hello", "subject": "  " }', ['2:31 wrong-value: subject is empty']],
  [
    'a line break in the subject',
    '{ "send": "hello", "subject": "Hi\\nBcc: all" }',
    ['2:31 wrong-value: subject has a control character or a line break in it. Remove it.'],
  ],
  [
    'a direction override in the subject',
    '{ "send": "hello", "subject": "Hi \\u202egpj" }',
    ['2:31 wrong-value: subject has a control character or a line break in it. Remove it.'],
  ],
  [
    'a sender without an address',
    '{ "send": "hello", "subject": "Hi", "from": "Mara" }',
    ['2:45 wrong-value: this is not a sender. Write "Name <name@example.com>".'],
  ],
  [
    'an id with a space',
    '{ "id": "my step", "wait": "1 day" }',
    ['2:9 wrong-value: a step id may have letters, digits, ".", "-" and "_" only'],
  ],
  [
    'a step window that is no window',
    '{ "send": "hello", "subject": "Hi", "window": "always" }',
    [
      '2:47 wrong-value: this is not a send window. Write "any time" or an object with: days, between, timezone, holidays.',
    ],
  ],
  [
    'a wrong day in a step window',
    '{ "send": "hello", "subject": "Hi", "window": { "days": 5 } }',
    ['2:57 wrong-value: days must be text in quotes. Write for example "mon-fri".'],
  ],
  [
    'a wait without a unit',
    '{ "wait": "3" }',
    [
      '2:11 bad-duration: "3" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
    ],
  ],
  [
    'a wait of a number',
    '{ "wait": 3 }',
    ['2:11 wrong-value: this is not a wait. Write "3 days", or { "until": "tuesday 10:00" }.'],
  ],
  [
    'a wait of nothing',
    '{ "wait": null }',
    ['2:11 wrong-value: this is not a wait. Write "3 days", or { "until": "tuesday 10:00" }.'],
  ],
  [
    'a wait of zero days',
    '{ "wait": "0 days" }',
    [
      '2:11 bad-duration: "0 days" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
    ],
  ],
  [
    'a wait in an unknown unit',
    '{ "wait": "3 fortnights" }',
    [
      '2:11 bad-duration: "3 fortnights" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
    ],
  ],
  [
    'a negative wait',
    '{ "wait": "-3 days" }',
    [
      '2:11 bad-duration: "-3 days" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
    ],
  ],
  [
    'a moment that is none',
    '{ "wait": { "until": "someday 10:00" } }',
    [
      '2:22 bad-moment: "someday 10:00" is not a moment. Write "tuesday 10:00", "2026-12-24 09:00", "lead.webinarAt" or "3 days before lead.webinarAt".',
    ],
  ],
  [
    'a moment after midnight',
    '{ "wait": { "until": "tuesday 25:00" } }',
    [
      '2:22 bad-moment: "tuesday 25:00" is not a moment. Write "tuesday 10:00", "2026-12-24 09:00", "lead.webinarAt" or "3 days before lead.webinarAt".',
    ],
  ],
  [
    'a moment without its "until"',
    '{ "wait": { "timezone": "lead" } }',
    [
      '2:11 missing-key: the key "until" is missing. Write "tuesday 10:00", "2026-12-24 09:00", "lead.webinarAt" or "3 days before lead.webinarAt".',
    ],
  ],
  [
    'an unknown time zone',
    '{ "wait": { "until": "10:00", "timezone": "Europe/Pari" } }',
    ['2:43 unknown-time-zone: there is no time zone "Europe/Pari". Did you mean "Europe/Paris"?'],
  ],
  [
    'a time zone unlike any',
    '{ "wait": { "until": "10:00", "timezone": "here" } }',
    ['2:43 unknown-time-zone: there is no time zone "here". Write "lead" or a name such as "Europe/Paris".'],
  ],
  [
    'points in quotes',
    '{ "score": "10", "why": "read it" }',
    ['2:12 wrong-value: score must be a number without quotes'],
  ],
  [
    'points out of range',
    '{ "score": 5000, "why": "read it" }',
    ['2:12 wrong-value: score must be from -1000 to 1000'],
  ],
  ['points without a reason', '{ "score": 10 }', ['2:1 missing-key: the key "why" is missing. Add it.']],
  ['a tag that is a number', '{ "tag": 7 }', ['2:10 wrong-value: a tag must be text in quotes']],
  ['an empty list of tags', '{ "tag": [] }', ['2:10 wrong-value: this is an empty list. Name at least one.']],
  ['a wrong tag in a list', '{ "untag": ["hot", 7] }', ['2:20 wrong-value: a tag must be text in quotes']],
  [
    'a field that is not of the lead',
    '{ "set": { "company": "Tallybay" } }',
    ['2:12 wrong-key: only fields of the lead can be set. Write "lead.<field>".'],
  ],
  [
    'a field set to an object',
    '{ "set": { "lead.company": { "name": "Tallybay" } } }',
    ['2:28 wrong-value: this must be text of up to 1000 characters, a number, true, false or a list of texts'],
  ],
  ['nothing to set', '{ "set": {} }', ['2:10 wrong-value: there is nothing to set. Write { "lead.<field>": value }.']],
  [
    'a sequence with a slash',
    '{ "enroll": "nurture/late" }',
    ['2:13 wrong-value: a sequence may have letters, digits, ".", "-" and "_" only'],
  ],
  ['an exit without words', '{ "exit": "" }', ['2:11 wrong-value: the reason is empty']],
  [
    'a branch without any way',
    '{ "if": { "opened": "hello" } }',
    ['2:1 missing-key: the key "then" is missing. Write it in square brackets.'],
  ],
  [
    'a misspelt "wait" under a condition',
    '{ "wiat": "1 day", "if": { "opened": "hello" } }',
    ['2:1 wrong-value: no step is named "wiat". Did you mean "wait"?'],
  ],
  [
    'a branch that also waits',
    '{ "wait": "1 day", "if": { "opened": "hello" }, "then": [{ "exit": "done" }] }',
    ['2:1 wrong-value: a step does one thing, this one has "wait" and "if". Make 2 steps of it.'],
  ],
  [
    'a branch without "then"',
    '{ "if": { "opened": "hello" }, "than": [] }',
    [
      '2:1 missing-key: the key "then" is missing. Write it in square brackets.',
      '2:32 unknown-key: unknown key "than". Did you mean "then"?',
    ],
  ],
  [
    'an empty branch',
    '{ "if": { "opened": "hello" }, "then": [] }',
    ['2:40 wrong-value: this is an empty list. Name at least one.'],
  ],
  [
    'a wrong step inside a branch',
    '{ "if": { "opened": "hello" }, "then": [{ "wait": "1 day" }],\n  "else": [{ "wait": "1 dya" }] }',
    [
      '3:22 bad-duration: "1 dya" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
    ],
  ],
  [
    'a wrong condition of a branch',
    '{ "if": { "oppened": "hello" }, "then": [{ "wait": "1 day" }] }',
    ['2:11 unknown-key: unknown condition "oppened". Did you mean "opened"?'],
  ],
  [
    'a list for a wait',
    '{ "wait": ["3 days"] }',
    ['2:11 wrong-value: this is not a wait. Write "3 days", or { "until": "tuesday 10:00" }.'],
  ],
  [
    'a "missed" that is no way to go on',
    '{ "wait": { "until": "lead.webinarAt", "missed": "leave" } }',
    ['2:50 wrong-value: missed cannot be "leave". Use one of: go on, exit.'],
  ],
  ['a wait for nothing', '{ "waitFor": "", "upTo": "3 days" }', ['2:14 wrong-value: the event is empty']],
  [
    'a wait for a number',
    '{ "waitFor": 5, "upTo": "3 days" }',
    [
      '2:14 wrong-value: this names neither an event nor a condition. Write "page.viewed:/pricing" or { "clicked": "paper" }.',
    ],
  ],
  [
    'a wait for a misspelt condition',
    '{ "waitFor": { "clickd": "hello" }, "upTo": "3 days" }',
    ['2:16 unknown-key: unknown condition "clickd". Did you mean "clicked"?'],
  ],
  [
    'a wait for an event without an end',
    '{ "waitFor": "replied" }',
    ['2:1 missing-key: the key "upTo" is missing. Write for example "3 days".'],
  ],
  [
    'a wait for an event, and a faulty way and end',
    '{ "waitFor": "replied", "upTo": "soon", "else": [] }',
    [
      '2:33 bad-duration: "soon" is not a length of time. Write a number and minutes, hours, days, weeks or months, for example "3 days".',
      '2:49 wrong-value: this is an empty list. Name at least one.',
    ],
  ],
  ['a choice of nothing', '{ "choose": [] }', ['2:13 wrong-value: choose is an empty list. Name at least one.']],
  [
    'a choice that is one way',
    '{ "choose": { "if": { "tag": "a" }, "then": [{ "tag": "b" }] } }',
    ['2:13 wrong-value: choose must be a list. Write it in square brackets.'],
  ],
  [
    'a choice with faults in its ways',
    '{ "choose": [{ "if": { "tg": "a" }, "then": [{ "tag": 5 }] }, { "then": [{ "tag": "a" }] }], "othrwise": [] }',
    [
      '2:24 unknown-key: unknown condition "tg". Did you mean "tag"?',
      '2:55 wrong-value: a tag must be text in quotes',
      '2:63 missing-key: the key "if" is missing. Write for example { "opened": "a-step" }.',
      '2:94 unknown-key: unknown key "othrwise". Did you mean "otherwise"?',
    ],
  ],
  [
    'a split into one way',
    '{ "split": { "a": { "send": "hello", "subject": "Hi" } } }',
    ['2:12 wrong-value: a split needs two ways or more. Add another way.'],
  ],
  [
    'a split that is a list',
    '{ "split": [] }',
    ['2:12 wrong-value: split must be an object. Write { "a": { … }, "b": { … } }.'],
  ],
  [
    'a split that nobody would take',
    '{ "split": { "a": { "weight": 0, "steps": [{ "tag": "a" }] }, "b": { "weight": 0, "steps": [{ "tag": "b" }] } } }',
    ['2:12 wrong-value: no way has a weight. Give one of them a weight above 0.'],
  ],
  [
    'ways of a split that are none',
    '{ "split": { "a": 5, "b": { "subject": "Hi" }, "c d": { "steps": [{ "tag": "a" }] } } }',
    [
      '2:19 wrong-value: a way of a split is a mail or a list of steps. Write { "send": …, "subject": … } or { "steps": […] }.',
      '2:27 wrong-value: a way of a split is a mail or a list of steps. Write { "send": …, "subject": … } or { "steps": […] }.',
      '2:48 wrong-key: a way may have letters, digits, ".", "-" and "_" only',
    ],
  ],
  [
    'faults in the ways of a split',
    '{ "split": { "a": { "send": "hello" }, "b": { "weight": -1, "steps": [{ "wait": "1 day" }, { "tag": 5 }] } } }',
    [
      '2:19 missing-key: the key "subject" is missing. Add it.',
      '2:57 wrong-value: weight must be from 0 to 1000',
      '2:101 wrong-value: a tag must be text in quotes',
    ],
  ],
  [
    'a way that is a mail and a list of steps',
    '{ "split": { "a": { "send": "hello", "subject": "Hi", "steps": [{ "tag": "a" }] }, "b": { "steps": [{ "tag": "b" }] } } }',
    [
      '2:55 unknown-key: unknown key "steps". Use one of: weight, lint, send, subject, from, replyTo, window, urgent, asset.',
    ],
  ],
  [
    'a winner that is decided by one lead',
    '{ "split": { "a": { "steps": [{ "tag": "a" }] }, "b": { "steps": [{ "tag": "b" }] } }, "winner": { "by": "clicked", "after": 1 } }',
    ['2:126 wrong-value: after must be 2 or more'],
  ],
  [
    'a winner without a number',
    '{ "split": { "a": { "steps": [{ "tag": "a" }] }, "b": { "steps": [{ "tag": "b" }] } }, "winner": { "by": "clicked" } }',
    ['2:98 missing-key: the key "after" is missing. Add it.'],
  ],
  [
    'a goal that is text',
    '{ "goal": "converted" }',
    ['2:11 wrong-value: a condition must be an object. Write for example { "opened": "a-step" }.'],
  ],
  [
    'a goal with an unknown else',
    '{ "goal": { "tag": "a" }, "else": "leave" }',
    ['2:35 wrong-value: else cannot be "leave". Use one of: go on, wait, exit.'],
  ],
  [
    'a stage with a space',
    '{ "stage": "warm leads" }',
    ['2:12 wrong-value: a stage may have letters, digits, ".", "-" and "_" only'],
  ],
  [
    'a notice that is an address',
    '{ "notify": "sales@example.com" }',
    ['2:13 wrong-value: this must be an object. Write an object with: email, template, subject, from, replyTo.'],
  ],
  [
    'a notice to somebody without an address',
    '{ "notify": { "email": "sales", "template": "hot" } }',
    ['2:24 wrong-value: this is not an address. Write one, as in "sales@example.com".'],
  ],
  [
    'a notice to two at once',
    '{ "notify": { "email": "a@example.com,b@example.com", "template": "hot" } }',
    ['2:24 wrong-value: this is not an address. Write one, as in "sales@example.com".'],
  ],
  [
    'a webhook of another protocol',
    '{ "webhook": { "url": "ftp://example.com" } }',
    ['2:23 wrong-value: this is not an address of the web. Write "https://…".'],
  ],
  [
    'a webhook with a body of text',
    '{ "webhook": { "url": "https://example.com", "body": "plan" } }',
    ['2:54 wrong-value: body must be an object. Write { "plan": "{{lead.plan}}" }.'],
  ],
  [
    'a pick of a number',
    '{ "pick": 5 }',
    ['2:11 wrong-value: this is no pool. Name one of "pools", or write a list of mails.'],
  ],
  [
    'a pick of a pool with a space',
    '{ "pick": "my blog" }',
    ['2:11 wrong-value: a pool may have letters, digits, ".", "-" and "_" only'],
  ],
  ['a pick of nothing', '{ "pick": [] }', ['2:11 wrong-value: the pool is an empty list. Name at least one.']],
  [
    'a mail without a subject in a list to pick from',
    '{ "pick": [{ "send": "hello", "subject": "Hi" }, { "send": "hello" }] }',
    ['2:50 missing-key: the key "subject" is missing. Add it.'],
  ],
  [
    'a lint rule nobody knows',
    '{ "tag": "a", "lint": { "dead-lnk": "it comes" } }',
    ['2:25 unknown-key: unknown key "dead-lnk". Did you mean "dead-link"?'],
  ],
  [
    'a lint rule without a reason',
    '{ "tag": "a", "lint": { "dead-link": true, "no-alt-text": "" } }',
    ['2:38 wrong-value: the reason must be text in quotes', '2:59 wrong-value: the reason is empty'],
  ],
  [
    'lint rules in a list',
    '{ "tag": "a", "lint": ["dead-link"] }',
    ['2:23 wrong-value: lint must be an object. Write { "<rule>": "why it may stay" }.'],
  ],
  [
    'a misspelt kind that is nearer to a kind than to "then"',
    '{ "wai": "1 day", "if": { "opened": "hello" }, "id": "pause" }',
    ['2:1 wrong-value: no step is named "wai". Did you mean "wait"?'],
  ],
  [
    'a wrong condition of a plain step',
    '{ "exit": "done", "if": { "score": { "gte": "40" } } }',
    ['2:45 wrong-value: gte must be a number without quotes'],
  ],
])('a step with %s is refused with its place and mend', (_, step, problems) => {
  expect(problemsIn(withStep(step))).toEqual(problems);
});

test.each([
  [
    'an unknown key',
    '"subject": "Hi"',
    [
      '2:1 unknown-key: unknown key "subject". Use one of: name, stage, topic, purpose, enroll, schedule, timezone, audience, exit, goal, send, priority, … (16 in all).',
    ],
  ],
  ['a misspelt key', '"timezon": "UTC"', ['2:1 unknown-key: unknown key "timezon". Did you mean "timezone"?']],
  [
    'a stage with a space',
    '"stage": "warm leads"',
    ['2:10 wrong-value: a stage may have letters, digits, ".", "-" and "_" only'],
  ],
  [
    'a trigger that is a number',
    '"enroll": { "on": 5 }',
    ['2:19 wrong-value: a trigger must be text in quotes. Write for example "form.submitted:white-paper".'],
  ],
  ['no trigger in the list', '"enroll": { "on": [] }', ['2:19 wrong-value: this is an empty list. Name at least one.']],
  [
    'an "enroll" without triggers',
    '"enroll": { "again": "always" }',
    ['2:11 missing-key: the key "on" is missing. Add it.'],
  ],
  [
    'an "again" that says nothing',
    '"enroll": { "on": "lead.created", "again": "sometimes" }',
    [
      '2:44 bad-again: "sometimes" does not say when a lead may come again. Write "never", "always" or "after 90 days".',
    ],
  ],
  [
    'an "again" that is a number',
    '"enroll": { "on": "lead.created", "again": 90 }',
    ['2:44 wrong-value: again must be text in quotes. Write "never", "always" or "after 90 days".'],
  ],
  [
    'a field for each run that is no text',
    '"enroll": { "on": "order.placed", "again": { "perKey": 5 } }',
    ['2:56 wrong-value: perKey must be text in quotes'],
  ],
  [
    'a misspelt "perKey"',
    '"enroll": { "on": "order.placed", "again": { "perkey": "orderId" } }',
    [
      '2:44 missing-key: the key "perKey" is missing. Add it.',
      '2:46 unknown-key: unknown key "perkey". Did you mean "perKey"?',
    ],
  ],
  [
    'a date that is no field',
    '"enroll": { "on": ["replied", { "date": "renewalDate" }] }',
    ['2:41 wrong-value: a date stands in a field of the lead. Write "lead.<field>".'],
  ],
  [
    'a misspelt key of a date',
    '"enroll": { "on": { "date": "lead.renewalDate", "befor": "7 days" } }',
    ['2:49 unknown-key: unknown key "befor". Did you mean "before"?'],
  ],
  [
    'a date with two directions',
    '"enroll": { "on": { "date": "lead.renewalDate", "before": "7 days", "after": "1 day" } }',
    ['2:19 wrong-value: a trigger is before or after its date. Remove one of them.'],
  ],
  [
    'an unknown "inFlight"',
    '"inFlight": "migrat"',
    ['2:13 wrong-value: inFlight cannot be "migrat". Did you mean "migrate"?'],
  ],
  [
    'pools in a list',
    '"pools": []',
    ['2:10 wrong-value: pools must be an object. Write { "blog": [ { "send": …, "subject": … } ] }.'],
  ],
  [
    'a pool that is no list',
    '"pools": { "blog": { "send": "hello", "subject": "Hi" } }',
    ['2:20 wrong-value: the pool must be a list. Write it in square brackets.'],
  ],
  [
    'a lint rule nobody knows',
    '"lint": { "deadlink": "it comes" }',
    ['2:11 unknown-key: unknown key "deadlink". Did you mean "dead-link"?'],
  ],
  [
    'text where an object belongs',
    '"exit": "replied"',
    ['2:9 wrong-value: this must be an object. Write an object with: on, if, onStageChange.'],
  ],
  ['an event that is no text', '"exit": { "on": [null] }', ['2:18 wrong-value: an event must be text in quotes']],
  [
    '"yes" instead of true',
    '"exit": { "onStageChange": "yes" }',
    ['2:28 wrong-value: onStageChange must be true or false, without quotes'],
  ],
  [
    'a sender that is none',
    '"send": { "from": "mara@" }',
    ['2:19 wrong-value: this is not a sender. Write "Name <name@example.com>".'],
  ],
  [
    'a window that ends before it begins',
    '"send": { "window": { "between": ["17:00", "09:00"] } }',
    [
      '2:34 impossible-window: this send window never opens: it ends before it begins. Write the earlier time first, for example ["09:00", "17:00"].',
    ],
  ],
  [
    'a window of no length',
    '"send": { "window": { "between": ["09:00", "09:00"] } }',
    [
      '2:34 impossible-window: this send window never opens: it ends before it begins. Write the earlier time first, for example ["09:00", "17:00"].',
    ],
  ],
  [
    'a time of day that does not exist',
    '"send": { "window": { "between": ["09:00", "17:60"] } }',
    ['2:44 bad-time: "17:60" is not a time of day. Write hours and minutes, "00:00" to "24:00".'],
  ],
  [
    'one time where two belong',
    '"send": { "window": { "between": ["09:00"] } }',
    ['2:34 wrong-value: between must be two times of day. Write for example ["09:00", "17:00"].'],
  ],
  [
    'days nobody knows',
    '"send": { "window": { "days": "mon-fry" } }',
    ['2:31 bad-days: "mon-fry" names no weekdays. Write "mon-fri", "mon, wed, fri" or one day.'],
  ],
  [
    'days in a list',
    '"send": { "window": { "days": ["mon"] } }',
    ['2:31 wrong-value: days must be text in quotes. Write for example "mon-fri".'],
  ],
  [
    'a window in an unknown time zone',
    '"send": { "window": { "timezone": "Europe/Berlim" } }',
    ['2:35 unknown-time-zone: there is no time zone "Europe/Berlim". Did you mean "Europe/Berlin"?'],
  ],
  [
    'a cron schedule of four fields',
    '"schedule": "10 1 * *"',
    [
      '2:13 bad-cron: this is not a cron schedule. Write five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
    ],
  ],
  [
    'a cron schedule out of range',
    '"schedule": "0 25 1 * *"',
    [
      '2:13 bad-cron: this is not a cron schedule. Write five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
    ],
  ],
  [
    'a cron schedule that never comes round',
    '"schedule": "0 10 31 2 *"',
    [
      '2:13 bad-cron: this is not a cron schedule. Write five fields: minute, hour, day of month, month, day of week; "0 10 1 * *" is the 1st at 10:00.',
    ],
  ],
  ['a schedule that is a number', '"schedule": 10', ['2:13 wrong-value: schedule must be text in quotes']],
  [
    'an audience without a schedule',
    '"audience": { "tag": "newsletter" }',
    ['2:13 wrong-value: "audience" belongs to "schedule". Add "schedule", or use "enroll".'],
  ],
  [
    'a time zone without a schedule',
    '"timezone": "UTC"',
    ['2:13 wrong-value: "timezone" belongs to "schedule". Add "schedule", or use "enroll".'],
  ],
])('a file with %s is refused with its place and mend', (_, key, problems) => {
  expect(problemsIn(withHead(key))).toEqual(problems);
});

test.each([
  ['an empty file', '', ['1:1 json-syntax: the file is empty. Write a JSON object in it.']],
  [
    'a missing comma',
    '{\n  "name": "Welcome"\n  "steps": []\n}',
    ['3:3 json-syntax: not valid JSON: comma expected. Look at this place and just before it.'],
  ],
  [
    'a comma too many',
    '{ "name": "Welcome",\n  "steps": [{ "wait": "1 day" },]\n}',
    ['2:33 json-syntax: not valid JSON: value expected. Look at this place and just before it.'],
  ],
  [
    'a brace that is never closed',
    '{ "name": "Welcome",\n  "steps": [{ "wait": "1 day" }]\n',
    ['3:1 json-syntax: not valid JSON: close brace expected. Look at this place and just before it.'],
  ],
  [
    'a comment',
    '{\n  // Spring series\n  "name": "Welcome"\n}',
    ['2:3 json-syntax: not valid JSON: invalid comment token. Look at this place and just before it.'],
  ],
  [
    'single quotes',
    `{ 'name': 1 }`,
    [
      '1:3 json-syntax: not valid JSON: invalid symbol. Look at this place and just before it.',
      '1:9 json-syntax: not valid JSON: property name expected. Look at this place and just before it.',
      '1:13 json-syntax: not valid JSON: value expected. Look at this place and just before it.',
    ],
  ],
  [
    'the same key twice',
    '{ "name": "Welcome",\n  "steps": [{ "wait": "1 day" }],\n  "name": "Goodbye" }',
    ['3:3 duplicate-key: the key "name" stands twice in this object. Remove one of them.'],
  ],
  [
    'the same key twice further in',
    '{ "name": "Welcome",\n  "steps": [{ "wait": "1 day", "wait": "2 days" }] }',
    ['2:32 duplicate-key: the key "wait" stands twice in this object. Remove one of them.'],
  ],
  [
    'the key "__proto__"',
    '{ "name": "Welcome",\n  "steps": [{ "wait": "1 day", "__proto__": {} }] }',
    ['2:32 unknown-key: unknown key "__proto__". Remove it.'],
  ],
  [
    'a list instead of an object',
    '[]',
    [
      '1:1 wrong-value: this must be an object. Write an object with: name, stage, topic, purpose, enroll, schedule, timezone, audience, exit, goal, send, priority, inFlight, pools, lint, steps.',
    ],
  ],
  [
    'an object without keys',
    '{}',
    [
      '1:1 missing-key: the key "name" is missing. Add it.',
      '1:1 missing-key: the key "steps" is missing. Write it in square brackets.',
    ],
  ],
  [
    'an empty list of steps',
    '{ "name": "Welcome", "steps": [] }',
    ['1:31 wrong-value: this is an empty list. Name at least one.'],
  ],
  [
    'steps that are no list',
    '{ "name": "Welcome", "steps": { "wait": "1 day" } }',
    ['1:31 wrong-value: this must be a list. Write it in square brackets.'],
  ],
  [
    'every one of several mistakes',
    '{ "nam": "Welcome", "stage": 5,\n  "steps": [{ "wait": "soon" }, { "tag": "" }] }',
    [
      '1:1 missing-key: the key "name" is missing. Add it.',
      '1:30 wrong-value: a stage must be text in quotes',
      '2:23 bad-duration: "soon" is not a length of time. Write a number and minutes, hours, days, weeks, months or business days, for example "3 days".',
      '2:42 wrong-value: a tag is empty',
      '1:3 unknown-key: unknown key "nam". Did you mean "name"?',
    ],
  ],
  [
    'a mistake after Windows line ends',
    '{\r\n  "name": "",\r\n  "steps": [{ "wait": "1 day" }]\r\n}',
    ['2:11 wrong-value: the name is empty'],
  ],
  [
    'brackets inside of brackets without end',
    `{ "name": ${'['.repeat(5000)}`,
    ['1:110 json-syntax: this is nested too deep. Make several sequences of it.'],
  ],
])('%s is refused with its place and mend', (_, text, problems) => {
  expect(problemsIn(text)).toEqual(problems);
});

test('a step nested forty levels deep is read, and refused, at once', () => {
  const deep = (inner: string): string =>
    `${'{ "if": { "tag": "a" }, "then": ['.repeat(40)}${inner}${'] }'.repeat(40)}`;
  expect(problemsIn(withStep(deep('{ "wait": "1 day" }')))).toEqual([]);
  expect(problemsIn(withStep(deep('{ "tag": 5 }')))).toEqual(['2:1330 wrong-value: a tag must be text in quotes']);
});
