import { spawn } from 'node:child_process';
import { randomUUID, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { webhookSecret } from '../src/delivery/call-request.js';
import { type CallerSetting, type CallerStore, openCaller } from '../src/delivery/caller.js';
import { idFrom } from '../src/event/id.js';
import { leave } from '../src/journey/enrollment.js';
import type { Lead } from '../src/journey/facts.js';
import { callLeaseMs, openCalls } from '../src/store/calls.js';
import { type Database, openDatabase } from '../src/store/database.js';
import { openEnrollments } from '../src/store/enrollments.js';
import { openLeads } from '../src/store/leads.js';
import { openRevisions } from '../src/store/revisions.js';
import { anEnrollment, aProgram, aProject, at } from './builders.js';
import { answering, type ReceivedCall, type Receiver, startReceiver } from './receiver.js';
import { eventually, testDatabase } from './support.js';

/** A Monday. */
const now = at('2026-03-02T09:00Z');
const [second, minute, hour] = [1000, 60_000, 3_600_000];
const key = Buffer.alloc(32, 'k');
const uri = testDatabase();

let database: Database;
let store: CallerStore;
let receiver: Receiver;
const clock = { now };

beforeAll(async () => {
  database = await openDatabase({ uri, dataDir: '', mayShare: false, say: () => {} });
  store = await openStoreOn(database);
  receiver = await startReceiver();
});
beforeEach(() => {
  clock.now = now;
  receiver.answer = answering(200);
  receiver.received.length = 0;
  receiver.counts.connections = 0;
});
afterEach(async () => {
  // What one test leaves to be called would be called in the next.
  for (const rows of await database.db.collections()) await rows.deleteMany();
});
afterAll(async () => {
  await receiver.stop();
  await database.db.dropDatabase();
  await database.stop();
});

describe('a planned call', () => {
  test('is posted with its lead and its filled body, once, and its run goes on at once with the answer', async () => {
    receiver.answer = answering(201, { plan: 'gold' });
    const body = { plan: '{{lead.plan "none"}}', who: '{{lead.firstName}} of {{brand.name}}', tries: 3, list: ['a'] };
    const id = await aCall({ body, lead: { firstName: 'Ada', attributes: { plan: 'silver' }, tags: ['engaged'] } });
    const { enrollment, lead } = await row(id);

    expect(await aCaller().callBatch()).toEqual({ kind: 'called', enrollments: [enrollment] });
    expect(await aCaller().callBatch()).toEqual({ kind: 'empty', enrollments: [] });

    const [call] = receiver.received;
    expect(receiver.received).toHaveLength(1);
    expect(call).toMatchObject({
      method: 'POST',
      path: '/hook',
      headers: { 'content-type': 'application/json', 'user-agent': 'Rivulet' },
    });
    expect(JSON.parse(call?.body ?? '')).toEqual({
      id,
      type: 'sequence.webhook',
      at: '2026-03-02T09:00:00.000Z',
      sequence: 'welcome',
      step: 'crm',
      lead: {
        id: lead,
        email: expect.stringMatching(/@example\.org$/),
        firstName: 'Ada',
        score: 7,
        tags: ['engaged'],
        attributes: { plan: 'silver' },
      },
      data: { plan: 'silver', who: 'Ada of Tallybay', tries: 3, list: ['a'] },
    });
    expect(await row(id)).toMatchObject({
      state: 'answered',
      because: 'answered 201',
      settledAt: now,
      answer: { status: 201, plan: 'gold' },
      attempts: [{ at: now, status: 201 }],
      claims: 1,
    });
    expect((await store.calls.factsOf([enrollment])).get(enrollment)?.get('crm')).toEqual({
      state: 'answered',
      because: 'answered 201',
      settledAt: now,
      answer: { status: 201, plan: 'gold' },
    });
    expect((await store.enrollments.byId(enrollment))?.dueAt).toEqual(now);
  });

  test('exists once, however often it is planned', async () => {
    const id = await aCall();
    const { enrollment, lead, sequence, revision, step, plannedAt, expiresAt } = await row(id);
    const plan = { id, enrollment, lead, sequence, revision, step, plannedAt, expiresAt };
    expect(await Promise.all([store.calls.plan([plan]), store.calls.plan([plan])])).toEqual([0, 0]);
    expect(await store.calls.ofLead(lead)).toHaveLength(1);
  });

  test('is made once, also when several callers look for work at the same instant', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => aCall()));
    await Promise.all([aCaller(), aCaller(), aCaller()].map(callAll));
    expect(receiver.received.map(idOf).toSorted()).toEqual(ids.toSorted());
    expect((await Promise.all(ids.map(row))).map(({ state }) => state)).toEqual(ids.map(() => 'answered'));
  });

  test('is not made when nobody wants it any more, and says why', async () => {
    const [gone, ended, foreign, late] = [await aCall(), await aCall(), await aCall(), await aCall({ upTo: 0 })];
    await database.db.collection<{ _id: string }>('leads').deleteOne({ _id: (await row(gone)).lead });
    const run = await store.enrollments.byId((await row(ended)).enrollment);
    if (run) await store.enrollments.save([{ from: run, to: leave(run, 'replied', now) }], randomUUID());
    await database.db.collection<{ _id: string }>('calls').updateOne({ _id: foreign }, { $set: { revision: 'lost' } });

    await aCaller().callBatch();
    expect(receiver.received).toEqual([]);
    expect(await row(gone)).toMatchObject({ state: 'failed', because: 'the lead is gone', attempts: [], answer: {} });
    expect(await row(ended)).toMatchObject({ state: 'failed', because: 'replied' });
    expect(await row(foreign)).toMatchObject({ state: 'failed', because: 'its sequence revision is gone' });
    expect(await row(late)).toMatchObject({ state: 'failed', because: 'too late to be worth calling' });
  });

  test('that is stopped before it is made is not made', async () => {
    const [byLead, byRun, other] = [await aCall(), await aCall(), await aCall()];
    await store.calls.skipOpen({ lead: (await row(byLead)).lead }, 'complained', now);
    await store.calls.skipOpen({ enrollment: (await row(byRun)).enrollment }, 'replied', now);
    await aCaller().callBatch();
    expect(receiver.received.map(idOf)).toEqual([other]);
    expect(await row(byLead)).toMatchObject({ state: 'failed', because: 'complained', settledAt: now });
    expect(await row(byRun)).toMatchObject({ state: 'failed', because: 'replied' });
  });

  test('that is stopped on its way stays stopped, whatever is answered', async () => {
    const id = await aCall();
    receiver.answer = async (request, response) => {
      await store.calls.skipOpen({ lead: (await row(id)).lead }, 'complained', now);
      await answering(200, { plan: 'gold' })(request, response);
    };
    expect((await aCaller().callBatch()).enrollments).toEqual([]);
    expect(await row(id)).toMatchObject({ state: 'failed', because: 'complained', answer: {} });
  });
});

