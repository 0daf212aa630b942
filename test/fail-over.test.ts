import { afterEach, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { type Answers, type MailServer, startMailServer } from './mail-server.js';
import { aProjectFolder, aSequenceFile, eventually, startTestRivulet, type TestRivulet } from './support.js';

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

/** A Rivulet with two mail servers, of which mails go to the first while it can be used. */
async function openTwo(answers: Answers = {}, delivery: object = {}) {
  const [first, spare] = [await aServer(answers), await aServer()];
  const project = await aProjectFolder({
    'sequences/hello.json': aSequenceFile([{ id: 'first', send: 'hello', subject: 'First' }], {
      enroll: { on: 'lead.created' },
    }),
    'sequences/delivery.json': JSON.stringify(delivery),
  });
  const rivulet = await startTestRivulet({ PROJECT_DIR: project, SMTP_URL: first.url, SMTP_URL_SPARE: spare.url });
  opened.push(rivulet.close);
  return { first, spare, rivulet };
}

async function aServer(answers: Answers = {}): Promise<MailServer> {
  const server = await startMailServer(answers);
  opened.push(server.stop);
  return server;
}

async function enroll({ store, engine }: TestRivulet, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const email = `lead-${i}@example.org`;
    await captureLead({ email, emailKey: email }, 'form', store, engine, () => `lead-${i}`);
  }
}

async function transportsOf({ store }: TestRivulet): Promise<readonly unknown[]> {
  const rows = await store.db.collection('messages').find().toArray();
  return rows
    .map(({ state, transport }) => `${String(state)} by ${String(transport)}`)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

test('a mail server that cannot be used is stood in for by the next, and no mail goes twice', async () => {
  const { spare, rivulet } = await openTwo({ MAIL: '421 4.3.2 closing down' });
  await enroll(rivulet, 6);
  await eventually(async () => {
    await rivulet.dispatcher.wake();
    return spare.bodies.length === 6;
  });
  expect(await transportsOf(rivulet)).toEqual(Array(6).fill('accepted by spare'));
  expect(rivulet.said).toEqual([expect.stringMatching(/^SMTP server 127\.0\.0\.1:\d+ cannot be used now \(421/)]);
});

test('a mail whose fate is open at one is not given to the other', async () => {
  const { first, spare, rivulet } = await openTwo({ dot: 'cut' });
  await enroll(rivulet, 1);
  await rivulet.dispatcher.wake();
  expect(await transportsOf(rivulet)).toEqual(['uncertain by smtp']);
  expect([first.bodies.length, spare.bodies.length]).toEqual([1, 0]);
});

test('a route that names one transport keeps its mails for it, while it is paused', async () => {
  const { spare, rivulet } = await openTwo({}, { routes: [{ sequences: 'hello', through: 'smtp' }] });
  const { store, clock } = rivulet;
  await store.pauses.pause('transport:smtp', { since: clock.now, because: 'a look at it', by: 'person' });
  await enroll(rivulet, 1);
  await rivulet.dispatcher.wake();
  expect(spare.bodies).toEqual([]);
  await store.resume('transport:smtp', clock.now);
  await rivulet.dispatcher.wake();
  expect(await transportsOf(rivulet)).toEqual(['accepted by smtp']);
});
