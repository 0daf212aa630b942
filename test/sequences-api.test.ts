import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

const files = {
  'sequences/hello.json': aSequenceFile(
    [
      { id: 'hello', send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
      { id: 'pause', wait: '3 days' },
      { exit: 'too small', if: { tag: 'small' } },
      {
        id: 'test',
        split: {
          a: { weight: 1, send: 'hello', subject: 'A' },
          b: {
            weight: 3,
            steps: [
              { id: 'later', wait: '1 day' },
              { id: 'late', send: 'hello', subject: 'B' },
            ],
          },
        },
        winner: { by: 'clicked', after: 2 },
      },
      { id: 'end', wait: '10 days' },
    ],
    { enroll: { on: 'lead.created', again: 'always' }, exit: { on: ['replied'] }, stage: 'lead' },
  ),
  'sequences/other.json': aSequenceFile([{ wait: '1 day' }], { name: 'Another' }),
};

let rivulet: HttpRivulet;
beforeAll(async () => {
  rivulet = await startHttpRivulet({ PROJECT_DIR: await aProjectFolder(files), EDIT: '1' });
});
afterAll(() => rivulet.close());

const day = 86_400_000;
const later = (days: number): Date => new Date(rivulet.clock.now.getTime() + days * day);

const nodeOf = (body: { flow: { nodes: readonly { id: string }[] } }, id: string) =>
  body.flow.nodes.find((node) => node.id === id);

describe('what became of a sequence', () => {
  const asked = async () => (await rivulet.api('/api/sequences/hello')).body;

  test('tells who waits at which step, and where each step stands in the file', async () => {
    const ada = await rivulet.welcome('ada@example.com', { firstName: 'Ada' });
    await rivulet.welcome('bert@example.com', { tags: ['small'] });
    await rivulet.reader.opens(ada.mail);
    await rivulet.reader.clicks(ada.mail.links[0]);
    const body = await asked();
    expect(body).toMatchObject({
      name: 'hello',
      isThere: true,
      active: 2,
      paused: null,
      stage: 'lead',
      inFlight: 'pin',
    });
    expect(nodeOf(body, 'pause')).toMatchObject({ kind: 'wait', words: 'Wait 3 days', waiting: 2, line: 1 });
    expect(body.waiting).toEqual([
      { revision: body.revision, isInForce: true, isHere: true, step: 'pause', where: 'the wait “pause”', count: 2 },
    ]);
    expect(body.flow.edges).toContainEqual({ from: 'test', to: 'later', label: 'b', share: 75 });
  });

  test('counts of each mail what people did, and machines beside', async () => {
    const { mails, asOf } = await asked();
    const [first] = mails;
    expect(first).toMatchObject({ step: 'hello', template: 'hello', sent: 2, opened: 1, clicked: 1, bounced: 0 });
    expect(first).toMatchObject({ complained: 0, unsubscribed: 0, machineOpens: 0, machineClicks: 0 });
    expect(asOf).toBe(rivulet.clock.now.toISOString());
    const { body } = await rivulet.api('/api/sequences');
    expect(body.items.find(({ name }: { name: string }) => name === 'hello').mails).toEqual(mails);
  });

  test('tells where and why runs ended, and what came of a split', async () => {
    await rivulet.playUntil(later(6));
    await rivulet.playUntil(later(20));
    const body = await asked();
    expect(body.active).toBe(0);
    expect(body.left).toEqual(
      expect.arrayContaining([
        { step: '3', where: 'the exit after “pause”', because: 'too small', kind: 'exit-step', count: 1 },
        { step: null, where: 'the end', because: 'finished', kind: 'finished', count: 1 },
      ]),
    );
    expect(nodeOf(body, '3')).toMatchObject({ kind: 'exit', left: 1, onlyIf: 'the lead has the tag “small”' });
    expect(nodeOf(body, '@end')).toMatchObject({ left: 1, waiting: 0 });
    const [split] = body.splits;
    expect(split).toMatchObject({ step: 'test', by: 'clicked', winner: null });
    expect(split.ways.reduce((sum: number, { took }: { took: number }) => sum + took, 0)).toBe(1);
  });

  test('says that it is paused, since when and why', async () => {
    await rivulet.store.pauses.pause('sequence:hello', {
      since: rivulet.clock.now,
      because: 'wrong price',
      by: 'person',
    });
    expect((await asked()).paused).toMatchObject({ because: 'wrong price', by: 'person' });
    await rivulet.store.resume('sequence:hello', rivulet.clock.now);
  });

  test('tells what lint finds in its file and its mails', async () => {
    const { findings } = await asked();
    expect(findings).toContainEqual(expect.objectContaining({ file: 'templates/hello.mjml', code: 'no-preheader' }));
    expect(findings[0]).toMatchObject({ severity: 'warning', line: expect.any(Number), hint: expect.any(String) });
  });

  test('what was never a sequence is not found', async () => {
    expect((await rivulet.api('/api/sequences/gone')).status).toBe(404);
    expect((await rivulet.api('/api/sequences/gone/revisions')).status).toBe(404);
  });
});

test('sequences stand along the funnel, those without a stage behind', async () => {
  const { body } = await rivulet.api('/api/sequences');
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(['hello', 'other']);
});

describe('an edit of a file', () => {
  const edited = (pause: string, more: object = {}): string =>
    aSequenceFile(
      [
        { id: 'hello', send: 'hello', subject: 'Welcome' },
        { id: 'pause', wait: pause },
        { id: 'second', send: 'hello', subject: 'One more thing' },
      ],
      { enroll: { on: 'lead.created', again: 'always' }, stage: 'lead', ...more },
    );
  const whatIf = async (text: string | null) => {
    const { status, body } = await rivulet.api('/api/sequences/hello/what-if', { text });
    expect(status).toBe(200);
    return body;
  };
  /** Saves a file, as an editor in a browser does; null takes it away. */
  const save = async (name: string, text: string | null): Promise<void> => {
    const address = `${rivulet.url}/api/files/sequences%2F${name}.json`;
    const headers = { Authorization: `Bearer ${rivulet.apiKey}`, 'Content-Type': 'application/json' };
    const { headers: there, status } = await fetch(address, { headers });
    const match = status === 404 ? { 'If-None-Match': '*' } : { 'If-Match': there.get('etag') ?? '' };
    const body = text === null ? {} : { body: JSON.stringify({ text }) };
    const method = text === null ? 'DELETE' : 'PUT';
    const response = await fetch(address, { method, headers: { ...headers, ...match }, ...body });
    expect(response.status).toBeLessThan(300);
  };

  test('that pins leaves those on their way where they are; one that migrates takes them along, some of them at once', async () => {
    await rivulet.welcome('cleo@example.com');
    rivulet.clock.now = later(2);
    const pinned = await whatIf(edited('1 day'));
    expect(pinned.leads).toMatchObject([{ step: 'pause', count: 1, fate: 'finish', dueAtOnce: 0 }]);
    expect(pinned.changes.map(({ words }: { words: string }) => words)).toContain(
      'subject of “hello”: “Hello {{lead.firstName "you"}}” → “Welcome”',
    );
    const migrated = await whatIf(edited('1 day', { inFlight: 'migrate' }));
    expect(migrated).toMatchObject({ inFlight: 'migrate', diagnostics: [] });
    expect(migrated.leads).toMatchObject([
      { step: 'pause', where: 'the wait “pause”', count: 1, fate: 'go-on', dueAtOnce: 1 },
    ]);
    expect(migrated.leads[0].words).toBe('goes on there in the new revision; is due at once');
  });

  test('with mistakes is answered with them, and no lead is told of', async () => {
    const { diagnostics, after, leads, changes } = await whatIf('{ "name": "Hello", "steps": [{ "send": "helo" }] }');
    expect(diagnostics.map(({ code }: { code: string }) => code)).toEqual(expect.arrayContaining(['missing-key']));
    expect({ after, leads, changes }).toEqual({ after: null, leads: [], changes: [] });
  });

  test('that takes the file away lets those in it finish', async () => {
    const { after, before, leads } = await whatIf(null);
    expect({ after, isKnown: before !== null }).toEqual({ after: null, isKnown: true });
    expect(leads).toMatchObject([{ step: 'pause', fate: 'finish' }]);
  });

  test('of a file that is no sequence is refused', async () => {
    const text = '{}';
    expect((await rivulet.api('/api/sequences/funnel/what-if', { text })).status).toBe(404);
    expect((await rivulet.api('/api/sequences/..%2Ffunnel/what-if', { text })).status).toBe(422);
    expect((await rivulet.api('/api/sequences/hello/what-if', { text: 5 })).status).toBe(422);
  });

  test('makes a new revision: both are listed with those who run on each, and told apart in words and in text', async () => {
    const before = (await rivulet.api('/api/sequences/hello')).body.revision;
    const replacedAt = rivulet.clock.now.toISOString();
    await save('hello', edited('1 day'));
    const { items } = (await rivulet.api('/api/sequences/hello/revisions')).body;
    expect(items).toMatchObject([
      { since: replacedAt, until: null, active: 0, isReadable: true },
      { revision: before, since: null, until: replacedAt, active: 1 },
    ]);
    const { body } = await rivulet.api(`/api/sequences/hello/diff?from=${before}`);
    expect(body).toMatchObject({ from: before, to: items[0].revision });
    expect(body.changes).toContainEqual(
      expect.objectContaining({ mark: 'changed', words: 'the wait “pause”: 3 days → 1 day' }),
    );
    expect(body.lines).toContainEqual(expect.objectContaining({ mark: 'removed', text: '      "wait": "3 days"' }));
    expect(body.lines).toContainEqual(expect.objectContaining({ mark: 'added', text: '      "wait": "1 day"' }));
    const { waiting } = (await rivulet.api('/api/sequences/hello')).body;
    expect(waiting).toMatchObject([{ revision: before, isInForce: false, step: 'pause', count: 1 }]);
  });

  test('does not put those who stand or left at a step without a name at another one that has come to its place', async () => {
    const rows = (wait: string) =>
      aSequenceFile([{ send: 'hello', subject: 'Hi' }, { wait }, { exit: 'read' }], { name: 'Rows' });
    await save('rows', rows('2 days'));
    const { body: lead } = await rivulet.api('/api/leads', { email: 'eve@example.com' });
    await rivulet.api('/api/sequences/rows/enroll', { lead: lead.id });
    await rivulet.dispatcher.wake();
    await save(
      'rows',
      aSequenceFile([{ send: 'hello', subject: 'Hi' }, { tag: 'in' }, { exit: 'read' }], { name: 'Rows' }),
    );
    const before = (await rivulet.api('/api/sequences/rows')).body;
    expect(nodeOf(before, '2')).toMatchObject({ kind: 'tag', waiting: 0 });
    expect(before.waiting).toMatchObject([{ step: '2', isHere: false, where: 'the wait after “hello”', count: 1 }]);
    await rivulet.playUntil(later(3));
    const after = (await rivulet.api('/api/sequences/rows')).body;
    expect(nodeOf(after, '3')).toMatchObject({ kind: 'exit', left: 0 });
    expect(after.left).toEqual([
      { step: null, where: 'the exit after “hello”', because: 'read', kind: 'exit-step', count: 1 },
    ]);
  });

  test('is not compared with a revision of another sequence', async () => {
    const [other] = (await rivulet.api('/api/sequences/other/revisions')).body.items;
    expect((await rivulet.api(`/api/sequences/hello/diff?from=${other.revision}`)).status).toBe(404);
  });

  test('a sequence whose file is gone is told as long as leads are in it', async () => {
    await save('brief', files['sequences/other.json']);
    const { body: lead } = await rivulet.api('/api/leads', { email: 'dora@example.com' });
    await rivulet.api('/api/sequences/brief/enroll', { lead: lead.id });
    await save('brief', null);
    const { items } = (await rivulet.api('/api/sequences')).body;
    expect(items).toContainEqual(expect.objectContaining({ name: 'brief', isThere: false, active: 1 }));
    expect((await rivulet.api('/api/sequences/brief')).body).toMatchObject({ isThere: false, active: 1, since: null });
  });
});

test('where leads stand and left is told from the index alone', async () => {
  const rows = rivulet.store.db.collection('enrollments');
  for (const status of ['active', 'ended']) {
    const plan = await rows
      .aggregate([
        { $match: { status, sequence: 'hello' } },
        { $group: { _id: { revision: '$revision', step: '$step', because: '$endedBecause' }, count: { $sum: 1 } } },
      ])
      .explain('executionStats');
    const text = JSON.stringify(plan);
    expect(text).toContain('"indexName":"standing"');
    expect(text).toContain('"totalDocsExamined":0');
  }
});
