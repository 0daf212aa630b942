import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { addressKey } from '../src/message/address.js';
import { type DatabaseProxy, openDatabaseProxy, type WriteFault } from './database-proxy.js';
import { aBounce } from './returning-mail.js';
import { openTalk } from './smtp-talk.js';
import { aProjectFolder, startTestRivulet, testDatabase, type TestRivulet } from './support.js';

// A mail server that says "250" has taken the mail over: what it tells must be kept by then, whatever the database does.

let folder: string;
let proxy: DatabaseProxy;
let rivulet: TestRivulet;
let ways: Awaited<ReturnType<TestRivulet['waysIn']['open']>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rvi-'));
  proxy = await openDatabaseProxy(testDatabase(), join(folder, 'proxy.sock'));
  rivulet = await startTestRivulet({
    MONGODB_URI: proxy.uri,
    PROJECT_DIR: await aProjectFolder(),
    RETURN_ADDRESS: 'bounces@in.example.com',
    REPLY_ADDRESS: 'replies@in.example.com',
    INBOUND_SMTP: '127.0.0.1:0',
  });
  ways = await rivulet.waysIn.open();
});
afterAll(async () => {
  await ways.stop();
  await rivulet.close();
  await proxy.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Far more than a report ever writes. */
const never = 1_000_000;

const faults: readonly [string, WriteFault][] = [
  ['whose answer never comes', { kind: 'unheard' }],
  ['that never reaches the database', { kind: 'unsent' }],
  ['refused by a server that is no primary', { kind: 'refused', code: 10_107, codeName: 'NotWritablePrimary' }],
];

test.each(faults)('with any one write %s, a report is taken at last, and counts once', async (_, fault) => {
  const first: string[] = [];
  for (let nth = 1; ; nth += 1) {
    const email = `${fault.kind}-${nth}@example.org`;
    const capture = { email, emailKey: addressKey(email) };
    const { lead } = await captureLead(capture, 'test', rivulet.store, rivulet.engine, () => email);
    await rivulet.dispatcher.wake();
    const [message] = await rivulet.store.messages.ofLead(lead.id);
    const report = aBounce({ lead: email, envelopeId: message?.id ?? '', id: `<${email}>` });

    proxy.arm(nth, fault);
    const answers = await told(report);
    const wrote = proxy.writes.length;
    proxy.arm(never, fault);
    await rivulet.dispatcher.wake();
    first.push(answers[0] ?? '');
    expect(answers.slice(0, -1).every((answer) => answer.startsWith('451 4.3.0'))).toBe(true);
    expect(answers.at(-1)).toMatch(/^250 /);
    expect(await rivulet.store.suppressions.of(addressKey(email))).toBe('hard-bounced');
    const events = await rivulet.store.events.ofLead(lead.id);
    expect(events.filter(({ source }) => source === 'inbound')).toHaveLength(1);
    const [after] = await rivulet.store.messages.ofLead(lead.id);
    expect(after?.bouncedAt).toBeDefined();
    if (wrote < nth) break;
  }
  // Had no fault hit a report, this would have shown nothing.
  expect(first.filter((answer) => answer.startsWith('451')).length).toBeGreaterThan(1);
  expect(rivulet.faults).toEqual([]);
});

/** Says a mail until it is taken, as a mail server does; answers all that was answered. */
async function told(mail: string): Promise<readonly string[]> {
  const answers: string[] = [];
  while (!answers.at(-1)?.startsWith('250') && answers.length < 5) {
    const talk = await openTalk(ways.port ?? 0);
    await talk.say('EHLO mx.example.net');
    answers.push((await talk.mail('', 'replies@in.example.com', mail)).at(-1) ?? '');
    talk.cut();
  }
  return answers;
}
