import { describe, expect, test } from '@jest/globals';
import type { ProviderAnswer, ProviderAuth } from '../src/event/provider.js';
import { isCertificateUrl, isConfirmationUrl } from '../src/event/sns.js';
import { answer, callOf, certificateOf, certificateUrl, now, snsEnvelope, topic } from './provider-calls.js';

const refused = { kind: 'refused', because: 'bad-signature', what: expect.any(String) };
const Message = JSON.stringify({
  eventType: 'Open',
  mail: { messageId: 'ses-1', destination: ['alice@example.com'] },
  open: { timestamp: '2024-09-10T20:25:00.000Z' },
});

/** An answer, and every address that was fetched for it. */
async function answerTo(
  envelope: unknown,
  auth: Partial<ProviderAuth> = {},
): Promise<{ readonly read: ProviderAnswer; readonly fetched: readonly string[] }> {
  const fetched: string[] = [];
  const request = { body: Buffer.from(JSON.stringify(envelope)), headers: {} };
  const fetching = async (url: string) => {
    fetched.push(url);
    return certificateOf();
  };
  const read = await answer('ses', { request, auth: { keys: topic, now, certificateOf: fetching, ...auth } });
  return { read, fetched };
}

describe('signature', () => {
  test.each(['1', '2'] as const)('of version %s is taken, and its certificate fetched once', async (version) => {
    const { read, fetched } = await answerTo(snsEnvelope({ Message }, version));
    expect(read).toMatchObject({ kind: 'events', events: [{ type: 'opened', eventId: 'sns-1' }] });
    expect(fetched).toEqual([certificateUrl]);
  });

  test.each([
    ['a Subject', { Subject: 'Amazon SES Email Event Notification' }],
    ['a null Subject, which counts as absent', { Subject: null }],
    ['an empty Subject', { Subject: '' }],
    ['letters of any script', { Subject: 'größe 日本' }],
  ])('with %s is taken', async (_, more) => {
    expect((await answerTo(snsEnvelope({ Message, ...more }))).read.kind).toBe('events');
  });

  test.each([
    ['Message', `${Message} `],
    ['MessageId', 'sns-2'],
    ['Timestamp', '2024-09-10T20:30:01.000Z'],
    ['Subject', 'added'],
    ['SignatureVersion', '1'],
    ['SignatureVersion', '3'],
    ['SignatureVersion', undefined],
    ['Signature', 'AAAA'],
    ['Signature', ''],
    ['Signature', '%%%'],
    ['Signature', undefined],
    ['Type', 'SubscriptionConfirmation'],
    ['Type', 'Other'],
    ['Type', undefined],
  ])('does not fit when %s is %j afterwards', async (name, value) => {
    expect((await answerTo({ ...snsEnvelope({ Message }), [name]: value })).read).toEqual(refused);
  });

  test.each([
    ['no certificate', 'hello'],
    ['nothing', ''],
    ['a cut certificate', '-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----'],
  ])('cannot be checked with %s', async (_, pem) => {
    const read = await answerTo(snsEnvelope({ Message }), { certificateOf: async () => pem });
    expect(read.read).toEqual(refused);
  });

  test('is neither good nor bad while the certificate cannot be fetched', async () => {
    const away = async () => {
      throw new Error('the certificate is away');
    };
    await expect(answerTo(snsEnvelope({ Message }), { certificateOf: away })).rejects.toThrow('away');
  });

  test('is not asked for where raw message delivery took it off: such a call is refused and says what to change', async () => {
    const { read, fetched } = await answerTo(JSON.parse(Message));
    expect(read).toEqual({ ...refused, what: expect.stringContaining('raw message delivery') });
    expect(fetched).toEqual([]);
  });
});

describe('topic', () => {
  test.each([
    'arn:aws:sns:eu-west-1:999999999999:mail-events',
    `${topic}2`,
    topic.slice(0, -1),
    topic.toUpperCase(),
    '',
  ])('%s is none of ours, and nothing is fetched for it', async (TopicArn) => {
    const { read, fetched } = await answerTo(snsEnvelope({ Message, TopicArn }));
    expect(read).toEqual(refused);
    expect(fetched).toEqual([]);
  });

  test('of several is taken', async () => {
    const { read } = await answerTo(snsEnvelope({ Message }), { keys: `arn:aws:sns:eu-west-1:1:x, ${topic}` });
    expect(read.kind).toBe('events');
  });
});

const file = 'SimpleNotificationService-00aa.pem';

