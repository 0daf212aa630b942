import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ownEvents } from '../src/event/own-events.js';
import { visitorKey } from '../src/event/site-rules.js';
import { joinVisitor } from '../src/lead/join-visitor.js';
import { aProjectFolder, type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: await aProjectFolder() });
});
afterAll(() => rivulet.close());

const aVisitor = () => `visitor-${String((number += 1)).padStart(12, '0')}`;
const anAddress = () => `lead-${(number += 1)}@example.org`;
const aLead = async (more: object = {}) => (await rivulet.api('/api/leads', { email: anAddress(), ...more })).body;
const tell = (body: unknown) => rivulet.api('/api/events', body);
const tellAll = (events: unknown, more: object = {}) => rivulet.api('/api/events/batch', { events, ...more });
const join = (visitor: string, lead: string) =>
  joinVisitor(visitor, lead, { store: rivulet.store, engine: rivulet.engine });
const eventsOf = async (lead: string) =>
  (await rivulet.store.events.ofLead(lead))
    .filter(({ source, type }) => source === 'api' && !ownEvents.includes(type))
    .map(({ type }) => type);
const waitingOf = async (visitor: string) =>
  (await rivulet.store.visitors.waiting(visitorKey(visitor))).map(({ type }) => type);
const statuses = (answer: { body: { items: { status: number }[] } }) => answer.body.items.map(({ status }) => status);

describe('POST /api/events of a visitor', () => {
  test('waits for its lead, and is the lead’s when it is known, with its own time', async () => {
    const visitor = aVisitor();
    const { id } = await aLead();
    const at = new Date(rivulet.clock.now.getTime() - 60_000);
    const event = { visitor, type: 'plan.chosen', about: 'team', at, data: { seats: 4 }, id: 'order 7' };
    expect(await tell(event)).toMatchObject({ status: 201, body: { recorded: true, lead: null } });
    expect(await tell(event)).toMatchObject({ status: 200, body: { recorded: false, lead: null } });
    await join(visitor, id);
    expect((await rivulet.store.events.ofLead(id)).find(({ type }) => type === 'plan.chosen')).toMatchObject({
      at,
      about: 'team',
      data: { seats: 4 },
      source: 'api',
    });
    expect(await tell(event)).toMatchObject({ status: 200, body: { recorded: false } });
    expect(await eventsOf(id)).toEqual(['plan.chosen']);
  });

  test('of a known lead is the lead’s at once', async () => {
    const visitor = aVisitor();
    const { id } = await aLead();
    await join(visitor, id);
    expect((await tell({ visitor, type: 'plan.chosen' })).status).toBe(201);
    expect(await eventsOf(id)).toEqual(['plan.chosen']);
  });

  test('whose lead denied consent is not kept, and says why', async () => {
    const visitor = aVisitor();
    const { id, email } = await aLead();
    await join(visitor, id);
    const consent = { status: 'denied', source: 'call', at: '2026-03-01T09:00:00Z' };
    await rivulet.api('/api/leads', { email, consent });
    expect(await tell({ visitor, type: 'plan.chosen' })).toMatchObject({
      status: 200,
      body: { recorded: false, because: 'no-consent' },
    });
    expect(await eventsOf(id)).toEqual([]);
  });

  test.each([
    [{ type: 'x' }, ''],
    [{ type: 'x', visitor: 'short' }, '/visitor'],
    [{ type: 'x', visitor: { $gt: '' } }, '/visitor'],
    [{ type: 'x', visitor: 'v'.repeat(65) }, '/visitor'],
    [{ type: 'x', visitor: 'visitor-of-sixteen', lead: 'y' }, ''],
    [{ type: 'x', visitor: 'visitor-of-sixteen', email: 'y@example.org' }, ''],
    [{ type: 'unsubscribed', visitor: 'visitor-of-sixteen' }, '/type'],
    [{ type: 'stage.entered', visitor: 'visitor-of-sixteen' }, '/type'],
  ])('that is wrong (%j) is answered with its place', async (body, pointer) => {
    const answer = await tell(body);
    expect([answer.status, answer.body.problems.map((one: { pointer: string }) => one.pointer)]).toEqual([
      422,
      [pointer],
    ]);
  });
});

