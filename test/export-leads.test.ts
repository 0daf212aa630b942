import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { exportLeads, type ExportWish } from '../src/transfer/export-leads.js';
import { importCsv } from '../src/transfer/import-csv.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let folder: string;
let project: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rivulet-export-'));
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({
      fields: {
        company: { type: 'text' },
        size: { type: 'number' },
        vip: { type: 'yes/no' },
        interests: { type: 'list' },
      },
    }),
    'sequences/segments.json': '{ "segments": { "large": { "if": { "lead.size": { "gte": 100 } } } } }',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true, force: true });
  await rm(project, { recursive: true, force: true });
});
beforeEach(clear);

async function clear(): Promise<void> {
  for (const name of ['leads', 'events', 'enrollments', 'imports', 'suppressions'])
    await rivulet.store.db.collection(name).deleteMany({});
}
const tools = () => ({ ...rivulet, now: rivulet.engine.now });
async function exported(wish: ExportWish = {}): Promise<string> {
  const texts: string[] = [];
  for await (const text of await exportLeads(wish, tools())) texts.push(text);
  return texts.join('');
}
async function add(...bodies: readonly object[]): Promise<void> {
  const { store, engine, newId } = rivulet;
  for (const body of bodies) await captureLead(LeadBody.parse(body), 'api', store, engine, newId);
}

test('leads are exported with what is known of them, all their fields in columns', async () => {
  await add({
    email: 'ada@example.org',
    firstName: 'Ada',
    attributes: { company: 'Byron; Sons', size: 250, interests: ['a', 'b'], own: 'x' },
    tags: ['fair', 'vip'],
  });
  await rivulet.store.suppressions.add({
    of: 'ada@example.org',
    reason: 'manual',
    at: rivulet.clock.now,
    by: 'a test',
  });
  const [head, row] = (await exported()).split('\r\n');
  expect(head).toBe(
    'email,firstName,lastName,timezone,locale,tags,consent,consentSource,consentAt,stage,score,suppressed,createdAt,id,company,interests,own,size,vip',
  );
  const { id } = (await rivulet.store.leads.byEmail('ada@example.org')) ?? {};
  expect(row).toBe(
    `ada@example.org,Ada,,,,fair; vip,granted,api,2026-03-02T09:00:00.000Z,lead,0,manual,2026-03-02T09:00:00.000Z,${id},Byron; Sons,a; b,x,250,`,
  );
});

test('those of a segment, a stage or a tag are exported alone, in the columns that are asked for', async () => {
  await add(
    { email: 'a@example.org', attributes: { size: 250 }, tags: ['fair'] },
    { email: 'b@example.org', attributes: { size: 20 }, tags: ['fair'] },
    { email: 'c@example.org', attributes: { size: 100 } },
  );
  const emails = async (wish: ExportWish) =>
    (await exported({ ...wish, fields: ['email'] })).split('\r\n').slice(1, -1).toSorted();
  expect(await emails({ segment: 'large' })).toEqual(['a@example.org', 'c@example.org']);
  expect(await emails({ tag: 'fair' })).toEqual(['a@example.org', 'b@example.org']);
  expect(await emails({ segment: 'large', tag: 'fair', stage: 'lead' })).toEqual(['a@example.org']);
  expect(
    JSON.parse(await exported({ segment: 'large', tag: 'fair', fields: ['email', 'size'], format: 'json' })),
  ).toEqual([{ email: 'a@example.org', size: 250 }]);
  const lines = (await exported({ tag: 'fair', format: 'jsonl' }))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ email, score }) => `${email} ${score}`).toSorted()).toEqual([
    'a@example.org 0',
    'b@example.org 0',
  ]);
});

test('of nobody it is a file all the same', async () => {
  expect(await exported({ fields: ['email'] })).toBe('email\r\n');
  expect(await exported({ format: 'json' })).toBe('[]\n');
  expect(await exported({ format: 'jsonl' })).toBe('');
});

test.each<[ExportWish, string]>([
  [{ segment: 'lage' }, '"lage": there is no such segment. Did you mean "large"?'],
  [{ stage: 'led' }, '"led": there is no such stage. Did you mean "lead"?'],
  [{ fields: ['emial'] }, '"emial": there is no such field. Did you mean "email"?'],
])('%j is refused before anything is written', async (wish, told) => {
  await expect(exported(wish)).rejects.toThrow(told);
});

