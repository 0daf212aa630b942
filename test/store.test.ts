import { randomUUID } from 'node:crypto';
import { mkdtemp, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readConfig } from '../src/config.js';
import { recordEvent } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import type { LeadEvent } from '../src/event/lead-event.js';
import { leave } from '../src/journey/enrollment.js';
import { openDatabase } from '../src/store/database.js';
import { deriveSecrets, keptSecret } from '../src/store/secrets.js';
import { anEnrollment, anEvent, aProgram, at } from './builders.js';
import {
  aProjectFolder,
  aSequenceFile,
  eventually,
  jobsOf,
  startTestRivulet,
  testDatabase,
  type TestRivulet,
} from './support.js';

let rivulet: TestRivulet;
beforeAll(async () => {
  rivulet = await startTestRivulet({ PROJECT_DIR: await aProjectFolder() });
});
afterAll(() => rivulet.close());

function anEventOf(lead: string, changes: Partial<LeadEvent> = {}): LeadEvent {
  return anEvent('page.viewed', { id: randomUUID(), lead, ...changes });
}

async function aStoredLead(on = rivulet) {
  const email = `${randomUUID()}@example.org`;
  return (await on.store.leads.upsert({ email, emailKey: email }, randomUUID(), 'test', on.clock.now)).lead;
}

describe('a run', () => {
  const aRun = (lead: string, changes = {}) => anEnrollment(aProgram(), { id: randomUUID(), lead, ...changes });

  test('of a sequence goes on for a lead once at a time, also when two triggers come at the same instant', async () => {
    const lead = randomUUID();
    const runs = Array.from({ length: 10 }, () => aRun(lead));
    const started = await Promise.all(runs.map((run) => rivulet.store.enrollments.start(run)));
    expect(started.filter(Boolean)).toHaveLength(1);
  });

  test('may come again once the one before has ended, and beside one of another sequence', async () => {
    const run = aRun(randomUUID());
    await rivulet.store.enrollments.start(run);
    await rivulet.store.enrollments.save(
      [{ from: run, to: leave(run, 'done', at('2026-03-03T09:00Z')) }],
      randomUUID(),
    );
    expect(await rivulet.store.enrollments.start(aRun(run.lead))).toBe(true);
    expect(await rivulet.store.enrollments.start(aRun(run.lead, { sequence: 'another' }))).toBe(true);
  });

  test('is started by the same cause once, even when it has ended', async () => {
    const run = aRun(randomUUID());
    await rivulet.store.enrollments.start(run);
    await rivulet.store.enrollments.save(
      [{ from: run, to: leave(run, 'done', at('2026-03-03T09:00Z')) }],
      randomUUID(),
    );
    expect(await rivulet.store.enrollments.start(run)).toBe(false);
  });

  test('is saved by the first of those who read it, and by nobody else', async () => {
    const [run, other] = [aRun(randomUUID()), aRun(randomUUID())];
    for (const one of [run, other]) await rivulet.store.enrollments.start(one);
    expect(await rivulet.store.enrollments.save([{ from: run, to: { ...run, waitsFor: 'first' } }], 'save 1')).toEqual(
      new Set([run.id]),
    );
    const both = [
      { from: run, to: { ...run, waitsFor: 'second' } },
      { from: other, to: { ...other, waitsFor: 'second' } },
    ];
    expect(await rivulet.store.enrollments.save(both, 'save 2')).toEqual(new Set([other.id]));
    expect(await rivulet.store.enrollments.byId(run.id)).toMatchObject({ waitsFor: 'first', generation: 1 });
  });

  test('that is due is found with those longest due first, of each lead one, and of a lead the one that matters most', async () => {
    const [first, second, third] = ['09:00', '09:01', '09:02'].map((time) => at(`2020-01-01T${time}Z`));
    const early = aRun(randomUUID(), { dueAt: first });
    const late = aRun(randomUUID(), { dueAt: second });
    const urgent = aRun(randomUUID(), { dueAt: third, lead: early.lead, sequence: 'urgent' });
    for (const run of [late, urgent, early]) await rivulet.store.enrollments.start(run);
    const due = async (skip: number, rank?: (sequence: string) => number) =>
      (await rivulet.store.enrollments.due(at('2020-01-02T09:00Z'), 10, skip, rank)).map(({ id }) => id);
    expect(new Set(await due(0))).toEqual(new Set([early.id, late.id]));
    expect(new Set(await due(0, (sequence) => (sequence === 'urgent' ? 1 : 0)))).toEqual(new Set([urgent.id, late.id]));
    expect(new Set(await due(1))).toEqual(new Set([late.id, urgent.id]));
    expect(await rivulet.store.enrollments.due(at('2019-12-31T09:00Z'), 10)).toEqual([]);
    await rivulet.store.db.collection('enrollments').deleteMany({ dueAt: { $lt: at('2020-01-02T09:00Z') } });
  });

  test('that nobody can decide is put off, and stands in nobody’s way', async () => {
    const dueAt = at('2020-01-01T09:00Z');
    const run = aRun(randomUUID(), { dueAt });
    await rivulet.store.enrollments.start(run);
    await rivulet.store.enrollments.postpone([run.id], at('2020-01-01T09:02Z'));
    expect(await rivulet.store.enrollments.due(dueAt, 10)).toEqual([]);
    expect(await rivulet.store.enrollments.due(at('2020-01-01T09:02Z'), 10)).toHaveLength(1);
    await rivulet.store.db.collection('enrollments').deleteMany({ sequence: 'welcome' });
  });
});

