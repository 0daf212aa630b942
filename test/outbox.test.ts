import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { recordEvent, runDueSteps } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import type { Lead } from '../src/journey/facts.js';
import { leave } from '../src/journey/enrollment.js';
import { addressKey } from '../src/message/address.js';
import { messageLeaseMs } from '../src/store/ledger.js';
import { type MailServer, startMailServer } from './mail-server.js';
import {
  aProjectFolder,
  aSequenceFile,
  eventually,
  jobsOf,
  startTestRivulet,
  testDatabase,
  type TestRivulet,
} from './support.js';

/** A Monday. */
const now = new Date('2026-03-02T09:00:00Z');
const minute = 60_000;
const secret = 'a secret that both of the processes know';
const window = { days: 'mon-fri', between: ['09:00', '17:00'], timezone: 'lead' };

let project: string;
let server: MailServer;
let rivulet: TestRivulet;

beforeAll(async () => {
  project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'first', send: 'hello', subject: 'First' },
        { id: 'pause', wait: '1 day' },
        { id: 'second', send: 'hello', subject: 'Second' },
      ],
      { enroll: { on: 'lead.created' } },
    ),
    'sequences/office.json': aSequenceFile([{ send: 'hello', subject: 'In office hours' }], {
      send: { from: 'mara@mail.example.com', window },
    }),
  });
  server = await startMailServer();
  rivulet = await startTestRivulet({ ...settings(testDatabase()), PROJECT_DIR: project });
});
beforeEach(() => {
  rivulet.clock.now = now;
});
afterEach(async () => {
  for (const point of Object.keys(server.answers)) Reflect.deleteProperty(server.answers, point);
  server.bodies.length = 0;
  // What one test leaves to be sent would come in the next.
  for (const rows of await rivulet.store.db.collections())
    if (rows.collectionName !== 'sequences') await rows.deleteMany();
});
afterAll(async () => {
  await rivulet.close();
  await server.stop();
});

describe('a planned mail', () => {
  test('is claimed, sent once and recorded with the answer, and its lead goes on', async () => {
    const lead = await enroll('ada');
    await runDueSteps(rivulet.engine, { limit: 500 });
    expect(await mailOf(lead)).toMatchObject({ state: 'queued', claims: 0, attempts: [] });

    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({
      state: 'accepted',
      because: '250 2.0.0 taken',
      claims: 1,
      settledAt: now,
      attempts: [{ at: now, outcome: 'accepted', reply: '250 2.0.0 taken' }],
    });
    expect(await runOf(lead)).toMatchObject({ step: 'pause', since: now });
    expect(server.bodies).toHaveLength(1);
  });

  test('that is deferred comes again later, the same to the last byte', async () => {
    const lead = await enroll('bea');
    server.answers.dot = '451 4.3.0 not now';
    await rivulet.dispatcher.wake();
    const deferred = await mailOf(lead);
    expect(deferred).toMatchObject({ state: 'deferred', because: '451 4.3.0 not now' });
    await rivulet.dispatcher.wake();
    expect(server.bodies).toHaveLength(1);

    server.answers.dot = '250 ok';
    rivulet.clock.now = deferred.nextAttemptAt;
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted', claims: 1 });
    expect(server.bodies).toHaveLength(2);
    expect(server.bodies[1]).toBe(server.bodies[0]);
    expect(idsIn(server)).toEqual([`<${deferred.id}@mail.example.com>`]);
  });

  test('that is deferred until it is too old has failed, with the last answer, and its lead goes on', async () => {
    const lead = await enroll('cleo');
    server.answers.RCPT = '450 4.3.2 busy';
    for (let next: Date | undefined = now; next; next = await rivulet.store.messages.nextAttemptAt()) {
      rivulet.clock.now = next;
      await rivulet.dispatcher.wake();
    }
    const mail = await mailOf(lead);
    expect(mail).toMatchObject({ state: 'failed', because: 'refused until it was too late: 450 4.3.2 busy' });
    expect(mail.attempts.length).toBeGreaterThan(5);
    expect((await runOf(lead))?.step).toBe('pause');
  });

  test('to an address that does not exist ends the run, and the address is never tried again', async () => {
    const lead = await enroll('dora');
    server.answers.RCPT = '550 5.1.1 no such user';
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'rejected', because: '550 5.1.1 no such user' });
    expect(await rivulet.store.suppressions.of(lead.email)).toBe('hard-bounced');
    expect(await runOf(lead)).toMatchObject({ status: 'ended', endedBecause: 'hard-bounced' });
  });

  test('that is refused for what we are suppresses nobody, and pauses the transport until a person has seen to it', async () => {
    const lead = await enroll('eve');
    server.answers.RCPT = '550 5.7.1 your domain is listed';
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'rejected', refusal: 'policy' });
    expect(rivulet.said.splice(0)).toEqual([
      expect.stringMatching(/^ALARM: "smtp" refuses us, and not a lead: 550 5.7.1/),
    ]);
    const waiting = await enroll('eve-2');
    await rivulet.dispatcher.wake();
    expect(await mailOf(waiting)).toMatchObject({ state: 'queued' });
    delete server.answers.RCPT;
    await rivulet.store.resume('transport:smtp', rivulet.clock.now);
    await rivulet.dispatcher.wake();
    expect(await mailOf(waiting)).toMatchObject({ state: 'accepted' });
    expect(await rivulet.store.suppressions.of(lead.email)).toBeUndefined();
    expect(await runOf(lead)).toMatchObject({ status: 'active' });
  });

  test('whose connection ends after the dot is uncertain, and its lead goes on without a second copy', async () => {
    const lead = await enroll('fay');
    server.answers.dot = 'cut';
    await rivulet.dispatcher.wake();
    delete server.answers.dot;
    expect(await mailOf(lead)).toMatchObject({ state: 'uncertain' });
    await rivulet.playUntil(after(23 * 60));
    expect(server.bodies).toHaveLength(1);
    expect((await runOf(lead))?.step).toBe('pause');
  });
});

