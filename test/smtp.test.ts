import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { openSmtp } from '../src/delivery/smtp.js';
import type { Handover, Parcel, Transport } from '../src/delivery/transport.js';
import { recordEvent } from '../src/engine.js';
import { idFrom } from '../src/event/id.js';
import { addressKey } from '../src/message/address.js';
import { type Answers, type MailServer, startMailServer } from './mail-server.js';
import { aProjectFolder, startTestRivulet, type TestRivulet, eventually } from './support.js';

const opened: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.stop();
});

async function serverWith(answers: Answers = {}): Promise<MailServer> {
  const server = await startMailServer(answers);
  opened.push(server);
  return server;
}

function transportTo(url: string): Transport {
  const transport = openSmtp(url, 5);
  opened.push(transport);
  return transport;
}

function aParcel(mime = 'Subject: hello\r\n\r\nhello\r\n'): Parcel {
  return {
    id: idFrom('mail'),
    from: 'mara@mail.example.com',
    to: 'ada@example.org',
    subject: 'hello',
    at: new Date('2026-03-02T09:00:00Z'),
    mime: Buffer.from(mime, 'latin1'),
  };
}

/** More than the socket buffers of both sides hold: its dot cannot be written before the server has read much of it. */
const large = `Subject: large\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(200_000)}`;

describe('what a server answers', () => {
  const deferred: Partial<Handover> = { kind: 'deferred', isGreylisted: false };
  const greylisted: Partial<Handover> = { kind: 'deferred', isGreylisted: true };
  const rejected: Partial<Handover> = { kind: 'rejected', isAddressBad: false };
  const noSuchAddress: Partial<Handover> = { kind: 'rejected', isAddressBad: true };
  const unavailable: Partial<Handover> = { kind: 'unavailable' };

  test.each<[keyof Answers, string, Partial<Handover>]>([
    ['greeting', '421 too busy', unavailable],
    ['greeting', '554 no service for you', unavailable],
    ['EHLO', '421 too busy', unavailable],
    ['AUTH', '454 4.7.0 not now', unavailable],
    ['AUTH', '535 5.7.8 wrong password', unavailable],
    ['MAIL', '421 4.7.0 too many mails from you', unavailable],
    ['MAIL', '530 5.7.0 log in first', unavailable],
    ['MAIL', '451 4.3.0 not now', deferred],
    ['MAIL', '550 5.7.1 not from here', rejected],
    ['RCPT', '421 4.7.0 not so fast with this domain', deferred],
    ['RCPT', '450 4.2.0 come back later', greylisted],
    ['RCPT', '450 4.7.1 Greylisted for 300 seconds', greylisted],
    ['RCPT', '450 4.3.2 busy', deferred],
    ['RCPT', '452 4.2.2 mailbox full', deferred],
    ['RCPT', '550 5.1.1 no such user', noSuchAddress],
    ['RCPT', '550-5.1.1 no such user,\r\n550 5.1.1 not at all', noSuchAddress],
    ['RCPT', '552 5.2.2 mailbox full', deferred],
    ['RCPT', '550 5.7.1 we do not like you', rejected],
    ['DATA', '451 4.3.0 not now', deferred],
    ['DATA', '554 5.5.1 no', rejected],
    ['dot', '250 2.0.0 queued as 4711', { kind: 'accepted', reply: '250 2.0.0 queued as 4711' }],
    ['dot', '421 4.3.0 closing', deferred],
    ['dot', '451 4.3.0 not now', deferred],
    ['dot', '552 5.3.4 too large', rejected],
    ['dot', '554 5.7.1 spam', rejected],
    // RFC 5321 §4.2.1 knows no 3yz here. Nobody can tell what a server means that says so.
    ['dot', '354 go on', { kind: 'uncertain' }],
  ])('to %s with "%s" makes it %o', async (point, reply, expected) => {
    const server = await serverWith({ [point]: reply });
    const handover = await transportTo(server.url.replace('//', '//ada:secret@')).deliver(aParcel());
    expect(handover).toMatchObject(expected);
  });

  test('is kept with the handover, on one line and not longer than 500 characters', async () => {
    const server = await serverWith({ dot: `554-5.7.1 spam:\r\n554 5.7.1 ${'very '.repeat(300)}` });
    const { reply } = await transportTo(server.url).deliver(aParcel());
    expect(reply).toMatch(/^554-5\.7\.1 spam: 554 5\.7\.1 very very/);
    expect(reply).toHaveLength(500);
  });

  test('to EHLO may be no when HELO is welcome', async () => {
    const server = await serverWith({ EHLO: '502 what?' });
    expect(await transportTo(server.url).deliver(aParcel())).toMatchObject({ kind: 'accepted' });
  });

  test('before the mail was written whole is final: the rest of it is not sent', async () => {
    const server = await serverWith({ body: '552 5.3.4 too large' });
    expect(await transportTo(server.url).deliver(aParcel(large))).toMatchObject({ kind: 'rejected' });
    await ended(server);
    expect(server.bodies).toEqual([]);
  });
});

