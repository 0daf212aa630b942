import { afterEach, describe, expect, test } from '@jest/globals';
import { callAudience, callByDates, lookAtSegments } from '../src/jobs/calendar.js';
import { decideSplits } from '../src/jobs/decide-splits.js';
import { rm } from 'node:fs/promises';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

// What the language says, done by the whole of Rivulet on a real database, with a clock moved by hand.

let rivulet: HttpRivulet;
let folder: string;

/** Monday, 2 March 2026, 09:00 UTC. */
async function start(files: Readonly<Record<string, string | undefined>>): Promise<void> {
  folder = await aProjectFolder(files);
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
}
afterEach(async () => {
  const { faults } = rivulet;
  await rivulet.close();
  await rm(folder, { recursive: true, force: true });
  if (faults.length > 0) throw new AggregateError(faults, 'Rivulet reported faults');
});

/** A mail, known by its subject. */
const mail = (subject: string): object => ({ id: subject.replace(/\W+/g, '-'), send: 'hello', subject });

async function capture(email: string, more: object = {}): Promise<string> {
  const { body } = await rivulet.api('/api/leads', { email, ...more });
  await rivulet.dispatcher.wake();
  return body.id;
}
async function tell(email: string, type: string, more: object = {}): Promise<void> {
  await rivulet.api('/api/events', { email, type, ...more });
  await rivulet.dispatcher.wake();
}
async function subjectsTo(address: string): Promise<readonly string[]> {
  const { items } = await rivulet.store.mailbox.page(200, undefined, address);
  return items.map(({ subject }) => subject).toReversed();
}
async function historyOf(lead: string): Promise<readonly string[]> {
  const runs = await rivulet.store.enrollments.ofLead(lead);
  return runs.flatMap(({ history }) => history.map(({ did, because }) => `${did}: ${because}`));
}
const calendar = () => ({
  store: rivulet.store,
  engine: rivulet.engine,
  project: rivulet.project,
  defaultTimeZone: 'UTC',
});

