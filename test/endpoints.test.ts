import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recordEvent } from '../src/engine.js';
import { eraseLead } from '../src/lead/erase.js';
import { deliveryId } from '../src/store/endpoint-deliveries.js';
import { anEvent } from './builders.js';
import { isVerified } from './standard-webhooks.js';
import { answering, type ReceivedCall, type Receiver, startReceiver } from './receiver.js';
import { aProjectFolder, aSequenceFile, eventually, type HttpRivulet, startHttpRivulet } from './support.js';

// Events told to other systems, from what becomes known to a real receiver, on the whole of Rivulet.

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
let folder: string;
let receiver: Receiver;
let other: Receiver;
let rivulet: HttpRivulet;

beforeAll(async () => {
  [receiver, other] = await Promise.all([startReceiver(), startReceiver()]);
  folder = await aProjectFolder({
    'sequences/hello.json': aSequenceFile([{ id: 'hi', send: 'hello', subject: 'Hi' }], { enroll: { on: 'greeted' } }),
  });
});
beforeEach(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder, WEBHOOK_ALLOW_PRIVATE: 'true' });
  for (const one of [receiver, other]) {
    one.answer = answering(200);
    one.received.length = 0;
  }
});
afterEach(async () => {
  await rivulet.close();
  for (const fault of rivulet.faults) throw fault;
});
afterAll(async () => {
  await Promise.all([receiver.stop(), other.stop()]);
  await rm(folder, { recursive: true });
});

