import { describe, expect, test } from '@jest/globals';
import { readReply, type Refusal, type SmtpPhase } from '../src/event/smtp-reply.js';

type Case = readonly [reply: string, phase: SmtpPhase];

function expectEach(because: Refusal['because'], kind: Refusal['kind'], cases: readonly Case[]): void {
  test.each(cases)('"%s" to %s', (reply, phase) => expect(readReply(reply, phase)).toEqual({ kind, because }));
}

describe('the server cannot be used, and the mail is not to blame:', () => {
  describe('the login has to be mended', () => {
    expectEach('login', 'unavailable', [
      ['535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6', 'login'],
      [
        '535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials',
        'login',
      ],
      ['535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant', 'login'],
      ['535 Authentication Credentials Invalid', 'login'],
      ['534-5.7.9 Application-specific password required', 'login'],
      ['432 4.7.12 A password transition is needed', 'login'],
      ['504 5.7.4 Unrecognized authentication type', 'login'],
      ['525 5.7.1 Unauthorized IP address', 'login'],
      ['550 5.1.1 no such user', 'login'],
      ['530 5.7.0 Must issue a STARTTLS command first', 'mail'],
      ['530 5.7.57 Client not authenticated to send mail', 'mail'],
      ['530 Authentication required', 'rcpt'],
      ['538 5.7.11 encryption required for requested authentication mechanism', 'mail'],
    ]);
  });

  describe('it is busy, or our account with it is used up', () => {
    expectEach('busy', 'unavailable', [
      ['421 4.3.2 Service not available', 'connect'],
      ['421 mx.example.com too busy', 'connect'],
      ['450 4.2.0 greylisted', 'connect'],
      ['454 4.7.0 Temporary authentication failure', 'login'],
      ['451 Authentication failed: Maximum credits exceeded', 'login'],
      ['421 4.7.0 mx.example.com Error: too many connections from 192.0.2.1', 'mail'],
      ['421 Service not available', 'mail'],
      ['450 4.7.1 Error: too much mail from 192.0.2.1', 'mail'],
      ['454 Throttling failure: Maximum sending rate exceeded.', 'dot'],
      ['454 Throttling failure: Daily message quota exceeded.', 'dot'],
      ['450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.', 'rcpt'],
      [
        '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550 5.4.5 sending limits go to https://support.google.com/a/answer/166852',
        'dot',
      ],
      ['550 5.1.90 Your message can’t be sent because you’ve reached your daily limit for message recipients', 'dot'],
      ['451 You have exceeded your messaging limits', 'dot'],
      ['554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException', 'dot'],
    ]);
  });

  describe('it cannot be talked to', () => {
    expectEach('connection', 'unavailable', [
      ['554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', 'connect'],
      ['554 No SMTP service here', 'connect'],
      ['550 5.1.1 no such user', 'connect'],
      ['', 'connect'],
      ['', 'login'],
    ]);
  });
});

