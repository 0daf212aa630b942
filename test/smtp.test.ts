import { afterEach, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { SMTPServer } from 'smtp-server';
import { openSmtp, type SmtpSetting } from '../src/delivery/smtp.js';
import { readTarget, usualPatience } from '../src/delivery/smtp-target.js';
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

function transportTo(url: string, connections = 5, setting: SmtpSetting = {}): Transport {
  const transport = openSmtp(url, connections, setting);
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

  test('are opened when they are needed, and never more than are allowed', async () => {
    const server = await serverWith();
    const transport = transportTo(server.url, 3);
    expect(server.counts.mostOpen).toBe(0);
    await transport.deliver(aParcel());
    expect(server.counts.mostOpen).toBe(1);
    const handovers = await Promise.all(Array.from({ length: 20 }, () => transport.deliver(aParcel())));
    expect(handovers.filter(({ kind }) => kind === 'accepted')).toHaveLength(20);
    expect(server.counts.mostOpen).toBe(3);
  });

  test('that fail to open make room for the next try', async () => {
    const server = await serverWith({ greeting: '421 4.3.2 too busy' });
    const transport = transportTo(server.url, 1);
    const tries = await Promise.all([1, 2, 3].map(() => transport.deliver(aParcel())));
    expect(tries).toMatchObject(tries.map(() => ({ kind: 'unavailable', because: 'busy' })));
    delete server.answers.greeting;
    expect((await transport.deliver(aParcel())).kind).toBe('accepted');
  });

  test('that nobody uses are told goodbye', async () => {
    const server = await serverWith();
    const transport = transportTo(server.url, 5, { idleMs: 20 });
    await transport.deliver(aParcel());
    await server.deserted();
    expect(verbs(server.said[0] ?? []).at(-1)).toBe('QUIT');
    expect((await transport.deliver(aParcel())).kind).toBe('accepted');
  });

  test('that the server ends while they are idle are not used again', async () => {
    const server = await serverWith({ dot: 'cut after 250 ok' });
    const transport = transportTo(server.url);
    await transport.deliver(aParcel());
    await server.deserted();
    expect((await transport.deliver(aParcel())).kind).toBe('accepted');
    expect(server.said).toHaveLength(2);
  });

  test('are renewed after five refusals, before a server hangs up on a mail that is not to blame', async () => {
    const server = await serverWith({ RCPT: '550 5.1.1 no such user' });
    const transport = transportTo(server.url, 1);
    for (let i = 0; i < 6; i += 1) await transport.deliver(aParcel());
    expect(server.said.map((lines) => verbs(lines).filter((verb) => verb === 'MAIL').length)).toEqual([5, 1]);
  });

  test('finish the mail that is on its way when they are stopped, and take no other', async () => {
    const server = await serverWith();
    let say: (reply: string) => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      server.answers.dot = () => {
        resolve();
        return new Promise((answer) => (say = answer));
      };
    });
    const transport = transportTo(server.url, 1);
    const first = transport.deliver(aParcel());
    await isAsked;
    const stopped = transport.stop();
    const second = transport.deliver(aParcel());
    say('250 ok');
    expect(await first).toMatchObject({ kind: 'accepted' });
    expect(await second).toMatchObject({ kind: 'unavailable', reply: 'Rivulet is stopping' });
    await stopped;
    expect(server.bodies).toHaveLength(1);
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

  test('take user and password as they stand in the address, percent-encoded', async () => {
    const server = await serverWith();
    await transportTo(server.url.replace('//', '//ada%40example.com:p%2Fss%3Aw%C3%B6rd@')).deliver(aParcel());
    const [, token = ''] = /^AUTH PLAIN (\S+)$/m.exec(server.said.flat().join('\n')) ?? [];
    expect(Buffer.from(token, 'base64').toString()).toBe('\u0000ada@example.com\u0000p/ss:wörd');
  });
});