describe('a pause', () => {
  const pause = (of: 'everything' | 'sequence:hello') =>
    rivulet.store.pauses.pause(of, { since: now, because: 'a mistake in it', by: 'person' });

  test('of a sequence holds its mails and its runs where they stand, and nobody else’s', async () => {
    const [held, other] = [await enroll('pia'), await aLeadOf('quin')];
    await call('office', other);
    await runDueSteps(engine(), { limit: 500 });
    const later = await enroll('rex');
    await pause('sequence:hello');
    await rivulet.dispatcher.wake();
    expect(await mailOf(held)).toMatchObject({ state: 'queued', because: 'its sequence is paused' });
    expect(await mailOf(other)).toMatchObject({ state: 'accepted' });
    expect(await rivulet.store.messages.ofLead(later.id)).toEqual([]);

    expect(await rivulet.store.resume('sequence:hello', now)).toBe(true);
    await rivulet.dispatcher.wake();
    expect(await mailOf(held)).toMatchObject({ state: 'accepted' });
    expect(await mailOf(later)).toMatchObject({ state: 'accepted' });
  });

  test('of everything lets nothing be decided and nothing be sent, until it ends', async () => {
    const lead = await enroll('sol');
    await pause('everything');
    await rivulet.dispatcher.wake();
    expect(await rivulet.store.messages.ofLead(lead.id)).toEqual([]);
    await rivulet.store.resume('everything', now);
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted' });
  });
});

describe('between planning and sending', () => {
  type Change = (lead: Lead) => Promise<unknown>;
  const raise = (type: string) => (lead: Lead) =>
    recordEvent({ id: idFrom(type, lead.id), type, lead: lead.id, at: now, source: 'test', machine: false }, engine());

  test.each<[string, Change, string]>([
    ['a lead who unsubscribes', raise('unsubscribed'), 'unsubscribed'],
    ['a lead who complains', raise('complained'), 'complained'],
    [
      'an address suppressed behind our back',
      ({ email: of }) => rivulet.store.suppressions.add({ of, reason: 'manual', at: now, by: 'Mara' }),
      'manual',
    ],
    [
      'a lead whose consent is withdrawn',
      ({ email, id }) =>
        rivulet.store.leads.upsert(
          { email, emailKey: email, consent: { status: 'denied', source: 'telephone', at: now } },
          id,
          'test',
          now,
        ),
      'consent is denied',
    ],
    [
      'a lead whose run has ended',
      async (lead) => {
        const run = await runOf(lead);
        return (
          run &&
          rivulet.store.enrollments.save([{ from: run, to: leave(run, 'replied', now) }], idFrom('save', lead.id))
        );
      },
      'replied',
    ],
    [
      'a lead who is gone',
      ({ id }) => rivulet.store.db.collection<{ _id: string }>('leads').deleteOne({ _id: id }),
      'the lead is gone',
    ],
  ])('%s gets nothing, and the mail says why', async (who, change, because) => {
    const lead = await enroll(idFrom(who));
    await runDueSteps(engine(), { limit: 500 });
    await change(lead);
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'skipped', because });
    expect(server.bodies).toEqual([]);
  });

  test('a mail that waited two days is not worth sending any more', async () => {
    const lead = await enroll('gil');
    await runDueSteps(engine(), { limit: 500 });
    rivulet.clock.now = after(48 * 60);
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'skipped', because: 'too late to be worth sending' });
  });

  test('a send window that closes holds the mail until it opens, also over a weekend', async () => {
    const lead = await aLeadOf('hal');
    const friday = new Date(now.getTime() + 4 * 24 * 60 * minute);
    rivulet.clock.now = new Date(friday.toISOString().replace(/T.*/, 'T16:59:59Z'));
    await call('office', lead);
    await runDueSteps(engine(), { limit: 500 });
    rivulet.clock.now = new Date(friday.toISOString().replace(/T.*/, 'T17:00:00Z'));
    await rivulet.dispatcher.wake();
    const monday = new Date(friday.getTime() + 3 * 24 * 60 * minute);
    expect(await mailOf(lead)).toMatchObject({
      state: 'queued',
      because: 'it waits for the send window to open',
      nextAttemptAt: new Date(monday.toISOString().replace(/T.*/, 'T09:00:00Z')),
    });
    expect(server.bodies).toEqual([]);

    rivulet.clock.now = new Date(monday.toISOString().replace(/T.*/, 'T09:00:00Z'));
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted' });
    expect(server.bodies).toHaveLength(1);
  });
});