describe('the mail may go later:', () => {
  describe('the server greylists', () => {
    expectEach('greylisted', 'deferred', [
      [
        '450 4.2.0 <ada@example.org>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.org.html',
        'rcpt',
      ],
      ['450 4.2.0 come back later', 'rcpt'],
      ['451 4.7.1 Greylisting in action, please come back in 00:05:00', 'rcpt'],
      ['450 4.7.1 Grey-listed for 300 seconds', 'rcpt'],
      ['421 4.7.0 GREYLISTING', 'rcpt'],
      ['451-4.7.1 You are being\n451 4.7.1 graylisted', 'dot'],
      ['450 Requested mail action not taken: mailbox unavailable; greylisted', 'rcpt'],
      ['451 Internal resource temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451', 'rcpt'],
    ]);
  });

  describe('the mailbox is full, which its owner may mend, even where the code says never', () => {
    expectEach('mailbox-full', 'deferred', [
      [
        '452-4.2.2 The email account that you tried to reach is over quota. Please\n452 4.2.2 direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp',
        'rcpt',
      ],
      ['452 4.2.2 x', 'rcpt'],
      ['552 5.2.2 x', 'rcpt'],
      ['552 5.2.2 <ada@example.org>: Quota exceeded (mailbox for user is full)', 'dot'],
      [
        '552 5.2.2 This message is larger than the current system limit or the recipient’s mailbox is full. Create a shorter message body',
        'dot',
      ],
      ['550 5.2.2 STOREDRV.Deliver: mailbox full. "MapiExceptionShutoffQuotaExceeded"', 'dot'],
      ['554 delivery error: dd Requested mail action aborted: exceeded storage allocation; mailbox full', 'dot'],
      ['522 5.2.0 Delivery failed: Over quota', 'dot'],
      ['550 Receiving User is Over Quota (ada@example.org)', 'rcpt'],
      ['552 Account(s) <ada@example.org> does not have enough space', 'rcpt'],
      ['550 <ada@example.org> Benutzer hat zuviele Mails auf dem Server.', 'rcpt'],
      ['450 4.7.1 <ada@example.org>: Recipient address rejected: their mailbox is full', 'rcpt'],
    ]);
  });

  describe('the domain of the reader wants fewer at a time', () => {
    expectEach('too-fast', 'deferred', [
      [
        '421-4.7.0 [192.0.2.1      15] Our system has detected an unusual rate of\n421-4.7.0 unsolicited mail originating from your IP address.',
        'dot',
      ],
      ['421-4.7.28 Gmail has detected an unusual rate of unsolicited mail', 'dot'],
      ['421-4.7.26 This mail has been rate limited because it is unauthenticated.', 'dot'],
      ['421 4.7.32 Your email has been rate limited because the From: header is not aligned', 'dot'],
      [
        '421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1',
        'rcpt',
      ],
      ['421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred', 'rcpt'],
      ['451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation.', 'rcpt'],
      ['451 4.7.500 Server busy. Please try again later from [192.0.2.1].', 'rcpt'],
      [
        '421 RP-001 Unfortunately, some messages from 192.0.2.1 weren’t sent. The mail server has exceeded the rate limit.',
        'rcpt',
      ],
      ['452 Too many messages from your host, slow down', 'rcpt'],
      ['451 4.7.1 x', 'rcpt'],
    ]);
  });

  describe('any other reason', () => {
    expectEach('later', 'deferred', [
      ['421 4.3.0 Temporary System Problem. Try again later', 'dot'],
      ['421 4.4.2 mx.example.com Error: timeout exceeded', 'data'],
      ['451 4.3.0 x', 'mail'],
      ['450 4.1.8 <mara@example.com>: Sender address rejected: Domain not found', 'mail'],
      ['451 Temporary local problem - please try later', 'rcpt'],
      ['452 4.3.1 Insufficient system storage', 'mail'],
      ['452 4.3.1 Insufficient system storage', 'dot'],
      ['452 4.5.3 Error: too many recipients', 'rcpt'],
      [
        '452-4.5.3 Your message has too many recipients. For more information regarding\n452 4.5.3 sending limits',
        'rcpt',
      ],
      // One mailbox, whoever writes to it.
      ['450-4.2.1 The user you are trying to contact is receiving mail too quickly.', 'rcpt'],
      [
        '450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents additional messages from being delivered.',
        'rcpt',
      ],
      ['432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded', 'dot'],
      ['450 4.1.1 <ada@example.org>: Recipient address rejected: User unknown in virtual alias table', 'rcpt'],
      ['450 4.1.2 <ada@example.org>: Recipient address rejected: Domain not found', 'rcpt'],
      ['450 Requested mail action not taken: mailbox unavailable', 'rcpt'],
      ['451', 'dot'],
      ['426 connection timed out', 'dot'],
    ]);
  });
});

