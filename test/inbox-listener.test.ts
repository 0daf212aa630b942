import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { captureLead } from '../src/lead/capture.js';
import { addressKey } from '../src/message/address.js';
import { type MailServer, startMailServer } from './mail-server.js';
import { aBounce, aComplaint, aReply } from './returning-mail.js';
import { openTalk, type Talk } from './smtp-talk.js';
import { aProjectFolder, eventually, startTestRivulet, type TestRivulet } from './support.js';

let server: MailServer;
let project: string;
let rivulet: TestRivulet;
let ways: Awaited<ReturnType<TestRivulet['waysIn']['open']>>;
let talk: Talk;

beforeAll(async () => {
  server = await startMailServer({ EHLO: '250-hello\r\n250-DSN\r\n250 8BITMIME' });
  project = await aProjectFolder();
  rivulet = await startTestRivulet({
    PROJECT_DIR: project,
    SMTP_URL: `${server.url}?tls.requireTLS=false`,
    RETURN_ADDRESS: 'bounces@in.example.com',
    REPLY_ADDRESS: 'replies@in.example.com',
    INBOUND_SMTP: '127.0.0.1:0',
    INBOUND_MAX_SIZE: '65536',
  });
  ways = await rivulet.waysIn.open();
});
afterAll(async () => {
  await ways.stop();
  await rivulet.close();
  await server.stop();
});
beforeEach(async () => {
  talk = await openTalk(ways.port ?? 0);
  await talk.say('EHLO mx.example.net');
});
afterEach(() => {
  talk.cut();
});

/** Puts a lead in, has it sent its mail, and answers what stood in the envelope and in the head of it. */
async function sendTo(email: string) {
  const lead = await captureLead(
    { email, emailKey: addressKey(email) },
    'test',
    rivulet.store,
    rivulet.engine,
    () => email,
  );
  await rivulet.dispatcher.wake();
  // One connection may serve several mails.
  const own = server.said.find((lines) => lines.some((line) => line.startsWith(`RCPT TO:<${email}>`))) ?? [];
  const said = own[own.findIndex((line) => line.startsWith(`RCPT TO:<${email}>`)) - 1] ?? '';
  const [, returnPath = ''] = /^MAIL FROM:<([^>]*)>/.exec(said) ?? [];
  const [, envelopeId = ''] = /ENVID=(\S+)/.exec(said) ?? [];
  const head = (server.bodies.at(-1) ?? '').replaceAll('\r\n ', ' ');
  const [, replyTo = ''] = /^Reply-To: .*<([^>]*)>/m.exec(head) ?? [];
  const [, leave = ''] = /<mailto:([^?]*)\?/.exec(head) ?? [];
  const [, messageId = ''] = /^Message-ID: (\S+)/im.exec(head) ?? [];
  return { id: lead.lead.id, email, returnPath, envelopeId, replyTo, leave, messageId };
}
const suppressionOf = (email: string) => rivulet.store.suppressions.of(addressKey(email));
const typesOf = async (id: string): Promise<readonly string[]> =>
  (await rivulet.store.events.ofLead(id)).filter(({ source }) => source === 'inbound').map(({ type }) => type);

describe('a mail that goes to a lead', () => {
  test('has an envelope sender, a Reply-To and a way out of its own; its From is as the file says', async () => {
    const sent = await sendTo('lea@example.org');
    expect(sent.returnPath).toMatch(/^bounces\+[a-z2-7]{52}@in\.example\.com$/);
    expect(sent.replyTo).toMatch(/^replies\+[a-z2-7]{52}@in\.example\.com$/);
    expect(sent.leave).toMatch(/^replies\+[a-z2-7]{52}@in\.example\.com$/);
    expect(server.bodies[0]).toMatch(/^From: Mara Quay <mara@mail\.example\.com>\r$/m);
    expect(sent.messageId).toBe(`<${sent.envelopeId}@mail.example.com>`);
  });
});

