import { describe, expect, test } from '@jest/globals';
import { classify } from '../src/inbound/classify.js';
import { webhookMail } from '../src/inbound/webhook-mail.js';

type Told = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly subject?: string;
  readonly text?: string;
  readonly from?: string;
  readonly envelopeFrom?: string;
};

function seenBy({ headers = {}, subject = 'Re: Our offer', text = 'Yes', from = 'ada@example.com', ...rest }: Told) {
  return classify(
    webhookMail({ header: (name) => headers[name] ?? '', subject, text, from, to: ['news@rivulet.example'], ...rest }),
  );
}

describe('a mail that a webhook tells of is judged by the same rules', () => {
  test('an answer', () => {
    const headers = { 'in-reply-to': '<ours@rivulet.example>', from: 'Ada <ada@example.com>' };
    expect(seenBy({ headers })).toMatchObject({
      class: 'reply',
      recipient: 'ada@example.com',
      messageId: 'ours@rivulet.example',
      text: 'Yes',
    });
  });

  test.each<[string, Told]>([
    ['auto-reply', { headers: { 'auto-submitted': 'auto-replied' } }],
    ['auto-reply', { envelopeFrom: '', subject: 'Our offer' }],
    ['auto-reply', { subject: 'Abwesenheitsnotiz: Angebot' }],
    ['unsubscribe-request', { text: 'unsubscribe' }],
    ['other', { subject: 'News', headers: { 'list-unsubscribe': '<https://example.com>' } }],
    [
      'complaint',
      {
        from: 'feedback@example.com',
        subject: 'FW',
        text: 'Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\nOriginal-Rcpt-To: bob@example.com',
      },
    ],
    [
      'hard-bounce',
      { from: 'mailer-daemon@example.com', subject: 'Undelivered Mail', text: '<bob@example.com>: user unknown' },
    ],
    [
      'hard-bounce',
      {
        from: 'mailer-daemon@example.com',
        subject: 'x',
        text: 'Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; bob@example.com\nAction: failed\nStatus: 5.1.1',
      },
    ],
    [
      'delayed',
      {
        from: 'mailer-daemon@example.com',
        subject: 'Warning: message delayed',
        text: 'No action is required on your part.\n\nbob@example.com',
      },
    ],
  ])('%s', (kind, told) => {
    expect(seenBy(told).class).toBe(kind);
  });
});

test('an address of ours is never who it did not reach', () => {
  const told = webhookMail({
    header: () => '',
    subject: 'Undelivered Mail',
    text: 'Rejected:\n\nsales@rivulet.example\nbob@example.com',
    from: 'mailer-daemon@x.example',
    to: ['b+token@rivulet.example'],
  });
  expect(classify(told, { addresses: ['Sales@rivulet.example'] }).recipients).toEqual(['bob@example.com']);
});