describe('what a dead process leaves', () => {
  test('claimed goes back when its lease is over, and is sent once', async () => {
    const lead = await enroll('ivy');
    await runDueSteps(engine(), { limit: 500 });
    expect(await rivulet.store.messages.claim(now, 10, 'dead')).toHaveLength(1);
    await reconcileAt(new Date(now.getTime() + messageLeaseMs - 1));
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'claimed' });

    await reconcileAt(new Date(now.getTime() + messageLeaseMs));
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted', claims: 2 });
    expect(server.bodies).toHaveLength(1);
  });

  test('again and again is suspected, taken one at a time, and set aside in the end; the others are sent', async () => {
    const [one, other] = [await enroll('uma'), await enroll('vic')];
    await runDueSteps(engine(), { limit: 500 });
    const claims: number[] = [];
    for (let day = now; claims.length < 8; day = new Date(day.getTime() + messageLeaseMs)) {
      claims.push((await rivulet.store.messages.claim(day, 10, `dead at ${day.getTime()}`)).length);
      await reconcileAt(new Date(day.getTime() + messageLeaseMs));
    }
    expect(claims).toEqual([2, 2, 1, 1, 1, 1, 1, 1]);
    const states = [await mailOf(one), await mailOf(other)];
    expect(states.map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(states[0]?.because).toMatch(/^set aside: taken up 5 times/);
    expect(rivulet.said.splice(0)).toContainEqual(expect.stringMatching(/^1 mails are set aside/));
  });

  test('in sending becomes uncertain, is never sent again, and an open shows that it came', async () => {
    const lead = await enroll('joy');
    await runDueSteps(engine(), { limit: 500 });
    const [{ id } = { id: '' }] = await rivulet.store.messages.claim(now, 10, 'dead in sending');
    expect(await mark(id, 'dead in sending', now)).toBe(true);

    await reconcileAt(new Date(now.getTime() + messageLeaseMs + 15 * minute - 1));
    expect(await mailOf(lead)).toMatchObject({ state: 'sending' });
    rivulet.said.length = 0;
    await reconcileAt(new Date(now.getTime() + messageLeaseMs + 15 * minute));
    expect(rivulet.said).toEqual([
      '1 mails are uncertain: handed over before a process ended, their answer unheard. They are not sent again.',
    ]);
    await rivulet.playUntil(after(10 * 60));
    expect(await mailOf(lead)).toMatchObject({ state: 'uncertain' });
    expect((await runOf(lead))?.step).toBe('pause');
    expect(server.bodies).toEqual([]);

    const opening = { id: idFrom('open', id), type: 'opened', lead: lead.id, at: now, source: 'pixel', message: id };
    await recordEvent({ ...opening, machine: true }, engine());
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted', because: 'seen after all' });
  });

  test.each([
    ['after its lease', 'late', messageLeaseMs, 'late'],
    ['by somebody else', 'ours', 0, 'not ours'],
  ])('cannot be sent %s', async (_, claim, lateness, shown) => {
    const lead = await enroll(idFrom(claim));
    await runDueSteps(engine(), { limit: 500 });
    const [{ id } = { id: '' }] = await rivulet.store.messages.claim(now, 10, claim);
    const later = new Date(now.getTime() + lateness);
    expect(await mark(id, shown, later)).toBe(false);
    expect(await mailOf(lead)).toMatchObject({ state: 'claimed' });
    await reconcileAt(after(10));
    await rivulet.dispatcher.wake();
    expect(await mailOf(lead)).toMatchObject({ state: 'accepted' });
  });

  test('and taken up again by the same process goes by the claim that counts, and by that alone', async () => {
    await enroll('kim');
    await runDueSteps(engine(), { limit: 500 });
    const [{ id } = { id: '' }] = await rivulet.store.messages.claim(now, 10, 'lost before');
    const later = new Date(now.getTime() + messageLeaseMs);
    await reconcileAt(later);
    await rivulet.store.messages.claim(later, 10, 'held now');
    const marks = ['lost before', 'held now'].map((claim) => ({ id, claim, transport: 'smtp', isRepeatable: false }));
    const going = await rivulet.store.messages.exchange([], marks, later);
    expect([...going].map(({ claim }) => claim)).toEqual(['held now']);
  });

  test('is not recorded by one who lost the claim', async () => {
    const lead = await enroll('kit');
    await runDueSteps(engine(), { limit: 500 });
    const [{ id } = { id: '' }] = await rivulet.store.messages.claim(now, 10, 'lost');
    await reconcileAt(new Date(now.getTime() + messageLeaseMs));
    await rivulet.store.messages.exchange(
      [{ id, claim: 'lost', attempts: [], state: 'rejected', because: 'too late' }],
      [],
      now,
    );
    expect(await mailOf(lead)).toMatchObject({ state: 'queued' });
    await rivulet.dispatcher.wake();
  });
});

