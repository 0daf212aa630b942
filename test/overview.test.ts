import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attentionTo, type Looked } from '../src/overview/attention.js';
import { aProjectFolder, eventually, type HttpRivulet, jobsOf, startHttpRivulet } from './support.js';

const now = new Date('2026-03-20T12:00:00Z');
const ago = (ms: number): Date => new Date(now.getTime() - ms);
const hourMs = 3_600_000;
const sent = (mails: number, bounced = 0, complained = 0) => ({ sent: mails, bounced, complained });

/** Nothing needs attention, but for what is said. */
function looked(what: Partial<Looked> = {}): Looked {
  return {
    now,
    diagnostics: [],
    pauses: new Map(),
    transports: [],
    returns: { lately: sent(1000, 5), usually: sent(4000, 20) },
    uncertain: 0,
    endpoints: [{ id: 'e1', name: 'CRM', dead: 0 }],
    waiting: [],
    forms: [],
    lateSteps: { count: 0 },
    lastBeatAt: ago(30_000),
    lateJobs: [],
    ...what,
  };
}
const told = (what: Partial<Looked>) =>
  attentionTo(looked(what)).map(({ kind, severity, what: says, page }) => [kind, severity, says, page]);

describe('what needs attention', () => {
  test('is nothing, where all is well', () => {
    expect(attentionTo(looked())).toEqual([]);
  });

  test.each<[string, Partial<Looked>, readonly string[]]>([
    [
      'a transport that cannot be used',
      { transports: [{ transport: 'smtp', because: 'connection refused' }] },
      ['transport', 'error', 'The transport smtp cannot be used', '/deliverability'],
    ],
    [
      'a pause of everything',
      { pauses: new Map([['everything', { of: 'everything', since: ago(1), because: 'a backlog', by: 'rivulet' }]]) },
      ['pause', 'error', 'Everything is paused', '/deliverability'],
    ],
    [
      'a sequence that a person paused',
      { pauses: new Map([['sequence:welcome', { of: 'sequence:welcome', since: ago(1), because: '', by: 'person' }]]) },
      ['pause', 'warning', 'The sequence welcome is paused', '/sequences/welcome'],
    ],
    [
      'a broken file, by its place',
      {
        diagnostics: [
          {
            file: 'sequences/welcome.json',
            line: 12,
            column: 29,
            code: 'x',
            message: 'no',
            hint: 'Mend it.',
            severity: 'error',
          },
          {
            file: 'sequences/welcome.json',
            line: 14,
            column: 1,
            code: 'x',
            message: 'no',
            hint: 'Mend it.',
            severity: 'error',
          },
        ],
      },
      ['file', 'error', 'sequences/welcome.json:12:29 is broken', '/editor/sequences/welcome.json'],
    ],
    ['uncertain mails', { uncertain: 2 }, ['uncertain', 'warning', '2 mails are uncertain', '/deliverability']],
    [
      'deliveries to an endpoint that were given up',
      { endpoints: [{ id: 'e1', name: 'CRM', dead: 1 }] },
      ['endpoint', 'warning', '1 delivery to CRM given up', '/endpoints/e1'],
    ],
    [
      'leads that sales has not answered for',
      {
        waiting: [
          { at: ago(49 * hourMs), owner: 'a@example.com' },
          { at: ago(47 * hourMs), owner: 'b@example.com' },
        ],
      },
      ['sales', 'warning', '1 lead waits for sales for more than two days', '/leads'],
    ],
    [
      'a form that is sent far more often than usual',
      {
        forms: [
          { form: 'demo', lately: 60, before: 28 },
          { form: 'calm', lately: 9, before: 70 },
        ],
      },
      ['form', 'warning', 'The form demo was sent 60 times in 24 hours', '/forms/demo'],
    ],
    [
      'a Rivulet that nobody runs',
      { lastBeatAt: ago(hourMs) },
      ['standstill', 'error', 'Nothing is sent: no Rivulet is running', '/deliverability'],
    ],
    [
      'a job that did not come round',
      { lateJobs: [{ name: 'dates, 5 minutes', dueAt: ago(hourMs) }] },
      ['late', 'warning', '"dates" is late', '/activity'],
    ],
    [
      'steps that are late',
      { lateSteps: { count: 12, oldest: ago(3 * hourMs) } },
      ['late', 'warning', '12 steps or mails are late', '/deliverability'],
    ],
  ])('is %s', (_, what, line) => {
    expect(told(what)).toEqual([line]);
  });

  test.each([
    ['one bounce in fifty', sent(1000, 20), sent(4000, 80), ['bounces warning']],
    ['one bounce in twenty', sent(1000, 50), sent(4000, 80), ['bounces error']],
    ['bounces that double below the limit', sent(1000, 12), sent(4000, 20), ['bounces warning']],
    ['bounces as usual', sent(1000, 12), sent(4000, 48), []],
    ['too few mails to tell', sent(100, 20), sent(0), []],
    ['one complaint in a thousand', sent(2000, 0, 2), sent(4000), ['complaints warning']],
    ['three complaints in a thousand', sent(2000, 0, 6), sent(4000), ['complaints error']],
  ])('of %s', (_, lately, usually, kinds) => {
    const found = attentionTo(looked({ returns: { lately, usually } }));
    expect(found.map(({ kind, severity }) => `${kind} ${severity}`)).toEqual(kinds);
  });

  test('tells errors before warnings', () => {
    const severities = told({ uncertain: 1, transports: [{ transport: 'smtp', because: '' }] }).map(([, how]) => how);
    expect(severities).toEqual(['error', 'warning']);
  });
});

