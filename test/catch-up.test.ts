import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Silence, lengthInWords, shouldHold } from '../src/delivery/catch-up.js';
import { skipLate } from '../src/jobs/catch-up.js';
import { startHeartbeat } from '../src/jobs/heartbeat.js';
import { recordEvent, runDueSteps } from '../src/engine.js';
import { captureLead } from '../src/lead/capture.js';
import { openHeartbeats } from '../src/store/heartbeats.js';
import { openLate } from '../src/store/late.js';
import { openPauses } from '../src/store/pauses.js';
import { at } from './builders.js';
import {
  aProjectFolder,
  aSequenceFile,
  eventually,
  startTestRivulet,
  testDatabase,
  type TestRivulet,
} from './support.js';

const minute = 60_000;
const hour = 60 * minute;
const rules = { lateByMs: hour, moreThan: 100 };
const now = at('2026-03-02T18:00Z');
const before = (ms: number): Date => new Date(now.getTime() - ms);

describe('at start', () => {
  const silence = (changes: Partial<Silence> = {}): Silence => ({
    now,
    lastBeatAt: before(9 * hour),
    localLastBeatAt: before(9 * hour),
    late: { count: 312, oldest: before(9 * hour) },
    due: 400,
    ...changes,
  });

  test('much that became late while nothing was going waits for a person, who is told how much', () => {
    expect(shouldHold(silence(), rules)).toBe('312 steps are up to 9 hours late, after nothing was going for 9 hours');
  });

  test('much that is late waits where nobody knows what was going before', () => {
    expect(shouldHold(silence({ lastBeatAt: undefined, localLastBeatAt: undefined }), rules)).toBe(
      '312 steps are up to 9 hours late',
    );
  });

  test.each([
    [100, false],
    [101, true],
  ])('%i late steps wait: %p', (count, expected) => {
    expect(shouldHold(silence({ late: { count, oldest: before(2 * hour) } }), rules) !== undefined).toBe(expected);
  });

  test.each([
    ['five minutes', 5 * minute, false],
    ['more than five minutes', 5 * minute + 1, true],
  ])('an engine that was at work %s ago goes on with its backlog, or not', (_, silentMs, expected) => {
    const held = shouldHold(silence({ lastBeatAt: before(silentMs), localLastBeatAt: before(silentMs) }), rules);
    expect(held !== undefined).toBe(expected);
  });

  test('whoever counts as late what is so by a minute is asked after a minute of silence', () => {
    const strict = { lateByMs: minute, moreThan: 1 };
    const beats = { lastBeatAt: before(2 * minute), localLastBeatAt: before(2 * minute) };
    expect(shouldHold(silence(beats), strict)).toMatch(/^312 steps/);
  });

  const restored = /older than this machine remembers: restored from a backup\? 5 steps are due/;
  test.each([
    ['whose last beat is older than this machine knows', before(26 * hour), before(1 * minute), 5, true],
    ['that knows of no beat, while this machine does', undefined, before(1 * minute), 5, true],
    ['that is older by two minutes, as a beat may be on its way', before(3 * minute), before(1 * minute), 5, false],
    ['that is newer than this machine knows', before(1 * minute), before(26 * hour), 5, false],
    ['of another machine, on which this one never beat', before(26 * hour), undefined, 5, false],
    ['with nothing due in it, as when it is new', undefined, before(1 * minute), 0, false],
  ])('a database %s is taken for a backup, or not', (_, lastBeatAt, localLastBeatAt, due, expected) => {
    const because = shouldHold(silence({ lastBeatAt, localLastBeatAt, due, late: { count: 0 } }), rules) ?? '';
    expect(restored.test(because)).toBe(expected);
  });

  test.each([
    [1, '1 minute'],
    [40 * minute, '40 minutes'],
    [119 * minute, '119 minutes'],
    [2 * hour, '2 hours'],
    [47 * hour, '47 hours'],
    [72 * hour, '3 days'],
  ])('%i milliseconds are told as %s', (ms, expected) => {
    expect(lengthInWords(ms)).toBe(expected);
  });
});

