import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordEvent, runDueSteps } from '../src/engine.js';
import type { LeadEvent } from '../src/event/lead-event.js';
import { type Suppression, suppressions as reasons } from '../src/journey/facts.js';
import { captureLead } from '../src/lead/capture.js';
import { importSuppressions } from '../src/transfer/import-suppressions.js';
import { isDomain, lift, readTarget, suppress } from '../src/lead/suppress.js';
import { tellStory } from '../src/lead/story.js';
import type { ToSuppress } from '../src/store/suppressions.js';
import { at } from './builders.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const monday = at('2026-03-02T09:00Z');

let project: string;
let rivulet: HttpRivulet;
let ids = 0;

beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'hi', send: 'hello', subject: 'Hello' },
        { wait: '2 days' },
        { id: 'again', send: 'hello', subject: 'Again' },
      ],
      {
        enroll: { on: 'lead.created' },
      },
    ),
    'sequences/office.json': aSequenceFile([{ send: 'hello', subject: 'In office hours' }], {
      enroll: { on: 'lead.created' },
      send: { from: 'mara@mail.example.com', window: { days: 'tue', between: ['10:00', '11:00'] } },
    }),
    'sequences/later.json': aSequenceFile([{ wait: '5 days' }, { send: 'hello', subject: 'Later' }], {
      enroll: { on: 'lead.created' },
    }),
    'sequences/told.json': aSequenceFile(
      [{ wait: '1 day' }, { notify: { email: 'sales@example.com', template: 'told' } }],
      { enroll: { on: 'lead.created' } },
    ),
    'templates/told.mjml': '<mj-section><mj-column><mj-text>Look at {{lead.email}}.</mj-text></mj-column></mj-section>',
  });
  rivulet = await startHttpRivulet({ PROJECT_DIR: project });
});
afterAll(async () => {
  await rivulet.close();
  await rm(project, { recursive: true });
});

const key = (): string => `lead-${(ids += 1)}@example.org`;

/** A lead of whom nothing has been sent yet. */
async function aLead(email = key()): Promise<{ id: string; email: string }> {
  const { store, engine } = rivulet;
  const { lead } = await captureLead({ email, emailKey: email }, 'test', store, engine, () => `lead-${(ids += 1)}`);
  return { id: lead.id, email };
}

function of(address: string, reason: Suppression = 'manual', more: Partial<ToSuppress> = {}): ToSuppress {
  return { of: address, reason, at: monday, by: 'Mara', ...more };
}

async function tell(type: string, lead: string, more: Partial<LeadEvent> = {}): Promise<void> {
  const id = `${type}-${(ids += 1)}`;
  await recordEvent({ id, type, lead, at: monday, source: 'test', machine: false, ...more }, rivulet.engine);
}

async function runsOf(lead: string): Promise<Readonly<Record<string, string>>> {
  const runs = await rivulet.store.enrollments.ofLead(lead);
  return Object.fromEntries(runs.map(({ sequence, endedBecause = 'active' }) => [sequence, endedBecause]));
}

async function mailsOf(lead: string): Promise<readonly string[]> {
  const mails = await rivulet.store.messages.ofLead(lead);
  return mails.map(({ sequence, state, because }) => `${sequence} ${state} ${because ?? ''}`.trim()).toSorted();
}

