import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Enrollment } from '../src/journey/enrollment.js';
import { simulate } from '../src/simulation/simulate.js';
import { whyMail } from '../src/why/mail.js';
import type { Known, LedgerMail } from '../src/why/reason.js';
import { whySequence } from '../src/why/sequence.js';
import { turnedAway } from '../src/why/way.js';
import { anEnrollment, anEvent, aProgram, aProject, at, aWorld, facts } from './builders.js';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const program = aProgram({
  enroll: { on: 'form.submitted' },
  exit: { on: 'replied' },
  steps: [
    { id: 'first', send: 'hello', subject: 'First' },
    { wait: '2 days' },
    {
      id: 'which',
      if: { tag: 'vip' },
      then: [{ id: 'grand', send: 'hello', subject: 'Grand' }],
      else: [{ id: 'plain', send: 'hello', subject: 'Plain' }],
    },
    { id: 'maybe', send: 'hello', subject: 'Maybe', if: { tag: 'curious' } },
  ],
});
const now = at('2026-03-02T10:00Z');

/** What is known of a lead in the middle of the program, if nothing else is said. */
function known(changes: Partial<Known> = {}): Known {
  const project = aProject({ programs: [program] });
  const world = changes.world ?? aWorld();
  const next = simulate(world, project, { from: changes.now ?? now, until: at('2026-04-01T00:00Z') });
  return { now, project, world, runs: [], mails: [], events: [], pauses: [], next, ...changes };
}

/** A lead in the program: with its run, as the store would give it. */
function inIt(changes: Partial<Enrollment>, more: Partial<Known> = {}): Known {
  const enrollment = anEnrollment(program, changes);
  const isActive = enrollment.status === 'active';
  const world = aWorld({
    ...more.world,
    running: isActive ? [{ enrollment, program }] : [],
    runs: [enrollment],
  });
  return known({ ...more, world, runs: [{ enrollment, program }] });
}

const waiting: Partial<Enrollment> = {
  step: '2',
  since: at('2026-03-02T09:00Z'),
  dueAt: at('2026-03-04T09:00Z'),
  waitsFor: '2 days to pass',
  history: [{ at: at('2026-03-02T09:00Z'), step: 'first', did: 'accepted', because: '250 OK' }],
};
const ask = (of: Known, step: string) => whyMail(of, { sequence: 'welcome', step });
const no = (of: Known, step: string) => ask(of, step).reasons.filter(({ says }) => says === 'no');

function ledgerMail(changes: Partial<LedgerMail>): LedgerMail {
  return {
    enrollment: anEnrollment(program).id,
    step: 'first',
    state: 'queued',
    plannedAt: at('2026-03-02T09:00Z'),
    nextAttemptAt: at('2026-03-02T11:00Z'),
    attempts: [],
    ...changes,
  };
}

describe('of a lead that is not in the sequence', () => {
  test('nothing that starts it has happened', () => {
    expect(no(known(), 'first')).toEqual([
      { rule: 'trigger', says: 'no', why: 'form.submitted has not happened', data: { on: ['form.submitted'] } },
    ]);
    expect(ask(known(), 'first')).toMatchObject({
      verdict: 'will-not-come',
      answer: 'It does not come: form.submitted has not happened.',
    });
  });

  test.each([
    ['suppression', facts({ suppression: 'complained' }), 'the address is suppressed: complained'],
    ['consent', facts({ lead: { consent: { status: 'denied', source: 'form', at: now } } }), 'consent is denied'],
  ])('what called for it is named, and %s that forbade it', (rule, of, why) => {
    const events = [anEvent('form.submitted', { about: 'white-paper' })];
    const { reasons } = ask(known({ world: aWorld({ facts: of }), events }), 'first');
    expect(reasons).toMatchObject([
      { rule: 'trigger', says: 'yes', why: 'form.submitted white-paper calls for it', at: events[0]?.at },
      { rule, says: 'no', why },
    ]);
  });

  test('its condition is told with what it found', () => {
    const strict = aProgram({ enroll: { on: 'form.submitted', if: { 'lead.plan': 'pro' } } });
    const project = aProject({ programs: [strict] });
    const { reasons } = whyMail({ ...known(), project }, { sequence: 'welcome', step: '1' });
    expect(reasons.at(-1)).toMatchObject({ rule: 'condition', says: 'no', why: 'lead.plan is not known' });
  });

  test('whoever has been through it does not enter it again, or not yet', () => {
    const run = { status: 'ended' as const, endedAt: now, endedBecause: 'finished', step: null };
    const once = whySequence(inIt(run), 'welcome');
    expect(once).toMatchObject({
      verdict: 'over',
      answer: 'Was in it from 2026-03-02 Mon 09:00 until 2026-03-02 Mon 10:00: finished.',
    });
    expect(once?.reasons.at(-1)).toMatchObject({ rule: 'again', says: 'no' });

    const later = aProgram({ enroll: { on: 'form.submitted', again: 'after 90 days' } });
    const again = whySequence({ ...inIt(run), project: aProject({ programs: [later] }) }, 'welcome');
    expect(again?.reasons.at(-1)).toMatchObject({ rule: 'again', says: 'wait', until: at('2026-05-31T09:00Z') });
  });

  test('a sequence that nobody has is none', () => {
    expect(whySequence(known(), 'nothing')).toBeUndefined();
  });
});