describe('POST /api/events/batch', () => {
  test('answers each of its events, and a wrong one keeps no other from being recorded', async () => {
    const [{ id }, { email }] = [await aLead(), await aLead()];
    const visitor = aVisitor();
    const answer = await tellAll([
      { lead: id, type: 'page.viewed', about: '/a', id: '1' },
      { lead: 'nobody', type: 'page.viewed' },
      { email: email.toUpperCase(), type: 'converted', data: { value: 40 } },
      { lead: id, type: 'page viewed' },
      { visitor, type: 'page.viewed' },
      { lead: id, type: 'page.viewed', about: '/a', id: '1' },
      'nonsense',
      { lead: id, type: 'stage.entered', about: 'customer' },
    ]);
    expect([answer.status, statuses(answer)]).toEqual([200, [201, 404, 201, 422, 201, 200, 422, 422]]);
    expect(answer.body.items[3].problems).toMatchObject([{ pointer: '/type' }]);
    expect([await eventsOf(id), await waitingOf(visitor)]).toEqual([['page.viewed'], ['page.viewed']]);
  });

  test('sent again, changes nothing', async () => {
    const { id } = await aLead();
    const visitor = aVisitor();
    const events = Array.from({ length: 20 }, (_, i) => ({
      ...(i % 2 ? { lead: id } : { visitor }),
      type: 'page.viewed',
      id: String(i),
    }));
    expect(new Set(statuses(await tellAll(events)))).toEqual(new Set([201]));
    expect(new Set(statuses(await tellAll(events)))).toEqual(new Set([200]));
    expect([(await eventsOf(id)).length, (await waitingOf(visitor)).length]).toEqual([10, 10]);
  });

  test('has room for 500 events', async () => {
    const { id } = await aLead();
    const some = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ lead: id, type: 'seen', about: 'x'.repeat(800), id: String(i) }));
    const answer = await tellAll(some(500));
    expect([answer.status, new Set(statuses(answer))]).toEqual([200, new Set([201])]);
    expect(await tellAll(some(501))).toMatchObject({ status: 422, body: { problems: [{ pointer: '/events' }] } });
  });

  test.each([[[]], ['x'], [{}], [null]])('of %j is refused as a whole', async (events) => {
    expect((await tellAll(events)).status).toBe(422);
  });

  test('with another key, without JSON or without the API key is refused', async () => {
    expect((await tellAll([{ type: 'x', lead: 'y' }], { lead: 'z' })).status).toBe(422);
    expect((await rivulet.api('/api/events/batch', '{"events":')).status).toBe(400);
    const answer = await fetch(`${rivulet.url}/api/events/batch`, { method: 'POST', body: '{}' });
    expect(answer.status).toBe(401);
  });

  test('takes no data named "__proto__"', async () => {
    const answer = await rivulet.api(
      '/api/events/batch',
      '{"events":[{"type":"x","lead":"x","data":{"__proto__":{"polluted":true}}}]}',
    );
    expect(statuses(answer)).toEqual([422]);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('GET /api/site', () => {
  const asPage = (body: object, Origin = 'https://example.com') =>
    fetch(`${rivulet.url}/t`, {
      method: 'POST',
      headers: { Origin, 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
      body: JSON.stringify(body),
    });
  const aView = (type = 'page.viewed') => ({
    id: `event-${(number += 1)}-of-it`,
    type,
    page: 'https://example.com/',
    ago: 0,
  });

  test('tells what each origin told in the last day, when it was last heard, and what was refused and why', async () => {
    const quiet = (await rivulet.api('/api/site')).body;
    expect(quiet).toEqual({
      script: `${rivulet.url}/site.js`,
      origins: ['https://example.com', 'https://www.example.com'].map((origin) => ({
        origin,
        allowed: true,
        lastAt: null,
        day: { events: 0, pageViews: 0 },
      })),
      refused: [],
    });

    await asPage({ visitor: aVisitor(), events: [aView(), aView(), aView('converted'), aView('replied')] });
    await asPage({ visitor: aVisitor(), events: [aView()] }, 'https://shop.example.com');
    const lastAt = rivulet.clock.now.toISOString();
    const { origins, refused } = (await rivulet.api('/api/site')).body;
    expect(origins[0]).toEqual({
      origin: 'https://example.com',
      allowed: true,
      lastAt,
      day: { events: 3, pageViews: 2 },
    });
    expect(refused).toHaveLength(2);
    expect(refused).toEqual(
      expect.arrayContaining([
        { because: 'wrong-event', count: 1, lastAt },
        { because: 'foreign-origin', count: 1, lastAt, from: 'https://shop.example.com' },
      ]),
    );

    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 25 * 3_600_000);
    const later = (await rivulet.api('/api/site')).body;
    expect(later.origins[0]).toMatchObject({ lastAt, day: { events: 0, pageViews: 0 } });
    expect(later.refused).toEqual([]);
  });

  test('is for whoever has the API key', async () => {
    expect((await fetch(`${rivulet.url}/api/site`)).status).toBe(401);
  });
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
