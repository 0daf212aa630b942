import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aProjectFolder, type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';
import { firstAdmin } from './signed-in.js';

let rivulet: HttpRivulet;
let project: string;
beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/lead.json': JSON.stringify({
      fields: {
        size: { type: 'number' },
        vip: { type: 'yes/no' },
        renewal: { type: 'date' },
        interests: { type: 'list' },
        company: { type: 'text' },
      },
    }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true, force: true });
});

async function post(body: unknown, key: string | undefined, path = '/api/leads') {
  const headers = {
    Authorization: `Bearer ${rivulet.apiKey}`,
    'Content-Type': 'application/json',
    ...(key ? { 'Idempotency-Key': key } : {}),
  };
  return readAnswer(await fetch(rivulet.url + path, { method: 'POST', headers, body: JSON.stringify(body) }));
}
const count = (name: string, filter = {}) => rivulet.store.db.collection(name).countDocuments(filter);

describe('a request with an Idempotency-Key', () => {
  test('is done once, and answered each time as the first time', async () => {
    const body = { email: 'ada@example.org', firstName: 'Ada' };
    const first = await post(body, 'key-1');
    // A lead that was changed meanwhile is not shown as it is now: the answer is that of the request.
    await post({ email: 'ada@example.org', firstName: 'Grace' }, undefined);
    const again = await post(body, '"key-1"');
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect([again.text, again.headers.get('location'), again.headers.get('content-type')]).toEqual([
      first.text,
      first.headers.get('location'),
      first.headers.get('content-type'),
    ]);
    expect((await rivulet.store.leads.byEmail('ada@example.org'))?.firstName).toBe('Grace');
  });

  test('is refused with another body', async () => {
    await post({ email: 'b@example.org' }, 'key-2');
    const other = await post({ email: 'c@example.org' }, 'key-2');
    expect([other.status, other.body.detail]).toEqual([422, expect.stringContaining('was used for another request')]);
    expect(await rivulet.store.leads.byEmail('c@example.org')).toBeUndefined();
  });

  test('that was refused is refused each time in the same words', async () => {
    const wrong = await post({ email: 'nobody' }, 'key-3');
    const again = await post({ email: 'nobody' }, 'key-3');
    expect([wrong.status, again.status, again.text]).toEqual([422, 422, wrong.text]);
    expect(again.headers.get('content-type')).toContain('application/problem+json');
  });

  test('that comes many times at once makes one lead, and is answered with 409 while it is seen to', async () => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => post({ email: 'many@example.org', tags: ['x'] }, 'key-4')),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true);
    expect(
      answers.filter(({ headers, status }) => status === 201 && headers.get('idempotency-replayed') === null),
    ).toHaveLength(1);
    expect(await count('events', { type: 'tag.added', about: 'x' })).toBe(1);
  });

  test('whose process died is done by the next one, after a minute', async () => {
    const { store, clock } = rivulet;
    const first = await post({ email: 'dead@example.org' }, 'key-5');
    await store.db.collection('requests').updateOne({ 'answer.body': first.text }, { $unset: { answer: 1 } });
    expect((await post({ email: 'dead@example.org' }, 'key-5')).status).toBe(409);
    clock.now = new Date(clock.now.getTime() + 61_000);
    expect((await post({ email: 'dead@example.org' }, 'key-5')).status).toBe(200);
  });

  test('is another one after a day', async () => {
    await post({ email: 'd@example.org' }, 'key-6');
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 25 * 3_600_000);
    expect((await post({ email: 'e@example.org' }, 'key-6')).status).toBe(201);
  });

  test.each(['x'.repeat(256), 'a b'])('is refused with the key %j', async (key) => {
    expect((await post({ email: 'f@example.org' }, key)).status).toBe(400);
  });
});

