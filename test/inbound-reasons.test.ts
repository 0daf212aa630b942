import { describe, expect, test } from '@jest/globals';
import { verdictOn } from '../src/inbound/reason.js';
import { bestStatus, replyCodeIn, statusCodesIn } from '../src/inbound/status-code.js';

/** What servers say, and the one word for it. */
const said: Readonly<Record<string, readonly string[]>> = {
  'no-mailbox': [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address",
    '550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown in virtual mailbox table',
    '550 Requested action not taken: mailbox unavailable',
    '550 No such user here',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    '550 5.4.1 Recipient address rejected: Access denied. AS(201806281)',
    "554 delivery error: dd This user doesn't have a yahoo.com account (ada@yahoo.com) [0]",
    '550 #5.1.0 Address rejected.',
    'sorry, no mailbox here by that name (#5.1.1 - chkuser)',
    '511 sorry, no mailbox here by that name',
    '550 5.1.1 unknown or illegal alias: ada@example.com',
    '554 5.1.1 Addressee unknown',
    '550 <ada@example.com> not found',
    '550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]',
    'Der Empfänger ist unbekannt',
    'Utilisateur inconnu !',
    'No existe dicha persona',
    'Nessun utente simile in questo indirizzo',
    'Użytkownik nie istnieje',
    'Такого пользователя нет: адрес не существует',
    '550 用户不存在',
    '宛先が見つかりません',
  ],
  'no-domain': [
    '550 5.1.2 Host unknown (Name server: example.invalid: host not found)',
    'Host or domain name not found. Name service error for name=example.invalid type=A: Host not found',
    "Sorry, I couldn't find any host named example.invalid. (#5.1.2)",
    'DNS Error: Domain name not found',
    'Unrouteable address',
    'all relevant MX records point to non-existent hosts',
    "5.1.2 - Bad destination host 'DNS Hard Error looking up example.invalid (MX): NXDomain'",
  ],
  'domain-takes-no-mail': [
    '556 5.1.10 Domain does not accept mail (nullMX)',
    '521 5.3.2 host does not accept mail',
    'No mx record found for domain=example.com',
    'an MX or SRV record indicated no SMTP service',
  ],
  moved: [
    'The mailbox ada@example.com has been replaced by bob@example.com',
    '550 5.1.6 recipient no longer on server: ada@example.com',
  ],
  'mailbox-full': [
    '452-4.2.2 The email account that you tried to reach is over quota',
    '552 5.2.2 Mailbox size limit exceeded',
    'user over quota. (#5.1.1)',
    'maildir delivery failed: userdisk quota exceeded',
    "552 The user's space has been used up",
    '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
    'Das Postfach ist voll',
    'La boîte du destinataire est pleine',
    'El buzón está lleno',
    'Почтовый ящик переполнен',
  ],
  'too-large': [
    '552 5.3.4 Message size exceeds fixed maximum message size',
    '552 message file too big',
    'Mail size limit exceeded. For explanation visit',
  ],
  authentication: [
    "550-5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy",
    '550 5.7.23 The message was rejected because of Sender Policy Framework violation',
    '550 5.7.1 Message failed DKIM verification: no such user key',
  ],
  'sender-refused': [
    '550 5.1.8 Domain of sender address news@example.com does not exist',
    '550 Sender verify failed',
    '550 5.1.0 <news@example.com> sender rejected: user unknown',
    '553 sorry, your envelope sender is in my badmailfrom list',
  ],
  'no-reverse-dns': [
    '450 4.7.1 Client host rejected: cannot find your hostname',
    '550 The IP address sending this message does not have a PTR record setup',
  ],
  spam: [
    '554 5.7.1 Message scored as spam: recipient unknown',
    '550 High probability of spam',
    '550 5.7.1 Message content rejected, UBE, id=1',
    '554 5.7.1 The message was rejected: blacklisted URL in message',
  ],
  virus: ['552 Virus infected message rejected'],
  content: [
    '552-5.7.0 Our system detected an illegal attachment on your message',
    '550 This message is not RFC 5322 compliant',
  ],
  blocked: [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
    '550 5.7.606 Access denied, banned sending IP [192.0.2.1]',
    '550 Please use the smtp server of your ISP',
    '421 4.7.0 HELO command rejected: Host not found',
  ],
  'too-fast': [
    '421 4.7.0 Too many connections from your IP',
    '452 4.3.1 Throttling failure: rate exceeded',
    '450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered',
  ],
  greylisted: ['451 4.7.1 Greylisting in action, please come back in 00:05:00'],
  'relay-denied': [
    '550 5.7.1 Unable to relay for ada@example.com',
    "553 sorry, that domain isn't in my list of allowed rcpthosts",
    '554 5.7.1 <ada@example.com>: Relay access denied',
  ],
  'refused-by-reader': [
    '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized',
    '550 You have been blocked by the recipient',
    '550 You are not allowed to post to this mailing list',
  ],
  suspended: [
    '550 5.2.1 The email account that you tried to reach is disabled',
    '550 mailbox is frozen',
    '554 30 Sorry, your message to ada@aol.com cannot be delivered. This mailbox is disabled',
    'Boite du destinataire archivee. Archived recipient',
  ],
  tls: ['530 5.7.0 Must issue a STARTTLS command first', '550 5.7.10 TLS is required'],
  loop: ['554 5.4.6 Too many hops', '554 5.4.14 Hop count exceeded - possible mail loop ATTR34'],
  network: [
    'connect to mx.example.com[192.0.2.1]:25: Connection refused... no route to host',
    'Host not found, try again',
    '4.4.2 lost connection with mx.example.com',
  ],
  expired: [
    'delivery temporarily suspended; message expired after sitting in queue for 5 days',
    'retry timeout exceeded',
  ],
  policy: ['550 5.7.1 Message rejected for policy reasons'],
  mailer: ['Command died with status 1: "/usr/bin/procmail"'],
  system: ['451 4.3.0 Temporary system problem. Try again later', '554 5.3.5 System config error'],
};
const dead = ['no-mailbox', 'no-domain', 'domain-takes-no-mail', 'moved'];