describe('an event', () => {
  test('is told with its lead, signed, once to each endpoint that asks for its type', async () => {
    const all = await anEndpoint();
    const some = await anEndpoint({ url: `${other.url}/some`, types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org', { firstName: 'Ada', tags: ['engaged'] });
    const event = await happened(lead, 'plan.chosen', { data: { plan: 'gold' } });
    await told();
    await told();

    expect(typesOf(receiver)).toEqual(expect.arrayContaining(['lead.created', 'stage.entered', 'plan.chosen']));
    expect(new Set(idsOf(receiver)).size).toBe(receiver.received.length);
    expect(typesOf(other)).toEqual(['plan.chosen']);
    const [call] = other.received;
    if (!call) throw new Error('nobody called');
    expect(call).toMatchObject({ path: '/some', headers: { 'webhook-id': deliveryId(some.id, event) } });
    expect(JSON.parse(call.body)).toEqual({
      type: 'plan.chosen',
      timestamp: '2026-03-02T09:00:00.000Z',
      data: {
        event: expect.objectContaining({ id: event, type: 'plan.chosen', lead, data: { plan: 'gold' } }),
        lead: expect.objectContaining({ id: lead, email: 'ada@example.org', firstName: 'Ada', tags: ['engaged'] }),
      },
    });
    expect(await isVerified(call, some.secret)).toBe(true);
    expect(await isVerified(call, all.secret)).toBe(false);
  });

  test('that a mail was accepted is told when its server took it', async () => {
    await anEndpoint({ types: ['mail.accepted'] });
    const lead = await aLead('bea@example.org');
    await happened(lead, 'greeted');
    await rivulet.dispatcher.wake();
    await told();
    const [mail] = await rivulet.store.messages.ofLead(lead);
    expect(bodiesOf(receiver).map(({ data }) => data.event)).toEqual([
      expect.objectContaining({ type: 'mail.accepted', message: mail?.id, sequence: 'hello', step: 'hi', lead }),
    ]);
  });

  test('that was known before an endpoint was made is not told to it', async () => {
    const lead = await aLead('cleo@example.org');
    pass(minute);
    await anEndpoint();
    await happened(lead, 'plan.chosen');
    await told();
    expect(typesOf(receiver)).toEqual(['plan.chosen']);
  });

  test('that is written later than it became known is told all the same, within hours', async () => {
    await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('dora@example.org');
    const knownAt = rivulet.clock.now;
    pass(hour);
    await told();
    await rivulet.store.events.keep([{ event: anEvent('plan.chosen', { lead }), isSettled: true }], knownAt);
    await told();
    expect(receiver.received).toEqual([]);
    await swept();
    await swept();
    expect(typesOf(receiver)).toEqual(['plan.chosen']);
  });

  test('that is written within a moment by another process is told at the next look', async () => {
    await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('eve@example.org');
    const knownAt = rivulet.clock.now;
    pass(minute);
    await told();
    await rivulet.store.events.keep([{ event: anEvent('plan.chosen', { lead }), isSettled: true }], knownAt);
    await told();
    expect(typesOf(receiver)).toEqual(['plan.chosen']);
  });
});

describe('an endpoint that does not take what it is told', () => {
  test('is told again after growing pauses for three days, and then it is a dead letter', async () => {
    receiver.answer = answering(500, 'out of <b>order</b>\n');
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    const pauses: number[] = [];
    for (;;) {
      const before = rivulet.clock.now.getTime();
      const [next] = (await deliveriesOf(id)).flatMap(({ nextAttemptAt }) => nextAttemptAt ?? []);
      if (next === undefined) break;
      rivulet.clock.now = new Date(Math.max(Date.parse(next), (await restUntil(id)) ?? 0));
      pauses.push(Date.parse(next) - before);
      await told();
    }
    expect(pauses.map((ms) => Math.floor(ms / 1000))).toEqual(
      pauses.map((ms) => Math.floor(ms / 1000)).toSorted((a, b) => a - b),
    );
    const days = pauses.reduce((sum, ms) => sum + ms, 0) / day;
    expect(days).toBeGreaterThan(3);
    expect(days).toBeLessThan(3.5);
    expect(receiver.received).toHaveLength(10);
    expect(new Set(idsOf(receiver)).size).toBe(1);
    expect(await deliveriesOf(id)).toMatchObject([
      { state: 'dead', because: 'answered 500', calls: 10, last: { status: 500, answer: 'out of <b>order</b>' } },
    ]);
  });

  test('is switched off after three days of that, which is told, and takes its dead letters once it is mended', async () => {
    receiver.answer = answering(503);
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org');
    for (let hours = 0; hours <= 74; hours += 1) {
      await happened(lead, 'plan.chosen');
      await told();
      pass(hour);
    }
    const off = await endpoint(id);
    expect(off).toMatchObject({
      disabledBy: 'rivulet',
      disabledBecause: expect.stringContaining('nothing for three days'),
    });
    expect(off).toMatchObject({ waiting: 0 });
    expect(rivulet.said.filter((line) => line.includes('is switched off'))).toHaveLength(1);
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, { dead: true })).status).toBe(409);

    receiver.answer = answering(200);
    receiver.received.length = 0;
    await change(id, { isOn: true });
    const { body } = await rivulet.api(`/api/endpoints/${id}/replay`, { dead: true });
    await told();
    expect(body).toEqual({ deliveries: off.dead });
    expect(receiver.received).toHaveLength(off.dead);
    expect(await endpoint(id)).toMatchObject({
      disabledAt: null,
      dead: 0,
      waiting: 0,
      failures: 0,
      failingSince: null,
    });
  });

  test('and answers 410 is switched off at once, and told so', async () => {
    receiver.answer = answering(410);
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    expect(await endpoint(id)).toMatchObject({ disabledBy: 'rivulet', dead: 1 });
    expect(rivulet.said.join()).toContain('it answered 410');
    await happened(await aLead('bea@example.org'), 'plan.chosen');
    await told();
    expect(receiver.received).toHaveLength(1);
  });

  test('is called by one call after a rest, and by all once it takes that one', async () => {
    receiver.answer = answering(500);
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org');
    for (let i = 0; i < 30; i += 1) await happened(lead, 'plan.chosen');
    await told();
    const atFirst = receiver.received.length;
    expect(atFirst).toBeGreaterThanOrEqual(3);
    expect(atFirst).toBeLessThanOrEqual(8);
    await told();
    expect(receiver.received).toHaveLength(atFirst);

    rivulet.clock.now = new Date((await restUntil(id)) ?? 0);
    await told();
    expect(receiver.received).toHaveLength(atFirst + 1);
    receiver.answer = answering(204);
    pass(hour);
    await told();
    expect(await endpoint(id)).toMatchObject({ waiting: 0, dead: 0, failures: 0, restUntil: null });
    expect(new Set(idsOf(receiver)).size).toBe(30);
  });

  test('as it is slow holds up no other', async () => {
    const waiting: (() => void)[] = [];
    receiver.answer = (request, response) => void waiting.push(() => void answering(200)(request, response));
    await anEndpoint({ types: ['plan.chosen'] });
    await anEndpoint({ url: other.url, types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org');
    await happened(lead, 'plan.chosen');
    await rivulet.teller.look();
    await eventually(() => waiting.length === 1 && other.received.length === 1);
    await happened(lead, 'plan.chosen');
    await rivulet.teller.look();
    await eventually(() => other.received.length === 2);
    expect(receiver.received).toHaveLength(1);
    receiver.answer = answering(200);
    for (const answer of waiting) answer();
    await told();
    expect(receiver.received).toHaveLength(2);
  });

  test('as it breaks off in the middle is told again under the same id', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    receiver.answer = (request) => void request.socket.destroy();
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'waiting', last: { error: 'the connection broke off' } }]);
    receiver.answer = answering(200);
    pass(minute);
    await told();
    expect(await deliveriesOf(id)).toMatchObject([{ state: 'delivered', calls: 2 }]);
    expect(new Set(idsOf(receiver)).size).toBe(1);
  });

  test('is left alone as long as it asks', async () => {
    receiver.answer = answering(429, '', { 'retry-after': '7200' });
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    const askedAt = rivulet.clock.now.getTime();
    await told();
    const [delivery] = await deliveriesOf(id);
    expect(Date.parse(delivery?.nextAttemptAt ?? '') - askedAt).toBe(2 * hour);
  });
});

