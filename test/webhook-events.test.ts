import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Document } from 'mongodb';
import type { ProviderEvent } from '../src/event/canonical.js';
import { foreseeProviderEvents, keepProviderEvents, recordProviderEvents } from '../src/lead/attribute.js';
import { captureLead } from '../src/lead/capture.js';
import type { Message } from '../src/store/message-row.js';
import { openIntake } from '../src/lead/intake.js';
import { aProjectFolder, aSequenceFile, eventually, jobsOf, startTestRivulet, type TestRivulet } from './support.js';

let rivulet: TestRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startTestRivulet();
});
afterAll(() => rivulet.close());

const minuteMs = 60_000;

/** A lead with its first mail, of an hour ago. */
async function aReader(): Promise<{ readonly id: string; readonly email: string; readonly mail: Message }> {
  const email = `reader-${(number += 1)}@example.org`;
  const { lead } = await captureLead({ email, emailKey: email }, 'api', rivulet.store, rivulet.engine, rivulet.newId);
  await rivulet.dispatcher.wake();
  const [mail] = await rivulet.store.messages.ofLead(lead.id);
  if (!mail) throw new Error('the lead got no mail');
  return { id: lead.id, email, mail };
}

/** What a provider tells of a mail, so many minutes after it went. */
function told(
  mail: Message,
  type: ProviderEvent['type'],
  more: Partial<ProviderEvent> & { minute?: number } = {},
): ProviderEvent {
  const { minute = 1, ...rest } = more;
  const at = new Date((mail.settledAt ?? mail.plannedAt).getTime() + minute * minuteMs);
  const key = [type, minute, rest.url, rest.hard, rest.machine].join(' ');
  return {
    type,
    recipient: 'somebody@example.net',
    at,
    dedupeKey: `${mail.id} ${key}`,
    machine: false,
    metadata: { rivulet: mail.id },
    ...(type === 'bounced' ? { hard: false } : {}),
    ...(type === 'replied' ? { reply: { text: 'Yes', auto: false, inReplyTo: [], to: [] } } : {}),
    ...rest,
  };
}

const record = (...events: readonly ProviderEvent[]) =>
  recordProviderEvents('provider', events, rivulet.store, rivulet.engine);

/** An hour goes by without anything falling due. */
function later(): void {
  rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 60 * minuteMs);
}

/** All that events leave behind them at a lead. */
async function stateOf(id: string) {
  const world = await rivulet.engine.gatherWorld({
    id: '',
    type: '',
    lead: id,
    at: rivulet.clock.now,
    source: '',
    machine: false,
  });
  if (!world) throw new Error('there is no such lead');
  const { facts } = world;
  const [mail] = await rivulet.store.messages.ofLead(id);
  const { openedAt, clickedAt, clickedLinks = [], repliedAt, bouncedAt, unsubscribedAt, state } = mail ?? {};
  const enrollments = await rivulet.store.enrollments.ofLead(id);
  const events = await rivulet.store.events.ofLead(id);
  return {
    score: facts.score.total,
    lines: facts.score.lines.map(({ why, points }) => `${why} ${points}`).toSorted(),
    stage: facts.lead.stage,
    suppression: facts.suppression,
    mail: { openedAt, clickedAt, clickedLinks: clickedLinks.toSorted(), repliedAt, bouncedAt, unsubscribedAt, state },
    welcome: enrollments.find(({ sequence }) => sequence === 'welcome')?.status,
    running: enrollments
      .filter(({ status }) => status === 'active')
      .map(({ sequence }) => sequence)
      .toSorted(),
    told: events
      .filter(({ source }) => source === 'provider')
      .map(({ type, at }) => `${type} ${at.toISOString()}`)
      .toSorted(),
  };
}

const takers = ['bounced', 'complained', 'unsubscribed'];

/** What may come of one mail, in the order in which it happens. */
const happenings: readonly ((mail: Message) => ProviderEvent)[] = [
  (mail) => told(mail, 'deferred', { minute: 1 }),
  (mail) => told(mail, 'delivered', { minute: 2 }),
  (mail) => told(mail, 'opened', { minute: 3, machine: true }),
  (mail) => told(mail, 'bounced', { minute: 4 }),
  (mail) => told(mail, 'opened', { minute: 5 }),
  (mail) => told(mail, 'clicked', { minute: 6, url: 'https://tallybay.example.com/pricing' }),
  (mail) => told(mail, 'clicked', { minute: 7, url: 'https://tallybay.example.com/more' }),
  (mail) => told(mail, 'bounced', { minute: 8, hard: true, reason: '550 5.1.1 no such user' }),
  (mail) => told(mail, 'opened', { minute: 9 }),
  (mail) => told(mail, 'complained', { minute: 10 }),
  (mail) => told(mail, 'unsubscribed', { minute: 11 }),
  (mail) => told(mail, 'replied', { minute: 12 }),
];

