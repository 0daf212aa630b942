import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderName } from '../src/event/provider-names.js';
import { answer, callOf, certificateOf, elements, eventIn, eventsIn, now, settings } from './provider-calls.js';
import { formOf } from './webhook-fixtures.js';

/** What a reply is made of here; `headers` has more of them. */
type Reply = { readonly headers?: Readonly<Record<string, string>>; readonly text?: string };

const base = { 'Message-ID': '<r1@example.org>', 'In-Reply-To': '<m_1@mail.example.net>', Subject: 'Re: Welcome' };
const to = 'replies+m_1@in.example.net';
const headersOf = ({ headers = {} }: Reply) => ({ ...base, ...headers });
const pairsOf = (reply: Reply) => Object.entries(headersOf(reply));
const mimeOf = (reply: Reply) =>
  `From: Alice <alice@example.org>\r\n${pairsOf(reply)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}Content-Type: text/plain; charset=utf-8\r\n\r\n${reply.text ?? 'Grüße.'}\r\n`;

/** The same reply as each provider tells it whose body says that it is one. */
const replies = {
  postmark: (reply) => ({
    FromFull: { Email: 'alice@example.org' },
    ToFull: [{ Email: to }],
    OriginalRecipient: to,
    MessageID: 'id-1',
    Subject: 'Re: Welcome',
    TextBody: reply.text ?? 'Grüße.',
    Headers: pairsOf(reply).map(([Name, Value]) => ({ Name, Value })),
  }),
  ses: (reply) => ({
    notificationType: 'Received',
    mail: {
      messageId: 'ses-in-1',
      source: 'alice@example.org',
      timestamp: '2024-09-10T20:25:00.000Z',
      headers: pairsOf(reply).map(([name, value]) => ({ name, value })),
      commonHeaders: { from: ['Alice <alice@example.org>'], subject: 'Re: Welcome' },
    },
    receipt: { recipients: [to], action: { type: 'SNS', encoding: 'BASE64' } },
    content: Buffer.from(mimeOf(reply)).toString('base64'),
  }),
  sparkpost: (reply) => [
    {
      msys: {
        relay_message: {
          friendly_from: 'alice@example.org',
          msg_from: 'alice@example.org',
          rcpt_to: to,
          content: {
            subject: 'Re: Welcome',
            text: reply.text ?? 'Grüße.',
            headers: pairsOf(reply).map(([name, value]) => ({ [name]: value })),
          },
        },
      },
    },
  ],
  brevo: (reply) => ({
    items: [
      {
        Uuid: ['id-1'],
        From: { Name: 'Alice', Address: 'alice@example.org' },
        To: [{ Address: to }],
        Subject: 'Re: Welcome',
        Headers: Object.fromEntries(pairsOf(reply).map(([name, value]) => [name, [value]])),
        RawTextBody: reply.text ?? 'Grüße.',
      },
    ],
  }),
  mailjet: (reply) => ({
    Sender: 'alice@example.org',
    Recipient: to,
    From: 'Alice <alice@example.org>',
    Subject: 'Re: Welcome',
    Headers: headersOf(reply),
    'Text-part': reply.text ?? 'Grüße.',
  }),
  mailersend: (reply) => ({
    type: 'inbound.message',
    data: {
      id: 'id-1',
      recipients: { rcptTo: [{ email: to }] },
      from: { email: 'alice@example.org' },
      sender: { email: 'alice@example.org' },
      subject: 'Re: Welcome',
      headers: headersOf(reply),
      text: reply.text ?? 'Grüße.',
      created_at: '2024-09-10T20:25:00.000000Z',
    },
  }),
} satisfies Partial<Record<ProviderName, (reply: Reply) => unknown>>;
type Teller = keyof typeof replies;
const tellers = ['postmark', 'ses', 'sparkpost', 'brevo', 'mailjet', 'mailersend'] as const satisfies readonly Teller[];

const told = async (provider: Teller, reply: Reply = {}): Promise<ProviderEvent> =>
  eventIn(provider, replies[provider](reply));

describe.each(tellers)('%s', (provider) => {
  test('a reply says who wrote it, what, to which address and about which mail', async () => {
    expect(await told(provider)).toMatchObject({
      type: 'replied',
      recipient: 'alice@example.org',
      messageRef: 'm_1@mail.example.net',
      reply: { auto: false, inReplyTo: ['m_1@mail.example.net'], to: [to] },
    });
    expect((await told(provider)).reply?.text.trim()).toBe('Grüße.');
  });

  test.each([
    ['a vacation notice', { 'Auto-Submitted': 'auto-replied' }],
    ['a vacation notice in other case', { 'AUTO-SUBMITTED': 'Auto-Replied (vacation)' }],
    ['an old vacation notice', { 'X-Autoreply': 'yes' }],
    ['a mail from nobody', { 'Return-Path': '<>' }],
  ])('%s is an auto-reply', async (_, headers) => {
    expect(await told(provider, { headers })).toMatchObject({ type: 'auto-replied', reply: { auto: true } });
  });

  test('a bounce is nobody’s reply', async () => {
    const event = await told(provider, {
      headers: { 'Content-Type': 'multipart/report; report-type=delivery-status' },
    });
    expect(event.type).toBe('ignored');
  });

  test('two replies have two dedupe keys, one told twice has one', async () => {
    const first = await told(provider);
    const other = await told(provider, { headers: { 'Message-ID': '<r2@example.org>' } });
    expect((await told(provider)).dedupeKey).toBe(first.dedupeKey);
    // Where the provider counts its calls, that is what tells them apart.
    expect(other.dedupeKey === first.dedupeKey).toBe(['postmark', 'ses', 'brevo', 'mailersend'].includes(provider));
  });
});