test('none of this was a fault of ours', () => {
  expect(rivulet.faults).toEqual([]);
});

test('a mail that cannot be made has failed with its reason, and holds up nobody', async () => {
  const uri = testDatabase();
  const older = await startTestRivulet({
    ...settings(uri),
    PROJECT_DIR: await aProjectFolder({
      'sequences/old.json': aSequenceFile([{ send: 'old', subject: 'Old' }]),
      'templates/old.mjml': '<mj-section><mj-column><mj-text>Old</mj-text></mj-column></mj-section>',
    }),
  });
  const [one, other] = [await aLeadOf('lea', older), await aLeadOf('mia', older)];
  await call('old', one, older);
  await call('hello', other, older);
  await runDueSteps(older.engine, { limit: 500 });
  await older.stop();

  const newer = await startTestRivulet({ ...settings(uri), PROJECT_DIR: project }, older.clock.now.toISOString());
  await newer.dispatcher.wake();
  expect(await mailOf(one, newer)).toMatchObject({
    state: 'failed',
    because: 'cannot be rendered: there is no template "old" any more',
  });
  expect(await runOf(one, newer)).toMatchObject({ status: 'ended', endedBecause: 'finished' });
  expect(await mailOf(other, newer)).toMatchObject({ state: 'accepted' });
  await newer.close();
});

test('a lead with an address that is none holds up nobody', async () => {
  const lead = await enroll('nan', 'ada@example.org>\r\nRCPT TO:<eve@example.org');
  const other = await enroll('ola');
  await rivulet.dispatcher.wake();
  expect(await mailOf(lead)).toMatchObject({ state: 'failed', because: expect.stringMatching(/^cannot be rendered/) });
  expect(await mailOf(other)).toMatchObject({ state: 'accepted' });
});

test('two processes on one database send 300 mails once each, over no more connections than each may have', async () => {
  const own = await startMailServer();
  const asked = { ...settings(testDatabase()), SMTP_URL: own.url, SMTP_CONNECTIONS: '3', PROJECT_DIR: project };
  const both = await Promise.all([startTestRivulet(asked), startTestRivulet(asked)]);
  const [first] = both;
  const names = Array.from({ length: 300 }, (_, i) => `lead-${i}`);
  for (let i = 0; i < names.length; i += 50)
    await Promise.all(names.slice(i, i + 50).map((name) => enroll(name, undefined, first)));

  await Promise.all(both.flatMap(({ dispatcher }) => [dispatcher.wake(), dispatcher.wake()]));
  expect(own.bodies).toHaveLength(300);
  expect(idsIn(own)).toHaveLength(300);
  expect(own.counts.mostOpen).toBeLessThanOrEqual(6);
  expect(await first.store.messages.countByState()).toEqual(new Map([['accepted', 300]]));
  for (const one of both) {
    expect(one.faults).toEqual([]);
    await one.close();
  }
  await own.stop();
});

