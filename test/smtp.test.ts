import { afterEach, describe, expect, test } from '@jest/globals';
import { openSmtp } from '../src/delivery/smtp.js';
import type { Parcel, Transport } from '../src/delivery/transport.js';
import { idFrom } from '../src/event/id.js';
import { type Answers, type MailServer, startMailServer } from './mail-server.js';

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
  const later = { kind: 'deferred', because: 'later' };
  const tooFast = { kind: 'deferred', because: 'too-fast' };
  const greylisted = { kind: 'deferred', because: 'greylisted' };
  const mailboxFull = { kind: 'deferred', because: 'mailbox-full' };
  const noMailbox = { kind: 'rejected', because: 'no-mailbox' };
  const policy = { kind: 'rejected', because: 'policy' };
  const content = { kind: 'rejected', because: 'content' };
  const protocol = { kind: 'rejected', because: 'protocol' };
  const busy = { kind: 'unavailable', because: 'busy' };
  const login = { kind: 'unavailable', because: 'login' };
  const connection = { kind: 'unavailable', because: 'connection' };

  test.each<[keyof Answers, string, object]>([
    ['greeting', '421 too busy', busy],
    ['greeting', '554 no service for you', connection],
    ['greeting', 'hello', connection],
    ['EHLO', '421 too busy', busy],
    ['AUTH', '454 4.7.0 not now', busy],
    ['AUTH', '535 5.7.8 wrong password', login],
    ['MAIL', '421 4.7.0 too many mails from you', busy],
    ['MAIL', '530 5.7.0 log in first', login],
    ['MAIL', '451 4.3.0 not now', later],
    ['MAIL', '550 5.7.1 not from here', policy],
    ['RCPT', '421 4.7.0 not so fast with this domain', tooFast],
    ['RCPT', '450 4.2.0 come back later', greylisted],
    ['RCPT', '450 4.7.1 Greylisted for 300 seconds', greylisted],
    ['RCPT', '450 4.3.2 busy', later],
    ['RCPT', '452 4.2.2 mailbox full', mailboxFull],
    ['RCPT', '550 5.1.1 no such user', noMailbox],
    ['RCPT', '550-5.1.1 no such user,\r\n550 5.1.1 not at all', noMailbox],
    ['RCPT', '552 5.2.2 mailbox full', mailboxFull],
    ['RCPT', '550 5.7.1 we do not like you', policy],
    ['RCPT', '354 what?', connection],
    ['RCPT', 'what?', connection],
    ['DATA', '451 4.3.0 not now', later],
    ['DATA', '554 5.5.1 no', protocol],
    ['DATA', '421 4.3.0 closing', later],
    ['dot', '250 2.0.0 queued as 4711', { kind: 'accepted', reply: '250 2.0.0 queued as 4711' }],
    ['dot', '250-2.0.0 queued\r\n250 as 4711', { kind: 'accepted', reply: '250-2.0.0 queued 250 as 4711' }],
    ['dot', '421 4.3.0 closing', later],
    ['dot', '451 4.3.0 not now', later],
    ['dot', '454 Throttling failure: Maximum sending rate exceeded.', busy],
    ['dot', '550 5.1.1 no such user', noMailbox],
    ['dot', '552 5.3.4 too large', content],
    ['dot', '554 5.7.1 spam', policy],
    // RFC 5321 §4.2.1 knows no 3yz here. Nobody can tell what a server means that says so.
    ['dot', '354 go on', { kind: 'uncertain' }],
    ['dot', '2 ok', { kind: 'uncertain' }],
    ['dot', '250-taken\r\n550 not taken', { kind: 'uncertain' }],
    ['dot', '550-not taken\r\n250 taken', { kind: 'uncertain' }],
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
    await server.deserted();
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
    await server.deserted();
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
    await server.deserted();
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

function verbs(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, 4));
}
