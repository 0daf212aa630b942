import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { aProjectFolder, aSequenceFile, type HttpRivulet, startHttpRivulet } from './support.js';

let rivulet: HttpRivulet;
let folder: string;

const welcome = aSequenceFile(
  [
    { id: 'hello', send: 'hello', subject: 'Hello {{lead.firstName "you"}}' },
    { wait: '2 days' },
    { if: { clicked: 'hello' }, then: [{ score: 5, why: 'read on' }, { exit: 'knows all' }] },
    { id: 'again', send: 'hello', subject: 'Once more' },
    { wait: '30 days' },
    { id: 'late', send: 'hello', subject: 'Late' },
  ],
  { enroll: { on: 'lead.created' } },
);

beforeAll(async () => {
  folder = await aProjectFolder({ 'sequences/hello.json': welcome });
  rivulet = await startHttpRivulet({ PROJECT_DIR: folder });
});

afterAll(async () => {
  await rivulet.close();
  await rm(folder, { recursive: true });
});

const from = '2026-03-02 09:00';
const simulate = (ask: object) => rivulet.api('/api/simulations', ask);
/** "2026-03-02 Mon 09:00 mail hello/hello Hello Ada", of these kinds. */
const told = (body: { journey: { moments: readonly Record<string, string>[] } }, ...kinds: readonly string[]) =>
  body.journey.moments
    .filter(({ kind = '' }) => kinds.includes(kind))
    .map(({ localTime, kind, sequence, step, what }) => [localTime, kind, [sequence, step].join('/'), what].join(' '));

describe('a simulation', () => {
  test('of somebody made up tells each mail with its subject on their clock, and what is waited for at the end', async () => {
    const lead = { email: 'ada@example.org', firstName: 'Ada', timezone: 'Europe/Paris' };
    const { status, body } = await simulate({ lead, all: true, from, until: '10 days' });
    expect(status).toBe(200);
    expect(told(body, 'mail')).toEqual([
      '2026-03-02 Mon 09:00 mail hello/hello Hello Ada',
      '2026-03-04 Wed 09:00 mail hello/again Once more',
    ]);
    expect(body.journey.lead).toMatchObject({ id: null, name: 'Ada', timeZone: 'Europe/Paris' });
    expect(body.journey.links).toEqual({ hello: ['https://example.com/more?for='] });
    expect(body.journey.end.running).toEqual([
      { sequence: 'hello', step: '5', waitsFor: '30 days to pass', dueAt: '2026-04-03T07:00:00.000Z' },
    ]);
  });

  test('tells which rule gave points, and takes the way that a click opens', async () => {
    const events = [{ at: '1 hour after hello', event: 'clicked' }];
    const { body } = await simulate({ all: true, from, until: '10 days', events });
    expect(told(body, 'mail')).toHaveLength(1);
    const given = body.journey.moments.filter(({ points }: { points: readonly unknown[] }) => points.length > 0);
    expect(given).toMatchObject([
      { kind: 'event', what: 'clicked', score: 10, points: [{ points: 10 }] },
      { kind: 'step', sequence: 'hello', points: [{ rule: 'given', points: 5, why: 'read on' }] },
    ]);
    expect(body.journey.end).toMatchObject({ running: [], left: [{ sequence: 'hello', because: 'knows all' }] });
  });

  test('of a lead that there is goes on from where it stands, and sends nothing', async () => {
    const { id } = await rivulet.welcome('bea@example.org', { firstName: 'Bea' });
    const { body } = await simulate({ leadId: id, until: '10 days' });
    expect(told(body, 'mail')).toEqual(['2026-03-04 Wed 09:00 mail hello/again Once more']);
    expect(body.journey.lead).toMatchObject({ id, name: 'Bea' });
    expect(await rivulet.mailsTo('bea@example.org')).toHaveLength(1);
  });

  test('begins with the points and stage that are said', async () => {
    const { body } = await simulate({ lead: { score: 40, stage: 'lead' }, sequence: 'hello', from, until: '1 day' });
    expect(body.journey.begin).toEqual({ score: 40, stage: 'lead' });
  });

  test('is played in files that are not saved yet', async () => {
    const files = { 'sequences/hello.json': welcome.replace('Once more', 'Once again') };
    const { body } = await simulate({ all: true, from, until: '3 days', files });
    expect(told(body, 'mail').at(-1)).toBe('2026-03-04 Wed 09:00 mail hello/again Once again');
    expect(body.journey.links).toEqual({ hello: ['https://example.com/more?for='] });
  });

  test('in files with mistakes answers where they are and how to mend them', async () => {
    const files = { 'sequences/hello.json': welcome.replace('"send":"hello"', '"send":"helo"') };
    const { status, body } = await simulate({ all: true, from, files });
    expect(status).toBe(200);
    expect(body).toEqual({
      kind: 'broken',
      diagnostics: [
        expect.objectContaining({
          file: 'sequences/hello.json',
          line: 1,
          code: 'unknown-template',
          hint: 'Did you mean "hello"?',
        }),
      ],
    });
  });
});

