import { afterEach, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { aProjectFolder, aSequenceFile, startTestRivulet, type TestRivulet } from './support.js';

let rivulet: TestRivulet | undefined;
afterEach(async () => rivulet?.close());

/** A Rivulet with these rules, and what its mailbox has when 8 leads have come at one instant. */
async function eightLeads(delivery: object): Promise<number> {
  const PROJECT_DIR = await aProjectFolder({
    'sequences/delivery.json': JSON.stringify(delivery),
    'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Hello' }], { enroll: { on: 'lead.created' } }),
  });
  rivulet = await startTestRivulet({ PROJECT_DIR });
  for (let i = 0; i < 8; i += 1) {
    const email = `lead-${i}@example.org`;
    await captureLead({ email, emailKey: email }, 'test', rivulet.store, rivulet.engine, rivulet.newId);
  }
  await rivulet.dispatcher.wake();
  expect(rivulet.faults).toEqual([]);
  return (await rivulet.store.mailbox.page(100)).items.length;
}

test('mails that wait a moment for one limit are counted by all others when they go', async () => {
  const warmUp = { 'mail.example.com': { starts: '2026-03-02', days: [3, 400] } };
  const transports = { mailbox: { atMost: '2 per second' } };
  expect(await eightLeads({ warmUp, transports })).toBe(3);
});

test('mails that wait a moment for their domain take their turn at the transport as well', async () => {
  const domains = { '*': '4 per second' };
  const transports = { mailbox: { atMost: ['60 per second', '5 per day'] } };
  expect(await eightLeads({ domains, transports })).toBe(5);
});

test('mails whose turn is near all go', async () => {
  expect(await eightLeads({ domains: { '*': '4 per second' } })).toBe(8);
});