describe('the mail may never go, and', () => {
  describe('no mail will ever reach that address', () => {
    expectEach('no-mailbox', 'rejected', [
      ['550 5.1.1 x', 'rcpt'],
      [
        '550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient’s email address for typos or\n550 5.1.1 unnecessary spaces. - gsmtp',
        'rcpt',
      ],
      ['550 5.1.1 <ada@example.org>: Recipient address rejected: User unknown in virtual mailbox table', 'rcpt'],
      ['550 5.1.1 RESOLVER.ADR.RecipNotFound; not found', 'dot'],
      ['550 5.1.1 no such user', 'dot'],
      ['550 5.1.1 no such user', 'data'],
      ['554 5.1.1', 'rcpt'],
      ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup', 'rcpt'],
      ['556 5.1.10 Domain does not accept mail', 'rcpt'],
      ['556 x', 'rcpt'],
      ['550 5.1.2 Domain not found', 'rcpt'],
      ['550 5.1.6 recipient no longer on server: ada@example.org', 'rcpt'],
      ['550 5.1.351 Remote server returned unknown recipient or mailbox unavailable', 'rcpt'],
      ['550 5.2.1 The email account that you tried to reach is disabled.', 'rcpt'],
      ['550 5.1.0 <ada@example.org>: no such user here', 'rcpt'],
      // Without a code of its own, or with one that says something else.
      ['550 No such user here', 'rcpt'],
      ['550 <ada@example.org>: User unknown', 'rcpt'],
      ['550 unknown user', 'rcpt'],
      ['550 "ada@example.org" is not a known user', 'rcpt'],
      ['550 ** No mail box available for this user **', 'rcpt'],
      ['550 Unrouteable address', 'rcpt'],
      ['550 Requested action not taken: mailbox unavailable', 'rcpt'],
      ['550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).', 'rcpt'],
      ['553 Invalid recipient ada@example.org (Mode: normal)', 'rcpt'],
      ['553 sorry, badrcptto(user mail-box not found) (#5.7.1)', 'rcpt'],
      ['550 Invalid recipient <ada@example.org> (#5.1.1)', 'dot'],
      ['550 5.7.1 <ada@example.org>: Recipient address rejected: User unknown', 'rcpt'],
      ['550 5.7.1 No such user c18si2365148hub', 'rcpt'],
      ['554 5.7.1 <ada@example.org>: Recipient address rejected: Nonexistent user', 'rcpt'],
      ["554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0]", 'rcpt'],
    ]);
  });

  describe('the mailbox is full for good', () => {
    expectEach('mailbox-full', 'rejected', [
      [
        '552-5.2.2 The recipient’s inbox is out of storage space and inactive. Please\n552 5.2.2 direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm',
        'rcpt',
      ],
    ]);
  });

  describe('it is the mail that is wrong', () => {
    expectEach('content', 'rejected', [
      ['552 5.3.4 Message size exceeds fixed limit', 'mail'],
      ['552 5.3.4 x', 'dot'],
      ['552 5.2.3 Message size exceeds fixed maximum message size (10485760)', 'dot'],
      ['554 5.6.0 Invalid header', 'dot'],
      ['500 5.6.1 Message content rejected', 'dot'],
      ['552 message too large', 'dot'],
      ['554 5.7.1 Message Rejected Class=size limit=15728640', 'dot'],
      ['550 5.7.1 Message content rejected, UBE, id=00000-00-000', 'dot'],
      [
        '550-5.7.1 [192.0.2.1      13] Messages with multiple addresses in From:\n550 5.7.1 header are not accepted.',
        'dot',
      ],
      [
        '552-5.7.0 This message was blocked because its content presents a potential\n552-5.7.0 security issue. Please visit https://support.google.com/mail/?p=BlockedMessage\n552 5.7.0 to review our message content and attachment content guidelines.',
        'dot',
      ],
      ["554 Transaction failed: Duplicate header 'Subject'.", 'dot'],
      ['550 Virus Detected; Content Rejected', 'dot'],
      ['554 Sorry, this message appears to be spam (#5.6.0)', 'dot'],
    ]);
  });

  describe('it is us whom the server does not want', () => {
    expectEach('policy', 'rejected', [
      [
        '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.',
        'dot',
      ],
      [
        '550-5.7.1 [192.0.2.1      18] Our system has detected that this message is\n550-5.7.1 likely suspicious due to the very low reputation of the sending IP',
        'dot',
      ],
      [
        '550-5.7.25 [192.0.2.1] The IP address sending this message does not have a\n550-5.7.25 PTR record setup',
        'dot',
      ],
      ['550 5.7.515 Access denied, sending domain example.com does not meet the required authentication level.', 'dot'],
      ['550 5.7.509 Access denied, sending domain example.com does not pass DMARC verification', 'dot'],
      ['550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.', 'rcpt'],
      [
        '550 5.7.1 Unfortunately, messages from [192.0.2.1] weren’t sent. Please contact your Internet service provider since part of their network is on our block list (S3150).',
        'rcpt',
      ],
      ['554 5.7.9 Message not accepted for policy reasons. See https://senders.yahooinc.com/error-codes', 'dot'],
      ['554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', 'rcpt'],
      ['554 5.7.1 <ada@example.org>: Relay access denied', 'rcpt'],
      ['550 5.7.64 TenantAttribution; Relay Access Denied', 'rcpt'],
      ["553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", 'rcpt'],
      ['550 <ada@example.org>... Relaying denied', 'rcpt'],
      ['550 5.7.60 SMTP; Client does not have permissions to send as this sender', 'mail'],
      ['550 5.7.1 Domain is not allowed to send: The domain is unverified', 'rcpt'],
      ['550 The from address does not match a verified Sender Identity.', 'dot'],
      ['554 Message rejected: Email address is not verified. The following identities failed the check', 'dot'],
      ['554 Message rejected: Sending paused for this account.', 'dot'],
      ['550 Unauthenticated senders not allowed', 'rcpt'],
      ['553 5.1.8 <mara@example.com>... Domain of sender address mara@example.com does not exist', 'rcpt'],
      ['501 5.1.7 Bad sender address syntax', 'mail'],
      ['550 5.1.1 <mara@example.com>: User unknown', 'mail'],
      ['550 5.1.0 <bounce@mailer.example.com> sender rejected', 'rcpt'],
      ['550-Verification failed for <mara@example.com>\n550-Unrouteable address\n550 Sender verify failed', 'rcpt'],
      ['550 no', 'mail'],
      ['554 5.7.1 spam', 'dot'],
      ['550 5.7.1 x', 'rcpt'],
      ['550 Denied by policy', 'rcpt'],
      ['501 Spam Blocked - psmtp', 'rcpt'],
    ]);
  });

  describe('we have broken the protocol', () => {
    expectEach('protocol', 'rejected', [
      ['500 unrecognized command', 'mail'],
      ['500 5.5.2 Error: bad syntax', 'data'],
      ['501 syntax', 'mail'],
      ['502 5.5.1 Command not implemented', 'data'],
      ['503 5.5.1 Error: nested MAIL command', 'mail'],
      ['503 Bad sequence of commands', 'rcpt'],
      ['504 x', 'rcpt'],
      ['554 5.5.1 Error: no valid recipients', 'data'],
      ['555 5.5.4 Unsupported option: NOTIFY=FAILURE,DELAY', 'rcpt'],
      ['555 x', 'rcpt'],
    ]);
  });

  describe('the server has no SMTPUTF8', () => {
    expectEach('smtputf8', 'rejected', [
      ['553 5.6.7 Internationalized mailbox name not allowed', 'rcpt'],
      ['550 5.6.9 UTF-8 header message cannot be transferred', 'dot'],
    ]);
  });

  describe('nobody else and no other mail is concerned', () => {
    expectEach('refused', 'rejected', [
      // One mailbox or list that does not take mail from everybody.
      ['550 5.7.1 RESOLVER.RST.AuthRequired; authentication required', 'rcpt'],
      ['550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required', 'dot'],
      ['550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required', 'dot'],
      ['550 5.7.124 RESOLVER.RST.SenderNotInAllowedSendersList; not in allowed-senders list', 'dot'],
      ['550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized', 'dot'],
      ['550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized', 'dot'],
      ['550 5.7.133 x', 'rcpt'],
      ['550 5.7.1 The sender is not allowed to send to this group', 'rcpt'],
      ['550 5.7.1 You are not authorized to send to this recipient', 'rcpt'],
      [
        '550 5.7.1 <ada@example.org>: Recipient address rejected: User temporary locked. Please try again later!',
        'rcpt',
      ],
      ['550 5.1.1 RCP-P2 Refused due to recipient preferences', 'rcpt'],
      ['550 5.7.2 Mailing list expansion prohibited', 'rcpt'],
      ['550 5.7.17 Mailbox owner has changed', 'rcpt'],
      ['525 5.7.13 Disabled recipient address', 'rcpt'],
      // A mailbox that is there, and may be written to another day.
      [
        '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550 5.2.1 prevents additional messages from being delivered.',
        'rcpt',
      ],
      ['550 [SUSPEND] Mailbox currently suspended - Please contact correspondent directly', 'rcpt'],
      ['550 5.2.1 Mailbox temporarily disabled', 'rcpt'],
      ['550 Mailbox is frozen', 'rcpt'],
      ['550 5.2.0 Message Filtered', 'dot'],
      // Words too weak to suppress anybody for.
      ['550', 'rcpt'],
      ['553 no', 'rcpt'],
      ['550 no', 'rcpt'],
      ['554 Transaction failed', 'dot'],
      ['551 not here', 'rcpt'],
      ['521 5.3.2 host does not accept mail', 'rcpt'],
      ['550 5.1.0 Address rejected', 'rcpt'],
      ['550 5.4.1 [ada@example.org]: Recipient address rejected: Access denied', 'rcpt'],
      ['550 5.1.100 no such code', 'rcpt'],
      ['550 5.1.3 bad destination mailbox address syntax', 'rcpt'],
      ['554 5.4.6 Too many hops', 'dot'],
      ['552 Too many recipients', 'rcpt'],
      // Carriers say it of mails that they filter.
      ['550 <ada@example.org>: User unknown', 'dot'],
      ['550 Requested action not taken: mailbox unavailable', 'dot'],
    ]);
  });
});

