import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Db } from 'mongodb';
import { auditText } from '../src/cli/audit.js';
import { idFrom } from '../src/event/id.js';
import { captureLead } from '../src/lead/capture.js';
import { type Audit, auditLedger } from '../src/store/audit.js';
import { type AuditRule, auditRules } from '../src/store/audit-rules.js';
import { anEnrollment, aProgram } from './builders.js';
import { aProjectFolder, aSequenceFile, startTestRivulet, type TestRivulet } from './support.js';

/** The instant at which the ledger is audited. What happened, happened at noon. */
const now = new Date('2026-03-02T13:00:00Z');
const noon = new Date('2026-03-02T12:00:00Z');
const later = new Date('2026-03-02T14:00:00Z');
const lateMs = 10 * 60_000;
const program = aProgram();
/** What makes a mail one that waits. */
const waiting = { state: 'queued', attempts: [], nextAttemptAt: later, settledAt: undefined };

let rivulet: TestRivulet;
let db: Db;
beforeAll(async () => {
  const steps = [
    { send: 'hello', subject: 'Hello' },
    { wait: '2 days' },
    { send: 'hello', id: 'again', subject: 'Hello again' },
  ];
  rivulet = await startTestRivulet({
    PROJECT_DIR: await aProjectFolder({
      'sequences/hello.json': aSequenceFile(steps, { enroll: { on: 'lead.created' } }),
    }),
  });
  db = rivulet.store.db;
});
afterAll(() => rivulet.close());
beforeEach(async () => {
  for (const name of ['leads', 'enrollments', 'messages', 'calls', 'events', 'pauses'])
    await db.collection(name).deleteMany({});
});

const auditNow = (at = now): Promise<Audit> => auditLedger(db, { now: at, lateMs });
const rulesOf = ({ findings }: Audit): readonly AuditRule[] => findings.map(({ rule }) => rule);

describe('a ledger that Rivulet wrote', () => {
  test.each(['while the run waits', 'after its end'])('has nothing wrong in it %s', async (when) => {
    for (const email of ['ada@example.org', 'grace@example.org']) await addLead(email);
    await rivulet.playUntil(new Date(rivulet.clock.now.getTime() + (when === 'after its end' ? 3 : 1) * 86_400_000));
    const audit = await auditNow(rivulet.clock.now);
    expect(audit.findings).toEqual([]);
    expect(audit.checked).toMatchObject({ enrollments: 2, messages: when === 'after its end' ? 4 : 2, calls: 0 });
  });

  test('is late once nobody has worked on it for longer than is let pass', async () => {
    await addLead('ada@example.org');
    expect(rulesOf(await auditNow(rivulet.clock.now))).toEqual([]);
    expect(rulesOf(await auditNow(new Date(rivulet.clock.now.getTime() + lateMs + 1)))).toContain('late');
  });
});

describe('a ledger of one good run', () => {
  test('is right, and every rule below breaks it in one place', async () => {
    await aGoodLedger();
    expect(await auditNow()).toEqual({ checked: { enrollments: 1, messages: 1, calls: 1, events: 1 }, findings: [] });
  });
});