describe('a connection that ends', () => {
  const ways: readonly string[] = ['cut', 'reset'];
  const points = ['greeting', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA'] as const;

  test.each(points.flatMap((point) => ways.map((way) => [point, way] as const)))(
    'in place of an answer to %s (%s) leaves the mail with us',
    async (point, way) => {
      const server = await serverWith({ [point]: way });
      const handover = await transportTo(server.url.replace('//', '//ada:secret@')).deliver(aParcel());
      expect(handover.kind).toBe('unavailable');
      expect(server.bodies).toEqual([]);
    },
  );

  test.each(ways)('in the middle of a mail (%s) leaves it with us', async (way) => {
    const server = await serverWith({ body: way });
    expect((await transportTo(server.url).deliver(aParcel(large))).kind).toBe('unavailable');
    expect(server.bodies).toEqual([]);
  });

  test.each(ways)('after the dot (%s) makes it uncertain, and it is not said twice', async (way) => {
    const server = await serverWith({ dot: way });
    const transport = transportTo(server.url);
    expect((await transport.deliver(aParcel())).kind).toBe('uncertain');
    await ended(server);
    expect(server.bodies).toHaveLength(1);
    expect(server.said).toHaveLength(1);
  });

  test('after half a mail makes it uncertain when the other half was on its way with the dot', async () => {
    const server = await serverWith({ body: 'reset' });
    expect((await transportTo(server.url).deliver(aParcel())).kind).toBe('uncertain');
  });

  test('without anybody listening leaves the mail with us', async () => {
    const server = await startMailServer();
    await server.stop();
    expect(await transportTo(server.url).deliver(aParcel())).toMatchObject({
      kind: 'unavailable',
      reply: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('connections', () => {
  test('are kept for the next mail, and told goodbye at the end', async () => {
    const server = await serverWith();
    const transport = transportTo(server.url);
    for (let i = 0; i < 3; i += 1) await transport.deliver(aParcel());
    await transport.stop();
    await ended(server);
    expect(server.said.map(verbs)).toEqual([
      ['EHLO', 'MAIL', 'RCPT', 'DATA', 'MAIL', 'RCPT', 'DATA', 'MAIL', 'RCPT', 'DATA', 'QUIT'],
    ]);
  });

  test('are renewed after 100 mails', async () => {
    const server = await serverWith();
    const transport = transportTo(server.url);
    for (let i = 0; i < 101; i += 1) await transport.deliver(aParcel());
    expect(server.said.map((lines) => verbs(lines).filter((verb) => verb === 'MAIL').length)).toEqual([100, 1]);
    expect(verbs(server.said[0] ?? []).at(-1)).toBe('QUIT');
  });

  test.each(['421 4.7.0 that was enough', 'cut', 'reset'])(
    'that a server ends when the next mail comes ("%s") are renewed at once',
    async (way) => {
      const server = await serverWith();
      const transport = transportTo(server.url);
      await transport.deliver(aParcel());
      let hasEnded = false;
      server.answers.MAIL = () => {
        const reply = hasEnded ? '250 ok' : way;
        hasEnded = true;
        return reply;
      };
      expect((await transport.deliver(aParcel())).kind).toBe('accepted');
      expect(server.bodies).toHaveLength(2);
    },
  );

  test.each([
    ['MAIL', '451 4.3.0 not now'],
    ['RCPT', '550 5.1.1 no such user'],
    ['DATA', '451 4.3.0 not now'],
    ['dot', '554 5.7.1 spam'],
  ] as const)('after a refusal (%s: %s) are ready for the next mail', async (point, reply) => {
    const server = await serverWith({ [point]: reply });
    const transport = transportTo(server.url);
    await transport.deliver(aParcel());
    delete server.answers[point];
    expect((await transport.deliver(aParcel())).kind).toBe('accepted');
  });

  test('never carry a password in the open, except to this very machine', async () => {
    const server = await serverWith();
    const elsewhere = server.url.replace('//127.0.0.1', '//ada:secret@localhost.localdomain');
    const handover = await transportTo(elsewhere).deliver(aParcel());
    expect(handover.kind).toBe('unavailable');
    expect(server.said.flat().filter((line) => line.startsWith('AUTH'))).toEqual([]);
  });

  test('take user and password as they stand in the address, percent-encoded', async () => {
    const server = await serverWith();
    await transportTo(server.url.replace('//', '//ada%40example.com:p%2Fss%3Aw%C3%B6rd@')).deliver(aParcel());
    const [, token = ''] = /^AUTH PLAIN (\S+)$/m.exec(server.said.flat().join('\n')) ?? [];
    expect(Buffer.from(token, 'base64').toString()).toBe('\u0000ada@example.com\u0000p/ss:wörd');
  });
});

describe('bytes', () => {
  test('arrive as they were given, with leading dots doubled on the way only', async () => {
    const server = await serverWith();
    const mime = 'Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nends without a line break.';
    let wire = '';
    server.answers.dot = (said) => {
      wire = said;
      return '250 ok';
    };
    await transportTo(server.url).deliver(aParcel(mime));
    expect(wire).toBe(`${mime.replace(/^\./gm, '..')}\r\n.\r\n`);
    expect(server.bodies).toEqual([`${mime}\r\n`]);
  });

  test('hold no lone line break that a server might take for an end', async () => {
    const server = await serverWith();
    await transportTo(server.url).deliver(aParcel('Subject: x\r\n\r\na\n.\nMAIL FROM:<x@y.z>\r.\rb\r\n'));
    expect(server.bodies).toEqual(['Subject: x\r\n\r\na\r\n.\r\nMAIL FROM:<x@y.z>\r\n.\r\nb\r\n']);
  });
});

describe('a mail that arrives', () => {
  type Arrived = { readonly mail: ParsedMail; readonly raw: string; readonly from: unknown; readonly to: string[] };
  const arrived: Arrived[] = [];
  let server: SMTPServer;
  let rivulet: TestRivulet;

  beforeAll(async () => {
    server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, session, done) => {
        const { mailFrom, rcptTo } = session.envelope;
        const keep = async (): Promise<void> => {
          const raw = Buffer.concat(await stream.toArray());
          arrived.push({
            mail: await simpleParser(raw),
            raw: raw.toString('latin1'),
            from: mailFrom && mailFrom.address,
            to: rcptTo.map(({ address }) => address),
          });
          done();
        };
        void keep();
      },
    });
    const port = await new Promise<number>((resolve) => {
      const listener = server.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    rivulet = await startTestRivulet({
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      PUBLIC_URL: 'https://rivulet.example.com',
      PROJECT_DIR: await aProjectFolder(),
    });
  });
  afterAll(async () => {
    await rivulet.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });

  /** Puts a lead past the API, which would refuse most of these names, and gives back what it was sent. */
  async function mailTo(email: string, names: { firstName?: string; lastName?: string }): Promise<Arrived> {
    arrived.length = 0;
    const now = rivulet.clock.now;
    const { lead } = await rivulet.store.leads.upsert(
      { email, emailKey: addressKey(email), ...names },
      idFrom(email),
      'test',
      now,
    );
    const event = { id: idFrom('created', email), type: 'lead.created', lead: lead.id, at: now, source: 'test' };
    await recordEvent({ ...event, machine: false }, rivulet.engine);
    await rivulet.dispatcher.wake();
    const [first, ...more] = arrived;
    if (!first || more.length > 0) throw new Error(`${arrived.length} mails instead of one`);
    return first;
  }

  const unsubscribe = /^<https:\/\/rivulet\.example\.com\/u\/[\w-]{54}>$/;

  test('has the headers that standards and mailbox providers ask for', async () => {
    const { mail, from, to } = await mailTo('ada@example.org', { firstName: 'Ada', lastName: 'Byron' });
    const message = (await rivulet.store.messages.ofLead(idFrom('ada@example.org')))[0];

    expect([from, to]).toEqual(['mara@mail.example.com', ['ada@example.org']]);
    expect(mail.from?.value).toEqual([{ name: 'Mara Quay', address: 'mara@mail.example.com' }]);
    expect(addressesTo(mail)).toEqual([{ name: 'Ada Byron', address: 'ada@example.org' }]);
    expect(mail.subject).toBe('Hello Ada');
    expect(mail.messageId).toBe(`<${message?.id}@mail.example.com>`);
    expect(mail.date).toEqual(message?.plannedAt);
    const lines = new Map(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]));
    expect(lines.get('list-unsubscribe')).toMatch(unsubscribe);
    expect(lines.get('list-unsubscribe-post')).toBe('List-Unsubscribe=One-Click');
    expect(lines.get('list-id')).toBe('<hello.mail.example.com>');
    expect(lines.get('feedback-id')).toBe('hello:hello:rivulet:mail.example.com');
    expect(lines.get('auto-submitted')).toBe('auto-generated');
    expect(lines.get('mime-version')).toBe('1.0');
    expect(lines.has('x-smtpapi')).toBe(false);
  });

  test('has a text part and an HTML part that say the same', async () => {
    const { mail } = await mailTo('grace@example.org', { firstName: 'Grace & "Co" <b>' });
    expect(mail.text).toMatch(/^Hello Grace & "Co" <b>, read on \(https:\/\/rivulet/);
    expect(mail.html).toContain('Hello Grace &amp; &quot;Co&quot; &lt;b&gt;, <a href="https://rivulet');
    expect(mail.headers.get('content-type')).toMatchObject({ value: 'multipart/alternative' });
  });

  test.each([
    ['Zoë', 'Müller-Straße'],
    ['李', '小龍'],
    ['محمد', 'علي'],
    ['Ольга', 'Ивановна'],
    ['😀', 'Ada'],
    ['Pat "Trick"', "O'Brien, Jr."],
    ['x'.repeat(200), 'y'.repeat(200)],
    ['字'.repeat(100), 'Ω'.repeat(100)],
  ])('says the name %s %s as it is', async (firstName, lastName) => {
    const { mail } = await mailTo(`${idFrom(firstName)}@example.org`, { firstName, lastName });
    expect(addressesTo(mail).map(({ name }) => name)).toEqual([`${firstName} ${lastName}`]);
    expect(mail.subject).toBe(`Hello ${firstName}`);
  });

  test.each([
    'Ada\r\nBcc: evil@example.com',
    'Ada\nSubject: evil',
    'Ada\rX-Evil: yes',
    'Ada\r\n\r\n<b>evil</b>',
    'Ada\r\n.\r\nMAIL FROM:<evil@example.com>',
    'Ada" <evil@example.com>, "Eve',
    'evil@example.com>, <evil@example.com',
    'evil@example.com,',
    'Ada\u2028X-Evil: yes\u0000\u001b',
  ])('goes to its lead alone, with no header more, when the name is %j', async (firstName) => {
    const { mail, raw, to } = await mailTo(`${idFrom(firstName)}@example.org`, { firstName });
    expect(to).toEqual([`${idFrom(firstName)}@example.org`]);
    expect(addressesTo(mail).map(({ address }) => address)).toEqual(to);
    expect(mail.headerLines.map(({ key }) => key).toSorted()).toEqual([
      'auto-submitted',
      'content-type',
      'date',
      'feedback-id',
      'from',
      'list-id',
      'list-unsubscribe',
      'list-unsubscribe-post',
      'message-id',
      'mime-version',
      'subject',
      'to',
    ]);
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });
});

function addressesTo(mail: ParsedMail): { name: string; address: string | undefined }[] {
  return [mail.to ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => ({ name, address })));
}

function verbs(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, 4));
}

async function ended(server: MailServer): Promise<void> {
  await eventually(() => server.counts.open === 0);
}
