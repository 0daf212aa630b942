import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { html } from '../src/http/html.js';
import { unsubscribePage } from '../src/http/lead-pages.js';
import { homePage, type Overview } from '../src/http/page-home.js';
import { leadPage } from '../src/http/page-lead.js';
import { sequencePage } from '../src/http/page-sequence.js';
import { moment, number, share } from '../src/http/page-shell.js';
import { sequenceNumbers } from '../src/http/sequence-numbers.js';
import { conditionInWords, entryInWords, stepInWords, windowInWords } from '../src/sequence/words.js';
import type { Enrollment } from '../src/journey/enrollment.js';
import { aCondition, aFunnel, anEnrollment, aProgram, aProject, at, facts } from './builders.js';
import { withoutPixel } from '../src/shown/pixel.js';
import { startTestRivulet, type TestRivulet } from './support.js';

const payloads = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title><svg onload=alert(1)>',
  '`onfocus=alert(1) autofocus=`',
  '&lt;b&gt; & &#60;',
  'نور <b>الحسن</b>',
];

describe('the html tag', () => {
  test.each(payloads)('shows %s as the text it is, between tags and in attributes', (payload) => {
    const { html: markup } = html`<p title="${payload}" lang='${payload}'>${payload}</p>`;
    const [, title, lang, text] = /^<p title="([^"<>]*)" lang='([^'<>]*)'>([^<>]*)<\/p>$/.exec(markup) ?? [];
    expect([title, lang, text].map((part) => unescaped(part ?? ''))).toEqual([payload, payload, payload]);
  });

  test('leaves markup that it made itself as it is, also in lists', () => {
    expect(html`<ul>${['a', '<'].map((item) => html`<li>${item}</li>`)}</ul>`.html).toBe(
      '<ul><li>a</li><li>&#60;</li></ul>',
    );
  });

  test('takes nothing for markup that only looks like it', () => {
    const forged = JSON.parse('[{"html": "<script>alert(1)</script>"}]');
    expect(() => html`${forged}`).toThrow(TypeError);
  });

  test.each([
    [undefined, ''],
    [null, ''],
    [false, ''],
    [0, '0'],
    ['', ''],
    [true, 'true'],
  ])('writes %p as "%s"', (value, text) => {
    expect(html`${value}`.html).toBe(text);
  });
});

describe('numbers and times', () => {
  test('a share of nothing is left out instead of being called 0 or NaN', () => {
    expect([share(0, 0), share(1, 3), share(0, 9)]).toEqual(['', '33 %', '0 %']);
  });
  test('a share of a few among many is not called 0', () => {
    expect(share(3, 10_000)).toBe('<1 %');
  });
  test('points are shown to a hundredth', () => {
    expect([number(1234.567), number(-0.5), number(12)]).toEqual(['1,234.57', '-0.5', '12']);
  });
  test('a time is shown on the clock of its zone, and in UTC where a zone of the database does not exist', () => {
    const instant = at('2026-07-01T22:30:00Z');
    expect(moment(instant, 'Asia/Kolkata').html).toContain('>2 Jul 2026, 04:00<');
    expect(moment(instant, 'Mars/Olympus').html).toContain('>1 Jul 2026, 22:30<');
  });
});

