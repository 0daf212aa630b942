import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addressOf, ApiProblem, type Call, openClient } from '../src/client/client.js';
import { type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let call: Call;
beforeAll(async () => {
  rivulet = await startHttpRivulet();
  call = openClient({ url: rivulet.url, headers: () => ({ Authorization: `Bearer ${rivulet.apiKey}` }) });
});
afterAll(() => rivulet.close());

test('what it is told has the types of the contract', async () => {
  const lead = await call('POST /api/leads', { body: { email: 'ann@example.com', tags: ['trial'] } });
  const { items } = await call('GET /api/leads', { query: { limit: 1 } });
  const tags: readonly string[] | undefined = items[0]?.tags;
  expect({ id: items[0]?.id, tags }).toEqual({ id: lead.id, tags: ['trial'] });
});

test('what a path and a query are given is escaped', () => {
  expect(
    addressOf('/api/files/:path', {
      params: { path: 'sequences/a b.json' },
      query: { tag: ['a&b', 'c'], none: undefined },
    }),
  ).toBe('/api/files/sequences%2Fa%20b.json?tag=a%26b&tag=c');
});

test('what Rivulet refuses is thrown, with each field by its pointer', async () => {
  const refused = call('POST /api/leads', { body: { email: 'nobody' } });
  await expect(refused).rejects.toThrow(ApiProblem);
  await expect(refused).rejects.toMatchObject({ status: 422, problems: [{ pointer: '/email' }] });
});

test('a call that is made again under one key comes to the same', async () => {
  const ask = { body: { email: 'bea@example.com' }, idempotencyKey: 'once' };
  const [first, again] = [await call('POST /api/leads', ask), await call('POST /api/leads', ask)];
  expect(again).toEqual(first);
});

test('an answer without a body is none', async () => {
  const ask = { params: { what: 'everything' } };
  await call('PUT /api/pauses/:what', { ...ask, body: {} });
  expect(await call('DELETE /api/pauses/:what', ask)).toBeUndefined();
});

test('one that cannot be reached is told as fetch tells it', async () => {
  const nowhere = openClient({ url: 'http://localhost:1' });
  await expect(nowhere('GET /api/leads')).rejects.toThrow('fetch failed');
});