describe('a replay', () => {
  test('of one delivery tells it again under its id', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    const [delivery] = await deliveriesOf(id);
    const replay = { delivery: delivery?.id };
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, replay)).body).toEqual({ deliveries: 1 });
    await told();
    expect(idsOf(receiver)).toEqual([delivery?.id, delivery?.id]);
    expect((await rivulet.api(`/api/endpoints/${id}/deliveries/${delivery?.id}`)).body.attempts).toHaveLength(2);
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, { delivery: 'none' })).status).toBe(404);
  });

  test('of a span tells what was told in it and what was never noted, each once', async () => {
    const lead = await aLead('ada@example.org');
    const before = await happened(lead, 'plan.chosen');
    pass(minute);
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    const since = await happened(lead, 'plan.chosen');
    await told();
    pass(minute);
    const span = { from: '2026-03-02T08:59:00Z', to: rivulet.clock.now.toISOString() };
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, span)).body).toEqual({ deliveries: null });
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, span)).status).toBe(409);
    await told();
    await told();
    const [one, two] = [before, since].map((event) => deliveryId(id, event));
    expect(countsOf(idsOf(receiver))).toEqual({ [one ?? '']: 1, [two ?? '']: 2 });
    expect(await endpoint(id)).toMatchObject({ isReplaying: false });
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['two things', { dead: true, delivery: 'x' }],
    ['a span that ends before it begins', { from: '2026-03-02T09:00:00Z', to: '2026-03-01T09:00:00Z' }],
    ['a span of a year', { from: '2026-03-02T09:00:00Z', to: '2027-03-01T09:00:00Z' }],
    ['a span of words', { from: 'yesterday', to: 'today' }],
    ['an operator of the database', { delivery: { $ne: null } }],
  ])('of %s is refused', async (_what, body) => {
    const { id } = await anEndpoint();
    expect((await rivulet.api(`/api/endpoints/${id}/replay`, body)).status).toBe(422);
  });
});