describe('a simulation that cannot be played', () => {
  test.each([
    [
      'a mail that there is not',
      { events: [{ at: 'after 1 day', event: 'clicked', mail: 'helo' }] },
      '/events/0/mail',
      'Did you mean "hello"',
    ],
    ['a sequence that there is not', { sequence: 'helo' }, '/sequence', 'Did you mean "hello"'],
    ['a stage that there is not', { lead: { stage: 'led' } }, '/lead/stage', 'Did you mean "lead"'],
    ['an end before its beginning', { from, until: '2026-03-01 09:00' }, '/until', 'end before it begins'],
    ['no time', { events: [{ at: 'soon', event: 'replied' }] }, '/events/0/at', 'not a time'],
    ['two leads', { leadId: 'x', lead: {} }, '/lead', 'leave out'],
    [
      'a file outside the project',
      { files: { 'sequences/../../x.json': '' } },
      '/files/sequences~1..~1..~1x.json',
      'a file of the project',
    ],
  ])('because it names %s says where', async (_, ask, pointer, detail) => {
    const { status, body } = await simulate(ask);
    expect(status).toBe(422);
    expect(body.problems).toEqual([{ pointer, detail: expect.stringContaining(detail) }]);
  });

  test('because there is no such lead is a 404', async () => {
    expect((await simulate({ leadId: 'nobody' })).status).toBe(404);
  });
});

describe('a journey file', () => {
  const write = (name: string, simulation: object) =>
    rivulet.api('/api/simulations/journey-file', { name, simulation });

  test('holds what was asked, and expects what comes of it', async () => {
    const lead = { timezone: 'Europe/Paris' };
    const events = [{ at: '1 hour after hello', event: 'clicked' }];
    const { body } = await write('Who clicks, leaves', { lead, sequence: 'hello', from, until: '10 days', events });
    expect(body.file).toBe('sequences/journeys/who-clicks-leaves.journey.json');
    expect(JSON.parse(body.text)).toEqual({
      $schema: '../schema/journey.schema.json',
      name: 'Who clicks, leaves',
      sequence: 'hello',
      lead,
      from,
      until: '10 days',
      events,
      expect: [
        'Mon 2 Mar 09:00 enter hello',
        'Mon 2 Mar 09:00 mail hello/hello',
        'Wed 4 Mar 09:00 leave hello: knows all',
      ],
    });
    expect(body.leftOut).toEqual([]);
  });

  test('of a lead that there is names neither the person nor the address', async () => {
    const { id } = await rivulet.welcome('cora@example.org', {
      firstName: 'Cora',
      timezone: 'Asia/Tokyo',
      tags: ['fair'],
    });
    const { body } = await write('as she stands', { leadId: id, until: '5 days' });
    expect(body.text).not.toMatch(/cora/i);
    expect(JSON.parse(body.text)).toMatchObject({
      sequence: 'hello',
      lead: { timezone: 'Asia/Tokyo', tags: ['fair'] },
    });
    expect(body.leftOut).toEqual(['the name and address of the lead', 'what it did so far', 'that it stands in hello']);
  });
});