describe('of a run', () => {
  test('a mail ahead comes when the simulation says, and what is waited for is named', () => {
    expect(ask(inIt(waiting), 'plain')).toMatchObject({
      verdict: 'will-come',
      at: at('2026-03-04T09:00Z'),
      answer: 'It comes 2026-03-04 Wed 09:00 if nothing else happens: stands at "2" and waits for 2 days to pass.',
    });
  });

  test('a branch ahead that leads elsewhere is told with its reason, and the other way has none', () => {
    expect(no(inIt(waiting), 'grand')).toMatchObject([
      { rule: 'way', why: 'at "which" the run took "else": has not the tag "vip"' },
    ]);
    expect(no(inIt(waiting), 'plain')).toEqual([]);
  });

  test('a branch behind it is told by its history', () => {
    const history = [
      ...(waiting.history ?? []),
      { at: at('2026-03-04T09:00Z'), step: 'which', did: 'took "then"', because: 'has the tag "vip"' },
    ];
    const run = inIt({ ...waiting, step: 'maybe', history }, { now: at('2026-03-04T10:00Z') });
    expect(no(run, 'plain')).toMatchObject([{ rule: 'way', at: at('2026-03-04T09:00Z') }]);
  });

  test('a mail whose own condition does not hold is passed over', () => {
    expect(no(inIt(waiting), 'maybe')).toMatchObject([
      { rule: 'condition', why: 'at "maybe" the run passed over: has not the tag "curious"' },
    ]);
  });

  test('that left has every mail beyond forbidden by what ended it', () => {
    const left = { at: now, step: '2', did: 'left', because: 'replied' };
    const run = inIt({
      ...waiting,
      status: 'ended',
      endedAt: now,
      endedBecause: 'replied',
      dueAt: null,
      history: [...(waiting.history ?? []), left],
    });
    expect(no(run, 'plain')).toMatchObject([{ rule: 'run', why: 'at "2" the run left: replied', at: now }]);
  });

  test('whose sequence is paused waits for that too', () => {
    const pauses = [{ of: 'sequence:welcome', since: now, because: 'the offer is wrong' }];
    expect(ask(inIt(waiting, { pauses }), 'plain').reasons).toContainEqual(
      expect.objectContaining({ rule: 'pause', says: 'wait', why: 'sequence:welcome is paused: the offer is wrong' }),
    );
  });

  test('whose revision nobody can read says so', () => {
    const [run] = inIt(waiting).runs;
    const lost = run ? [{ ...run, program: undefined }] : [];
    expect(no({ ...inIt(waiting), runs: lost }, 'plain')).toMatchObject([{ rule: 'sequence' }]);
  });
});

