import { describe, expect, test } from '@jest/globals';
import { compile, type CompileFault } from '../src/sequence/compile.js';
import { conditionsOf, groupedIn, type Program, type ProgramStep, waysFrom } from '../src/sequence/program.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';
import { aCondition } from './builders.js';

type Written = Readonly<Record<string, unknown>>;

function compiled(file: Written) {
  return compile('welcome', SequenceFile.parse({ name: 'Welcome', ...file }), 'r1');
}

function programOf(...steps: readonly Written[]): Program {
  const { program, faults } = compiled({ steps });
  if (faults.length > 0) throw new Error(faults[0]?.message);
  return program;
}

/** Where each step leads: "2 → 2.then.1, 3". */
function leads({ steps }: Program): readonly string[] {
  return [...steps.values()].map((step) => `${step.id} → ${waysFrom(step).join(', ')}`);
}

function only<Kind extends ProgramStep['kind']>(kind: Kind, { steps }: Program): Extract<ProgramStep, { kind: Kind }> {
  const found = [...steps.values()].find((step): step is Extract<ProgramStep, { kind: Kind }> => step.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
}

const hello = { send: 'welcome/hello', subject: 'Hello' };
const short = { send: 'nudge-short', subject: 'Still curious?' };
const long = { send: 'nudge-long', subject: 'Three questions' };
const end = { exit: 'done' };
const warm = { tag: 'warm' };

describe('the steps of a program stand in reading order, and lead', () => {
  test.each<[string, readonly Written[], readonly string[]]>([
    ['one to the next', [hello, warm, { wait: '1 day' }], ['hello → 2', '2 → 3', '3 → ']],
    [
      'from a wait for something to either way, and on from there',
      [{ waitFor: 'replied', upTo: '1 day', then: [warm], else: [hello, warm] }, end],
      ['1 → 1.then.1, hello', '1.then.1 → 2', 'hello → 1.else.2', '1.else.2 → 2', '2 → '],
    ],
    ['past ways that are not there', [{ waitFor: 'replied', upTo: '1 day' }, end], ['1 → 2, 2', '2 → ']],
    [
      'past a wait for something that may be passed over',
      [{ waitFor: 'replied', upTo: '1 day', then: [warm], if: warm }, end],
      ['1 → 1.then.1, 2, 2', '1.then.1 → 2', '2 → '],
    ],
    [
      'from a choice to each way and to the otherwise',
      [
        {
          choose: [
            { if: warm, then: [warm, hello] },
            { if: { tag: 'b' }, then: [end] },
          ],
          otherwise: [{ wait: '1 day' }],
        },
        warm,
      ],
      [
        '1 → 1.choose.1.1, 1.choose.2.1, 1.otherwise.1',
        '1.choose.1.1 → hello',
        'hello → 2',
        '1.choose.2.1 → ',
        '1.otherwise.1 → 2',
        '2 → ',
      ],
    ],
    [
      'from a choice without an otherwise past it',
      [{ choose: [{ if: warm, then: [warm] }] }, end],
      ['1 → 1.choose.1.1, 2', '1.choose.1.1 → 2', '2 → '],
    ],
    [
      'from a split to each way: a mail, or the first of its steps',
      [{ id: 'nudge', split: { a: short, b: { steps: [warm, long] } } }, end],
      ['nudge → nudge.a, 1.b.1', 'nudge.a → 2', '1.b.1 → nudge-long', 'nudge-long → 2', '2 → '],
    ],
    [
      'from a split without a name to mails that have its place for a name',
      [warm, { split: { a: short, b: long } }],
      ['1 → 2', '2 → 2.a, 2.b', '2.a → ', '2.b → '],
    ],
    [
      'from a pick to each mail of its list, or past them',
      [{ id: 'digest', pick: [short, { ...long, id: 'questions' }] }, end],
      ['digest → digest.nudge-short, digest.questions, 2', 'digest.nudge-short → 2', 'digest.questions → 2', '2 → '],
    ],
    [
      'through splits, choices, waits and picks inside each other',
      [
        {
          id: 'outer',
          split: {
            a: { steps: [{ choose: [{ if: warm, then: [{ id: 'inner', split: { x: short, y: long } }] }] }] },
            b: { steps: [{ waitFor: 'replied', upTo: '1 day', else: [{ id: 'p', pick: [hello] }] }] },
          },
        },
        end,
      ],
      [
        'outer → 1.a.1, 1.b.1',
        '1.a.1 → inner, 2',
        'inner → inner.x, inner.y',
        'inner.x → 2',
        'inner.y → 2',
        '1.b.1 → 2, p',
        'p → p.hello, 2',
        'p.hello → 2',
        '2 → ',
      ],
    ],
  ])('%s', (_, steps, expected) => {
    expect(leads(programOf(...steps))).toEqual(expected);
  });
});

describe('a split', () => {
  test('has ways with their weights, 1 unless said', () => {
    const split = only('split', programOf({ split: { a: { ...short, weight: 3 }, b: { steps: [warm] } } }));
    expect(split.ways).toMatchObject([
      { name: 'a', weight: 3 },
      { name: 'b', weight: 1 },
    ]);
  });

  test('knows the mails of each way, also of those further inside and in pools', () => {
    const steps = [
      {
        id: 's',
        split: {
          a: short,
          b: {
            steps: [
              { if: warm, then: [long] },
              { id: 'p', pick: 'blog' },
            ],
          },
        },
      },
    ];
    const { program } = compiled({ steps, pools: { blog: [hello, { send: 'blog/news', subject: 'News' }] } });
    expect(only('split', program).ways.map(({ mails }) => mails)).toEqual([
      ['s.a'],
      ['nudge-long', 'p.hello', 'p.news'],
    ]);
  });

  test('has mails that go in the window of the sequence and by its sender', () => {
    const { program } = compiled({
      send: { from: 'mara@example.com', window: { days: 'tue' } },
      steps: [{ id: 's', split: { a: short, b: { ...long, from: 'ada@example.com', window: 'any time' } } }],
    });
    expect(program.steps.get('s.a')).toMatchObject({ kind: 'send', from: 'mara@example.com', window: { days: [2] } });
    expect(program.steps.get('s.b')).toMatchObject({ kind: 'send', from: 'ada@example.com' });
    expect(program.steps.get('s.b')).not.toHaveProperty('window');
  });

  const ways = { a: short, b: long };
  const keyOf = (step: Written, name = 'welcome') =>
    only('split', compile(name, SequenceFile.parse({ name: 'Welcome', steps: [{ id: 's', ...step }] }), 'r1').program)
      .key;

  test.each<[string, Written]>([
    ['its weights', { split: { a: { ...short, weight: 5 }, b: long } }],
    ['the order in which its ways are written', { split: { b: long, a: short } }],
    ['how the winner is found', { split: ways, winner: { by: 'clicked', after: 10 } }],
    ['its condition', { split: ways, if: warm }],
  ])('keeps its key when %s change', (_, step) => {
    expect(keyOf(step)).toBe(keyOf({ split: ways }));
  });

  test.each<[string, string]>([
    ['a mail of it', keyOf({ split: { a: { ...short, subject: 'Other' }, b: long } })],
    ['the name of a way', keyOf({ split: { a: short, c: long } })],
    ['its name', keyOf({ id: 't', split: ways })],
    ['the sequence', keyOf({ split: ways }, 'other')],
  ])('has another key with another %s', (_, key) => {
    expect(key).not.toBe(keyOf({ split: ways }));
  });

  test.each<[string, Written, Written]>([
    ['the first way for ties, unless said', { by: 'clicked', after: 200 }, { by: 'clicked', after: 200, tie: 'a' }],
    [
      'another way for ties',
      { by: 'converted', after: 200, tie: 'b', deadline: '5 days' },
      { by: 'converted', after: 200, tie: 'b', deadline: { amount: 5, unit: 'days' } },
    ],
    ['no way for ties', { by: 'clicked', after: 200, tie: 'keep splitting' }, { by: 'clicked', after: 200 }],
  ])('is decided with %s', (_, winner, rule) => {
    expect(only('split', programOf({ split: ways, winner })).winner).toEqual(rule);
  });
});

describe('a pick', () => {
  test('knows for whom each mail of its pool is', () => {
    const item = { ...short, stages: 'lead', interests: ['https://example.com/docks*'], if: { tag: 'warm' } };
    const pick = only('pick', programOf({ id: 'p', pick: [item, long], quiet: '4 days' }));
    expect(pick).toMatchObject({ quiet: { amount: 4, unit: 'days' } });
    expect(pick.pool).toEqual([
      {
        step: 'p.nudge-short',
        template: 'nudge-short',
        stages: ['lead'],
        interests: ['https://example.com/docks*'],
        if: { kind: 'tag', tag: 'warm' },
      },
      { step: 'p.nudge-long', template: 'nudge-long', stages: [], interests: [] },
    ]);
  });

  test('twice from one pool has mails of its own each time', () => {
    const { program, faults } = compiled({
      pools: { blog: [short, long] },
      steps: [
        { id: 'p', pick: 'blog' },
        { id: 'q', pick: 'blog' },
      ],
    });
    expect(faults).toEqual([]);
    expect([...program.steps.keys()]).toEqual([
      'p',
      'p.nudge-short',
      'p.nudge-long',
      'q',
      'q.nudge-short',
      'q.nudge-long',
    ]);
  });

  test('has mails that stand in the file where their pool does', () => {
    const { program } = compiled({
      pools: { blog: [short] },
      steps: [
        { id: 'p', pick: 'blog' },
        { id: 'q', pick: [long] },
      ],
    });
    expect(program.steps.get('p.nudge-short')?.path).toEqual(['pools', 'blog', 0]);
    expect(program.steps.get('q.nudge-long')?.path).toEqual(['steps', 1, 'pick', 0]);
  });
});

describe('what is asked of a split or a pick is asked of its mails', () => {
  const split = { id: 'nudge', split: { a: short, b: { steps: [warm, long] } } };
  const anyOfNudge = { any: [{ clicked: 'nudge.a' }, { clicked: 'nudge-long' }] };

  test.each<[string, Written, (program: Program) => unknown]>([
    ['in a branch', { if: { clicked: 'nudge' }, then: [end] }, (program) => only('branch', program).on],
    ['in a goal', { goal: { clicked: 'nudge' } }, (program) => only('goal', program).on],
    [
      'in a wait for it',
      { waitFor: { clicked: 'nudge' }, upTo: '1 day' },
      (program) => {
        const awaited = only('wait-for', program).for;
        return 'condition' in awaited ? awaited.condition : undefined;
      },
    ],
    [
      'in a choice',
      { choose: [{ if: { clicked: 'nudge' }, then: [end] }] },
      (program) => only('choose', program).ways[0]?.if,
    ],
    [
      'in a pool',
      { id: 'p', pick: [{ ...hello, if: { clicked: 'nudge' } }] },
      (program) => only('pick', program).pool[0]?.if,
    ],
    ['in the condition of a step', { exit: 'x', if: { clicked: 'nudge' } }, (program) => only('exit', program).if],
  ])('%s', (_, step, conditionIn) => {
    expect(conditionIn(programOf(split, step))).toEqual(aCondition(anyOfNudge));
  });

  test('in the header', () => {
    const { program } = compiled({
      goal: { clicked: 'nudge' },
      exit: { if: { not: { clicked: 'nudge' } } },
      steps: [split],
    });
    expect(program.goal).toEqual(aCondition(anyOfNudge));
    expect(program.exit.if).toEqual(aCondition({ not: anyOfNudge }));
  });

  test('of a pick too', () => {
    const program = programOf({ id: 'p', pick: [short, long] }, { if: { sent: 'p' }, then: [end] });
    expect(only('branch', program).on).toEqual(
      aCondition({ any: [{ sent: 'p.nudge-short' }, { sent: 'p.nudge-long' }] }),
    );
  });

  test('and one mail of them can be meant by its own name', () => {
    const program = programOf(split, { if: { clicked: 'nudge.a' }, then: [end] });
    expect(only('branch', program).on).toEqual(aCondition({ clicked: 'nudge.a' }));
  });

  test('other steps stand for themselves alone', () => {
    expect([...programOf(hello, warm).steps.values()].flatMap(groupedIn)).toEqual([]);
  });
});

test('every condition of a step is known with its place', () => {
  const program = programOf(
    { if: { tag: 'a' }, then: [warm] },
    { choose: [{ if: { tag: 'b' }, then: [warm] }], if: { tag: 'c' } },
    { waitFor: { tag: 'd' }, upTo: '1 day', if: { tag: 'e' } },
    { goal: { tag: 'f' }, if: { tag: 'g' } },
    { waitFor: 'replied', upTo: '1 day' },
  );
  const places = [...program.steps.values()].flatMap((step) =>
    conditionsOf(step).map(({ at, condition }) => [[...step.path, ...at].join('.'), condition]),
  );
  expect(places).toEqual([
    ['steps.0.if', aCondition({ tag: 'a' })],
    ['steps.1.if', aCondition({ tag: 'c' })],
    ['steps.1.choose.0.if', aCondition({ tag: 'b' })],
    ['steps.2.if', aCondition({ tag: 'e' })],
    ['steps.2.waitFor', aCondition({ tag: 'd' })],
    ['steps.3.if', aCondition({ tag: 'g' })],
    ['steps.3.goal', aCondition({ tag: 'f' })],
  ]);
});

describe('the header of a program', () => {
  test('has events and dates apart', () => {
    const birthday = { date: 'lead.birthday', yearly: true, at: '10:00' };
    const { enroll } = compiled({
      enroll: { on: [birthday, 'replied'], again: { perKey: 'order' } },
      steps: [hello],
    }).program;
    expect(enroll).toEqual({
      on: ['replied'],
      dates: [{ field: 'birthday', yearly: true, minutes: 600 }],
      again: { kind: 'per-key', field: 'order' },
    });
  });

  test('lets a newsletter come again by its nature', () => {
    expect(compiled({ schedule: '0 10 1 * *', steps: [hello] }).program.enroll.again).toEqual({ kind: 'always' });
  });

  test('pins leads to their revision unless it says otherwise', () => {
    expect(compiled({ steps: [hello] }).program.inFlight).toBe('pin');
    expect(compiled({ inFlight: 'drain', steps: [hello] }).program.inFlight).toBe('drain');
  });
});

describe('a file is refused as a whole', () => {
  test.each<[string, Written, readonly CompileFault[]]>([
    [
      'for two steps of one name, at the second, with the first',
      { steps: [hello, { if: warm, then: [hello] }] },
      [
        {
          path: ['steps', 1, 'then', 0],
          code: 'duplicate-step',
          message: 'two steps are called "hello"',
          hint: 'Give one of them another "id".',
          other: ['steps', 0],
        },
      ],
    ],
    [
      'for two mails of one name in a pool',
      { pools: { blog: [hello, { send: 'other/hello', subject: 'Hi' }] }, steps: [{ id: 'p', pick: 'blog' }] },
      [
        {
          path: ['pools', 'blog', 1],
          code: 'duplicate-step',
          message: 'two steps are called "p.hello"',
          hint: 'Give one of them another "id".',
          other: ['pools', 'blog', 0],
        },
      ],
    ],
    [
      'for a goal inside another step',
      { steps: [{ if: warm, then: [{ goal: { tag: 'a' } }] }] },
      [
        {
          path: ['steps', 0, 'then', 0],
          code: 'goal-inside',
          message: 'a goal inside another step cannot be reached from outside it',
          hint: 'Move it to the outermost list of steps.',
        },
      ],
    ],
    [
      'for a pool that is not there',
      { steps: [{ pick: 'blog' }] },
      [
        {
          path: ['steps', 0, 'pick'],
          code: 'unknown-pool',
          message: 'there is no pool "blog"',
          hint: 'Add it to "pools".',
        },
      ],
    ],
    [
      'for a misspelt pool',
      { pools: { blog: [short] }, steps: [{ pick: 'blob' }] },
      [
        {
          path: ['steps', 0, 'pick'],
          code: 'unknown-pool',
          message: 'there is no pool "blob"',
          hint: 'Did you mean "blog"?',
        },
      ],
    ],
    [
      'for a tie that no way bears',
      { steps: [{ split: { a: short, b: long }, winner: { by: 'clicked', after: 2, tie: 'c' } }] },
      [
        {
          path: ['steps', 0, 'winner', 'tie'],
          code: 'unknown-way',
          message: 'no way is called "c"',
          hint: 'Use one of: a, b, keep splitting.',
        },
      ],
    ],
    [
      'for a way that could never win',
      { steps: [{ split: { a: short, b: { steps: [warm] } }, winner: { by: 'replied', after: 2 } }] },
      [
        {
          path: ['steps', 0, 'split', 'b'],
          code: 'way-without-mail',
          message: 'no mail of the way "b" can be replied to',
          hint: 'Send one in it, or judge the ways by an event, for example { "by": "converted" }.',
        },
      ],
    ],
  ])('%s', (_, file, faults) => {
    expect(compiled(file).faults).toEqual(faults);
  });

  test('not for ways without a mail that are judged by an event', () => {
    const split = { a: { steps: [warm] }, b: { steps: [warm] } };
    expect(compiled({ steps: [{ split, winner: { by: 'converted', after: 2 } }] }).faults).toEqual([]);
  });

  test.each<[string, Written]>([
    ['a wait', { wait: '1 day' }],
    ['a wait for something', { waitFor: 'replied', upTo: '1 day' }],
    ['a webhook', { webhook: { url: 'https://crm.example.com' } }],
    ['a notice', { notify: { email: 'sales@example.com', template: 'hot' } }],
    ['a goal', { goal: { tag: 'a' } }],
    ['a pick', { pick: [hello] }],
    ['a split with mails', { split: { a: short, b: long } }],
  ])('for %s without an "id" where edits take leads along', (_, step) => {
    expect(compiled({ inFlight: 'migrate', steps: [step] }).faults).toEqual([
      {
        path: ['steps', 0],
        code: 'step-needs-id',
        message: 'leads may stand at this step when the file is edited, and only an id lets them be found again',
        hint: 'Give it an "id".',
      },
    ]);
    expect(compiled({ inFlight: 'migrate', steps: [{ ...step, id: 'named' }] }).faults).toEqual([]);
    expect(compiled({ inFlight: 'pin', steps: [step] }).faults).toEqual([]);
  });

  test.each<[string, Written]>([
    ['a mail', hello],
    ['a tag', warm],
    ['a branch', { if: warm, then: [warm] }],
    ['a split into lists of steps', { split: { a: { steps: [warm] }, b: { steps: [warm] } } }],
  ])('not for %s without one, where nobody stands', (_, step) => {
    expect(compiled({ inFlight: 'migrate', steps: [step] }).faults).toEqual([]);
  });
});
