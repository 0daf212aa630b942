import { describe, expect, test } from '@jest/globals';
import { compile } from '../src/sequence/compile.js';
import { isAddress, type Program, type ProgramStep, revisionOf } from '../src/sequence/program.js';
import { SequenceFile } from '../src/sequence/sequence-file.js';

type Written = Readonly<Record<string, unknown>>;

function compiled(file: Written) {
  return compile('welcome', SequenceFile.parse({ name: 'Welcome', ...file }), 'r1');
}

function programOf(...steps: readonly Written[]): Program {
  return compiled({ steps }).program;
}

function stepOf(file: Written, id: string): ProgramStep | undefined {
  return compiled(file).program.steps.get(id);
}

const hello = { send: 'welcome/hello', subject: 'Hello' };
const branch = {
  if: { opened: 'hello' },
  then: [{ tag: 'warm' }, { if: { tag: 'warm' }, then: [{ wait: '1 day' }] }],
  else: [{ score: -1, why: 'silence' }],
};

describe('the id of a step', () => {
  test('is the one written', () => {
    expect([...programOf({ ...hello, id: 'first' }).steps.keys()]).toEqual(['first']);
  });

  test('of a mail is the last part of its template', () => {
    expect([...programOf(hello).steps.keys()]).toEqual(['hello']);
  });

  test('of any other step is its place', () => {
    expect([...programOf(hello, { wait: '1 day' }, { exit: 'done' }).steps.keys()]).toEqual(['hello', '2', '3']);
  });

  test('inside a branch names the way there', () => {
    expect([...programOf(hello, branch).steps.keys()]).toEqual([
      'hello',
      '2',
      '2.then.1',
      '2.then.2',
      '2.then.2.then.1',
      '2.else.1',
    ]);
  });

  test('that two steps bear is reported with both places', () => {
    const { faults } = compiled({ steps: [hello, { if: { tag: 'warm' }, then: [hello] }] });
    expect(faults).toMatchObject([
      {
        code: 'duplicate-step',
        path: ['steps', 1, 'then', 0],
        other: ['steps', 0],
        message: 'two steps are called "hello"',
      },
    ]);
  });
});

describe('the order of steps', () => {
  test('is that of reading: a branch stands before what is inside it', () => {
    const program = programOf({ ...branch, id: 'asks' }, hello);
    expect([...program.steps.keys()]).toEqual(['asks', '1.then.1', '1.then.2', '1.then.2.then.1', '1.else.1', 'hello']);
  });

  test('starts at the first step', () => {
    expect(programOf(hello, { exit: 'done' }).start).toBe('hello');
  });

  test('leads from each step to the one below, and from the last to the end', () => {
    const { steps } = programOf(hello, { wait: '1 day' }, { exit: 'done' });
    expect([...steps.values()].map(({ next }) => next)).toEqual(['2', '3', null]);
  });
});

describe('a branch', () => {
  test('leads to the first step of each way', () => {
    expect(programOf(hello, branch).steps.get('2')).toMatchObject({
      kind: 'branch',
      then: '2.then.1',
      else: '2.else.1',
    });
  });

  test('without "else" leads past itself', () => {
    const program = programOf({ if: { tag: 'warm' }, then: [{ tag: 'b' }] }, { exit: 'done' });
    expect(program.steps.get('1')).toMatchObject({ then: '1.then.1', else: '2' });
  });

  test('leads on to the step below from the end of each way', () => {
    const { steps } = programOf(branch, { exit: 'done' });
    const ends = ['1', '1.then.2', '1.then.2.then.1', '1.else.1'];
    expect(ends.map((id) => steps.get(id)?.next)).toEqual(['2', '2', '2', '2']);
  });

  test('at the end of a sequence leads to its end', () => {
    const { steps } = programOf({ if: { tag: 'warm' }, then: [{ tag: 'b' }] });
    expect([steps.get('1'), steps.get('1.then.1')]).toMatchObject([{ next: null, else: null }, { next: null }]);
  });

  test('keeps its condition as the question, not as a reason to be skipped', () => {
    const step = programOf({ if: { tag: 'warm' }, then: [{ tag: 'b' }] }).steps.get('1');
    expect(step).toEqual({
      id: '1',
      path: ['steps', 0],
      next: null,
      kind: 'branch',
      on: { kind: 'tag', tag: 'warm' },
      then: '1.then.1',
      else: null,
    });
  });

  test('remembers where its steps stand in the file', () => {
    expect(programOf(hello, branch).steps.get('2.else.1')?.path).toEqual(['steps', 1, 'else', 0]);
  });
});