describe('a sequence in words', () => {
  test.each([
    [{ clicked: 'paper' }, '“paper” was clicked'],
    [{ replied: 'paper' }, '“paper” was replied to'],
    [{ clicked: 'https://example.com/x' }, 'the link https://example.com/x was clicked'],
    [{ 'lead.country': 'FR' }, 'country is “FR”'],
    [{ 'lead.size': { gte: 10, lt: 50 } }, 'size is at least 10 and is less than 50'],
    [{ 'lead.phone': { exists: false } }, 'phone is not known'],
    [{ not: { tag: 'vip' } }, 'not the lead has the tag “vip”'],
    [
      { event: 'page.viewed', path: '/pricing', within: '7 days', atLeast: 2 },
      'page.viewed /pricing came at least 2 times within 7 days',
    ],
    [
      { any: [{ tag: 'a' }, { all: [{ tag: 'b' }, { stage: 'c' }] }] },
      'the lead has the tag “a” or (the lead has the tag “b” and the stage is c)',
    ],
  ])('%j reads "%s"', (written, words) => {
    expect(conditionInWords(aCondition(written))).toBe(words);
  });

  test.each([
    [{ wait: '3 days' }, 'Wait 3 days'],
    [{ wait: { until: 'tuesday 10:00' } }, "Wait until Tuesday 10:00, in the lead's time zone"],
    [{ score: -5, why: 'went quiet' }, 'Score -5: went quiet'],
    [{ tag: ['a', 'b'] }, 'Tag: a, b'],
    [{ set: { 'lead.read': true } }, 'Set read to true'],
    [{ exit: 'done' }, 'Leave the sequence: done'],
  ])('the step %j reads "%s"', (written, words) => {
    const [step] = aProgram({ steps: [written] }).steps.values();
    if (!step || step.kind === 'send' || step.kind === 'branch' || step.kind === 'enroll' || step.kind === 'unenroll')
      throw new Error('other kind');
    expect(stepInWords(step)).toBe(words);
  });

  test.each([
    [[1, 2, 3, 4, 5], 540, 1020, 'lead', "Monday to Friday, 09:00–17:00, in the lead's time zone"],
    [[2, 4], 0, 1440, 'UTC', 'Tuesday, Thursday, all day, UTC'],
    [[1, 2, 3, 4, 5, 6, 7], 0, 720, 'UTC', 'every day, 00:00–12:00, UTC'],
  ])('the window %j %i %i %s reads "%s"', (days, from, to, timeZone, words) => {
    expect(windowInWords({ days, from, to, timeZone, holidays: [] })).toBe(words);
  });

  test('says how leads come in, and when they may come again', () => {
    const enroll = { on: ['stage.entered', 'form.submitted:paper'], again: 'after 90 days' };
    expect(entryInWords(aProgram({ stage: 'trial', enroll }))).toBe(
      'When the stage trial is entered or form.submitted: paper comes; again after 90 days at the earliest',
    );
  });

  test('shows the steps of both branches inside their branch, and what became of each mail', () => {
    const program = aProgram({
      steps: [
        { send: 'hello', subject: '<b>Hello</b>' },
        { if: { clicked: 'hello' }, then: [{ tag: 'reader' }], else: [{ if: { tag: 'x' }, then: [{ exit: 'no' }] }] },
      ],
    });
    const people = { sent: 8, opened: 4, clicked: 2, replied: 0, bounced: 1, unsubscribed: 0 };
    const counts = [{ sequence: 'welcome', step: 'hello', ...people, machineOpens: 3, machineClicks: 1 }];
    const page = sequencePage({ program, active: 3, counts, titles: new Map() });
    expect(textOf(page)).toContain(
      'Mail <b>Hello</b> hello · template hello · at any time Sent 8 Opened 4 50 % Clicked 2 25 % Replied 0 Bounced 1 13 % Unsubscribed 0 Machines opened 3 and clicked in 1. If “hello” was clicked: Tag: reader Otherwise: If the lead has the tag “x”: Leave the sequence: no',
    );
    expect(page.match(/<ol>/g)).toHaveLength(4);
  });
});

describe('the numbers of sequences', () => {
  const people = { sent: 2, opened: 1, clicked: 0, replied: 0, bounced: 0, unsubscribed: 0 };
  const counts = { ...people, machineOpens: 0, machineClicks: 0 };

  test('follow the funnel, and keep what steps and sequences did that are no longer in the files', () => {
    const project = aProject({
      programs: [aProgram({ stage: 'late' }, 'a'), aProgram({}, 'b'), aProgram({ stage: 'early' }, 'c')],
      funnel: aFunnel({ early: { on: 'lead.created' }, late: { on: 'converted' } }),
    });
    const numbers = sequenceNumbers(
      project,
      [{ sequence: 'gone', count: 4 }],
      [
        { sequence: 'a', step: 'hello', ...counts },
        { sequence: 'a', step: 'old', ...counts },
      ],
    );
    expect(numbers.map(({ name, isThere, active }) => [name, isThere, active])).toEqual([
      ['c', true, 0],
      ['a', true, 0],
      ['b', true, 0],
      ['gone', false, 4],
    ]);
    expect(numbers[1]?.mails).toMatchObject([
      { step: 'hello', subject: 'Hello', counts },
      { step: 'old', counts },
    ]);
  });
});