describe('where the two codes disagree,', () => {
  test.each<[string, Refusal]>([
    ['450 5.1.1 no such user', { kind: 'deferred', because: 'later' }],
    ['452 5.2.2 over quota', { kind: 'deferred', because: 'mailbox-full' }],
    ['550 4.1.1 no such user', { kind: 'rejected', because: 'refused' }],
    ['550 4.7.1 blocked', { kind: 'rejected', because: 'refused' }],
    ['554 4.4.7 delivery time expired', { kind: 'rejected', because: 'refused' }],
    ['550 2.1.5 no such user', { kind: 'rejected', because: 'refused' }],
  ])('the basic one says whether to try again, and nobody is suppressed: "%s"', (reply, refusal) => {
    expect(readReply(reply, 'rcpt')).toEqual(refusal);
  });
});

describe('an enhanced code', () => {
  test('is read behind the basic one only, not out of a sentence', () => {
    expect(readReply('550 read about 5.1.1 in our manual', 'rcpt')).toEqual({ kind: 'rejected', because: 'refused' });
    expect(readReply('550 connected to 10.5.1.1', 'rcpt')).toEqual({ kind: 'rejected', because: 'refused' });
  });

  test('of four parts is an address of a machine', () => {
    expect(readReply('550 5.1.1.9 said no', 'rcpt')).toEqual({ kind: 'rejected', because: 'refused' });
  });
});

test('a reply is read as far as an honest one goes, so that a hostile one keeps nobody busy', () => {
  const far = `550 ${'x'.repeat(2000)} no such user`;
  expect(readReply(far, 'rcpt')).toEqual({ kind: 'rejected', because: 'refused' });
});
