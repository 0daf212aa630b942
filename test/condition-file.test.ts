import { expect, test } from '@jest/globals';
import {
  type Condition,
  ConditionFile,
  conditionsIn,
  mapCondition,
  triggerOf,
} from '../src/sequence/condition-file.js';
import { readJson, schemaProblems } from '../src/sequence/json-source.js';

function problemsIn(condition: string): readonly string[] {
  const source = readJson('sequences/welcome.json', condition);
  const { error } = ConditionFile.safeParse(source.value);
  return (error ? schemaProblems(source, error) : source.problems).map(
    ({ line, column, code, message, hint }) => `${line}:${column} ${code}: ${message}${hint ? `. ${hint}` : ''}`,
  );
}

const hot = { kind: 'tag', tag: 'hot' };

test.each([
  ['a mail that was sent', { sent: 'hello' }, { kind: 'mail', happened: 'sent', step: 'hello' }],
  ['a mail that was opened', { opened: 'hello' }, { kind: 'mail', happened: 'opened', step: 'hello' }],
  ['a mail that was clicked', { clicked: 'hello' }, { kind: 'mail', happened: 'clicked', step: 'hello' }],
  ['a mail that was replied to', { replied: 'hello' }, { kind: 'mail', happened: 'replied', step: 'hello' }],
  ['a mail that bounced', { bounced: 'hello' }, { kind: 'mail', happened: 'bounced', step: 'hello' }],
  ['a link', { clicked: 'https://example.com/a' }, { kind: 'clicked-link', url: 'https://example.com/a' }],
  ['a score', { score: { gte: 40 } }, { kind: 'points', of: 'score', test: { gte: 40 } }],
  ['a score to the point', { score: 40 }, { kind: 'points', of: 'score', test: { eq: 40 } }],
  ['engagement', { engagement: { lt: 5 } }, { kind: 'points', of: 'engagement', test: { lt: 5 } }],
  ['fit', { fit: { gt: 0, lte: 9 } }, { kind: 'points', of: 'fit', test: { gt: 0, lte: 9 } }],
  ['a tag', { tag: 'hot' }, hot],
  ['a stage', { stage: 'customer' }, { kind: 'stage', stage: 'customer' }],
  ['consent', { consent: 'pending' }, { kind: 'consent', status: 'pending' }],
  ['a field', { 'lead.country': 'FR' }, { kind: 'field', field: 'country', test: { eq: 'FR' } }],
  ['a yes/no field', { 'lead.vip': false }, { kind: 'field', field: 'vip', test: { eq: false } }],
  [
    'a field out of several',
    { 'lead.country': { in: ['FR', 'BE'] } },
    { kind: 'field', field: 'country', test: { in: ['FR', 'BE'] } },
  ],
  [
    'a field that is there',
    { 'lead.goal': { exists: true } },
    { kind: 'field', field: 'goal', test: { exists: true } },
  ],
  [
    'a pattern',
    { 'lead.jobTitle': { matches: 'head|cto' } },
    { kind: 'field', field: 'jobTitle', test: { matches: 'head|cto' } },
  ],
  ['an event', { event: 'webinar.joined' }, { kind: 'event', event: 'webinar.joined', atLeast: 1 }],
  [
    'events of late',
    { event: 'page.viewed', path: '/pricing', within: '7 days', atLeast: 2 },
    { kind: 'event', event: 'page.viewed', path: '/pricing', within: { amount: 7, unit: 'days' }, atLeast: 2 },
  ],
  [
    'all of several',
    { all: [{ tag: 'hot' }, { fit: 1 }] },
    { kind: 'all', of: [hot, { kind: 'points', of: 'fit', test: { eq: 1 } }] },
  ],
  ['any of several', { any: [{ tag: 'hot' }] }, { kind: 'any', of: [hot] }],
  ['the opposite', { not: { tag: 'hot' } }, { kind: 'not', of: hot }],
  ['a segment', { segment: 'hot' }, { kind: 'segment', segment: 'hot' }],
  [
    'what a webhook was answered',
    { 'response.crm.status': 200 },
    { kind: 'response', step: 'crm', key: 'status', test: { eq: 200 } },
  ],
  [
    'what a webhook with dots in its name was answered',
    { 'response.crm.v2.plan': { in: ['gold'] } },
    { kind: 'response', step: 'crm.v2', key: 'plan', test: { in: ['gold'] } },
  ],
  [
    'an event by its own data',
    { event: 'order.placed', where: { amount: { gte: 100 }, country: 'FR' } },
    { kind: 'event', event: 'order.placed', atLeast: 1, where: { amount: { gte: 100 }, country: { eq: 'FR' } } },
  ],
  [
    'a date between two others',
    { 'lead.trialEnds': { after: 'today', before: 'in 7 days' } },
    {
      kind: 'field',
      field: 'trialEnds',
      test: { after: { kind: 'day', days: 0 }, before: { kind: 'offset', by: { amount: 7, unit: 'days' }, sign: 1 } },
    },
  ],
  [
    'a date on a day',
    { 'lead.trialEnds': { on: '2026-12-01' } },
    { kind: 'field', field: 'trialEnds', test: { on: { kind: 'date', date: '2026-12-01' } } },
  ],
  [
    'several keys that must all hold',
    { tag: 'hot', stage: 'customer' },
    { kind: 'all', of: [hot, { kind: 'stage', stage: 'customer' }] },
  ],
])('a condition can ask for %s', (_, written, condition) => {
  expect(ConditionFile.parse(written)).toEqual(condition);
});

