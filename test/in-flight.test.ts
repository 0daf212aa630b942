import { tellStory } from '../src/lead/story.js';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { recordEvent, runDueSteps } from '../src/engine.js';
import { advance } from '../src/journey/advance.js';
import { inForce } from '../src/journey/in-flight.js';
import { captureLead } from '../src/lead/capture.js';
import { LeadBody } from '../src/api/lead-body.js';
import { fateOf, isSameStep } from '../src/sequence/in-flight.js';
import type { InFlight } from '../src/sequence/program.js';
import { anEnrollment, aProgram, at } from './builders.js';
import { aProjectFolder, aSequenceFile, eventually, startTestRivulet, testDatabase, giveBack } from './support.js';

type Steps = readonly object[];

const opened: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** A mail whose subject is its id in capitals; "New" stands before it in an edited file. */
const mail = (id: string, prefix = ''): object => ({ id, send: 'hello', subject: `${prefix}${id.toUpperCase()}` });
const edited = (id: string): object => mail(id, 'New ');
const pause = (length: string, id = 'pause'): object => ({ id, wait: length });

/** Mail, three days, mail, a day, mail: everybody begins on Monday 2 March at 09:00. */
const before: Steps = [mail('a'), pause('3 days'), mail('b'), pause('1 day', 'later'), mail('c')];
/** What it brings where nothing is edited. */
const asBefore = ['A 03-02 09:00', 'B 03-05 09:00', 'C 03-06 09:00'];

const gold = { tag: 'gold' };
const branch = (condition: object, way: (id: string) => object): Steps => [
  mail('a'),
  pause('3 days'),
  { id: 'ask', if: condition, then: [way('then')], else: [way('else')] },
];
const split = (a: number, b: number, way: (id: string) => object): Steps => [
  mail('a'),
  pause('3 days'),
  { id: 'test', split: { a: { weight: a, steps: [way('left')] }, b: { weight: b, steps: [way('right')] } } },
];

