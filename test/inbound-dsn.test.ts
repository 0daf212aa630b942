import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aDeliveryReport, aReport, ourMail, part } from './inbound-mails.js';

const failed = [
  'Final-Recipient: rfc822; ada@example.com',
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; 550 5.1.1 <ada@example.com>: User unknown',
].join('\n');

test('a failed report names who, which mail of ours, the code, the reason and the words', async () => {
  expect(await classifyMail(aDeliveryReport({ blocks: [failed] }))).toMatchObject({
    class: 'hard-bounce',
    hard: true,
    recipient: 'ada@example.com',
    messageId: 'ours@rivulet.example',
    status: '5.1.1',
    reason: 'no-mailbox',
    words: '550 5.1.1 <ada@example.com>: User unknown',
    ownId: 'theirs@example.com',
  });
});

describe('the action decides, whatever the code says', () => {
  test.each([
    ['failed', '5.1.1', 'hard-bounce'],
    ['failed (phase 2)', '5.1.1', 'hard-bounce'],
    ['Failed', '4.4.7', 'soft-bounce'],
    ['failed', '4.0.0', 'soft-bounce'],
    ['delayed', '4.4.1', 'delayed'],
    ['delayed', '5.1.1', 'delayed'],
    ['delivered', '2.1.5', 'delivered-dsn'],
    ['relayed', '2.0.0', 'delivered-dsn'],
    ['expanded', '2.0.0', 'delivered-dsn'],
    ['deliverable', '2.1.5', 'delivered-dsn'],
  ])('"%s" with %s is a %s', async (action, status, kind) => {
    const block = `Final-Recipient: rfc822; ada@example.com\nAction: ${action}\nStatus: ${status}`;
    expect((await classifyMail(aDeliveryReport({ blocks: [block] }))).class).toBe(kind);
  });

  test.each([
    ['Status: 5.1.1', 'hard-bounce'],
    ['Status: 2.0.0', 'delivered-dsn'],
    ['Diagnostic-Code: smtp; 550 no such user', 'hard-bounce'],
  ])('without one, "%s" makes it a %s', async (line, kind) => {
    const block = `Final-Recipient: rfc822; ada@example.com\n${line}`;
    expect((await classifyMail(aDeliveryReport({ blocks: [block] }))).class).toBe(kind);
  });

  test('a success is no bounce when it is called failed by mistake', async () => {
    const block = 'Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 2.0.0';
    expect((await classifyMail(aDeliveryReport({ blocks: [block], told: 'Fine.' }))).class).not.toMatch(/bounce/);
  });
});

describe('words beat codes', () => {
  test.each([
    ['5.1.1', '550 5.1.1 Mailbox full', 'soft-bounce', 'mailbox-full'],
    ['5.1.1', '550 5.1.1 Domain of sender address does not exist', 'soft-bounce', 'sender-refused'],
    ['5.1.1', '550 refused due to recipient preferences', 'soft-bounce', 'refused-by-reader'],
    ['5.0.0', '550 No such user here', 'hard-bounce', 'no-mailbox'],
    ['5.7.1', '550 5.7.1 Recipient not found', 'hard-bounce', 'no-mailbox'],
    ['5.2.1', '550 5.2.1 The email account that you tried to reach is disabled', 'soft-bounce', 'suspended'],
    ['5.4.1', '550 5.4.1 Recipient address rejected: Access denied', 'hard-bounce', 'no-mailbox'],
  ])('%s with "%s" is a %s', async (status, said, kind, reason) => {
    const block = `Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: ${status}\nDiagnostic-Code: smtp; ${said}`;
    const told = await classifyMail(aDeliveryReport({ blocks: [block] }));
    expect(told).toMatchObject({ class: kind, reason });
  });

  test.each([
    ['5.1.1', 'no-mailbox', true],
    ['5.1.2', 'no-domain', true],
    ['5.1.3', 'no-mailbox', true],
    ['5.1.6', 'moved', true],
    ['5.1.8', 'sender-refused', false],
    ['5.1.10', 'domain-takes-no-mail', true],
    ['5.2.2', 'mailbox-full', false],
    ['5.3.2', 'domain-takes-no-mail', true],
    ['5.3.4', 'too-large', false],
    ['5.4.4', 'no-domain', true],
    ['4.4.7', 'expired', false],
    ['5.4.6', 'loop', false],
    ['5.6.1', 'content', false],
    ['5.7.26', 'authentication', false],
    ['5.7.1', 'policy', false],
    ['5.0.0', 'unknown', false],
  ])('where there are none, %s means %s', async (status, reason, hard) => {
    const block = `Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: ${status}`;
    expect(await classifyMail(aDeliveryReport({ blocks: [block], told: '' }))).toMatchObject({ reason, hard });
  });

  test('a code in the words is better than a Status that says nothing', async () => {
    const block =
      'Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 552 5.2.2 no';
    expect(await classifyMail(aDeliveryReport({ blocks: [block] }))).toMatchObject({
      status: '5.2.2',
      reason: 'mailbox-full',
    });
  });

  test('a comment behind the Status is words too', async () => {
    const block =
      'Action: failed\nStatus: 5.0.0 (recipient reached disk quota)\nFinal-Recipient: rfc822;ada@example.com';
    expect((await classifyMail(aDeliveryReport({ blocks: [block] }))).reason).toBe('mailbox-full');
  });

  test('nobody is unknown before having been named', async () => {
    const block = failed.replace('User unknown', 'User unknown (in reply to MAIL FROM command)');
    expect(await classifyMail(aDeliveryReport({ blocks: [block] }))).toMatchObject({
      class: 'soft-bounce',
      reason: 'sender-refused',
    });
  });

  test("of sendmail's transcript what the server said counts, not sendmail's own last line", async () => {
    const told = [
      '   ----- Transcript of session follows -----',
      '... while talking to mx.example.com.:',
      '>>> DATA',
      '<<< 554 5.7.1 Your address is listed by Spamhaus',
      '550 5.1.1 <ada@example.com>... User unknown',
    ].join('\n');
    const block = 'Final-Recipient: RFC822; ada@example.com\nAction: failed\nStatus: 5.1.1';
    expect(await classifyMail(aDeliveryReport({ blocks: [block], told }))).toMatchObject({
      class: 'soft-bounce',
      reason: 'blocked',
    });
  });
});

