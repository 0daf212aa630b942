import { describe, expect, test } from '@jest/globals';
import { type Delivery, DeliveryFile, noDelivery, toDelivery } from '../src/sequence/delivery-file.js';
import { readProject } from '../src/sequence/project.js';
import { parseRate, rateInWords } from '../src/sequence/rate-file.js';
import { isMatch } from '../src/sequence/transport-file.js';
import { aProject, aSequence, problemsIn } from './project-texts.js';

function read(written: unknown): Delivery {
  return toDelivery(DeliveryFile.parse(written));
}

/** What is wrong with a `delivery.json` whose content begins on line 2. */
async function problems(inside: string, sequences: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const files = { ...sequences, 'delivery.json': `{\n${inside}\n}` };
  const found = await problemsIn(aProject(files));
  return found.map((problem) => problem.replace('sequences/delivery.json:', ''));
}

describe('delivery.json', () => {
  test('becomes what caps, transports and routes are asked by', () => {
    const delivery = read({
      $schema: './schema/delivery.schema.json',
      frequencyCap: [
        { atMost: 1, per: '1 day' },
        { atMost: 3, per: '7 days' },
      ],
      quietHours: { between: ['21:00', '07:00'], timezone: 'lead' },
      transports: { smtp: { atMost: ['14 per second', '50000 per day'], idempotencyHeader: 'Resend-Idempotency-Key' } },
      routes: [
        { sequences: ['retention-*'], through: ['ses', 'smtp'] },
        { domains: ['gmail.com'], through: ['smtp'] },
      ],
      domains: { 'gmail.com': '60 per minute', '*': '600 per minute' },
      warmUp: { 'mail.tallybay.example.com': { starts: '2026-12-01', days: [200, 400, 800] } },
      catchUp: { lateBy: '2 hours', moreThan: 50 },
      softBounces: { most: 3, within: '2 weeks' },
    });
    expect(delivery).toEqual({
      caps: [
        { atMost: 1, per: { amount: 1, unit: 'days' } },
        { atMost: 3, per: { amount: 7, unit: 'days' } },
      ],
      quietHours: { from: 21 * 60, to: 7 * 60, timeZone: 'lead' },
      transports: new Map([
        [
          'smtp',
          {
            rates: [
              { mails: 14, perMs: 1000 },
              { mails: 50_000, perMs: 86_400_000 },
            ],
            idempotencyHeader: 'Resend-Idempotency-Key',
          },
        ],
      ]),
      routes: [
        { sequences: ['retention-*'], through: ['ses', 'smtp'] },
        { domains: ['gmail.com'], through: ['smtp'] },
      ],
      domains: new Map([
        ['gmail.com', { mails: 60, perMs: 60_000 }],
        ['*', { mails: 600, perMs: 60_000 }],
      ]),
      warmUp: new Map([['mail.tallybay.example.com', { starts: '2026-12-01', days: [200, 400, 800] }]]),
      catchUp: { lateByMs: 7_200_000, moreThan: 50 },
      softBounces: { most: 3, within: { amount: 2, unit: 'weeks' } },
      outOfOffice: { pause: { amount: 4, unit: 'days' } },
    });
  });

  test('may be left out, and so may all that is in it: then nothing is limited, and backlogs of 100 are held', async () => {
    const { project } = await readProject(aProject());
    expect(project?.delivery).toEqual(noDelivery);
    expect(read({})).toEqual(noDelivery);
    expect(noDelivery.catchUp).toEqual({ lateByMs: 3_600_000, moreThan: 100 });
  });

  test('is part of the project, and no sequence', async () => {
    const { project } = await readProject(
      aProject({ 'delivery.json': '{ "frequencyCap": { "atMost": 2, "per": "1 week" } }' }),
    );
    expect(project?.delivery.caps).toEqual([{ atMost: 2, per: { amount: 1, unit: 'weeks' } }]);
    expect(project?.programs.size).toBe(0);
  });

  test('writes one value without a list', () => {
    const { caps, transports, routes } = read({
      frequencyCap: { atMost: 1, per: '1 day' },
      transports: { smtp: { atMost: '14 per second' }, ses: {} },
      routes: [{ sequences: 'news*', domains: 'gmail.com', through: 'smtp' }],
    });
    expect(caps).toHaveLength(1);
    expect(transports.get('smtp')).toEqual({ rates: [{ mails: 14, perMs: 1000 }] });
    expect(transports.get('ses')).toEqual({ rates: [] });
    expect(routes).toEqual([{ sequences: ['news*'], domains: ['gmail.com'], through: ['smtp'] }]);
  });

  test('knows a domain in any spelling: as an A-label in lower case', () => {
    const { domains, routes, warmUp } = read({
      domains: { 'GMAIL.com': '60 per minute', 'bücher.example': '1 per minute' },
      routes: [{ domains: 'Bücher.example', through: 'smtp' }],
      warmUp: { 'Mail.Example.com': { starts: '2026-12-01', days: [1] } },
    });
    expect([...domains.keys()]).toEqual(['gmail.com', 'xn--bcher-kva.example']);
    expect(routes[0]?.domains).toEqual(['xn--bcher-kva.example']);
    expect([...warmUp.keys()]).toEqual(['mail.example.com']);
  });

  test('has quiet hours within a day, too, and "24:00" is midnight', () => {
    const quiet = (...between: readonly string[]) => read({ quietHours: { between, timezone: 'UTC' } }).quietHours;
    expect(quiet('12:00', '14:30')).toEqual({ from: 720, to: 870, timeZone: 'UTC' });
    expect(quiet('21:00', '24:00')).toEqual({ from: 1260, to: 0, timeZone: 'UTC' });
    expect(quiet('24:00', '07:00')).toEqual({ from: 0, to: 420, timeZone: 'UTC' });
    expect(read({ quietHours: { between: ['21:00', '07:00'] } }).quietHours?.timeZone).toBe('lead');
  });
});

