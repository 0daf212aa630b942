import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { ReadMail } from '../src/demo/mail-reader.js';
import { openSendgridAccount } from '../src/demo/sendgrid-account.js';
import { type HttpRivulet, readAnswer, startHttpRivulet } from './support.js';
import { clockOf, type Fixture, requestOf, webhookFixtures } from './webhook-fixtures.js';

const account = openSendgridAccount();
let rivulet: HttpRivulet;
let number = 0;

beforeAll(async () => {
  rivulet = await startHttpRivulet({ SENDGRID_WEBHOOK_KEY: account.publicKey });
});
afterAll(() => rivulet.close());

const events = () => `${rivulet.url}/webhooks/sendgrid`;
const inbound = () => `${rivulet.url}/webhooks/sendgrid/inbound`;
/** What SendGrid tells, signed by SendGrid. */
const tell = async (...batch: readonly object[]) =>
  readAnswer(await account.postEvents(events(), batch, rivulet.clock.now));
/** A lead of its own for each test, in the middle of the welcome series. */
const aReader = () => rivulet.welcome(`reader-${(number += 1)}@example.org`);
const leadOf = async (id: string) => (await rivulet.api(`/api/leads/${id}`)).body;
const pastOf = async (id: string): Promise<readonly { what: string; machine?: boolean }[]> =>
  (await rivulet.api(`/api/leads/${id}/timeline`)).body.past;
const eventsOf = async (lead: string, type: string) =>
  (await rivulet.store.events.ofLead(lead)).filter((event) => event.type === type);
const helloCounts = async () => {
  const { items } = (await rivulet.api('/api/sequences')).body;
  const { mails } = items.find(({ name }: { name: string }) => name === 'welcome');
  return mails.find(({ step }: { step: string }) => step === 'hello');
};

/** An event of a mail as SendGrid tells it; `seconds` after the mail went. */
const of = (
  { to, messageId }: ReadMail,
  event: string,
  { seconds = 30, ...more }: { seconds?: number; [field: string]: unknown } = {},
) => ({
  email: to,
  event,
  timestamp: Math.floor(rivulet.clock.now.getTime() / 1000) - 60 + seconds,
  'smtp-id': `<${messageId}>`,
  sg_event_id: `${event}-${messageId}-${seconds}`,
  sg_message_id: 'filter0001.1.1.0',
  rivulet: messageId.split('@')[0],
  ...more,
});

describe.each(['official-single', 'official-multi', 'local'])('SendGrid’s fixtures signed with the key %s', (name) => {
  const { keys, fixtures } = webhookFixtures('sendgrid');
  const statuses = { processed: 200, 'rejected-auth': 401, malformed: 400 };
  let server: HttpRivulet;

  beforeAll(async () => {
    const SENDGRID_WEBHOOK_KEY = z.string().parse(keys[name]?.['value']);
    server = await startHttpRivulet({ SENDGRID_WEBHOOK_KEY }, '2026-10-01T00:00:00Z');
  });
  afterAll(() => server.close());

  const send = async (fixture: Fixture) => {
    server.clock.now = clockOf(fixture);
    const { body, headers } = await requestOf('sendgrid', fixture);
    const known = Object.entries(headers).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    return readAnswer(
      await fetch(`${server.url}/webhooks/sendgrid`, {
        method: 'POST',
        body: new Uint8Array(body),
        headers: Object.fromEntries(known),
      }),
    );
  };
  const own = fixtures.filter(({ auth }) => auth.key === name);
  const others = fixtures.filter(({ auth }) => auth.key !== undefined && auth.key !== name);

  test.each(own)('$file is answered by its outcome, and every event is counted: $title', async (fixture) => {
    const { status, body } = await send(fixture);
    expect(status).toBe(statuses[fixture.outcome]);
    const counted = Object.values(status === 200 ? body : {}).reduce((sum: number, one) => sum + Number(one), 0);
    expect(counted).toBe(fixture.expect.length);
    expect(server.faults).toEqual([]);
  });

  test.each(others)('$file, signed with another key, is not let in', async (fixture) => {
    expect((await send(fixture)).status).toBe(401);
  });
});