describe('the signature of a call', () => {
  test('is verified as receivers do, and fails for any other secret, id, time or body', async () => {
    await aCall();
    await aCaller().callBatch();
    const [call] = receiver.received;
    if (!call) throw new Error('nobody called');
    const secret = webhookSecret(key);
    expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(await isVerified(call, secret)).toBe(true);
    expect(call.headers['webhook-timestamp']).toBe('1772442000');

    expect(await isVerified(call, webhookSecret(Buffer.alloc(32, 'x')))).toBe(false);
    expect(await isVerified({ ...call, body: `${call.body} ` }, secret)).toBe(false);
    for (const header of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
      expect(await isVerified({ ...call, headers: { ...call.headers, [header]: '1' } }, secret)).toBe(false);
  });

  test('is verified here by the rules that the standard publishes an example for', async () => {
    const headers = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    expect(await isVerified({ headers, body: '{"test": 2432232314}' }, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe(
      true,
    );
  });

  test('of another try is of that time, for the same id', async () => {
    receiver.answer = answering(500);
    const id = await aCall();
    await aCaller().callBatch();
    clock.now = (await row(id)).nextAttemptAt;
    await aCaller().callBatch();
    const [first, again] = receiver.received;
    expect([first, again].map((call) => call?.headers['webhook-id'])).toEqual([id, id]);
    expect(again?.headers['webhook-timestamp']).toBe(String(Math.floor(clock.now.getTime() / second)));
    expect(again?.body).toBe(first?.body);
    expect(again && (await isVerified(again, webhookSecret(key)))).toBe(true);
  });
});

describe('of an answer', () => {
  test.each<[string, string, object]>([
    [
      'plain values of a JSON object',
      '{"plan":"gold","seats":3,"isNew":false}',
      { plan: 'gold', seats: 3, isNew: false },
    ],
    ['nothing that is no plain value', '{"a":null,"b":[1],"c":{"d":1},"e":"kept"}', { e: 'kept' }],
    ['the status of HTTP, not one that the text names', '{"status":"gold","plan":"x"}', { plan: 'x' }],
    [
      'nothing under names that conditions cannot ask for',
      '{"a.b":1,"$set":2,"":3,"a b":4,"é":5,"ok-1":6}',
      { 'ok-1': 6 },
    ],
    ['nothing under the name of a prototype', '{"__proto__":1,"constructor":2}', { constructor: 2 }],
    ['no number that is none', '{"big":1e999,"small":-1e3}', { small: -1000 }],
    ['no text that is not JSON', 'plan=gold', {}],
    ['no JSON that is no object', '["gold"]', {}],
    ['no JSON that is null', 'null', {}],
    ['nothing when there is nothing', '', {}],
    [
      'no text longer than 1000 characters',
      `{"long":"${'x'.repeat(1001)}","fits":"${'x'.repeat(1000)}"}`,
      { fits: 'x'.repeat(1000) },
    ],
    ['no name longer than 60 characters', `{"${'n'.repeat(61)}":1,"${'n'.repeat(60)}":2}`, { ['n'.repeat(60)]: 2 }],
    ['the first 50 values', JSON.stringify(numbered(60)), numbered(50)],
    ['values as they are written, whatever the byte order mark', '\uFEFF{"city":"Zürich"}', { city: 'Zürich' }],
  ])('%s is kept', async (_what, text, kept) => {
    receiver.answer = answering(200, text);
    const id = await aCall();
    await aCaller().callBatch();
    expect((await row(id)).answer).toEqual({ ...kept, status: 200 });
  });

  test('that is longer than 64 kB the status alone is kept, and the rest is not waited for', async () => {
    receiver.answer = (_request, response) => void response.writeHead(200).write('x'.repeat(65 * 1024));
    const id = await aCall();
    await aCaller({ timeoutMs: 20_000 }).callBatch();
    expect(await row(id)).toMatchObject({ state: 'answered', because: 'answered 200', answer: { status: 200 } });
    await eventually(() => receiver.counts.open === 0);
  });

  test.each([200, 201, 202, 204, 299, 400, 401, 403, 404, 409, 410, 422, 451])(
    '%i settles the call',
    async (status) => {
      receiver.answer = answering(status, status === 204 ? '' : { error: 'no such lead' });
      const id = await aCall();
      await aCaller().callBatch();
      expect(await row(id)).toMatchObject({ state: 'answered', because: `answered ${status}`, answer: { status } });
    },
  );

  test.each([300, 301, 302, 303, 307, 308])('%i fails the call, and nobody follows where it leads', async (status) => {
    const elsewhere = await startReceiver();
    try {
      receiver.answer = answering(status, '', { location: `${elsewhere.url}/inner` });
      const id = await aCall();
      await aCaller().callBatch();
      expect(await row(id)).toMatchObject({
        state: 'failed',
        because: `answered ${status}; redirects are not followed, so the step must name the address they lead to`,
        answer: { status },
      });
      expect(receiver.counts.connections).toBe(1);
      expect(elsewhere.counts.connections).toBe(0);
    } finally {
      await elsewhere.stop();
    }
  });
});

describe('a receiver that does not take a call', () => {
  test.each([408, 425, 429, 500, 501, 502, 503, 504, 599])('by %i is asked again later', async (status) => {
    receiver.answer = answering(status);
    const id = await aCall();
    expect(await aCaller().callBatch()).toEqual({ kind: 'called', enrollments: [] });
    const waiting = await row(id);
    expect(waiting).toMatchObject({ state: 'waiting', because: `answered ${status}`, attempts: [{ at: now, status }] });
    expect(waiting.settledAt).toBeUndefined();
    expect(waiting.nextAttemptAt.getTime() - now.getTime()).toBeGreaterThanOrEqual(5 * second);
    expect(waiting.nextAttemptAt.getTime() - now.getTime()).toBeLessThanOrEqual(30 * second);
    expect(await store.calls.nextAttemptAt()).toEqual(waiting.nextAttemptAt);
    expect(await aCaller().callBatch()).toEqual({ kind: 'empty', enrollments: [] });

    receiver.answer = answering(200);
    clock.now = waiting.nextAttemptAt;
    expect((await aCaller().callBatch()).enrollments).toEqual([waiting.enrollment]);
    expect(await row(id)).toMatchObject({
      state: 'answered',
      because: 'answered 200',
      attempts: [
        { at: now, status },
        { at: waiting.nextAttemptAt, status: 200 },
      ],
    });
  });

  test.each<[string, string, number, number]>([
    ['seconds', '120', 120 * second, 120 * second],
    ['a date', 'Mon, 02 Mar 2026 09:10:00 GMT', 10 * minute, 10 * minute],
    ['more than an hour: an hour', '86400', hour, hour],
    ['a date that is past: as if it had not', 'Mon, 02 Mar 2026 08:00:00 GMT', 5 * second, 30 * second],
    ['what nobody understands: as if it had not', 'soon', 5 * second, 30 * second],
  ])('is asked again when it says; it says %s', async (_what, retryAfter, atLeast, atMost) => {
    receiver.answer = answering(429, '', { 'retry-after': retryAfter });
    const id = await aCall();
    await aCaller().callBatch();
    const pause = (await row(id)).nextAttemptAt.getTime() - now.getTime();
    expect(pause).toBeGreaterThanOrEqual(atLeast);
    expect(pause).toBeLessThanOrEqual(atMost);
  });

  test('is asked until the call is too old, at ever longer pauses, and then it has failed with the last answer', async () => {
    receiver.answer = answering(503);
    const id = await aCall({ upTo: 6 * hour });
    const times = await callUntilSettled(id);
    const failed = await row(id);
    expect(failed).toMatchObject({
      state: 'failed',
      because: 'no answer until it was too late: answered 503',
      answer: { status: 503 },
    });
    expect(times.length).toBeGreaterThan(10);
    expect(Math.max(...times)).toBeLessThan(6 * hour);
    // Its time is used to the end: no pause is longer than what is left of it, and none shorter than five seconds.
    expect(Math.max(...times)).toBeGreaterThanOrEqual(6 * hour - 5 * second);
    expect(failed.attempts).toHaveLength(times.length);
    expect((await store.enrollments.byId(failed.enrollment))?.dueAt).toEqual(clock.now);
  });

  test('leaves no more than the last 50 tries behind', async () => {
    receiver.answer = answering(503);
    const id = await aCall({ upTo: 72 * hour });
    const times = await callUntilSettled(id);
    expect(times.length).toBeGreaterThan(60);
    const { attempts } = await row(id);
    expect(attempts).toHaveLength(50);
    expect(attempts.at(-1)?.at).toEqual(clock.now);
  });

  test('is not asked for the rest of its hour when that is longer than the call lives', async () => {
    receiver.answer = answering(503, '', { 'retry-after': '3600' });
    const id = await aCall({ upTo: 10 * minute });
    await aCaller().callBatch();
    expect(await row(id)).toMatchObject({ state: 'failed', because: 'no answer until it was too late: answered 503' });
  });

  test.each<[string, string, Receiver['answer']]>([
    ['never answers', 'no answer within 0.1 seconds', () => {}],
    [
      'begins an answer and never ends it',
      'no answer within 0.1 seconds',
      (_request, response) => void response.writeHead(200).write('{'),
    ],
    ['cuts the connection', 'the connection broke off', (request) => void request.socket.destroy()],
    [
      'cuts the connection within its answer',
      'the connection broke off',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => request.socket.destroy());
      },
    ],
    [
      'speaks something else',
      'the call failed (HPE_INVALID_CONSTANT)',
      (request) => void request.socket.end('hello\r\n\r\n'),
    ],
    [
      'wants to speak something else',
      'the connection broke off',
      (request) => void request.socket.write('HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
  ])('but %s is asked again later', async (_what, because, answer) => {
    receiver.answer = answer;
    const id = await aCall();
    await aCaller({ timeoutMs: 100 }).callBatch();
    expect(await row(id)).toMatchObject({ state: 'waiting', because, attempts: [{ at: now, error: because }] });
    expect(receiver.received).toHaveLength(1);
  });

  test('as it is not there is asked again later', async () => {
    const gone = await startReceiver();
    await gone.stop();
    const [plain, secured] = [
      await aCall({ url: `${gone.url}/hook` }),
      await aCall({ url: `https://127.0.0.1:${receiver.port}/` }),
    ];
    await aCaller().callBatch();
    expect(await row(plain)).toMatchObject({ state: 'waiting', because: 'the connection was refused' });
    expect(await row(secured)).toMatchObject({
      state: 'waiting',
      because: expect.stringContaining('the call failed (E'),
    });
  });

  test('is left alone for a minute after some calls without an answer, and does not hold up the calls to others', async () => {
    const dead = await startReceiver('127.0.0.1', (request) => void request.socket.destroy());
    try {
      const silent = await Promise.all(Array.from({ length: 80 }, () => aCall({ url: `${dead.url}/hook` })));
      const other = await aCall();
      const caller = aCaller();
      await callAll(caller);
      expect(dead.received.length).toBeGreaterThanOrEqual(3);
      // Those that were on their way at the same time, and no more.
      expect(dead.received.length).toBeLessThanOrEqual(13);
      expect(await row(other)).toMatchObject({ state: 'answered' });
      const rows = await Promise.all(silent.map(row));
      const untried = rows.filter(({ attempts }) => attempts.length === 0);
      expect(untried).toHaveLength(80 - dead.received.length);
      expect(new Set(untried.map(({ state, because }) => `${state}: ${because}`))).toEqual(
        new Set([`waiting: 127.0.0.1:${dead.port} does not answer`]),
      );

      dead.answer = answering(200);
      clock.now = new Date(now.getTime() + minute);
      await callAll(caller);
      expect(new Set((await Promise.all(silent.map(row))).map(({ state }) => state))).toEqual(new Set(['answered']));
    } finally {
      await dead.stop();
    }
  });
});

describe('a caller', () => {
  test('that is killed between call and record leaves the call to the next, who makes it again under the same id', async () => {
    const id = await aCall();
    const program = ['--import', 'tsx', 'test/caller-process.ts', uri, now.toISOString()];
    const dying = spawn(process.execPath, program, { stdio: 'inherit' });
    receiver.answer = () => void dying.kill('SIGKILL');
    expect(await once(dying, 'exit')).toEqual([null, 'SIGKILL']);
    expect(receiver.received.map(idOf)).toEqual([id]);
    expect(await row(id)).toMatchObject({ state: 'waiting', attempts: [], claims: 1 });

    receiver.answer = answering(200);
    clock.now = new Date(now.getTime() + callLeaseMs - 1);
    expect((await aCaller().callBatch()).kind).toBe('empty');
    clock.now = new Date(now.getTime() + callLeaseMs);
    expect((await aCaller().callBatch()).kind).toBe('called');
    expect(receiver.received.map(idOf)).toEqual([id, id]);
    expect(await row(id)).toMatchObject({ state: 'answered', claims: 2, attempts: [{ at: clock.now, status: 200 }] });
  });

  test('that hears its answer when somebody else has made the call meanwhile changes nothing', async () => {
    const id = await aCall();
    const answers: (() => void)[] = [];
    receiver.answer = (request, response) =>
      void answers.push(() => void answering(200, { by: 'late' })(request, response));
    const slow = aCaller().callBatch();
    await eventually(() => answers.length === 1);

    clock.now = new Date(now.getTime() + callLeaseMs);
    receiver.answer = answering(200, { by: 'next' });
    const { enrollments } = await aCaller().callBatch();
    expect(enrollments).toHaveLength(1);
    for (const answer of answers) answer();
    expect((await slow).enrollments).toEqual([]);
    expect(await row(id)).toMatchObject({ answer: { by: 'next' }, attempts: [{ at: clock.now, status: 200 }] });
  });

  test('whose lease is over records nothing over the one who took the call up', async () => {
    const id = await aCall();
    const [stale] = await store.calls.claim(now, 10, 'stale');
    clock.now = new Date(now.getTime() + callLeaseMs);
    const [taken] = await store.calls.claim(clock.now, 10, 'next');
    expect([stale?.id, taken?.id]).toEqual([id, id]);
    const outcome = { state: 'failed', because: 'late', answer: {} } as const;
    expect(await store.calls.settle(id, outcome, 'stale', clock.now)).toBe(false);
    await store.calls.giveBack([id], 'stale', now);
    expect(await row(id)).toMatchObject({ state: 'waiting', claim: 'next' });
    expect(await store.calls.settle(id, { ...outcome, because: 'mine' }, 'next', clock.now)).toBe(true);
    expect(await row(id)).toMatchObject({ state: 'failed', because: 'mine' });
  });

  test('makes no call whose lease ran out while it waited for the others', async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => aCall()));
    // The machine slept while the first ten calls were on their way.
    receiver.answer = (request, response) => {
      clock.now = new Date(now.getTime() + callLeaseMs);
      return answering(200)(request, response);
    };
    await aCaller().callBatch();
    expect(receiver.received).toHaveLength(10);
    const waiting = (await Promise.all(ids.map(row))).filter(({ state }) => state === 'waiting');
    expect(waiting).toHaveLength(2);
  });

  test('that stops finishes the calls in hand and gives back the rest', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => aCall()));
    const caller = aCaller();
    receiver.answer = async (request, response) => {
      await caller.stop();
      await answering(200)(request, response);
    };
    await caller.callBatch();
    expect(receiver.received).toHaveLength(10);
    const rows = await Promise.all(ids.map(row));
    expect(rows.filter(({ state }) => state === 'answered')).toHaveLength(10);
    expect(rows.filter(({ state, nextAttemptAt }) => state === 'waiting' && nextAttemptAt <= now)).toHaveLength(20);
  });

  test('calls no private address unless the operator allows it', async () => {
    const id = await aCall();
    await aCaller({ allowPrivate: false }).callBatch();
    expect(receiver.counts.connections).toBe(0);
    expect(await row(id)).toMatchObject({
      state: 'failed',
      because: `127.0.0.1:${receiver.port} is no address of the public internet, and WEBHOOK_ALLOW_PRIVATE is off`,
      answer: {},
    });
  });

  test('keeps nothing of an address but its host, as the rest may be a secret; the receiver gets it whole', async () => {
    const gone = await startReceiver();
    await gone.stop();
    const secret = '://canary:canary@127.0.0.1:PORT/canary?token=canary';
    const urls = [
      `http${secret}`.replace('PORT', String(receiver.port)),
      `https${secret}`.replace('PORT', String(receiver.port)),
      `http${secret}`.replace('PORT', String(gone.port)),
    ];
    receiver.answer = answering(302, '', { location: '/' });
    for (const url of urls) await aCall({ url });
    await aCaller().callBatch();
    await aCaller({ allowPrivate: false }).callBatch();
    clock.now = new Date(now.getTime() + minute);
    await aCaller({ allowPrivate: false }).callBatch();
    const kept = await database.db.collection('calls').find().toArray();
    expect(kept.map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(JSON.stringify(kept)).not.toContain('canary');
    expect(receiver.received).toMatchObject([
      { path: '/canary?token=canary', headers: { authorization: `Basic ${btoa('canary:canary')}` } },
    ]);
  });
});