describe('the overview', () => {
  let rivulet: HttpRivulet;
  let folder: string;

  beforeAll(async () => {
    folder = await aProjectFolder({
      'sequences/funnel.json': JSON.stringify({
        stages: [
          { name: 'lead', title: 'Lead', enter: { on: 'lead.created' } },
          { name: 'customer', title: 'Customer', enter: { on: 'converted' } },
        ],
      }),
    });
    rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
    const { id } = await rivulet.welcome('ada@example.org');
    await rivulet.welcome('bea@example.org');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + hourMs);
    await rivulet.api('/api/events', { type: 'converted', lead: id });
    await jobsOf(rivulet)
      .find(({ name }) => name === 'reports')
      ?.run();
  });

  afterAll(async () => {
    await rivulet.close();
    await rm(folder, { recursive: true });
  });

  test('tells who stands where, what happened, and how it was before', async () => {
    const { status, body } = await rivulet.api('/api/overview?days=7');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      period: { from: '2026-02-24', to: '2026-03-02', days: 7 },
      leads: 2,
      stages: [
        { stage: 'lead', title: 'Lead', leads: 1, entered: 2, onward: 1 },
        { stage: 'customer', title: 'Customer', leads: 1, entered: 1, onward: 0 },
      ],
    });
    expect(body.people[0]).toMatchObject({ key: 'created', value: 2, before: 0 });
    expect(body.mails[0]).toMatchObject({ key: 'sent', value: 2, before: 0, of: null });
    expect(body.mails[1]).toMatchObject({ key: 'opened', of: { value: 2, before: 0 } });
  });

  test('has the forecast as soon as it is worked out, and does not wait for it', async () => {
    await rivulet.api('/api/overview');
    await rivulet.api('/api/forecast');
    await eventually(async () => (await rivulet.api('/api/overview')).body.forecast !== null);
    const { forecast } = (await rivulet.api('/api/overview')).body;
    expect(forecast.days).toHaveLength(7);
  });

  test('names the place of a mistake in a file, and the page where it is mended', async () => {
    const watching = await rivulet.watch();
    await writeFile(join(folder, 'sequences/hello.json'), '{ "name": "Hello", "steps": [{ "sen": "hello" }] }');
    await eventually(async () => (await rivulet.api('/api/overview')).body.attention.length > 0);
    await watching.stop();
    const { attention } = (await rivulet.api('/api/overview')).body;
    expect(attention[0]).toMatchObject({
      kind: 'file',
      severity: 'error',
      what: expect.stringMatching(/^sequences\/hello\.json:1:\d+ is broken$/),
      page: '/editor/sequences/hello.json',
    });
  });
});