describe('a call', () => {
  const batch = () => [{ email: 'ada@example.org', event: 'open', timestamp: 1_772_442_000, sg_event_id: 'x' }];
  const plain = (init: RequestInit) => fetch(events(), { method: 'POST', ...init });

  test.each<[string, RequestInit]>([
    ['nothing', {}],
    ['no signature', { body: '[]', headers: { 'Content-Type': 'application/json' } }],
    ['a signature that is none', { body: '[]', headers: { 'X-Twilio-Email-Event-Webhook-Signature': 'x' } }],
  ])('with %s is refused as unsigned, and leaves nothing', async (_, init) => {
    const before = await rivulet.store.db.collection('strayEvents').countDocuments();
    const answer = await readAnswer(await plain(init));
    expect(answer).toMatchObject({ status: 401, body: { status: 401, title: 'Not signed in' } });
    expect(await rivulet.store.db.collection('strayEvents').countDocuments()).toBe(before);
  });

  test('signed by somebody else is refused', async () => {
    const answer = await openSendgridAccount().postEvents(events(), batch(), rivulet.clock.now);
    expect(answer.status).toBe(401);
  });

  test('signed rightly and not JSON is refused as unreadable', async () => {
    const reply = { from: 'a@b.co', to: 'b@b.co', subject: '', text: '', inReplyTo: 'x@y' };
    const answer = await readAnswer(await account.postReply(events(), reply, rivulet.clock.now));
    expect(answer).toMatchObject({ status: 400, body: { detail: 'the body is not a JSON array of events' } });
  });

  test('to the inbound address that is no form is refused as unreadable, and unsigned as unsigned', async () => {
    expect((await account.postEvents(inbound(), batch(), rivulet.clock.now)).status).toBe(400);
    const form = new URLSearchParams({ from: 'ada@example.org', text: 'stop' });
    expect((await fetch(inbound(), { method: 'POST', body: form })).status).toBe(401);
  });

  test('of SendGrid’s own inbound fixture, which nobody signed, is refused: anybody could have written it', async () => {
    const fixture = webhookFixtures('sendgrid').fixtures.find(({ file }) => file === 'inbound-parse-reply.json');
    const { body, headers } = await requestOf('sendgrid', z.custom<Fixture>().parse(fixture));
    const type = headers['content-type'] ?? '';
    const init = { method: 'POST', body: new Uint8Array(body), headers: { 'Content-Type': type } };
    expect((await fetch(inbound(), init)).status).toBe(401);
  });

  test('of more than 10 MB is refused as too large', async () => {
    expect((await plain({ body: Buffer.alloc(10.5 * 1024 * 1024, ' ') })).status).toBe(413);
  });

  test('by GET finds nothing', async () => {
    expect((await fetch(events())).status).toBe(404);
  });

  test('without the setting finds nothing, and is told which it is', async () => {
    const without = await startHttpRivulet();
    for (const path of ['/webhooks/sendgrid', '/webhooks/sendgrid/inbound']) {
      const answer = await readAnswer(await account.postEvents(without.url + path, batch(), without.clock.now));
      expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('SENDGRID_WEBHOOK_KEY') } });
    }
    await without.close();
  });
});