describe('addresses', () => {
  test.each([
    ['rfc822; ada@example.com', 'ada@example.com'],
    ['RFC822;<ada@example.com>', 'ada@example.com'],
    ['rfc822;ada@example.com.', 'ada@example.com'],
    ['utf-8; åsa@example.com', 'åsa@example.com'],
    ['<ada@example.com>', 'ada@example.com'],
    ["rfc822; o'neill+tag@example.com", "o'neill+tag@example.com"],
  ])('"%s" is read as %s', async (written, address) => {
    const block = `Final-Recipient: ${written}\nAction: failed\nStatus: 5.1.1`;
    expect((await classifyMail(aDeliveryReport({ blocks: [block] }))).recipient).toBe(address);
  });

  test('the one that we wrote to comes before the one that it stood for', async () => {
    const block = `Original-Recipient: rfc822;sales@example.com\n${failed}`;
    expect((await classifyMail(aDeliveryReport({ blocks: [block] }))).recipient).toBe('sales@example.com');
  });

  test('one that cannot be used is looked for in the text', async () => {
    const block = 'Final-Recipient: X-Unix; |/usr/bin/vacation\nAction: failed\nStatus: 5.1.1';
    const told = 'The following address failed:\n\n  ada@example.com\n\nUser unknown';
    expect((await classifyMail(aDeliveryReport({ blocks: [block], told }))).recipient).toBe('ada@example.com');
  });

  test('of several, one that is dead comes first, and the verdict is about it', async () => {
    const full = failed.replaceAll('ada@', 'bob@').replaceAll('5.1.1', '5.2.2').replace('User unknown', 'Mailbox full');
    const told = await classifyMail(aDeliveryReport({ blocks: [full, failed] }));
    expect(told).toMatchObject({
      class: 'hard-bounce',
      reason: 'no-mailbox',
      recipients: ['ada@example.com', 'bob@example.com'],
    });
  });

  test('blocks without a blank line between them are told apart by the name that comes again', async () => {
    const other = failed.replaceAll('ada@', 'bob@');
    const told = await classifyMail(aDeliveryReport({ blocks: [`${failed}\n${other}`] }));
    expect(told.recipients).toEqual(['ada@example.com', 'bob@example.com']);
  });
});

describe('finding our mail', () => {
  test('the envelope id is given back', async () => {
    const raw = aDeliveryReport({ blocks: [failed] })
      .toString()
      .replace('Reporting-MTA:', 'Original-Envelope-Id: token-1\nReporting-MTA:');
    expect((await classifyMail(Buffer.from(raw))).envelopeId).toBe('token-1');
  });

  test('X-Original-Message-ID and In-Reply-To stand behind the mail inside', async () => {
    const original = ourMail.replace(/Message-ID: .*\n/, '');
    const block = `${failed}\n\nX-Original-Message-ID: <named@rivulet.example>`;
    const raw = aDeliveryReport({ blocks: [block], original, headers: ['In-Reply-To: <answered@rivulet.example>'] });
    expect((await classifyMail(raw)).messageIds).toEqual(['named@rivulet.example', 'answered@rivulet.example']);
  });

  test('an id may be folded', async () => {
    const original = ourMail.replace('<ours@', '\n <ours@');
    expect((await classifyMail(aDeliveryReport({ blocks: [failed], original }))).messageId).toBe(
      'ours@rivulet.example',
    );
  });
});

