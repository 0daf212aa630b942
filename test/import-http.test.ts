import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openImporter } from '../src/transfer/importer.js';
import { aProjectFolder, type HttpRivulet, jobsOf, readAnswer, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let project: string;
beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({ fields: { company: { type: 'text' }, size: { type: 'number' } } }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true, force: true });
});
beforeEach(async () => {
  for (const name of ['leads', 'events', 'enrollments', 'imports', 'importBroken'])
    await rivulet.store.db.collection(name).deleteMany({});
});

async function send(body: string | Buffer, query = '', type = 'text/csv') {
  const headers = { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': type };
  return readAnswer(
    await fetch(`${rivulet.url}/api/imports${query}`, {
      method: 'POST',
      headers,
      body: new Uint8Array(Buffer.from(body)),
    }),
  );
}
/** A file that is sent, and what became of it. */
async function imported(body: string | Buffer, query = '') {
  const { status, body: answer, headers } = await send(body, query);
  await rivulet.importer.idle();
  return {
    status,
    answer,
    location: headers.get('location'),
    then: (await rivulet.api(headers.get('location') ?? '')).body,
  };
}
const folder = () => join(rivulet.dataDir, 'imports');

test('a file is taken with 202, what its columns are is told, and it is imported behind the answer', async () => {
  const { status, answer, location, then } = await imported(
    'E-Mail,Firma,Notes\nada@example.org,Byron,x\nnobody,,\n',
    '?name=fair.csv&tag=fair&tag=2026&source=fair%202026&ignore=Notes',
  );
  expect([status, location]).toEqual([202, `/api/imports/${answer.id}`]);
  expect(answer).toMatchObject({
    state: 'running',
    columns: [
      { column: 'E-Mail', field: 'email', example: 'ada@example.org', how: 'by its name' },
      { column: 'Firma', field: 'company', how: 'by what it is usually called' },
      { column: 'Notes', field: null, how: 'left out, as you said' },
    ],
  });
  expect(then).toMatchObject({
    file: 'fair.csv',
    state: 'done',
    dryRun: false,
    rows: 2,
    created: 1,
    changed: 0,
    unchanged: 0,
    broken: 1,
    share: 1,
    problem: null,
  });
  const lead = await rivulet.store.leads.byEmail('ada@example.org');
  expect(lead).toMatchObject({
    attributes: { company: 'Byron' },
    tags: ['fair', '2026'],
    consent: { source: 'fair 2026' },
  });
  expect((await rivulet.api('/api/imports')).body.items.map(({ id }: { id: string }) => id)).toEqual([answer.id]);
  // The file itself is not kept.
  expect(await readdir(folder())).toEqual([]);
});

test('its broken rows can be had as a file that can be mended and sent again', async () => {
  const { answer } = await imported(
    Buffer.from('email;company\nnobody;"A;B"\nx\xfc@example.org;C\n', 'latin1'),
    '?name=fair.csv',
  );
  const { headers, text, status } = await rivulet.api(`/api/imports/${answer.id}/broken.csv`);
  expect([status, headers.get('content-disposition')]).toEqual([200, 'attachment; filename=fair.broken.csv']);
  expect(text.split('\r\n').slice(0, 2)).toEqual([
    'broken line;broken because;email;company',
    '2;"email: an e-mail address looks like name@example.com";nobody;"A;B"',
  ]);
  const again = await imported(text.replace(';nobody;', ';nora@example.org;').split('\r\n').slice(0, 2).join('\n'));
  expect(again.then).toMatchObject({ state: 'done', created: 1, broken: 0 });
  expect((await rivulet.store.leads.byEmail('nora@example.org'))?.attributes).toEqual({ company: 'A;B' });
});

test('a dry run tells what would happen, and writes nothing', async () => {
  const { then } = await imported('email\nada@example.org\nnobody\n', '?dryRun=true');
  expect(then).toMatchObject({ state: 'done', dryRun: true, rows: 2, created: 1, broken: 1 });
  expect(await rivulet.store.leads.byEmail('ada@example.org')).toBeUndefined();
});

describe('what cannot be taken is refused, and leaves nothing behind', () => {
  test.each<[string, string, string, number, RegExp]>([
    [
      'columns that nobody declared',
      'email,Firmma\n',
      '?name=x.csv',
      400,
      /^x\.csv:1: column "Firmma" is no field of lead\.json/,
    ],
    ['an empty file', '', '?name=x.csv', 400, /^x\.csv:1: this file is empty/],
    ['a word that is no setting', 'email\n', '?colour=red', 422, /not as it must be/],
    ['a column that is not said to be anything', 'email\n', '?map=Firma', 422, /not as it must be/],
  ])('%s', async (_, content, query, status, told) => {
    const { body, status: answered } = await send(content, query);
    expect([answered, body.detail]).toEqual([status, expect.stringMatching(told)]);
    expect([(await rivulet.api('/api/imports')).body.items, await readdir(folder())]).toEqual([[], []]);
  });

  test('another kind of body, somebody without the key, and an import that there is not', async () => {
    expect((await send('{}', '', 'application/json')).status).toBe(415);
    expect(
      (
        await fetch(`${rivulet.url}/api/imports`, {
          method: 'POST',
          body: 'email\n',
          headers: { 'Content-Type': 'text/csv' },
        })
      ).status,
    ).toBe(401);
    expect((await rivulet.api('/api/imports/nothing')).status).toBe(404);
    expect((await rivulet.api('/api/imports/nothing/broken.csv')).status).toBe(404);
  });
});

test('a file that a dead process left is imported by the job that comes round', async () => {
  const { store, importer, engine, clock } = rivulet;
  // Stopped as soon as it has begun: the file is taken, and stays where it is.
  const rows = Array.from({ length: 3000 }, (_, i) => `lead-${i}@example.org`).join('\n');
  const first = openImporter({
    ...rivulet,
    folder: folder(),
    wake: () => {},
    onFault: (error) => rivulet.faults.push(error),
  });
  const settings = { name: 'x.csv', dryRun: false, map: [], ignore: [], ignoreUnknown: false, tags: [] };
  const { id } = await first.take(Readable.from([`email\n${rows}\n`]), settings);
  await first.stop();
  expect(await store.imports.byId(id)).toMatchObject({ state: 'running' });
  expect(await readdir(folder())).toEqual([`${id}.csv`]);

  clock.now = new Date(engine.now().getTime() + 61_000);
  await jobsOf(rivulet)
    .find(({ name }) => name === 'finish imports')
    ?.run();
  await importer.idle();
  expect(await store.imports.byId(id)).toMatchObject({
    state: 'done',
    counts: { created: 3000, changed: 0, unchanged: 0, broken: 0 },
  });
  expect(await store.db.collection('leads').countDocuments()).toBe(3000);
  expect(await store.db.collection('enrollments').countDocuments()).toBe(3000);
  expect(await readdir(folder())).toEqual([]);
  expect(rivulet.faults).toEqual([]);
});

test('of a person who is erased nothing is left in rows that could not be read', async () => {
  const { answer } = await imported('email,size\nada@example.org,many\nb@example.org,few\n');
  const [broken] = rivulet.store.imports.personal.filter(({ collection }) => collection === 'importBroken');
  const nobody = { leads: [], messages: [], enrollments: [], linkSets: [], words: [] };
  expect(await broken?.erase({ ...nobody, addresses: ['ada@example.org'] }, rivulet.clock.now)).toBe(1);
  const { text } = await rivulet.api(`/api/imports/${answer.id}/broken.csv`);
  expect([text.includes('ada@'), text.includes('b@example.org')]).toEqual([false, true]);
});