type InShort = {
  readonly url?: string;
  readonly body?: object;
  readonly lead?: { readonly firstName?: string; readonly attributes?: Lead['attributes']; readonly tags?: string[] };
  /** Milliseconds. */
  readonly upTo?: number;
};

/** A call that is due now, of a run that waits for it. */
async function aCall({
  url = `${receiver.url}/hook`,
  body,
  lead: about,
  upTo = 6 * hour,
}: InShort = {}): Promise<string> {
  const step = { id: 'crm', webhook: { url, ...(body ? { body } : {}) } };
  const written = { name: 'Welcome', steps: [step] };
  const program = aProgram(written);
  const project = { ...aProject({ programs: [program] }), sources: new Map([[program.name, written]]) };
  await store.revisions.deploy(project, now);
  const email = `${randomUUID()}@example.org`;
  const { lead } = await store.leads.upsert({ email, emailKey: email, ...about }, randomUUID(), 'test', now);
  const run = anEnrollment(program, { id: randomUUID(), lead: lead.id, dueAt: at('2026-04-01T00:00Z') });
  await store.enrollments.start(run);
  const id = idFrom('call', run.id, 'crm');
  const { sequence, revision } = run;
  const expiresAt = new Date(now.getTime() + upTo);
  const plan = { id, enrollment: run.id, lead: lead.id, sequence, revision, step: 'crm', plannedAt: now, expiresAt };
  await store.calls.plan([plan]);
  return id;
}

