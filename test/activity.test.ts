import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordEvent } from '../src/engine.js';
import { openActivityDesk } from '../src/http/activity-desk.js';
import type { ShownEvent } from '../src/http/event-view.js';
import { anEvent } from './builders.js';
import { aProjectFolder, aSequenceFile, eventually, type HttpRivulet, startHttpRivulet } from './support.js';

let folder: string;
let rivulet: HttpRivulet;
let lead: string;

beforeAll(async () => {
  folder = await aProjectFolder({
    'sequences/hello.json': aSequenceFile([{ id: 'hi', send: 'hello', subject: 'Hi' }], { enroll: { on: 'greeted' } }),
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
  lead = (await rivulet.api('/api/leads', { email: 'ada@example.org', firstName: 'Ada', lastName: 'Quay' })).body.id;
});
afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
  for (const fault of rivulet.faults) throw fault;
});

describe('the list of what happened', () => {
  test('has events and accepted mails together, the newest first, with the names of their leads', async () => {
    await happened('greeted');
    await rivulet.dispatcher.wake();
    const { items } = (await rivulet.api('/api/events?limit=200')).body;
    expect(items.map(({ type }: ShownEvent) => type)).toEqual(
      expect.arrayContaining(['lead.created', 'stage.entered', 'greeted', 'mail.accepted']),
    );
    expect(items.at(0)).toMatchObject({ lead: { id: lead, name: 'Ada Quay', email: 'ada@example.org' } });
    const mail = items.find(({ type }: ShownEvent) => type === 'mail.accepted');
    expect(mail).toMatchObject({ sequence: 'hello', step: 'hi', data: { transport: 'mailbox' } });
  });

  test('comes page by page, each of them once, also where thousands became known at one instant', async () => {
    pass(1000);
    const at = rivulet.clock.now;
    const crowd = Array.from({ length: 450 }, () => anEvent('crowd', { id: randomUUID(), lead, at }));
    await rivulet.store.events.keep(
      crowd.map((event) => ({ event, isSettled: true })),
      at,
    );
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body } = await rivulet.api(`/api/events?limit=100${next === '' ? '' : `&after=${next}`}`);
      seen.push(...body.items.map(({ id }: ShownEvent) => id));
      next = body.next;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(crowd.map(({ id }) => id)));
  });

  test('is asked for one type, one lead, machines or people', async () => {
    pass(1000);
    const other = (await rivulet.api('/api/leads', { email: 'bea@example.org' })).body.id;
    await happened('opened', { machine: true });
    pass(1000);
    await happened('opened', { lead: other });
    const idsBy = async (query: string) =>
      (await rivulet.api(`/api/events?${query}`)).body.items.map((one: ShownEvent) => [one.type, one.machine]);
    expect(await idsBy('type=opened')).toEqual([
      ['opened', false],
      ['opened', true],
    ]);
    expect(await idsBy('type=opened&by=machine')).toEqual([['opened', true]]);
    expect(await idsBy(`type=opened&lead=${lead}`)).toEqual([['opened', true]]);
    expect(await idsBy('type=nothing')).toEqual([]);
  });

  test.each(['after=garbage', 'after=1_$ne', 'by=nobody', 'limit=0', 'type[$ne]=x', 'color=red'])(
    'refuses %s',
    async (query) => {
      expect((await rivulet.api(`/api/events?${query}`)).status).toBe(422);
    },
  );

  test('of a rare type looks at no more than it may, and goes on from there', async () => {
    const { news } = rivulet.store;
    const first = await news.newest({ type: 'greeted' }, undefined, { limit: 10, atMost: 100 });
    expect(first.items).toEqual([]);
    const found: string[] = [];
    for (let before = first.next; before; ) {
      const page = await news.newest({ type: 'greeted' }, before, { limit: 10, atMost: 100 });
      found.push(...page.items.map(({ event }) => event.lead));
      before = page.next;
    }
    expect(found).toContain(lead);
  });
});

