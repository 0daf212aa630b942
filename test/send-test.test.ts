import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openLocalMailbox } from '../src/delivery/local-mailbox.js';
import { openSmtp } from '../src/delivery/smtp.js';
import { tagHeadersFor } from '../src/delivery/provider-of.js';
import type { ProviderName } from '../src/event/provider-names.js';
import { recordProviderEvents } from '../src/lead/attribute.js';
import { madeUpLead } from '../src/shown/preview-lead.js';
import { handOver, testAddress, testMailFor } from '../src/preview/send-test.js';
import { mailNamed } from '../src/shown/shown-mail.js';
import { type Reading, readFolder } from '../src/preview/watch.js';
import { at } from './builders.js';
import { type Answers, startMailServer } from './mail-server.js';
import { aProjectFolder, aSequenceFile, startHttpRivulet } from './support.js';

let reading: Extract<Reading, { kind: 'ready' }>;

beforeAll(async () => {
  reading = await readyFolder();
});

async function readyFolder(files: Readonly<Record<string, string>> = {}) {
  const read = await readFolder(await aProjectFolder(files), async (project, texts) =>
    madeUpLead(project, texts, 'me@example.com'),
  );
  if (read.kind !== 'ready') throw new Error(JSON.stringify(read));
  return read;
}

const testMail = (
  what = 'hello:hello',
  { provider, from = reading }: { provider?: ProviderName; from?: typeof reading } = {},
) =>
  testMailFor(
    'me@example.com',
    mailNamed(what, from.project),
    {
      ...from,
      assetsUrl: 'https://mail.example.com',
      testMailUrl: 'https://mail.example.com/test-mail',
      now: at('2026-03-02T09:00:00Z'),
    },
    tagHeadersFor({ kind: 'mailbox' }, provider),
  );

test.each([
  ['me', 'an e-mail address looks like name@example.com'],
  ['me@example', 'the domain has no ending such as .com'],
  ['me@example.com, you@example.com', 'the part before the @ has characters that no mailbox has, or is longer than 64'],
])('the address "%s" is refused: %s', (to, problem) => {
  expect(() => testAddress(to)).toThrow(`--to: ${problem}. Name one address`);
});

describe('by SMTP', () => {
  const send = async (answers: Answers) => {
    const server = await startMailServer(answers);
    const handover = await handOver(testMail(), openSmtp(server.url, 1));
    await server.stop();
    return { handover, bodies: server.bodies, said: server.said.flat() };
  };

  test('it goes to the one address, marked as a test, and the server’s answer is told', async () => {
    const { handover, bodies, said } = await send({});
    expect(handover).toEqual({ kind: 'accepted', reply: '250 2.0.0 taken' });
    expect(said).toContain('RCPT TO:<me@example.com>');
    expect(said).toContain('MAIL FROM:<mara@mail.example.com>');
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toContain('\r\nSubject: [Test] Hello Ada\r\n');
    expect(bodies[0]).toContain('\r\nTo: me@example.com\r\n');
    expect(bodies[0]).toContain('https://example.com/more?for');
    expect(bodies[0]).toMatch(/^List-Unsubscribe: <https:\/\/mail\.example\.com\/test-mail>\r$/m);
    expect(bodies[0]).not.toMatch(/\/[ocup]\/[\w-]{20}/);
  });

  test.each([
    [{ RCPT: '550 5.1.1 no such user' }, { kind: 'rejected', reply: '550 5.1.1 no such user', because: 'no-mailbox' }],
    [{ RCPT: '451 4.7.1 try again later' }, { kind: 'deferred', reply: '451 4.7.1 try again later' }],
    [{ dot: 'cut' }, { kind: 'uncertain' }],
  ] satisfies [Answers, object][])('what a server that answers %j means is told', async (answers, handover) => {
    expect((await send(answers)).handover).toMatchObject(handover);
  });

  test('a server that is not there is told too', async () => {
    const { url, stop } = await startMailServer();
    await stop();
    expect(await handOver(testMail(), openSmtp(url, 1))).toMatchObject({ kind: 'unavailable' });
  });
});

test('a template without any sender is refused', async () => {
  const bare = await readyFolder({
    'sequences/hello.json': aSequenceFile([{ tag: 'new' }]),
  });
  expect(() => testMail('hello', { from: bare })).toThrow(/^hello: no sequence sends this template, .*Name a step/);
});

test('SendGrid gives the id of a test back, and never one of a message', () => {
  const { id, headers } = testMail('hello', { provider: 'sendgrid' });
  expect(JSON.parse(headers['X-SMTPAPI'] ?? '')).toMatchObject({ unique_args: { rivulet: id } });
  expect(id).toMatch(/^test[a-z2-7]{32}$/);
});

describe('in a Rivulet', () => {
  let rivulet: Awaited<ReturnType<typeof startHttpRivulet>>;
  beforeAll(async () => {
    rivulet = await startHttpRivulet();
  });
  afterAll(() => rivulet.close());

  test('the local mailbox keeps it as any mail, and nobody has got a message', async () => {
    const mail = testMail();
    const handover = await handOver(mail, openLocalMailbox(rivulet.store.mailbox));
    expect(handover).toEqual({ kind: 'accepted', reply: 'kept in the local mailbox' });
    expect((await rivulet.api(`/api/mailbox/${mail.id}`)).body.subject).toContain('[Test] Hello Ada');
    expect(await rivulet.store.messages.countByState()).toEqual(new Map());
  });

  test('its link to unsubscribe says that it was a test, also to the POST of a mail program', async () => {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(`${rivulet.url}/test-mail`, { method });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('This was a test mail');
    }
  });

  test('an answer to it or a report of it is nobody’s event, even when its reader is a lead', async () => {
    const { id: lead } = await rivulet.welcome('me@example.com');
    const { id } = testMail();
    const plain = { recipient: 'me@example.com', machine: false, metadata: {} };
    const counts = await recordProviderEvents(
      'sendgrid',
      [
        { ...plain, type: 'opened', dedupeKey: '1', metadata: { rivulet: id } },
        { ...plain, type: 'delivered', dedupeKey: '2', smtpId: `${id}@mail.example.com` },
        {
          ...plain,
          type: 'replied',
          dedupeKey: '3',
          reply: { text: 'Looks good', auto: false, inReplyTo: [`${id}@mail.example.com`], to: [] },
        },
      ],
      rivulet.store,
      rivulet.engine,
    );
    expect(counts).toMatchObject({ recorded: 0, stray: 3 });
    expect(await rivulet.store.events.count({ lead, type: 'replied' })).toBe(0);
  });
});