describe('bytes', () => {
  test.each([
    ['small', ''],
    ['large', `${'x'.repeat(70)}\r\n`.repeat(3000)],
  ])('are the same on the wire whichever way they go there (%s)', async (_, more) => {
    const server = await serverWith();
    const wires: string[] = [];
    server.answers.dot = (said) => {
      wires.push(said);
      return '250 ok';
    };
    const transport = transportTo(server.url, 1);
    const line = fc.constantFrom('', '.', '..', '.x', 'x.', 'x', 'é', '\u0000', ' ', 'a.\r', '\n.', '\r.\r');
    const mimes = fc.array(fc.tuple(line, fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '')), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(mimes, async (lines) => {
        wires.length = 0;
        const mime = lines.flat().join('') + more;
        fc.pre(mime !== '');
        await transport.deliver(aParcel(mime));
        expect(wires).toEqual([onTheWire(mime)]);
      }),
      { numRuns: more ? 30 : 300, examples: [[[['', '\n']]], [[['', '\r']]], [[['.', '']]]] },
    );
  });

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

describe('what is said to the server', () => {
  const ehlo = (...extensions: readonly string[]) => ({
    EHLO: ['250-hello', ...extensions].join('\r\n250-').replace(/250-([^\r\n]*)$/, '250 $1'),
  });
  const saidTo = async (answers: Answers, parcel = aParcel()): Promise<readonly string[]> => {
    const server = await serverWith(answers);
    await transportTo(server.url).deliver(parcel);
    return server.said.flat();
  };

  test('names the one address and the one sender of the parcel, whatever the headers say', async () => {
    const said = await saidTo(
      {},
      aParcel('From: eve@example.com\r\nTo: a@b.example, c@d.example\r\nBcc: e@f.example\r\n\r\nx'),
    );
    expect(said.filter((line) => /^(MAIL|RCPT)/.test(line))).toEqual([
      'MAIL FROM:<mara@mail.example.com>',
      'RCPT TO:<ada@example.org>',
    ]);
  });

  test('asks for reports of failure and delay with the id of the mail, where the server offers them', async () => {
    const id = idFrom('mail');
    expect(await saidTo(ehlo('DSN'))).toEqual(
      expect.arrayContaining([
        `MAIL FROM:<mara@mail.example.com> RET=HDRS ENVID=${id}`,
        'RCPT TO:<ada@example.org> NOTIFY=FAILURE,DELAY',
      ]),
    );
  });

  test('tells the size, where the server wants to know it', async () => {
    expect(await saidTo(ehlo('SIZE 1000'))).toContain('MAIL FROM:<mara@mail.example.com> SIZE=25');
  });

  test('is nothing when the server has said that such a mail is too large for it', async () => {
    const server = await serverWith(ehlo('SIZE 10'));
    const handover = await transportTo(server.url).deliver(aParcel());
    expect(handover).toMatchObject({ kind: 'rejected', because: 'content' });
    expect(verbs(server.said.flat())).not.toContain('MAIL');
  });

  test('is said in one go where the server takes it so', async () => {
    const server = await serverWith(ehlo('PIPELINING'));
    const answers: string[] = [];
    for (const point of ['MAIL', 'RCPT', 'DATA'] as const)
      server.answers[point] = async () => {
        answers.push(point);
        return point === 'DATA' ? '354 go on' : '250 ok';
      };
    expect((await transportTo(server.url).deliver(aParcel())).kind).toBe('accepted');
    expect(answers).toEqual(['MAIL', 'RCPT', 'DATA']);
  });

  test.each([
    'ada@example.org, eve@example.com',
    'ada@example.org\r\nRCPT TO:<eve@example.com>',
    'ada@example.org> <eve@example.com',
    'ada@example.org> NOTIFY=NEVER',
    '<ada@example.org>',
    '@a.example,@b.example:ada@example.org',
    '"a b"@example.org',
    'ada@example.org ',
    'ada@[127.0.0.1]',
    'adä@example.org',
    'ada\u0000@example.org',
    'ada',
    '',
  ])('is nothing when the address is %j, which a parser should have refused', async (address) => {
    const server = await serverWith();
    const transport = transportTo(server.url);
    const { id } = aParcel();
    for (const field of ['to', 'from'])
      await expect(transport.deliver({ ...aParcel(), [field]: address })).rejects.toThrow(
        `mail ${id} goes to or comes`,
      );
    expect(server.said).toEqual([]);
  });

  test('is said once: a server that hangs up on strangers is not called again and again', async () => {
    const server = await serverWith({ greeting: 'cut' });
    await transportTo(server.url).deliver(aParcel());
    expect(server.said).toHaveLength(1);
  });
});

describe('encryption', () => {
  const kind = async (url: string): Promise<object> =>
    transportTo(url, 1, { patience: { answerMs: 2000 } }).deliver(aParcel());

  /** Has a certificate of its own making for "localhost". */
  async function tlsServer(isTlsFromStart: boolean): Promise<{ port: number; mails: number }> {
    const seen = { port: 0, mails: 0 };
    const server = new SMTPServer({
      secure: isTlsFromStart,
      authOptional: true,
      logger: false,
      onData: (stream, _, done) => {
        stream.resume();
        stream.once('end', () => {
          seen.mails += 1;
          done();
        });
      },
    });
    // What a client hangs up on is not a fault of the test.
    server.on('error', () => {});
    seen.port = await new Promise<number>((resolve) => {
      const listener = server.listen(0, '127.0.0.1', () => {
        const address = listener.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    opened.push({ stop: () => new Promise<void>((resolve) => server.close(resolve)) });
    return seen;
  }

  test.each([true, false])(
    'is used on this machine where it is offered, whoever has made the certificate (at once: %s)',
    async (atOnce) => {
      const server = await tlsServer(atOnce);
      const url = `${atOnce ? 'smtps' : 'smtp'}://127.0.0.1:${server.port}`;
      expect(await kind(url)).toMatchObject({ kind: 'accepted' });
      expect(server.mails).toBe(1);
    },
  );

  test.each([true, false])(
    'with another machine takes a certificate that somebody vouches for (at once: %s)',
    async (atOnce) => {
      const server = await tlsServer(atOnce);
      const url = `${atOnce ? 'smtps' : 'smtp'}://0.0.0.0:${server.port}`;
      expect(await kind(url)).toMatchObject({
        kind: 'unavailable',
        reply: expect.stringMatching(/certificate|altnames/i),
      });
      expect(server.mails).toBe(0);
    },
  );

  test.each(['', 'ada:secret@'])(
    'with another machine is not done without: neither a mail nor a password goes in the open',
    async (who) => {
      const server = await serverWith();
      const elsewhere = server.url.replace('//127.0.0.1', `//${who}0.0.0.0`);
      expect(await kind(elsewhere)).toMatchObject({ kind: 'unavailable' });
      expect(verbs(server.said.flat())).toEqual(['EHLO', 'STAR']);
    },
  );

  test('is TLS 1.2 or newer, whatever the address says', () => {
    for (const url of ['smtp://mail.example.com', 'smtps://127.0.0.1', 'smtp://mail.example.com?tls.minVersion=TLSv1'])
      expect(readTarget(url, usualPatience).options.tls).toMatchObject({ minVersion: 'TLSv1.2' });
  });

  test('cannot be weakened by the address', () => {
    const url = 'smtp://ada:hunter2@mail.example.com?tls.rejectUnauthorized=false';
    expect(() => openSmtp(url, 1)).toThrow(
      /^SMTP_URL: it turns off the check .* NODE_EXTRA_CA_CERTS names its file\.?$/,
    );
    expect(() => openSmtp(url, 1)).not.toThrow(/hunter2/);
  });

  test('is left out where the address says so, for a relay of one’s own, but never for a password', () => {
    expect(readTarget('smtp://mailpit:1025?requireTLS=false', usualPatience).options).toMatchObject({
      requireTLS: false,
    });
    expect(() => openSmtp('smtp://ada:hunter2@mail.example.com?requireTLS=false', 1)).toThrow(
      /^SMTP_URL: with "requireTLS=false" its password could cross the network unencrypted/,
    );
  });
});

test('ten minutes are waited for the answer to the dot, and 30 seconds for a connection and for a greeting', () => {
  const { options } = readTarget('smtp://mail.example.com', usualPatience);
  expect(options.socketTimeout).toBeGreaterThanOrEqual(600_000);
  expect(options).toMatchObject({ connectionTimeout: 30_000, greetingTimeout: 30_000 });
});

test('a provider’s header against sending twice is told to whoever writes the mail', () => {
  expect(transportTo('smtp://127.0.0.1', 1, { idempotencyHeader: 'Resend-Idempotency-Key' })).toMatchObject({
    idempotencyHeader: 'Resend-Idempotency-Key',
  });
  expect(transportTo('smtp://127.0.0.1')).not.toHaveProperty('idempotencyHeader');
});

/** RFC 5321 §4.5.2, with every lone CR or LF made a line break first. */
function onTheWire(mime: string): string {
  const lines = mime.replace(/\r(?!\n)|(?<!\r)\n/g, '\r\n').replace(/(^|\r\n)\./g, '$1..');
  return `${lines.endsWith('\r\n') ? lines : `${lines}\r\n`}.\r\n`;
}

function verbs(lines: readonly string[]): string[] {
  return lines.map((line) => line.slice(0, 4));
}