type Change = Readonly<Record<string, unknown>>;
type Row = Change & { readonly _id: string };
/** Which rows break which rules. The run stands at a wait beyond the mail and the call, which both ended at noon. */
const breakages: readonly {
  what: string;
  finds: readonly AuditRule[];
  message?: Change;
  call?: Change;
  run?: Change;
  event?: Change;
}[] = [
  { what: 'a mail whose id is not that of its step', finds: ['foreign-id'], message: { step: 'another' } },
  { what: 'a call whose id is not that of its step', finds: ['foreign-id'], call: { step: 'another' } },
  { what: 'a mail accepted twice', finds: ['sent-twice'], message: { attempts: tries('accepted', 'accepted') } },
  {
    what: 'a mail accepted after it was uncertain',
    finds: ['sent-twice'],
    message: { attempts: tries('uncertain', 'accepted') },
  },
  {
    what: 'a mail tried after it was accepted',
    finds: ['sent-twice'],
    message: { attempts: tries('accepted', 'deferred') },
  },
  {
    what: 'a mail accepted that is queued again',
    finds: ['may-repeat'],
    message: { ...waiting, attempts: tries('accepted') },
  },
  {
    what: 'an uncertain mail that is claimed',
    finds: ['may-repeat'],
    message: { ...claimed(later), attempts: tries('uncertain') },
  },
  { what: 'a mail of no run', finds: ['no-run'], message: inRun('gone', 'message') },
  { what: 'a call of no run', finds: ['no-run'], call: inRun('gone', 'call') },
  { what: 'a mail that ended nobody knows when', finds: ['no-end-time'], message: { settledAt: undefined } },
  { what: 'a call that ended nobody knows when', finds: ['no-end-time'], call: { settledAt: null } },
  { what: 'a run that stands at a mail which has ended', finds: ['run-stuck'], run: { step: 'hello' } },
  { what: 'a run that stands at a call which has ended', finds: ['run-stuck'], run: { step: 'tell' } },
  { what: 'a mail claimed by the dead', finds: ['claim-stuck'], message: claimed(noon) },
  { what: 'a mail claimed without end', finds: ['claim-stuck'], message: claimed(undefined) },
  { what: 'a mail being sent by the dead', finds: ['sending-stuck'], message: { ...claimed(noon), state: 'sending' } },
  {
    what: 'a mail being sent without end',
    finds: ['sending-stuck'],
    message: { ...claimed(undefined), state: 'sending' },
  },
  { what: 'a mail too old to go', finds: ['open-too-old'], message: { ...waiting, expiresAt: noon } },
  {
    what: 'a deferred mail too old to go',
    finds: ['open-too-old'],
    message: { ...waiting, state: 'deferred', expiresAt: noon },
  },
  { what: 'a call too old to be made', finds: ['open-too-old'], call: { state: 'waiting', expiresAt: noon } },
  { what: 'a mail that nobody tries', finds: ['late'], message: { ...waiting, nextAttemptAt: noon } },
  { what: 'a call that nobody makes', finds: ['late'], call: { state: 'waiting', nextAttemptAt: noon } },
  { what: 'a run that nobody looks at', finds: ['late'], run: { dueAt: noon } },
  { what: 'an active run that is never due', finds: ['never-due'], run: { dueAt: null } },
  { what: 'an active run without a due time', finds: ['never-due'], run: { dueAt: undefined } },
  { what: 'a run of a lead that is gone', finds: ['no-lead'], run: { lead: 'gone' } },
  { what: 'a run in a revision that is gone', finds: ['no-revision'], run: { revision: 'gone' } },
  { what: 'an active run whose events were not recorded', finds: ['raised-left'], run: { raised: [{ at: noon }] } },
  {
    what: 'an ended run whose events were not recorded',
    finds: ['raised-left'],
    run: { status: 'ended', dueAt: null, raised: [{ at: noon }] },
  },
  { what: 'an event that was not taken to its end', finds: ['event-left'], event: { applied: false } },
  { what: 'a mail in a state that there is not', finds: ['unreadable'], message: { state: 'lost' } },
  { what: 'a call without a time', finds: ['unreadable'], call: { nextAttemptAt: 'soon' } },
  { what: 'a run neither active nor ended', finds: ['unreadable'], run: { status: 'paused' } },
  { what: 'an active run without a lead', finds: ['unreadable'], run: { lead: null } },
];

describe('an audit finds', () => {
  test.each(breakages)('$what', async ({ finds, ...change }) => {
    await aGoodLedger(change);
    expect(rulesOf(await auditNow())).toEqual(finds);
  });

  test('two runs of one lead through one sequence', async () => {
    await db.collection('enrollments').dropIndex('one_active_run_a_key');
    await aGoodLedger();
    await db.collection<Row>('enrollments').insertOne(aRun({ _id: 'second' }));
    expect((await auditNow()).findings).toMatchObject([{ rule: 'two-runs', count: 1 }]);
  });

  test('every rule that there is', () => {
    const tried = new Set([...breakages.flatMap(({ finds }) => finds), 'two-runs']);
    expect(Object.keys(auditRules).filter((rule) => !tried.has(rule))).toEqual([]);
  });
});

describe('an audit lets pass', () => {
  const almost = (ms: number): Date => new Date(now.getTime() - ms);
  test.each<{ what: string; message?: Change; call?: Change; run?: Change; event?: Change }>([
    { what: 'one run a key for the same lead', run: { key: 'order 1' } },
    {
      what: 'a mail that waits for its next attempt',
      message: { ...waiting, state: 'deferred', attempts: tries('deferred') },
    },
    { what: 'a mail accepted after it was deferred', message: { attempts: tries('deferred', 'deferred', 'accepted') } },
    { what: 'a mail whose claim ended just now', message: claimed(almost(lateMs - 1)) },
    {
      what: 'a mail whose server may still answer',
      message: { ...claimed(almost(lateMs + 14 * 60_000)), state: 'sending' },
    },
    { what: 'a run that is due', run: { dueAt: almost(lateMs - 1) } },
    {
      what: 'a run that has not gone on yet',
      run: { step: 'hello' },
      message: { settledAt: almost(lateMs + 14 * 60_000) },
    },
    { what: 'a run that has ended at a mail', run: { step: 'hello', status: 'ended', dueAt: null } },
    { what: 'an event that came just now', event: { applied: false, receivedAt: almost(lateMs - 1) } },
  ])('$what', async (change) => {
    await aGoodLedger(change);
    expect((await auditNow()).findings).toEqual([]);
  });
});