describe('Mailgun', () => {
  const timestamp = String(now.getTime() / 1000);
  const token = 'b'.repeat(50);
  const signature = createHmac('sha256', settings.mailgun)
    .update(timestamp + token)
    .digest('hex');
  const post = async (fields: Record<string, string>, type = 'multipart/form-data') => {
    const request = await formOf(type, { fields: { timestamp, token, signature, recipient: to, ...fields } });
    return answer('mailgun', { request, auth: { keys: settings.mailgun, now, certificateOf } });
  };
  const parts = (reply: Reply = {}) => ({
    from: 'Alice <alice@example.org>',
    sender: 'alice@example.org',
    subject: 'Re: Welcome',
    'body-plain': 'Grüße.\n> Hello',
    'stripped-text': 'Grüße.',
    'message-headers': JSON.stringify(pairsOf(reply)),
  });

  test.each(['multipart/form-data', 'application/x-www-form-urlencoded'])(
    'a reply forwarded as %s is read',
    async (type) => {
      expect(await post(parts(), type)).toMatchObject({
        kind: 'events',
        events: [
          { type: 'replied', recipient: 'alice@example.org', eventId: token, reply: { text: 'Grüße.', to: [to] } },
        ],
      });
    },
  );

  test('a reply forwarded as MIME is read', async () => {
    expect(await post({ 'body-mime': mimeOf({}) })).toMatchObject({
      events: [{ type: 'replied', recipient: 'alice@example.org', messageRef: 'm_1@mail.example.net' }],
    });
  });

  test('an auto-reply is none', async () => {
    const vacation = parts({ headers: { 'Auto-Submitted': 'auto-replied' } });
    expect(await post(vacation)).toMatchObject({ events: [{ type: 'auto-replied' }] });
  });

  test('a reply of which nothing is new keeps what is quoted', async () => {
    expect(await post({ ...parts(), 'stripped-text': '' })).toMatchObject({
      events: [{ reply: { text: 'Grüße.\r\n> Hello' } }],
    });
  });

  test.each([
    ['a token with a digit moved into the time', { timestamp: `${timestamp}b`, token: token.slice(1) }],
    [
      'a time with a digit moved into the token',
      { timestamp: timestamp.slice(0, 9), token: timestamp.slice(9) + token },
    ],
    ['another token', { token: 'c'.repeat(50) }],
    ['no token', { token: '' }],
    ['no signature', { signature: '' }],
  ])('%s is a bad signature', async (_, more) => {
    expect(await post({ ...parts(), ...more })).toMatchObject({ kind: 'refused', because: 'bad-signature' });
  });

  test('a signed form without a mail is malformed', async () => {
    expect(await post({})).toMatchObject({ kind: 'refused', because: 'malformed' });
  });

  test('the signature of the account above a subaccount is taken', async () => {
    const call = callOf('mailgun', elements.mailgun({}));
    const text = call.request.body
      .toString()
      .replace(/"signature":"([0-9a-f]{64})"/, '"signature":"00","parent-signature":"$1"');
    const request = { ...call.request, body: Buffer.from(text) };
    expect((await answer('mailgun', { ...call, request })).kind).toBe('events');
  });
});

