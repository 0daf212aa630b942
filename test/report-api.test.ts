import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reportText } from '../src/cli/report-text.js';
import { askSetting, tellReport } from '../src/lead/tell-report.js';
import { askOf, type ReportName, reportNames } from '../src/report/ask.js';
import { meanings } from '../src/report/milestones.js';
import { readProject } from '../src/sequence/project.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';
import { aProject, problemsIn } from './project-texts.js';

const costs = {
  currency: 'EUR',
  costs: [
    { what: 'Stand', source: 'fair', from: '2026-03-01', until: '2026-03-10', amount: 500 },
    { what: 'Tools', from: '2026-03-02', until: '2026-03-02', amount: 10, currency: 'USD' },
  ],
};

let rivulet: HttpRivulet;
beforeAll(async () => {
  const split = { short: { send: 'hello', subject: 'Short' }, long: { send: 'hello', subject: 'Long' } };
  const steps = [
    { id: 'hello', send: 'hello', subject: 'Hello' },
    { id: 'length', split },
  ];
  rivulet = await startHttpRivulet({
    PROJECT_DIR: await aProjectFolder({
      'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
      'sequences/costs.json': JSON.stringify(costs),
    }),
  });
  for (const [i, source] of ['fair', 'fair', '=HYPERLINK("https://evil.example.com")'].entries()) {
    const { mail } = await rivulet.welcome(`lead-${i}@example.org`, { attributes: { source } });
    if (i === 0) await rivulet.reader.clicks(mail.links[0]);
  }
  const sale = { type: 'converted', email: 'lead-0@example.org', data: { value: 1200, currency: 'EUR' } };
  await rivulet.api('/api/events', sale);
});
afterAll(() => rivulet.close());

const march = 'from=2026-03-01&to=2026-03-10';

describe('the API', () => {
  test('lists the reports that there are', async () => {
    const { body } = await rivulet.api('/api/reports');
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual(reportNames);
    expect(body.items[0]).toMatchObject({ usual: 'week', days: 56, only: ['source', 'sequence', 'stage'] });
    expect(body).toMatchObject({ zone: 'UTC', names: { sequence: ['hello'], stage: ['lead'] } });
    expect(body.names.source).toContain('fair');
  });

  test('tells what happened by source, with what was spent and what came back', async () => {
    const { status, body } = await rivulet.api(`/api/reports/kpi?${march}&by=source`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ report: 'kpi', from: '2026-03-01', to: '2026-03-10', zone: 'UTC', by: 'source' });
    const [people, sales] = body.tables;
    expect(people.rows.find(({ source }: { source: string }) => source === 'fair')).toEqual({
      source: 'fair',
      created: 2,
      reached: 2,
      interested: 1,
      contactable: 1,
      contacted: 0,
      'still-interested': 0,
      won: 1,
      lost: 0,
    });
    expect(people.total).toMatchObject({ created: 3, won: 1 });
    const money = (name: string) => sales.rows.find(({ source }: { source: string }) => source === name);
    expect(money('fair')).toMatchObject({
      value: { EUR: 1200 },
      cost: { EUR: 500 },
      costPerWon: { EUR: 500 },
      return: 1.4,
    });
    expect(money('(for no source)')).toMatchObject({ value: {}, cost: { USD: 10 }, return: null });
    expect(new Date(body.asOf)).toEqual(rivulet.clock.now);
  });

  test('tells the share and its bounds of a funnel, and of mails what became of them', async () => {
    const funnel = await rivulet.api(`/api/reports/funnel?${march}`);
    expect(funnel.body.tables[0].rows[2]).toMatchObject({
      step: 'interested',
      people: 1,
      ofAll: { share: 0.3333, low: 0.0615, high: 0.7923, part: 1, whole: 3 },
    });
    const { body } = await rivulet.api(`/api/reports/sequence?${march}&sequence=hello`);
    const [{ rows }] = body.tables;
    const sum = (key: string): number =>
      rows.reduce((all: number, row: Record<string, number>) => all + (row[key] ?? 0), 0);
    expect([sum('sent'), sum('opened'), sum('clicked'), sum('goal')]).toEqual([6, 1, 1, 0]);
    expect(rows[0]).toMatchObject({ sequence: 'hello', mail: 'hello', sent: 3 });
    const splits = body.tables.find(({ name }: { name: string }) => name === 'splits');
    expect(splits.rows.reduce((all: number, { entered }: { entered: number }) => all + entered, 0)).toBe(3);
  });

  test('gives one table as a file that a spreadsheet takes for text and numbers alone', async () => {
    const { status, headers, text } = await rivulet.api(`/api/reports/kpi.csv?${march}&by=source`);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    expect(headers.get('content-disposition')).toBe('attachment; filename=kpi-people.csv');
    const [head, ...rows] = text.trim().split('\n');
    expect(head).toBe('source,created,reached,interested,contactable,contacted,still-interested,won,lost');
    expect(rows).toContain('fair,2,2,1,1,0,0,1,0');
    expect(rows.find((row) => row.includes('HYPERLINK'))).toMatch(/^"'=HYPERLINK/);
    const sales = await rivulet.api(`/api/reports/kpi.csv?${march}&by=source&table=sales`);
    expect(sales.text).toContain('fair,0,0,1,1200,500,0,500,0,1.4');
  });

  test.each([
    ['/api/reports/kpi?from=2026-03-10&to=2026-03-01', 422, '/from'],
    ['/api/reports/kpi?zone=Mars/Phobos', 422, '/zone'],
    ['/api/reports/kpi?frm=2026-03-10', 422, '/frm'],
    ['/api/reports/sequence?sequence=helo', 422, '/sequence'],
    ['/api/reports/kpi?from=1&from=2', 422, '/from'],
    ['/api/reports/kpi?from[$gt]=1', 422, '/from[$gt]'],
    ['/api/reports/kpi.csv?table=nothing', 422, '/table'],
    ['/api/reports/kpi?table=people', 422, '/table'],
  ])('refuses %s with %i and says where', async (path, status, pointer) => {
    const answer = await rivulet.api(path);
    expect(answer.status).toBe(status);
    expect(answer.body.problems.map((one: { pointer: string }) => one.pointer)).toEqual([pointer]);
  });

  test.each(['/api/reports/kpis', '/api/reports/kpi.pdf', '/api/reports/constructor'])('knows no %s', async (path) => {
    expect((await rivulet.api(path)).status).toBe(404);
  });

  test('tells nothing to who has no key', async () => {
    expect((await fetch(`${rivulet.url}/api/reports/kpi`)).status).toBe(401);
  });
});