describe('a trigger', () => {
  const onTrigger = (on: unknown, more: object = {}) => ({
    'sequences/hello.json': aSequenceFile([mail('Triggered')], { enroll: { on, again: 'always', ...more } }),
  });

  test('waits for a tag that the API puts on', async () => {
    await start(onTrigger('tag.added:vip'));
    await capture('ada@example.org', { tags: ['other'] });
    expect(await subjectsTo('ada@example.org')).toEqual([]);
    await capture('ada@example.org', { tags: ['other', 'vip'] });
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
    await capture('ada@example.org', { tags: ['vip'] });
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
  });

  test('waits for a tag that a new lead brings along', async () => {
    await start(onTrigger('tag.added:vip'));
    await capture('ada@example.org', { tags: ['vip'] });
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
  });

  test('waits for a field to change, and not for another or for the same value again', async () => {
    await start(onTrigger('field.changed:plan'));
    await capture('ada@example.org', { attributes: { plan: 'free', size: 1 } });
    await capture('ada@example.org', { attributes: { plan: 'free', size: 2 } });
    expect(await subjectsTo('ada@example.org')).toEqual([]);
    await capture('ada@example.org', { attributes: { plan: 'gold' } });
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
  });

  test('is the API itself, by the rules of the sequence', async () => {
    await start({ 'sequences/hello.json': aSequenceFile([mail('Triggered'), { wait: '1 day' }]) });
    await capture('ada@example.org');
    const call = { email: 'ada@example.org' };
    expect((await rivulet.api('/api/sequences/hello/enroll', call)).body).toEqual({
      enrolled: true,
      enrollment: expect.any(String),
    });
    await rivulet.dispatcher.wake();
    await rivulet.playUntil(new Date('2026-03-09T09:00:00Z'));
    const again = await rivulet.api('/api/sequences/hello/enroll', call);
    expect([again.status, again.body]).toEqual([200, { enrolled: false, enrollment: null }]);
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
    expect((await rivulet.api('/api/sequences/gone/enroll', call)).status).toBe(404);
    expect((await rivulet.api('/api/sequences/hello/enroll', {})).status).toBe(422);
  });

  test('with a key gives each of its values a run of its own, at the same time', async () => {
    const steps = [mail('Order'), { wait: '3 days' }, mail('How was it')];
    await start({
      'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'order.placed', again: { perKey: 'order' } } }),
      'templates/hello.mjml':
        '<mj-section><mj-column><mj-text>Hi <a href="{{unsubscribeUrl}}">x</a></mj-text></mj-column></mj-section>',
    });
    const lead = await capture('ada@example.org');
    for (const order of ['A1', 'A1', 'A2']) await tell('ada@example.org', 'order.placed', { data: { order } });
    await rivulet.playUntil(new Date('2026-03-09T09:00:00Z'));
    await tell('ada@example.org', 'order.placed', { data: { order: 'A1' } });
    expect((await rivulet.store.enrollments.ofLead(lead)).map(({ key }) => key)).toEqual(['A1', 'A2']);
    expect(await subjectsTo('ada@example.org')).toEqual(['Order', 'Order', 'How was it', 'How was it']);
  });

  test('is a date of the lead, on its own clock, once', async () => {
    const on = { date: 'lead.renewal', before: '7 days' };
    await start(onTrigger(on));
    await capture('tokyo@example.org', { timezone: 'Asia/Tokyo', attributes: { renewal: '2026-03-11' } });
    await capture('paris@example.org', { timezone: 'Europe/Paris', attributes: { renewal: '2026-03-11' } });
    await capture('later@example.org', { attributes: { renewal: '2026-03-12' } });
    // The first look only notes from when on: what was before it nobody has missed.
    await callByDates(calendar());

    rivulet.clock.now = new Date('2026-03-04T00:05:00Z');
    await callByDates(calendar());
    await rivulet.dispatcher.wake();
    expect(await subjectsTo('tokyo@example.org')).toEqual(['Triggered']);
    expect(await subjectsTo('paris@example.org')).toEqual([]);

    rivulet.clock.now = new Date('2026-03-04T08:05:00Z');
    await callByDates(calendar());
    await callByDates(calendar());
    await rivulet.dispatcher.wake();
    expect(await subjectsTo('paris@example.org')).toEqual(['Triggered']);
    expect(await subjectsTo('tokyo@example.org')).toEqual(['Triggered']);
    expect(await subjectsTo('later@example.org')).toEqual([]);
  });

  test('is a segment that a lead grows into without doing anything', async () => {
    await start({
      ...onTrigger('segment.entered:old'),
      'sequences/segments.json':
        '{ "segments": { "old": { "if": { "lead.createdAt": { "before": "30 days ago" } } } } }',
    });
    await capture('ada@example.org');
    await lookAtSegments(calendar());
    rivulet.clock.now = new Date('2026-04-02T06:00:00Z');
    await lookAtSegments(calendar());
    await lookAtSegments(calendar());
    await rivulet.dispatcher.wake();
    expect(await subjectsTo('ada@example.org')).toEqual(['Triggered']);
  });
});

test('a newsletter goes to its audience, once a strike', async () => {
  await start({
    'sequences/hello.json': aSequenceFile([mail('News')], { schedule: '0 9 2 * *', audience: { tag: 'news' } }),
  });
  await capture('ada@example.org', { tags: ['news'] });
  await capture('eve@example.org');
  const program = rivulet.project().programs.get('hello');
  if (!program) throw new Error('no such sequence');
  await callAudience(program, calendar());
  await callAudience(program, calendar());
  await rivulet.dispatcher.wake();
  expect(await subjectsTo('ada@example.org')).toEqual(['News']);
  expect(await subjectsTo('eve@example.org')).toEqual([]);
  rivulet.clock.now = new Date('2026-04-02T09:00:00Z');
  await callAudience(program, calendar());
  await rivulet.dispatcher.wake();
  expect(await subjectsTo('ada@example.org')).toEqual(['News', 'News']);
});