describe('a pause excuses that nothing goes on', () => {
  const late = {
    message: { ...waiting, nextAttemptAt: noon },
    call: { state: 'waiting', expiresAt: noon },
    run: { dueAt: noon },
  };
  test.each([
    { of: 'everything', leaves: [] },
    { of: `sequence:${program.name}`, leaves: [] },
    { of: 'transport:main', leaves: ['late', 'open-too-old'] },
    { of: 'sequence:another', leaves: ['late', 'open-too-old'] },
  ])('of $of', async ({ of, leaves }) => {
    await aGoodLedger(late);
    await db.collection<Row>('pauses').insertOne({ _id: of });
    expect(rulesOf(await auditNow())).toEqual(leaves);
  });

  test('and nothing else', async () => {
    await aGoodLedger({ message: { attempts: tries('accepted', 'accepted') } });
    await db.collection<Row>('pauses').insertOne({ _id: 'everything' });
    expect(rulesOf(await auditNow())).toEqual(['sent-twice']);
  });
});

test('of many rows all are counted, and the first are told', async () => {
  await aGoodLedger();
  const rows = Array.from({ length: 2500 }, (_, i) => aMessage({ _id: `made by hand ${i}` }));
  await db.collection<Row>('messages').insertMany(rows);
  const { checked, findings } = await auditNow();
  expect(checked.messages).toBe(2501);
  expect(findings).toMatchObject([{ rule: 'foreign-id', count: 2500 }]);
  expect(findings[0]?.rows).toHaveLength(100);
});

describe('what is printed', () => {
  test('says in one line that all is well', async () => {
    await aGoodLedger();
    expect(plain(auditText(await auditNow()))).toBe(
      '✔ 1 enrollment, 1 message, 1 call, 1 event: no lead got a step twice, and nothing is stuck.',
    );
  });

  test('names the rows, what they mean and what mends it, and no address', async () => {
    await aGoodLedger({ message: { attempts: tries('accepted', 'accepted'), to: 'boss@example.org' } });
    const told = plain(auditText(await auditNow()));
    expect(told).toContain(`message ${idFrom('message', 'run', 'hello')} of enrollment run, step hello`);
    expect(told).toContain(auditRules['sent-twice'].means);
    expect(told).toContain(auditRules['sent-twice'].mend);
    expect(told).toContain('1 row broken, by 1 rule.');
    expect(told).not.toContain('@');
  });
});

/** A run that got its mail and made its call at noon and waits now; what is changed of it breaks a rule. */
async function aGoodLedger({
  message = {},
  call = {},
  run = {},
  event = {},
}: Partial<Record<'message' | 'call' | 'run' | 'event', Change>> = {}) {
  const insert = (name: string, row: Row) => db.collection<Row>(name).insertOne(row, { ignoreUndefined: true });
  await insert('leads', { _id: 'ada', emailKey: randomUUID() });
  await db
    .collection<Row>('sequences')
    .updateOne({ _id: program.revision }, { $set: { name: program.name } }, { upsert: true });
  await insert('enrollments', aRun(run));
  await insert('messages', aMessage(message));
  const answered = { state: 'answered', expiresAt: later, nextAttemptAt: noon, settledAt: noon, attempts: [] };
  await insert('calls', { ...inRun('run', 'call'), step: 'tell', ...answered, ...call });
  await insert('events', { _id: 'opened', lead: 'ada', applied: true, receivedAt: noon, ...event });
}

function aRun(change: Change): Row {
  const { id, ...run } = anEnrollment(program, { id: 'run', lead: 'ada', step: 'wait', dueAt: later });
  return { _id: id, ...run, ...change };
}

function aMessage(change: Change): Row {
  const accepted = {
    state: 'accepted',
    expiresAt: later,
    nextAttemptAt: noon,
    settledAt: noon,
    attempts: tries('accepted'),
  };
  return { ...inRun('run', 'message'), ...accepted, ...change };
}

function inRun(enrollment: string, what: 'message' | 'call') {
  const step = what === 'message' ? 'hello' : 'tell';
  return { _id: idFrom(what, enrollment, step), enrollment, sequence: program.name, step };
}

function tries(...outcomes: readonly string[]) {
  return outcomes.map((outcome) => ({ at: noon, outcome, reply: 'as the server said to boss@example.org' }));
}

function claimed(leaseUntil: Date | undefined): Change {
  return { state: 'claimed', attempts: [], settledAt: undefined, leaseUntil };
}

async function addLead(email: string): Promise<void> {
  await captureLead({ email, emailKey: email }, 'form', rivulet.store, rivulet.engine, rivulet.newId);
}

function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- colours
  return text.replace(/\u001b\[\d+m/g, '');
}