describe('an endpoint', () => {
  test('shows its secret when it is made and when it gets a new one, and never else', async () => {
    const { id, secret } = await anEndpoint();
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    const renewed = (await rivulet.api(`/api/endpoints/${id}/secret`, {})).body.secret;
    expect(renewed).toMatch(/^whsec_/);
    expect(renewed).not.toBe(secret);
    const shown = await Promise.all(['/api/endpoints', `/api/endpoints/${id}`].map((path) => rivulet.api(path)));
    for (const { text } of shown) expect(text).not.toContain('whsec_');
    const rows = JSON.stringify(await rivulet.store.db.collection('endpoints').find().toArray());
    for (const one of [secret, renewed]) expect(rows).not.toContain(one.slice('whsec_'.length));
  });

  test('with a new secret is signed to by the one before, too, for a day', async () => {
    const { id, secret: former } = await anEndpoint({ types: ['plan.chosen'] });
    const { secret } = (await rivulet.api(`/api/endpoints/${id}/secret`, {})).body;
    const lead = await aLead('ada@example.org');
    const passes = async (): Promise<readonly boolean[]> => {
      await happened(lead, 'plan.chosen');
      await told();
      const call = receiver.received.at(-1);
      return Promise.all([secret, former].map(async (one) => call !== undefined && isVerified(call, one)));
    };
    expect(await passes()).toEqual([true, true]);
    pass(day);
    expect(await passes()).toEqual([true, false]);
  });

  test('that is switched off is told nothing, and on again what happens from then on', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org');
    expect(await change(id, { isOn: false })).toMatchObject({ disabledBy: 'person' });
    await happened(lead, 'plan.chosen', { about: 'off' });
    await told();
    pass(minute);
    await change(id, { isOn: true });
    await happened(lead, 'plan.chosen', { about: 'on' });
    await told();
    expect(bodiesOf(receiver).map(({ data }) => data.event.about)).toEqual(['on']);
  });

  test('that a person switched off keeps what waits for a month, and then it is dead letters', async () => {
    receiver.answer = answering(503);
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    await change(id, { isOn: false });
    pass(29 * day);
    await swept();
    expect(await endpoint(id)).toMatchObject({ waiting: 1, dead: 0 });
    pass(day);
    await swept();
    expect(await endpoint(id)).toMatchObject({ waiting: 0, dead: 1 });
  });

  test('is noted nothing for by a process that stops, and its replay stays asked for', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    const span = { from: '2026-03-02T08:59:00Z', to: '2026-03-02T09:01:00Z' };
    await rivulet.api(`/api/endpoints/${id}/replay`, span);
    rivulet.teller.halt();
    await told();
    expect(await deliveriesOf(id)).toEqual([]);
    expect(await endpoint(id)).toMatchObject({ isReplaying: true });
  });

  test('that is tried is called with an event of nobody, which is not kept', async () => {
    receiver.answer = answering(202, 'thanks');
    const { id, secret } = await anEndpoint();
    const { body } = await rivulet.api(`/api/endpoints/${id}/test`, {});
    expect(body).toMatchObject({ status: 202, answer: 'thanks' });
    const [call] = receiver.received;
    expect(JSON.parse(call?.body ?? '')).toMatchObject({ type: 'test', data: { lead: { email: 'ada@example.org' } } });
    expect(call && (await isVerified(call, secret))).toBe(true);
    expect(await deliveriesOf(id)).toEqual([]);
  });

  test('that is removed is told nothing more, and what it was told is forgotten', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    await happened(await aLead('ada@example.org'), 'plan.chosen');
    await told();
    expect((await rivulet.api(`/api/endpoints/${id}`, undefined, 'DELETE')).status).toBe(204);
    await told();
    expect((await rivulet.api(`/api/endpoints/${id}`)).status).toBe(404);
    expect(await rivulet.store.db.collection('endpointDeliveries').countDocuments()).toBe(0);
    expect(receiver.received).toHaveLength(1);
  });

  test.each<[string, object]>([
    ['without a name', { url: 'https://crm.example.com' }],
    ['that is no address', { name: 'CRM', url: 'crm.example.com' }],
    ['of another protocol', { name: 'CRM', url: 'file:///etc/passwd' }],
    ['with a password in its address', { name: 'CRM', url: 'https://me:secret@crm.example.com' }],
    ['for no type at all', { name: 'CRM', url: 'https://crm.example.com', types: [] }],
    ['for what is no type', { name: 'CRM', url: 'https://crm.example.com', types: [{ $ne: 'x' }] }],
    ['with a field that is not its own', { name: 'CRM', url: 'https://crm.example.com', salt: 'mine' }],
  ])('%s is refused', async (_what, body) => {
    expect((await rivulet.api('/api/endpoints', body)).status).toBe(422);
    expect((await rivulet.api('/api/endpoints')).body.items).toEqual([]);
  });

  test('lists its deliveries page by page, the newest first, and by state', async () => {
    const { id } = await anEndpoint({ types: ['plan.chosen'] });
    const lead = await aLead('ada@example.org');
    for (let i = 0; i < 5; i += 1) {
      await happened(lead, 'plan.chosen', { about: `plan ${i}` });
      if (i % 2 === 0) pass(1000);
    }
    await told();
    const list = `/api/endpoints/${id}/deliveries?limit=2`;
    const pages = [(await rivulet.api(list)).body];
    while (pages.at(-1).next) pages.push((await rivulet.api(`${list}&after=${pages.at(-1).next}`)).body);
    const items = pages.flatMap((page) => page.items);
    expect(pages.map((page) => page.items.length)).toEqual([2, 2, 1]);
    expect(new Set(items.map((one) => one.id)).size).toBe(5);
    const times = items.map((one) => Date.parse(one.knownAt));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect((await rivulet.api(`${list}&state=dead`)).body).toEqual({ items: [], next: null });
    expect((await rivulet.api(`${list}&after=garbage`)).status).toBe(422);
  });
});