describe('who may be named', () => {
  test.each([
    ['an address', ' Ada@Example.ORG ', 'ada@example.org'],
    ['an address in letters of its own', 'ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['a domain', '@Example.org', '@example.org'],
    ['a domain in letters of its own', '@bücher.example', '@xn--bcher-kva.example'],
  ])('is %s', (_, written, found) => {
    expect(readTarget(written)).toEqual({ ok: true, of: found });
  });

  test.each([
    '',
    '@',
    '@localhost',
    'example.org',
    'ada',
    '@exam ple.org',
    '@a@example.org',
    'a@b@example.org',
    '@example.org\n@x.org',
  ])('is not %p', (written) => {
    expect(readTarget(written).ok).toBe(false);
  });

  test('is a domain where it begins with an @', () => {
    expect(['@example.org', 'ada@example.org'].map(isDomain)).toEqual([true, false]);
  });
});

describe('an address', () => {
  const {
    add,
    lift: liftRow,
    look,
    forget,
  } = {
    add: (...all: readonly ToSuppress[]) => rivulet.store.suppressions.add(...all),
    lift: (address: string, only?: readonly Suppression[]) =>
      rivulet.store.suppressions.lift(address, { at: at('2026-03-03T09:00Z'), by: 'Dana', because: 'asked to' }, only),
    look: (address: string) => rivulet.store.suppressions.look(address),
    forget: (address: string) => rivulet.store.suppressions.forget(address),
  };

  test('added twice for one reason stands there once, since the first time', async () => {
    const one = key();
    await add(of(one));
    await add(of(one, 'manual', { at: at('2026-03-05T09:00Z'), by: 'Dana' }));
    expect(await look(one)).toMatchObject({
      address: one,
      reason: 'manual',
      at: monday,
      reasons: [{ reason: 'manual', at: monday, by: 'Mara' }],
      history: [{ what: 'added', reasons: ['manual'], by: 'Mara' }],
    });
  });

  test('keeps every reason and shows the weightiest, in whatever order they came', async () => {
    for (const order of [reasons, reasons.toReversed()]) {
      const one = key();
      for (const reason of order) await add(of(one, reason));
      expect(await rivulet.store.suppressions.of(one)).toBe('complained');
      expect((await look(one))?.reasons.map(({ reason }) => reason)).toEqual(order);
    }
  });

  test('that two processes suppress at the same time for two reasons keeps both', async () => {
    const one = key();
    await Promise.all(reasons.map((reason) => add(of(one, reason))));
    expect((await look(one))?.reasons).toHaveLength(reasons.length);
  });

  test('lifted gets mail again, and keeps who lifted what and why', async () => {
    const one = key();
    await add(of(one, 'complained'), of(one, 'manual'));
    expect(await liftRow(one)).toEqual(['complained', 'manual']);
    expect(await rivulet.store.suppressions.of(one)).toBeUndefined();
    expect(await look(one)).toMatchObject({
      reasons: [],
      history: [
        { what: 'added', reasons: ['complained'] },
        { what: 'added', reasons: ['manual'] },
        {
          what: 'lifted',
          reasons: ['complained', 'manual'],
          by: 'Dana',
          because: 'asked to',
          at: at('2026-03-03T09:00Z'),
        },
      ],
    });
    expect(await liftRow(one)).toBeUndefined();
  });

  test('of which one reason is lifted is still suppressed for the others', async () => {
    const one = key();
    await add(of(one, 'manual'), of(one, 'unsubscribed'));
    expect(await liftRow(one, ['manual'])).toEqual(['manual']);
    expect(await rivulet.store.suppressions.of(one)).toBe('unsubscribed');
    expect(await liftRow(one, ['manual'])).toBeUndefined();
  });

  test('lifted and added again is suppressed anew, since then', async () => {
    const one = key();
    await add(of(one));
    await liftRow(one);
    await add(of(one, 'manual', { at: at('2026-03-05T09:00Z') }));
    expect(await look(one)).toMatchObject({ reason: 'manual', at: at('2026-03-05T09:00Z') });
    expect((await look(one))?.history).toHaveLength(3);
  });

  test('whose person takes an unsubscribe back is free, unless something else speaks against it', async () => {
    const [one, other] = [key(), key()];
    await add(of(one, 'unsubscribed'), of(other, 'unsubscribed'), of(other, 'manual'));
    expect(await rivulet.store.suppressions.liftUnsubscribe(one, monday)).toBe(true);
    expect(await rivulet.store.suppressions.liftUnsubscribe(other, monday)).toBe(false);
    expect(await rivulet.store.suppressions.of(one)).toBeUndefined();
    expect((await look(other))?.reasons).toMatchObject([{ reason: 'manual' }]);
  });

  test('that is forgotten stays suppressed, by a hash that tells nobody the address', async () => {
    const one = key();
    await add(of(one, 'manual', { because: `${one} asked us on the telephone` }));
    await forget(one);
    expect(await rivulet.store.suppressions.of(one)).toBe('manual');
    const rows = await rivulet.store.db.collection('suppressions').find().toArray();
    expect(JSON.stringify(rows)).not.toContain(one);
    expect(await look(one)).toMatchObject({ reason: 'manual', history: [{ what: 'added', by: 'Mara' }] });
  });

  test('that nobody has suppressed can be forgotten too', async () => {
    await expect(forget(key())).resolves.toBeUndefined();
  });

  test('of a row from before reasons were told apart is suppressed, shown, and lifted like any other', async () => {
    const one = key();
    await add(of(one, 'complained'));
    const { hash } = (await look(one)) ?? { hash: '' };
    await rivulet.store.db
      .collection<{ _id: string }>('suppressions')
      .replaceOne({ _id: hash }, { reason: 'complained', at: monday });
    expect(await look(one)).toEqual({
      hash,
      reason: 'complained',
      at: monday,
      reasons: [{ reason: 'complained', at: monday, by: '' }],
      history: [],
    });
    await add(of(one, 'manual'));
    expect((await look(one))?.reasons.map(({ reason }) => reason)).toEqual(['complained', 'manual']);
    expect(await liftRow(one)).toEqual(['complained', 'manual']);
  });

  test('with what looks like a command to the database is kept as it is written', async () => {
    const one = '$reason@example.org';
    await add(of(one, 'manual', { by: '$$ROOT', because: '$address' }));
    expect(await look(one)).toMatchObject({ address: one, reasons: [{ by: '$$ROOT', because: '$address' }] });
  });
});

describe('a domain', () => {
  test('suppresses every address there, and none of a domain below it', async () => {
    await rivulet.store.suppressions.add(of('@down.example'));
    const asked = ['ada@down.example', 'ada@mail.down.example', 'ada@updown.example', 'down.example@example.org'];
    expect(await Promise.all(asked.map((one) => rivulet.store.suppressions.of(one)))).toEqual([
      'manual',
      undefined,
      undefined,
      undefined,
    ]);
    expect(await rivulet.store.suppressions.ofMany(asked)).toEqual(new Map([['ada@down.example', 'manual']]));
  });

  test('lets the weightier reason of an address of its own stand', async () => {
    await rivulet.store.suppressions.add(
      of('@mixed.example'),
      of('ada@mixed.example', 'complained'),
      of('bea@mixed.example', 'soft-bounced'),
    );
    const asked = ['ada@mixed.example', 'bea@mixed.example', 'cleo@mixed.example'];
    expect([...(await rivulet.store.suppressions.ofMany(asked)).values()]).toEqual(['complained', 'manual', 'manual']);
  });

  test('ends what goes on with its leads, gives none of them a row of its own, and once lifted lets them be mailed', async () => {
    const lead = await aLead('ada@closed.example');
    const below = await aLead('ada@sub.closed.example');
    expect(await suppress([of('@closed.example', 'manual', { because: 'a competitor' })], rivulet)).toEqual({
      added: 1,
      leads: 1,
    });
    expect(await runsOf(lead.id)).toEqual({ hello: 'manual', office: 'manual', later: 'manual', told: 'active' });
    expect(Object.values(await runsOf(below.id))).not.toContain('manual');
    expect(await rivulet.store.suppressions.look(lead.email)).toBeUndefined();
    await lift({ of: '@closed.example', by: 'Mara', because: 'a customer now', at: monday }, rivulet);
    expect(await rivulet.store.suppressions.of(lead.email)).toBeUndefined();
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'manual' });
  });

  test('keeps new leads of it out of every sequence that mails them', async () => {
    await suppress([of('@never.example')], rivulet);
    const lead = await aLead('ada@never.example');
    expect(await runsOf(lead.id)).toEqual({ told: 'active' });
  });
});