describe('Resend', () => {
  const received = (more: object = {}) => ({
    type: 'email.received',
    created_at: '2024-09-10T20:25:00.000Z',
    data: { email_id: 're-in-1', from: 'Alice <alice@example.org>', to: [to], message_id: '<r1@example.org>', ...more },
  });

  test('a reply names the mail that its text has to be fetched of', async () => {
    expect(await eventIn('resend', received())).toMatchObject({
      type: 'replied',
      recipient: 'alice@example.org',
      reply: { text: '', to: [to], ref: 're-in-1' },
    });
  });

  test.each([
    ['a second signature of another version', (signature: string) => `v2,xyz ${signature}`],
    ['a second signature of the old secret', (signature: string) => `v1,AAAA ${signature}`],
    ['the signature before another', (signature: string) => `${signature} v1,AAAA`],
  ])('a call with %s is taken', async (_, change) => {
    const { request, auth } = callOf('resend', received());
    const signature = change(request.headers['svix-signature'] ?? '');
    const headers = { ...request.headers, 'svix-signature': signature };
    expect((await answer('resend', { auth, request: { ...request, headers } })).kind).toBe('events');
  });

  test('the headers may have the names of Standard Webhooks', async () => {
    const { request, auth } = callOf('resend', received());
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]),
    );
    expect((await answer('resend', { auth, request: { ...request, headers } })).kind).toBe('events');
  });

  test.each([
    ['the version left out', (signature: string) => signature.slice(3)],
    ['another version', (signature: string) => signature.replace('v1,', 'v1a,')],
    ['eleven signatures, of which the last fits', (signature: string) => `${'v1,AAAA '.repeat(10)}${signature}`],
  ])('a call with %s is refused', async (_, change) => {
    const { request, auth } = callOf('resend', received());
    const headers = { ...request.headers, 'svix-signature': change(request.headers['svix-signature'] ?? '') };
    expect((await answer('resend', { auth, request: { ...request, headers } })).kind).toBe('refused');
  });

  test('the id cannot be moved into the time', async () => {
    const { request, auth } = callOf('resend', received());
    const headers = { ...request.headers, 'svix-id': 'msg_1.1', 'svix-timestamp': '726000200' };
    expect((await answer('resend', { auth, request: { ...request, headers } })).kind).toBe('refused');
  });
});

describe('MailerSend', () => {
  test.each(['signature', 'x-mailersend-signature'])('the signature may stand in the header %s', async (name) => {
    const { request, auth } = callOf('mailersend', replies.mailersend({}));
    const headers = { [name]: (request.headers['signature'] ?? '').toUpperCase() };
    expect((await answer('mailersend', { auth, request: { ...request, headers } })).kind).toBe('events');
  });

  describe('signed with the secret that everybody knows', () => {
    const known = 'test_Am3L1GuOIc4blLUuHqAPxxwkZaJyEk8G';
    const post = async (content: unknown) => {
      const body = Buffer.from(JSON.stringify(content));
      const signature = createHmac('sha256', known).update(body).digest('hex');
      return answer('mailersend', { ...callOf('mailersend', {}), request: { body, headers: { signature } } });
    };

    test('a try of the address is answered, and nothing follows from it', async () => {
      const ping = {
        type: 'webhook.test',
        message: 'This is a ping test message',
        data: { recipient: 'a@example.com' },
      };
      const read = await post(ping);
      expect(read).toMatchObject({ kind: 'events', events: [{ type: 'ignored', metadata: {} }] });
      expect(JSON.stringify(read)).not.toContain('a@example.com');
    });

    test.each([
      ['an event', elements.mailersend({})],
      ['a reply', replies.mailersend({})],
      ['a long try', { type: 'webhook.test', message: 'x'.repeat(1000) }],
      ['no JSON object', ['webhook.test']],
    ])('%s is refused', async (_, content) => {
      expect(await post(content)).toMatchObject({ kind: 'refused', because: 'bad-signature' });
    });
  });

  test('re-serialised JSON is a bad signature', async () => {
    const { request, auth } = callOf('mailersend', '{"type": "activity.opened",\n"data":{"id":"a\\/b"}}');
    const body = Buffer.from(JSON.stringify(JSON.parse(request.body.toString())));
    expect((await answer('mailersend', { auth, request: { ...request, body } })).kind).toBe('refused');
  });
});

describe('Amazon SES', () => {
  test('a mail that lies in a bucket is a reply without text, to be fetched by its id', async () => {
    const { content, ...stored } = replies.ses({});
    expect(content).toBeDefined();
    expect(await eventIn('ses', stored)).toMatchObject({ type: 'replied', reply: { text: '', ref: 'ses-in-1' } });
  });

  test('a mail in plain UTF-8 is read as well', async () => {
    const plain = {
      ...replies.ses({}),
      content: mimeOf({}),
      receipt: { recipients: [to], action: { encoding: 'UTF-8' } },
    };
    expect((await eventIn('ses', plain)).reply?.text.trim()).toBe('Grüße.');
  });
});

describe('SparkPost', () => {
  test('a reply that is MIME only is read', async () => {
    const content = { email_rfc822: Buffer.from(mimeOf({})).toString('base64'), email_rfc822_is_base64: true };
    const relayed = [{ msys: { relay_message: { rcpt_to: to, content } } }];
    const event = await eventIn('sparkpost', relayed);
    expect(event).toMatchObject({
      type: 'replied',
      recipient: 'alice@example.org',
      messageRef: 'm_1@mail.example.net',
    });
    expect(event.reply?.text.trim()).toBe('Grüße.');
  });
});

test('several replies in one call of Brevo are several events', async () => {
  const [item] = replies.brevo({}).items;
  const events = await eventsIn('brevo', { items: [item, { ...item, Uuid: ['id-2'] }, null] });
  expect(events.map(({ type, eventId }) => [type, eventId])).toEqual([
    ['replied', 'id-1'],
    ['replied', 'id-2'],
    ['ignored', undefined],
  ]);
});