describe('an edit while a lead has stood for two days at a wait of three', () => {
  const rows: readonly {
    edit: string;
    from?: Steps;
    to: Steps;
    stays?: readonly string[];
    moves: readonly string[];
  }[] = [
    {
      edit: 'that lengthens the wait',
      to: [edited('a'), pause('5 days'), edited('b'), pause('1 day', 'later'), edited('c')],
      moves: ['A 03-02 09:00', 'New B 03-07 09:00', 'New C 03-08 09:00'],
    },
    {
      edit: 'that shortens the wait to what has passed already',
      to: [edited('a'), pause('1 day'), edited('b'), pause('1 day', 'later'), edited('c')],
      moves: ['A 03-02 09:00', 'New B 03-04 09:00', 'New C 03-05 09:00'],
    },
    {
      edit: 'that makes it a wait until a moment',
      to: [
        edited('a'),
        { id: 'pause', wait: { until: 'friday 10:00' } },
        edited('b'),
        pause('1 day', 'later'),
        edited('c'),
      ],
      moves: ['A 03-02 09:00', 'New B 03-06 10:00', 'New C 03-07 10:00'],
    },
    {
      edit: 'that removes the wait',
      to: [edited('a'), edited('b'), pause('1 day', 'later'), edited('c')],
      moves: ['A 03-02 09:00', 'B 03-05 09:00', 'New C 03-06 09:00'],
    },
    {
      edit: 'that inserts steps before it',
      to: [
        edited('a'),
        edited('x'),
        pause('9 days', 'early'),
        pause('3 days'),
        edited('b'),
        pause('1 day', 'later'),
        edited('c'),
      ],
      moves: ['A 03-02 09:00', 'New B 03-05 09:00', 'New C 03-06 09:00'],
    },
    {
      edit: 'that inserts steps after it',
      to: [
        edited('a'),
        pause('3 days'),
        edited('x'),
        pause('2 days', 'more'),
        edited('b'),
        pause('1 day', 'later'),
        edited('c'),
      ],
      moves: ['A 03-02 09:00', 'New X 03-05 09:00', 'New B 03-07 09:00', 'New C 03-08 09:00'],
    },
    {
      edit: 'that asks another condition later',
      from: branch(gold, mail),
      to: branch({ not: gold }, edited),
      stays: ['A 03-02 09:00', 'ELSE 03-05 09:00'],
      moves: ['A 03-02 09:00', 'New THEN 03-05 09:00'],
    },
    {
      edit: 'that changes the weights of a split',
      from: split(1, 0, mail),
      to: split(0, 1, edited),
      stays: ['A 03-02 09:00', 'LEFT 03-05 09:00'],
      moves: ['A 03-02 09:00', 'New RIGHT 03-05 09:00'],
    },
  ];
  const policies: readonly InFlight[] = ['pin', 'migrate', 'drain'];
  const table = rows.flatMap(({ edit, from = before, to, stays = asBefore, moves }) =>
    policies.map((inFlight) => ({ edit, inFlight, from, to, gets: inFlight === 'migrate' ? moves : stays })),
  );

  test.each(table)('$edit: $inFlight', async ({ inFlight, from, to, gets }) => {
    const old = await aRivulet(from);
    await old.add('ada@example.com');
    await old.rivulet.playUntil(new Date('2026-03-04T09:00:00Z'));

    const { rivulet, mailsTo } = await old.edit(to, { inFlight });
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(gets);
    expect(rivulet.faults).toEqual([]);
  });

  test.each([
    ['pin', 1],
    ['migrate', 1],
    ['drain', 0],
  ] as const)('lets others in afterwards, unless it drains: %s', async (inFlight, mails) => {
    const old = await aRivulet(before);
    const { add, mailsTo } = await old.edit([edited('a')], { inFlight });
    await add('late@example.com');
    expect((await mailsTo('late@example.com')).length).toBe(mails);
  });

  test('that takes the whole file away lets it finish', async () => {
    const old = await aRivulet(before);
    await old.add('ada@example.com');
    const { rivulet, add, mailsTo } = await old.edit(undefined);
    await add('late@example.com');
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(asBefore);
    expect(await mailsTo('late@example.com')).toEqual([]);
  });

  test('saved under a running Rivulet moves it at once, if the new wait is over', async () => {
    const { rivulet, folder, add, mailsTo } = await aRivulet(before);
    const watch = await rivulet.watch();
    opened.push(watch.stop);
    await add('ada@example.com');
    await rivulet.playUntil(new Date('2026-03-04T09:00:00Z'));
    await writeFile(
      join(folder, 'sequences/hello.json'),
      hello([mail('a'), pause('1 day'), edited('b')], { inFlight: 'migrate' }),
    );
    await eventually(() => rivulet.said.length > 0);
    await rivulet.dispatcher.wake();
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'New B 03-04 09:00']);
  });

  test('saved while its run is being decided has it looked at once more', async () => {
    const { rivulet, folder, capture, mailsTo } = await aRivulet(before);
    const watch = await rivulet.watch();
    opened.push(watch.stop);
    const lead = await capture('ada@example.com');
    await rivulet.dispatcher.wake();
    await rivulet.store.enrollments.wake(
      (await rivulet.store.enrollments.ofLead(lead)).map(({ id }) => id),
      rivulet.clock.now,
    );
    const [due] = await rivulet.engine.gather(await rivulet.engine.due(1, 0));
    if (!due) throw new Error('nothing was due');
    const { enrollment } = advance(due.program, due.enrollment, due.facts, rivulet.clock.now);
    await writeFile(
      join(folder, 'sequences/hello.json'),
      hello([mail('a'), pause('1 hour'), edited('b')], { inFlight: 'migrate' }),
    );
    await eventually(() => rivulet.said.length > 0);
    await rivulet.engine.save([{ from: due.enrollment, to: enrollment }]);
    await rivulet.playUntil(new Date('2026-03-03T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'New B 03-02 10:00']);
  });

  test('stands in the history of a lead that goes on in it, once', async () => {
    const old = await aRivulet(before);
    const lead = await old.add('ada@example.com');
    const { rivulet } = await old.edit([mail('a'), pause('5 days'), edited('b')], { inFlight: 'migrate' });
    await rivulet.playUntil(new Date('2026-03-06T09:00:00Z'));
    const [run] = await rivulet.store.enrollments.ofLead(lead);
    expect(run?.history.filter(({ did }) => did === 'went on in the edited sequence')).toEqual([
      {
        at: new Date('2026-03-02T09:00:00Z'),
        step: 'pause',
        did: 'went on in the edited sequence',
        because: 'it takes everybody along',
      },
    ]);
  });
});