describe('broken or odd forms', () => {
  test('line ends of any kind are taken', async () => {
    const raw = aDeliveryReport({ blocks: [failed] }).toString();
    for (const end of ['\n', '\r\n', '\r']) {
      const told = await classifyMail(Buffer.from(raw.replaceAll('\r\n', '\n').replaceAll('\n', end)));
      expect(told).toMatchObject({ class: 'hard-bounce', recipient: 'ada@example.com' });
    }
  });

  test('a line of an mbox and blank lines before the headers are passed over', async () => {
    const raw = aDeliveryReport({ blocks: [failed] });
    const told = await classifyMail(
      Buffer.concat([Buffer.from('\r\n   \r\nFrom MAILER-DAEMON Mon Mar  2 09:30:00 2026\r\n'), raw]),
    );
    expect(told).toMatchObject({ class: 'hard-bounce', recipient: 'ada@example.com' });
  });

  test('a report whose boundary is missing is read from the source', async () => {
    const raw = aDeliveryReport({ blocks: [failed] })
      .toString()
      .replaceAll('; boundary="b"', '');
    expect(await classifyMail(Buffer.from(raw))).toMatchObject({ class: 'hard-bounce', recipient: 'ada@example.com' });
  });

  test('a report inside multipart/mixed counts, as gateways send it', async () => {
    const raw = aDeliveryReport({ blocks: [failed] })
      .toString()
      .replace('multipart/report; report-type=delivery-status', 'multipart/mixed');
    expect((await classifyMail(Buffer.from(raw))).class).toBe('hard-bounce');
  });

  test('a report in base64 is read', async () => {
    const status = Buffer.from(`Reporting-MTA: dns; mx.example.net\n\n${failed}\n`).toString('base64');
    const text = [
      '--b',
      'Content-Type: message/delivery-status',
      'Content-Transfer-Encoding: base64',
      '',
      status,
      '--b--',
    ].join('\n');
    const headers = ['Content-Type: multipart/report; boundary="b"', 'Return-Path: <>'];
    expect(await classifyMail(aReport(text, { headers }))).toMatchObject({
      class: 'hard-bounce',
      recipient: 'ada@example.com',
    });
  });

  test('the UTF-8 form of RFC 6533 is read', async () => {
    const raw = aDeliveryReport({ blocks: [failed] })
      .toString()
      .replace('message/delivery-status', 'message/global-delivery-status');
    expect((await classifyMail(Buffer.from(raw))).class).toBe('hard-bounce');
  });

  test('a report that is cut off after its first block still counts', async () => {
    const raw = aDeliveryReport({ blocks: [failed] });
    const end = raw.indexOf('User unknown') + 'User unknown'.length;
    expect((await classifyMail(raw.subarray(0, end))).class).toBe('hard-bounce');
  });
});

test('a request to prove being a person that comes as a report is an automatic reply', async () => {
  const told = 'Your message to ada@example.com is waiting. Boxbe protects her inbox.';
  const block = 'Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.7.1';
  expect((await classifyMail(aDeliveryReport({ blocks: [block], told }))).class).toBe('auto-reply');
});

describe('receipts of reading', () => {
  const type = 'Content-Type: multipart/report; report-type=disposition-notification; boundary="b"';
  const receipt = (told: string) =>
    aReport(
      [
        part('text/plain', told),
        part('message/disposition-notification', 'Disposition: manual-action/MDN-sent-manually; displayed'),
        '--b--',
      ].join('\n'),
      {
        from: 'Ada <ada@example.com>',
        subject: 'Read: Our offer',
        headers: ['Return-Path: <>', type],
      },
    );

  test('one is nothing to act on', async () => {
    expect((await classifyMail(receipt('Your message was read on Monday.'))).class).toBe('other');
  });

  test("Dovecot's rejection in the same form is a bounce", async () => {
    const told = 'Your message to <ada@example.com> was automatically rejected:\nQuota exceeded';
    const raw = receipt(told)
      .toString()
      .replace('Ada <ada@example.com>', 'Mail Delivery Subsystem <postmaster@example.com>');
    expect(await classifyMail(Buffer.from(raw))).toMatchObject({
      class: 'soft-bounce',
      reason: 'mailbox-full',
      recipient: 'ada@example.com',
    });
  });
});