describe('of a mail in the ledger', () => {
  const gone = at('2026-03-02T09:01Z');
  test.each<[LedgerMail['state'], string, Partial<LedgerMail>, string, string]>([
    [
      'accepted',
      'sent',
      { settledAt: gone, transport: 'smtp', because: '250 OK' },
      'yes',
      'accepted by "smtp": 250 OK',
    ],
    ['uncertain', 'uncertain', { settledAt: gone }, 'no', 'it was handed over, and nobody heard the answer'],
    ['rejected', 'not-sent', { settledAt: gone, because: '550 5.1.1 unknown' }, 'no', 'rejected: 550 5.1.1 unknown'],
    ['failed', 'not-sent', { settledAt: gone, because: 'too late' }, 'no', 'failed: too late'],
    ['skipped', 'not-sent', { settledAt: gone, because: 'unsubscribed' }, 'no', 'skipped: unsubscribed'],
    ['queued', 'on-its-way', { because: 'room for 60 per minute' }, 'wait', 'queued: room for 60 per minute'],
    ['claimed', 'on-its-way', {}, 'wait', 'claimed'],
    ['sending', 'on-its-way', {}, 'wait', 'sending'],
    ['deferred', 'on-its-way', { because: '451 later' }, 'wait', 'deferred: 451 later'],
  ])('%s is told as %s, with what decided it', (state, verdict, changes, says, why) => {
    const answer = ask(inIt(waiting, { mails: [ledgerMail({ state, ...changes })] }), 'first');
    expect(answer.verdict).toBe(verdict);
    expect(answer.reasons.at(-1)).toMatchObject({ says, why });
    expect(answer.at).toEqual(changes.settledAt ?? at('2026-03-02T11:00Z'));
  });

  test('every attempt that a server put off is told with its answer', () => {
    const attempts = [{ at: gone, outcome: 'deferred' as const, reply: '451 4.7.1 greylisted' }];
    const mails = [ledgerMail({ state: 'accepted', settledAt: now, attempts })];
    expect(ask(inIt(waiting, { mails }), 'first').reasons).toContainEqual({
      rule: 'mail server',
      says: 'wait',
      why: 'deferred: 451 4.7.1 greylisted',
      at: gone,
    });
  });

  test('what came back of it is told, and what a machine did as a machine’s', () => {
    const { enrollment } = ledgerMail({});
    const events = [
      anEvent('opened', { enrollment, step: 'first', machine: true, source: 'mail' }),
      anEvent('bounced', { enrollment, step: 'first', why: '552 mailbox full', source: 'inbound' }),
    ];
    const mails = [ledgerMail({ state: 'accepted', settledAt: now })];
    const told = ask(inIt(waiting, { mails, events }), 'first').reasons.slice(-2);
    expect(told).toMatchObject([
      { says: 'yes', why: 'opened by a machine (told by mail)' },
      { says: 'no', why: 'bounced (told by inbound: 552 mailbox full)' },
    ]);
  });

  test('a pause of its transport holds it, that of another does not', () => {
    const pauses = [
      { of: 'transport:smtp', since: now, because: '535 login' },
      { of: 'transport:ses', since: now, because: 'policy' },
    ];
    const mails = [ledgerMail({ transport: 'smtp' })];
    const held = ask(inIt(waiting, { mails, pauses }), 'first').reasons.filter(({ rule }) => rule === 'pause');
    expect(held).toMatchObject([{ why: 'transport:smtp is paused: 535 login' }]);
  });
});

test('of decisions that all lead to a mail none is in its way', () => {
  const entries = [{ at: now, step: 'first', did: 'accepted', because: '' }];
  expect(turnedAway(program, entries, 'plain', '2')).toEqual([]);
});

describe('live', () => {
  let rivulet: HttpRivulet;
  let lead: string;
  beforeAll(async () => {
    const PROJECT_DIR = await aProjectFolder({
      'sequences/hello.json': aSequenceFile(
        [
          { id: 'hello', send: 'hello', subject: 'Hello' },
          { wait: '1 day' },
          { id: 'later', send: 'hello', subject: 'Later', window: { days: 'sat', between: ['09:00', '10:00'] } },
        ],
        { enroll: { on: 'lead.created' } },
      ),
    });
    rivulet = await startHttpRivulet({ PROJECT_DIR });
    lead = (await rivulet.welcome('ada@example.org')).id;
  });
  afterAll(() => rivulet.close());

  const why = (query: string, id = lead) => rivulet.api(`/api/leads/${id}/why?${query}`);

  test('a mail that went is told by the mail server’s answer', async () => {
    const { body } = await why('sequence=hello&step=hello');
    expect(body).toMatchObject({ verdict: 'sent', answer: 'It went 2026-03-02 Mon 09:00.' });
    expect(body.reasons.map(({ rule }: { rule: string }) => rule)).toEqual(['run', 'outbox', 'mail server']);
  });

  test('a whole sequence is told with each of its mails', async () => {
    const { body } = await why('sequence=hello');
    expect(body).toMatchObject({
      verdict: 'running',
      mails: [
        { step: 'hello', verdict: 'sent' },
        { step: 'later', verdict: 'will-come' },
      ],
    });
  });

  test('a mail held by its send window is told with when that opens', async () => {
    await rivulet.playUntil(at('2026-03-04T12:00Z'));
    const { body } = await why('sequence=hello&step=later');
    expect(body.reasons.at(-1)).toEqual({
      rule: 'send window',
      says: 'wait',
      why: 'the send window to open',
      until: '2026-03-07T09:00:00.000Z',
    });
    expect(body).toMatchObject({ verdict: 'will-come', at: '2026-03-07T09:00:00.000Z' });
  });

  test.each([
    ['sequence=hallo', 'There is no such sequence. Use one of: hello.'],
    ['sequence=hello&step=helo', 'There is no such step. Use one of: hello, later.'],
  ])('%s is answered by what there is', async (query, detail) => {
    expect(await why(query)).toMatchObject({ status: 404, body: { detail } });
  });

  test('of nobody is not found, and of nothing is a bad question', async () => {
    expect((await why('sequence=hello', 'nobody')).status).toBe(404);
    expect((await why('')).status).toBe(422);
    expect((await why('sequence=hello&step=')).status).toBe(422);
  });
});
