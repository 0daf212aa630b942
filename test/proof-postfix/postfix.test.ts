import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { captureLead } from '../../src/lead/capture.js';
import { addressKey } from '../../src/message/address.js';
import { aProjectFolder, aSequenceFile, startTestRivulet, type TestRivulet } from '../support.js';
import { openPostfix } from './postfix.js';

// What the ledger says went is what a real mail server has in its queue log: each once, and nothing besides.

const leads = 300;
let postfix: Awaited<ReturnType<typeof openPostfix>>;
let rivulet: TestRivulet;

beforeAll(async () => {
  postfix = await openPostfix();
  const PROJECT_DIR = await aProjectFolder({
    'sequences/hello.json': aSequenceFile(
      [
        { id: 'first', send: 'hello', subject: 'First' },
        { id: 'pause', wait: '1 day' },
        { id: 'second', send: 'hello', subject: 'Second' },
      ],
      { enroll: { on: 'lead.created' } },
    ),
  });
  rivulet = await startTestRivulet({ PROJECT_DIR, SMTP_URL: postfix.url, SMTP_CONNECTIONS: '10' });
  for (let i = 0; i < leads; i += 1) {
    const email = `lead-${i}@example.com`;
    await captureLead({ email, emailKey: addressKey(email) }, 'form', rivulet.store, rivulet.engine, () => `lead-${i}`);
  }
}, 120_000);
afterAll(async () => {
  await rivulet.close();
  await postfix.close();
});

test.each(['stop', 'abort'] as const)(
  'a Postfix that takes two mails of each lead, and is ended by "%s" in the middle, has in its log what the ledger says',
  async (how) => {
    const day = 24 * 3_600_000;
    if (how === 'abort') rivulet.clock.now = new Date(rivulet.clock.now.getTime() + day);
    const before = (await postfix.taken()).length;
    const sending = rivulet.dispatcher.wake();
    await until(async () => (await postfix.taken()).length > before + leads / 10);
    await postfix.end(how);
    await sending;
    await postfix.start();
    await until(async () => {
      await rivulet.dispatcher.wake();
      const states = await rivulet.store.messages.countByState();
      return (states.get('queued') ?? 0) + (states.get('claimed') ?? 0) + (states.get('sending') ?? 0) === 0;
    });

    const taken = await postfix.taken();
    expect(new Set(taken).size).toBe(taken.length);
    const rows = await rivulet.store.db.collection('messages').find().toArray();
    const idsOf = (...states: string[]) =>
      new Set(rows.filter(({ state }) => states.includes(state)).map(({ _id }) => `<${String(_id)}@mail.example.com>`));
    // All that was accepted is in the log; what is in the log was accepted, or its answer was lost when Postfix ended.
    const accepted = idsOf('accepted');
    expect([...accepted].filter((id) => !taken.includes(id))).toEqual([]);
    const known = idsOf('accepted', 'uncertain');
    expect(taken.filter((id) => !known.has(id))).toEqual([]);
    expect(rows.filter(({ state }) => !['accepted', 'uncertain'].includes(state))).toEqual([]);
    expect(idsOf('uncertain').size).toBeLessThanOrEqual(how === 'stop' ? 10 : 20);
    expect(rivulet.faults).toEqual([]);
  },
  120_000,
);

/** Asks again until it is so; the time limit of the test ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve));
}