describe('the stream of what happens', () => {
  test('tells what is recorded from then on, by whomever, and nothing twice', async () => {
    const stream = await watch();
    pass(1000);
    await happened('first');
    await eventually(() => stream.types().includes('first'));
    await happened('second');
    await eventually(() => stream.types().includes('second'));
    expect(stream.types()).toEqual(['first', 'second']);
    expect(stream.events()[0]).toMatchObject({ lead: { name: 'Ada Quay' }, type: 'first' });
    await stream.close();
  });

  test('goes on after the last that a browser has', async () => {
    pass(1000);
    await happened('seen');
    const [{ place }, { place: began }] = (await rivulet.api('/api/events?limit=2')).body.items;
    pass(1000);
    await happened('missed');
    await happened('missed', { machine: true });
    // It asks by the address that it began with.
    const stream = await watch(`?by=person&after=${began}`, { 'Last-Event-ID': place });
    await eventually(() => stream.types().length > 0);
    expect(stream.types()).toEqual(['missed']);
    await stream.close();
  });

  test('says so when more happened than it tells', async () => {
    const { body } = await rivulet.api('/api/events?limit=200');
    const stream = await watch(`?after=${body.items.at(-1).place.replace(/^\d+/, '0')}`);
    await eventually(() => stream.text().includes('event: gap'));
    expect(stream.events().length).toBeLessThanOrEqual(200);
    await stream.close();
  });

  test('is for those who may see leads', async () => {
    const none = await fetch(`${rivulet.url}/api/activity`);
    expect(none.status).toBe(401);
    await none.body?.cancel();
  });

  test('is not opened any number of times by one person', async () => {
    const open = await Promise.all(Array.from({ length: 10 }, () => watch()));
    const one = await fetch(`${rivulet.url}/api/activity`, { headers: bearer() });
    expect(one.status).toBe(429);
    await one.body?.cancel();
    await Promise.all(open.map(({ close }) => close()));
    await eventually(async () => {
      const again = await fetch(`${rivulet.url}/api/activity`, { headers: bearer() });
      await again.body?.cancel();
      return again.status === 200;
    });
  });
});

test('however many look on, the database is asked once', async () => {
  let asked = 0;
  const news = {
    ...rivulet.store.news,
    newest: (...given: Parameters<typeof rivulet.store.news.newest>) => {
      asked += 1;
      return rivulet.store.news.newest(...given);
    },
  };
  const desk = openActivityDesk({ store: { ...rivulet.store, news }, onFault: () => {}, everyMs: 3_600_000 });
  const told: string[] = [];
  const onlooker = {
    wanted: {},
    gap: () => {},
    tell: (all: readonly ShownEvent[]) => void told.push(...all.map(({ type }) => String(type))),
  };
  const leave = await Promise.all(Array.from({ length: 20 }, () => desk.join({ ...onlooker }, undefined)));
  pass(1000);
  await happened('watched');
  asked = 0;
  await desk.look();
  expect(told).toEqual(Array.from({ length: 20 }, () => 'watched'));
  expect(asked).toBe(1);
  for (const one of leave) one();
  expect(desk.onlookers()).toBe(0);
});

test('whoever cannot be told what was missed does not look on', async () => {
  const leads = { ...rivulet.store.leads, byIds: () => Promise.reject(new Error('no names')) };
  const desk = openActivityDesk({ store: { ...rivulet.store, leads }, onFault: () => {}, everyMs: 3_600_000 });
  const onlooker = { wanted: {}, gap: () => {}, tell: () => {} };
  await expect(desk.join(onlooker, { knownAt: new Date(0), id: '' })).rejects.toThrow('no names');
  expect(desk.onlookers()).toBe(0);
});

function pass(ms: number): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + ms);
}
async function happened(type: string, more: object = {}): Promise<void> {
  const event = anEvent(type, { id: randomUUID(), lead, at: rivulet.clock.now, ...more });
  await recordEvent(event, rivulet.engine);
}
function bearer() {
  return { Authorization: `Bearer ${rivulet.apiKey}` };
}

/** A browser that reads the stream. */
async function watch(query = '', headers: Record<string, string> = {}) {
  const response = await fetch(`${rivulet.url}/api/activity${query}`, { headers: { ...bearer(), ...headers } });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const reader = response.body?.getReader();
  let text = '';
  const reading = (async () => {
    for (;;) {
      const part = await reader?.read().catch(() => undefined);
      if (!part?.value) return;
      text += new TextDecoder().decode(part.value);
    }
  })();
  const events = (): readonly ShownEvent[] =>
    [...text.matchAll(/^event: event\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
  return {
    text: () => text,
    events,
    types: () => events().map(({ type }) => String(type)),
    close: async () => {
      await reader?.cancel();
      await reading;
    },
  };
}