describe.each(Object.entries(said))('%s is', (reason, words) => {
  test.each(words.map((one) => [one]))('"%s"', (one) => {
    expect(verdictOn({ words: [one] })).toMatchObject({ reason, hard: dead.includes(reason), by: 'words' });
  });
});

describe('of what was said', () => {
  test('the first that means something decides', () => {
    expect(verdictOn({ words: ['something went wrong', 'mailbox full', 'user unknown'] }).reason).toBe('mailbox-full');
  });

  test('what programs add to any failure gives way to a code', () => {
    expect(verdictOn({ words: ['554 Service unavailable'], status: '5.2.2' }).reason).toBe('mailbox-full');
  });

  test('nothing known leaves the address in use', () => {
    expect(verdictOn({ words: ['xyzzy'], status: '5.0.0' })).toEqual({ reason: 'unknown', hard: false, by: 'nothing' });
  });

  test('a dead domain at the greeting is no fault of the reader', () => {
    expect(verdictOn({ words: ['550 unknown user'], phase: 'mail' })).toMatchObject({
      reason: 'sender-refused',
      hard: false,
    });
    expect(verdictOn({ words: ['550 unknown user'], phase: 'rcpt' })).toMatchObject({
      reason: 'no-mailbox',
      hard: true,
    });
  });
});

describe('codes', () => {
  test.each([
    ['550 5.1.1 <ada@example.com>', ['5.1.1']],
    ['(#5.7.1) and 4.4.7', ['5.7.1', '4.4.7']],
    ['said: 550-5.7.26 no', ['5.7.26']],
    ['192.5.1.1 and 5.1.1.4 and Exim 4.96 and v8.15.2', []],
    ['5.1.1. At the end', ['5.1.1']],
  ])('in "%s"', (text, codes) => {
    expect(statusCodesIn(text)).toEqual(codes);
  });

  test('one that says something is better than the first', () => {
    expect(bestStatus(['5.0.0', '5.1.0', '5.2.2'])).toBe('5.2.2');
    expect(bestStatus(['5.0.0', '5.1.0'])).toBe('5.1.0');
    expect(bestStatus([])).toBeUndefined();
  });

  test.each([
    ['550 no', '550'],
    ['said: 421-busy', '421'],
    ['port 5500', undefined],
    ['in 600 seconds', undefined],
  ])('the basic one in "%s" is %s', (text, code) => {
    expect(replyCodeIn(text)).toBe(code);
  });
});