describe('a rate', () => {
  test.each([
    ['14 per second', 14, 1000],
    ['1 per 5 seconds', 1, 5000],
    ['60 per minute', 60, 60_000],
    ['600 PER 10 Minutes', 600, 600_000],
    ['1000 per hour', 1000, 3_600_000],
    ['50000 per day', 50_000, 86_400_000],
    ['  3  per  2 days ', 3, 172_800_000],
  ])('"%s" is %i mails in %i ms', (written, mails, perMs) => {
    expect(parseRate(written)).toEqual({ mails, perMs });
  });

  test.each([
    '',
    '14',
    '14/second',
    '14 a second',
    '0 per second',
    '14 per 0 seconds',
    '-1 per second',
    '1.5 per second',
    '14 per week',
    'per second',
    '14 per',
    '99999999 per day',
    '1 per 99999 days',
    '14 per second, 60 per minute',
  ])('"%s" is none', (written) => {
    expect(parseRate(written)).toBeUndefined();
  });

  test.each([
    '14 per second',
    '1 per 5 seconds',
    '60 per minute',
    '50000 per day',
    '600 per 10 minutes',
    '3 per 2 days',
  ])('is told as it was written: %s', (written) => {
    const rate = parseRate(written);
    expect(rate && rateInWords(rate)).toBe(written);
  });
});