describe('certificate', () => {
  test.each([
    certificateUrl,
    `https://sns.us-gov-west-1.amazonaws.com/${file}`,
    `https://sns.cn-north-1.amazonaws.com.cn/${file}`,
    `https://sns.ap-southeast-2.amazonaws.com/${file}`,
  ])("%s is Amazon's", (url) => {
    expect(isCertificateUrl(url)).toBe(true);
  });

  test.each([
    `http://sns.eu-west-1.amazonaws.com/${file}`,
    `ftp://sns.eu-west-1.amazonaws.com/${file}`,
    `//sns.eu-west-1.amazonaws.com/${file}`,
    `https:sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws.com:443/${file}`,
    `https://sns.eu-west-1.amazonaws.com:8443/${file}`,
    `https://user@sns.eu-west-1.amazonaws.com/${file}`,
    `https://user:pass@sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws.com@evil.example/${file}`,
    `https://sns.eu-west-1.amazonaws.com%40evil.example/${file}`,
    `https://sns.eu-west-1.amazonaws.com.evil.example/${file}`,
    `https://sns.eu-west-1.amazonaws.com.cn.evil.example/${file}`,
    `https://sns.eu-west-1.amazonaws.com./${file}`,
    `https://evil.example/https://sns.eu-west-1.amazonaws.com/${file}`,
    `https://evil.example/${file}#https://sns.eu-west-1.amazonaws.com/${file}`,
    `https://evil.example\\@sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws.com\\.evil.example/${file}`,
    `https:\\\\sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.amazonaws.com/${file}`,
    `https://sns.s3.amazonaws.com/${file}`,
    `https://sns.s3-eu-west-1.amazonaws.com/${file}`,
    `https://s3.eu-west-1.amazonaws.com/sns/${file}`,
    `https://sns.eu-west-1.s3.amazonaws.com/${file}`,
    `https://xsns.eu-west-1.amazonaws.com/${file}`,
    `https://sns-eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws.com.tw/${file}`,
    `https://sns.eu-west-1.amazonawsxcom/${file}`,
    `https://sns.eu-west-1-amazonaws.com/${file}`,
    `https://SNS.eu-west-1.amazonaws.com/${file}`,
    `https://ｓｎｓ.eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws。com/${file}`,
    `https://sns.eu-west-1.amazonaws.com/other/${file}`,
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-00aa.pem.exe',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-.pem',
    'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-xyz.pem',
    `https://sns.eu-west-1.amazonaws.com/../${file}`,
    `https://sns.eu-west-1.amazonaws.com//${file}`,
    `https://sns.eu-west-1.amazonaws.com/${file}?x=1`,
    `https://sns.eu-west-1.amazonaws.com/${file}#x`,
    `https://sns.eu-west-1.amazonaws.com/${file}\n`,
    `\nhttps://sns.eu-west-1.amazonaws.com/${file}`,
    `https://sns.eu-west-1.amazonaws.com/${file} `,
    `https://sns.eu-\twest-1.amazonaws.com/${file}`,
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/SimpleNotificationService-00aa.pem',
    'file:///etc/passwd',
    'data:application/x-pem-file,abc',
    'javascript:alert(1)',
    `https://sns.${'a-'.repeat(5000)}1.amazonaws.com/${file}`,
    '',
  ])('at %j is refused before anything is fetched', async (SigningCertURL) => {
    const { read, fetched } = await answerTo({ ...snsEnvelope({ Message }), SigningCertURL });
    expect(read).toEqual(refused);
    expect(fetched).toEqual([]);
  });
});

describe('handshake', () => {
  const url = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=abc`;
  const confirmation = (more: object = {}) =>
    snsEnvelope({
      Type: 'SubscriptionConfirmation',
      Message: 'You have chosen…',
      Token: 'abc',
      SubscribeURL: url,
      ...more,
    });

  test.each(['1', '2'] as const)('a subscription to our topic is confirmed (signature version %s)', async (version) => {
    const signed = snsEnvelope(
      { Type: 'SubscriptionConfirmation', Message: 'You have chosen…', Token: 'abc', SubscribeURL: url },
      version,
    );
    const { read, fetched } = await answerTo(signed);
    expect(read).toEqual({ kind: 'confirm', url });
    // The pure code fetches the certificate only.
    expect(fetched).toEqual([certificateUrl]);
  });

  test.each([
    ['another topic in the call', { TopicArn: 'arn:aws:sns:eu-west-1:999999999999:mail-events' }],
    ['no address', { SubscribeURL: null }],
    ['an address outside of Amazon', { SubscribeURL: url.replace('amazonaws.com', 'evil.example') }],
    ['an address inside our network', { SubscribeURL: 'http://127.0.0.1:9200/?Action=ConfirmSubscription' }],
    ['another topic in the address', { SubscribeURL: url.replace('mail-events', 'others') }],
    ['another action', { SubscribeURL: url.replace('ConfirmSubscription', 'Subscribe') }],
  ])('a subscription with %s is refused, be it signed', async (_, more) => {
    expect((await answerTo(confirmation(more))).read).toEqual(refused);
  });

  test.each([
    ['SubscribeURL', `${url}&x=1`],
    ['Token', 'abd'],
  ])('%s is signed', async (name, value) => {
    expect((await answerTo({ ...confirmation(), [name]: value })).read).toEqual(refused);
  });

  test('the end of a subscription is read and not undone', async () => {
    const ended = confirmation({ Type: 'UnsubscribeConfirmation' });
    const { read, fetched } = await answerTo(ended);
    expect(read).toMatchObject({ kind: 'events', events: [{ type: 'ignored' }] });
    expect(fetched).toEqual([certificateUrl]);
  });

  test.each([
    ['', false],
    [url, true],
    [`${url}&Action=Unsubscribe`, false],
    [`${url}&TopicArn=x`, false],
    [`${url}#x`, false],
    [url.replace('https', 'http'), false],
    [url.replace('.com/', '.com:444/'), false],
    [url.replace('https://', 'https://a@'), false],
    [url.replace('/?', '/x?'), false],
    [`${url}\n`, false],
    [`https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(topic)}`, true],
  ])('%j is an address to confirm by: %s', (address, expected) => {
    expect(isConfirmationUrl(address, topic)).toBe(expected);
  });
});

test.each([
  ['a sentence', 'Successfully validated SNS topic for Amazon SES event publishing.'],
  ['an object', '{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have successfully subscribed"}'],
])('the greeting of SES, %s, is about nothing', async (_, greeting) => {
  const { request, auth } = callOf('ses', greeting);
  const read = await answer('ses', { request, auth });
  expect(read).toMatchObject({ kind: 'events', events: [{ type: 'ignored', metadata: {} }] });
});

test('a body that is not JSON is malformed', async () => {
  const request = { body: Buffer.from('<xml/>'), headers: {} };
  const read = await answer('ses', { request, auth: { keys: topic, now, certificateOf } });
  expect(read).toMatchObject({ kind: 'refused', because: 'malformed' });
});