describe('an edit that takes everybody along', () => {
  const migrate = { inFlight: 'migrate' };

  test('leaves a mail on its way as it was planned, and sends it once', async () => {
    const old = await aRivulet([mail('a'), pause('1 day'), mail('b')]);
    await old.capture('ada@example.com');
    await runDueSteps(old.rivulet.engine, { limit: 10 });
    const { rivulet, mailsTo } = await old.edit([edited('a'), pause('2 days'), edited('b')], migrate);
    await rivulet.playUntil(new Date('2026-03-10T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'New B 03-04 09:00']);
  });

  test('gives a mail that still waits for its window the new subject and the new window', async () => {
    const tuesdays = { window: { days: 'tue', timezone: 'UTC' } };
    const fridays = { window: { days: 'fri', timezone: 'UTC' } };
    const old = await aRivulet([{ ...mail('a'), ...tuesdays }]);
    await old.add('ada@example.com');
    const { rivulet, mailsTo } = await old.edit([{ ...edited('a'), ...fridays }], migrate);
    await rivulet.playUntil(new Date('2026-03-10T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['New A 03-06 00:00']);
  });

  test.each([
    ['that holds already ends the waiting at once', { not: gold }, '5 days', 'New THEN 03-04 09:00'],
    ['in a time that is over ends the waiting at once', gold, '1 day', 'New ELSE 03-04 09:00'],
    ['for longer goes on waiting', gold, '6 days', 'New ELSE 03-08 09:00'],
  ])('waiting now for a condition %s', async (_, waitFor, upTo, gets) => {
    const awaiting = (condition: object, length: string, way: (id: string) => object): Steps => [
      { id: 'sign', waitFor: condition, upTo: length, then: [way('then')], else: [way('else')] },
    ];
    const old = await aRivulet(awaiting(gold, '5 days', mail));
    await old.add('ada@example.com');
    await old.rivulet.playUntil(new Date('2026-03-04T09:00:00Z'));
    const { rivulet, mailsTo } = await old.edit(awaiting(waitFor, upTo, edited), migrate);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual([gets]);
  });

  test('without the way of a split that a lead is on lets it finish that way, and come over behind it', async () => {
    const ways = { a: { weight: 0, steps: [mail('left')] }, b: { steps: [pause('3 days', 'inside'), mail('right')] } };
    const old = await aRivulet([{ id: 'test', split: ways }, pause('1 day'), mail('z')]);
    await old.add('ada@example.com');
    const others = { a: { steps: [edited('left')] }, c: { steps: [edited('other')] } };
    const { rivulet, mailsTo } = await old.edit([{ id: 'test', split: others }, pause('2 days'), edited('z')], migrate);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['RIGHT 03-05 09:00', 'New Z 03-07 09:00']);
  });

  test('from steps without ids brings leads over at the next mail', async () => {
    const old = await aRivulet([mail('a'), { wait: '3 days' }, mail('b'), { wait: '1 day' }, mail('c')]);
    await old.add('ada@example.com');
    const after = [edited('a'), pause('9 days'), edited('b'), pause('2 days', 'later'), edited('c')];
    const { rivulet, mailsTo } = await old.edit(after, migrate);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'B 03-05 09:00', 'New C 03-07 09:00']);
  });

  test.each([
    ['a wait that is a mail now sends nothing before its time', pause('3 days', 'x'), edited('x'), ['B 03-05 09:00']],
    [
      'a wait that is a webhook now calls nobody',
      pause('3 days', 'x'),
      { id: 'x', webhook: { url: 'https://crm.example.com/hook' } },
      ['B 03-05 09:00'],
    ],
  ])('does not take a step of another kind for the same: %s', async (_, was, is, gets) => {
    const old = await aRivulet([was, mail('b')]);
    await old.add('ada@example.com');
    const { rivulet, mailsTo } = await old.edit([is, edited('b')], migrate);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(gets);
  });

  test('leads them out by a new rule for leaving', async () => {
    const old = await aRivulet(before);
    const lead = await old.add('ada@example.com');
    const { rivulet, mailsTo } = await old.edit(before, { ...migrate, exit: { if: { not: gold } } });
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00']);
    expect((await rivulet.store.enrollments.ofLead(lead))[0]).toMatchObject({
      status: 'ended',
      endedAt: new Date('2026-03-02T09:00:00Z'),
    });
  });

  test('does a step without an id, though another one in its place was done already', async () => {
    const points = (score: number): object => ({ score, why: 'came this far' });
    const old = await aRivulet([{ tag: 'new' }, points(1), pause('1 day')]);
    const lead = await old.add('ada@example.com');
    const { rivulet } = await old.edit([pause('1 day'), points(20)], migrate);
    await rivulet.playUntil(new Date('2026-03-04T09:00:00Z'));
    const moved = await rivulet.store.leads.byId(lead);
    expect(moved?.entries.map(({ points: given }) => given)).toEqual([1, 20]);
  });

  test('is foretold: what comes next is what then happens', async () => {
    const old = await aRivulet(before);
    const lead = await old.add('ada@example.com');
    const { rivulet, mailsTo } = await old.edit(
      [edited('a'), edited('b'), pause('2 days', 'later'), edited('c')],
      migrate,
    );
    const story = await tellStory(lead, rivulet.store, rivulet.engine, rivulet.project());
    const next = (story?.next ?? []).filter(({ kind }) => kind === 'mail');
    expect(next.map((moment) => `${moment.what} ${moment.at.toISOString().slice(5, 10)}`)).toEqual([
      'B 03-05',
      'New C 03-07',
    ]);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'B 03-05 09:00', 'New C 03-07 09:00']);
  });

  test('frees leads whose own revision can no longer be read', async () => {
    const old = await aRivulet(before);
    await old.add('ada@example.com');
    await old.rivulet.store.db
      .collection('sequences')
      .updateMany({}, { $set: { source: '{ "steps": "of another age" }' } });
    const { rivulet, mailsTo } = await old.edit([edited('a'), pause('1 day'), edited('b')], migrate);
    await rivulet.playUntil(new Date('2026-03-20T09:00:00Z'));
    expect(await mailsTo('ada@example.com')).toEqual(['A 03-02 09:00', 'New B 03-03 09:00']);
  });

  test('counts for what happens to a lead before its run is looked at', async () => {
    const old = await aRivulet(before);
    const lead = await old.add('ada@example.com');
    const { rivulet } = await old.edit(before, { ...migrate, exit: { on: 'order.paid' } });
    const event = { id: 'paid', type: 'order.paid', lead, at: rivulet.clock.now, source: 'test', machine: false };
    await recordEvent(event, rivulet.engine);
    expect((await rivulet.store.enrollments.ofLead(lead))[0]?.endedBecause).toBe('order.paid');
  });
});