describe('a run that waits for something', () => {
  const waiting = [
    { waitFor: 'page.viewed:/pricing', upTo: '3 days', then: [mail('It came')], else: [mail('It did not')] },
  ];

  test('goes on the moment it comes', async () => {
    await start({ 'sequences/hello.json': aSequenceFile(waiting, { enroll: { on: 'lead.created' } }) });
    await capture('ada@example.org');
    rivulet.clock.now = new Date('2026-03-03T10:00:00Z');
    await tell('ada@example.org', 'page.viewed', { about: '/other' });
    expect(await subjectsTo('ada@example.org')).toEqual([]);
    await tell('ada@example.org', 'page.viewed', { about: '/pricing' });
    expect(await subjectsTo('ada@example.org')).toEqual(['It came']);
  });

  test('goes the other way when it does not come in time', async () => {
    await start({ 'sequences/hello.json': aSequenceFile(waiting, { enroll: { on: 'lead.created' } }) });
    await capture('ada@example.org');
    await rivulet.playUntil(new Date('2026-03-05T08:59:59Z'));
    expect(await subjectsTo('ada@example.org')).toEqual([]);
    await rivulet.playUntil(new Date('2026-03-05T09:00:00Z'));
    expect(await subjectsTo('ada@example.org')).toEqual(['It did not']);
  });
});