describe('what is late', () => {
  let rivulet: TestRivulet;
  beforeAll(async () => {
    const steps = [
      { send: 'hello', subject: 'Hello' },
      { wait: '2 days' },
      { id: 'again', send: 'hello', subject: 'Again' },
    ];
    const hello = aSequenceFile(steps, { enroll: { on: 'lead.created' } });
    const window = { days: 'mon-fri', between: ['09:00', '12:00'], timezone: 'UTC' };
    const office = aSequenceFile([{ wait: '1 hour' }, { id: 'office', send: 'hello', subject: 'Office' }], {
      enroll: { on: 'asked' },
      send: { from: 'Mara Quay <mara@mail.example.com>', window },
    });
    const files = { 'sequences/hello.json': hello, 'sequences/office.json': office };
    rivulet = await startTestRivulet({ PROJECT_DIR: await aProjectFolder(files) });
  });
  beforeEach(async () => {
    rivulet.clock.now = at('2026-03-02T09:00Z');
    for (const name of ['enrollments', 'messages', 'mailbox', 'pauses', 'heartbeats'])
      await rivulet.store.db.collection(name).deleteMany({});
  });
  afterAll(() => rivulet.close());

  const late = () => openLate(rivulet.store.db);
  const skipSetting = () => ({
    store: { ...rivulet.store, late: late() },
    engine: rivulet.engine,
    newId: rivulet.newId,
  });
  /** Leads whose first mail is due at 09:00, and of whom nothing has been done. */
  async function dueLeads(count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const email = `lead-${rivulet.newId()}@example.org`;
      const { lead } = await captureLead(
        { email, emailKey: email },
        'test',
        rivulet.store,
        rivulet.engine,
        rivulet.newId,
      );
      ids.push(lead.id);
    }
    return ids;
  }
  const mailboxCount = async () => (await rivulet.store.mailbox.page(200)).items.length;

  test('is counted with its oldest, and up to a limit', async () => {
    await dueLeads(5);
    const morning = at('2026-03-02T09:00Z');
    expect(await late().count(new Date(morning.getTime() + 1))).toEqual({ count: 5, oldest: morning });
    expect(await late().count(new Date(morning.getTime() + 1), 3)).toMatchObject({ count: 3 });
    expect(await late().count(morning)).toEqual({ count: 0 });
  });

  test('is not what is over, or was sent', async () => {
    await dueLeads(2);
    await rivulet.dispatcher.wake();
    expect(await mailboxCount()).toBe(2);
    expect(await late().count(at('2026-03-02T10:00Z'))).toEqual({ count: 0 });
  });

  test('and skipped is not sent, whether it was planned or not, and its run goes on to its next mail', async () => {
    // The first has its mail planned already, which waits for a mail server.
    await dueLeads(1);
    await runDueSteps(rivulet.engine, { limit: 1 });
    await dueLeads(2);

    rivulet.clock.now = at('2026-03-02T18:00Z');
    expect(await skipLate(at('2026-03-02T17:00Z'), 'it was late', skipSetting())).toBe(3);
    await rivulet.dispatcher.wake();
    expect(await mailboxCount()).toBe(0);
    const messages = await rivulet.store.db.collection('messages').find().toArray();
    expect(messages.map(({ state, because }) => ({ state, because }))).toEqual(
      Array.from({ length: 3 }, () => ({ state: 'skipped', because: 'it was late' })),
    );

    await rivulet.playUntil(at('2026-03-05T18:00Z'));
    expect(await mailboxCount()).toBe(3);
    expect((await rivulet.store.mailbox.page(200)).items.map(({ subject }) => subject)).toEqual([
      'Again',
      'Again',
      'Again',
    ]);
  });

  test('and skipped twice is skipped once', async () => {
    await dueLeads(2);
    rivulet.clock.now = at('2026-03-02T18:00Z');
    expect(await skipLate(at('2026-03-02T17:00Z'), 'it was late', skipSetting())).toBe(2);
    expect(await skipLate(at('2026-03-02T17:00Z'), 'it was late', skipSetting())).toBe(0);
  });

  test('and stands before its mail when the send window is closed by now is skipped all the same', async () => {
    const [lead = ''] = await dueLeads(1);
    await rivulet.store.db.collection('enrollments').deleteMany({});
    const asked = { id: rivulet.newId(), type: 'asked', lead, at: rivulet.clock.now, source: 'test', machine: false };
    await recordEvent(asked, rivulet.engine);
    await rivulet.dispatcher.wake();
    // The wait is over at ten, but Rivulet was down from then on; the run was moved to its mail before.
    await rivulet.store.db
      .collection('enrollments')
      .updateOne({ lead }, { $set: { step: 'office', dueAt: at('2026-03-02T10:00Z'), waitsFor: 'its turn' } });
    rivulet.clock.now = at('2026-03-02T18:00Z');
    expect(await skipLate(at('2026-03-02T17:00Z'), 'it was late', skipSetting())).toBe(1);
    await rivulet.playUntil(at('2026-03-05T18:00Z'));
    expect(await mailboxCount()).toBe(0);
  });

  test('and spread comes due little by little, the oldest first, and is not too old for it', async () => {
    await dueLeads(3);
    rivulet.clock.now = at('2026-03-02T09:30Z');
    await dueLeads(1);
    rivulet.clock.now = at('2026-03-06T18:00Z');
    expect(await late().spread(at('2026-03-06T17:00Z'), rivulet.clock.now, 2 * hour)).toBe(4);
    const runs = await rivulet.store.db.collection('enrollments').find().sort({ startedAt: 1, dueAt: 1 }).toArray();
    expect(runs.map(({ dueAt }) => (dueAt.getTime() - rivulet.clock.now.getTime()) / minute)).toEqual([0, 30, 60, 90]);

    await rivulet.playUntil(at('2026-03-06T19:00Z'));
    expect(await mailboxCount()).toBe(3);
    await rivulet.playUntil(at('2026-03-06T20:00Z'));
    expect(await mailboxCount()).toBe(4);
  });

  test('of mails and spread stays worth sending', async () => {
    await dueLeads(1);
    await runDueSteps(rivulet.engine, { limit: 1 });
    rivulet.clock.now = at('2026-03-09T18:00Z');
    await late().spread(at('2026-03-09T17:00Z'), rivulet.clock.now, 2 * hour);
    await rivulet.playUntil(at('2026-03-09T20:00Z'));
    expect(await mailboxCount()).toBe(1);
  });

  describe('and a heart that beats', () => {
    let dataDir: string;
    const hearts: { stop: () => Promise<void> }[] = [];
    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'rivulet-heart-'));
    });
    afterEach(async () => {
      for (const heart of hearts.splice(0)) await heart.stop();
      await rm(dataDir, { recursive: true, force: true });
    });

    const start = async (changes: { everyMs?: number; moreThan?: number } = {}) => {
      const { db } = rivulet.store;
      const pauses = await openPauses(db);
      const said: string[] = [];
      const heart = await startHeartbeat({
        store: { heartbeats: await openHeartbeats(db), late: late(), pauses },
        rules: () => ({ lateByMs: hour, moreThan: changes.moreThan ?? 2 }),
        now: () => rivulet.clock.now,
        dataDir,
        say: (line) => void said.push(line),
        onFault: (error) => void rivulet.faults.push(error),
        everyMs: changes.everyMs ?? 3_600_000,
      });
      hearts.push(heart);
      return { pauses, said, heart };
    };
    const beatAt = async () => (await openHeartbeats(rivulet.store.db)).last();

    test('says so in the database and in a file', async () => {
      await start();
      expect(await beatAt()).toEqual(rivulet.clock.now);
      expect(await readFile(join(dataDir, 'heartbeat'), 'utf8')).toBe('2026-03-02T09:00:00.000Z\n');
    });

    test('holds what became late before it began, and says what can be done', async () => {
      await dueLeads(3);
      rivulet.clock.now = at('2026-03-02T18:00Z');
      const { pauses, said } = await start();
      expect(pauses.known().get('everything')).toEqual({
        of: 'everything',
        since: rivulet.clock.now,
        because: '3 steps are up to 9 hours late',
        by: 'rivulet',
      });
      expect(said).toEqual([
        expect.stringMatching(/^Nothing is sent for now: 3 steps .* rivulet catch-up send, skip, or spread/),
      ]);
    });

    test('holds nothing that is not much, or not late', async () => {
      await dueLeads(3);
      expect((await start()).pauses.known().size).toBe(0);
      rivulet.clock.now = at('2026-03-02T18:00Z');
      await rivulet.store.db.collection('heartbeats').deleteMany({});
      await rm(join(dataDir, 'heartbeat'));
      expect((await start({ moreThan: 3 })).pauses.known().size).toBe(0);
    });

    test('holds a database that is older than the file', async () => {
      await dueLeads(1);
      await start();
      await writeFile(join(dataDir, 'heartbeat'), '2026-03-02T09:30:00.000Z\n');
      rivulet.clock.now = at('2026-03-02T09:40Z');
      expect((await start()).pauses.known().get('everything')?.because).toMatch(
        /restored from a backup\? 1 step is due/,
      );
    });

    test('holds a database that was taken back to a backup under its eyes', async () => {
      const { pauses } = await start({ everyMs: 5 });
      await dueLeads(1);
      rivulet.clock.now = at('2026-03-02T09:40Z');
      await eventually(async () => (await beatAt())?.getTime() === rivulet.clock.now.getTime());
      await eventually(async () => {
        // Again and again: a beat that is under way would be the newest.
        const old = { $set: { at: at('2026-03-02T09:20Z') } };
        await rivulet.store.db.collection('heartbeats').updateOne({}, old);
        return pauses.known().has('everything');
      });
      expect(pauses.known().get('everything')?.because).toMatch(/restored from a backup/);
    });

    test('is not troubled by a file that was cut short', async () => {
      await dueLeads(1);
      await writeFile(join(dataDir, 'heartbeat'), '2026-99');
      expect((await start()).pauses.known().size).toBe(0);
      expect(rivulet.faults).toEqual([]);
    });

    test('leaves a pause of a person as it is', async () => {
      await dueLeads(3);
      const since = at('2026-03-01T09:00Z');
      await (await openPauses(rivulet.store.db)).pause('everything', { since, because: 'holidays', by: 'person' });
      rivulet.clock.now = at('2026-03-02T18:00Z');
      const { pauses, said } = await start();
      expect(pauses.known().get('everything')).toMatchObject({ because: 'holidays', by: 'person' });
      expect(said).toEqual([]);
    });

    test('holds what became late while it stood still, as in a machine that slept', async () => {
      const { pauses } = await start({ everyMs: 5 });
      await dueLeads(3);
      rivulet.clock.now = at('2026-03-02T18:00Z');
      await eventually(() => pauses.known().has('everything'));
      expect(pauses.known().get('everything')?.because).toBe(
        '3 steps are up to 9 hours late, after nothing was going for 9 hours',
      );
      await eventually(async () => (await beatAt())?.getTime() === rivulet.clock.now.getTime());
    });

    test('that goes on beating holds nothing, however late the backlog is that it works on', async () => {
      const { pauses } = await start({ everyMs: 5 });
      await dueLeads(3);
      for (let minutes = 30; minutes <= 180; minutes += 30) {
        rivulet.clock.now = new Date(at('2026-03-02T09:00Z').getTime() + minutes * minute);
        await eventually(async () => (await beatAt())?.getTime() === rivulet.clock.now.getTime());
      }
      expect(pauses.known().size).toBe(0);
    });
  });
});