describe('what becomes of a lead at a step', () => {
  const old = aProgram({
    steps: [
      mail('a'),
      { wait: '1 day' },
      pause('1 day'),
      { if: gold, then: [mail('x')], else: [mail('y')] },
      mail('z'),
    ],
  });
  const to = (inFlight: InFlight, steps: Steps = [mail('x'), mail('y'), mail('z')]) => aProgram({ steps, inFlight });

  test.each([
    ['pinned, it finishes', 'pause', old, to('pin'), { kind: 'finish' }],
    ['drained, it finishes', 'pause', old, to('drain'), { kind: 'finish' }],
    ['its sequence gone, it finishes', 'pause', old, undefined, { kind: 'finish' }],
    ['at a step that is in both, it goes on', 'z', old, to('migrate'), { kind: 'go-on' }],
    [
      'at one that is gone, it comes over on each way ahead',
      'pause',
      old,
      to('migrate'),
      { kind: 'come-over', at: ['x', 'y'] },
    ],
    ['with nothing ahead that is in both, it finishes', 'pause', old, to('migrate', [mail('a')]), { kind: 'finish' }],
    [
      'at one named by its place, it comes over later',
      '2',
      old,
      to('migrate', [mail('n'), { tag: 'n' }, mail('z')]),
      { kind: 'come-over', at: ['z'] },
    ],
    ['its revision unreadable, it stands still', 'pause', undefined, to('pin'), { kind: 'stand-still' }],
    ['its revision unreadable, it goes on where its step has a name', 'z', undefined, to('migrate'), { kind: 'go-on' }],
    ['its revision unreadable, a place is no name', '2', undefined, to('migrate'), { kind: 'stand-still' }],
  ] as const)('%s', (_, step, from, next, fate) => {
    expect(fateOf(step, from, next)).toEqual(fate);
  });

  test.each([
    ['a wait that waits for a moment now', pause('1 day', 's'), { id: 's', wait: { until: '10:00' } }, true],
    ['a wait that is a mail now', pause('1 day', 's'), mail('s'), false],
    ['a mail that is a pick now', mail('s'), { id: 's', pick: [{ send: 'hello', subject: 'S' }] }, false],
    ['a mail with another subject', mail('s'), edited('s'), true],
  ])('%s: is it the same step?', (_, was, is, isSame) => {
    const [a, b] = [aProgram({ steps: [was] }), aProgram({ steps: [is] })];
    expect(isSameStep(a.steps.get('s'), b.steps.get('s'))).toBe(isSame);
  });
});

