import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { openRefusals } from '../src/delivery/refusal.js';
import type { Answer } from '../src/delivery/settlement.js';
import { recordEvent } from '../src/engine.js';
import { captureLead } from '../src/lead/capture.js';
import type { MailState } from '../src/journey/facts.js';
import type { Message } from '../src/store/message-row.js';
import { aLead, at } from './builders.js';
import { type MailServer, startMailServer } from './mail-server.js';
import { aProjectFolder, aSequenceFile, startTestRivulet, type TestRivulet } from './support.js';

const monday = at('2026-03-02T09:00Z');

describe('what a server says no with', () => {
  type Because = Extract<Answer, { kind: 'deferred' | 'rejected' }>['because'];
  const message: Message = {
    id: 'm1',
    enrollment: 'e1',
    lead: 'ada',
    sequence: 'welcome',
    revision: 'r1',
    step: 'hello',
    state: 'sending',
    plannedAt: monday,
    nextAttemptAt: monday,
    expiresAt: monday,
    attempts: [],
    claims: 1,
  };

  /** What is told of a refusal, in short. */
  async function toldOf(because: Because, state: MailState, to?: string): Promise<readonly string[]> {
    const told: string[] = [];
    const refusals = openRefusals({
      store: { pauses: { pause: async (of: string) => void told.push(`pause ${of}`) } },
      throttles: { slowDown: async (domain) => void told.push(`slow down ${domain}`) },
      now: () => monday,
      onBounce: async ({ hard }) => void told.push(hard ? 'hard bounce' : 'soft bounce'),
      close: (transport) => void told.push(`close ${transport}`),
      say: (line) => void told.push(line.slice(0, line.indexOf(' '))),
    });
    const job = {
      message: { ...message, ...(to ? { to } : {}) },
      lead: aLead(),
      claim: 'c',
      readAtMs: 0,
      enrollment: undefined,
      suppression: undefined,
      step: undefined,
      title: '',
    };
    const answer = { kind: state === 'deferred' ? 'deferred' : 'rejected', because, reply: 'no' };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every pair is asked, also those no server gives
    await refusals.heed(job, answer as Answer, { id: 'm1', state, because: 'no' }, 'smtp');
    return told;
  }

  test.each<[Because, MailState, readonly string[]]>([
    ['no-mailbox', 'rejected', ['hard bounce']],
    ['mailbox-full', 'deferred', []],
    ['mailbox-full', 'failed', ['soft bounce']],
    ['mailbox-full', 'rejected', ['soft bounce']],
    ['later', 'deferred', []],
    ['later', 'failed', ['soft bounce']],
    ['greylisted', 'deferred', []],
    ['greylisted', 'failed', ['soft bounce']],
    ['too-fast', 'deferred', ['slow down example.com']],
    ['too-fast', 'failed', ['slow down example.com']],
    ['refused', 'rejected', []],
    ['smtputf8', 'rejected', []],
    ['content', 'rejected', ['The']],
    ['protocol', 'rejected', ['The']],
    ['policy', 'rejected', ['ALARM:', 'pause transport:smtp', 'close smtp']],
  ])('"%s", and the mail is %s: %j', async (because, state, told) => {
    expect(await toldOf(because, state)).toEqual(told);
  });

  test.each<[Because, MailState, readonly string[]]>([
    ['no-mailbox', 'rejected', ['The']],
    ['mailbox-full', 'failed', ['The']],
    ['too-fast', 'deferred', ['slow down ours.example']],
  ])('"%s" of one of ours says nothing of the lead', async (because, state, told) => {
    expect(await toldOf(because, state, 'sales@ours.example')).toEqual(told);
  });
});

describe('over SMTP', () => {
  let project: string;
  let server: MailServer;
  let rivulet: TestRivulet;

  beforeAll(async () => {
    project = await aProjectFolder({
      'sequences/hello.json': aSequenceFile([{ send: 'hello', subject: 'Hello' }, { wait: '9 days' }], {
        enroll: { on: 'lead.created' },
      }),
      'sequences/told.json': aSequenceFile([{ notify: { email: 'sales@ours.example', template: 'hello' } }], {
        enroll: { on: 'called' },
      }),
      'sequences/delivery.json': '{ "softBounces": { "most": 3, "within": "10 days" } }',
    });
    server = await startMailServer();
    rivulet = await startTestRivulet({ PROJECT_DIR: project, SMTP_URL: server.url });
  });
  afterAll(async () => {
    await rivulet.close();
    await server.stop();
    await rm(project, { recursive: true });
  });

  const aPerson = async (id: string): Promise<string> => {
    const { store, engine } = rivulet;
    const email = `${id}@example.org`;
    await captureLead({ email, emailKey: email }, 'test', store, engine, () => id);
    return id;
  };
  const tell = (lead: string, type: string, id: string, hard?: boolean): Promise<boolean> => {
    const event = { id, type, lead, at: at('2026-03-01T09:00Z'), source: 'test', machine: false };
    return recordEvent({ ...event, ...(hard === undefined ? {} : { hard, message: id }) }, rivulet.engine);
  };

  test('a full mailbox is one bounce beside those that providers tell of, and counts when the mail is given up', async () => {
    const lead = await aPerson('ada');
    await tell(lead, 'bounced', 'b1', false);
    await tell(lead, 'bounced', 'b2', false);
    server.answers.RCPT = '452 4.2.2 mailbox full';
    await rivulet.dispatcher.wake();
    expect(await rivulet.store.suppressions.of('ada@example.org')).toBeUndefined();
    await rivulet.playUntil(at('2026-03-05T09:00Z'));
    expect(await rivulet.store.suppressions.of('ada@example.org')).toBe('soft-bounced');
    expect(await rivulet.store.enrollments.ofLead(lead)).toMatchObject([{ endedBecause: 'soft-bounced' }]);
    expect(await rivulet.store.suppressions.look('ada@example.org')).toMatchObject({
      reasons: [{ because: '3 soft bounces in a row within 10 days, the last: 452 4.2.2 mailbox full' }],
    });
  });

  test('the dead mailbox of one of ours ends nothing for the lead that they were to hear of', async () => {
    delete server.answers.RCPT;
    const lead = await aPerson('bea');
    await rivulet.dispatcher.wake();
    server.answers.RCPT = (said) => (said.includes('sales@') ? '550 5.1.1 no such user' : '250 ok');
    await tell(lead, 'called', 'c1');
    await rivulet.dispatcher.wake();
    const notice = (await rivulet.store.messages.ofLead(lead)).find(({ to }) => to !== undefined);
    expect(notice).toMatchObject({ state: 'rejected', refusal: 'no-mailbox' });
    expect(await rivulet.store.suppressions.of('bea@example.org')).toBeUndefined();
    expect(rivulet.said).toContain('The notice of told/1 did not reach the one it is for: 550 5.1.1 no such user');
  });
});