test('whoever reaches a goal is pulled forward to it, past the mails in between', async () => {
  const steps = [
    { wait: '10 days' },
    mail('Never'),
    { id: 'booked', goal: { event: 'booking' } },
    mail('After the goal'),
  ];
  await start({ 'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }) });
  const lead = await capture('ada@example.org');
  await tell('ada@example.org', 'booking');
  expect(await subjectsTo('ada@example.org')).toEqual(['After the goal']);
  expect(await historyOf(lead)).toContain('pulled forward: to the goal "booked"');
});

test('a split is decided when enough have come through, and all later leads take the way that won', async () => {
  const split = {
    id: 'nudge',
    split: { a: { send: 'hello', subject: 'A' }, b: { send: 'hello', subject: 'B' } },
    winner: { by: 'clicked', after: 12 },
  };
  await start({ 'sequences/hello.json': aSequenceFile([split], { enroll: { on: 'lead.created' } }) });
  const programs = () => rivulet.project().programs.values();
  const decide = () => decideSplits(programs(), rivulet.store, rivulet.clock.now);
  const ways = new Map<string, string>();
  for (let i = 0; i < 12; i += 1) {
    expect(await decide()).toEqual([]);
    const email = `lead-${i}@example.org`;
    await capture(email);
    ways.set(email, (await subjectsTo(email)).join());
  }
  expect(new Set(ways.values())).toEqual(new Set(['A', 'B']));
  for (const [email, way] of ways) {
    const [got] = await rivulet.mailsTo(email);
    if (way === 'B') await rivulet.reader.clicks(got?.links[0]);
  }
  const count = [...ways.values()].filter((way) => way === 'B').length;
  expect(await decide()).toEqual([
    `hello: "b" has won the split "nudge" (clicked: a 0 of ${12 - count}, b ${count} of ${count}).`,
  ]);
  expect(await decide()).toEqual([]);
  for (let i = 12; i < 20; i += 1) {
    await capture(`lead-${i}@example.org`);
    expect(await subjectsTo(`lead-${i}@example.org`)).toEqual(['B']);
  }
});

test('a person of ours is told about a lead, without pixel, tracked links or a way out', async () => {
  const notify = {
    notify: { email: 'sales@example.com', template: 'hello', subject: 'Call {{lead.firstName "them"}}' },
  };
  await start({
    'sequences/hello.json': aSequenceFile([notify, { wait: '1 day' }], { enroll: { on: 'lead.created' } }),
  });
  const lead = await capture('ada@example.org', { firstName: 'Ada' });
  expect(await subjectsTo('sales@example.com')).toEqual(['Call Ada']);
  const [told] = (await rivulet.store.mailbox.page(1, undefined, 'sales@example.com')).items;
  const { html, headers } = (await rivulet.api(`/api/mailbox/${told?.id}`)).body;
  expect(html).toContain('href="https://example.com/more?for&#x3D;ada%40example.org"');
  expect(html).not.toMatch(/<img|\/[cou]\/[A-Za-z0-9_-]{20,}/);
  expect(Object.keys(headers).join()).not.toMatch(/unsubscribe/i);
  expect(await historyOf(lead)).toEqual(['notified: sales@example.com']);
  expect(await rivulet.store.messages.countBySteps()).toEqual([]);
});

test('pick sends what the lead has not had, by its interests, and keeps the quiet', async () => {
  const page = (link: string): string =>
    `<mj-section><mj-column><mj-text><a href="https://example.com/${link}">${link}</a> <a href="{{unsubscribeUrl}}">x</a></mj-text></mj-column></mj-section>`;
  const pools = {
    blog: [
      { send: 'doors', subject: 'Doors', interests: 'https://example.com/doors*' },
      { send: 'trucks', subject: 'Trucks', interests: 'https://example.com/trucks*' },
      { send: 'docks', subject: 'Docks', interests: 'https://example.com/docks*' },
    ],
  };
  const pick = { pick: 'blog', quiet: '2 days' };
  await start({
    'templates/doors.mjml': page('doors'),
    'templates/trucks.mjml': page('trucks'),
    'templates/docks.mjml': page('docks/1'),
    'templates/hello.mjml': page('docks/2'),
    'sequences/hello.json': aSequenceFile([mail('Hello'), pick, pick, pick, pick, { exit: 'read it all' }], {
      enroll: { on: 'lead.created' },
      pools,
    }),
  });
  const lead = await capture('ada@example.org');
  const [hello] = await rivulet.mailsTo('ada@example.org');
  await rivulet.reader.clicks(hello?.links[0]);
  await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
  const { items } = await rivulet.store.mailbox.page(10, undefined, 'ada@example.org');
  expect(items.toReversed().map(({ subject, at }) => `${subject} ${at.toISOString().slice(0, 13)}`)).toEqual([
    'Hello 2026-03-02T09',
    'Docks 2026-03-04T09',
    'Doors 2026-03-06T09',
    'Trucks 2026-03-08T09',
  ]);
  expect(await historyOf(lead)).toContain('picked nothing: no mail of the pool is left for this lead');
});

test('a sequence takes leads out of another, and moves them to a stage', async () => {
  await start({
    'sequences/funnel.json':
      '{ "stages": [{ "name": "lead", "enter": { "on": "lead.created" } }, { "name": "customer", "enter": { "on": "paid" } }] }',
    'sequences/hello.json': aSequenceFile([{ wait: '5 days' }, mail('Never')], { enroll: { on: 'lead.created' } }),
    'sequences/sale.json': aSequenceFile([{ unenroll: 'hello' }, { stage: 'customer' }], { enroll: { on: 'sale' } }),
  });
  const lead = await capture('ada@example.org');
  await tell('ada@example.org', 'sale');
  const runs = await rivulet.store.enrollments.ofLead(lead);
  expect(runs.map(({ sequence, endedBecause }) => [sequence, endedBecause])).toEqual([
    ['hello', 'taken out by sale'],
    ['sale', 'finished'],
  ]);
  expect((await rivulet.store.leads.byId(lead))?.stage).toBe('customer');
});

test('no mail goes on a holiday of the calendar that the window names', async () => {
  const send = {
    from: 'Mara Quay <mara@mail.example.com>',
    window: { between: ['09:00', '17:00'], timezone: 'UTC', holidays: 'ours' },
  };
  await start({
    'sequences/calendars/ours.json': '{ "name": "Ours", "days": ["2026-03-02", "03-03"] }',
    'sequences/hello.json': aSequenceFile([mail('Back at work')], { enroll: { on: 'lead.created' }, send }),
  });
  await capture('ada@example.org');
  await rivulet.playUntil(new Date('2026-03-04T08:59:59Z'));
  expect(await subjectsTo('ada@example.org')).toEqual([]);
  await rivulet.playUntil(new Date('2026-03-04T09:00:00Z'));
  expect(await subjectsTo('ada@example.org')).toEqual(['Back at work']);
});

test('a time line tells what came of what, and once: by the event, or by the step where nothing became other', async () => {
  const steps = [
    { tag: 'vip' },
    { tag: 'known' },
    { score: 5, why: 'met at the fair' },
    mail('Hello'),
    { wait: '1 day' },
  ];
  await start({ 'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }) });
  const id = await capture('ada@example.org', { tags: ['known'] });
  const { past } = (await rivulet.api(`/api/leads/${id}/timeline`)).body;
  const told = past.map(({ what, because }: { what: string; because: string }) => `${what}: ${because}`);
  expect(told).toEqual([
    'lead.created: told by api',
    'tag.added known: told by api',
    'stage.entered lead: lead.created',
    'entered hello: lead.created',
    'tagged: known',
    'tag.added vip: told by sequence',
    'score.adjusted by 5: met at the fair',
    'mail "Hello" accepted: kept in the local mailbox',
  ]);
});