describe('fields of a lead', () => {
  test('that are declared are told in their types; others may be told too', async () => {
    const { status, body } = await post(
      {
        email: 'a@example.org',
        attributes: { size: '12', vip: 'yes', renewal: '31/12/2026', interests: 'a', company: 7, other: 7 },
      },
      undefined,
    );
    expect(status).toBe(422);
    expect(body.problems).toEqual([
      { pointer: '/attributes/size', detail: 'size is a number without quotes, as lead.json says' },
      { pointer: '/attributes/vip', detail: 'vip is true or false, as lead.json says' },
      {
        pointer: '/attributes/renewal',
        detail: 'renewal is a date such as "2026-11-30" or "2026-11-30T09:00:00Z", as lead.json says',
      },
      { pointer: '/attributes/interests', detail: 'interests is a list of texts, as lead.json says' },
      { pointer: '/attributes/company', detail: 'company is a text in quotes, as lead.json says' },
    ]);
    const right = { size: 12, vip: true, renewal: '2026-12-31', interests: ['a'], company: '7', other: 7 };
    expect((await post({ email: 'a@example.org', attributes: right }, undefined)).body.attributes).toEqual(right);
  });

  test('are taken away by null, and triggers for them are told', async () => {
    await post(
      { email: 'g@example.org', firstName: 'G', timezone: 'Europe/Paris', attributes: { company: 'X', size: 3 } },
      undefined,
    );
    const { body } = await post({ email: 'g@example.org', firstName: null, attributes: { company: null } }, undefined);
    expect([body.firstName, body.timezone, body.attributes]).toEqual([undefined, 'Europe/Paris', { size: 3 }]);
    const updates = (await rivulet.store.events.ofLead(body.id)).filter(({ type }) => type === 'lead.updated');
    expect(updates.map(({ data }) => data)).toEqual([{ firstName: '', company: '' }]);
    // Of a new lead there is nothing to take away.
    expect((await post({ email: 'h@example.org', attributes: { company: null } }, undefined)).body.attributes).toEqual(
      {},
    );
  });
});

describe('many leads at once', () => {
  const batch = (leads: unknown, key?: string) => post({ leads }, key, '/api/leads/batch');

  test('are each made or changed, in the order of the list; a wrong one is refused by itself', async () => {
    await post({ email: 'old@example.org', firstName: 'Old' }, undefined);
    const { status, body } = await batch([
      { email: 'new@example.org', tags: ['t'] },
      { email: 'nobody', attributes: { size: 'x' } },
      { email: 'old@example.org', firstName: 'Older' },
      { email: 'new@example.org', firstName: 'New' },
      { email: 'OLD@example.org', firstName: 'Older' },
    ]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ created: 1, changed: 2, unchanged: 1, refused: 1 });
    expect(body.results.map((one: { status: string }) => one.status)).toEqual([
      'created',
      'refused',
      'changed',
      'changed',
      'unchanged',
    ]);
    expect(body.results[1].problems).toEqual([
      { pointer: '/email', detail: 'an e-mail address looks like name@example.com' },
    ]);
    expect(body.results[4].id).toBe(body.results[2].id);
    const lead = await rivulet.store.leads.byEmail('new@example.org');
    expect(lead).toMatchObject({ id: body.results[0].id, firstName: 'New', stage: 'lead', tags: ['t'] });
    expect(await count('enrollments', { lead: lead?.id })).toBe(1);
  });

  test('are 500 at most, and at least one', async () => {
    const many = Array.from({ length: 501 }, (_, i) => ({ email: `m${i}@example.org` }));
    expect((await batch(many)).body.problems[0].detail).toContain('500 leads are the most');
    expect((await batch([])).status).toBe(422);
    expect((await batch(many.slice(0, 500))).body).toMatchObject({ created: 500, refused: 0 });
  });

  test('are told once with an Idempotency-Key', async () => {
    const leads = [{ email: 'once@example.org' }];
    const first = await batch(leads, 'batch-1');
    const again = await batch(leads, 'batch-1');
    expect([again.text, again.headers.get('idempotency-replayed')]).toEqual([first.text, 'true']);
  });
});

test('whoever asks under the key of somebody else gets an answer of their own', async () => {
  const browser = await firstAdmin(rivulet);
  const body = { email: 'shared@example.org' };
  const own = { 'Content-Type': 'application/json', 'Idempotency-Key': 'shared' };
  const asOperator = { ...own, Authorization: `Bearer ${rivulet.apiKey}` };
  const asPage = { ...own, Origin: rivulet.url, 'Sec-Fetch-Site': 'same-origin', 'X-CSRF-Token': browser.csrf() };
  const ask = () => browser.send('POST', '/api/leads', { body, headers: asPage });

  expect(
    (await fetch(`${rivulet.url}/api/leads`, { method: 'POST', headers: asOperator, body: JSON.stringify(body) }))
      .status,
  ).toBe(201);
  expect(await ask()).toMatchObject({ status: 200 });
  expect((await ask()).headers.get('idempotency-replayed')).toBe('true');
});