const place = { id: '1', path: ['steps', 0], next: null };

test.each([
  [{ wait: '3 days' }, { ...place, kind: 'wait', for: { amount: 3, unit: 'days' }, holidays: [] }],
  [{ wait: '2 business days' }, { ...place, kind: 'wait', for: { businessDays: 2 }, holidays: [] }],
  [
    { wait: { until: 'monday 10:00' } },
    {
      ...place,
      kind: 'wait-until',
      until: { kind: 'clock', weekday: 1, minutes: 600 },
      timeZone: 'lead',
      missed: 'go on',
    },
  ],
  [
    { wait: { until: 'lead.webinarAt', timezone: 'UTC', missed: 'exit' } },
    { ...place, kind: 'wait-until', until: { kind: 'field', field: 'webinarAt' }, timeZone: 'UTC', missed: 'exit' },
  ],
  [
    { waitFor: 'replied', upTo: '3 days', if: { tag: 'warm' } },
    {
      ...place,
      kind: 'wait-for',
      for: { event: 'replied' },
      upTo: { amount: 3, unit: 'days' },
      then: null,
      else: null,
      if: { kind: 'tag', tag: 'warm' },
    },
  ],
  [
    { waitFor: { tag: 'warm' }, upTo: '3 days' },
    {
      ...place,
      kind: 'wait-for',
      for: { condition: { kind: 'tag', tag: 'warm' } },
      upTo: { amount: 3, unit: 'days' },
      then: null,
      else: null,
    },
  ],
  [{ goal: { tag: 'warm' } }, { ...place, kind: 'goal', on: { kind: 'tag', tag: 'warm' }, arrival: 'go on' }],
  [
    { goal: { tag: 'warm' }, else: 'exit', if: { tag: 'cold' } },
    {
      ...place,
      kind: 'goal',
      on: { kind: 'tag', tag: 'warm' },
      arrival: 'exit',
      if: { kind: 'tag', tag: 'cold' },
    },
  ],
  [{ stage: 'customer' }, { ...place, kind: 'stage', stage: 'customer' }],
  [{ unenroll: 'welcome' }, { ...place, kind: 'unenroll', sequence: 'welcome' }],
  [
    { notify: { email: 'sales@example.com', template: 'internal/hot' } },
    {
      ...place,
      kind: 'notify',
      email: 'sales@example.com',
      template: 'internal/hot',
      subject: 'A lead for you: {{lead.email}}',
    },
  ],
  [
    { webhook: { url: 'https://crm.example.com/hook' } },
    { ...place, kind: 'webhook', url: 'https://crm.example.com/hook', body: {}, upTo: { amount: 6, unit: 'hours' } },
  ],
  [
    { score: 5, why: 'read it' },
    { ...place, kind: 'score', points: 5, why: 'read it' },
  ],
  [{ tag: 'warm' }, { ...place, kind: 'tag', tags: ['warm'] }],
  [{ untag: ['warm', 'cold'] }, { ...place, kind: 'untag', tags: ['warm', 'cold'] }],
  [{ set: { 'lead.goal': 'speed' } }, { ...place, kind: 'set', fields: { goal: 'speed' } }],
  [{ enroll: 'nurture' }, { ...place, kind: 'enroll', sequence: 'nurture' }],
  [{ exit: 'done' }, { ...place, kind: 'exit', because: 'done' }],
  [
    { exit: 'done', if: { tag: 'warm' } },
    { ...place, kind: 'exit', because: 'done', if: { kind: 'tag', tag: 'warm' } },
  ],
])('the step %j becomes one step of a program', (written, step) => {
  expect(programOf(written).steps.get('1')).toEqual(step);
});

describe('a mail', () => {
  const mornings = { window: { days: 'mon-fri', between: ['09:00', '12:00'] } };
  const read = { days: [1, 2, 3, 4, 5], from: 540, to: 720, timeZone: 'lead', holidays: [] };

  test('has what the sequence says of sending', () => {
    const send = { from: 'Mara <mara@example.com>', replyTo: 'sales@example.com', ...mornings };
    expect(stepOf({ send, steps: [hello] }, 'hello')).toEqual({
      id: 'hello',
      path: ['steps', 0],
      next: null,
      kind: 'send',
      template: 'welcome/hello',
      subject: 'Hello',
      from: 'Mara <mara@example.com>',
      replyTo: 'sales@example.com',
      window: read,
    });
  });

  test('has a sender of its own if it names one', () => {
    const steps = [{ ...hello, from: 'ada@example.com', replyTo: 'ada@example.com' }];
    const step = stepOf({ send: { from: 'mara@example.com', replyTo: 'mara@example.com' }, steps }, 'hello');
    expect(step).toMatchObject({ from: 'ada@example.com', replyTo: 'ada@example.com' });
  });

  test('has a window of its own if it names one', () => {
    const step = stepOf({ send: mornings, steps: [{ ...hello, window: { days: 'sun' } }] }, 'hello');
    expect(step).toMatchObject({ window: { days: [7], from: 0, to: 1440 } });
  });

  test('goes at any time if it says so', () => {
    const step = stepOf({ send: mornings, steps: [{ ...hello, window: 'any time' }] }, 'hello');
    expect(step).not.toHaveProperty('window');
  });
});