describe('what comes back to it', () => {
  test('a report that its mailbox is gone ends its mails, the moment the server here says that it took it', async () => {
    const sent = await sendTo('ada@example.org');
    const answers = await talk.mail('', sent.returnPath, aBounce({ to: sent.returnPath }));
    expect(answers.at(-1)).toMatch(/^250 2\./);
    expect(await suppressionOf('ada@example.org')).toBe('hard-bounced');
    expect(await typesOf(sent.id)).toEqual(['bounced']);
    const [message] = await rivulet.store.messages.ofLead(sent.id);
    expect(message?.bouncedAt).toBeDefined();
  });

  test('the same report again, or by a server that writes our address in capital letters, counts once', async () => {
    const sent = await sendTo('bea@example.org');
    const report = aBounce({ to: sent.returnPath, lead: 'bea@example.org' });
    await talk.mail('', sent.returnPath, report);
    await talk.mail('', sent.returnPath.toUpperCase(), report);
    expect(await typesOf(sent.id)).toEqual(['bounced']);
  });

  test('a complaint to the address for bounces ends its mails', async () => {
    const sent = await sendTo('cor@example.org');
    await talk.mail('fbl@fbl.example.net', sent.returnPath, aComplaint({ lead: 'redacted@example.org' }));
    expect(await suppressionOf('cor@example.org')).toBe('complained');
  });

  test('a report is known by our ENVID alone, or by our Message-ID in what it quotes', async () => {
    const [dan, eva] = [await sendTo('dan@example.org'), await sendTo('eva@example.org')];
    const one = aBounce({ lead: 'alias@example.net', envelopeId: dan.envelopeId, id: '<a@mx>' });
    const other = aBounce({ lead: 'alias@example.net', about: eva.messageId, id: '<b@mx>' });
    await talk.mail('', 'replies@in.example.com', one);
    await talk.mail('', 'replies@in.example.com', other);
    expect(await suppressionOf('dan@example.org')).toBe('hard-bounced');
    expect(await suppressionOf('eva@example.org')).toBe('hard-bounced');
    expect(await suppressionOf('alias@example.net')).toBeUndefined();
  });

  test('an answer is that of the lead whom the mail was to, whoever wrote it', async () => {
    const sent = await sendTo('fay@example.org');
    await talk.mail(
      'boss@example.org',
      sent.replyTo,
      aReply({ to: sent.replyTo, from: 'boss@example.org', id: '<f@x>' }),
    );
    const events = await rivulet.store.events.ofLead(sent.id);
    expect(events.find(({ type }) => type === 'replied')).toMatchObject({
      why: 'Thank you, could you call me on Thursday?',
      message: sent.envelopeId,
    });
    expect(await suppressionOf('fay@example.org')).toBeUndefined();
  });

  test('an answer to the bare address is known by who wrote it', async () => {
    const sent = await sendTo('gus@example.org');
    await talk.mail('gus@example.org', 'replies@in.example.com', aReply({ from: 'GUS@example.org', id: '<g@x>' }));
    expect(await typesOf(sent.id)).toEqual(['replied']);
  });

  test.each([
    ['nothing', { text: '' }],
    ['words of any kind', { text: 'Best regards, Hal' }],
    [
      'what mail programs write by themselves',
      { text: '', headers: ['Auto-Submitted: auto-replied', 'X-Apple-Unsubscribe: true'] },
    ],
  ])('a mail to the address for leaving with %s in it is an unsubscribe', async (what, written) => {
    const email = `hal-${what.length}@example.org`;
    const sent = await sendTo(email);
    await talk.mail(email, sent.leave, aReply({ to: sent.leave, from: email, id: `<${what.length}@x>`, ...written }));
    expect(await suppressionOf(email)).toBe('unsubscribed');
    expect(await typesOf(sent.id)).toEqual(['unsubscribed']);
  });
});

