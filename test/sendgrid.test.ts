import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { ProviderEvent } from '../src/event/canonical.js';
import type { ProviderAnswer, ProviderRequest } from '../src/event/provider.js';
import { readSendgridInbound, readSendgridWebhook } from '../src/event/sendgrid.js';
import { formOf } from './webhook-fixtures.js';

const ours = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const publicKey = ours.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
const now = new Date('2024-09-10T20:30:00Z');
const signedAt = String(now.getTime() / 1000);
const signatureHeader = 'x-twilio-email-event-webhook-signature';
const timestampHeader = 'x-twilio-email-event-webhook-timestamp';

const refusedAs = (because: string) => ({ kind: 'refused', because, what: expect.any(String) });

/** A call signed as SendGrid signs; text goes as it is, anything else as JSON. */
function signed(content: unknown, timestamp = signedAt): ProviderRequest {
  return signedBytes(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), timestamp);
}

function signedBytes(body: Buffer, timestamp = signedAt): ProviderRequest {
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), ours.privateKey).toString('base64');
  return { body, headers: { [timestampHeader]: timestamp, [signatureHeader]: signature } };
}

function eventsOf(answer: ProviderAnswer): readonly ProviderEvent[] {
  if (answer.kind !== 'events') throw new Error(`no events, but ${JSON.stringify(answer)}`);
  return answer.events;
}

const read = (content: unknown) => eventsOf(readSendgridWebhook(signed(content), { publicKey, now }));

/** The canonical event of one element that has all an ordinary one has. */
function readOne(more: object): ProviderEvent {
  const ordinary = { email: 'alice@example.com', timestamp: 1725999900, sg_event_id: 'e1', sg_message_id: 'm.filter1' };
  const [event] = read([{ ...ordinary, ...more }]);
  if (!event) throw new Error('no event came out');
  return event;
}

const keyOf = (more: object) => readOne({ event: 'open', ...more }).dedupeKey;

const readMail = async (request: ProviderRequest) => eventsOf(await readSendgridInbound(request, { now }))[0];