describe('an event', () => {
  const keep = (event: LeadEvent, now: Date) => rivulet.store.events.keep([{ event, isSettled: false }], now);

  test('is kept once, however often it is told', async () => {
    const event = anEventOf(randomUUID());
    const kept = await Promise.all([1, 2, 3, 4].map(() => keep(event, rivulet.clock.now)));
    expect(kept.flat().filter((one) => one === 'new')).toHaveLength(1);
    expect(await rivulet.store.events.ofLead(event.lead)).toEqual([event]);
  });

  test('is taken up again by whoever tells it again, until all that it brings about is done', async () => {
    const lead = await aStoredLead();
    const event = anEventOf(lead.id, { type: 'clicked', about: 'https://example.com/plan' });
    await keep(event, rivulet.clock.now);
    expect(await recordEvent(event, rivulet.engine)).toBe(false);
    expect((await rivulet.store.leads.byId(lead.id))?.entries).toHaveLength(1);
    expect(await recordEvent(event, rivulet.engine)).toBe(false);
    expect((await rivulet.store.leads.byId(lead.id))?.entries).toHaveLength(1);
  });

  test('left half done is finished by the job that comes round', async () => {
    const lead = await aStoredLead();
    const event = anEventOf(lead.id, { type: 'clicked' });
    const justNow = new Date(rivulet.clock.now.getTime() - 59_999);
    await keep(event, justNow);
    await finishEvents(rivulet);
    expect((await rivulet.store.leads.byId(lead.id))?.entries).toEqual([]);

    rivulet.clock.now = new Date(rivulet.clock.now.getTime() + 1);
    await finishEvents(rivulet);
    expect((await rivulet.store.leads.byId(lead.id))?.entries).toHaveLength(1);
    expect(await rivulet.store.events.keptAmong([event.id], { applied: true })).toEqual(new Set([event.id]));
  });

  test('raised by a run that then ended is recorded by the job that comes round', async () => {
    const lead = await aStoredLead();
    const raised = anEventOf(lead.id, { type: 'score.adjusted', points: 5, why: 'kept at it', source: 'sequence' });
    const run = anEnrollment(aProgram(), { id: randomUUID(), lead: lead.id, raised: [raised] });
    await rivulet.store.enrollments.start(leave(run, 'replied', rivulet.clock.now));
    await finishEvents(rivulet);
    expect((await rivulet.store.leads.byId(lead.id))?.entries).toMatchObject([{ points: 5, why: 'kept at it' }]);
    expect(await rivulet.store.enrollments.byId(run.id)).toMatchObject({ status: 'ended', raised: [] });
    expect(await rivulet.store.enrollments.endedWithRaised()).toEqual([]);
  });
});

