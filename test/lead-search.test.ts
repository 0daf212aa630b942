import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoNetworkError } from 'mongodb';
import * as z from 'zod';
import { openBulk } from '../src/lead/bulk.js';
import { openFreshener } from '../src/lead/freshen.js';
import { aProjectFolder, eventually, type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
const ids = new Map<string, string>();

const people = [
  ['grace.hopper@example.org', 'Grace', 'Hopper', ['navy', 'fair'], 30],
  ['ada@example.com', 'Ada', 'Lovelace', ['fair'], 10],
  ['edsger@example.org', 'Edsger', 'Dijkstra', [], 20],
  ['jorg@example.net', 'Jörg', 'Größer', ['fair'], 0],
  ['graciela@example.com', 'Graciela', 'Pérez', [], 0],
] as const;

beforeAll(async () => {
  const folder = await aProjectFolder({
    'sequences/scoring.json': '{ "engagement": { "rules": [{ "on": "asked", "points": 10, "why": "asked" }] } }',
    'sequences/segments.json': JSON.stringify({
      segments: { fair: { if: { tag: 'fair' } }, asked: { if: { event: 'asked', atLeast: 2 } } },
    }),
    'sequences/second.json': JSON.stringify({
      name: 'Second',
      enroll: { on: 'sequence.called' },
      send: { from: 'Mara Quay <mara@mail.example.com>' },
      steps: [{ wait: '3 days' }, { send: 'hello', subject: 'Again' }],
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
  for (const [email, firstName, lastName, tags, points] of people) {
    const { body } = await rivulet.api('/api/leads', { email, firstName, lastName, tags });
    ids.set(email, body.id);
    for (let i = 0; i < points / 10; i += 1)
      await rivulet.api('/api/events', { type: 'asked', email, id: `${email} ${i}` });
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60_000);
  }
  await rivulet.api('/api/suppressions', { address: 'edsger@example.org', because: 'asked on the phone' });
  await rivulet.api('/api/suppressions', { address: '@example.net' });
});
afterAll(() => rivulet.close());

const Page = z.object({
  items: z.array(z.object({ email: z.string(), score: z.number(), suppressed: z.string().optional() })),
  next: z.string().nullable(),
});
async function search(query: string): Promise<z.output<typeof Page>> {
  return Page.parse((await rivulet.api(`/api/leads/search?${query}`)).body);
}
const found = async (query: string): Promise<readonly string[]> =>
  (await search(query)).items.map(({ email }) => email.split('@')[0] ?? '');

describe('leads are found', () => {
  test.each([
    ['text=gra', ['graciela', 'grace.hopper']],
    ['text=GRA+hop', ['grace.hopper']],
    ['text=hopper', ['grace.hopper']],
    ['text=grace.hopper%40example', ['grace.hopper']],
    ['text=%40example.org', ['edsger', 'grace.hopper']],
    ['text=grosser', []],
    ['text=gro', ['jorg']],
    ['text=perez', ['graciela']],
    ['text=opper', []],
    ['text=%5Egr.*', []],
    ['tag=fair', ['jorg', 'ada', 'grace.hopper']],
    ['tag=fair&tag=navy', ['grace.hopper']],
    ['segment=fair&text=ada', ['ada']],
    ['segment=asked', ['edsger', 'grace.hopper']],
    ['stage=lead&limit=2', ['graciela', 'jorg']],
    ['stage=nowhere', []],
    ['scoreFrom=20', ['edsger', 'grace.hopper']],
    ['scoreFrom=10&scoreTo=20', ['edsger', 'ada']],
    ['scoreTo=0', ['graciela', 'jorg']],
    ['suppressed=yes', ['jorg', 'edsger']],
    ['suppressed=manual&tag=fair', ['jorg']],
    ['suppressed=complained', []],
    ['suppressed=no&tag=fair', ['ada', 'grace.hopper']],
    ['consent=granted&limit=1', ['graciela']],
    ['consent=denied', []],
  ])('by %s', async (query, wanted) => {
    expect(await found(query)).toEqual(wanted);
  });

  test('with the score that they have now, the highest first', async () => {
    const { items } = await search('sort=score&limit=3');
    expect(items.map(({ score }) => score)).toEqual([30, 20, 10]);
  });

  test.each(['newest', 'score'])('page by page, each once, sorted by %s', async (sort) => {
    const all: string[] = [];
    for (let after = ''; ; ) {
      const { items, next } = await search(`sort=${sort}&limit=2${after && `&after=${encodeURIComponent(after)}`}`);
      all.push(...items.map(({ email }) => email));
      if (next === null) break;
      after = next;
    }
    expect(all).toHaveLength(people.length);
    expect(new Set(all).size).toBe(people.length);
  });

  test('page by page also where each has to be looked at', async () => {
    const first = await search('suppressed=yes&limit=1');
    const second = await search(`suppressed=yes&limit=1&after=${encodeURIComponent(first.next ?? '')}`);
    expect([...first.items, ...second.items].map(({ suppressed }) => suppressed)).toEqual(['manual', 'manual']);
    expect(second.next).toBeNull();
  });

  test('as soon as they are there or have changed', async () => {
    await rivulet.api('/api/leads', { email: 'new@example.com', firstName: 'Zuse' });
    expect(await found('text=zuse')).toEqual(['new']);
    await rivulet.api('/api/leads', { email: 'new@example.com', firstName: 'Konrad' });
    expect(await found('text=zuse')).toEqual([]);
    expect(await found('text=konrad')).toEqual(['new']);
    const { items } = await search('text=konrad');
    expect(items).toHaveLength(1);
    await rivulet.api('/api/events', { type: 'asked', email: 'new@example.com' });
    expect((await found('scoreFrom=10&scoreTo=10&sort=score')).toSorted()).toEqual(['ada', 'new']);
  });

  test.each([
    'sort=oldest',
    'limit=1000',
    'after=nonsense',
    'after=12_%24gt',
    'scoreFrom=many',
    'suppressed=maybe',
    'consent=perhaps',
    'tag=',
    'text[$gt]=',
    'unknown=1',
  ])('by nothing that is not a question: %s', async (query) => {
    const { status, body } = await rivulet.api(`/api/leads/search?${query}`);
    expect(status).toBe(422);
    expect(body.problems.length).toBeGreaterThan(0);
  });

  test('by no segment that there is not', async () => {
    expect((await rivulet.api('/api/leads/search?segment=nobody')).status).toBe(404);
  });
});

describe('leads are counted', () => {
  test.each([
    ['tag=fair', 3],
    ['suppressed=yes', 2],
    ['segment=asked', 2],
    ['text=nobody', 0],
  ])('by %s, exactly', async (query, count) => {
    expect((await rivulet.api(`/api/leads/count?${query}`)).body).toEqual({ count, isExact: true });
  });
});

test('what changed is gone through once, and what other clocks wrote a moment before once more at the next call', async () => {
  const { store } = rivulet;
  const from: number[] = [];
  const stale = async (since: Date, limit: number) => {
    from.push(since.getTime());
    return Array.from({ length: limit }, (_, i) => ({ id: 'none', updatedAt: new Date(300_000 + i) }));
  };
  const freshener = openFreshener({
    ...rivulet,
    now: rivulet.engine.now,
    store: { ...store, leadSearch: { ...store.leadSearch, stale } },
  });
  expect(await freshener.freshen(500)).toBe(false);
  await freshener.freshen(1);
  expect(from).toEqual([0, 300_249, 240_249]);
});

test('what can be chosen is what there is', async () => {
  const { body } = await rivulet.api('/api/leads/choices');
  expect(body).toMatchObject({ stages: ['lead'], segments: ['fair', 'asked'], tags: ['fair', 'navy'] });
  expect(body.sequences).toContainEqual({ name: 'second', title: 'Second' });
  expect(body.fields).toContainEqual({ name: 'firstName', type: null });
});

/** Has something done to many, and waits until it is over. */
async function done(body: object) {
  const begun = await rivulet.api('/api/leads/bulk', body);
  expect(begun.status).toBe(202);
  let answer = begun;
  await eventually(async () => {
    answer = await rivulet.api(`/api/leads/bulk/${begun.body.id}`);
    return answer.body.state !== 'running';
  });
  return answer.body;
}

describe('to many leads', () => {
  test('a tag is given, and to those alone who lack it', async () => {
    const job = await done({ deed: { kind: 'tag', tag: 'spring' }, leads: [...ids.values()].slice(0, 3) });
    expect(job).toMatchObject({ state: 'done', total: 3, done: 3, changed: 3 });
    const again = await done({ deed: { kind: 'tag', tag: 'spring' }, leads: [...ids.values()].slice(0, 4) });
    expect(again).toMatchObject({ done: 4, changed: 1 });
    expect(await found('tag=spring')).toEqual(['jorg', 'edsger', 'ada', 'grace.hopper']);
  });

  test('a tag is taken from all that match, though fewer match with each', async () => {
    const job = await done({ deed: { kind: 'untag', tag: 'spring' }, matching: { tag: ['spring'] } });
    expect(job).toMatchObject({ state: 'done', total: 4, done: 4, changed: 4 });
    expect(await found('tag=spring')).toEqual([]);
  });

  test('a sequence is begun, by its own rules', async () => {
    const lead = ids.get('ada@example.com') ?? '';
    const job = await done({ deed: { kind: 'enroll', sequence: 'second' }, leads: [lead] });
    expect(job.changed).toBe(1);
    const { body } = await rivulet.api(`/api/leads/${lead}`);
    expect(body.enrollments.map(({ sequence }: { sequence: string }) => sequence)).toContain('second');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 1000);
    // Who is in it already stays where they are, and is not told as changed.
    expect((await done({ deed: { kind: 'enroll', sequence: 'second' }, leads: [lead] })).changed).toBe(0);
  });

  test('mail is stopped, with the reason that somebody gave', async () => {
    const job = await done({ deed: { kind: 'suppress', because: 'left the fair' }, matching: { text: 'graciela' } });
    expect(job.changed).toBe(1);
    const { body } = await rivulet.api('/api/suppressions/graciela@example.com');
    expect(body.reasons[0]).toMatchObject({ reason: 'manual', because: 'left the fair' });
  });

  test('nothing is done twice with one key', async () => {
    const body = JSON.stringify({ deed: { kind: 'tag', tag: 'once' }, matching: { tag: ['fair'] } });
    const headers = {
      Authorization: `Bearer ${rivulet.apiKey}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': 'c6a7d7f2-0000-4000-8000-000000000001',
    };
    const [first, second] = [
      await fetch(`${rivulet.url}/api/leads/bulk`, { method: 'POST', headers, body }),
      await fetch(`${rivulet.url}/api/leads/bulk`, { method: 'POST', headers, body }),
    ];
    expect(z.object({ id: z.string() }).parse(await second.json()).id).toBe(
      z.object({ id: z.string() }).parse(await first.json()).id,
    );
  });

  test('what a dead process left is gone on with where it stopped', async () => {
    const leads = [...ids.values()].toSorted();
    const at = rivulet.clock.now;
    const deed = JSON.stringify({ kind: 'tag', tag: 'later' });
    await rivulet.store.bulkJobs.begin({ id: 'left', deed, leads, by: 'x', run: 'dead', total: leads.length }, at);
    await rivulet.store.bulkJobs.note({ id: 'left', run: 'dead' }, { done: 2, changed: 2, after: leads[1] ?? '' }, at);
    await rivulet.bulk.finish(new Date(at.getTime() + 1));
    await rivulet.bulk.idle();
    const { body } = await rivulet.api('/api/leads/bulk/left');
    expect(body).toMatchObject({ state: 'done', done: leads.length, changed: leads.length });
    expect(await found('tag=later')).toHaveLength(leads.length - 2);
    // Whoever comes back from the dead does no more of it.
    const isTaken = await rivulet.store.bulkJobs.note(
      { id: 'left', run: 'dead' },
      { done: 9, changed: 9, after: '' },
      at,
    );
    expect(isTaken).toBe(false);
  });

  test('an outage ends no job: it goes on when the database is back, and is taken up by nobody while it runs', async () => {
    const { store } = rivulet;
    const faults: unknown[] = [];
    let answers = async (): Promise<void> => {
      throw new MongoNetworkError('away');
    };
    const leads = { ...store.leads, byIds: (of: readonly string[]) => answers().then(() => store.leads.byIds(of)) };
    const bulk = openBulk({
      ...rivulet,
      store: { ...store, leads },
      wake: () => {},
      onFault: (error) => faults.push(error),
    });
    const { id } = await bulk.begin({ deed: { kind: 'tag', tag: 'away' }, leads: [...ids.values()], by: 'x' });
    await bulk.idle();
    expect(await store.bulkJobs.byId(id)).toMatchObject({ state: 'running', done: 0 });

    const later = new Date(rivulet.clock.now.getTime() + 1);
    let answer = (): void => {};
    const comes = new Promise<void>((resolve) => {
      answer = resolve;
    });
    answers = () => comes;
    await bulk.finish(later);
    rivulet.clock.now = later;
    await bulk.finish(later);
    answer();
    await bulk.idle();
    expect(await store.bulkJobs.byId(id)).toMatchObject({ state: 'done', done: 5, changed: 5 });
    expect(faults).toEqual([]);
  });

  test('a job that finds nobody for long says how far it has looked', async () => {
    const deed = { kind: 'tag' as const, tag: 'x' };
    const { id } = await rivulet.bulk.begin({ deed, wanted: { suppressed: 'complained' }, by: 'x' });
    await rivulet.bulk.idle();
    expect(await rivulet.store.bulkJobs.byId(id)).toMatchObject({ state: 'done', done: 0, after: expect.any(String) });
  });

  test('what is stopped stays stopped', async () => {
    const at = rivulet.clock.now;
    const deed = JSON.stringify({ kind: 'tag', tag: 'never' });
    await rivulet.store.bulkJobs.begin({ id: 'stopped', deed, leads: [...ids.values()], by: 'x', run: 'other' }, at);
    expect((await rivulet.api('/api/leads/bulk/stopped', undefined, 'DELETE')).body.state).toBe('stopped');
    await rivulet.bulk.finish(new Date(at.getTime() + 1));
    await rivulet.bulk.idle();
    expect(await found('tag=never')).toEqual([]);
    expect((await rivulet.api('/api/leads/bulk/stopped', undefined, 'DELETE')).status).toBe(409);
  });

  test.each([
    [{ deed: { kind: 'erase' }, leads: ['x'] }, 422],
    [{ deed: { kind: 'tag', tag: 'x' } }, 422],
    [{ deed: { kind: 'tag', tag: 'x' }, leads: [], matching: {} }, 422],
    [{ deed: { kind: 'tag', tag: 'x' }, leads: Array.from({ length: 501 }, (_, i) => `lead-${i}`) }, 422],
    [{ deed: { kind: 'tag', tag: '' }, leads: ['x'] }, 422],
    [{ deed: { kind: 'tag', tag: { $gt: '' } }, leads: ['x'] }, 422],
    [{ deed: { kind: 'tag', tag: 'x' }, matching: { $where: '1' } }, 422],
    [{ deed: { kind: 'enroll', sequence: 'nowhere' }, leads: ['x'] }, 404],
    [{ deed: { kind: 'tag', tag: 'x' }, matching: { segment: 'nobody' } }, 404],
  ])('is done nothing that is not said well: %j', async (body, status) => {
    expect((await rivulet.api('/api/leads/bulk', body)).status).toBe(status);
  });
});

describe('chosen leads are given out', () => {
  test('those and no others, as a file', async () => {
    const leads = [ids.get('ada@example.com'), ids.get('jorg@example.net')];
    const { text, headers } = await rivulet.api('/api/leads/export', { leads, fields: ['email', 'score'] });
    expect(text.replaceAll('"', '').trim().split(/\r?\n/)).toEqual([
      'email,score',
      'ada@example.com,10',
      'jorg@example.net,0',
    ]);
    expect(headers.get('content-disposition')).toContain('leads.csv');
  });

  test('all that match', async () => {
    const { text } = await rivulet.api('/api/leads/export', {
      matching: { suppressed: 'manual' },
      fields: ['email', 'suppressed'],
    });
    expect(text).toContain('edsger@example.org');
    expect(text).not.toContain('ada@example.com');
  });
});

test('an erased person is in no list of what was done', async () => {
  const email = 'gone@example.com';
  const { body } = await rivulet.api('/api/leads', { email });
  const job = await done({ deed: { kind: 'tag', tag: 'x' }, leads: [body.id] });
  const looked = await done({ deed: { kind: 'tag', tag: 'y' }, matching: { text: email } });
  await rivulet.api(`/api/leads/${body.id}`, undefined, 'DELETE');
  expect((await rivulet.store.bulkJobs.byId(job.id))?.leads).toEqual([]);
  expect((await rivulet.store.bulkJobs.byId(looked.id))?.wanted).toBeUndefined();
});