describe('rivulet catch-up', () => {
  const uri = testDatabase();
  const SIGNING_SECRET = 'a secret that is long enough to sign with';
  let rivulet: TestRivulet;
  let environment: NodeJS.ProcessEnv;
  beforeAll(async () => {
    const PROJECT_DIR = await aProjectFolder();
    rivulet = await startTestRivulet({ MONGODB_URI: uri, SIGNING_SECRET, PROJECT_DIR });
    const { SMTP_URL: _, ...own } = process.env;
    environment = { ...own, MONGODB_URI: uri, SIGNING_SECRET, PROJECT_DIR, DATA_DIR: rivulet.dataDir, NO_COLOR: '1' };
  });
  afterAll(() => rivulet.close());

  /** Runs commands one after the other, as the program does, months after what is late here. */
  const run = async (...commands: readonly (readonly [string, object])[]): Promise<readonly string[]> => {
    const script = `
      import * as commands from './src/cli/catch-up.ts';
      import { failWith } from './src/cli/terminal.ts';
      const told = [];
      console.log = console.error = (line) => told.push(line);
      for (const [command, options] of ${JSON.stringify(commands)}) await commands[command](options).catch(failWith);
      process.stdout.write(JSON.stringify(told), () => process.exit(0));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: environment });
    const told: readonly string[] = JSON.parse(stdout);
    return told;
  };
  const hold = async () => {
    const pauses = await openPauses(rivulet.store.db);
    await pauses.pause('everything', { since: now, because: '3 steps are up to 9 hours late', by: 'rivulet' });
    return pauses;
  };

  test('decides nothing while all is going, and tells how', async () => {
    const told = await run(
      ['sendLate', {}],
      ['skipLateMails', {}],
      ['spreadLate', { over: '2 hours' }],
      ['spreadLate', { over: 'slowly' }],
    );
    const refusal = expect.stringMatching(/nothing is held up.*rivulet pause --all/);
    expect(told).toEqual([refusal, refusal, refusal, expect.stringMatching(/--over: this is not a length of time/)]);
  });

  test('send lets all go on', async () => {
    const pauses = await hold();
    expect(await run(['sendLate', {}])).toEqual([expect.stringMatching(/what is late goes now/)]);
    expect((await pauses.all()).size).toBe(0);
  });

  test('spread moves what is late, and skip ends it; then all goes on', async () => {
    const email = 'ada@example.org';
    await captureLead({ email, emailKey: email }, 'test', rivulet.store, rivulet.engine, rivulet.newId);
    const pauses = await hold();
    expect(await run(['skipLateMails', {}])).toEqual([expect.stringMatching(/1 late mail skipped/)]);
    expect((await pauses.all()).size).toBe(0);
    expect(await rivulet.store.db.collection('messages').findOne({})).toMatchObject({ state: 'skipped' });

    const other = 'bo@example.org';
    await captureLead({ email: other, emailKey: other }, 'test', rivulet.store, rivulet.engine, rivulet.newId);
    await hold();
    expect(await run(['spreadLate', { over: '2 hours' }])).toEqual([
      expect.stringMatching(/1 late step spread over 2 hours; everything goes on/),
    ]);
    expect((await pauses.all()).size).toBe(0);
    expect(await openLate(rivulet.store.db).count(at('2026-06-01T00:00Z'))).toEqual({ count: 0 });
  });
});