describe('signature', () => {
  const body = '[{"event":"delivered","email":"alice@example.com"}]\r\n';
  const auth = { publicKey, now };
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = { format: 'der', type: 'spki' } as const;

  test('a call signed over time and raw bytes is read', () => {
    expect(readSendgridWebhook(signed(body), auth)).toMatchObject({ kind: 'events', events: [{ type: 'delivered' }] });
  });

  test('the key may carry PEM armour and line breaks', () => {
    const pem = ours.publicKey.export({ format: 'pem', type: 'spki' }).toString();
    expect(readSendgridWebhook(signed(body), { publicKey: pem, now }).kind).toBe('events');
  });

  test.each(Array.from(body, (_, index) => index))('byte %i altered is a bad signature', (index) => {
    const request = signed(body);
    const altered = Buffer.from(request.body);
    altered[index] = (altered[index] ?? 0) ^ 1;
    expect(readSendgridWebhook({ ...request, body: altered }, auth)).toEqual(refusedAs('bad-signature'));
  });

  test('re-serialised JSON is a bad signature', () => {
    const request = signed(body);
    const again = Buffer.from(JSON.stringify(JSON.parse(body)));
    expect(readSendgridWebhook({ ...request, body: again }, auth)).toEqual(refusedAs('bad-signature'));
  });

  test.each([
    ["a stranger's", stranger.publicKey.export(der).toString('base64')],
    ['an RSA', rsa.publicKey.export(der).toString('base64')],
    ['an empty', ''],
    ['a cut', publicKey.slice(0, 40)],
    ['a garbled', `!!!${publicKey.slice(3)}`],
    ['a private', ours.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')],
  ])('with %s public key every call is a bad signature', (_, key) => {
    expect(readSendgridWebhook(signed(body), { publicKey: key, now })).toEqual(refusedAs('bad-signature'));
  });

  const genuine = signed(body).headers[signatureHeader] ?? '';
  test.each([
    ['no signature', { [signatureHeader]: undefined }],
    ['an empty signature', { [signatureHeader]: '' }],
    ['a signature that is no base64', { [signatureHeader]: '%%%not base64%%%' }],
    ['a signature that is no ASN.1', { [signatureHeader]: 'aGVsbG8gd29ybGQ=' }],
    ['a cut signature', { [signatureHeader]: genuine.slice(0, 48) }],
    ['rubbish after the signature', { [signatureHeader]: `${genuine} !` }],
    ['no time', { [timestampHeader]: undefined }],
    ['an empty time', { [timestampHeader]: '' }],
    ['another time', { [timestampHeader]: '1726000001' }],
    ['a time that is no number', { [timestampHeader]: 'yesterday' }],
  ])('%s is a bad signature', (_, headers) => {
    const request = signed(body);
    const sent = { ...request, headers: { ...request.headers, [signatureHeader]: genuine, ...headers } };
    expect(readSendgridWebhook(sent, auth)).toEqual(refusedAs('bad-signature'));
  });

  test('the start of the body cannot be moved into the time header', () => {
    const request = signedBytes(Buffer.from('1[]'), '17260000');
    const moved = { body: Buffer.from('[]'), headers: { ...request.headers, [timestampHeader]: '172600001' } };
    const text = signedBytes(Buffer.from('x[]'));
    const movedText = { body: Buffer.from('[]'), headers: { ...text.headers, [timestampHeader]: `${signedAt}x` } };
    expect(readSendgridWebhook(moved, { ...auth, toleranceSeconds: 300 })).toEqual(refusedAs('bad-signature'));
    expect(readSendgridWebhook(movedText, auth)).toEqual(refusedAs('bad-signature'));
  });

  test.each([
    [-301, 'refused'],
    [-300, 'events'],
    [0, 'events'],
    [300, 'events'],
    [301, 'refused'],
  ])('with a tolerance of 300 s a call signed %i s off is answered: %s', (offset, kind) => {
    const timestamp = String(Number(signedAt) + offset);
    expect(readSendgridWebhook(signed(body, timestamp), { ...auth, toleranceSeconds: 300 }).kind).toBe(kind);
  });

  test('without a tolerance the age of a call is not judged', () => {
    expect(readSendgridWebhook(signed(body, '1000000000'), auth).kind).toBe('events');
  });

  test('a refusal names no address and no key', () => {
    const { what } = z.object({ what: z.string() }).parse(readSendgridWebhook({ ...signed('x') }, auth));
    expect(what).not.toMatch(/alice|MFkw/);
  });
});

describe('body', () => {
  test.each([
    ['empty', ''],
    ['cut JSON', '[{"event":"open"'],
    ['an object', { event: 'open' }],
    ['null', 'null'],
    ['a number', '1'],
    ['text', '"open"'],
    ['a form', 'event=open'],
    ['binary', '\u0000\u00ff'],
  ])('%s after a good signature is malformed', (_, body) => {
    expect(readSendgridWebhook(signed(body), { publicKey, now })).toEqual(refusedAs('malformed'));
  });

  test('an empty array holds no events', () => {
    expect(read([])).toEqual([]);
  });

  test.each([
    ['null', null],
    ['a number', 7],
    ['text', 'open'],
    ['a boolean', true],
    ['an array', [[]]],
    ['an empty object', {}],
    ['an event name of the wrong type', { event: ['open'], email: 'bob@example.com' }],
    ['an event name that every object has', { event: 'constructor', email: 'bob@example.com' }],
    ['an event name that nobody knows', { event: 'something_new', email: 'bob@example.com' }],
    ['an event without recipient and message', { event: 'bounce', type: 'bounce' }],
    ['an address of the wrong type, without message', { event: 'open', email: { a: 1 } }],
    ['a key named __proto__', '__PROTO__'],
  ])('%s in a batch is ignored and the others are kept', (_, element) => {
    const good = { event: 'open', email: 'alice@example.com' };
    const json = JSON.stringify([good, element, good]).replace(
      '"__PROTO__"',
      '{"__proto__":{"event":"open","email":"a@b"}}',
    );
    expect(read(json).map(({ type }) => type)).toEqual(['opened', 'ignored', 'opened']);
  });

  test('an optional field of the wrong type counts as missing and does not cost the event', () => {
    const wrong = { url: 5, reason: {}, status: 550, sg_event_id: null, sg_machine_open: 'yes', 'smtp-id': [] };
    const { dedupeKey, ...event } = readOne({ event: 'click', ...wrong });
    expect(dedupeKey).toMatch(/^[0-9a-f]{64}$/);
    expect(event).toEqual({
      type: 'clicked',
      word: 'click',
      recipient: 'alice@example.com',
      messageRef: 'm',
      at: new Date('2024-09-10T20:25:00Z'),
      machine: false,
      metadata: {},
    });
  });

  test.each([
    -1,
    0,
    -1725999900,
    1e20,
    1e16,
    1e300,
    null,
    true,
    {},
    [],
    '',
    ' ',
    'abc',
    '-1',
    '1e9',
    '0x10',
    '1725999900s',
    '99999999999999999999',
    '253402300800000',
    '2024-09-10T20:25:00Z',
    [1725999900],
  ])('%j is no time: the event is kept without one', (timestamp) => {
    const event = readOne({ event: 'open', timestamp });
    expect(event).toMatchObject({ type: 'opened', recipient: 'alice@example.com' });
    expect(event).not.toHaveProperty('at');
  });

  test.each([
    [1725999900, '2024-09-10T20:25:00.000Z'],
    ['1725999900', '2024-09-10T20:25:00.000Z'],
    [1725999900123, '2024-09-10T20:25:00.123Z'],
    ['1725999900123', '2024-09-10T20:25:00.123Z'],
    [1725999900.25, '2024-09-10T20:25:00.250Z'],
    [1, '1970-01-01T00:00:01.000Z'],
  ])('%j is the instant %s', (timestamp, instant) => {
    expect(readOne({ event: 'open', timestamp }).at?.toISOString()).toBe(instant);
  });
});

describe('translation', () => {
  test.each([
    ['processed', 'ignored'],
    ['group_resubscribe', 'ignored'],
    ['account_status_change', 'ignored'],
    ['delivered', 'delivered'],
    ['deferred', 'deferred'],
    ['dropped', 'rejected'],
    ['open', 'opened'],
    ['click', 'clicked'],
    ['spamreport', 'complained'],
    ['unsubscribe', 'unsubscribed'],
    ['group_unsubscribe', 'unsubscribed'],
  ])('%s means %s', (event, type) => {
    expect(readOne({ event })).toMatchObject({ type });
    expect(readOne({ event })).not.toHaveProperty('hard');
  });

  test.each([
    [{ type: 'bounce', status: '5.1.1' }, true],
    [{ type: 'bounce', status: '4.0.0' }, true],
    [{ type: 'blocked', status: '5.7.1' }, false],
    [{ type: 'blocked', bounce_classification: 'Invalid Address' }, false],
    [{ type: 'a new word', status: '5.1.1' }, false],
    [{ status: '5.1.1' }, true],
    [{ status: '4.2.2' }, false],
    [{ bounce_classification: 'Invalid Address' }, true],
    [{ bounce_classification: 'Content' }, false],
    [{}, false],
  ])('a bounce with %j is hard: %s', (more, hard) => {
    expect(readOne({ event: 'bounce', ...more })).toMatchObject({ type: 'bounced', hard });
  });

  test.each([
    ['14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0', '14c5d75ce93.dfd.64b469'],
    ['Lli-03HcQ5-JLybO9fXsJg.recvd-5f54b5d587-pczjm-1-67BADEEA-6.0', 'Lli-03HcQ5-JLybO9fXsJg'],
    ['abc.stfilter-1.filter2', 'abc'],
    ['abc.recvd-1.filter2', 'abc'],
    ['filter0307p1las1-16680-5515E0B88.filter2', 'filter0307p1las1-16680-5515E0B88.filter2'],
    ['plain.id', 'plain.id'],
    [' <plain.id> ', 'plain.id'],
    ['.filter0001', undefined],
  ])('the message id in %j is %j', (sg_message_id, messageRef) => {
    expect(readOne({ event: 'open', sg_message_id }).messageRef).toBe(messageRef);
  });

  test('an asynchronous bounce, which has no message id, is kept by its recipient', () => {
    const [event] = read([{ event: 'bounce', type: 'bounce', email: 'alice@example.com' }]);
    expect(event).toMatchObject({ type: 'bounced', hard: true, recipient: 'alice@example.com' });
  });

  test('an event without recipient is kept by its message id', () => {
    const [event] = read([{ event: 'open', sg_message_id: 'abc.filter1' }]);
    expect(event).toMatchObject({ type: 'opened', messageRef: 'abc' });
  });

  test('what we did not know as a key of SendGrid is ours and comes back as text', () => {
    const known = { category: ['a'], ip: '192.0.2.1', tls: 1, attempt: '2', asm_group_id: 4, pool: { name: 'p' } };
    const own = { message_key: 'm_1', step: 3, is_test: false, nested: { a: 1 }, nothing: null };
    expect(readOne({ event: 'open', ...known, ...own }).metadata).toEqual({
      message_key: 'm_1',
      step: '3',
      is_test: 'false',
    });
  });

  test('our own Message-ID comes back without angle brackets', () => {
    expect(readOne({ event: 'delivered', 'smtp-id': '<m_1001@mail.example.net>' }).smtpId).toBe(
      'm_1001@mail.example.net',
    );
  });

  test('a deferral gives the response of the server as its reason', () => {
    expect(readOne({ event: 'deferred', response: '451 try later' }).reason).toBe('451 try later');
  });

  test.each([
    ['5.1.1', '5.1.1'],
    ['550', undefined],
    ['', undefined],
  ])('the status %j is kept as %j, because only an enhanced code means anything', (status, kept) => {
    expect(readOne({ event: 'bounce', type: 'bounce', status }).status).toBe(kept);
  });
});

describe('duplicates', () => {
  test('the same event twice in a batch is read twice and has one dedupe key', () => {
    const element = { event: 'open', email: 'alice@example.com', sg_event_id: 'e1' };
    const [first, second] = read([element, element]);
    expect(first).toBeDefined();
    expect(second).toEqual(first);
  });

  test.each([
    ['the case of the recipient', { email: 'Alice@Example.com' }],
    ['another time', { timestamp: 1725999999 }],
    ['a field more', { useragent: 'x' }],
  ])('%s leaves the dedupe key of an event with an id as it is', (_, more) => {
    expect(keyOf(more)).toBe(keyOf({}));
  });

  test.each([
    ['id', { sg_event_id: 'e2' }],
    ['recipient', { email: 'bob@example.com' }],
    ['type', { event: 'click' }],
  ])('another %s is another event', (_, more) => {
    expect(keyOf(more)).not.toBe(keyOf({}));
  });

  test.each([
    ['message', { sg_message_id: 'n' }],
    ['recipient', { email: 'bob@example.com' }],
    ['time', { timestamp: 1725999999 }],
    ['type', { event: 'spamreport' }],
    ['link', { event: 'click', url: 'https://example.com/b' }],
  ])('without an id another %s is another event, and the same is the same', (_, more) => {
    const base = { sg_event_id: undefined, event: 'click', url: 'https://example.com/a' };
    expect(keyOf({ ...base, ...more })).not.toBe(keyOf(base));
    expect(keyOf({ ...base, ...more })).toBe(keyOf({ ...base, ...more }));
  });

  test('a dedupe key holds no address', () => {
    expect(keyOf({})).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('inbound parse', () => {
  const head = {
    from: 'Alice Reader <alice@example.org>',
    'message-id': '<r1@example.org>',
    'in-reply-to': '<m_1@mail.example.net>',
    subject: 'Re: Welcome',
    'content-type': 'text/plain; charset=utf-8',
  };
  const block = (more: object) =>
    Object.entries({ ...head, ...more })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join('');

  const envelope = JSON.stringify({ to: ['reply+m_1@in.example.net'], from: 'alice@example.org' });
  const parsedMode = (headers: object, more: Record<string, string> = {}) =>
    formOf('multipart/form-data', { fields: { headers: block(headers), text: 'Call me.', envelope, ...more } });
  const rawMode = (email: string) => formOf('multipart/form-data', { fields: { email, envelope } });

  test('a reply says who wrote it, what, to which address and about which mail', async () => {
    const event = await readMail(await parsedMode({ references: '<m_0@mail.example.net> <m_1@mail.example.net>' }));
    expect(event).toEqual({
      type: 'replied',
      recipient: 'alice@example.org',
      messageRef: 'm_1@mail.example.net',
      dedupeKey: expect.stringMatching(/^[0-9a-f]{64}$/),
      machine: false,
      metadata: {},
      reply: {
        text: 'Call me.',
        auto: false,
        inReplyTo: ['m_1@mail.example.net', 'm_0@mail.example.net'],
        to: ['reply+m_1@in.example.net'],
      },
    });
  });

  test('raw mode says the same as parsed mode', async () => {
    expect(await readMail(await rawMode(`${block({})}\nCall me.`))).toEqual(await readMail(await parsedMode({})));
  });

  test.each([
    ['a vacation notice', { 'Auto-Submitted': 'auto-replied' }, true],
    ['a vacation notice with parameters', { 'auto-submitted': 'Auto-Replied; owner-email="a@b"' }, true],
    ['a vacation notice with a comment', { 'auto-submitted': 'auto-generated (vacation)' }, true],
    ['a mail that a person sent', { 'auto-submitted': 'no' }, false],
    ['a mail that a person sent, with a comment', { 'auto-submitted': 'No (really)' }, false],
    ['X-Autoreply', { 'X-Autoreply': 'yes' }, true],
    ['an empty X-Autoreply', { 'X-Autoreply': '' }, false],
    ['X-Autorespond', { 'X-Autorespond': 'Re: Welcome' }, true],
    ['an Exchange rule', { 'X-MS-Exchange-Inbox-Rules-Loop': 'alice@example.org' }, true],
    ['Precedence: auto_reply', { Precedence: ' auto_reply ' }, true],
    ['Precedence: bulk on an answer', { Precedence: 'bulk' }, false],
    ['Precedence: bulk without Re:', { Precedence: 'bulk', subject: 'Thank you for your e-mail' }, true],
    ['a null Return-Path', { 'Return-Path': '<>' }, true],
    ['a wish not to be answered', { 'X-Auto-Response-Suppress': 'All' }, false],
  ])('%s is told from a reply', async (_, headers, auto) => {
    const expected = { type: auto ? 'auto-replied' : 'replied', recipient: 'alice@example.org', reply: { auto } };
    expect(await readMail(await parsedMode(headers))).toMatchObject(expected);
    expect(await readMail(await rawMode(`${block(headers)}\nCall me.`))).toMatchObject(expected);
  });

  test('a mail with the null envelope sender is an auto-reply', async () => {
    const event = await readMail(await parsedMode({}, { envelope: '{"to":["r@in.example.net"],"from":""}' }));
    expect(event).toMatchObject({ type: 'auto-replied', reply: { auto: true } });
  });

  test.each([
    ['a bounce', { 'content-type': 'multipart/report; report-type=delivery-status; boundary=x' }],
    ['a read receipt', { 'content-type': 'Multipart/Report; report-type=disposition-notification; boundary=x' }],
    ['a bounce without report', { from: 'MAILER-DAEMON@mx.example.org' }],
    ['a bounce of a postmaster', { from: 'postmaster@example.org', subject: 'Undeliverable: Welcome' }],
    ['a bounce of Exim', { 'X-Failed-Recipients': 'alice@example.org' }],
  ])('%s is ignored and is nobody’s reply', async (_, headers) => {
    const event = await readMail(await parsedMode(headers));
    expect(event?.type).toBe('ignored');
    expect(event).not.toHaveProperty('reply');
  });

  test.each([
    ['the brackets left out', { 'in-reply-to': 'm_1@mail.example.net' }],
    ['words around it', { 'in-reply-to': 'Message of Monday <m_1@mail.example.net>' }],
    ['a folded line within', { 'in-reply-to': '<m_1@mail\n .example.net>' }],
    ['References only', { 'in-reply-to': undefined, references: '<m_0@mail.example.net>\n <m_1@mail.example.net>' }],
  ])('the answered mail is found with %s', async (_, headers) => {
    expect((await readMail(await parsedMode(headers)))?.messageRef).toBe('m_1@mail.example.net');
  });

  test('a postmaster who answers is a person', async () => {
    expect((await readMail(await parsedMode({ from: 'postmaster@example.org' })))?.type).toBe('replied');
  });

  test('a reply without In-Reply-To is still a reply', async () => {
    const event = await readMail(await parsedMode({ 'in-reply-to': undefined }));
    expect(event).toMatchObject({ type: 'replied', recipient: 'alice@example.org', reply: { inReplyTo: [] } });
    expect(event).not.toHaveProperty('messageRef');
  });

  test('a text in another charset is read in that charset', async () => {
    const body = Buffer.from(
      '--b\r\nContent-Disposition: form-data; name="headers"\r\n\r\nFrom: a@example.org\r\n' +
        '\r\n--b\r\nContent-Disposition: form-data; name="charsets"\r\n\r\n{"text":"windows-1252"}' +
        '\r\n--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nGr\xfc\xdfe \x80\r\n\r\n> \x93Hallo\x94\r\n--b--\r\n',
      'latin1',
    );
    const event = await readMail({ body, headers: { 'content-type': 'multipart/form-data; boundary=b' } });
    expect(event?.reply?.text).toBe('Grüße €\n\n> “Hallo”');
  });

  test('a charset that nobody knows does not cost the reply', async () => {
    const event = await readMail(await parsedMode({}, { charsets: '{"text":"x-unknown"}' }));
    expect(event?.reply?.text).toBe('Call me.');
  });

  test.each(['"x\\"y.pdf"', 'x.pdf', '"x.pdf"; filename*=UTF-8\'\'x.pdf', '"\xe9;.pdf"'])(
    'an attachment named %s does not cost the reply',
    async (filename) => {
      const body = Buffer.from(
        '--b\r\nContent-Disposition: form-data; name="headers"\r\n\r\nFrom: a@example.org\r\n' +
          `\r\n--b\r\nContent-Disposition: form-data; name="attachment1"; filename=${filename}\r\n\r\n\x00\xff` +
          '\r\n--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nCall me.\r\n--b--\r\n',
        'latin1',
      );
      const event = await readMail({ body, headers: { 'content-type': 'multipart/form-data; boundary="b"' } });
      expect(event).toMatchObject({ type: 'replied', recipient: 'a@example.org', reply: { text: 'Call me.' } });
    },
  );

  test('a reply that is HTML only gives its text', async () => {
    const html = '<style>p{}</style><p>Call&nbsp;me &amp; Bob.</p><p>Alice</p>';
    expect((await readMail(await parsedMode({}, { text: '', html })))?.reply?.text).toBe('Call me & Bob.\nAlice');
  });

  test('the same mail has the same dedupe key, another one has another', async () => {
    const [first, again, other] = await Promise.all(
      [{}, {}, { 'message-id': '<r2@example.org>' }].map(async (more) => readMail(await parsedMode(more))),
    );
    expect(again?.dedupeKey).toBe(first?.dedupeKey);
    expect(other?.dedupeKey).not.toBe(first?.dedupeKey);
  });

  test('without a Message-ID two texts are two replies', async () => {
    const [first, other] = await Promise.all(
      ['One.', 'Two.'].map(async (text) => readMail(await parsedMode({ 'message-id': undefined }, { text }))),
    );
    expect(other?.dedupeKey).not.toBe(first?.dedupeKey);
  });

  test.each([
    ['an empty body', '', 'multipart/form-data; boundary=b'],
    ['no boundary', '--b--', 'multipart/form-data'],
    ['JSON', '[]', 'application/json'],
    [
      'a form that is cut off',
      '--b\r\nContent-Disposition: form-data; name="from"\r\n\r\na@b',
      'multipart/form-data; boundary=b',
    ],
    [
      'a form without a mail',
      '--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--b--',
      'multipart/form-data; boundary=b',
    ],
  ])('%s is malformed', async (_, body, contentType) => {
    const request = { body: Buffer.from(body), headers: { 'content-type': contentType } };
    expect(await readSendgridInbound(request, { now })).toEqual(refusedAs('malformed'));
  });

  test('a public key makes the signature a must', async () => {
    const form = await parsedMode({});
    const { headers } = signedBytes(form.body);
    const ok = await readSendgridInbound({ ...form, headers: { ...form.headers, ...headers } }, { publicKey, now });
    expect(ok.kind).toBe('events');
    expect(await readSendgridInbound(form, { publicKey, now })).toEqual(refusedAs('bad-signature'));
  });
});