test('what was delivered of a person goes when the person is erased, and what waits is not told any more', async () => {
  const { id } = await anEndpoint({ types: ['plan.chosen'] });
  receiver.answer = (request, response) => answering(200, `got ${receiver.received.at(-1)?.body}`)(request, response);
  const lead = await aLead('ada@example.org', { firstName: 'Ada' });
  await happened(lead, 'plan.chosen');
  await told();
  receiver.answer = answering(500);
  await happened(lead, 'plan.chosen');
  await told();
  const row = await rivulet.store.leads.byId(lead);
  if (!row) throw new Error('there is no lead');
  const erased = await eraseLead(row, { by: 'a test' }, { store: rivulet.store, now: rivulet.engine.now });
  expect(erased).toMatchObject({ state: 'erased', remains: [] });
  expect(await deliveriesOf(id)).toEqual([]);
  const before = receiver.received.length;
  pass(day);
  await told();
  expect(receiver.received).toHaveLength(before);
});

test('SSRF: an endpoint inside the own network is refused, and none is called there whatever its name leads to', async () => {
  const guarded = await startHttpRivulet({ PROJECT_DIR: folder });
  try {
    for (const url of ['http://127.0.0.1:1', 'http://0x7f.1/', 'http://[::ffff:127.0.0.1]/', 'http://169.254.169.254/'])
      expect((await guarded.api('/api/endpoints', { name: 'inner', url })).status).toBe(422);
    const inner = { name: 'inner', url: `http://localhost.:${receiver.port}/` };
    expect((await guarded.api('/api/endpoints', inner)).status).toBe(422);
    const now = guarded.clock.now;
    await guarded.store.endpoints.add({ id: 'x', salt: 's', since: now, createdAt: now, name: 'x', url: receiver.url });
    const { body } = await guarded.api('/api/endpoints/x/test', {});
    expect(body.error).toContain('no address of the public internet');
    expect(receiver.received).toEqual([]);
  } finally {
    await guarded.close();
  }
});

async function anEndpoint(more: object = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await rivulet.api('/api/endpoints', { name: 'CRM', url: `${receiver.url}/hook`, ...more });
  expect(status).toBe(201);
  return body;
}
async function endpoint(id: string) {
  return (await rivulet.api(`/api/endpoints/${id}`)).body;
}
async function change(id: string, body: object) {
  return (await rivulet.api(`/api/endpoints/${id}`, body, 'PATCH')).body;
}
async function restUntil(id: string): Promise<number | undefined> {
  return (await rivulet.store.endpoints.byId(id))?.restUntil?.getTime();
}
async function deliveriesOf(id: string): Promise<readonly { id: string; nextAttemptAt: string | null }[]> {
  return (await rivulet.api(`/api/endpoints/${id}/deliveries`)).body.items;
}
async function aLead(email: string, more: object = {}): Promise<string> {
  return (await rivulet.api('/api/leads', { email, ...more })).body.id;
}
async function happened(lead: string, type: string, more: object = {}): Promise<string> {
  const event = anEvent(type, { id: randomUUID(), lead, at: rivulet.clock.now, ...more });
  await recordEvent(event, rivulet.engine);
  return event.id;
}
/** Looks for what is to be told, and tells it. */
async function told(): Promise<void> {
  await rivulet.teller.look();
  await rivulet.teller.quiet();
}
async function swept(): Promise<void> {
  await rivulet.teller.sweep();
  await told();
}
function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}
function bodiesOf({ received }: Receiver) {
  return received.map(({ body }) => JSON.parse(body));
}
function countsOf(ids: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(ids.map((id) => [id, ids.filter((one) => one === id).length]));
}
function typesOf(one: Receiver): readonly string[] {
  return bodiesOf(one).map(({ type }) => type);
}
function idsOf({ received }: Receiver): readonly string[] {
  return received.map(({ headers }: ReceivedCall) => String(headers['webhook-id']));
}
