import { describe, expect, test } from '@jest/globals';
import { classifyMail } from '../src/inbound/classify.js';
import { aDeliveryReport, aMail, anAnswer, aReport, ourMail } from './inbound-mails.js';

/** A report for people: what it says above our own mail, and what it means. */
type Case = readonly [program: string, report: readonly string[], wanted: Readonly<Record<string, unknown>>];

const hard = { class: 'hard-bounce', hard: true, recipient: 'ada@example.com' };
const soft = { class: 'soft-bounce', hard: false, recipient: 'ada@example.com' };
const delayed = { class: 'delayed', hard: false, recipient: 'ada@example.com' };

const cases: readonly Case[] = [
  [
    'qmail',
    [
      'Hi. This is the qmail-send program at mx.example.net.',
      "I'm afraid I wasn't able to deliver your message to the following addresses.",
      "This is a permanent error; I've given up. Sorry it didn't work out.",
      '',
      '<ada@example.com>:',
      '192.0.2.25 does not like recipient.',
      'Remote host said: 550 5.1.1 <ada@example.com>: no mailbox of that name',
      'Giving up on 192.0.2.25.',
      '',
      '--- Below this line is a copy of the message.',
    ],
    { ...hard, reason: 'no-mailbox', status: '5.1.1', messageId: 'ours@rivulet.example' },
  ],
  [
    'qmail that is refused at HELO',
    [
      'Hi. This is the qmail-send program at mx.example.net.',
      '',
      '<ada@example.com>:',
      'Connected to 192.0.2.25 but my name was rejected.',
      'Remote host said: 501 5.0.0 Invalid domain name',
      '',
      '--- Below this line is a copy of the message.',
    ],
    { ...soft, reason: 'sender-refused' },
  ],
  [
    'Exim',
    [
      'This message was created automatically by mail delivery software.',
      '',
      'A message that you sent could not be delivered to one or more of its',
      'recipients. This is a permanent error. The following address(es) failed:',
      '',
      '  ada@example.com',
      '    host mx.example.com [192.0.2.25]',
      '    SMTP error from remote mail server after RCPT TO:<ada@example.com>:',
      '    552 5.2.2 Mailbox size limit exceeded',
      '',
      '------ This is a copy of the message, including all the headers. ------',
    ],
    { ...soft, reason: 'mailbox-full', status: '5.2.2' },
  ],
  [
    'Exim for an alias',
    [
      'This message was created automatically by mail delivery software.',
      'A message that you sent could not be delivered to one or more of its',
      'recipients. The following address(es) failed:',
      '',
      '  an undisclosed address',
      '    (generated from ada@example.com)',
      '    Unrouteable address',
    ],
    { ...hard, reason: 'no-domain' },
  ],
  [
    'Exim that has not given up',
    [
      'This message was created automatically by mail delivery software.',
      'A message that you sent has not yet been delivered to one or more of its',
      'recipients after more than 24 hours on the queue on mx.example.net.',
      '',
      'The address to which the message has not yet been delivered is:',
      '',
      '  ada@example.com',
      '    Delay reason: Connection timed out',
      '',
      'No action is required on your part. Delivery attempts will continue for',
      'some time. Eventually the mail delivery software will give up.',
    ],
    delayed,
  ],
  [
    'sendmail',
    [
      'The original message was received at Mon, 2 Mar 2026 09:30:00 GMT',
      '',
      '   ----- The following addresses had permanent fatal errors -----',
      '<ada@example.com>',
      '    (reason: 550 5.1.2 Host unknown)',
      '',
      '   ----- Transcript of session follows -----',
      '550 5.1.2 <ada@example.com>... Host unknown (Name server: example.com: host not found)',
      '',
      '   ----- Unsent message follows -----',
    ],
    { ...hard, reason: 'no-domain' },
  ],
  [
    'sendmail for an alias',
    [
      '   ----- The following addresses had permanent fatal errors -----',
      'a.byron@mail.example.com',
      '    (reason: 553 5.3.0 Sender Policy Framework (SPF) fail)',
      '    (expanded from: <ada@example.com>)',
    ],
    { ...soft, reason: 'authentication' },
  ],
  [
    'smail',
    [
      '|------------------------- Message log follows: -------------------------|',
      ' no valid recipients were found for this message',
      '|------------------------- Failed addresses follow: ---------------------|',
      ' ada@example.com ... unknown host',
      '|------------------------- Message header follows: ----------------------|',
    ],
    { ...hard, reason: 'no-domain' },
  ],
  [
    'Exchange 5.5',
    [
      'Your message',
      '',
      '  To:      news@rivulet.example',
      '  Subject: Our offer',
      '  Sent:    Mon, 2 Mar 2026 09:30:00 +0000',
      '',
      'did not reach the following recipient(s):',
      '',
      'ada@example.com on Mon, 2 Mar 2026 09:31:00 +0000',
      '    The recipient name is not recognized',
      '    MSEXCH:IMS:EXAMPLE:MAIL:MX 0 (000C05A6) Unknown Recipient',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'Exchange Online',
    [
      'Delivery has failed to these recipients or groups:',
      '',
      'ada@example.com<mailto:ada@example.com>',
      "The recipient's mailbox is full and can't accept messages now.",
      '',
      'Diagnostic information for administrators:',
      "Remote Server returned '554 5.2.2 mailbox full; STOREDRV.Deliver; quota exceeded'",
      'Original message headers:',
    ],
    { ...soft, reason: 'mailbox-full' },
  ],
  [
    'Gmail',
    [
      'Delivery to the following recipient failed permanently:',
      '',
      '     ada@example.com',
      '',
      'Technical details of permanent failure: ',
      'DNS Error: Domain name not found',
      '',
      '----- Original message -----',
    ],
    { ...hard, reason: 'no-domain' },
  ],
  [
    'Gmail that has not given up',
    [
      'THIS IS A WARNING MESSAGE ONLY.',
      'YOU DO NOT NEED TO RESEND YOUR MESSAGE.',
      'Delivery to the following recipient has been delayed:',
      '     ada@example.com',
      'Message will be retried for 2 more day(s)',
    ],
    delayed,
  ],
  [
    'Yahoo',
    [
      'Sorry, we were unable to deliver your message to the following address.',
      '',
      '<ada@example.com>:',
      "554: delivery error: dd This user doesn't have a yahoo.com account (ada@example.com) [0]",
      '',
      '--- Below this line is a copy of the message.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'AOL, which names its own without a domain',
    [
      'Your mail to the following recipients could not be delivered because they are not accepting mail from news@rivulet.example:',
      '\tada',
      '',
    ],
    { ...soft, recipient: 'ada@aol.com', reason: 'refused-by-reader' },
  ],
  [
    'OpenSMTPD',
    [
      '    Hi!',
      '    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.',
      '    An error has occurred while attempting to deliver a message for',
      '    the following list of recipients:',
      '',
      'ada@example.com: 550 5.7.1 blocked using zen.spamhaus.org',
      '',
      '    Below is a copy of the original message:',
    ],
    { ...soft, reason: 'blocked' },
  ],
  [
    'OpenSMTPD that has not given up',
    [
      '    This is the MAILER-DAEMON, please DO NOT REPLY to this e-mail.',
      '    A message is delayed for more than 4 hours for the following',
      '    list of recipients:',
      '',
      'ada@example.com: Network error on destination MXs',
    ],
    delayed,
  ],
  [
    'DragonFly',
    [
      'This is the DragonFly Mail Agent v0.13 at mx.example.net.',
      'There was an error delivering your mail to <ada@example.com>.',
      'Could not deliver for the last 432000 seconds. Giving up.',
      'Message headers follow.',
    ],
    { ...soft, reason: 'expired' },
  ],
  [
    'Domino',
    [
      'Your message',
      '',
      '  Subject: Our offer',
      '',
      'was not delivered to:',
      '',
      '  ada@example.com',
      '',
      'because:',
      '',
      '  User ada (ada@example.com) not listed in Domino Directory',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'GroupWise',
    ['The message that you sent was undeliverable to the following:', '\tada@example.com (user not found)'],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'Sun Messaging Server',
    [
      'This report relates to a message you sent with the following header fields:',
      '',
      '  Message-id: <ours@rivulet.example>',
      '  Date: Mon, 02 Mar 2026 09:30:00 +0000',
      '  From: Rivulet <news@rivulet.example>',
      '',
      'Your message cannot be delivered to the following recipients:',
      '',
      '  Recipient address: ada@example.com',
      '  Reason: recipient reached disk quota',
    ],
    { ...soft, reason: 'mailbox-full' },
  ],
  [
    'Apache James',
    [
      'Hi. This is the James mail server at mx.example.net.',
      'Error message below:',
      '550 - Requested action not taken: no such user here',
      '',
      'Message details:',
      '  Subject: Our offer',
      '  MAIL FROM: news@rivulet.example',
      '  RCPT TO: ada@example.com',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'IMail',
    [
      'Unknown user: ada@example.com',
      '',
      'RCPT TO generated following response:',
      '553 5.3.0 <ada@example.com>... Addressee unknown',
      '',
      'Original message follows.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'LSMTP',
    [
      'A list of the affected recipient follows.',
      '',
      '--> Error description:',
      'Error-for:  ada@example.com',
      'Error-Code: 0',
      'Error-Text: "554 Message looping (received 6 times)"',
    ],
    { ...soft, reason: 'loop' },
  ],
  [
    'MDaemon',
    [
      'The following addresses did NOT receive a copy of your message:',
      '',
      '> ada@example.com',
      '',
      '--- Session Transcript ---',
      'RCPT To:<ada@example.com>',
      '550 5.1.1 unknown user',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'MailMarshal',
    [
      'Your message:',
      '   From:    news@rivulet.example',
      '   Subject: Our offer',
      '',
      'Could not be delivered because of',
      '',
      '550 5.1.1 User unknown',
      '',
      'The following recipients were affected: ',
      '    ada@example.com',
      '',
      'Additional Information',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'MailFoundry',
    [
      'Unable to deliver message to: <ada@example.com>',
      'Delivery failed for the following reason:',
      'Server mx.example.com[192.0.2.25] failed with: 550 <ada@example.com> No such user here',
      'This has been a permanent failure.  No further delivery attempts will be made.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'SurfControl',
    [
      'Your message could not be sent.',
      'A transcript of the attempts to send the message follows.',
      'The number of attempts made: 1',
      'Addressed To: ada@example.com',
      '',
      'Failed to send to identified host,',
      'ada@example.com: [192.0.2.5], 550 ada@example.com... No such user',
      '--- Message non-deliverable.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'InterScan',
    [
      '****** Message from InterScan Messaging Security Suite ******',
      '',
      'Sent <<< RCPT TO:<ada@example.com>',
      'Received >>> 550 5.1.1 unknown user.',
      '',
      'Unable to deliver message to <ada@example.com> (and other recipients in the same domain).',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'McAfee',
    [
      '    --- The following addresses had delivery problems ---',
      '',
      '<ada@example.com>   (<ada@example.com>... User not exist)',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'WebShield',
    [
      '    ---- Failed Recipients ----',
      '<ada@example.com>',
      'Mail Loop Detected',
      '    ---- Contents of the undelivered mail ----',
    ],
    { ...soft, reason: 'loop' },
  ],
  [
    'a carrier',
    ['The user(s) account is temporarily over quota.', '', '<ada@example.com>'],
    { ...soft, reason: 'mailbox-full' },
  ],
  [
    '1&1',
    [
      'This message was created automatically by mail delivery software.',
      'The following address failed:',
      '',
      'ada@example.com',
      '',
      'For the following reason:',
      '',
      'Mail size limit exceeded.',
      '--- The header of the original message is following. ---',
    ],
    { ...soft, reason: 'too-large' },
  ],
  [
    'Zoho',
    [
      'This message was created automatically by mail delivery software.',
      'A message that you sent could not be delivered to one or more of its recipients. This is a permanent error. ',
      '',
      'ada@example.com Invalid Address, ERROR_CODE :550, ERROR_CODE :5.1.1 User unknown',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a German server',
    [
      'Ihre Nachricht konnte nicht zugestellt werden an:',
      '',
      '<ada@example.com>:',
      'Das Postfach des Empfängers ist voll.',
    ],
    { ...soft, reason: 'mailbox-full' },
  ],
  [
    'a French server',
    ["Votre message n'a pas pu être remis au destinataire :", '', '<ada@example.com>:', 'Utilisateur inconnu.'],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a Spanish server',
    ['Su mensaje no pudo ser entregado.', '', '<ada@example.com>:', 'No existe ese usuario en esta máquina.'],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a Portuguese server',
    ['Sua mensagem não pôde ser entregue.', '', '<ada@example.com>:', 'A caixa postal do destinatário está cheia.'],
    { ...soft, reason: 'mailbox-full' },
  ],
  [
    'an Italian server',
    [
      'Il messaggio non è stato possibile recapitarlo a:',
      '',
      '<ada@example.com>:',
      'Nessun utente simile in questo indirizzo.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a Russian server',
    [
      'К сожалению, невозможно доставить сообщение по следующему адресу:',
      '',
      '<ada@example.com>:',
      'Такой пользователь не существует.',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a Chinese server',
    ['您的邮件无法投递到以下地址:', '', '<ada@example.com>:', '收件人不存在'],
    { ...hard, reason: 'no-mailbox' },
  ],
  [
    'a Japanese server',
    [
      '次のあて先へのメッセージはエラーのため送信できませんでした。',
      '',
      '<ada@example.com>:',
      '宛先のアドレスが見つかりません。',
    ],
    { ...hard, reason: 'no-mailbox' },
  ],
];

describe('reports for people', () => {
  test.each(cases)('of %s', async (_, report, wanted) => {
    expect(await classifyMail(aReport([...report, '', ourMail].join('\n')))).toMatchObject(wanted);
  });
});

describe('a report is told', () => {
  test('by X-Failed-Recipients', async () => {
    const mail = aMail({
      from: 'Somebody <x@example.net>',
      text: 'No.',
      headers: ['X-Failed-Recipients: ada@example.com'],
    });
    expect(await classifyMail(mail)).toMatchObject({
      class: 'soft-bounce',
      recipient: 'ada@example.com',
      reason: 'unknown',
    });
  });

  test('by subject and words, when a program without a name of its own sends it', async () => {
    const text = 'Your message could not be delivered to the following recipients:\n\nada@example.com\n\nUser unknown';
    const mail = aMail({ from: 'AntiVirus_for_SMTP@example.net', subject: 'Delivery failure notification', text });
    expect(await classifyMail(mail)).toMatchObject(hard);
  });

  test('in HTML alone', async () => {
    const text =
      '<p>Delivery has failed to these recipients:</p><p><a href="mailto:ada@example.com">ada@example.com</a></p><p>550 5.1.1 User unknown</p>';
    expect(
      await classifyMail(aReport(text, { headers: ['Return-Path: <>', 'Content-Type: text/html'] })),
    ).toMatchObject(hard);
  });

  test('by what stands above our own mail: our own words are no reason', async () => {
    const report =
      'Your message could not be delivered.\n\n<ada@example.com>: rejected\n\n--- Below this line is a copy of the message.';
    expect(await classifyMail(aReport(`${report}\n\n${ourMail}`))).toMatchObject({
      class: 'soft-bounce',
      reason: 'unknown',
    });
  });

  test('about whom our own mail went to, if it names nobody', async () => {
    const report = 'Your message could not be delivered: user unknown.\n\n----- Original message -----';
    expect(await classifyMail(aReport(`${report}\n${ourMail}`))).toMatchObject(hard);
  });
});

describe('of several recipients', () => {
  const both = [
    'Hi. This is the qmail-send program at mx.example.net.',
    '',
    '<bob@example.com>:',
    'Remote host said: 552 5.2.2 Mailbox full',
    '',
    '<ada@example.com>:',
    'Remote host said: 550 5.1.1 User unknown',
  ].join('\n');

  test('each is judged by its own lines, and a dead one comes first', async () => {
    const told = await classifyMail(aReport(both));
    expect(told).toMatchObject({ ...hard, recipients: ['ada@example.com', 'bob@example.com'], status: '5.1.1' });
  });
});

describe('a person who writes about a report is a person', () => {
  const report = cases[0]?.[1].join('\n') ?? '';

  test('who forwards it', async () => {
    const mail = aMail({
      subject: 'Fwd: failure notice',
      text: `Please look at this.\n\n---------- Forwarded message ---------\n${report}`,
    });
    expect((await classifyMail(mail)).class).toBe('reply');
  });

  test('who quotes it in an answer', async () => {
    const text = `I got this back, what is wrong?\n\n> ${report.replaceAll('\n', '\n> ')}`;
    expect((await classifyMail(anAnswer({ subject: 'Re: failure notice', text }))).class).toBe('reply');
  });

  test('who attaches it', async () => {
    const attached = [
      '--b',
      'Content-Type: text/plain',
      '',
      'Please see what came back.',
      '--b',
      'Content-Type: message/rfc822',
      '',
      aReport(report).toString(),
      '--b--',
    ];
    const mail = aMail({
      subject: 'Fw: your mail',
      text: attached.join('\n'),
      headers: ['Content-Type: multipart/mixed; boundary="b"'],
    });
    expect((await classifyMail(mail)).class).toBe('reply');
  });

  test.each([['attachment'], ['inline']])('who sends the report for programs as %s', async (disposition) => {
    const blocks = ['Final-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.1.1'];
    const inside = [
      'Content-Type: message/rfc822',
      `Content-Disposition: ${disposition}`,
      '',
      aDeliveryReport({ blocks }).toString(),
    ];
    const text = ['--x', 'Content-Type: text/plain', '', 'Please see what came back.', '--x', ...inside, '--x--'].join(
      '\n',
    );
    const mail = aMail({ subject: 'Your mail', text, headers: ['Content-Type: multipart/mixed; boundary="x"'] });
    expect((await classifyMail(mail)).class).toBe('reply');
  });

  test.each([
    ['Your mail', 'Hi, your last message could not be opened, and my mailbox is full of spam. Please send it again.'],
    ['Delivery problem', 'Hello, the delivery of our order failed, nobody was at home. When will it be returned?'],
    ['Question', 'The user unknown to me wrote that the quota is exceeded. Is that so?'],
    ['Undeliverable goods', 'We could not deliver the parcel to the following address: 12 Main Street. Bye, Ada'],
  ])('who writes "%s"', async (subject, text) => {
    expect((await classifyMail(aMail({ subject, text }))).class).toBe('reply');
  });

  test('who is the postmaster', async () => {
    const mail = anAnswer({ from: 'Postmaster <postmaster@example.com>', text: 'Thank you, we shall mend the quota.' });
    expect((await classifyMail(mail)).class).toBe('reply');
  });
});

describe('programs that are no mail servers', () => {
  test('a shop that writes of a returned order is no bounce', async () => {
    const mail = aMail({
      from: 'Shop <no-reply@shop.example>',
      subject: 'Your order',
      text: 'Your parcel was returned to us: delivery failed.',
    });
    expect((await classifyMail(mail)).class).not.toMatch(/bounce/);
  });
});

describe('Amazon SES by mail', () => {
  const notified = (told: object) =>
    aMail({
      from: 'AWS <no-reply@sns.amazonaws.com>',
      subject: 'AWS Notification Message',
      text: `${JSON.stringify(told)}\n\n--\nIf you wish to stop receiving notifications`,
    });
  const mail = { messageId: 'ses-id', destination: ['ada@example.com'] };
  const bouncedRecipients = [
    { emailAddress: 'ada@example.com', status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' },
  ];
  const bounce = { notificationType: 'Bounce', bounce: { bounceType: 'Permanent', bouncedRecipients }, mail };

  test('a bounce is one, as it is or in the envelope of SNS', async () => {
    const wanted = { ...hard, status: '5.1.1', messageId: 'ses-id' };
    expect(await classifyMail(notified(bounce))).toMatchObject(wanted);
    expect(await classifyMail(notified({ Type: 'Notification', Message: JSON.stringify(bounce) }))).toMatchObject(
      wanted,
    );
  });

  test('its lines may have been broken on the way', async () => {
    const raw = notified(bounce).toString().replace('user unknown', 'user\n  unknown');
    expect(await classifyMail(Buffer.from(raw))).toMatchObject(hard);
  });

  test('a permanent one without words is hard, a transient one soft', async () => {
    const silent = [{ emailAddress: 'ada@example.com' }];
    const of = (bounceType: string) => notified({ ...bounce, bounce: { bounceType, bouncedRecipients: silent } });
    expect(await classifyMail(of('Permanent'))).toMatchObject(hard);
    expect(await classifyMail(of('Transient'))).toMatchObject(soft);
  });

  test('complaints and deliveries are told too', async () => {
    const complained = {
      notificationType: 'Complaint',
      complaint: { complainedRecipients: [{ emailAddress: 'ada@example.com' }] },
      mail,
    };
    const arrived = { notificationType: 'Delivery', delivery: { recipients: ['ada@example.com'] }, mail };
    expect(await classifyMail(notified(complained))).toMatchObject({
      class: 'complaint',
      recipient: 'ada@example.com',
    });
    expect(await classifyMail(notified(arrived))).toMatchObject({
      class: 'delivered-dsn',
      recipient: 'ada@example.com',
    });
  });
});