describe('the revision a run goes on in', () => {
  const older = aProgram({ steps: [pause('3 days'), mail('b')] });
  const newer = aProgram({ steps: [pause('9 days'), mail('b')], inFlight: 'migrate' });
  const now = at('2026-03-04T09:00Z');

  test('is the current one, and its history says since when', () => {
    const run = anEnrollment(older);
    const entry = {
      at: now,
      step: 'pause',
      did: 'went on in the edited sequence',
      because: 'it takes everybody along',
    };
    const moved = { ...run, revision: newer.revision, history: [entry] };
    expect(inForce(run, older, newer, now)).toEqual({ enrollment: moved, program: newer });
  });

  test.each([
    ['its own where that is the current one', anEnrollment(newer), newer, newer],
    ['its own where the sequence is gone', anEnrollment(older), older, undefined],
    ['its own past the last step', anEnrollment(older, { step: null }), older, newer],
    ['none where it cannot be read and nobody is taken along', anEnrollment(older), undefined, aProgram()],
  ])('is %s', (_, run, own, current) => {
    expect(inForce(run, own, current, now)).toEqual({ enrollment: run, program: own });
  });
});

function hello(steps: Steps, header: object = {}): string {
  return aSequenceFile(steps, { enroll: { on: 'lead.created' }, ...header });
}

/** A Rivulet on one sequence, and what comes of another one in its place on the same database. */
async function aRivulet(steps: Steps | undefined, header: object = {}, on?: string, from = '2026-03-02T09:00:00Z') {
  const uri = on ?? testDatabase();
  if (!on) opened.push(() => giveBack(uri));
  const text = steps
    ? hello(steps, header)
    : aSequenceFile([{ send: 'hello', subject: 'Other' }], { enroll: { on: 'order.paid' } });
  const folder = await aProjectFolder({
    [`sequences/${steps ? 'hello' : 'other'}.json`]: text,
    ...(steps ? {} : { 'sequences/hello.json': undefined }),
  });
  opened.push(() => rm(folder, { recursive: true, force: true }));
  const settings = { PROJECT_DIR: folder, MONGODB_URI: uri, SIGNING_SECRET: 'the same secret for both of these runs' };
  const rivulet = await startTestRivulet(settings, from);
  opened.push(rivulet.close);
  const { store, engine, dispatcher, newId } = rivulet;

  const capture = async (email: string): Promise<string> =>
    (await captureLead(LeadBody.parse({ email }), 'test', store, engine, newId)).lead.id;
  const add = async (email: string): Promise<string> => {
    const id = await capture(email);
    await dispatcher.wake();
    return id;
  };
  /** Its mails from the first, as "SUBJECT 03-02 09:00". */
  const mailsTo = async (address: string): Promise<readonly string[]> => {
    const { items } = await store.mailbox.page(200, undefined, address);
    return items.toReversed().map((kept) => `${kept.subject} ${kept.at.toISOString().slice(5, 16).replace('T', ' ')}`);
  };
  /** The next deployment, with this file in the place of the old one. */
  const edit = (next: Steps | undefined, rest: object = {}) =>
    aRivulet(next, rest, uri, rivulet.clock.now.toISOString());
  return { rivulet, folder, uri, capture, add, mailsTo, edit };
}