describe('in a terminal', () => {
  const textOf = async (name: ReportName, query: object) => {
    const setting = { ...rivulet, now: rivulet.engine.now };
    const ask = askOf(name, await askSetting(setting)).parse({ from: '2026-03-01', to: '2026-03-10', ...query });
    // oxlint-disable-next-line no-control-regex -- the colours of a terminal
    return reportText(await tellReport(ask, setting)).replace(/\u001b\[\d+m/g, '');
  };

  test.each<[ReportName, object]>([
    ['kpi', { by: 'day' }],
    ['kpi', { by: 'source' }],
    ['funnel', {}],
    ['funnel', { by: 'source' }],
    ['funnel', { by: 'stage' }],
    ['sequence', {}],
    ['cohort', { by: 'week' }],
  ])('the report %s %j is read at 80 columns', async (name, query) => {
    const lines = (await textOf(name, query)).split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines[1]).toContain('2026-03-01 to 2026-03-10, UTC');
  });

  test('says what each column means, and what nobody knows', async () => {
    const text = await textOf('kpi', { by: 'source' });
    expect(text).toContain('fair');
    expect(text).toMatch(/fair +2 +2 +1 +1 +0 +0 +1 +0/);
    expect(text).toMatch(/fair +0 +0 +1 +€1,200 +€500 +€500 +\+140 %/);
    expect(text).toMatch(/contacted +sales answered that it spoke with them/);
    expect(text).toContain('n/a');
  });

  test('a share of few people is shown with where the true one may lie', async () => {
    const lines = (await textOf('funnel', {})).split('\n');
    const at = lines.findIndex((line) => line.startsWith('interested '));
    expect(lines[at]).toMatch(/interested +1 +33 %/);
    expect(lines[at + 1]).toMatch(/6\.1–79/);
  });

  test('a period in which nothing was counted says so', async () => {
    expect(await textOf('sequence', { from: '2025-03-01', to: '2025-03-02' })).toContain(
      'Nothing was counted in this period.',
    );
  });
});

describe('costs.json', () => {
  const cost = { what: 'Ads', from: '2026-03-01', until: '2026-03-31', amount: 100 };
  const file = (change: object, rest: object = { currency: 'EUR' }) =>
    aProject({ 'costs.json': JSON.stringify({ ...rest, costs: [{ ...cost, ...change }] }) });

  test('that is right is read with its days and amounts', async () => {
    const { project } = await readProject(file({ source: 'fair' }));
    expect(project?.costs).toEqual({
      currency: 'EUR',
      costs: [{ what: 'Ads', source: 'fair', from: 20_513, until: 20_543, thousandths: 100_000, currency: 'EUR' }],
    });
  });

  test.each<[string, object]>([
    ['there is no sequence "welcom"', { sequence: 'welcom' }],
    [
      'this cost ends before it begins. Write the first day as "from" and the last as "until".',
      { until: '2026-02-01' },
    ],
    [
      'a cost is for a source or for a sequence. Make two costs of it, each with its share.',
      { source: 'a', sequence: 'a' },
    ],
    ['this is not a day. Write year, month and day, "2026-03-01".', { from: '2026-02-30' }],
    ['amount must be from 0 to 1000000000000', { amount: -1 }],
    ['there is no currency "eur". Did you mean "EUR"?', { currency: 'eur' }],
    ['unknown key "amont". Did you mean "amount"?', { amont: 5 }],
  ])('that is wrong is refused: %s', async (said, change) => {
    const problems = await problemsIn(file(change));
    expect(problems.join('\n')).toContain(said);
    expect(problems[0]).toMatch(/^sequences\/costs\.json:1:\d+ error/);
  });
});

test('the guide says of each milestone what the reports say', () => {
  const guide = readFileSync('docs/reports.md', 'utf8');
  for (const [word, means] of Object.entries(meanings)) expect(guide).toContain(`| ${word} | ${means} |`);
});