describe('the overview', () => {
  const overview: Overview = {
    funnel: aFunnel({ trial: { on: 'lead.created' } }),
    stages: new Map(),
    sequences: [],
    states: new Map(),
    mails: [],
    leads: [],
    transportName: 'local mailbox (nothing leaves this machine)',
    databaseName: 'embedded MongoDB',
    trouble: [],
    publicUrl: 'http://localhost:3000',
    timeZone: 'UTC',
  };

  test('tells somebody without leads how to add the first', () => {
    expect(textOf(homePage(overview))).toMatch(
      /No leads yet .* curl http:\/\/localhost:3000\/api\/leads .* npm run demo/,
    );
  });
  test('says what the embedded MongoDB is for, and nothing of it on a server', () => {
    expect(textOf(homePage(overview))).toContain('Production sets MONGODB_URI');
    expect(textOf(homePage({ ...overview, databaseName: 'MongoDB server' }))).not.toContain('MONGODB_URI');
  });
  test('speaks of message states only when one of them asks for a look', () => {
    const calm = new Map([['accepted', 9]]);
    expect(textOf(homePage({ ...overview, states: calm }))).not.toContain('Worth a look');
    const states = new Map([...calm, ['uncertain', 1]]);
    expect(textOf(homePage({ ...overview, states }))).toContain('Worth a look 1 mail uncertain:');
  });
  test('says of saved files with mistakes that they are not in force, and where the mistakes are', () => {
    const mistake = {
      file: 'sequences/welcome.json',
      line: 3,
      column: 5,
      code: 'wrong-value',
      message: '<no>',
      hint: 'Mend it.',
    };
    const page = (severity: 'error' | 'warning'): string =>
      textOf(homePage({ ...overview, trouble: [{ ...mistake, severity }] }));
    expect(page('error')).toContain('are not in force');
    expect(page('error')).toContain('sequences/welcome.json:3:5 error wrong-value: <no>. Mend it.');
    expect(page('warning')).toContain('The files are in force.');
    expect(textOf(homePage(overview))).not.toContain('in force');
  });
  test('counts leads of no stage, and of stages that the funnel has no more', () => {
    const stages = new Map([
      ['trial', 1],
      ['<old>', 2],
      [null, 1],
    ]);
    expect(textOf(homePage({ ...overview, stages }))).toContain(
      'Trial 1 25 % <old> (not in the funnel any more) 2 50 % In no stage 1 25 %'.replace('Trial', 'trial'),
    );
  });
});

describe('the page of a lead', () => {
  const now = at('2026-03-03T10:00Z');
  const program = aProgram();
  const run: Enrollment = anEnrollment(program, { waitsFor: '2 days to pass', dueAt: at('2026-03-05T09:00Z') });
  const story = {
    facts: facts({
      timeZone: 'Asia/Tokyo',
      lead: { firstName: '<i>Ada</i>', timezone: 'Asia/Tokyo', attributes: { vip: false, n: 0 } },
    }),
    enrollments: [run],
    timeline: [
      { at: at('2026-03-02T16:00Z'), kind: 'event' as const, what: 'opened', because: 'told by x', machine: true },
      { at: at('2026-03-02T09:00Z'), kind: 'mail' as const, what: 'mail "Hi" accepted', because: '', sequence: 'gone' },
    ].toReversed(),
    next: [
      {
        at: at('2026-03-05T09:00Z'),
        kind: 'mail' as const,
        what: 'Two',
        because: 'its turn',
        sequence: 'welcome',
        score: 0,
      },
      {
        at: at('2026-03-05T09:00Z'),
        kind: 'step' as const,
        what: 'accepted',
        because: '',
        sequence: 'welcome',
        score: 0,
      },
    ],
  };
  const text = textOf(leadPage({ story, now, titles: new Map([['welcome', 'Welcome']]) }));

  test('tells past and future in one line of time, by the days of the lead’s zone, with the present between', () => {
    expect(text).toContain(
      'Mon, 2 Mar 2026 18:00 mail "Hi" accepted gone Tue, 3 Mar 2026 01:00 opened a machine, not the person told by x Now: 3 Mar 2026, 19:00 What comes next, if nothing else happens: Thu, 5 Mar 2026 18:00 mail "Two" Welcome its turn',
    );
    expect(text).toContain("Times in Asia/Tokyo, the lead's own time zone.");
  });
  test('tells of a planned mail once', () => {
    expect(text.match(/Welcome its turn.*/)?.[0]).toBe('Welcome its turn');
  });
  test('shows fields that are false or 0', () => {
    expect(text).toMatch(/vip false .*n 0/);
  });
});

describe('what leads see', () => {
  const { brand } = aProject();

  test('their address is text, and the button posts to the page’s own address', () => {
    const page = unsubscribePage(brand, '"<script>"@example.com');
    expect(page).not.toContain('<script>');
    expect(page).toContain('<form method="post"><button class="primary" name="List-Unsubscribe" value="One-Click">');
  });
  test('no logo is fetched from another server', () => {
    expect(unsubscribePage({ ...brand, logo: 'https://cdn.example.com/logo.png' }, 'a@example.com')).not.toContain(
      '<img',
    );
  });
});

test('a mail looked at in the mailbox loads its pictures, but not the pixel that says it was opened', () => {
  const mail = '<img src="http://x/assets/a.png"><img alt="" src="http://x/o/AQ_b-9.gif" width="1" />';
  expect(withoutPixel(mail)).toBe('<img src="http://x/assets/a.png">');
});