test('every condition inside a condition is found, the outer one first', () => {
  const condition = ConditionFile.parse({ any: [{ not: { tag: 'hot' } }, { all: [{ fit: 1 }] }] });
  expect(conditionsIn(condition).map(({ kind }) => kind)).toEqual(['any', 'not', 'tag', 'all', 'points']);
});

test('the innermost parts of a condition can be replaced, and how they are combined stays', () => {
  const condition = ConditionFile.parse({ any: [{ tag: 'a' }, { not: { all: [{ tag: 'b' }, { fit: 1 }] } }] });
  const louder = (part: Condition): Condition =>
    part.kind === 'tag' ? { ...part, tag: part.tag.toUpperCase() } : part;
  const loud = ConditionFile.parse({ any: [{ tag: 'A' }, { not: { all: [{ tag: 'B' }, { fit: 1 }] } }] });
  expect(mapCondition(condition, louder)).toEqual(loud);
});

test.each([
  [{ event: 'page.viewed' }, 'page.viewed'],
  [{ event: 'page.viewed', path: '/pricing*' }, 'page.viewed:/pricing*'],
])('the condition %j counts what the trigger %s waits for', (written, trigger) => {
  const condition = ConditionFile.parse(written);
  expect(condition.kind === 'event' ? triggerOf(condition) : undefined).toBe(trigger);
});