describe('threat 29: a forged report without a valid token changes nothing', () => {
  test('not with every character of the token changed: each is refused before its mail is said', async () => {
    const sent = await sendTo('ira@example.org');
    const token = /\+([^@]*)@/.exec(sent.returnPath)?.[1] ?? '';
    const forged = Array.from(token, (own, at) => token.slice(0, at) + (own === 'a' ? 'b' : 'a') + token.slice(at + 1));
    expect(forged).toHaveLength(52);
    const report = aBounce({ to: sent.returnPath, lead: 'ira@example.org' });
    const answers: string[] = [];
    // It hangs up on who is wrong ten times.
    for (let start = 0; start < forged.length; start += 9) {
      const each = await openTalk(ways.port ?? 0);
      await each.say('EHLO mx.example.net');
      for (const one of forged.slice(start, start + 9)) {
        const [, ...said] = await each.mail('', sent.returnPath.replace(token, one), report);
        answers.push(...said);
        await each.say('RSET');
      }
      each.cut();
    }
    expect(answers).toHaveLength(2 * 52);
    expect(new Set(answers)).toEqual(new Set(['550 5.1.1 No such address here', '503 5.5.1 Error: need RCPT command']));
    expect(await suppressionOf('ira@example.org')).toBeUndefined();
  });

  test.each([
    ['names the address alone', () => ({})],
    ['quotes a Message-ID that was never ours', () => ({ about: `<${'a'.repeat(32)}@mail.example.com>` })],
    ['names an ENVID that was never ours', () => ({ envelopeId: 'a'.repeat(32) })],
    ['quotes one that only looks like ours', () => ({ about: '<hello@mail.example.com>' })],
  ])('not a report that %s', async (what, about) => {
    const email = `jan-${what.length}@example.org`;
    const sent = await sendTo(email);
    for (const report of [aBounce, aComplaint])
      await talk.mail('', 'replies@in.example.com', report({ lead: email, id: `<${what.length}@mx>`, ...about() }));
    expect(await suppressionOf(email)).toBeUndefined();
    expect(await typesOf(sent.id)).toEqual([]);
  });

  test('not a report to the address for answers, which those know whom the lead writes to', async () => {
    const sent = await sendTo('kim@example.org');
    const leave = aBounce({ to: sent.leave, lead: 'kim@example.org', id: '<leave@mx>' });
    for (const report of [aBounce, aComplaint])
      await talk.mail('', sent.replyTo, report({ to: sent.replyTo, lead: 'kim@example.org' }));
    await talk.mail('', sent.leave, leave);
    expect(await suppressionOf('kim@example.org')).toBeUndefined();
    expect(await typesOf(sent.id)).toEqual([]);
  });

  test('and each is counted as about nobody', async () => {
    const before = await strays();
    await talk.mail('', 'replies@in.example.com', aBounce({ lead: 'nobody@example.org', id: '<stray@mx>' }));
    expect((await strays()) - before).toBe(1);
  });
});
const strays = async (): Promise<number> =>
  (await rivulet.store.strays.tally())
    .filter(({ source, type }) => source === 'inbound' && type === 'bounced')
    .reduce((sum, { count }) => sum + count, 0);