describe('at once, when a lead may be mailed no more,', () => {
  test.each<[string, Suppression, (lead: { id: string; email: string }) => Promise<unknown>]>([
    ['unsubscribes', 'unsubscribed', ({ id }) => tell('unsubscribed', id)],
    ['complains', 'complained', ({ id }) => tell('complained', id)],
    ['has no mailbox', 'hard-bounced', ({ id }) => tell('bounced', id, { hard: true })],
    ['is suppressed by hand', 'manual', ({ email }) => suppress([of(email)], rivulet)],
    ['is at a suppressed domain', 'manual', ({ email }) => suppress([of(email.slice(email.indexOf('@')))], rivulet)],
  ])('as it %s, all its runs end and no waiting mail goes', async (_, reason, happens) => {
    const lead = await aLead(`ada@${(ids += 1)}.example`);
    await runDueSteps(rivulet.engine, { limit: 500 });
    expect(await mailsOf(lead.id)).toEqual(['hello queued']);
    await happens(lead);
    expect(await rivulet.store.suppressions.of(lead.email)).toBe(reason);
    expect(await runsOf(lead.id)).toEqual({ hello: reason, office: reason, later: reason, told: 'active' });
    expect(await mailsOf(lead.id)).toEqual([`hello skipped ${reason}`]);
    await rivulet.dispatcher.wake();
    expect(await rivulet.mailsTo(lead.email)).toEqual([]);
  });

  test.each(['queued', 'claimed', 'deferred'] as const)('a mail that is %s is stopped', async (state) => {
    const lead = await aLead();
    await runDueSteps(rivulet.engine, { limit: 500 });
    const [mail] = await rivulet.store.messages.ofLead(lead.id);
    if (state !== 'queued') {
      await rivulet.store.messages.claim(rivulet.clock.now, 500, 'somebody');
      const outcome = {
        id: mail?.id ?? '',
        claim: 'somebody',
        attempts: [],
        state: 'deferred' as const,
        because: '451 later',
        nextAttemptAt: rivulet.clock.now,
      };
      if (state === 'deferred') await rivulet.store.messages.exchange([outcome], [], rivulet.clock.now);
    }
    expect(await mailsOf(lead.id)).toEqual([expect.stringContaining(`hello ${state}`)]);
    await tell('complained', lead.id);
    expect(await mailsOf(lead.id)).toEqual(['hello skipped complained']);
    // Whoever held it cannot send it any more.
    const mark = { id: mail?.id ?? '', claim: 'somebody', transport: 'mailbox', isRepeatable: false };
    expect((await rivulet.store.messages.exchange([], [mark], rivulet.clock.now)).size).toBe(0);
    for (const { id } of await rivulet.store.messages.ofLead(lead.id))
      await rivulet.store.messages.release([id], 'somebody');
  });

  test('it is told in its timeline, with the reason', async () => {
    const lead = await aLead();
    await suppress([of(lead.email, 'manual', { because: 'asked on the telephone' })], rivulet);
    await lift({ of: lead.email, by: 'Dana', because: 'asked us to write again', at: monday }, rivulet);
    const story = await tellStory(lead.id, rivulet.store, rivulet.engine, rivulet.project());
    const told = story?.timeline.filter(({ what }) => what.startsWith('suppress'));
    expect(told?.map(({ what, because }) => [what, because])).toEqual([
      ['suppressed manual', 'asked on the telephone'],
      ['suppression.lifted manual', 'asked us to write again'],
    ]);
  });

  test('what only tells us of it goes on', async () => {
    const lead = await aLead();
    await tell('complained', lead.id);
    rivulet.clock.now = at('2026-03-03T09:00Z');
    await rivulet.dispatcher.wake();
    rivulet.clock.now = monday;
    expect(await mailsOf(lead.id)).toContainEqual(expect.stringContaining('told accepted'));
  });
});