const kinds = [
  'deferred',
  'delivered',
  'opened',
  'bounced',
  'opened',
  'clicked',
  'clicked',
  'bounced',
  'opened',
  'complained',
  'unsubscribed',
  'replied',
];

/** Whether something that takes points away happened before something that gives some. */
function mayBeAhead(which: readonly number[]): boolean {
  const [types, gives] = [which.map((i) => kinds[i] ?? ''), ['opened', 'clicked', 'replied']];
  const first = types.findIndex((type) => takers.includes(type));
  return first >= 0 && types.slice(first).some((type) => gives.includes(type));
}

function placeOf(stage: string | undefined): number {
  return rivulet.project().funnel.findIndex(({ name }) => name === stage);
}

describe('events of one mail', () => {
  test('settle to the same state in whatever order, in whatever batches and however often they come', async () => {
    const picked = fc.uniqueArray(fc.nat({ max: happenings.length - 1 }), { minLength: 2, maxLength: 8 });
    const orders = picked.chain((all) =>
      fc.record({
        inOrder: fc.constant(all.toSorted((a, b) => a - b)),
        shuffled: fc.shuffledSubarray([...all, ...all.slice(0, 2)], {
          minLength: all.length + Math.min(2, all.length),
        }),
        cut: fc.nat({ max: all.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(orders, async ({ inOrder, shuffled, cut }) => {
        const [one, other] = [await aReader(), await aReader()];
        later();
        const of = (mail: Message, which: readonly number[]) => which.flatMap((i) => happenings[i]?.(mail) ?? []);
        for (const event of of(one.mail, inOrder)) await record(event);
        await record(...of(other.mail, shuffled.slice(0, cut)));
        await record(...of(other.mail, shuffled.slice(cut)));
        const [{ stage: reached, ...settled }, { stage, ...expected }] = [
          await stateOf(other.id),
          await stateOf(one.id),
        ];
        expect(settled).toEqual(expected);
        // Bad news that is told late may find the lead in a stage already, and nobody moves backwards.
        expect(placeOf(reached)).toBeGreaterThanOrEqual(placeOf(stage));
        expect(mayBeAhead(inOrder) ? stage : reached).toBe(stage);
      }),
      { numRuns: 40 },
    );
    expect(rivulet.faults).toEqual([]);
  }, 120_000);
});

describe('a batch', () => {
  const count = (kind: string) =>
    rivulet.store.db.collection('events').countDocuments({ source: 'provider', type: kind });

  test('of 1,000 events, with repeats and rubbish among them, told twice at once, is recorded once', async () => {
    const readers = await Promise.all(Array.from({ length: 10 }, aReader));
    later();
    const before = await count('delivered');
    const mine = readers.flatMap(({ mail }) =>
      Array.from({ length: 80 }, (_, i) => told(mail, i < 60 ? 'delivered' : 'opened', { minute: i / 10 })),
    );
    const stranger = told(readers[0]?.mail ?? never(), 'opened', { metadata: {} });
    const strays = Array.from({ length: 50 }, (_, i) => ({ ...stranger, dedupeKey: `stray ${i}` }));
    const ignored = Array.from({ length: 50 }, (_, i) => told(readers[1]?.mail ?? never(), 'ignored', { minute: i }));
    const batch = [...mine, ...strays, ...ignored, ...mine.slice(0, 100)];
    expect(batch).toHaveLength(1000);

    const answers = await Promise.all([record(...batch), record(...batch)]);
    const sum = (kind: 'recorded' | 'known' | 'stray' | 'ignored') =>
      answers.map((one) => one[kind]).reduce((a, b) => a + b);
    expect([sum('recorded'), sum('known'), sum('stray'), sum('ignored')]).toEqual([800, 1000, 100, 100]);
    expect(await count('delivered')).toBe(before + 600);
    for (const { id } of readers) expect((await stateOf(id)).score).toBe((await stateOf(readers[0]?.id ?? '')).score);
    expect(rivulet.faults).toEqual([]);
  });

  test('of more than one write holds is kept whole', async () => {
    const { mail, id } = await aReader();
    later();
    const many = Array.from({ length: 2500 }, (_, i) => ({ ...told(mail, 'delivered'), dedupeKey: `${mail.id} ${i}` }));
    expect(await record(...many)).toEqual({ recorded: 2500, known: 0, stray: 0, ignored: 0 });
    expect(await rivulet.store.events.count({ lead: id, type: 'delivered' })).toBe(2500);
  });

  test('whose consequences nobody drew is taken to its end by the job that comes round', async () => {
    const { mail, id } = await aReader();
    later();
    await keepProviderEvents('provider', [told(mail, 'complained'), told(mail, 'opened')], rivulet);
    expect((await stateOf(id)).suppression).toBeUndefined();

    later();
    for (const job of jobsOf(rivulet)) if (job.name === 'finish events') await job.run();
    expect(await stateOf(id)).toMatchObject({ suppression: 'complained', welcome: 'ended' });
  });

  test('of which more was left than is looked at in one go is finished in one run, past one that cannot be', async () => {
    const [broken, ...readers] = await Promise.all(Array.from({ length: 12 }, aReader));
    if (!broken) throw new Error('there is no reader');
    later();
    await rivulet.store.db.collection('leads').updateOne({ emailKey: broken.email }, { $set: { tags: 'no list' } });
    await keepProviderEvents('provider', [told(broken.mail, 'complained')], rivulet);
    const much = readers.flatMap(({ mail }) =>
      Array.from({ length: 100 }, (_, minute) => told(mail, 'opened', { minute })),
    );
    await keepProviderEvents('provider', much, rivulet);

    later();
    for (const job of jobsOf(rivulet)) if (job.name === 'finish events') await job.run();
    const left = await rivulet.store.db.collection('events').find({ applied: false }).toArray();
    expect(left.map(({ lead }) => lead)).toEqual([broken.id]);
    expect(rivulet.faults.splice(0)).toHaveLength(1);
    await rivulet.store.db.collection('leads').deleteOne({ emailKey: broken.email });
    await rivulet.store.db.collection('events').deleteMany({ lead: broken.id });
  });

  test('with one event that cannot be taken to its end loses none of the others', async () => {
    const [broken, whole] = [await aReader(), await aReader()];
    later();
    await rivulet.store.db.collection('leads').updateOne({ emailKey: broken.email }, { $set: { tags: 'no list' } });
    expect(await record(told(broken.mail, 'complained'), told(whole.mail, 'complained'))).toMatchObject({
      recorded: 2,
    });
    expect(await stateOf(whole.id)).toMatchObject({ suppression: 'complained' });
    expect(rivulet.faults.splice(0)).toHaveLength(1);
    await rivulet.store.db.collection('leads').deleteOne({ emailKey: broken.email });
    await rivulet.store.db.collection('events').deleteMany({ lead: broken.id });
  });

  test('that brings about much is answered when it is kept, and the rest done behind the answer', async () => {
    const readers = await Promise.all(Array.from({ length: 15 }, aReader));
    later();
    const { take, stop } = openIntake(rivulet.store, rivulet.engine);
    const few = readers.slice(0, 5).map(({ mail }) => told(mail, 'opened', { minute: 1 }));
    const much = readers.flatMap(({ mail }) =>
      Array.from({ length: 10 }, (_, i) => told(mail, 'opened', { minute: 2 + i })),
    );
    const open = () => rivulet.store.db.collection('events').countDocuments({ source: 'provider', applied: false });

    expect(await take('provider', few)).toMatchObject({ recorded: 5 });
    expect(await open()).toBe(0);
    expect(await take('provider', much)).toMatchObject({ recorded: 150 });
    expect(await open()).toBeGreaterThan(0);
    await eventually(async () => (await open()) === 0);
    await stop();
  });

  test('whose consequences a stop cut short is left open for another process', async () => {
    const readers = await Promise.all(Array.from({ length: 12 }, aReader));
    later();
    const { take, stop } = openIntake(rivulet.store, rivulet.engine);
    const much = readers.flatMap(({ mail }) =>
      Array.from({ length: 10 }, (_, minute) => told(mail, 'opened', { minute })),
    );
    await take('provider', much);
    await stop();
    later();
    for (const job of jobsOf(rivulet)) if (job.name === 'finish events') await job.run();
    const scores = await Promise.all(readers.map(async ({ id }) => (await stateOf(id)).score));
    expect(new Set(scores).size).toBe(1);
    expect(scores[0]).toBeGreaterThan(0);
    expect(rivulet.faults).toEqual([]);
  });
});

function never(): never {
  throw new Error('there is no reader');
}

describe('whose an event is', () => {
  /** A lead that has got two mails, an hour apart. */
  const withTwoMails = async () => {
    const { id, email, mail } = await aReader();
    const second = new Date((mail.settledAt ?? mail.plannedAt).getTime() + 60 * minuteMs);
    const copy = { ...mail, id: undefined, _id: mail.id.replace(/^..../, '2222'), step: 'second' };
    await rivulet.store.db
      .collection<Document & { _id: string }>('messages')
      .insertOne({ ...copy, plannedAt: second, settledAt: second });
    rivulet.clock.now = new Date(second.getTime() + 60 * minuteMs);
    return { id, email, mail };
  };
  const openedAt = async (minute: number) => {
    const { id, email, mail } = await withTwoMails();
    await record(told(mail, 'opened', { minute, metadata: {}, recipient: email.toUpperCase() }));
    const [event] = (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'opened');
    return event?.step;
  };

  test('by the address alone is that of the mail that had come last by then', async () => {
    expect(await openedAt(30)).toBe('hello');
    expect(await openedAt(59.9)).toBe('hello');
    expect(await openedAt(61)).toBe('second');
  });

  test('by a clock that is behind ours is that of the first mail, and of none when it is a day behind', async () => {
    expect(await openedAt(-20)).toBe('hello');
    expect(await openedAt(-24 * 60)).toBeUndefined();
  });

  test('by our own id is that mail’s, whatever the address and the time say', async () => {
    const { id, email, mail } = await withTwoMails();
    await record(told(mail, 'clicked', { minute: 100, recipient: email }));
    await record(told(mail, 'opened', { minute: 100, recipient: email, metadata: {}, smtpId: `${mail.id}@x.example` }));
    const events = (await rivulet.store.events.ofLead(id)).filter(({ source }) => source === 'provider');
    expect(events.map(({ step }) => step)).toEqual(['hello', 'hello']);
  });

  test('of a mail that came in, by the address alone, is only what its writer says', async () => {
    const { id, email, mail } = await withTwoMails();
    const types = ['bounced', 'complained', 'opened', 'replied', 'auto-replied', 'unsubscribed'] as const;
    const events = types.map((type) => told(mail, type, { metadata: {}, recipient: email }));
    const counts = await recordProviderEvents('inbox', events, rivulet.store, rivulet.engine, { byAddress: 'answers' });
    expect(counts).toMatchObject({ recorded: 3, stray: 3 });
    const recorded = (await rivulet.store.events.ofLead(id)).filter(({ source }) => source === 'inbox');
    expect(recorded.map(({ type }) => type).toSorted()).toEqual(['auto-replied', 'replied', 'unsubscribed']);
  });

  test('by an address of ours that names the mail is that mail’s', async () => {
    const { id, mail } = await withTwoMails();
    const reply = { text: 'Yes', auto: false, inReplyTo: [], to: ['replies+token@in.example.com'] };
    const messageOf = (address: string) => (address === reply.to[0] ? mail.id : undefined);
    const event = told(mail, 'replied', { metadata: {}, recipient: 'from-my-phone@example.net', reply });
    await recordProviderEvents('inbox', [event], rivulet.store, rivulet.engine, { messageOf });
    expect(await rivulet.store.events.count({ lead: id, type: 'replied' })).toBe(1);
  });

  test('of a mail of unknown fate proves that it went', async () => {
    const { mail } = await aReader();
    await rivulet.store.db
      .collection<{ _id: string }>('messages')
      .updateOne({ _id: mail.id }, { $set: { state: 'uncertain' } });
    await record(told(mail, 'delivered'));
    expect(await rivulet.store.messages.byId(mail.id)).toMatchObject({ state: 'accepted', because: 'seen after all' });
  });
});

test('what would become of events is foreseen as it then comes, and nothing is written', async () => {
  const { mail, id } = await aReader();
  later();
  await record(told(mail, 'delivered'));
  const events = [
    told(mail, 'delivered'),
    told(mail, 'complained'),
    told(mail, 'ignored', { word: 'sent' }),
    told(mail, 'opened', { metadata: {} }),
  ];
  const before = await stateOf(id);
  const foreseen = await foreseeProviderEvents('provider', events, rivulet);
  expect(foreseen.map(({ kind }) => kind)).toEqual(['known', 'recorded', 'ignored', 'stray']);
  expect(foreseen[1]?.recorded).toMatchObject({ lead: id, step: 'hello', sequence: 'welcome' });
  expect(await stateOf(id)).toEqual(before);

  const { fates } = await keepProviderEvents('provider', events, rivulet);
  expect(fates).toEqual(foreseen);
});

describe('what is kept of an event', () => {
  test('is bounded, whatever a provider sends', async () => {
    const { id, mail } = await aReader();
    later();
    const text = 'x'.repeat(100_000);
    await record(
      told(mail, 'clicked', { url: `https://example.com/${text}` }),
      told(mail, 'bounced', { reason: text }),
      told(mail, 'replied', { reply: { text, auto: false, inReplyTo: [], to: [] } }),
    );
    const events = (await rivulet.store.events.ofLead(id)).filter(({ source }) => source === 'provider');
    expect(Math.max(...events.map((event) => JSON.stringify(event).length))).toBeLessThan(21_000);
  });

  test('of an absence is the day of the return', async () => {
    const { id, mail } = await aReader();
    later();
    await record(told(mail, 'auto-replied', { returnsAt: new Date('2026-08-03T00:00:00Z') }));
    const [event] = (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'auto-replied');
    expect(event?.data).toMatchObject({ returnsAt: '2026-08-03T00:00:00.000Z' });
  });

  test('names the evidence where a machine opened it, by the provider’s word or by its name', async () => {
    const { id, mail } = await aReader();
    later();
    await record(
      told(mail, 'opened', { machine: true }),
      told(mail, 'opened', { minute: 2, userAgent: 'Mozilla/5.0 (Macintosh) Safari/605.1.15' }),
    );
    const opened = (await rivulet.store.events.ofLead(id)).filter(({ type }) => type === 'opened');
    expect(opened.map(({ machine, evidence }) => [machine, evidence?.length ?? 0])).toEqual([
      [true, 1],
      [false, 0],
    ]);
  });

  test('of nobody here is its kind and the provider’s word, without an address', async () => {
    const { mail } = await aReader();
    await record(
      told(mail, 'ignored', { word: 'never-heard-of', recipient: 'nobody@example.net' }),
      told(mail, 'ignored', { word: 'never-heard-of', minute: 2 }),
    );
    const tally = await rivulet.store.strays.tally();
    expect(tally).toContainEqual(
      expect.objectContaining({ source: 'provider', type: 'ignored', word: 'never-heard-of', count: 2 }),
    );
    expect(JSON.stringify(await rivulet.store.db.collection('strayEvents').find().toArray())).not.toContain('nobody@');
  });

  test('of nobody here goes after thirty days', async () => {
    const { mail } = await aReader();
    await record(told(mail, 'ignored', { minute: 77 }));
    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 31 * 24 * 60 * minuteMs);
    await record(told(mail, 'ignored', { minute: 78 }));
    expect(await rivulet.store.db.collection('strayEvents').countDocuments()).toBe(1);
  });
});

test('a notice to one of ours that bounces, or is opened, is not the lead’s doing', async () => {
  const notify = { notify: { email: 'sales@example.com', template: 'hello', subject: 'A new lead' } };
  const own = await startTestRivulet({
    PROJECT_DIR: await aProjectFolder({
      'sequences/hello.json': aSequenceFile([notify], { enroll: { on: 'lead.created' } }),
    }),
  });
  try {
    const { lead } = await captureLead(
      { email: 'ada@example.org', emailKey: 'ada@example.org' },
      'api',
      own.store,
      own.engine,
      own.newId,
    );
    await own.dispatcher.wake();
    const [notice] = await own.store.messages.ofLead(lead.id);
    expect(notice?.to).toBe('sales@example.com');
    const events = [told(notice ?? never(), 'bounced', { hard: true }), told(notice ?? never(), 'complained')];
    expect(await recordProviderEvents('provider', events, own.store, own.engine)).toMatchObject({
      recorded: 0,
      stray: 2,
    });
    expect(await own.store.suppressions.of('ada@example.org')).toBeUndefined();
  } finally {
    await own.close();
  }
});