test('a mail server that is away is said once; all waits for it and goes when it is back', async () => {
  const away = await startMailServer();
  await away.stop();
  const own = await startTestRivulet({
    SMTP_URL: away.url,
    PROJECT_DIR: project,
    SMTP_CONNECTIONS: '3',
  });
  for (const name of ['one', 'two', 'three', 'four', 'five']) await enroll(name, undefined, own);
  await own.dispatcher.wake();
  const states = () => own.store.messages.countByState();
  expect(await states()).toEqual(new Map([['queued', 5]]));
  // Refused again: the second time it is not said again.
  await own.dispatcher.wake();
  expect(own.said).toEqual([
    expect.stringMatching(
      /^SMTP server 127.0.0.1:\d+ cannot be used now \(.*ECONNREFUSED.*\)\. Mails wait for it, and nothing is lost/,
    ),
  ]);

  const back = await startMailServer({}, away.port);
  await eventually(async () => {
    await own.dispatcher.wake();
    return (await states()).get('accepted') === 5;
  });
  expect(own.said.slice(1)).toEqual([expect.stringMatching(/^SMTP server 127.0.0.1:\d+ takes mails again/)]);
  expect(back.bodies).toHaveLength(5);
  await own.close();
  await back.stop();
});

test('stopping finishes what is in hand, gives the rest back, and the next process sends it', async () => {
  const uri = testDatabase();
  const asked = { ...settings(uri), PROJECT_DIR: project, SMTP_CONNECTIONS: '2' };
  const own = await startTestRivulet(asked);
  for (let i = 0; i < 6; i += 1) await enroll(`late-${i}`, undefined, own);
  let letGo = (): void => {};
  const held = new Promise<string>((resolve) => {
    letGo = () => resolve('250 taken');
  });
  server.answers.dot = () => held;
  const round = own.dispatcher.wake();
  await eventually(() => server.bodies.length === 2);

  const ends: string[] = [];
  const stop = async (): Promise<void> => {
    await own.dispatcher.stop();
    ends.push('stopped');
  };
  const stopped = stop();
  await own.store.ping();
  ends.push('answered');
  letGo();
  await Promise.all([round, stopped]);
  expect(ends).toEqual(['answered', 'stopped']);
  expect(Object.fromEntries(await own.store.messages.countByState())).toEqual({ accepted: 2, queued: 4 });
  await own.stop();

  const next = await startTestRivulet(asked);
  await next.dispatcher.wake();
  expect(idsIn(server)).toHaveLength(6);
  expect(server.bodies).toHaveLength(6);
  await next.close();
});

function engine() {
  return rivulet.engine;
}

async function mark(id: string, claim: string, at: Date): Promise<boolean> {
  const one = { id, claim, transport: 'smtp', isRepeatable: false };
  return (await rivulet.store.messages.exchange([], [one], at)).has(one);
}

function settings(uri: string): Record<string, string> {
  return { MONGODB_URI: uri, SIGNING_SECRET: secret, SMTP_URL: server.url };
}

/** A lead of whom nobody has told the engine. */
async function aLeadOf(name: string, on = rivulet, email = `${name}@example.org`): Promise<Lead> {
  return (await on.store.leads.upsert({ email, emailKey: addressKey(email) }, `lead-${name}`, 'test', on.clock.now))
    .lead;
}

/** A lead who has just entered the sequence "hello". */
async function enroll(name: string, email = `${name}@example.org`, on = rivulet): Promise<Lead> {
  const lead = await aLeadOf(name, on, email);
  await call('hello', lead, on);
  return lead;
}

async function call(sequence: string, lead: Lead, on = rivulet): Promise<void> {
  const id = idFrom('call', sequence, lead.id);
  const event = { id, type: 'sequence.called', about: sequence, lead: lead.id, at: on.clock.now, source: 'test' };
  await recordEvent({ ...event, machine: false }, on.engine);
}

async function mailOf(lead: Lead, on = rivulet) {
  const [mail, ...more] = await on.store.messages.ofLead(lead.id);
  if (!mail || more.length > 0) throw new Error(`${lead.id} has not one mail`);
  return mail;
}

async function runOf(lead: Lead, on = rivulet) {
  return (await on.store.enrollments.ofLead(lead.id))[0];
}

function after(minutes: number): Date {
  return new Date(now.getTime() + minutes * minute);
}

async function reconcileAt(at: Date): Promise<void> {
  rivulet.clock.now = at;
  await jobsOf(rivulet)
    .find(({ name }) => name === 'reconcile')
    ?.run();
}

/** The Message-IDs that came, each once. */
function idsIn({ bodies }: MailServer): string[] {
  return [...new Set(bodies.flatMap((body) => /^Message-ID: (\S+)/im.exec(body)?.[1] ?? []))];
}