describe('soft bounces', () => {
  test('of five mails suppress the address, and a click brings it back', async () => {
    const lead = await aLead();
    for (const day of [1, 2, 3, 4])
      await tell('bounced', lead.id, { hard: false, at: at(`2026-02-0${day}T09:00Z`), message: `m${day}` });
    // The server and the provider tell of one mail.
    await tell('bounced', lead.id, { hard: false, at: at('2026-02-04T10:00Z'), message: 'm4' });
    expect(await rivulet.store.suppressions.of(lead.email)).toBeUndefined();
    const last = { hard: false, at: at('2026-03-01T09:00Z'), message: 'm5', why: '452 mailbox full' };
    await tell('bounced', lead.id, last);
    expect(await rivulet.store.suppressions.of(lead.email)).toBe('soft-bounced');
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'soft-bounced', later: 'soft-bounced', told: 'active' });
    await tell('clicked', lead.id, { about: 'https://example.com/more' });
    expect(await rivulet.store.suppressions.of(lead.email)).toBeUndefined();
    const story = await tellStory(lead.id, rivulet.store, rivulet.engine, rivulet.project());
    expect(story?.timeline.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['suppressed soft-bounced', 'suppression.lifted soft-bounced']),
    );
  });
});

describe('over the API', () => {
  test('an address is suppressed, looked at and lifted with a reason', async () => {
    const lead = await aLead();
    const made = await rivulet.api('/api/suppressions', { address: lead.email.toUpperCase(), because: 'asked to' });
    expect(made).toMatchObject({ status: 201, body: { address: lead.email, reason: 'manual', leads: 1 } });
    expect(made.headers.get('location')).toBe(`/api/suppressions/${encodeURIComponent(lead.email)}`);
    expect(await rivulet.api('/api/suppressions', { address: lead.email })).toMatchObject({ status: 200 });
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'manual' });

    const path = `/api/suppressions/${encodeURIComponent(lead.email)}`;
    expect(await rivulet.api(path, undefined, 'DELETE')).toMatchObject({ status: 422 });
    expect(await rivulet.api(`${path}?because=came%20back`, undefined, 'DELETE')).toMatchObject({
      status: 200,
      body: { address: lead.email, lifted: ['manual'], stillSuppressed: null },
    });
    expect((await rivulet.api(path)).body).toMatchObject({
      reason: null,
      history: [
        { what: 'added', because: 'asked to' },
        { what: 'lifted', because: 'came back', by: 'the operator' },
      ],
    });
    expect(await rivulet.api(`${path}?because=again`, undefined, 'DELETE')).toMatchObject({ status: 404 });
  });

  test('an address that is suppressed by its domain is lifted by that alone', async () => {
    await rivulet.api('/api/suppressions', { address: '@whole.example' });
    const answer = await rivulet.api('/api/suppressions/ada%40whole.example?because=a%20friend', undefined, 'DELETE');
    expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('lift @whole.example') } });
    await rivulet.api('/api/suppressions', { address: 'bea@whole.example' });
    const lifted = await rivulet.api('/api/suppressions/bea%40whole.example?because=a%20friend', undefined, 'DELETE');
    expect(lifted.body).toMatchObject({ lifted: ['manual'], stillSuppressed: 'manual' });
  });

  test('the list is read page by page, without a gap and without anything twice', async () => {
    await rivulet.store.suppressions.add(
      ...Array.from({ length: 7 }, () => of(key(), 'hard-bounced', { at: at('2026-01-05T09:00Z') })),
    );
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await rivulet.api(
        `/api/suppressions?limit=3&reason=hard-bounced${next ? `&after=${next}` : ''}`,
      );
      seen.push(...body.items.map(({ hash }: { hash: string }) => hash));
      next = body.next;
    }
    const all = await rivulet.store.db.collection('suppressions').countDocuments({ reason: 'hard-bounced' });
    expect(seen).toHaveLength(all);
    expect(new Set(seen).size).toBe(all);
  });

  test.each<[string, object | undefined, string, number]>([
    ['/api/suppressions', { address: 'nobody' }, 'POST', 422],
    ['/api/suppressions', { address: 'ada@example.org', reason: 'bored' }, 'POST', 422],
    ['/api/suppressions', { address: 'ada@example.org', because: 'a\u0000b' }, 'POST', 422],
    ['/api/suppressions', { email: 'ada@example.org' }, 'POST', 422],
    ['/api/suppressions?after=17_x', undefined, 'GET', 422],
    ['/api/suppressions?reason=bored', undefined, 'GET', 422],
    ['/api/suppressions?limit=1000', undefined, 'GET', 422],
    ['/api/suppressions/nobody', undefined, 'GET', 422],
    ['/api/suppressions/nobody%40example.org', undefined, 'GET', 404],
    ['/api/suppressions/nobody%40example.org?because=x&only=manual', undefined, 'DELETE', 422],
  ])('%s %j by %s is answered %s %s', async (path, body, method, status) => {
    expect((await rivulet.api(path, body, method)).status).toBe(status);
  });

  test('nobody without the key reads the list', async () => {
    expect((await fetch(`${rivulet.url}/api/suppressions`)).status).toBe(401);
  });

  test.each(['suppressed', 'suppression.lifted'])('nobody can tell the event %s', async (type) => {
    const { email } = await aLead();
    expect(await rivulet.api('/api/events', { type, email, about: 'manual' })).toMatchObject({ status: 422 });
  });
});