test('what a spreadsheet would run is a text there, and comes back as it was', async () => {
  await add({
    email: '=cmd@example.org',
    firstName: '=HYPERLINK("http://x")',
    lastName: '@SUM(A1)',
    attributes: { company: '+1', size: -5, own: '－1' },
    tags: ['=t'],
  });
  const text = await exported({ fields: ['email', 'firstName', 'lastName', 'company', 'size', 'own', 'tags'] });
  expect(text.split('\r\n')[1]).toBe(`'=cmd@example.org,"'=HYPERLINK(""http://x"")",'@SUM(A1),'+1,-5,'－1,'=t`);
});

const aName = fc
  .string({
    unit: fc.constantFrom('a', 'é', '=', '+', "'", '"', ';', ',', '1', ' ', '-', '[', ']'),
    minLength: 1,
    maxLength: 12,
  })
  .map((text) => text.trim())
  .filter((text) => text !== '');
const aLead = fc.record(
  {
    firstName: aName,
    lastName: aName,
    timezone: fc.constantFrom('Europe/Paris', 'UTC'),
    locale: fc.constantFrom('fr', 'pt-BR'),
    tags: fc.uniqueArray(aName, { maxLength: 3 }),
    attributes: fc.record(
      {
        company: aName,
        size: fc.integer({ min: -1e6, max: 1e6 }).map((whole) => whole / 100),
        vip: fc.boolean(),
        interests: fc.array(aName, { maxLength: 3 }),
        other: fc.oneof(aName, fc.boolean(), fc.integer({ min: -1000, max: 1000 }), fc.array(aName, { maxLength: 2 })),
      },
      { requiredKeys: [] },
    ),
    consent: fc.record({
      status: fc.constantFrom('granted', 'pending', 'denied'),
      source: aName,
      at: fc.constantFrom(new Date('2026-01-01T00:00:00Z'), new Date('2026-02-03T04:05:06.789Z')),
    }),
  },
  { requiredKeys: [] },
);

test('an export that is imported makes the same leads, with the same fields, tags and consent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aLead, { minLength: 1, maxLength: 4 }), async (leads) => {
      await clear();
      await add(...leads.map((lead, i) => ({ ...lead, email: `lead-${i}@example.org` })));
      const before = await allLeads();
      const file = join(folder, 'leads.csv');
      await writeFile(file, await exported());
      expect(await importCsv(file, rivulet)).toMatchObject({ created: 0, changed: 0, broken: 0 });
      await clear();
      expect(await importCsv(file, rivulet)).toMatchObject({ created: leads.length, broken: 0 });
      expect(await allLeads()).toEqual(before);
    }),
    { numRuns: 25 },
  );
}, 60_000);

async function allLeads(): Promise<unknown> {
  const leads = [];
  for await (const { id: _, stage: __, entries: ___, createdAt: ____, ...lead } of rivulet.store.leads.all())
    leads.push(lead);
  return leads
    .toSorted((a, b) => a.email.localeCompare(b.email))
    .map((lead) => ({ ...lead, tags: lead.tags.toSorted() }));
}

test('over HTTP it comes as a file, and for those who have the key alone', async () => {
  await add({ email: 'ada@example.org' });
  const { status, headers, text } = await rivulet.api('/api/leads/export?fields=email,score');
  expect([status, headers.get('content-type'), headers.get('content-disposition'), text]).toEqual([
    200,
    'text/csv; charset=utf-8',
    'attachment; filename=leads.csv',
    'email,score\r\nada@example.org,0\r\n',
  ]);
  expect((await rivulet.api('/api/leads/export?format=jsonl&fields=email')).text).toBe('{"email":"ada@example.org"}\n');
  expect((await rivulet.api('/api/leads/export?segment=lage')).body).toMatchObject({
    status: 400,
    detail: expect.stringContaining('Did you mean "large"?'),
  });
  expect((await rivulet.api('/api/leads/export?colour=red')).status).toBe(422);
  expect((await fetch(`${rivulet.url}/api/leads/export`)).status).toBe(401);
});