describe('the header of a program', () => {
  test('says what a file leaves out: nobody enters by itself, no lead twice, and a reply ends it', () => {
    expect(compiled({ steps: [hello] }).program).toMatchObject({
      name: 'welcome',
      title: 'Welcome',
      revision: 'r1',
      enroll: { on: [], again: { kind: 'never' } },
      exit: { on: ['replied'], onStageChange: false },
    });
  });

  test('has a broadcast only when there is a schedule', () => {
    expect(compiled({ steps: [hello] }).program).not.toHaveProperty('broadcast');
  });

  test('runs a schedule in UTC unless a time zone is named', () => {
    const { program } = compiled({ schedule: '0 10 1 * *', audience: { tag: 'news' }, steps: [hello] });
    expect(program.broadcast).toEqual({
      schedule: '0 10 1 * *',
      timeZone: 'UTC',
      audience: { kind: 'tag', tag: 'news' },
    });
  });
});

describe('a wait in business days', () => {
  test('leaves out the holidays of the send window of the sequence', () => {
    const send = { window: { holidays: ['fr', 'company'] } };
    expect(stepOf({ send, steps: [{ wait: '2 business days' }] }, '1')).toMatchObject({ holidays: ['fr', 'company'] });
  });
});

test('a notice has the sender of the sequence unless it names one', () => {
  const notify = { email: 'sales@example.com', template: 'internal/hot' };
  const steps = [{ notify }, { notify: { ...notify, from: 'ada@example.com', subject: 'Call' } }];
  const { program } = compiled({ send: { from: 'mara@example.com' }, steps });
  expect([...program.steps.values()]).toMatchObject([
    { from: 'mara@example.com' },
    { from: 'ada@example.com', subject: 'Call' },
  ]);
});

test.each([
  ['1', true],
  ['4.then.1', true],
  ['3.b', true],
  ['hello', false],
  ['2nd-mail', false],
])('a step called %s is named by its place: %s', (id, is) => {
  expect(isAddress(id)).toBe(is);
});

describe('a revision', () => {
  const file = { name: 'Welcome', steps: [{ send: 'hello', subject: 'Hello' }, { wait: '1 day' }] };

  test('is 12 hexadecimal digits', () => {
    expect(revisionOf('welcome', file)).toMatch(/^[0-9a-f]{12}$/);
  });

  test('does not depend on the order of keys', () => {
    const turned = { steps: [{ subject: 'Hello', send: 'hello' }, { wait: '1 day' }], name: 'Welcome' };
    expect(revisionOf('welcome', turned)).toBe(revisionOf('welcome', file));
  });

  test('is another for the same content under another name', () => {
    expect(revisionOf('goodbye', file)).not.toBe(revisionOf('welcome', file));
  });

  test('does not depend on layout', () => {
    expect(revisionOf('welcome', JSON.parse(JSON.stringify(file, undefined, 8)))).toBe(revisionOf('welcome', file));
  });

  test('does not depend on $schema', () => {
    expect(revisionOf('welcome', { $schema: './sequence.schema.json', ...file })).toBe(revisionOf('welcome', file));
  });

  test('does not depend on what is silenced for lint, in the file or in a step', () => {
    const lint = { 'dead-link': 'it comes' };
    const steps = file.steps.map((step) => ({ ...step, lint }));
    expect(revisionOf('welcome', { ...file, lint, steps })).toBe(revisionOf('welcome', file));
  });

  test.each([
    ['a word', { ...file, name: 'Hello' }],
    ['the order of steps', { ...file, steps: file.steps.toReversed() }],
    ['a key', { ...file, stage: 'welcome' }],
    ['a number in place of text', { ...file, name: 1 }],
  ])('changes with %s', (_, changed) => {
    expect(revisionOf('welcome', changed)).not.toBe(revisionOf('welcome', file));
  });
});