describe('a lead', () => {
  test('is one for an address, also when ten requests make it at the same instant', async () => {
    const email = `${randomUUID()}@example.org`;
    const made = await Promise.all(
      Array.from({ length: 10 }, () =>
        rivulet.store.leads.upsert({ email, emailKey: email }, randomUUID(), 'test', rivulet.clock.now),
      ),
    );
    expect(new Set(made.map(({ lead }) => lead.id)).size).toBe(1);
    expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
  });
});

describe('revisions', () => {
  test('a lead in flight finishes the one it is on; who enters later is on the new one', async () => {
    const [uri, SIGNING_SECRET] = [testDatabase(), 'a secret that both of them know well'];
    const start = async (subject: string, from: string) =>
      startTestRivulet(
        {
          MONGODB_URI: uri,
          SIGNING_SECRET,
          PROJECT_DIR: await aProjectFolder({
            'sequences/hello.json': aSequenceFile(
              [
                { id: 'first', send: 'hello', subject: 'First' },
                { id: 'pause', wait: '1 day' },
                { id: 'second', send: 'hello', subject },
              ],
              { enroll: { on: 'lead.created' } },
            ),
          }),
        },
        from,
      );
    const before = await start('As it was', '2026-03-02T09:00:00Z');
    const early = await created(before);
    await before.dispatcher.wake();
    await before.stop();

    const after = await start('As it is now', '2026-03-02T10:00:00Z');
    const late = await created(after);
    await after.playUntil(at('2026-03-05T09:00Z'));
    expect(await subjectsTo(early.email, after)).toEqual(['First', 'As it was']);
    expect(await subjectsTo(late.email, after)).toEqual(['First', 'As it is now']);
    expect(after.faults).toEqual([]);
    await after.close();
  });

  test('of a sequence whose file is gone is finished all the same', async () => {
    const [uri, SIGNING_SECRET] = [testDatabase(), 'a secret that both of them know well'];
    const steps = [
      { id: 'pause', wait: '1 day' },
      { id: 'last', send: 'hello', subject: 'Last' },
    ];
    const before = await startTestRivulet({
      MONGODB_URI: uri,
      SIGNING_SECRET,
      PROJECT_DIR: await aProjectFolder({
        'sequences/brief.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
        'sequences/hello.json': undefined,
      }),
    });
    const lead = await created(before);
    await before.stop();
    const after = await startTestRivulet({ MONGODB_URI: uri, SIGNING_SECRET, PROJECT_DIR: await aProjectFolder() });
    await after.playUntil(at('2026-03-05T09:00Z'));
    expect(await subjectsTo(lead.email, after)).toEqual(['Last']);
    await after.close();
  });

  async function created(on: TestRivulet) {
    const lead = await aStoredLead(on);
    const event = { id: idFrom('created', lead.id), type: 'lead.created', lead: lead.id, at: on.clock.now };
    await recordEvent({ ...event, source: 'test', machine: false }, on.engine);
    return lead;
  }

  async function subjectsTo(email: string, on: TestRivulet): Promise<string[]> {
    return (await on.store.mailbox.page(10, undefined, email)).items.map(({ subject }) => subject).toReversed();
  }
});