describe('what happened to a mail', () => {
  test.each([
    [
      'one after the other',
      async (call: () => Promise<unknown>) => {
        for (let times = 0; times < 5; times += 1) await call();
      },
    ],
    [
      'at once',
      async (call: () => Promise<unknown>) => {
        await Promise.all(Array.from({ length: 5 }, call));
      },
    ],
  ])('counts once, told five times %s', async (_, repeat) => {
    const { id, mail } = await aReader();
    const before = await helloCounts();
    const batch = [
      of(mail, 'delivered'),
      of(mail, 'open'),
      of(mail, 'click', { url: 'https://tallybay.example.com/x' }),
    ];
    const answers: { status: number; body: { recorded: number } }[] = [];
    await repeat(async () => answers.push(await tell(...batch)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(answers.reduce((sum, { body }) => sum + body.recorded, 0)).toBe(3);
    for (const type of ['delivered', 'opened', 'clicked']) expect(await eventsOf(id, type)).toHaveLength(1);
    expect(await leadOf(id)).toMatchObject({ score: 14 });
    expect(await helloCounts()).toMatchObject({ opened: before.opened + 1, clicked: before.clicked + 1 });
  });

  test('counts once, told twice in one batch', async () => {
    const { mail } = await aReader();
    const { body } = await tell(of(mail, 'open'), of(mail, 'open'));
    expect(body).toEqual({ recorded: 1, known: 1, stray: 0, ignored: 0 });
  });

  test('is the same in whatever order it is told', async () => {
    const told = async (order: readonly number[]) => {
      const { id, mail } = await aReader();
      const batch = [
        of(mail, 'processed', { seconds: 1 }),
        of(mail, 'delivered', { seconds: 2 }),
        of(mail, 'open', { seconds: 10 }),
        of(mail, 'click', { seconds: 20, url: 'https://tallybay.example.com/pricing' }),
      ];
      for (const index of order) await tell(...batch.slice(index, index + 1));
      const { score, stage, scoreExplained, enrollments } = await leadOf(id);
      const runs = enrollments.map(({ sequence, status }: Record<string, string>) => [sequence, status]);
      const happened = (await rivulet.store.events.ofLead(id)).map(({ type, at }) => [type, at]);
      const [message] = await rivulet.store.messages.ofLead(id);
      const { openedAt, clickedAt, clickedLinks } = message ?? {};
      const lines = scoreExplained.lines.map(({ why, points }: { why: string; points: number }) => `${why} ${points}`);
      return {
        score,
        stage,
        runs,
        happened: happened.filter(([type]) => ['delivered', 'opened', 'clicked'].includes(String(type))),
        mail: { openedAt, clickedAt, clickedLinks },
        lines: lines.toSorted(),
      };
    };
    const inOrder = await told([0, 1, 2, 3]);
    expect(inOrder).toMatchObject({
      score: 24,
      happened: [
        ['delivered', expect.anything()],
        ['opened', expect.anything()],
        ['clicked', expect.anything()],
      ],
    });
    expect(await told([3, 2, 1, 0])).toEqual(inOrder);
    expect(await told([2, 1, 0, 3])).toEqual(inOrder);
  });

  test('happened when SendGrid says, but never in a time that has not come', async () => {
    const { id, mail } = await aReader();
    await tell(of(mail, 'open', { seconds: 30 }), of(mail, 'open', { seconds: 7200 }));
    const now = rivulet.clock.now;
    expect((await eventsOf(id, 'opened')).map(({ at }) => at)).toEqual([new Date(now.getTime() - 30_000), now]);
  });

  test('is found by the address when nothing else says whose mail it was', async () => {
    const { id, mail } = await aReader();
    const { 'smtp-id': _, rivulet: __, ...bare } = of(mail, 'open');
    expect((await tell({ ...bare, email: mail.to.toUpperCase() })).body.recorded).toBe(1);
    expect(await eventsOf(id, 'opened')).toMatchObject([{ step: 'hello', sequence: 'welcome' }]);
  });

  test('to somebody we do not know is kept apart, counted, and makes no lead', async () => {
    const { mail } = await aReader();
    const stranger = { ...of(mail, 'open'), email: 'stranger@example.net', 'smtp-id': '<x@example.net>', rivulet: 'x' };
    const strays = rivulet.store.db.collection('strayEvents');
    const [before, leads] = [await strays.countDocuments(), (await rivulet.store.leads.page(200)).items.length];
    for (let times = 0; times < 2; times += 1)
      expect((await tell(stranger)).body).toEqual({ recorded: 0, known: 0, stray: 1, ignored: 0 });
    expect(await strays.countDocuments()).toBe(before + 1);
    expect(JSON.stringify(await strays.find().toArray())).not.toContain('stranger@');
    expect((await rivulet.store.leads.page(200)).items).toHaveLength(leads);
  });

  test('is taken from a batch however much rubbish stands around it', async () => {
    const { id, mail } = await aReader();
    const rubbish =
      JSON.parse(`[null, 7, "open", true, [], [[]], {}, {"event":"open"}, {"event":{"$gt":""},"email":"x@y.co"},
      {"event":"open","email":["a@b.co"],"timestamp":{"$gt":0}}, {"event":"open","email":"a@b.co\\r\\nBcc: c@d.co","sg_event_id":"r1"},
      {"event":"click","email":"no@example.net","url":{"a":1},"__proto__":{"polluted":true},"constructor":{"prototype":{}}},
      {"event":"invented","email":"x@y.co"}, {"event":"open","email":"\\u0000","timestamp":1e400},
      {"event":"open","email":"y@example.net","timestamp":-1,"sg_event_id":"${'x'.repeat(5000)}"}]`);
    const { status, body } = await tell(...rubbish, of(mail, 'open'), ...rubbish);
    expect(status).toBe(200);
    expect(body.recorded + body.known + body.stray + body.ignored).toBe(rubbish.length * 2 + 1);
    expect(body.recorded).toBe(1);
    expect(await eventsOf(id, 'opened')).toHaveLength(1);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('what a mail brings back', () => {
  test('from a dead mailbox ends every run and every mail to it', async () => {
    const { id, mail } = await aReader();
    const reason = '550 5.1.1 no such user';
    await tell(of(mail, 'bounce', { type: 'bounce', status: '5.1.1', reason }));
    expect(await leadOf(id)).toMatchObject({
      suppressed: 'hard-bounced',
      enrollments: [{ status: 'ended', endedBecause: 'hard-bounced' }],
      next: null,
    });
    expect(await pastOf(id)).toContainEqual(expect.objectContaining({ what: 'bounced (hard)', because: reason }));
    expect(await rivulet.api('/api/leads', { email: mail.to })).toMatchObject({ body: { suppressed: 'hard-bounced' } });
  });

  test('from a mailbox that is full now ends nothing', async () => {
    const { id, mail } = await aReader();
    await tell(
      of(mail, 'bounce', { type: 'blocked', status: '4.2.2', reason: '452 4.2.2 full' }),
      of(mail, 'deferred'),
    );
    expect(await leadOf(id)).toMatchObject({ enrollments: [{ status: 'active' }] });
    expect(await leadOf(id)).not.toHaveProperty('suppressed');
    expect(await pastOf(id)).toContainEqual(expect.objectContaining({ what: 'bounced (soft)' }));
  });

  test('by a machine that opens it is shown, counted apart, and not scored', async () => {
    const { id, mail } = await aReader();
    const before = await helloCounts();
    await tell(of(mail, 'open', { sg_machine_open: true }));
    expect(await pastOf(id)).toContainEqual(expect.objectContaining({ what: 'opened', machine: true }));
    expect(await leadOf(id)).toMatchObject({ score: 0 });
    expect(await helloCounts()).toEqual({ ...before, machineOpens: before.machineOpens + 1 });
  });

  test.each([
    ['a complaint', 'spamreport', 'complained'],
    ['an unsubscribe at SendGrid', 'unsubscribe', 'unsubscribed'],
    ['an unsubscribe from a group', 'group_unsubscribe', 'unsubscribed'],
  ])('as %s stops everything at once', async (_, event, reason) => {
    const { id, mail } = await aReader();
    await tell(of(mail, event));
    expect(await leadOf(id)).toMatchObject({
      suppressed: reason,
      enrollments: [{ status: 'ended', endedBecause: reason }],
    });
  });

  const replyTo = (mail: ReadMail, text: string, subject = 'Re: Your dock board is ready') => ({
    from: `Ada King <${mail.to}>`,
    to: 'mara@mail.tallybay.example.com',
    subject,
    text,
    inReplyTo: mail.messageId,
  });
  const send = async (reply: ReturnType<typeof replyTo>) =>
    readAnswer(await account.postReply(inbound(), reply, rivulet.clock.now));

  test('as a reply ends the series, scores, and is told in the lead’s own words', async () => {
    const { id, mail } = await aReader();
    expect((await send(replyTo(mail, 'Who shows us the board?'))).body).toMatchObject({ recorded: 1 });
    const { enrollments, scoreExplained } = await leadOf(id);
    expect(enrollments[0]).toMatchObject({ sequence: 'welcome', status: 'ended', endedBecause: 'replied' });
    expect(scoreExplained.lines).toContainEqual(expect.objectContaining({ why: 'replied to a mail', points: 25 }));
    expect(await pastOf(id)).toContainEqual(
      expect.objectContaining({ what: 'replied', because: 'Who shows us the board?' }),
    );
  });

  test('as a reply told five times is one reply', async () => {
    const { id, mail } = await aReader();
    await Promise.all(Array.from({ length: 5 }, () => send(replyTo(mail, 'Yes'))));
    expect(await eventsOf(id, 'replied')).toHaveLength(1);
    expect((await leadOf(id)).score).toBe(25);
  });

  test('as a reply from another address of the same person still belongs to the mail that it answers', async () => {
    const { id, mail } = await aReader();
    await send({ ...replyTo(mail, 'From my phone'), from: 'ada@elsewhere.example' });
    expect(await eventsOf(id, 'replied')).toMatchObject([{ step: 'hello' }]);
  });

  test('as a mail from nobody we know that answers nothing of ours is stray', async () => {
    const { mail } = await aReader();
    const reply = { ...replyTo(mail, 'Hi'), from: 'nobody@example.net', inReplyTo: 'other@example.net' };
    expect((await send(reply)).body).toEqual({ recorded: 0, known: 0, stray: 1, ignored: 0 });
  });
});

test('a mail to the way out is an unsubscribe, whatever it says and whoever has it taken in', async () => {
  const server = await startHttpRivulet({
    SENDGRID_WEBHOOK_KEY: account.publicKey,
    REPLY_ADDRESS: 'replies@in.example.com',
  });
  const { id, mail } = await server.welcome('leaver@example.org');
  const { headers } = (await server.api(`/api/mailbox/${mail.id}`)).body;
  const [, wayOut = ''] = /<mailto:([^?]*)\?/.exec(headers['List-Unsubscribe']) ?? [];
  const written = {
    from: 'leaver@example.org',
    to: wayOut,
    subject: '',
    text: 'Sent from my phone',
    inReplyTo: 'x@y.co',
  };
  const answer = await account.postReply(`${server.url}/webhooks/sendgrid/inbound`, written, server.clock.now);

  expect(await readAnswer(answer)).toMatchObject({ status: 200, body: { recorded: 1 } });
  expect((await server.api(`/api/leads/${id}`)).body).toMatchObject({ suppressed: 'unsubscribed' });
  expect((await server.store.events.ofLead(id)).map(({ type }) => type)).not.toContain('replied');
  await server.close();
});

test('nothing of all this was a fault', () => {
  expect(rivulet.faults).toEqual([]);
});