describe('the name of a sequence in a route', () => {
  test.each([
    ['welcome', 'welcome', true],
    ['welcome', 'welcome-back', false],
    ['retention-*', 'retention-renewal', true],
    ['retention-*', 'retention', false],
    ['*', 'anything', true],
    ['*-week', 'last-week', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['ab*bc', 'abc', false],
    ['a.c', 'abc', false],
    ['**', '', true],
  ])('%s stands for %s: %s', (pattern, name, is) => {
    expect(isMatch(pattern, name)).toBe(is);
  });

  test('is looked for at once, however many stars it has', () => {
    expect(isMatch('*a'.repeat(29), `${'a'.repeat(28)}b`)).toBe(false);
  });
});

describe('a mistake in delivery.json is told with its place and mend', () => {
  const noDate = 'this is not a day. Write year, month and day, "2026-12-01".';
  const noDomain = 'this is not a domain. Write for example "gmail.com".';
  const noHeader = 'the name of a header has letters, digits and "-" only. Write for example "Resend-Idempotency-Key".';

  test.each<[string, string, readonly string[]]>([
    [
      'a key that is a slip',
      '"frequencyCaps": []',
      ['2:1 error unknown-key: unknown key "frequencyCaps". Did you mean "frequencyCap"?'],
    ],
    [
      'a slip further in',
      '"quietHours": { "betwen": ["21:00", "07:00"] }',
      [
        '2:15 error missing-key: the key "between" is missing. Write for example ["21:00", "07:00"].',
        '2:17 error unknown-key: unknown key "betwen". Did you mean "between"?',
      ],
    ],
    [
      'a key that JavaScript would take for something else',
      '"transports": { "__proto__": { "atMost": "1 per second" } }',
      ['2:17 error unknown-key: unknown key "__proto__". Remove it.'],
    ],
    [
      'a key that stands twice',
      '"catchUp": {},\n"catchUp": {}',
      ['3:1 error duplicate-key: the key "catchUp" stands twice in this object. Remove one of them.'],
    ],
    [
      'a cap of no mails',
      '"frequencyCap": { "atMost": 0, "per": "1 day" }',
      ['2:29 error wrong-value: atMost must be from 1 to 1000'],
    ],
    [
      'half a mail',
      '"frequencyCap": { "atMost": 1.5, "per": "1 day" }',
      ['2:29 error wrong-value: atMost must be a whole number'],
    ],
    [
      'a number in quotes',
      '"frequencyCap": { "atMost": "1", "per": "1 day" }',
      ['2:29 error wrong-value: atMost must be a number without quotes'],
    ],
    [
      'a cap over no time',
      '"frequencyCap": [{ "atMost": 1 }]',
      ['2:18 error missing-key: the key "per" is missing. Write for example "3 days".'],
    ],
    [
      'a cap over too long a time',
      '"frequencyCap": { "atMost": 1, "per": "61 days" }',
      [
        '2:39 error wrong-value: a frequency cap looks back 60 days at the most. Write a shorter time, for example "7 days".',
      ],
    ],
    [
      'a cap over months',
      '"frequencyCap": { "atMost": 9, "per": "3 months" }',
      [
        '2:39 error wrong-value: a frequency cap looks back 60 days at the most. Write a shorter time, for example "7 days".',
      ],
    ],
    [
      'a cap that another leaves no room for',
      '"frequencyCap": [\n{ "atMost": 3, "per": "1 day" },\n{ "atMost": 2, "per": "7 days" }]',
      [
        '3:1 error needless-cap: this frequency cap changes nothing beside that of 2 in 7 days. Remove it, or allow fewer mails or more time.',
      ],
    ],
    [
      'a cap that stands twice',
      '"frequencyCap": [\n{ "atMost": 2, "per": "1 week" },\n{ "atMost": 2, "per": "7 days" }]',
      [
        '4:1 error needless-cap: this frequency cap changes nothing beside that of 2 in 1 week. Remove it, or allow fewer mails or more time.',
      ],
    ],
    ['no caps', '"frequencyCap": []', ['2:17 error wrong-value: this is an empty list. Name at least one.']],
    [
      'quiet hours that never end',
      '"quietHours": { "between": ["00:00", "24:00"] }',
      [
        '2:28 error impossible-window: quiet hours that end when they begin would never let a mail go. Write two times of day, for example ["21:00", "07:00"].',
      ],
    ],
    [
      'quiet hours at no time of day',
      '"quietHours": { "between": ["21:00", "25:00"] }',
      ['2:38 error bad-time: "25:00" is not a time of day. Write hours and minutes, "00:00" to "24:00".'],
    ],
    [
      'one time of day',
      '"quietHours": { "between": ["21:00"] }',
      ['2:28 error wrong-value: between must be two times of day. Write for example ["21:00", "07:00"].'],
    ],
    [
      'quiet hours nowhere',
      '"quietHours": { "between": ["21:00", "07:00"], "timezone": "Europe/Pari" }',
      ['2:60 error unknown-time-zone: there is no time zone "Europe/Pari". Did you mean "Europe/Paris"?'],
    ],
    [
      'a rate in no unit',
      '"domains": { "gmail.com": "60 per week" }',
      [
        '2:27 error bad-rate: "60 per week" is not a rate. Write mails per second, minute, hour or day, for example "60 per minute".',
      ],
    ],
    [
      'a rate without quotes',
      '"transports": { "smtp": { "atMost": 14 } }',
      ['2:37 error wrong-value: a rate must be text in quotes. Write for example "60 per minute".'],
    ],
    [
      'a transport with a blank',
      '"transports": { "my smtp": {} }',
      ['2:17 error wrong-key: a transport may have letters, digits, ".", "-" and "_" only'],
    ],
    [
      'a domain that is an address',
      '"domains": { "ada@gmail.com": "1 per second" }',
      ['2:14 error wrong-key: this is not a domain. Write for example "gmail.com", or "*" for all others.'],
    ],
    [
      'the same domain in two spellings',
      '"domains": {\n"gmail.com": "1 per second",\n"GMail.com": "2 per second" }',
      ['4:14 error duplicate-name: "GMail.com" is the same domain as "gmail.com". Remove one of them.'],
    ],
    [
      'any sender in a warm-up',
      '"warmUp": { "*": { "starts": "2026-12-01", "days": [1] } }',
      [`2:13 error wrong-key: ${noDomain}`],
    ],
    [
      'a recipient in a warm-up',
      '"warmUp": { "localhost": { "starts": "2026-12-01", "days": [1] } }',
      [`2:13 error wrong-key: ${noDomain}`],
    ],
    [
      'a day that is none',
      '"warmUp": { "example.com": { "starts": "2026-02-30", "days": [200] } }',
      [`2:40 error bad-date: ${noDate}`],
    ],
    [
      'a warm-up of no mails',
      '"warmUp": { "example.com": { "starts": "2026-12-01", "days": [200, 0] } }',
      ['2:68 error wrong-value: a day of the warm-up must be from 1 to 10000000'],
    ],
    [
      'a warm-up of no days',
      '"warmUp": { "example.com": { "starts": "2026-12-01", "days": [] } }',
      ['2:62 error wrong-value: days is an empty list. Name at least one.'],
    ],
    [
      'a route to nowhere',
      '"routes": [{ "domains": "gmail.com" }]',
      ['2:12 error missing-key: the key "through" is missing. Add it.'],
    ],
    [
      'a route behind one for everything',
      '"routes": [{ "sequences": ["welcome*", "*"], "through": "smtp" },\n{ "domains": "gmail.com", "through": "ses" }]',
      [
        '3:1 error unreachable-route: no mail comes to this route: the one before it is for all mails. Put that one last.',
      ],
    ],
    [
      'a route for a domain that is none',
      '"routes": [{ "domains": ["gmail.com", "gmail"], "through": "smtp" }]',
      [`2:39 error wrong-value: ${noDomain}`],
    ],
    [
      'a header with a line break',
      String.raw`"transports": { "smtp": { "idempotencyHeader": "X-Key\r\nBcc" } }`,
      ['2:48 error wrong-value: the header has a control character or a line break in it. Remove it.'],
    ],
    [
      'a header with a colon',
      '"transports": { "smtp": { "idempotencyHeader": "X-Key:" } }',
      [`2:48 error wrong-value: ${noHeader}`],
    ],
    [
      'a backlog of nothing',
      '"catchUp": { "moreThan": 0 }',
      ['2:26 error wrong-value: moreThan must be from 1 to 10000000'],
    ],
  ])('%s', async (_, inside, expected) => {
    expect(await problems(inside)).toEqual(expected);
  });

  test.each(['From', 'to', 'BCC', 'Subject', 'Message-ID', 'DKIM-Signature', 'Content-Type', 'List-Unsubscribe'])(
    'a header that every mail has: %s',
    async (name) => {
      expect(await problems(`"transports": { "smtp": { "idempotencyHeader": "${name}" } }`)).toEqual([
        '2:48 error wrong-value: every mail has a header of this name already. Write the name that your provider documents.',
      ]);
    },
  );

  test.each([
    ['"welcom"', '2:27', 'there is no sequence "welcom". Did you mean "welcome"?'],
    ['["welcome", "retention-*"]', '2:39', 'no sequence is called like "retention-*". Use one of: welcome.'],
  ])('a route for sequences that nobody has: %s', async (names, place, message) => {
    const welcome = aSequence('{ "send": "hello", "subject": "Hello" }');
    const found = await problems(`"routes": [{ "sequences": ${names}, "through": "smtp" }]`, {
      'welcome.json': welcome,
    });
    expect(found).toEqual([`${place} error unknown-sequence: ${message}`]);
  });
});

describe('a send window within the quiet hours is refused, as its mail would never go', () => {
  const within = async (quiet: string, mail: string, window = '"between": ["20:00", "22:00"]') => {
    const sequence = `{ "name": "Late", "send": { "from": "mara@example.com", "window": { ${window} } },\n"steps": [{ "send": "hello", "subject": "Hello"${mail} }] }`;
    const found = await problemsIn(
      aProject({ 'late.json': sequence, 'delivery.json': `{ "quietHours": { ${quiet} } }` }),
    );
    return found;
  };
  const refused = [
    'sequences/late.json:2:11 error impossible-window: the send window of this mail lies within the quiet hours of delivery.json. Change one of them, or write "urgent": true.',
  ];

  test.each([
    ['the quiet hours pass midnight', '"between": ["20:00", "07:00"]', '', undefined, refused],
    ['it is of the morning', '"between": ["20:00", "07:00"]', '', '"between": ["05:00", "07:00"]', refused],
    ['they are within a day', '"between": ["19:00", "23:00"]', '', undefined, refused],
    ['a minute is left before', '"between": ["20:01", "07:00"]', '', undefined, []],
    ['a minute is left after', '"between": ["19:00", "21:59"]', '', undefined, []],
    ['the mail is urgent', '"between": ["20:00", "07:00"]', ', "urgent": true', undefined, []],
    ['the mail goes at any time', '"between": ["20:00", "07:00"]', ', "window": "any time"', undefined, []],
    ['each has its own clock', '"between": ["20:00", "07:00"], "timezone": "UTC"', '', undefined, []],
  ])('%s', async (_, quiet, mail, window, expected) => {
    expect(await within(quiet, mail, window)).toEqual(expected);
  });
});

describe('a sequence says how it stands among the others', () => {
  const welcome = (head: string, step = '') =>
    aProject({
      'welcome.json': `{ "name": "Welcome"${head}, "steps": [{ "send": "hello", "subject": "Hello"${step} }] }`,
    });

  test('by its priority, 0 unless said', async () => {
    const sender = ', "send": { "from": "mara@example.com" }';
    const priorityOf = async (head: string) =>
      (await readProject(welcome(sender + head))).project?.programs.get('welcome')?.priority;
    expect(await priorityOf('')).toBe(0);
    expect(await priorityOf(', "priority": -20')).toBe(-20);
  });

  test.each([
    ['101', 'priority must be from -100 to 100'],
    ['0.5', 'priority must be a whole number'],
    ['"high"', 'priority must be a number without quotes'],
  ])('not by a priority of %s', async (priority, message) => {
    const found = await problemsIn(welcome(`, "send": { "from": "mara@example.com" }, "priority": ${priority}`));
    expect(found).toEqual([expect.stringContaining(message)]);
  });

  test.each([
    ['neither says so', '', '', undefined],
    ['the sequence says so', ', "urgent": true', '', true],
    ['the mail says so', '', ', "urgent": true', true],
    ['the mail says otherwise', ', "urgent": true', ', "urgent": false', undefined],
  ])('a mail is urgent where %s', async (_, head, step, urgent) => {
    const { project } = await readProject(welcome(`, "send": { "from": "mara@example.com"${head} }`, step));
    expect(project?.programs.get('welcome')?.steps.get('hello')).toEqual(
      expect.objectContaining({ kind: 'send', ...(urgent ? { urgent } : {}) }),
    );
    expect(Object.hasOwn(project?.programs.get('welcome')?.steps.get('hello') ?? {}, 'urgent')).toBe(urgent === true);
  });
});