describe('secrets', () => {
  test('are made at first start, one for each data directory, readable by their owner alone', async () => {
    for (const name of ['signing-secret', 'api-key']) {
      const { mode } = await stat(join(rivulet.dataDir, name));
      expect((mode & 0o777).toString(8)).toBe('600');
    }
    const again = await keptSecret(rivulet.dataDir, 'api-key', undefined);
    expect(again).toEqual({ secret: rivulet.apiKey, isNew: false });
  });

  test('that others could read are taken from them', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'rivulet-test-'));
    await writeFile(join(dataDir, 'api-key'), 'a key written by hand\n', { mode: 0o644 });
    expect(await keptSecret(dataDir, 'api-key', undefined)).toEqual({ secret: 'a key written by hand', isNew: false });
    expect(((await stat(join(dataDir, 'api-key'))).mode & 0o777).toString(8)).toBe('600');
  });

  test('are one when several processes start at once', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'rivulet-test-'));
    const kept = await Promise.all(Array.from({ length: 8 }, () => keptSecret(dataDir, 'signing-secret', undefined)));
    expect(new Set(kept.map(({ secret }) => secret)).size).toBe(1);
    expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('for links, suppressed addresses and webhooks are not the same, and follow from the one secret', () => {
    const { keys, pepper, webhookKey } = deriveSecrets('one secret');
    expect(new Set([keys[0].secret, pepper, webhookKey].map(String)).size).toBe(3);
    expect(deriveSecrets('one secret')).toEqual({ keys, pepper, webhookKey });
    expect(deriveSecrets('another secret').pepper).not.toEqual(pepper);
  });

  test('that differ keep a second process off the database, and it is told what to do', async () => {
    const settings = { MONGODB_URI: testDatabase(), PROJECT_DIR: await aProjectFolder() };
    const first = await startTestRivulet({ ...settings, SIGNING_SECRET: 'the secret of the first process here' });
    await expect(
      startTestRivulet({ ...settings, SIGNING_SECRET: 'the secret of another process, alas' }),
    ).rejects.toMatchObject({
      code: 'other-secret',
      message:
        'SIGNING_SECRET: this database was set up with another signing secret, so links in mails already sent would die ' +
        'and suppressed addresses would be mailed again. Set SIGNING_SECRET to the one the other processes use, or copy ' +
        'their DATA_DIR/signing-secret here',
    });
    await first.close();
  });
});

describe('a suppressed address', () => {
  test('is kept under a hash that, once its lead is forgotten, tells nobody the address', async () => {
    const added = { of: 'ada@example.org', reason: 'manual', at: at('2026-03-02T09:00Z'), by: 'Mara' } as const;
    await rivulet.store.suppressions.add(added);
    await rivulet.store.suppressions.forget('ada@example.org');
    expect(await rivulet.store.suppressions.of('ada@example.org')).toBe('manual');
    expect(JSON.stringify(await rivulet.store.db.collection('suppressions').find().toArray())).not.toContain('ada');
  });

  test('that unsubscribed can be lifted', async () => {
    const { suppressions } = rivulet.store;
    const added = {
      of: 'bea@example.org',
      reason: 'unsubscribed',
      at: at('2026-03-02T09:00Z'),
      by: 'one-click',
    } as const;
    await suppressions.add(added);
    expect(await suppressions.liftUnsubscribe('bea@example.org', at('2026-03-03T09:00Z'))).toBe(true);
    expect(await suppressions.of('bea@example.org')).toBeUndefined();
  });

  test.each(['complained', 'hard-bounced'] as const)(
    'that %s stays, before or after an unsubscribe',
    async (reason) => {
      const { suppressions } = rivulet.store;
      const orders = [
        [reason, 'unsubscribed'],
        ['unsubscribed', reason],
      ] as const;
      for (const order of orders) {
        const key = `${order.join('-')}@example.org`;
        for (const one of order)
          await suppressions.add({ of: key, reason: one, at: at('2026-03-02T09:00Z'), by: 'test' });
        expect(await suppressions.liftUnsubscribe(key, at('2026-03-03T09:00Z'))).toBe(false);
        expect(await suppressions.of(key)).toBe(reason);
      }
    },
  );
});

