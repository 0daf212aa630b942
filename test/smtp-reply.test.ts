import { describe, expect, test } from '@jest/globals';
import { readReply } from '../src/event/smtp-reply.js';

const places = ['connect', 'login', 'mail', 'rcpt', 'data'] as const;
type Place = (typeof places)[number];

describe('a refusal', () => {
  test.each<Place>(['connect', 'login'])('before any mail (%s) is about the server, whatever its code', (place) => {
    for (const reply of ['421 busy', '450 4.2.0 greylisted', '550 5.1.1 no such user', '554 no', ''])
      expect(readReply(reply, place)).toEqual({ kind: 'unavailable', isAddressBad: false, isGreylisted: false });
  });

  test.each<[string, Place, ReturnType<typeof readReply>['kind']]>([
    ['421 4.7.0 too many connections', 'mail', 'unavailable'],
    ['421 4.7.0 too many mails to this domain', 'rcpt', 'deferred'],
    ['421 4.3.0 closing', 'data', 'deferred'],
    ['530 5.7.0 must issue STARTTLS first', 'mail', 'unavailable'],
    ['534 5.7.9 use another mechanism', 'mail', 'unavailable'],
    ['535 5.7.8 bad credentials', 'rcpt', 'unavailable'],
    ['538 5.7.11 encryption required', 'data', 'unavailable'],
    ['450 4.1.8 cannot find your domain', 'mail', 'deferred'],
    ['451 4.7.1 try again later', 'rcpt', 'deferred'],
    ['451', 'data', 'deferred'],
    ['452 4.2.2 mailbox full', 'rcpt', 'deferred'],
    ['452 4.3.1 insufficient system storage', 'data', 'deferred'],
    ['552 5.2.2 mailbox full', 'rcpt', 'deferred'],
    ['552 5.2.2 mailbox full', 'data', 'deferred'],
    ['552 5.3.4 message too large', 'data', 'rejected'],
    ['550 5.7.1 sender rejected', 'mail', 'rejected'],
    ['550 5.7.26 unauthenticated', 'data', 'rejected'],
    ['554 5.6.0 bad content', 'data', 'rejected'],
    ['500', 'mail', 'rejected'],
  ])('"%s" to %s is %s, and says nothing of the address', (reply, place, kind) => {
    expect(readReply(reply, place)).toMatchObject({ kind, isAddressBad: false });
  });
});

describe('an address is bad', () => {
  test.each([
    '550 5.1.1 x',
    '550-5.1.1 x',
    '550 5.1.0 x',
    '550 5.1.2 x',
    '550 5.1.10 x',
    '550 5.2.1 x',
    '554 5.1.1',
    '550',
    '553 no',
  ])('when RCPT is answered "%s"', (reply) => {
    expect(readReply(reply, 'rcpt')).toEqual({ kind: 'rejected', isAddressBad: true, isGreylisted: false });
  });

  test.each<[string, Place]>([
    // The sender's address is ours.
    ['550 5.1.1 no such user', 'mail'],
    ['550 5.1.8 bad sender', 'rcpt'],
    ['550 5.1.100 no such code', 'rcpt'],
    ['550 5.7.1 blocked', 'rcpt'],
    ['550 5.7.515 access denied', 'rcpt'],
    ['551 not here', 'rcpt'],
    ['554 no', 'rcpt'],
    ['550 no', 'data'],
    ['450 4.1.1 unknown for now', 'rcpt'],
    ['550 there is a 5.1.1 further on', 'mail'],
  ])('but not by "%s" to %s', (reply, place) => {
    expect(readReply(reply, place).isAddressBad).toBe(false);
  });
});

describe('greylisting', () => {
  test.each(['450 4.2.0 later', '450 4.7.1 Greylisted', '451 4.7.1 you are graylisted', '421 4.7.0 GREYLISTING'])(
    'is read from "%s"',
    (reply) => expect(readReply(reply, 'rcpt')).toMatchObject({ kind: 'deferred', isGreylisted: true }),
  );

  test.each(['450 4.2.1 later', '451 4.2.0 later', '450 later', '550 5.7.1 greylisted'])(
    'is not read from "%s"',
    (reply) => expect(readReply(reply, 'rcpt').isGreylisted).toBe(false),
  );
});