test.each([
  [
    'an unknown condition',
    '{ "colour": "red" }',
    [
      '1:3 unknown-key: unknown condition "colour". Use one of: lead.<field>, sent, opened, clicked, replied, bounced, score, engagement, fit, tag, stage, segment, … (24 in all).',
    ],
  ],
  [
    'a misspelt condition',
    '{ "oppened": "hello" }',
    ['1:3 unknown-key: unknown condition "oppened". Did you mean "opened"?'],
  ],
  [
    'a name that every JavaScript object knows',
    '{ "constructor": "hello" }',
    [
      '1:3 unknown-key: unknown condition "constructor". Use one of: lead.<field>, sent, opened, clicked, replied, bounced, score, engagement, fit, tag, stage, segment, … (24 in all).',
    ],
  ],
  [
    'a field without "lead."',
    '{ "country": "FR" }',
    [
      '1:3 unknown-key: unknown condition "country". Use one of: lead.<field>, sent, opened, clicked, replied, bounced, score, engagement, fit, tag, stage, segment, … (24 in all).',
    ],
  ],
  [
    'an unknown condition beside a faulty one',
    '{ "opened": 5, "oppened": "hello" }',
    [
      '1:13 wrong-value: opened must be text in quotes',
      '1:16 unknown-key: unknown condition "oppened". Did you mean "opened"?',
    ],
  ],
  [
    'an unknown condition of a wrong kind',
    '{ "stgae": ["customer"] }',
    [
      '1:12 wrong-value: a field is held against a value or a test. Write for example "FR" or { "gte": 200 }.',
      '1:3 unknown-key: unknown condition "stgae". Did you mean "stage"?',
    ],
  ],
  ['an empty condition', '{}', ['1:1 wrong-value: this condition is empty. Write for example { "opened": "a-step" }.']],
  [
    'text for a condition',
    '"opened hello"',
    ['1:1 wrong-value: a condition must be an object. Write for example { "opened": "a-step" }.'],
  ],
  [
    'a list for a condition',
    '[{ "tag": "hot" }]',
    ['1:1 wrong-value: a condition must be an object. Write for example { "opened": "a-step" }.'],
  ],
  ['a step that is a number', '{ "opened": 1 }', ['1:13 wrong-value: opened must be text in quotes']],
  [
    'a score in quotes',
    '{ "score": "40" }',
    ['1:12 wrong-value: score is held against a number or a test. Write for example { "gte": 40 }.'],
  ],
  [
    'engagement in quotes',
    '{ "engagement": { "gte": "15" } }',
    ['1:26 wrong-value: gte must be a number without quotes'],
  ],
  [
    'a score held against text',
    '{ "score": { "contains": "4" } }',
    ['1:14 unknown-key: unknown key "contains". Use one of: eq, not, in, gt, gte, lt, lte.'],
  ],
  ['a misspelt test', '{ "score": { "get": 40 } }', ['1:14 unknown-key: unknown key "get". Did you mean "gt"?']],
  [
    'a test that asks nothing',
    '{ "lead.country": {} }',
    ['1:19 wrong-value: this asks nothing. Write for example { "gte": 40 }.'],
  ],
  [
    'a field held against a list',
    '{ "lead.country": ["FR", "BE"] }',
    ['1:19 wrong-value: a field is held against a value or a test. Write for example "FR" or { "gte": 200 }.'],
  ],
  [
    'a field held against null',
    '{ "lead.country": null }',
    ['1:19 wrong-value: a field is held against a value or a test. Write for example "FR" or { "gte": 200 }.'],
  ],
  [
    'a pattern that cannot be read',
    '{ "lead.jobTitle": { "matches": "(head" } }',
    ['1:33 bad-pattern: this pattern cannot be read: Unterminated group. Try plain words with | between them.'],
  ],
  [
    'an empty choice',
    '{ "lead.country": { "in": [] } }',
    ['1:27 wrong-value: in is an empty list. Name at least one.'],
  ],
  [
    'a choice that is no list',
    '{ "lead.country": { "in": "FR" } }',
    ['1:27 wrong-value: in must be a list. Write it in square brackets.'],
  ],
  [
    'an "exists" in quotes',
    '{ "lead.country": { "exists": "yes" } }',
    ['1:31 wrong-value: exists must be true or false, without quotes'],
  ],
  [
    'an unknown consent',
    '{ "consent": "grantd" }',
    ['1:14 wrong-value: consent cannot be "grantd". Did you mean "granted"?'],
  ],
  [
    'a consent of true',
    '{ "consent": true }',
    [
      '1:14 wrong-value: consent must be text in quotes, or an object of purposes. Write "granted", or { "newsletter": "granted" }.',
    ],
  ],
  [
    'a time without an event',
    '{ "tag": "hot", "within": "7 days" }',
    ['1:1 wrong-value: "path", "within", "atLeast" and "where" belong to "event". Name the event too.'],
  ],
  [
    'a time that is none',
    '{ "event": "page.viewed", "within": "lately" }',
    [
      '1:37 bad-duration: "lately" is not a length of time. Write a number and minutes, hours, days, weeks or months, for example "3 days".',
    ],
  ],
  [
    'less than one event',
    '{ "event": "page.viewed", "atLeast": 0 }',
    ['1:38 wrong-value: atLeast must be a whole number, 1 or more, without quotes'],
  ],
  [
    'half an event',
    '{ "event": "page.viewed", "atLeast": 1.5 }',
    ['1:38 wrong-value: atLeast must be a whole number, 1 or more, without quotes'],
  ],
  ['all of nothing', '{ "all": [] }', ['1:10 wrong-value: this is an empty list. Name at least one.']],
  [
    'any of an object',
    '{ "any": { "tag": "hot" } }',
    ['1:10 wrong-value: this must be a list. Write it in square brackets.'],
  ],
  [
    'not a list',
    '{ "not": [{ "tag": "hot" }] }',
    ['1:10 wrong-value: a condition must be an object. Write for example { "opened": "a-step" }.'],
  ],
  [
    'a mistake far inside',
    '{ "all": [{ "tag": "hot" },\n  { "not": { "any": [{ "clicked": "hello" }, { "clickd": "hello" }] } }] }',
    ['2:48 unknown-key: unknown condition "clickd". Did you mean "clicked"?'],
  ],
  [
    'half of an answer',
    '{ "response.crm": 200 }',
    ['1:3 unknown-key: unknown condition "response.crm". Write "response.<step>.<key>".'],
  ],
  [
    'a misspelt answer',
    '{ "responce.crm.status": 200 }',
    ['1:3 unknown-key: unknown condition "responce.crm.status". Write "response.<step>.<key>".'],
  ],
  [
    'an answer held against a list',
    '{ "response.crm.status": [200] }',
    ['1:26 wrong-value: a field is held against a value or a test. Write for example "FR" or { "gte": 200 }.'],
  ],
  [
    'a segment with a space',
    '{ "segment": "hot leads" }',
    ['1:14 wrong-value: segment may have letters, digits, ".", "-" and "_" only'],
  ],
  [
    'the data of no event',
    '{ "where": { "amount": 1 } }',
    ['1:1 wrong-value: "path", "within", "atLeast" and "where" belong to "event". Name the event too.'],
  ],
  [
    'the data of an event as text',
    '{ "event": "order.placed", "where": "amount > 5" }',
    ['1:37 wrong-value: where must be an object. Write for example { "amount": { "gte": 100 } }.'],
  ],
  [
    'a wrong test of the data of an event',
    '{ "event": "order.placed", "where": { "amount": { "gt": "5" } } }',
    ['1:57 wrong-value: gt must be a number without quotes'],
  ],
  [
    'a date that is none',
    '{ "lead.trialEnds": { "before": "someday" } }',
    [
      '1:33 bad-date: "someday" is not a date. Write "2026-12-01", "2026-12-01 14:00", "today", "in 7 days" or "30 days ago".',
    ],
  ],
  [
    'a test of text for a number',
    '{ "score": { "contains": "4" } }',
    ['1:14 unknown-key: unknown key "contains". Use one of: eq, not, in, gt, gte, lt, lte.'],
  ],
  [
    'a misspelt test of a field',
    '{ "lead.country": { "equals": "FR" } }',
    [
      '1:21 unknown-key: unknown key "equals". Use one of: eq, not, in, gt, gte, lt, lte, contains, startsWith, matches, exists, before, … (14 in all).',
    ],
  ],
])('%s is refused with its place and mend', (_, condition, problems) => {
  expect(problemsIn(condition)).toEqual(problems);
});