function setting(changes: Partial<CallerSetting> = {}): CallerSetting {
  return {
    now: () => clock.now,
    newId: randomUUID,
    project: () => aProject(),
    scoreOf: () => 7,
    key,
    allowPrivate: true,
    timeoutMs: 5000,
    ...changes,
  };
}

function aCaller(changes: Partial<CallerSetting> = {}) {
  return openCaller(store, setting(changes));
}

async function openStoreOn({ db }: Database): Promise<CallerStore> {
  return {
    leads: await openLeads(db),
    enrollments: await openEnrollments(db),
    revisions: await openRevisions(db),
    calls: await openCalls(db),
  };
}

async function callAll(caller: ReturnType<typeof openCaller>): Promise<void> {
  while ((await caller.callBatch()).kind === 'called');
}

/** Tries a call whenever it is due, until it is settled. Answers when that was, in milliseconds from the first. */
async function callUntilSettled(id: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let next: Date | undefined = now; next; next = await store.calls.nextAttemptAt()) {
    clock.now = next;
    await aCaller().callBatch();
    times.push(next.getTime() - now.getTime());
  }
  expect((await row(id)).state).not.toBe('waiting');
  return times;
}

async function row(id: string) {
  const call = await store.calls.byId(id);
  if (!call) throw new Error(`there is no call ${id}`);
  return call;
}

function idOf({ headers }: ReceivedCall): string {
  return String(headers['webhook-id']);
}

function numbered(count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, i]));
}

/** Verifies a call as the standard tells receivers to, with nothing of ours. */
async function isVerified({ headers, body }: Pick<ReceivedCall, 'headers' | 'body'>, secret: string): Promise<boolean> {
  const raw = Uint8Array.from(atob(secret.slice('whsec_'.length)), (character) => character.charCodeAt(0));
  const hmac = await webcrypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const [version, signature = ''] = String(headers['webhook-signature']).split(',');
  const given = Uint8Array.from(atob(signature), (character) => character.charCodeAt(0));
  const signed = new TextEncoder().encode(
    `${idOf({ headers, body, path: '', method: '' })}.${String(headers['webhook-timestamp'])}.${body}`,
  );
  return version === 'v1' && (await webcrypto.subtle.verify('HMAC', hmac, given, signed));
}