describe('over HTTP', () => {
  let rivulet: TestRivulet;
  let server: { url: string; stop: () => Promise<void> };
  let mailId: string;

  beforeAll(async () => {
    rivulet = await startTestRivulet();
    server = await rivulet.listen();
    for (const [i, payload] of payloads.entries()) {
      const lead = {
        email: `lead${i}@example.com`,
        firstName: payload,
        attributes: { company: payload },
        tags: [payload],
      };
      await post('/api/leads', lead);
      await post('/api/events', { type: 'page.viewed', email: lead.email, about: payload });
    }
    await rivulet.dispatcher.wake();
    mailId = (await rivulet.store.mailbox.page(1)).items[0]?.id ?? '';
  });
  afterAll(async () => {
    await server.stop();
    await rivulet.close();
  });
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(server.url + path, { headers });
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(server.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${rivulet.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('every page opens, and nothing that leads wrote becomes markup', async () => {
    const { items } = await rivulet.store.leads.page(50);
    const paths = ['/', '/leads', '/mailbox', `/mailbox/${mailId}`, '/sequences/welcome'];
    for (const path of [...paths, ...items.map(({ id }) => `/leads/${id}`)]) {
      const answer = await get(path);
      expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([path, 200, 'no-store']);
      const tags = (await answer.text()).match(/<\/?(script|img|svg onload|b)\b/g) ?? [];
      expect([path, tags]).toEqual([path, []]);
    }
    expect(rivulet.faults).toEqual([]);
  });

  test('pages have no inline style and no script, so that their policy holds', async () => {
    for (const path of ['/', '/leads', `/mailbox/${mailId}`, '/sequences/welcome']) {
      const page = await (await get(path)).text();
      expect(page).not.toMatch(/ style=|<style|<script| on\w+="/);
    }
  });

  test('lists go on where they end', async () => {
    const seen: string[] = [];
    for (let next: string | undefined = '?limit=3'; next; ) {
      const page: string = await (await get(`/leads${next}`)).text();
      seen.push(...(page.match(/lead\d@example\.com/g) ?? []));
      const [, further]: (string | undefined)[] = /rel="next" href="([^"]+)"/.exec(page) ?? [];
      next = further && unescaped(further).replace('?', '?limit=3&');
    }
    expect(seen.toSorted()).toEqual(payloads.map((_, i) => `lead${i}@example.com`));
  });

  test('the mailbox can be asked for the mails to one address', async () => {
    const page = textOf(await (await get('/mailbox?to=lead2%40example.com')).text());
    expect(page).toContain('Mails to lead2@example.com');
    expect(page).not.toContain('lead3@example.com');
  });

  test('the markup of a mail is shown in a sandbox and does not count as opened', async () => {
    const answer = await get(`/mailbox/${mailId}/mail.html`);
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'none';.* sandbox /);
    expect(await answer.text()).not.toContain('/o/');
    expect(await (await get(`/mailbox/${mailId}/mail.html?as=reader`)).text()).toContain('/o/');
  });

  test('the mail can be downloaded as it went out', async () => {
    const answer = await get(`/mailbox/${mailId}/mail.eml`);
    expect(answer.headers.get('content-disposition')).toContain(`${mailId}.eml`);
    expect((await answer.text()).split('\r\n')).toContain('MIME-Version: 1.0');
  });

  test.each(['/leads/nobody', '/mailbox/nothing', '/mailbox/nothing/mail.html', '/sequences/none'])(
    '%s, which is not there, answers 404',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test.each(['/', '/leads', '/mailbox', '/LEADS', '/mailbox/x/mail.html'])(
    '%s asks whoever comes through a proxy for the key',
    async (path) => {
      expect((await get(path, { 'x-forwarded-for': '203.0.113.9' })).status).toBe(401);
    },
  );

  test('the key opens the pages, and the style is everybody’s and kept for ever', async () => {
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    const key = Buffer.from(`me:${rivulet.apiKey}`).toString('base64');
    const page = await get('/', { ...proxied, authorization: `Basic ${key}` });
    expect(page.status).toBe(200);
    const [, sheet = ''] = /href="(\/pages\/[^"]+\.css)"/.exec(await page.text()) ?? [];
    const style = await get(sheet, proxied);
    expect([style.status, style.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });
});

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}

/** What a person reads of a page: its text without tags, with single spaces. */
function textOf(page: string): string {
  const body = page.replace(/^.*<main[^>]*>/s, '').replace(/<[^>]*>/g, ' ');
  return unescaped(body.replace(/\s+/g, ' ')).trim();
}