describe('a list', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rivulet-list-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const importing = async (text: string) => {
    const file = join(folder, `list-${(ids += 1)}.csv`);
    await writeFile(file, text);
    return importSuppressions(file, { ...rivulet, by: 'import', now: monday });
  };

  test('comes in with its reasons, its broken rows are told by line, and again it changes nothing', async () => {
    const lead = await aLead();
    const text = [
      'E-Mail;Reason;because;at;name',
      `${lead.email.toUpperCase()};complained;"said ""stop""";2025-06-01;Ada`,
      '@import.example;;;;',
      'nobody;;;;',
      'bea@import2.example;bored;;;',
      'cleo@import2.example;;;yesterday;',
      'dora@import2.example;manual;;2031-01-01T00:00:00Z;',
      'too;few',
    ].join('\n');
    const first = await importing(text);
    expect(first).toMatchObject({ added: 3, known: 0, leads: 1 });
    expect(first.broken.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '4: address: an e-mail address looks like name@example.com',
      '5: reason: "bored" is no reason; use one of: soft-bounced, unsubscribed, manual, hard-bounced, complained',
      '6: at: a time looks like "2026-03-02" or "2026-03-02T09:00:00Z"',
      '8: it has more or fewer columns than the first line',
    ]);
    expect(await rivulet.store.suppressions.look(lead.email)).toMatchObject({
      reason: 'complained',
      at: at('2025-06-01T00:00Z'),
      reasons: [{ by: 'import', because: 'said "stop"' }],
    });
    expect(await rivulet.store.suppressions.of('who@import.example')).toBe('manual');
    // A day to come is none of the past.
    expect((await rivulet.store.suppressions.look('dora@import2.example'))?.at).toEqual(monday);
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'complained', told: 'active' });

    const events = await rivulet.store.events.count({ lead: lead.id });
    expect(await importing(text)).toMatchObject({ added: 0, known: 3, leads: 1 });
    expect(await rivulet.store.events.count({ lead: lead.id })).toBe(events);
    expect((await rivulet.store.suppressions.look(lead.email))?.history).toHaveLength(1);
  });

  test('longer than what is written at a time comes in whole', async () => {
    const rows = Array.from({ length: 1203 }, (_, i) => `somebody-${i}@long.example`);
    expect(await importing(['address', ...rows, rows[0]].join('\r\n'))).toMatchObject({
      added: 1203,
      known: 1,
      broken: [],
    });
  });

  test.each([
    [
      'an address where names of columns belong',
      'ada@example.org\nbea@example.org',
      /first line is an address.*Write "address" on a line above/,
    ],
    ['no column of addresses', 'name,reason\nAda,manual', /not one column called "address"/],
    ['two columns of addresses', 'email,domain\nada@example.org,@example.org', /not one column called "address"/],
  ])('with %s is refused', async (_, text, message) => {
    await expect(importing(text)).rejects.toThrow(message);
  });

  test('that is not there is refused', async () => {
    await expect(importSuppressions(join(folder, 'none.csv'), { ...rivulet, by: 'x', now: monday })).rejects.toThrow(
      'this file cannot be read',
    );
  });

  test('comes in without an engine too: then the addresses alone are seen to', async () => {
    const lead = await aLead();
    expect(await suppress([of(lead.email)], { store: rivulet.store })).toEqual({ added: 1, leads: 0 });
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'active' });
    await rivulet.dispatcher.wake();
    expect(await rivulet.mailsTo(lead.email)).toEqual([]);
    expect(await runsOf(lead.id)).toMatchObject({ hello: 'manual' });
  });
});