describe('settings', () => {
  test('left out have defaults that try out and reach nobody', () => {
    expect(readConfig({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      SMTP_CONNECTIONS: 5,
      DEFAULT_TIMEZONE: 'UTC',
    });
    expect(readConfig({})).not.toHaveProperty('SMTP_URL');
  });

  test('that are empty count as left out', () => {
    expect(readConfig({ PORT: '', SMTP_URL: '', MONGODB_URI: '' })).toEqual(readConfig({}));
  });

  test('may end the public address with slashes', () => {
    expect(readConfig({ PUBLIC_URL: 'https://rivulet.example.com/mail//' }).PUBLIC_URL).toBe(
      'https://rivulet.example.com/mail',
    );
  });

  test.each<[Record<string, string>]>([
    [{ PORT: 'http' }],
    [{ PORT: '70000' }],
    [{ PORT: '3000.5' }],
    [{ PUBLIC_URL: 'rivulet.example.com' }],
    [{ PUBLIC_URL: 'ftp://rivulet.example.com' }],
    [{ MONGODB_URI: 'localhost:27017' }],
    [{ MONGODB_URI: 'mongodb:///rivulet' }],
    [{ SMTP_URL: 'mail.example.com' }],
    [{ SMTP_URL: 'http://mail.example.com' }],
    [{ SMTP_CONNECTIONS: '0' }],
    [{ SMTP_CONNECTIONS: '101' }],
    [{ API_KEY: 'short' }],
    [{ SIGNING_SECRET: 'also-too-short-a-secret' }],
    [{ DEFAULT_TIMEZONE: 'Europe/Atlantis' }],
    [{ SENDGRID_WEBHOOK_KEY: 'not-a-key' }],
  ])('such as %o are refused by name', (wrong) => {
    expect(refusalOf(wrong)).toMatchObject({ code: 'bad-config' });
    expect(refusalOf(wrong).message).toMatch(new RegExp(`these settings are wrong: ${Object.keys(wrong)[0]} \\(`));
  });

  test('that are wrong are named all at once, without their values, which may be secrets', () => {
    const { message } = refusalOf({
      PORT: '-1',
      API_KEY: 'hunter2',
      SMTP_URL: 'ada:hunter2@mail',
      DEFAULT_TIMEZONE: 'X',
    });
    for (const name of ['PORT', 'API_KEY', 'SMTP_URL', 'DEFAULT_TIMEZONE']) expect(message).toContain(`${name} (`);
    expect(message).not.toContain('hunter2');
  });

  function refusalOf(environment: Record<string, string>): Error {
    try {
      readConfig(environment);
    } catch (error) {
      if (error instanceof Error) return error;
    }
    throw new Error('nothing was refused');
  }
});

describe('a database server that is not there yet', () => {
  test('is waited for, which is said once, without user and password', async () => {
    const { server, port } = await aPort();
    await closed(server);
    const said: string[] = [];
    const open = (user: string) =>
      openDatabase({
        dataDir: rivulet.dataDir,
        uri: `mongodb://${user}127.0.0.1:${port}/test-${randomUUID()}?serverSelectionTimeoutMS=200`,
        mayShare: false,
        say: (line) => void said.push(line),
      });
    const [withPassword, without] = [open('ada:hunter2@'), open('')];
    const refused = withPassword.then(
      () => 'let in',
      (error: unknown) => String(error),
    );
    await eventually(() => said.length === 2);
    expect(said[0]).toBe(
      `MongoDB at 127.0.0.1:${port} does not answer. Waiting for it; start it, or mend MONGODB_URI.`,
    );

    const engine = await doorTo(engineSocket(), port);
    const { db, kind, stop } = await without;
    await db.command({ ping: 1 });
    expect(kind).toBe('server');
    expect(said).toHaveLength(2);
    // This engine knows no users, so a login is refused: an answer, and no reason to wait.
    expect(await refused).toMatch(/^Mongo\w*Error/);
    await stop();
    await closed(engine);
  });
});

async function finishEvents(own: TestRivulet): Promise<void> {
  await jobsOf(own)
    .find(({ name }) => name === 'finish events')
    ?.run();
}

/** The socket of the test run's engine. */
function engineSocket(): string {
  return decodeURIComponent(/^mongodb:\/\/([^/]+)/.exec(testDatabase())?.[1] ?? '');
}

/** Lets TCP clients of a port talk to the engine behind a socket. */
async function doorTo(socketPath: string, port: number): Promise<Server> {
  const server = createServer((client) => {
    const behind = connect(socketPath);
    client.pipe(behind).pipe(client);
    for (const socket of [client, behind]) socket.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

async function aPort(): Promise<{ server: Server; port: number }> {
  const server = await doorTo('/nowhere', 0);
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