describe('the mail server', () => {
  test.each([
    ['another domain', 'ada@example.org'],
    ['another mailbox', 'postmaster@in.example.com'],
    ['the bare address for bounces', 'bounces@in.example.com'],
    ['a relay by percent', 'ada%example.org@in.example.com'],
    ['a quoted relay', '"ada@example.org"@in.example.com'],
    ['a source route', '@in.example.com:ada@example.org'],
  ])('does not take mail for %s', async (_, to) => {
    await talk.say('MAIL FROM:<>');
    expect(await talk.say(`RCPT TO:<${to}>`)).toMatch(/^5(?:50 5\.1\.1|01 5\.1\.3) /);
  });

  test('knows no login, no relay and no verification', async () => {
    const hello = await talk.say('EHLO mx.example.net');
    expect(hello).not.toMatch(/AUTH|STARTTLS|XCLIENT/);
    expect(hello).toMatch(/SIZE 65536/);
    expect(await talk.say('AUTH PLAIN AGFkYQBzZWNyZXQ=')).toMatch(/^5/);
    expect(await talk.say('VRFY replies@in.example.com')).toMatch(/^5/);
  });

  test('calls itself by the domain of its addresses, and does not tell what machine it is', async () => {
    const other = await openTalk(ways.port ?? 0);
    expect(other.greeting).toBe('220 in.example.com ESMTP');
    other.cut();
  });

  test('says that a mail is too large before it comes where it is told, and after it came where not', async () => {
    expect(await talk.say('MAIL FROM:<> SIZE=65537')).toMatch(/^552 /);
    const large = aReply({ text: 'word '.repeat(20_000), id: '<large@x>' });
    const answers = await talk.mail('ada@example.org', 'replies@in.example.com', large);
    expect(answers.at(-1)).toMatch(/^552 5\.3\.4 /);
    const small = await talk.mail(
      'zoe@example.org',
      'replies@in.example.com',
      aReply({ from: 'zoe@example.org', id: '<s@x>' }),
    );
    expect(small.at(-1)).toMatch(/^250 /);
  });

  test('hangs up on who tries addresses', async () => {
    await talk.say('MAIL FROM:<>');
    const answers: string[] = [];
    for (let i = 0; i < 10; i += 1) answers.push(await talk.say(`RCPT TO:<bounces+${i}@in.example.com>`));
    expect(answers.slice(0, 9).every((answer) => answer.startsWith('550'))).toBe(true);
    expect(answers.at(-1)).toMatch(/^421 /);
    await talk.ended;
  });

  test('takes twenty connections from one address, and asks the next to come back later', async () => {
    const talks = await Promise.all(Array.from({ length: 19 }, () => openTalk(ways.port ?? 0)));
    const next = await openTalk(ways.port ?? 0);
    expect(next.greeting).toMatch(/^421 /);
    for (const one of talks) one.cut();
    await eventually(async () => {
      const again = await openTalk(ways.port ?? 0);
      again.cut();
      return again.greeting.startsWith('220');
    });
  });

  test('reads no second mail out of one whose lines end in another way', async () => {
    const sent = await sendTo('lou@example.org');
    await talk.say('MAIL FROM:<ada@example.org>');
    await talk.say('RCPT TO:<replies@in.example.com>');
    await talk.say('DATA');
    const hidden = `MAIL FROM:<>\r\nRCPT TO:<${sent.returnPath}>\r\nDATA\r\n${aBounce({ lead: 'lou@example.org' })}`;
    const answer = await talk.say(`Subject: smuggled\r\nFrom: eve@example.org\r\n\r\nfirst\n.\n${hidden}\r\n.`);
    expect(answer).toMatch(/^250 /);
    expect(await talk.say('NOOP')).toMatch(/^250 /);
    expect(await suppressionOf('lou@example.org')).toBeUndefined();
  });

  test('keeps what nobody here sent it from whole, for people to read, and once', async () => {
    const raw = aReply({ from: 'stranger@example.net', id: '<stranger@x>', text: 'Is this still on offer?' });
    await talk.mail('stranger@example.net', 'replies@in.example.com', raw);
    await talk.mail('stranger@example.net', 'replies@in.example.com', raw);
    const kept = [];
    for await (const one of rivulet.store.keptMails.all()) if (one.from === 'stranger@example.net') kept.push(one);
    expect(kept).toMatchObject([{ class: 'reply', subject: 'Re: Hello' }]);
    expect(kept[0]?.raw.toString('latin1')).toBe(raw);
  });

  test('tells of no fault in all of this', () => {
    expect(rivulet.faults).toEqual([]);
  });
});
